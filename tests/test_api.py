"""The Python API: what `import wincls` offers."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

import wincls
from wincls import prediction
from wincls.cli import main
from wincls.config import make_config
from wincls.errors import WinclsError
from wincls.options import plain
from wincls.tagger import documents
from wincls.tagger.model_file import Model, save_model

TEXTS = [
    "Paris sleeps.\n\nIs it? The USA of 1998, in TEXAS.\n",
    "",
    " \n",
    "\ufeffThe USA.",
    "McDonald and the naïve “Paris”.\nTexas",
]


@pytest.fixture(scope="module")
def tagger(make_tagger):
    return make_tagger(context_tokens=7)


def found_in(doc):
    return [(ent.label, ent.start, ent.end, round(ent.score, 4)) for ent in doc.ents]


def found_by_predict(lines, text):
    """What the lines of `wincls predict --format jsonl` on a file with this text say."""
    offset = len(text) - len(text.removeprefix("\ufeff"))  # files are read without a byte order mark
    return [
        (span["label"], start + span["start"], start + span["end"], span["score"])
        for line in map(json.loads, lines.splitlines())
        for start in [line["meta"]["start"] + offset]
        for span in line["spans"]
    ]


@pytest.fixture(scope="module")
def model(tagger, tmp_path_factory):
    """The model file of the tagger."""
    path = tmp_path_factory.mktemp("model") / "model.npz"
    save_model(Model(tagger, plain(make_config({"data": {"train": "train.conll"}}))), path)
    return str(path)


@contextmanager
def blocks_of(tokens):
    """Tag so many tokens at a time."""
    with patch.object(documents, "BLOCK", tokens), patch.object(prediction, "BLOCK", tokens):
        yield


def test_importing_the_package_imports_no_numpy():
    code = (
        "import sys, wincls; assert 'numpy' not in sys.modules; wincls.Tagger; assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_everything_exported_is_there():
    for name in wincls.__all__:
        assert getattr(wincls, name) is not None
        assert name in dir(wincls)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = wincls.nothing
    for name in ("ConfigError", "DataError", "ModelError", "TrainingError"):
        assert issubclass(getattr(wincls, name), WinclsError)


def test_a_loaded_model_tags_as_the_one_that_was_saved(tagger, tmp_path):
    save_model(Model(tagger, {}), tmp_path / "model.npz")
    loaded = wincls.load(tmp_path / "model.npz")
    assert [found_in(loaded(text)) for text in TEXTS] == [found_in(tagger(text)) for text in TEXTS]
    with pytest.raises(wincls.DataError):
        wincls.load(tmp_path / "missing.npz")


@pytest.mark.parametrize("text", TEXTS)
def test_entities_are_at_their_offsets_in_the_text(tagger, text):
    doc = tagger(text)
    assert doc.text == text
    assert all(doc.text[ent.start : ent.end] == ent.text for ent in doc.ents)
    assert all(ent.label in tagger.labels and 0 <= ent.score <= 1 for ent in doc.ents)


def test_there_are_entities_to_find(tagger):
    assert sum(len(tagger(text).ents) for text in TEXTS) > 3


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("block", [1, 50_000])
def test_the_api_and_predict_find_the_same(tagger, model, write, block, jobs):
    for text in TEXTS:
        path = str(write(text))
        with blocks_of(block):
            result = CliRunner().invoke(main, ["predict", model, path, "-f", "jsonl", "-j", str(jobs)])
            assert result.exit_code == 0
            assert found_by_predict(result.stdout, text) == found_in(tagger(text)), text


def test_what_is_found_may_depend_on_the_blocks(tagger):
    """Otherwise the test above would show nothing about them."""
    whole = [found_in(tagger(text)) for text in TEXTS]
    with blocks_of(1):
        assert [found_in(tagger(text)) for text in TEXTS] != whole


@pytest.mark.parametrize("jobs", [1, 2])
def test_pipe_keeps_the_order_and_tags_each_text_by_itself(tagger, jobs):
    texts = TEXTS * 30  # several batches
    docs = list(tagger.pipe(iter(texts), jobs=jobs))
    assert [doc.text for doc in docs] == texts
    assert [found_in(doc) for doc in docs] == [found_in(tagger(text)) for text in TEXTS] * 30


def test_pipe_streams(tagger):
    def texts():
        yield from TEXTS * 30
        raise RuntimeError("the last text was asked for")

    docs = tagger.pipe(texts())
    assert next(docs).text == TEXTS[0]


def test_tokenized_sentences_have_entities_at_token_offsets(tagger):
    (entities,) = tagger.tag([["Paris", "sleeps"]])
    for start, end, label, score in entities:
        assert 0 <= start < end <= 2
        assert label in tagger.labels
        assert 0 <= score <= 1


def test_a_pickled_tagger_tags_as_before(tagger):
    copy = pickle.loads(pickle.dumps(tagger))
    assert [found_in(copy(text)) for text in TEXTS] == [found_in(tagger(text)) for text in TEXTS]


def test_training_yields_a_report_an_epoch_and_writes_the_files(folder):
    reports = list(wincls.train("small.yaml", output="out", settings=["training.epochs=3"]))
    assert [report.epoch for report in reports] == [1, 2, 3]
    names = sorted(path.name for path in Path("out").iterdir())
    assert names == ["config.yaml", "history.jsonl", "model.npz", "scores.json", "times.jsonl"]
    assert len(Path("out/history.jsonl").read_text().splitlines()) == 3
    assert wincls.load("out/model.npz").labels == ("LOC", "PER")


def test_leaving_the_loop_early_keeps_the_best_epoch(folder):
    for report in wincls.train("small.yaml", output="out", settings=["training.epochs=9"]):
        if report.epoch == 2:
            break
    assert len(Path("out/history.jsonl").read_text().splitlines()) == 2
    assert json.loads(Path("out/scores.json").read_text())["epochs"] == 2


def test_a_configuration_may_be_a_mapping_and_nothing_need_be_written(folder, small):
    before = sorted(Path().iterdir())
    assert len(list(wincls.train(plain(small("training.epochs=1"))))) == 1
    assert len(list(wincls.train(small("training.epochs=1")))) == 1
    assert sorted(Path().iterdir()) == before


def test_a_training_that_fails_leaves_no_folder(folder):
    with pytest.raises(wincls.DataError, match=r"^missing\.conll: no such file"):
        list(wincls.train("small.yaml", output="new/out", settings=["data.train=missing.conll"]))
    with pytest.raises(wincls.ConfigError, match="unknown key"):
        list(wincls.train({"data": {"train": "train.conll"}, "windw": 3}, output="new/out"))
    assert not Path("new").exists()
