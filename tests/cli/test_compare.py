"""`wincls compare`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import NO_FILE, failure, output, run, train
from wincls.tagger.model_file import load_model, save_model

# The model finds Ada (PER), Smith (PER), Paris (LOC) wherever they are.
GOLD = "Ada\tB-PER\nsings\tO\n\nBob\tB-PER\nis\tO\nTom\tB-PER\n\nParis\tB-PER\nsings\tO\n"
OTHER = """\
Ada	B-PER	O
sings	O	O

Bob	B-PER	B-PER
is	O	O
Tom	B-PER	B-PER

Paris	B-PER	B-LOC
sings	O	O
"""
SPANS = [
    {"text": "Ada sings", "spans": []},
    {"text": "Bob is Tom", "spans": [{"start": s, "end": s + 3, "label": "PER"} for s in (0, 7)]},
    {"text": "Paris sings", "spans": [{"start": 0, "end": 5, "label": "LOC"}]},
]


@pytest.fixture
def files(model, write):
    write(GOLD, "gold.conll")
    write(OTHER, "other.conll")
    write("".join(json.dumps(each) + "\n" for each in SPANS), "other.jsonl")
    return model


def rows_of(printed):
    return [line.split() for line in printed.splitlines()]


def test_a_model_is_compared_with_predictions(files):
    printed = output("compare", files, "other.conll", "gold.conll")
    assert printed.startswith(
        "A  model.npz\nB  other.conll\ngold.conll: 3 sentences, 7 tokens, 4 entities\n\n"
    )
    rows = rows_of(printed)
    assert ["LOC", "0.00", "0.00", "0.00", "0.00", "to", "0.00", "1.000", "0"] in rows
    # PER: A finds Ada and Bob of 4, F1 4/6; B finds Bob and Tom, F1 4/6. With Paris LOC: 4/7.
    (overall,) = [row for row in rows if row[:1] == ["all"]]
    assert (overall[1:4], overall[-2:]) == (["57.14", "57.14", "0.00"], ["1.000", "4"])
    assert "No significant difference of F1 (p = 1.000).\n" in printed
    assert printed.endswith(
        "Only A is right: 1 sentence\n"
        "gold.conll:1: Ada sings\n"
        "    gold  [PER Ada]\n"
        "    B     none\n"
        "\n"
        "Only B is right: 1 sentence\n"
        "gold.conll:4: Bob is Tom\n"
        "    gold  [PER Bob], [PER Tom]\n"
        "    A     [PER Bob]\n"
    )


def test_columns_and_spans_are_the_same_predictions(files):
    columns = json.loads(output("compare", files, "other.conll", "gold.conll", "--json"))
    spans = json.loads(output("compare", files, "other.jsonl", "gold.conll", "--json"))
    assert spans | {"b": "other.conll"} == columns


def test_a_model_equals_its_own_predictions_in_every_format(files):
    output("predict", files, "-i", "conll", "-f", "conll", "gold.conll", "-o", "own.conll")
    output("predict", files, "-i", "conll", "-f", "jsonl", "gold.conll", "-o", "own.jsonl")
    for own in ("own.conll", "own.jsonl", files):
        record = json.loads(output("compare", files, own, "gold.conll", "--json"))
        assert record["all"]["a"] == record["all"]["b"]
        assert (record["all"]["difference"], record["all"]["p"]) == (0, 1)
        assert (record["only_a_right"], record["only_b_right"], record["notes"]) == ([], [], [])


def test_the_json_has_all_figures_and_sentences(files):
    record = json.loads(output("compare", "other.conll", files, "gold.conll", "--json"))
    assert (record["a"], record["b"], record["file"]) == ("other.conll", files, "gold.conll")
    assert (record["sentences"], record["tokens"], record["samples"]) == (3, 7, 10_000)
    assert record["types"]["PER"]["a"]["correct"] == record["types"]["PER"]["b"]["correct"] == 2
    assert record["novelty"].keys() == {"unseen"}
    (only_a,) = record["only_a_right"]
    assert only_a == {
        "file": "gold.conll",
        "line": 4,
        "tokens": ["Bob", "is", "Tom"],
        "gold": [{"start": 0, "end": 1, "label": "PER"}, {"start": 2, "end": 3, "label": "PER"}],
        "a": [{"start": 0, "end": 1, "label": "PER"}, {"start": 2, "end": 3, "label": "PER"}],
        "b": [{"start": 0, "end": 1, "label": "PER"}],
    }


def test_entities_seen_in_training_are_compared_apart(files):
    loaded = load_model(files)
    loaded.tagger.seen = frozenset(["Ada", "Paris"])
    save_model(loaded, "model.npz")
    systems = [files, "other.conll", "gold.conll"]
    novelty = json.loads(output("compare", *systems, "--json"))["novelty"]
    assert {name: each["a"]["support"] for name, each in novelty.items()} == {"seen": 2, "unseen": 2}
    (row,) = [row for row in rows_of(output("compare", *systems)) if row[:1] == ["seen"]]
    assert row[:6] == ["seen", "in", "training", "50.00", "0.00", "-50.00"]
    systems = ["other.jsonl", "other.conll", "gold.conll"]
    assert json.loads(output("compare", *systems, "--json"))["novelty"] == {}


def test_a_clear_difference_is_named(files, write):
    write("\n".join(["Ada\tB-PER\nsings\tO\n"] * 20), "gold.conll")
    write("\n".join(["Ada\tO\nsings\tO\n"] * 20), "none.conll")
    printed = output("compare", "none.conll", files, "gold.conll")
    assert "B is better than A: F1 differs by 100.00 points (p < 0.001).\n" in printed
    assert "Only A is right: 0 sentences\n\nOnly B is right: 20 sentences\n" in printed
    assert printed.endswith("... 15 more (--all)\n")
    assert output("compare", "none.conll", files, "gold.conll", "--all").count("    gold  ") == 20
    assert "A is better than B" in output("compare", files, "none.conll", "gold.conll")


def test_what_is_read_otherwise_is_noted(files, write):
    write(GOLD.replace("Bob\tB-PER", "Bob\tI-ORG"), "gold.conll")
    notes = json.loads(output("compare", files, "other.conll", "gold.conll", "--json"))["notes"]
    assert any("illegal in BIO" in note for note in notes)
    assert f"{files} does not know the types ORG" in notes
    assert f"Note: {files} does not know the types ORG.\n" in output("compare", files, files, "gold.conll")


def test_a_model_that_was_trained_on_the_file_is_named(trained):
    trained()
    note = "Note: out/model.npz was trained or calibrated on train.conll; on new text it will do worse.\n"
    assert note in output("compare", "out/model.npz", "out/model.npz", "train.conll")
    assert "trained or calibrated" not in output("compare", "out/model.npz", "out/model.npz", "test.conll")


def test_the_file_is_read_as_its_columns_are_named(files, write):
    write("B-PER\tAda\nO\tsings\n", "gold.tsv")
    write("x\tAda\tB-PER\ny\tsings\tO\n", "a.tsv")
    options = ["--word-column", "2", "--tag-column", "1", "--delimiter", "tab"]
    record = json.loads(output("compare", files, "a.tsv", "gold.tsv", "--json", *options))
    assert (record["all"]["a"]["f1"], record["all"]["b"]["f1"]) == (1, 1)


def test_predictions_can_come_from_a_pipe(files):
    record = json.loads(output("compare", files, "-", "gold.conll", "--json", text=OTHER))
    assert record["all"]["b"]["correct"] == 2


def test_errors_name_the_place(files, write):
    write(OTHER.replace("Tom", "Tim"), "tim.conll")
    assert failure("compare", files, "tim.conll", "gold.conll") == (
        "tim.conll:6: found 'Tim', but gold.conll:6 has 'Tom'; predictions need the sentences and tokens of "
        "gold.conll"
    )
    assert failure("compare", files, "no.conll", "gold.conll") == f"no.conll: {NO_FILE}"
    assert failure("compare", "no.npz", "other.conll", "gold.conll") == f"no.npz: {NO_FILE}"
    assert failure("compare", files, "other.conll", "no.conll") == f"no.conll: {NO_FILE}"
    Path("half.npz").write_bytes(Path(files).read_bytes()[:1000])
    assert failure("compare", "half.npz", files, "gold.conll").startswith("half.npz: damaged model file")
    assert run("compare", files, "gold.conll", status=2).stderr


def test_models_of_different_types_have_no_common_gold(folder):
    train("training.epochs=1", "data.types=[LOC]", folder="loc")
    train("training.epochs=1", folder="all")
    message = failure("compare", "loc/model.npz", "all/model.npz", "test.conll", status=2)
    assert message.startswith("loc/model.npz and all/model.npz: trained with different data.types")
    output("predict", "all/model.npz", "-i", "conll", "-f", "conll", "test.conll", "-o", "all.conll")
    record = json.loads(output("compare", "loc/model.npz", "all.conll", "test.conll", "--json"))
    assert set(record["types"]) == {"LOC"}
