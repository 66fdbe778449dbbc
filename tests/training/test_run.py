"""What a run writes; that `wincls.train` can be called in each of its ways is in tests/test_api.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from wincls.config import load_config
from wincls.errors import DataError, TrainingError
from wincls.options import plain
from wincls.reports.records import evaluation_record
from wincls.tagger.corpus import evaluate_tagged, tag_corpus
from wincls.tagger.model_file import load_model
from wincls.training.loop import Training
from wincls.training.prepare import prepare
from wincls.training.run import Run, train

EASY = ("optimizer=adam", "schedule={name: constant, rate: 0.02}", "training.patience=9")
DIVERGES = ("optimizer=sgd", "schedule={name: constant, rate: 1e30}")


def written(name, folder="out"):
    return json.loads(Path(folder, name).read_text())


def test_the_history_has_the_record_of_every_epoch(small):
    reports = list(train(small("training.epochs=3"), output="out"))
    lines = Path("out/history.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [report.record() for report in reports]


def test_the_written_configuration_trains_the_same_model(small):
    config = small("training.epochs=1", "model.activation=tanh", "loss.margin=2")
    list(train(config, output="out"))
    assert load_config("out/config.yaml") == config
    assert load_model("out/model.npz").config == plain(config)
    list(train("out/config.yaml", output="again"))
    assert Path("again/model.npz").read_bytes() == Path("out/model.npz").read_bytes()


@pytest.mark.parametrize("test", [None, "test.conll"])
def test_the_scores_are_those_of_the_run(small, test):
    config = small("training.epochs=3", *EASY, *([f"data.test={test}"] if test else []))
    with Run(config, Path("out")) as run:
        reports = list(run.epochs())
        run.finish()
    scores = written("scores.json")
    assert scores == json.loads(json.dumps(run.scores()))
    assert scores["best_epoch"] == max(report.epoch for report in reports if report.best)
    assert scores["epochs"] == 3
    assert scores["dev"] == json.loads(json.dumps(evaluation_record(run.training.evaluate_development())))
    if test is None:
        assert scores["test"] is None
        return
    tagger, corpus = load_model("out/model.npz").tagger, run.prepared.corpora.test
    evaluation = evaluate_tagged(tagger, corpus, tag_corpus(tagger, corpus))
    assert scores["test"] == json.loads(json.dumps(evaluation_record(evaluation)))


def test_leaving_the_loop_early_writes_the_best_epoch_so_far(small):
    config = small("training.epochs=9", *EASY)
    best = 0
    for report in train(config, output="out"):
        best = report.epoch if report.best else best
        if report.epoch == 4:
            break
    scores = written("scores.json")
    assert (scores["best_epoch"], scores["epochs"]) == (best, 4)

    rng = np.random.default_rng(config.training.seed)
    expected = Training(config, prepare(config, rng), rng)
    for report in expected.epochs():
        if report.epoch == best:
            break
    (scorer,) = load_model("out/model.npz").tagger.ensemble
    for name, array in expected.members[0].scorer.parameters.items():
        assert np.array_equal(scorer.parameters[name], array)


def test_a_run_that_is_never_started_writes_nothing(small):
    train(small(), output="out").close()
    assert not Path("out").exists()


@pytest.mark.parametrize("settings", [["training.epochs=1"], ["training.epochs=2", "training.epochs=1"]])
def test_settings_are_applied_to_a_file_a_mapping_and_a_config(small, settings):
    mapping = plain(small("training.epochs=3"))
    before = json.dumps(mapping)
    for config in ("small.yaml", Path("small.yaml"), mapping, small("training.epochs=3")):
        assert len(list(train(config, settings=settings))) == 1, type(config)
    assert json.dumps(mapping) == before


def test_a_training_that_diverges_leaves_no_folder(small):
    with pytest.raises(TrainingError, match="training has diverged"):
        list(train(small(*DIVERGES), output="new/out"))
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("settings", "error"), [(DIVERGES, TrainingError), (["data.train=missing.conll"], DataError)]
)
def test_an_error_leaves_the_files_of_an_earlier_run(small, settings, error):
    list(train(small("training.epochs=1"), output="out"))
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    with pytest.raises(error):
        list(train(small(*settings), output="out"))
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before
