"""The Python API: what `import wincls` offers."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest

import wincls
from wincls.errors import WinclsError
from wincls.prediction import Output, tag_blocks, text_blocks
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


def predicted(tagger, text, jobs=1):
    """What `wincls predict --format jsonl` finds in a file with this text."""
    blocks = text_blocks(BytesIO(text.encode()), "f", Output("jsonl"))
    lines = "".join(tag_blocks(blocks, tagger, jobs)).splitlines()
    offset = len(text) - len(text.removeprefix("\ufeff"))  # files are read without a byte order mark
    return [
        (span["label"], start + span["start"], start + span["end"], span["score"])
        for line in map(json.loads, lines)
        for start in [line["meta"]["start"] + offset]
        for span in line["spans"]
    ]


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


@pytest.mark.parametrize("block", [1, 50_000])
@pytest.mark.parametrize("text", TEXTS)
def test_the_api_and_predict_find_the_same(tagger, text, block):
    with patch.object(documents, "BLOCK", block), patch("wincls.prediction.BLOCK", block):
        assert found_in(tagger(text)) == predicted(tagger, text)


def test_predict_in_two_processes_finds_the_same(tagger):
    assert predicted(tagger, TEXTS[0], jobs=2) == found_in(tagger(TEXTS[0]))


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
    assert names == ["config.yaml", "history.jsonl", "model.npz", "scores.json"]
    assert len(Path("out/history.jsonl").read_text().splitlines()) == 3
    assert wincls.load("out/model.npz").labels == ("LOC", "PER")


def test_leaving_the_loop_early_keeps_the_best_epoch(folder):
    for report in wincls.train("small.yaml", output="out", settings=["training.epochs=9"]):
        if report.epoch == 2:
            break
    assert len(Path("out/history.jsonl").read_text().splitlines()) == 2
    assert json.loads(Path("out/scores.json").read_text())["epochs"] == 2


def test_a_configuration_may_be_a_mapping_and_nothing_need_be_written(folder, small):
    from wincls.options import plain

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
