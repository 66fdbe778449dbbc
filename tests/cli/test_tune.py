"""`wincls tune`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import failure, output, run
from wincls import extras
from wincls.analysis import tune
from wincls.config import load_config

SPACE = "model.hidden: [[3], [5]]\nschedule.rate: {low: 0.001, high: 0.1, log: true}\n"


@pytest.fixture
def space(folder, write):
    return write(SPACE, "space.yaml")


def table(folder):
    header, *rows = (line.split("\t") for line in Path(folder, "trials.tsv").read_text().splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def search(*options, folder="tuned"):
    return output("tune", "small.yaml", "--space", "space.yaml", "-o", folder, *options)


def test_the_same_seed_gives_the_same_trials_and_the_best_is_written(space):
    printed = search("--trials", "4", "-s", "data.test=missing.conll")
    assert (
        search("--trials", "4", "-s", "data.test=missing.conll", folder="again").splitlines()[:-3]
        == (printed.splitlines()[:-3])
    )
    assert Path("tuned/trials.tsv").read_bytes() == Path("again/trials.tsv").read_bytes()
    rows = table("tuned")
    assert [row["trial"] for row in rows] == ["0", "1", "2", "3"]
    assert (rows[0]["model.hidden"], rows[0]["schedule.rate"]) == ("", "")
    assert all(json.loads(row["model.hidden"]) in ([3], [5]) for row in rows[1:])
    assert all(0.001 <= float(row["schedule.rate"]) <= 0.1 for row in rows[1:])
    complete = [row for row in rows if row["state"] == "complete"]
    best = max(complete, key=lambda row: float(row["dev_f1"]))
    assert f"Best of 4 trials: trial {best['trial']}, dev F1 {100 * float(best['dev_f1']):.2f}" in printed
    config = load_config("tuned/best.yaml")
    assert list(config.model.hidden) == json.loads(best["model.hidden"] or "[10]")
    output("train", "-c", "tuned/best.yaml", "-o", "out", "--no-report", "-s", "data.test=null")


def test_a_search_goes_on_and_is_of_one_configuration(space):
    search("--trials", "2")
    printed = search("--trials", "1")
    assert printed.startswith("Going on after 2 trials.\ntrial 2  ")
    assert len(table("tuned")) == 3
    message = failure(
        "tune", "small.yaml", "--space", "space.yaml", "-o", "tuned", "--trials", "1",
        "-s", "training.epochs=4", status=2,
    )  # fmt: skip
    assert message.endswith("has another config; choose another --output or --study")


def test_a_failed_trial_is_a_trial_with_its_reason(space, monkeypatch):
    training = tune.Training

    def diverging(config, prepared, rng):
        if list(config.model.hidden) in ([3], [5]):
            raise tune.TrainingError("it has diverged")
        return training(config, prepared, rng)

    monkeypatch.setattr(tune, "Training", diverging)
    printed = search("--trials", "3")
    assert "trial 1  0 epochs  failed (it has diverged)\n" in printed
    assert [row["state"] for row in table("tuned")] == ["complete", "failed", "failed"]


def test_a_stopped_search_keeps_what_is_finished(space, monkeypatch):
    run_trial = tune.run_trial

    def stopping(study, given, prepare_trial):
        if len(study.get_trials()) == 2:
            raise KeyboardInterrupt
        return run_trial(study, given, prepare_trial)

    monkeypatch.setattr(tune, "run_trial", stopping)
    printed = search("--trials", "9")
    assert "Stopped.\n" in printed and "Best of 2 trials" in printed
    assert len(table("tuned")) == 2


def test_an_interrupted_first_trial_is_made_up_for(space, monkeypatch):
    training = tune.Training

    def interrupted(config, prepared, rng):
        raise KeyboardInterrupt

    monkeypatch.setattr(tune, "Training", interrupted)
    assert failure("tune", "small.yaml", "--trials", "1", "-o", "tuned", "--space", "space.yaml").startswith(
        "no trial was completed"
    )
    monkeypatch.setattr(tune, "Training", training)
    printed = search("--trials", "2")
    assert "the configuration as it is" in printed and "to the configuration as it is" in printed
    assert [bool(row["model.hidden"]) for row in table("tuned")] == [False, False, True]


def test_ten_complete_trials_show_what_is_important(space):
    printed = search("--trials", "16")
    complete = sum(row["state"] == "complete" for row in table("tuned")[1:])
    assert ("importance" in printed) == (complete >= 10)


def test_several_processes_run_the_wanted_number_of_trials(space):
    search("--trials", "3", "--jobs", "2", "--storage", "sqlite:///study.db")
    assert sorted(row["trial"] for row in table("tuned")) == ["0", "1", "2"]
    assert {row["state"] for row in table("tuned")} <= {"complete", "stopped early"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("window.sise: [1, 2]", "space.yaml: window.sise: unknown key"),
        ("window.size: [1, -2]", "space.yaml: window.size: found -2; allowed is an integer at least 0"),
        ("window.size: 3", "space.yaml: window.size: found 3; give a list of values, or a range"),
        ("schedule.rate: {low: 0, high: 1, log: true}", "above 0 with log"),
        ("schedule.rate: {low: 1, high: 0}", "low must be a number below high"),
        ("data.train: [a, b]", "the data stay the same in all trials"),
    ],
)
def test_a_space_that_makes_no_sense(folder, write, text, message):
    write(text + "\n", "space.yaml")
    options = ("-o", "tuned", "--trials", "1")
    assert message in failure("tune", "small.yaml", "--space", "space.yaml", *options, status=2)


def test_a_limit_is_needed_and_the_extra_is_named(folder, monkeypatch):
    assert failure("tune", "small.yaml", status=2).startswith("--minutes or --trials: give one")
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert failure("tune", "small.yaml", "--trials", "1") == (
        "optuna is not installed; run pip install 'wincls[tune]'"
    )


def test_the_default_space_has_the_configuration(folder):
    result = run("tune", "small.yaml", "--trials", "2", "-o", "tuned", status=None)
    assert result.exit_code == 0, result.output
    assert "window.size" in table("tuned")[1]
