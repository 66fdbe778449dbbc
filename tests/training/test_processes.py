import multiprocessing
import os
import pickle
import signal
from functools import partial

import numpy as np
import pytest

from wincls.errors import TrainingError
from wincls.training.loop import Training
from wincls.training.prepare import prepare
from wincls.training.processes import Workers, run_epoch


@pytest.fixture
def training(small):
    """A training of two members that is ready for its first epoch."""

    def begin(*settings):
        config = small("model.ensemble=2", "training.epochs=3", *settings)
        rng = np.random.default_rng(config.training.seed)
        return Training(config, prepare(config, rng), rng)

    return begin


@pytest.fixture(autouse=True)
def no_process_is_left():
    yield
    assert not multiprocessing.active_children()


def nothing(*_):
    """A callback that does nothing."""


class Blocks(dict):
    """Callback that collects the blocks of scores: (member, first token) -> block."""

    def __call__(self, *place_and_block):
        *place, block = place_and_block
        assert tuple(place) not in self
        self[tuple(place)] = block


def same_blocks(one, other):
    assert one.keys() == other.keys()
    return all(np.array_equal(block, other[place]) for place, block in one.items())


def test_processes_give_the_same_as_epochs_one_after_the_other(training):
    begun, again = training(), training()
    with Workers(begun.members) as workers:
        for epoch in (1, 2):
            scores, expected_scores = Blocks(), Blocks()
            outcomes = workers.epoch(epoch, nothing, scores)
            expected = [
                run_epoch(member, epoch, nothing, partial(expected_scores, number))
                for number, member in enumerate(again.members)
            ]
            assert same_blocks(scores, expected_scores)
            for one, other in zip(outcomes, expected, strict=True):
                assert one.passed == other.passed
                assert one.parameters.keys() == other.parameters.keys()
                for name, array in one.parameters.items():
                    assert np.array_equal(array, other.parameters[name])


def test_a_single_network_is_trained_in_this_process(training):
    begun = training("model.ensemble=1")
    with Workers(begun.members) as workers:
        assert not multiprocessing.active_children()
        outcome = workers.epoch(1, nothing, nothing)[0]
    weights = begun.members[0].scorer.parameters["W1"]
    assert np.array_equal(outcome.parameters["W1"], weights)
    assert outcome.parameters["W1"] is not weights


def test_each_of_several_members_has_a_process(training):
    with Workers(training("model.ensemble=3").members):
        assert len(multiprocessing.active_children()) == 3


def test_all_windows_are_reported_with_a_loss(training):
    calls = []
    begun = training()
    report = next(begun.epochs(lambda *call: calls.append(call)))
    assert sum(windows for windows, _ in calls) == report.windows
    assert all(loss > 0 for _, loss in calls)


@pytest.mark.parametrize("members", [1, 3])
def test_scoring_of_development_data_is_reported_from_the_end_of_training_on(training, members):
    calls = []
    begun = training(f"model.ensemble={members}")
    next(begun.epochs(lambda *call: calls.append("step"), calls.append))
    shares = [call for call in calls if call != "step"]
    assert calls[-len(shares) :] == shares  # no step comes later
    assert shares[0] == 0
    assert sorted(shares[1:]) == [i / (2 * max(2, members)) for i in range(1, 2 * max(2, members) + 1)]


def test_a_training_that_diverges_in_a_process_says_so(training):
    begun = training("optimizer=sgd", "schedule={name: constant, rate: 1e30}")
    with pytest.raises(TrainingError) as caught:
        list(begun.epochs())
    assert "training has diverged; lower schedule.rate (now 1e+30)" in str(caught.value)


def test_an_error_here_ends_the_processes(training):
    def progress(windows, loss):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(training().epochs(progress))


def test_closing_the_epochs_ends_the_processes(training):
    epochs = training().epochs()
    next(epochs)
    assert len(multiprocessing.active_children()) == 2
    epochs.close()


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_a_killed_process_is_reported_in_one_line(training):
    epochs = training().epochs()
    next(epochs)
    victim = multiprocessing.active_children()[0]
    victim.kill()
    victim.join()
    with pytest.raises(TrainingError) as caught:
        list(epochs)
    assert str(caught.value) == (
        "a training process has died (out of memory?); free memory, or set model.ensemble=1"
    )


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_an_interrupt_from_the_keyboard_is_left_to_the_main_process(training):
    """Ctrl-C reaches all processes of a terminal."""
    epochs = training().epochs()
    next(epochs)
    for process in multiprocessing.active_children():
        os.kill(process.pid, signal.SIGINT)
    assert next(epochs).epoch == 2
    epochs.close()


def test_any_error_of_a_process_is_raised_here(training):
    begun = training()
    begun.members[1]._optimizer.step = None
    with pytest.raises(TypeError):
        list(begun.epochs())


def test_a_process_that_cannot_be_started_is_reported_in_one_line(training, monkeypatch):
    start, started = multiprocessing.Process.start, []

    def start_only_one(process):
        if started:
            raise OSError(11, "Resource temporarily unavailable")
        started.append(process)
        start(process)

    monkeypatch.setattr(multiprocessing.Process, "start", start_only_one)
    with pytest.raises(TrainingError) as caught:
        list(training().epochs())
    assert str(caught.value) == (
        "cannot start a process to train in (Resource temporarily unavailable); set model.ensemble lower"
    )


def test_a_member_can_be_sent_to_a_process_that_starts_empty(training):
    """As processes do on macOS and Windows."""
    here, there = training().members[0], training().members[0]
    there = pickle.loads(pickle.dumps(there))
    scores = Blocks(), Blocks()
    one, other = (run_epoch(each, 1, nothing, its) for each, its in zip((here, there), scores, strict=True))
    assert same_blocks(*scores)
    assert one.passed == other.passed
