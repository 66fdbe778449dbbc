"""`wincls crossval`."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import failure, output, run
from wincls.cli import crossval as command
from wincls.cli.crossval import FILES

RUN = ("crossval", "small.yaml", "--folds", "2")


def test_text_files_and_json_say_the_same(folder):
    printed = output(*RUN, "--curve", "50,100", "-o", "cv")
    assert "plan   4 trainings: 2 folds x 2 sizes" in printed
    assert "F1 of 2 trainings: " in printed
    assert "Learning curve:\ntraining sentences" in printed
    assert printed.endswith("\nWrote cv/predictions.conll, suspects.tsv and crossval.json.\n")
    record = json.loads(Path("cv/crossval.json").read_text())
    assert json.loads(output(*RUN, "--curve", "50,100", "--json")) == record
    assert sum(fold["sentences"] for fold in record["folds"]) == record["all"]["sentences"]
    assert [len(point["f1"]) for point in record["curve"]] == [2, 2]
    rows = list(csv.DictReader(Path("cv/suspects.tsv").read_text().splitlines(), dialect="excel-tab"))
    assert len(rows) == len(record["suspects"])
    scores = [each["score"] for each in record["suspects"]]
    assert scores == sorted(scores, reverse=True)


def test_eval_scores_the_written_predictions_the_same(folder):
    output(*RUN, "-o", "cv")
    record = json.loads(Path("cv/crossval.json").read_text())["all"]
    scored = json.loads(output("eval", "--predictions", "cv/predictions.conll", "--json"))
    assert scored["lenient"] == record["lenient"]


def test_a_stopped_run_shows_the_finished_folds(folder, monkeypatch):
    run_fold = command.run_fold

    def stopping(plan, fold, progress):
        if fold == 1:
            raise KeyboardInterrupt
        return run_fold(plan, fold, progress)

    monkeypatch.setattr(command, "run_fold", stopping)
    result = run("crossval", "small.yaml", "--folds", "3", "-o", "cv")
    assert "Stopped after 1 of 3 folds." in result.stderr
    assert "F1 of 1 training: " in result.stdout
    assert sorted(path.name for path in Path("cv").iterdir()) == sorted(FILES)
    monkeypatch.setattr(command, "run_fold", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert failure(*RUN) == "stopped in the first fold; there are no results yet"


def test_plain_decisions_have_no_suspects(folder):
    printed = output(*RUN, "-s", "decision.name=argmax", "-s", "loss.name=cross_entropy")
    assert "Suspected" not in printed and "F1 of 2 trainings" in printed


@pytest.mark.parametrize("curve", ["abc", "0,100", "50,200", "100", ""])
def test_percentages_that_make_no_curve(folder, curve):
    found = run(*RUN, "--curve", curve, status=2).stderr
    assert f"found {curve!r}; give percentages such as 25,50,75,100" in found
