from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest

import wincls
from wincls.errors import ConfigError
from wincls.reports.records import evaluation_record
from wincls.tagger.model_file import load_model
from wincls.training.provenance import date_of_training
from wincls.training.run import Run, train


@pytest.fixture(autouse=True)
def no_date(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def test_a_model_says_what_it_was_trained_on_and_with(small, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    with Run(small("training.epochs=2", "data.test=test.conll"), Path("out")) as run:
        list(run.epochs())
        run.finish()
    found = load_model("out/model.npz").provenance
    assert (found["wincls"], found["numpy"]) == (wincls.__version__, np.__version__)
    assert found["threads"]["OPENBLAS_NUM_THREADS"] == "3"
    assert (found["epochs"], found["best_epoch"]) == (2, run.training.best.epoch)
    assert (found["init"], found["date"]) == (None, None)
    for name, corpus in run.prepared.corpora._asdict().items():
        content = Path(f"{name}.conll").read_bytes()
        assert found["data"][name] == {
            "file": f"{name}.conll",
            "blake2b": blake2b(content, digest_size=16).hexdigest(),
            "sentences": len(corpus.sentences),
            "tokens": corpus.tokens,
            "entities": dict(corpus.labels),
        }
    for name, evaluation in (("dev", run.dev), ("test", run.test)):
        record = evaluation_record(evaluation)["lenient"]
        assert found["scores"][name] == {"all": record["micro"], "types": record["types"]}


def test_what_is_held_out_has_no_digest_of_its_own(small):
    list(train(small("training.epochs=1", "data.dev=null"), output="out"))
    data = load_model("out/model.npz").provenance["data"]
    assert data["dev"]["file"] == "train.conll (held-out part)"
    assert data["dev"]["blake2b"] is None
    assert data["train"]["blake2b"]
    assert "test" not in data


def test_two_runs_with_the_same_seed_write_the_same_bytes(small):
    for name in ("a", "b"):
        list(train(small("training.epochs=1"), output=name))
    assert Path("a/model.npz").read_bytes() == Path("b/model.npz").read_bytes()


def test_a_warm_start_names_its_model(small):
    list(train(small("training.epochs=1"), output="a"))
    list(train(small("training.epochs=1"), output="b", init="a/model.npz"))
    digest = load_model("a/model.npz").digest
    assert len(digest) == 32
    assert load_model("b/model.npz").provenance["init"] == digest


def test_a_date_is_the_one_given_or_that_of_the_environment(monkeypatch):
    assert date_of_training(None) is None
    assert date_of_training("2020-02-03") == "2020-02-03"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert date_of_training(None) == "1970-01-02"
    assert date_of_training("2020-02-03") == "2020-02-03"
    for wrong in ("yesterday", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        with pytest.raises(ConfigError, match=r"^SOURCE_DATE_EPOCH: found"):
            date_of_training(None)
