from __future__ import annotations

import json
from collections import Counter

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import SCHEMES, Entity, decode, illegal_positions
from wincls.evaluation.counts import Counts
from wincls.evaluation.evaluate import Evaluation, evaluate
from wincls.network.gradcheck import Check, Differences
from wincls.reports.records import evaluation_record, mistakes_record
from wincls.reports.tables import (
    confusion_text,
    counted,
    differences_text,
    evaluation_text,
    gradcheck_text,
    mistakes_text,
    partial_text,
    percent,
    table,
)


def evaluation(gold: str, predicted: str) -> Evaluation:
    tags = gold.split()
    entities = decode(tags)
    irregular = entities if illegal_positions(tags, SCHEMES["BIO"]) else ()
    sentence = Sentence(["w"] * len(tags), entities, range(len(tags)), False, irregular)
    return evaluate([sentence], [decode(predicted.split())])


LEGAL = evaluation("B-PER I-PER O B-LOC O B-LOC", "B-PER I-PER O B-PER O O")
ILLEGAL = evaluation("I-LOC O", "B-LOC O")


def test_the_columns_of_a_table_are_aligned() -> None:
    assert table([["", "n"], ["long name", "1"], ["x", "1,000"]]) == (
        "               n\n"
        "long name      1\n"
        "x          1,000"
    )  # fmt: skip


def test_a_table_has_no_trailing_spaces() -> None:
    assert table([["a", "b"], ["c", ""]]) == "a  b\nc"


def test_shares_are_percentages_with_two_digits() -> None:
    assert [percent(share) for share in (0, 1, 2 / 3, 0.12345)] == ["0.00", "100.00", "66.67", "12.35"]


def test_an_evaluation_is_a_table_by_type_and_overall() -> None:
    assert evaluation_text(LEGAL) == (
        "     precision  recall     F1  support  predicted  correct\n"
        "LOC       0.00    0.00   0.00        2          0        0\n"
        "PER      50.00  100.00  66.67        1          2        1\n"
        "all      50.00   33.33  40.00        3          2        1\n"
        "\n"
        "95 % confidence interval of F1: 40.00 to 40.00 (bootstrap over sentences).\n"
        "Token accuracy 66.67 % (6 tokens, 1 sentence).\n"
    )


def test_the_strict_reading_is_shown_where_it_differs() -> None:
    assert evaluation_text(ILLEGAL) == (
        "              precision  recall      F1  support  predicted  correct\n"
        "LOC              100.00  100.00  100.00        1          1        1\n"
        "all              100.00  100.00  100.00        1          1        1\n"
        "LOC (strict)       0.00    0.00    0.00        0          1        0\n"
        "all (strict)       0.00    0.00    0.00        0          1        0\n"
        "\n"
        "The strict reading counts only entities whose tags are as the scheme writes them.\n"
        "\n"
        "95 % confidence interval of F1: 100.00 to 100.00 (bootstrap over sentences).\n"
        "Token accuracy 100.00 % (2 tokens, 1 sentence).\n"
    )


def test_entities_seen_in_training_are_shown_apart_from_others() -> None:
    novelty = {"seen": Counts(1, 1, 2), "unseen": Counts(0, 1, 0)}
    lines = evaluation_text(LEGAL._replace(by_novelty=novelty)).split("\n")
    assert lines[4:6] == [
        "seen in training       100.00   50.00  66.67        2          1        1",
        "unseen in training       0.00    0.00   0.00        0          1        0",
    ]
    record = evaluation_record(LEGAL._replace(by_novelty=novelty))["novelty"]
    assert {kind: (each["correct"], each["support"]) for kind, each in record.items()} == {
        "seen": (1, 2),
        "unseen": (0, 0),
    }


def test_partial_matches_are_a_table_by_measure() -> None:
    assert partial_text(evaluation("B-PER I-PER O B-LOC", "B-PER O O B-PER")) == (
        "Partial matches, by the measures of SemEval-2013 Task 9:\n"
        "         precision  recall     F1  correct\n"
        "strict        0.00    0.00   0.00        0  same boundaries and type\n"
        "exact        50.00   50.00  50.00        1  same boundaries, any type\n"
        "partial      75.00   75.00  75.00      1.5  overlap, any type; 1/2 for other boundaries\n"
        "type         50.00   50.00  50.00        1  overlap and same type\n"
    )


def test_mistakes_are_listed_by_kind_with_their_line() -> None:
    sentence = Sentence(
        ["Ada", "saw", "New", "York"], [Entity(0, 1, "PER"), Entity(2, 4, "LOC")], [7, 8, 10, 11], False
    )
    corpus = Corpus("a.conll", [sentence], SCHEMES["BIO"])
    assert mistakes_text(corpus, [[Entity(1, 2, "PER"), Entity(3, 4, "LOC")]]) == (
        "Boundary (1)\n\n"
        "a.conll:10: gold [LOC New York], predicted [LOC York]\n"
        "    Ada saw New York\n"
        "\n"
        "Type (0)\n"
        "\n"
        "Boundary and type (0)\n"
        "\n"
        "Missed (1)\n\n"
        "a.conll:7: gold [PER Ada]\n"
        "    Ada saw New York\n"
        "\n"
        "Spurious (1)\n\n"
        "a.conll:8: predicted [PER saw]\n"
        "    Ada saw New York\n"
    )


def test_mistakes_for_programs_are_in_the_order_of_the_file() -> None:
    sentence = Sentence(
        ["Ada", "saw", "New", "York"], [Entity(0, 1, "PER"), Entity(2, 4, "LOC")], [7, 8, 10, 11], False
    )
    corpus = Corpus("a.conll", [sentence], SCHEMES["BIO"])
    york = {"label": "LOC", "start": 3, "end": 4}
    assert mistakes_record(corpus, [[Entity(0, 1, "PER"), Entity(1, 2, "PER"), Entity(3, 4, "LOC")]]) == [
        {
            "kind": "spurious",
            "file": "a.conll",
            "line": 8,
            "gold": None,
            "predicted": {"label": "PER", "start": 1, "end": 2},
            "tokens": sentence.words,
        },
        {
            "kind": "boundary",
            "file": "a.conll",
            "line": 10,
            "gold": york | {"start": 2},
            "predicted": york,
            "tokens": sentence.words,
        },
    ]


def test_a_number_has_its_noun() -> None:
    assert [counted(n, "entity") for n in (0, 1, 2000)] == ["0 entities", "1 entity", "2,000 entities"]
    assert [counted(n, "token") for n in (1, 2)] == ["1 token", "2 tokens"]


def test_large_counts_are_grouped_by_thousands() -> None:
    text = evaluation_text(LEGAL._replace(tokens=1_234_567, sentences=12_345))
    assert "Token accuracy 66.67 % (1,234,567 tokens, 12,345 sentences)." in text


def test_an_empty_evaluation_is_shown() -> None:
    assert evaluation_text(evaluate([], [])) == (
        "     precision  recall  F1  support  predicted  correct\n"
        "all          -       -   -        0          0        0\n"
        "\n"
        "95 % confidence interval of F1: 0.00 to 0.00 (bootstrap over sentences).\n"
        "Token accuracy 0.00 % (0 tokens, 0 sentences).\n"
    )


def test_confusion_is_by_gold_and_predicted_type() -> None:
    assert confusion_text(LEGAL) == (
        "Tokens by type:\n"
        "gold \\ predicted  LOC  PER  O\n"
        "LOC                 0    1  1\n"
        "PER                 0    2  0\n"
        "O                   0    0  2\n"
    )


def test_a_record_holds_the_same_figures() -> None:
    per = {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "support": 1, "predicted": 2, "correct": 1}
    loc = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 2, "predicted": 0, "correct": 0}
    everything = {"precision": 0.5, "recall": 1 / 3, "f1": 0.4, "support": 3, "predicted": 2, "correct": 1}
    macro = {"precision": 0.25, "recall": 0.5, "f1": 1 / 3, "support": 3}
    reading = {"micro": everything, "macro": macro, "types": {"LOC": loc, "PER": per}}
    record = evaluation_record(LEGAL)
    assert record.pop("partial") == {
        name: everything
        | {"correct": correct, "precision": correct / 2, "recall": correct / 3, "f1": 2 * correct / 5}
        for name, correct in (("strict", 1), ("exact", 2), ("partial", 2), ("type", 1))
    }
    assert record == {
        "sentences": 1,
        "tokens": 6,
        "token_accuracy": 4 / 6,
        "lenient": reading,
        "strict": reading,
        "f1_interval": (0.4, 0.4),
        "novelty": {},
        "confusion": [
            {"gold": "LOC", "predicted": "O", "tokens": 1},
            {"gold": "LOC", "predicted": "PER", "tokens": 1},
            {"gold": "O", "predicted": "O", "tokens": 2},
            {"gold": "PER", "predicted": "PER", "tokens": 2},
        ],
    }
    assert json.loads(json.dumps(record)) == record | {"f1_interval": [0.4, 0.4]}


def test_a_record_has_the_strict_and_the_lenient_reading() -> None:
    record = evaluation_record(ILLEGAL)
    assert record["lenient"]["micro"]["correct"] == 1
    assert record["strict"]["micro"]["correct"] == 0
    assert record["strict"]["types"]["LOC"]["support"] == 0


def test_gradient_checks_are_a_line_for_each_parameter() -> None:
    checks = [Check("W1", (20, 300), 98, 2, 3.21e-9), Check("b1", (20,), 20, 0, 0.5)]
    assert gradcheck_text(checks, 1e-6) == (
        "parameter     shape  checked  at kinks  worst error\n"
        "W1         20 x 300       98         2      3.2e-09     ok\n"
        "b1               20       20         0      5.0e-01  WRONG\n"
    )


def test_a_gradient_that_is_no_number_is_wrong() -> None:
    assert gradcheck_text([Check("U", (1, 1), 1, 0, float("nan"))], 1e-6).endswith("WRONG\n")


def test_single_gradients_are_a_line_each() -> None:
    shown = (
        Differences((3, 17), -0.25, -0.25, -0.250000025, -0.250005, 1e-7, 2e-5),
        Differences((0, 2), 0.125, 0.125, 0.2, 0.3, 0.375, 0.5),
    )
    checks = [Check("W1", (20, 300), 2, 0, 0.375, 0.0, shown), Check("b1", (2,), 0, 2, 0.0)]
    lines = differences_text(checks, 1e-3, 1e-5).splitlines()
    assert lines[0] == (
        "The largest gradients checked, and differences with a step of 0.001 (indices count from 0):"
    )
    assert lines[2:5] == [
        "number        vectorized    element-wise        centered    error       one-sided    error",
        "W1[3,17]  -2.5000000e-01  -2.5000000e-01  -2.5000003e-01  1.0e-07  -2.5000500e-01  2.0e-05",
        "W1[0,2]    1.2500000e-01   1.2500000e-01   2.0000000e-01  3.8e-01   3.0000000e-01  5.0e-01  WRONG",
    ]
    assert lines[-1] == "Median error of these 2: centered 1.9e-01, one-sided 2.5e-01, 1.3 times as large."


def test_differences_that_are_exact_have_no_finite_ratio() -> None:
    shown = (Differences((0,), 1.0, 1.0, 1.0, 1.0, 0.0, 0.0),)
    assert differences_text([Check("b1", (1,), 1, 0, 0.0, 0.0, shown)], 1e-5, 1e-5).endswith(
        "centered 0.0e+00, one-sided 0.0e+00.\n"
    )


def test_without_single_gradients_it_says_why_there_are_none() -> None:
    assert differences_text([Check("b1", (2,), 0, 2, 0.0)], 1e-5, 1e-5) == (
        "No numbers to show: all gradients checked are 0 or at kinks.\n"
    )


def test_the_confusion_of_many_types_is_a_list_of_the_most_frequent_mistakes() -> None:
    confusion = Counter({(f"T{i:02}", f"T{i:02}"): 9 for i in range(30)})
    confusion.update({(f"T{i:02}", "O"): 100 - i for i in range(30)})
    text = confusion_text(LEGAL._replace(confusion=confusion))
    lines = text.splitlines()
    assert lines[0] == "Tokens by type, the most frequent mistakes:"
    assert [line.split() for line in lines[1:3]] == [["gold", "predicted", "tokens"], ["T00", "O", "100"]]
    assert len(lines) == 22


def test_columns_of_wide_characters_are_aligned():
    lines = table([["", "数"], ["人物", "1"], ["LOC", "12"]]).split("\n")
    assert lines == ["      数", "人物   1", "LOC   12"]
