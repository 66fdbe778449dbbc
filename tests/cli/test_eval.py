"""`wincls eval`."""

import json
import os
import re

import pytest

from tests.cli.conftest import failure, output, run, train, wincls

# Of "Paris PER, Smith PER" the model makes Paris LOC, Smith PER.
GOLD = "Ada\tS-PER\nsings\tO\n\nParis\tB-PER\nSmith\tE-PER\nParis\tS-LOC\nhere\tS-LOC\n"


def test_eval_prints_the_scores_and_the_confusion(model, write):
    write(GOLD, "gold.conll")
    printed = output("eval", model, "gold.conll")
    rows = [line.split() for line in printed.splitlines()]
    assert rows[:4] == [
        ["precision", "recall", "F1", "support", "predicted", "correct"],
        ["LOC", "50.00", "50.00", "50.00", "2", "2", "1"],
        ["PER", "50.00", "50.00", "50.00", "2", "2", "1"],
        ["all", "50.00", "50.00", "50.00", "4", "4", "2"],
    ]
    assert "\nToken accuracy 50.00 % (6 tokens, 2 sentences).\n" in printed
    assert printed.endswith("""
Tokens by type:
gold \\ predicted  LOC  PER  O
LOC                 1    0  1
PER                 1    2  0
O                   0    0  1
""")


def test_eval_shows_entities_seen_in_training_apart_from_others(folder, write):
    write("Ada\tB-PER\nsings\tO\n\nRome\tB-LOC\nsings\tO\n", "train.conll")
    write("Ada\tB-PER\n\nZoe\tB-PER\nZoe\tB-PER\n", "gold.conll")
    train("data.dev=train.conll", folder="out")
    record = json.loads(output("eval", "out/model.npz", "gold.conll", "--json"))
    assert {novelty: counts["support"] for novelty, counts in record["novelty"].items()} == {
        "seen": 1,
        "unseen": 2,
    }
    assert re.search(r"^unseen in training ", output("eval", "out/model.npz", "gold.conll"), re.MULTILINE)


def test_eval_lists_mistakes_on_request(model, write):
    write(GOLD, "gold.conll")
    printed = output("eval", model, "gold.conll", "--errors")
    assert printed.startswith(output("eval", model, "gold.conll"))
    assert "gold.conll:7: gold [LOC here]\n    Paris Smith Paris here\n" in printed
    assert printed.count("gold.conll:") == 3


def test_eval_lists_mistakes_as_json_on_request(model, write):
    write(GOLD, "gold.conll")
    plain_record = json.loads(output("eval", model, "gold.conll", "--json"))
    record = json.loads(output("eval", model, "gold.conll", "--json", "--errors"))
    assert len(record.pop("mistakes")) == 3
    assert record == plain_record


def test_eval_as_json_agrees_with_the_tables(model):
    printed = output("eval", model, "test.conll")
    record = json.loads(output("eval", model, "test.conll", "--json"))
    assert (record["model"], record["file"]) == (model, "test.conll")
    for name, counts in [*record["lenient"]["types"].items(), ("all", record["lenient"]["micro"])]:
        shares = [f"{100 * counts[key]:.2f}" for key in ("precision", "recall", "f1")]
        numbers = [str(counts[key]) for key in ("support", "predicted", "correct")]
        assert [name, *shares, *numbers] in [line.split() for line in printed.splitlines()]
    accuracy = f"Token accuracy {100 * record['token_accuracy']:.2f} % ({record['tokens']:,} tokens, "
    assert f"{accuracy}{record['sentences']} sentences)." in printed
    assert sum(cell["tokens"] for cell in record["confusion"]) == record["tokens"]


def test_eval_names_the_types_that_the_model_does_not_know(model, write):
    write("Ada\tB-PER\nAcme\tB-ORG\n", "gold.conll")
    assert "\nThe model does not know the type ORG.\n" in output("eval", model, "gold.conll")
    write("Ada\tB-DOG\nAcme\tB-ORG\n", "gold.conll")
    assert "\nThe model does not know the types DOG, ORG.\n" in output("eval", model, "gold.conll")


def test_eval_reads_columns_as_requested(model, write):
    write("# no token\n1\tAda\tS-PER\tx y\n# no token\n2\tsings\tO\tz\n", "gold.tsv")
    options = ["--word-column", "2", "--tag-column", "3", "--delimiter", "tab", "--comment", "#"]
    record = json.loads(output("eval", model, "gold.tsv", "--json", *options))
    assert (record["tokens"], record["lenient"]["micro"]["f1"]) == (2, 1.0)


def test_eval_reads_columns_as_training_did(folder, write):
    write("// no token\nAda_B-PER_Ada\n".replace("_", "\t") * 2 + "\nsings\tO\tsings\n", "odd.tsv")
    settings = ["train: odd.tsv", "dev: odd.tsv", "word_column: 3", "tag_column: 2", "comment: //"]
    train(f"data={{{', '.join(settings)}}}")
    assert json.loads(output("eval", "out/model.npz", "odd.tsv", "--json"))["tokens"] == 3


def test_eval_reads_illegal_tags_and_says_so(model, write):
    write("Ada\tB-PER\nParis\tI-LOC\n", "gold.conll")
    printed = output("eval", model, "gold.conll")
    assert re.search(r"^all +100.00  100.00  100.00 ", printed, re.MULTILINE)
    assert "illegal in BIO, read as conlleval does" in printed


def test_eval_reads_tags_of_any_scheme_whatever_the_training_data_had(folder, write):
    write("Ada\tB-PER\nSmith\tE-PER\n", "gold.conll")
    train("data.scheme=BIO")
    record = json.loads(output("eval", "out/model.npz", "gold.conll", "--json"))
    assert record["lenient"]["micro"]["support"] == 1


def test_eval_refuses_the_column_of_the_words_as_tags(model):
    assert failure("eval", model, "test.conll", "--word-column", "2", "--tag-column", "2", status=2) == (
        "--tag-column: 2 is the column of the words too"
    )


def test_eval_of_a_model_of_some_types_leaves_the_others_out(folder):
    train("data.types=[LOC]")
    assert set(json.loads(output("eval", "out/model.npz", "dev.conll", "--json"))["lenient"]["types"]) == {
        "LOC"
    }


def test_a_column_0_is_refused(model):
    for option in ("--word-column", "--tag-column"):
        assert failure("eval", model, "dev.conll", option, "0", status=2) == (
            f"{option}: found 0; columns are counted from 1, or from the right from -1"
        )


def test_eval_says_that_a_model_knows_the_file(trained):
    warning = "The model was trained or calibrated on this file; on new text it will do worse."
    trained()
    assert warning in output("eval", "out/model.npz", "train.conll")
    assert warning in output("eval", "out/model.npz", "dev.conll")
    assert warning not in output("eval", "out/model.npz", "test.conll")


def test_partial_matches_are_shown_and_left_out_of_the_strict_reading(model, write):
    """Ada and the second Paris are right. [PER Paris Smith] is found as [LOC Paris] and [PER Smith]."""
    write(GOLD, "gold.conll")
    record = json.loads(output("eval", model, "gold.conll", "--json"))["partial"]
    assert {name: each["correct"] for name, each in record.items()} == {
        "strict": 2,
        "exact": 2,
        "partial": 2.5,
        "type": 3,
    }
    assert "\npartial " in output("eval", model, "gold.conll")
    assert "\npartial " not in output("eval", model, "gold.conll", "--strict")


# Minimum scores.

# The model finds May (PER, 0.62), Ada (PER, 0.99), Paris (LOC, 0.99).
SCORED = "May\tO\nor\tO\nAda\tS-PER\nParis\tS-LOC\n"


def test_thresholds_are_a_table_and_the_best_choices(model, write):
    write(SCORED, "gold.conll")
    printed = output("eval", model, "gold.conll", "--thresholds", "--want", "precision=0.9")
    assert printed.startswith(output("eval", model, "gold.conll"))
    rows = [line.split() for line in printed.partition("All types by minimum score")[2].splitlines()]
    assert ["0.6", "66.67", "100.00", "80.00", "3", "2"] in rows
    assert ["0.7", "100.00", "100.00", "100.00", "2", "2"] in rows
    for best in (["PER", "0.9", "100.00"], ["one", "for", "all", "0.9"]):
        assert sum(row[: len(best)] == best for row in rows) == 2  # for F1, and for the precision
    assert "Minimum scores for a precision of at least 90 %, with the highest recall:\n" in printed
    assert "Each type its own: --min-score LOC=0 --min-score PER=0.9\n" in printed
    assert "and report figures on yet other data.\n" in printed
    alone = json.loads(output("eval", model, "gold.conll", "--min-score", "PER=0.7", "--json"))
    assert (alone["lenient"]["micro"]["f1"], alone["min_scores"]) == (1.0, {"PER": 0.7})


def test_thresholds_as_json_have_every_score(model, write):
    write(SCORED, "gold.conll")
    record = json.loads(output("eval", model, "gold.conll", "--want", "recall=1", "--json"))["thresholds"]
    assert (record["all"]["predicted"][-1], record["all"]["correct"][-1]) == (3, 2)
    assert record["all"]["min_score"] == sorted(record["all"]["min_score"], reverse=True)
    assert record["types"]["PER"]["correct"] == [1, 1]
    assert record["types"]["PER"]["precision"] == [1.0, 0.5]
    assert (record["types"]["PER"]["support"], record["types"]["PER"]["min_score"][1]) == (
        1,
        pytest.approx(0.62, abs=0.01),
    )
    f1, recall = record["best"]
    assert (f1["want"], recall["want"]) == ({"figure": "f1"}, {"figure": "recall", "least": 1.0})
    assert (recall["all"]["reached"], recall["all"]["min_score"], recall["by_type"]["f1"]) == (True, 0.9, 1.0)


def test_thresholds_of_the_strict_reading_count_its_gold_entities(model, write):
    write("Ada\tI-PER\nsings\tO\nBob\tB-PER\n", "gold.conll")
    for options, support in ((["--strict"], 1), ([], 2)):
        printed = output("eval", model, "gold.conll", "--scheme", "BIO", "--thresholds", "--json", *options)
        assert json.loads(printed)["thresholds"]["all"]["support"] == support


def test_what_cannot_be_reached_is_said(model, write):
    write("Ada\tO\nTom\tS-PER\nAcme\tS-ORG\n", "gold.conll")
    printed = output("eval", model, "gold.conll", "--want", "recall=0.5")
    assert re.search(r"^PER .* not reached$", printed, re.MULTILINE)
    assert re.search(r"^ORG +- .* none predicted$", printed, re.MULTILINE)
    assert "not reached: no minimum score gives this recall; this one comes closest." in printed
    assert "try --recall-bias 1" in printed
    write("Tom\tS-PER\n", "gold.conll")
    assert "No entity was predicted" in output("eval", model, "gold.conll", "--thresholds")


def test_a_recall_bias_can_be_measured(model, write):
    write(SCORED, "gold.conll")
    record = json.loads(output("eval", model, "gold.conll", "--recall-bias", "-0.6", "--json"))
    assert (record["lenient"]["micro"]["f1"], record["recall_bias"]) == (1.0, -0.6)
    record = json.loads(output("eval", model, "gold.conll", "--json"))
    assert (record["lenient"]["micro"]["predicted"], "recall_bias" in record) == (3, False)


@pytest.mark.parametrize("want", ["f1=0.5", "precision", "precision=0", "recall=90", "recall=nan"])
def test_a_want_is_precision_or_recall_with_a_share(model, want):
    assert (
        f"found '{want}'; give precision or recall" in run("eval", "m", "f", "--want", want, status=2).stderr
    )


@pytest.mark.parametrize(
    "options", [["--thresholds"], ["--want", "recall=1"], ["--min-score", "0.5"], ["--recall-bias", "1"]]
)
def test_predictions_have_no_scores(options):
    name = options[0].replace("want", "thresholds")
    assert failure("eval", "--predictions", "a", *options, status=2) == (
        f"{name}: needs a model; the tags of --predictions have no scores"
    )


# Standard input, predictions, and files of predictions.


def test_eval_reads_standard_input(model, write):
    write(GOLD, "gold.conll")
    assert output("eval", model, "-", text=GOLD) == output("eval", model, "gold.conll")
    record = json.loads(output("eval", model, "-", "--json", text=GOLD))
    assert record["file"] == "-"
    assert failure("eval", model, "-", text="Ada\n").startswith("-:1: 1 column")


def test_eval_warns_when_the_scored_column_is_the_models_own(model, write):
    write(GOLD, "gold.conll")
    tagged = output("predict", model, "-i", "conll", "-f", "conll", "gold.conll")
    warning = "Warning: column -1 has just the tags that this model predicts."
    assert warning in output("eval", model, "-", text=tagged)
    assert warning not in output("eval", model, "gold.conll")
    assert warning not in output("eval", model, "-", "--tag-column", "2", text=tagged)
    assert warning not in output("eval", model, "-", text="no\tO\n")  # nothing to find, nothing found
    notes = json.loads(output("eval", model, "-", "--json", text=tagged))["notes"]
    assert notes[-1].startswith(warning)


def test_predictions_are_scored_without_a_model_as_with_it(model, write):
    write(GOLD, "gold.conll")
    tagged = output("predict", model, "-i", "conll", "-f", "conll", "gold.conll")
    write(tagged, "tagged.conll")
    with_model = json.loads(output("eval", model, "gold.conll", "--json"))
    alone = json.loads(output("eval", "--predictions", "tagged.conll", "--json"))
    assert alone["lenient"] == with_model["lenient"]
    assert (alone["file"], "model" in alone) == ("tagged.conll", False)
    printed = output("eval", "--predictions", "tagged.conll", "--errors")
    assert output("eval", "--predictions", "-", "--errors", text=tagged) == printed.replace(
        "tagged.conll", "-"
    )
    assert "tagged.conll:7: gold [LOC here]\n    Paris Smith Paris here\n" in printed


def test_any_columns_can_be_compared(write, folder):
    write("O\tB-PER\tAda\n", "a.tsv")
    options = ["--tag-column", "2", "--predicted-column", "1", "--word-column", "3", "--delimiter", "tab"]
    printed = output("eval", "--predictions", "a.tsv", "--errors", *options)
    assert "a.tsv:1: gold [PER Ada]\n" in printed
    assert "Token accuracy 0.00 %" in printed


ILLEGAL = "a B-PER B-PER\nb I-PER I-PER\nc O I-LOC\n\nd I-LOC I-LOC\n"


def test_the_strict_reading_leaves_illegal_entities_out(write, folder):
    write(ILLEGAL, "a.conll")
    lenient = output("eval", "--predictions", "a.conll", "--scheme", "BIO").splitlines()
    strict = output("eval", "--predictions", "a.conll", "--scheme", "BIO", "--strict").splitlines()
    counts = [[line.split()[-3:] for line in lines if line.startswith("all")] for lines in (lenient, strict)]
    assert counts == [[["2", "3", "2"], ["1", "1", "1"]], [["1", "1", "1"]]]
    assert any("The strict reading counts only" in line for line in strict)


def test_the_strict_reading_of_a_model_needs_no_legal_tags(model, write):
    write("Ada\tI-PER\nsings\tO\nBob\tB-PER\n", "gold.conll")
    printed = output("eval", model, "gold.conll", "--scheme", "BIO", "--strict")
    assert ["all", "50.00", "100.00", "66.67", "1", "2", "1"] in map(str.split, printed.splitlines())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["m.npz", "--predictions", "a"], "--predictions: takes no model, but m.npz is given; leave one"),
        (["m.npz", "a", "--predicted-column", "1"], "--predicted-column: only with --predictions"),
        (["--predictions", "a", "--predicted-column", "0"], "--predicted-column: found 0; columns are"),
        (["--predictions", "a", "--tag-column", "-1"], "--predicted-column: -1 is the column of the gold"),
    ],
)
def test_what_eval_refuses(arguments, message):
    assert failure("eval", *arguments, status=2).startswith(message)


def test_words_may_be_missing_and_the_first_column_may_be_the_gold_tags(write, folder):
    write("B-PER O\nO O\n", "a.conll")
    for options in ([], ["--tag-column", "1"]):
        printed = output("eval", "--predictions", "a.conll", "--errors", *options)
        assert "Token accuracy 50.00 % (2 tokens, 1 sentence)." in printed


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_reports_and_errors_are_utf8_whatever_the_locale(write, folder, encoding):
    write("\u0410\u0434\u0430 B-\u043b\u0438\u0446\u043e O\n", "a.conll")
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    result = wincls("eval", "--predictions", "a.conll", "--errors", env=environment)
    assert (result.returncode, result.stderr) == (0, b"")
    assert "gold [\u043b\u0438\u0446\u043e \u0410\u0434\u0430]" in result.stdout.decode()
    result = wincls("eval", "\u043c\u043e\u0434\u0435\u043b\u044c", "a.conll", env=environment)
    assert result.stderr.decode().startswith("Error: \u043c\u043e\u0434\u0435\u043b\u044c: no such file")
    result = wincls("eval", "a", "b", "--\u043c", env=environment)
    assert (result.returncode, "\u043c" in result.stderr.decode()) == (2, True)


def test_a_name_of_a_file_that_is_no_utf8_is_shown_escaped(folder):
    result = wincls("eval", "--predictions", os.fsdecode(b"n\xff.conll"))
    assert result.returncode == 1
    assert result.stderr.startswith(b"Error: n\\udcff.conll: no such file")
