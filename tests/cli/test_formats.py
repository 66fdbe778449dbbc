"""Training and scoring on annotated text that is not in columns."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import output, train
from wincls.corpus.formats import read_files


def as_text(name):
    """The texts of a column file with their spans: words are joined by spaces."""
    for sentence in read_files(name).sentences:
        starts, at = [], 0
        for word in sentence.words:
            starts.append(at)
            at += len(word) + 1
        spans = [
            [starts[e.start], starts[e.end - 1] + len(sentence.words[e.end - 1]), e.label]
            for e in sentence.entities
        ]
        yield " ".join(sentence.words), spans


def write_doccano(name):
    lines = [json.dumps({"text": text, "label": spans}) for text, spans in as_text(f"{name}.conll")]
    Path(f"{name}.jsonl").write_text("\n".join(lines))
    return f"{name}.jsonl"


def write_brat(name):
    folder = Path(f"{name}_brat")
    folder.mkdir()
    for i, (text, spans) in enumerate(as_text(f"{name}.conll")):
        (folder / f"{i:03}.txt").write_text(text)
        lines = [f"T{k}\t{label} {a} {b}\t{text[a:b]}\n" for k, (a, b, label) in enumerate(spans)]
        (folder / f"{i:03}.ann").write_text("".join(lines))
    return str(folder)


def write_brackets(name):
    texts = []
    for text, spans in as_text(f"{name}.conll"):
        for a, b, label in sorted(spans, reverse=True):
            text = f"{text[:a]}[{label} {text[a:b]}]{text[b:]}"
        texts.append(f"{text}\n")
    Path(f"{name}.txt").write_text("".join(texts))
    return f"{name}.txt"


@pytest.mark.parametrize(
    ("write", "name"), [(write_doccano, "jsonl"), (write_brat, "brat"), (write_brackets, "brackets")]
)
def test_a_model_trained_on_any_format_is_that_of_the_same_columns(folder, write, name):
    train(folder="columns")
    path = write("train")
    printed = train(f"data.train={path}", f"data.dev={write('dev')}")
    columns, spans = (json.loads(Path(each, "scores.json").read_text()) for each in ("columns", "out"))
    assert columns == spans
    assert f"train  {path}: 40 sentences, 208 tokens, {name}, BIO\n" in printed
    assert output("eval", "out/model.npz", write("test")) == output("eval", "columns/model.npz", "test.conll")


def test_several_files_are_trained_on_and_found_again(folder):
    Path("many").mkdir()
    Path("train.conll").rename("many/a.conll")
    Path(write_doccano("test")).rename("many/b.jsonl")
    printed = train("data.train=many", "data.dev=[dev.conll, many/b.jsonl]")
    assert printed.startswith("train  many: 48 sentences, ")
    assert "tokens, columns and jsonl, BIO\n" in printed
    assert (
        "Note: data.dev has many/b.jsonl in common with data.train; its figures will mean nothing" in printed
    )
    printed = output("eval", "out/model.npz", "many/*.conll", "--errors")
    assert "The model was trained or calibrated on this file" in printed


def test_what_is_skipped_is_said(folder):
    lines = Path(write_doccano("train")).read_text()
    Path("train.jsonl").write_text(lines + '\n{"text": "x", "answer": "reject"}')
    note = "1 x text whose answer is reject or ignore skipped (first: train.jsonl:41)"
    assert f"Note: train.jsonl: {note}\n" in train("data.train=train.jsonl")
    assert f"\ntrain.jsonl: {note}\n" in output("eval", "out/model.npz", "train.jsonl")
    record = json.loads(output("eval", "out/model.npz", "train.jsonl", "--json"))
    assert record["notes"][-1] == f"train.jsonl: {note}"
