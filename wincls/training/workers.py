"""Networks trained side by side, each in a process of its own.

Python lets one thread at a time do anything but arithmetic on whole arrays, and a step of training
is many small calls: two threads are hardly faster than one, two processes nearly twice as fast.
A network lives in its process from the first epoch to the last. What it draws at random depends
on nothing else, so that the outcome is the same as if all were trained one after the other.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import NamedTuple

import numpy as np

from wincls.errors import TrainingError
from wincls.training.network import Network, Pass, Progress

Array = np.ndarray

_EVERY = 0.1  # seconds between two messages of a process on how far it is


class Outcome(NamedTuple):
    """What comes out of an epoch of a network.

    scores: (tokens, scores) of the development tokens that it is judged on; parameters: copies;
    seconds: the training took.
    """

    passed: Pass
    scores: Array
    parameters: dict[str, Array]
    seconds: float


class _Advance(NamedTuple):
    """Windows that a network has scored since its last message, and its mean loss in the epoch."""

    windows: int
    loss: float


def run_epoch(
    network: Network, epoch: int, progress: Progress, stopped: Callable[[], bool] = lambda: False
) -> Outcome:
    """Train one epoch and score the development data.

    Raises TrainingError if the loss is no longer a finite number.
    """
    began = time.perf_counter()
    passed = network.train_epoch(epoch, progress, stopped)
    seconds = time.perf_counter() - began
    scores = network.development_scores()
    parameters = {name: array.copy() for name, array in network.scorer.parameters.items()}
    return Outcome(passed, scores, parameters, seconds)


class Workers:
    """Runs epochs of networks; used as ``with Workers(networks) as workers``.

    A single network is trained where it is, several in processes that end with the block.
    """

    def __init__(self, networks: Sequence[Network]):
        self._networks = networks
        self._processes: list[multiprocessing.Process] = []
        self._connections: list[Connection] = []

    def __enter__(self) -> Workers:
        if len(self._networks) > 1:
            for network in self._networks:
                ours, theirs = multiprocessing.Pipe()
                process = multiprocessing.Process(target=_work, args=(network, theirs, ours), daemon=True)
                try:
                    process.start()
                except OSError as error:
                    self._end()
                    raise TrainingError(
                        f"no process to train a network in ({error.strerror}); set model.networks lower"
                    ) from None
                theirs.close()
                self._processes.append(process)
                self._connections.append(ours)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        """End all processes, each after the step that it is at."""
        for connection in self._connections:
            with suppress(OSError):  # the process has died
                connection.send(None)
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.join()

    def epoch(self, epoch: int, progress: Progress) -> list[Outcome]:
        """One epoch of every network.

        Raises TrainingError if a loss is no longer a finite number, or if a process has died; and
        whatever else a process raises.
        """
        if not self._processes:
            return [run_epoch(network, epoch, progress) for network in self._networks]
        for connection in self._connections:
            with _death_told():
                connection.send(epoch)
        outcomes: dict[int, Outcome] = {}
        while len(outcomes) < len(self._networks):
            ready = wait(self._connections)
            for number, connection in enumerate(self._connections):
                if connection not in ready:
                    continue
                with _death_told():
                    message: _Advance | Outcome | Exception = connection.recv()
                if isinstance(message, _Advance):
                    progress(*message)
                elif isinstance(message, Outcome):
                    outcomes[number] = message
                else:
                    raise message
        return [outcomes[number] for number in range(len(self._networks))]


@contextmanager
def _death_told() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise TrainingError(
            "the process that trains a network has died (out of memory?); free memory, or set "
            "model.networks=1"
        ) from None


def _work(network: Network, connection: Connection, other_end: Connection) -> None:
    """What a process does: an epoch whenever the connection brings a number, until it brings None.

    If the connection is lost, the main process is gone and there is nothing more to do.
    """
    other_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the main process decides
    windows, told = 0, time.monotonic()

    def progress(more: int, loss: float) -> None:
        nonlocal windows, told
        windows += more
        if time.monotonic() - told > _EVERY:
            connection.send(_Advance(windows, loss))
            windows, told = 0, time.monotonic()

    try:
        while (epoch := connection.recv()) is not None:
            try:
                outcome = run_epoch(network, epoch, progress, connection.poll)
            except Exception as error:  # raised again in the main process
                connection.send(error)
                continue
            if windows:
                connection.send(_Advance(windows, outcome.passed.loss))
                windows = 0
            connection.send(outcome)
    except (EOFError, OSError):
        return
