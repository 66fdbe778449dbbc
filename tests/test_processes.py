"""Signals, and the end of processes."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.reliability.running import running
from wincls.processes import STOP_SIGNALS, Stops, processors, stop_signals

WINCLS = [sys.executable, "-m", "wincls"]


def descendants(pid):
    """The processes that a process has started, and theirs."""
    children = [each.pid for each in running() if each.parent == pid]
    return [each for child in children for each in (child, *descendants(child))]


def is_alive(pid):
    return any(each.pid == pid for each in running())


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def start_training(*settings):
    options = [part for setting in settings for part in ("-s", setting)]
    command = [*WINCLS, "train", "-c", "small.yaml", "-o", "out", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


ENDLESS = ["training.epochs=100000", "training.patience=100000", "model.ensemble=2"]


def epochs_done():
    path = Path("out/checkpoint/checkpoint.json")
    return json.loads(path.read_text())["epoch"] if path.exists() else 0


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: signal.Signals(number).name)
def test_stop_signals_keep_the_best_epoch_and_the_checkpoint(folder, number):
    process = start_training(*ENDLESS)
    wait_until(lambda: epochs_done() >= 2)
    process.send_signal(number)
    printed, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert "\nStopped; keeping the best epoch so far. --resume goes on from here.\n" in printed
    assert Path("out/model.npz").exists()
    assert epochs_done() >= 2
    assert not [path for path in Path("out").iterdir() if path.name.startswith(".")]


def test_signals_after_the_first_wait_until_the_model_is_saved(folder):
    process = start_training(*ENDLESS)
    wait_until(lambda: epochs_done() >= 1)
    children = descendants(process.pid)
    for _ in range(20):  # as from an impatient user, to the whole group
        for each in [process.pid, *children]:
            if is_alive(each):
                os.kill(each, signal.SIGINT)
        time.sleep(0.01)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert Path("out/model.npz").exists()


def test_training_processes_end_with_their_parent_however_it_ends(folder):
    process = start_training(*ENDLESS)
    wait_until(lambda: epochs_done() >= 1)
    children = descendants(process.pid)
    assert len(children) == 2
    process.kill()
    process.communicate()
    wait_until(lambda: not any(map(is_alive, children)), 5)


def test_a_lost_training_process_ends_the_training_with_its_model_and_checkpoint(folder):
    process = start_training(*ENDLESS)
    wait_until(lambda: epochs_done() >= 1)
    os.kill(descendants(process.pid)[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith("Error: a training process has died (out of memory?)")
    assert "was saved in out" in errors
    assert errors.count("\n") == 1
    assert Path("out/model.npz").exists()
    assert epochs_done() >= 1


@pytest.fixture
def handlers():
    before = {each: signal.getsignal(each) for each in STOP_SIGNALS}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_without_a_signal_the_handlers_are_restored(handlers):
    before = [signal.getsignal(each) for each in STOP_SIGNALS]
    with stop_signals():
        assert [signal.getsignal(each) for each in STOP_SIGNALS] != before
    assert [signal.getsignal(each) for each in STOP_SIGNALS] == before


def test_the_first_signal_raises_and_the_others_are_held(handlers):
    with stop_signals() as stops:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        assert stops.asked == signal.SIGTERM
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)


def test_held_signals_do_nothing():
    stops = Stops()
    stops.hold()
    stops.handle(signal.SIGINT, None)
    assert stops.asked == signal.SIGINT


def with_start_method(method, *arguments):
    """Run a command with processes that start so, two of them wherever it may have several."""
    code = (
        f"import multiprocessing, wincls.tagger.parallel as parallel; from wincls.cli import main; "
        f"multiprocessing.set_start_method('{method}'); parallel.processors = lambda: 2; main()"
    )
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_training_and_tagging_give_the_same_bytes_whatever_way_processes_start(folder):
    """That training gives the same in one process is tested in training/test_processes.py."""
    options = ["-s", "model.ensemble=2", "-s", "training.epochs=20", "--no-report"]
    text = "".join(f"In Paris it rains {i} times.\n" for i in range(6000))  # several blocks
    Path("text.txt").write_text(text)
    predict = ["predict", "out/model.npz", "text.txt", "-f", "jsonl", "--jobs"]
    written = []
    for method in multiprocessing.get_all_start_methods():
        with_start_method(method, "train", "-c", "small.yaml", "-o", "out", *options)
        files = ("model.npz", "history.jsonl", "scores.json")
        tagged = with_start_method(method, *predict, "2")
        written.append([tagged, *(Path("out", name).read_bytes() for name in files)])
    assert all(each == written[0] for each in written)
    assert written[0][0] == subprocess.run([*WINCLS, *predict, "1"], check=True, capture_output=True).stdout
    assert written[0][0].count(b"\n") == 6000
    assert written[0][0].count(b"LOC") >= 6000


@pytest.mark.parametrize(("count", "expected"), [(None, 1), (4, 4), (61, 61), (128, 61)])
def test_windows_uses_no_more_processors_than_a_process_pool_may_have(monkeypatch, count, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    monkeypatch.setattr(sys, "platform", "win32")
    assert processors() == expected


def test_elsewhere_all_processors_are_used(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 128)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert processors() == 128
