"""Checkpoints: a training that was stopped goes on as if it had not been."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import wincls
from wincls.errors import DataError, TrainingError, WinclsError
from wincls.locks import locked
from wincls.training.checkpoint import first_difference
from wincls.training.run import FILES, Run

SAME = ("model.npz", "config.yaml", "scores.json", "history.jsonl")
EPOCHS = "training.epochs=5"


def contents(folder):
    return {name: (Path(folder) / name).read_bytes() for name in SAME}


def run(config, folder, epochs=None, **options):
    """Train until the end, or stop after so many epochs as a killed program would."""
    with Run(config, Path(folder), **options) as begun:
        for i, _ in enumerate(begun.epochs(), start=1):
            if i == epochs:
                return begun
        begun.finish()
    return begun


def killed(config, folder, epochs, **options):
    """Stop after so many epochs without any of what an orderly end does."""

    def work():
        for i, _ in enumerate(Run(config, Path(folder), **options).__enter__().epochs(), start=1):
            if i == epochs:
                os._exit(9)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == 9


SETTINGS = [
    [],
    ["model.ensemble=2"],
    ["optimizer=momentum", "schedule={name: constant, rate: 0.05}", "training.patience=2"],
    ["decision=threshold", "labels.scheme=IO", "structured_hinge.weight=0", "optimizer=sgd"],
    ["loss=cross_entropy", "decision=argmax", "features.word.train=false", "data.dev=null"],
]


@pytest.mark.parametrize("settings", SETTINGS, ids=" ".join)
@pytest.mark.parametrize("stops", [[1], [2, 4], [5]], ids=str)
def test_a_training_that_was_killed_ends_with_the_same_bytes(small, settings, stops):
    config = small(EPOCHS, *settings)
    whole = run(config, "whole")
    done = 0
    for stop in stops:
        if stop <= len(whole.records):
            killed(config, "out", stop - done, resume=True)
            done = stop
    resumed = run(config, "out", resume=True)
    assert resumed.resumed == done
    assert contents("out") == contents("whole")
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(FILES)


def test_a_training_that_was_stopped_keeps_its_checkpoint(small):
    config = small(EPOCHS)
    run(config, "whole")
    with Run(config, Path("out")) as begun:
        next(begun.epochs())
        begun.finish()  # as after Ctrl-C
    assert Path("out/model.npz").exists()
    assert Path("out/checkpoint/checkpoint.json").exists()
    run(config, "out", resume=True)
    assert contents("out") == contents("whole")


def test_the_history_grows_as_epochs_end(small):
    with Run(small(EPOCHS), Path("out")) as begun:
        for i, report in enumerate(begun.epochs(), start=1):
            lines = Path("out/history.jsonl").read_text().splitlines()
            assert [json.loads(line)["epoch"] for line in lines] == list(range(1, i + 1))
            assert json.loads(lines[-1]) == json.loads(json.dumps(report.record()))


def test_a_checkpoint_has_only_the_files_that_belong_together(small):
    config = small(EPOCHS, "model.ensemble=2")
    run(config, "out", epochs=2)
    names = {path.name for path in Path("out/checkpoint").iterdir()}
    assert {"checkpoint.json", "member0.2.npz", "member1.2.npz", "development.2.npz"} < names
    assert len(names) == 5
    # What a killed training had begun to write is removed.
    Path("out/checkpoint/member0.3.npz").write_bytes(b"half")
    Path("out/.model.npz.unfinished-abc").write_bytes(b"half")
    with Run(config, Path("out"), resume=True):
        assert {path.name for path in Path("out/checkpoint").iterdir()} == names
        assert not Path("out/.model.npz.unfinished-abc").exists()


def test_without_resume_a_training_starts_anew(small):
    run(small(EPOCHS), "out", epochs=2)
    begun = run(small("training.epochs=2", "training.seed=2"), "out")
    assert begun.resumed == 0
    assert len(begun.records) == 2


def test_resume_without_a_checkpoint_starts_at_the_beginning(small):
    assert run(small(EPOCHS), "out", resume=True).resumed == 0


@pytest.mark.parametrize(
    ("setting", "difference"),
    [
        ("training.seed=2", "training.seed was 1 and is now 2"),
        ("model.hidden=[12]", "model.hidden was [10] and is now [12]"),
        ("optimizer=sgd", 'optimizer.name was "adam" and is now "sgd"'),
        (
            "training.epochs=6",
            "training.epochs was 5 and is now 6 (schedule linear depends on the last epoch)",
        ),
    ],
)
def test_another_configuration_is_refused(small, setting, difference):
    run(small(EPOCHS), "out", epochs=1)
    with pytest.raises(TrainingError) as caught, Run(small(EPOCHS, setting), Path("out"), resume=True):
        pass
    assert str(caught.value) == (
        f"out: the checkpoint is of another configuration: {difference}; use the same, or start again "
        "without --resume"
    )


@pytest.mark.parametrize("name", ["train.conll", "dev.conll"])
def test_changed_data_are_refused(small, name):
    run(small(EPOCHS), "out", epochs=1)
    text = Path(name).read_text()
    Path(name).write_text(f"{text}\nNew O\n")
    with pytest.raises(TrainingError, match=f"of other data: {name} has changed"):
        run(small(EPOCHS), "out", resume=True)
    Path(name).write_text(text)
    run(small(EPOCHS), "out", resume=True)


def test_more_epochs_are_allowed_where_the_schedule_does_not_depend_on_them(small):
    schedule = "schedule={name: constant, rate: 0.01}"
    run(small("training.epochs=4", schedule), "whole")
    run(small("training.epochs=2", schedule), "out", keep_checkpoint=True)
    assert run(small("training.epochs=4", schedule), "out", resume=True).resumed == 2
    assert contents("out") == contents("whole")


@pytest.mark.parametrize("part", ["checkpoint.json", "member0.2.npz", "development.2.npz", "best.*.npz"])
def test_a_damaged_checkpoint_is_an_error_in_one_line(small, part):
    run(small(EPOCHS), "out", epochs=2)
    (path,) = Path("out/checkpoint").glob(part)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises((TrainingError, DataError), match=r"damaged .*start again without --resume$"):
        run(small(EPOCHS), "out", resume=True)


def test_a_checkpoint_of_another_version_is_refused(small, monkeypatch):
    run(small(EPOCHS), "out", epochs=1)
    monkeypatch.setattr("wincls.training.checkpoint.__version__", "9.9")
    with pytest.raises(TrainingError, match="is not of this version of wincls"):
        run(small(EPOCHS), "out", resume=True)


def test_an_old_file_that_cannot_be_deleted_yet_is_deleted_later(small, monkeypatch):
    """On Windows, another program may have it open."""
    unlink, refused = Path.unlink, []

    def unlink_later(path, missing_ok=False):
        if path.name == "member0.1.npz" and not refused:
            refused.append(path)
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_later)
    run(small(EPOCHS), "out", epochs=2)
    assert refused[0].exists()
    run(small(EPOCHS), "out", epochs=1, resume=True)
    assert not refused[0].exists()


def test_a_second_training_in_the_same_folder_is_refused(small):
    with Run(small(EPOCHS), Path("out")) as first:
        next(first.epochs())
        with pytest.raises(WinclsError, match=r"^out: another training \(process \d+\) is writing there"):
            run(small(EPOCHS), "out")
        first.finish()
    run(small(EPOCHS), "out")


def test_a_lock_holds_for_other_processes_and_ends_with_the_process(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from wincls.locks import locked\n"
        f"with locked(Path({str(tmp_path)!r})): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(WinclsError, match=rf"another training \(process {holder.pid}\)"), locked(tmp_path):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_api_goes_on_as_well(small):
    config = small(EPOCHS)
    run(config, "whole")
    killed(config, "out", 2)
    assert [report.epoch for report in wincls.train(config, "out", resume=True)] == [3, 4, 5]
    assert contents("out") == contents("whole")


def test_killed_at_random_moments_the_end_is_the_same(small):
    """A few times here; tests/reliability/kill_training.py does it many times."""
    small(EPOCHS)  # makes the folder
    command = [sys.executable, "-m", "wincls", "train", "-c", "small.yaml", "-s", "training.epochs=8",
               "-s", "model.ensemble=2", "-s", "training.patience=8"]  # fmt: skip
    subprocess.run([*command, "-o", "whole"], check=True, capture_output=True)
    rng = random.Random(0)
    for _ in range(4):
        process = subprocess.Popen([*command, "-o", "out", "--resume"], stdout=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.5, 1.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run([*command, "-o", "out", "--resume"], check=True, capture_output=True)
    assert contents("out") == contents("whole")


def test_the_first_difference_names_the_key_and_both_values():
    old = {"a": 1, "b": {"c": [1], "d": 2}}
    assert first_difference(old, {"a": 1, "b": {"c": [1], "d": 2}}) is None
    assert first_difference(old, {"a": 1, "b": {"c": [2], "d": 3}}) == "b.c was [1] and is now [2]"
    assert first_difference(old, {"a": 1}) == ('b was {"c": [1], "d": 2} and is now null')
