"""`wincls suggest`."""

import json
from pathlib import Path

from tests.cli.conftest import NO_FILE, failure, run, train

# The model is sure of Ada, Paris and most words, less of Bob, and least of May.
TEXT = "Ada lives in Paris.\nMay came with Bob.\nBob sings.\nNo one came.\n"


def suggested(*arguments, text=None, status=0):
    """The texts of the suggestions, and what is said on standard error."""
    result = run("suggest", *arguments, text=text, status=status)
    return [json.loads(line)["text"] for line in result.stdout.splitlines()], result.stderr


def test_sentences_that_the_model_is_least_sure_of_come_first(model, write):
    write(TEXT, "a.txt")
    texts, said = suggested(model, "a.txt", "-n", 2)
    assert texts == ["May came with Bob.", "Bob sings."]
    assert said.splitlines()[-1].startswith("2 of 4 sentences suggested; left out: 1 in the annotated data")


def test_sentences_of_the_training_data_are_left_out(model):
    texts, said = suggested(model, text="May sings .\nNo one came.\n")
    assert texts == ["May sings ."]
    assert "1 in the annotated data" in said


def test_training_data_that_are_gone_are_named(model):
    Path("train.conll").unlink()
    texts, said = suggested(model, text="No one came.\n")
    assert texts == ["No one came."]
    assert said.startswith("Note: sentences of train.conll may be suggested again; it cannot be read (")


def test_suggestions_go_to_a_file_in_the_format_of_a_tool(model, write):
    write(TEXT, "a.txt")
    run("suggest", model, "a.txt", "--format", "label-studio", "-o", "tasks.json", "-n", 1)
    (task,) = json.loads(Path("tasks.json").read_text())
    assert task["data"]["text"] == "May came with Bob."
    assert task["meta"]["file"] == "a.txt"


def test_column_files_are_read_as_the_training_data(model, write):
    write("Word POS\nMay X\nsings X\n\nAda X\nsings X\n", "a.conll")
    texts, said = suggested(model, "a.conll", "--input", "conll", "-n", 1)
    assert texts == ["May sings"]
    assert said.startswith("Note: a.conll: 1 x header row skipped (first: a.conll:1).\n")


def test_bad_files_are_named_and_the_others_used(model, write):
    write(TEXT, "a.txt")
    texts, said = suggested(model, "none.txt", "a.txt", "-n", 1, status=1)
    assert texts == ["May came with Bob."]
    assert f"Error: none.txt: {NO_FILE}" in said


def test_text_before_a_bad_byte_is_used(model, write):
    write(b"May sings.\n" + b"No one came.\n" * 30_000 + b"\xff", "a.txt")
    texts, said = suggested(model, "a.txt", "-n", 1, status=1)
    assert texts == ["May sings."]
    assert "a.txt:30002: byte 1 of the line is 0xff" in said
    assert "up to about there was used" in said


def test_output_is_never_a_file_that_is_read(model, write):
    write(TEXT, "a.txt")
    assert "is read as well" in failure("suggest", model, "a.txt", "-o", "a.txt", status=2)
    assert "is read as well" in failure("suggest", model, ".", "-o", "a.txt", status=2)


def test_a_model_without_probabilities_is_an_error_that_says_what_to_do(folder):
    train("decision=argmax", "training.epochs=1")
    message = failure("suggest", "out/model.npz", "train.conll")
    assert message == (
        "out/model.npz: decides by scores alone, so it does not say how sure it is; train with decision: "
        "calibrated"
    )
