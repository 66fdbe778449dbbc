from __future__ import annotations

import json

from wincls.corpus.conll import Corpus, Sentence
from wincls.output.report import (
    confusion_text,
    counted,
    evaluation_record,
    evaluation_text,
    gradcheck_text,
    mistakes_record,
    mistakes_text,
    percent,
    table,
)
from wincls.tagger.evaluation import Counts, Evaluation, evaluate

from wincls.corpus.schemes import SCHEMES
from wincls.network.gradcheck import Check


def evaluation(gold: str, predicted: str) -> Evaluation:
    return evaluate([gold.split()], [predicted.split()], SCHEMES["BIO"])


LEGAL = evaluation("B-PER I-PER O B-LOC O B-LOC", "B-PER I-PER O B-PER O O")
ILLEGAL = evaluation("B-LOC O", "I-LOC O")


def test_a_table_has_columns_as_wide_as_they_need_be() -> None:
    assert table([["", "n"], ["long name", "1"], ["x", "1,000"]]) == (
        "               n\n"
        "long name      1\n"
        "x          1,000"
    )  # fmt: skip


def test_a_table_has_no_blanks_at_its_right() -> None:
    assert table([["a", "b"], ["c", ""]]) == "a  b\nc"


def test_shares_are_percentages_with_two_digits() -> None:
    assert [percent(share) for share in (0, 1, 2 / 3, 0.12345)] == ["0.00", "100.00", "66.67", "12.35"]


def test_an_evaluation_is_a_table_by_type_and_in_all() -> None:
    assert evaluation_text(LEGAL) == (
        "     precision  recall     F1  gold  predicted  correct\n"
        "LOC       0.00    0.00   0.00     2          0        0\n"
        "PER      50.00  100.00  66.67     1          2        1\n"
        "all      50.00   33.33  40.00     3          2        1\n"
        "\n"
        "F1 on other sentences like these: 40.00 to 40.00 (95 %, by bootstrap over sentences).\n"
        "66.67 % of 6 tokens in 1 sentence have the right tag.\n"
    )


def test_the_strict_reading_is_shown_where_it_differs() -> None:
    assert evaluation_text(ILLEGAL) == (
        "              precision  recall      F1  gold  predicted  correct\n"
        "LOC              100.00  100.00  100.00     1          1        1\n"
        "all              100.00  100.00  100.00     1          1        1\n"
        "LOC (strict)       0.00    0.00    0.00     1          0        0\n"
        "all (strict)       0.00    0.00    0.00     1          0        0\n"
        "\n"
        "The strict reading counts only entities whose tags are as the scheme writes them.\n"
        "\n"
        "F1 on other sentences like these: 100.00 to 100.00 (95 %, by bootstrap over sentences).\n"
        "50.00 % of 2 tokens in 1 sentence have the right tag.\n"
    )


def test_names_that_training_held_are_told_from_others() -> None:
    novelty = {"seen": Counts(1, 1, 2), "unseen": Counts(0, 1, 0)}
    lines = evaluation_text(LEGAL._replace(novelty=novelty)).split("\n")
    assert lines[4:6] == [
        "seen in training       100.00   50.00  66.67     2          1        1",
        "unseen in training       0.00    0.00   0.00     0          1        0",
    ]
    record = evaluation_record(LEGAL._replace(novelty=novelty))["novelty"]
    assert {kind: (each["correct"], each["gold"]) for kind, each in record.items()} == {
        "seen": (1, 2),
        "unseen": (0, 0),
    }


def test_mistakes_are_listed_by_kind_with_their_place() -> None:
    sentence = Sentence(
        ["Ada", "saw", "New", "York"], ["B-PER", "O", "B-LOC", "I-LOC"], [7, 8, 10, 11], False
    )
    corpus = Corpus("a.conll", [sentence], SCHEMES["BIO"])
    assert mistakes_text(corpus, [["O", "B-PER", "O", "B-LOC"]]) == (
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
        "Invented (1)\n\n"
        "a.conll:8: predicted [PER saw]\n"
        "    Ada saw New York\n"
    )


def test_mistakes_for_programs_are_in_the_order_of_the_file() -> None:
    sentence = Sentence(
        ["Ada", "saw", "New", "York"], ["B-PER", "O", "B-LOC", "I-LOC"], [7, 8, 10, 11], False
    )
    corpus = Corpus("a.conll", [sentence], SCHEMES["BIO"])
    york = {"type": "LOC", "start": 3, "end": 4}
    assert mistakes_record(corpus, [["B-PER", "B-PER", "O", "B-LOC"]]) == [
        {
            "kind": "invented",
            "line": 8,
            "gold": None,
            "predicted": {"type": "PER", "start": 1, "end": 2},
            "tokens": sentence.words,
        },
        {
            "kind": "boundary",
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
    assert "66.67 % of 1,234,567 tokens in 12,345 sentences have the right tag." in text


def test_an_empty_evaluation_is_shown() -> None:
    assert evaluation_text(evaluate([], [], SCHEMES["BIO"])) == (
        "     precision  recall  F1  gold  predicted  correct\n"
        "all          -       -   -     0          0        0\n"
        "\n"
        "F1 on other sentences like these: 0.00 to 0.00 (95 %, by bootstrap over sentences).\n"
        "0.00 % of 0 tokens in 0 sentences have the right tag.\n"
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
    per = {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "gold": 1, "predicted": 2, "correct": 1}
    loc = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 2, "predicted": 0, "correct": 0}
    everything = {"precision": 0.5, "recall": 1 / 3, "f1": 0.4, "gold": 3, "predicted": 2, "correct": 1}
    reading = {"all": everything, "types": {"LOC": loc, "PER": per}}
    record = evaluation_record(LEGAL)
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


def test_a_record_tells_the_strict_reading_from_the_lenient_one() -> None:
    record = evaluation_record(ILLEGAL)
    assert record["lenient"]["all"]["correct"] == 1
    assert record["strict"]["all"]["correct"] == 0
    assert record["strict"]["types"]["LOC"]["predicted"] == 0


def test_gradient_checks_are_a_line_for_each_parameter() -> None:
    checks = [Check("W1", (20, 300), 98, 2, 3.21e-9), Check("b1", (20,), 20, 0, 0.5)]
    assert gradcheck_text(checks, 1e-6) == (
        "parameter     shape  checked  at kinks  worst error\n"
        "W1         20 x 300       98         2      3.2e-09     ok\n"
        "b1               20       20         0      5.0e-01  WRONG\n"
    )


def test_a_gradient_that_is_no_number_is_wrong() -> None:
    assert gradcheck_text([Check("U", (1, 1), 1, 0, float("nan"))], 1e-6).endswith("WRONG\n")
