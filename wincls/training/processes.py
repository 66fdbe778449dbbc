"""Trains ensemble members in parallel, each in its own process.

A training step consists of many small calls, and Python runs only one thread at a time, except inside large
array operations. So two threads are hardly faster than one, but two processes are nearly twice as fast. A
member stays in its process from the first epoch to the last. Its random numbers depend on nothing else, so
the result is the same as with sequential training.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.errors import TrainingError
from wincls.processes import STOP_SIGNALS, end_with_parent
from wincls.training.member import Member, Pass, Progress

_INTERVAL = 0.1  # seconds between two progress messages of a process

Scored = Callable[[int, int, Array], None]
"""Called with (tokens, scores) of a member for some development tokens that it scores.

The first argument is the number of the member, the second that of the first of these tokens.
"""


class Outcome(NamedTuple):
    """The result of an epoch of a member.

    passed: the pass over the training data.
    parameters: copies of its parameters.
    seconds: the training time.
    """

    passed: Pass
    parameters: dict[str, Array]
    seconds: float


class _Advance(NamedTuple):
    """A progress message: windows since the last message, and the mean loss of the epoch so far."""

    windows: int
    loss: float


class _Trained(NamedTuple):
    """A member has ended its pass over the training data."""


class _Scores(NamedTuple):
    """Some development scores, see Scored."""

    first: int
    scores: Array


def run_epoch(
    member: Member,
    epoch: int,
    progress: Progress,
    scored: Callable[[int, Array], None],
    saved: Path | None = None,
    stopped: Callable[[], bool] = lambda: False,
    trained: Callable[[], None] = lambda: None,
) -> Outcome:
    """Train a member for one epoch, save its state and score the development data.

    scored: called with the number of the first token and the scores of each block of development tokens.
    saved: the file for the state, None for none.
    trained: called when the training of the epoch is over.

    Raises TrainingError if the loss is not finite.
    """
    began = time.perf_counter()
    passed = member.train_epoch(epoch, progress, stopped)
    seconds = time.perf_counter() - began
    if saved is not None and not stopped():
        member.save(saved)
    trained()
    first = 0
    with np.errstate(over="ignore", invalid="ignore"):  # if training has diverged
        for scores in member.development_scores():
            scored(first, scores)
            first += len(scores)
    parameters = {name: array.copy() for name, array in member.scorer.parameters.items()}
    return Outcome(passed, parameters, seconds)


class Workers:
    """Runs the epochs of the ensemble members: ``with Workers(members) as workers``.

    A single network is trained in this process. Several networks are trained in worker processes, which end
    with the block.
    """

    def __init__(self, members: Sequence[Member]):
        self._members = members
        self._processes: list[multiprocessing.Process] = []
        self._connections: list[Connection] = []

    def __enter__(self) -> Workers:
        if len(self._members) > 1:
            for member in self._members:
                ours, theirs = multiprocessing.Pipe()
                process = multiprocessing.Process(target=_work, args=(member, theirs, ours), daemon=True)
                try:
                    process.start()
                except OSError as error:
                    self._end()
                    raise TrainingError(
                        f"cannot start a process to train in ({error.strerror}); set model.ensemble lower"
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
        """End all processes, each after its current step."""
        for connection in self._connections:
            with suppress(OSError):  # the process has died
                connection.send(None)
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.join()

    def epoch(
        self,
        epoch: int,
        progress: Progress,
        scored: Scored,
        saved: Sequence[Path | None] | None = None,
        trained: Callable[[], None] = lambda: None,
    ) -> list[Outcome]:
        """One epoch of every member; `trained` is called when the last has ended its training.

        saved: the file for the state of each member; None to save nothing.

        Raises TrainingError if a loss is not finite or a process has died, and any other exception of a
        process.
        """
        saved = saved or [None] * len(self._members)
        if not self._processes:
            (member,) = self._members
            return [run_epoch(member, epoch, progress, partial(scored, 0), saved[0], trained=trained)]
        for connection, path in zip(self._connections, saved, strict=True):
            with _worker_errors():
                connection.send((epoch, path))
        outcomes: dict[int, Outcome] = {}
        training = len(self._members)
        while len(outcomes) < len(self._members):
            ready = wait(self._connections)
            for number, connection in enumerate(self._connections):
                if connection not in ready:
                    continue
                with _worker_errors():
                    message: _Advance | _Trained | _Scores | Outcome | Exception = connection.recv()
                if isinstance(message, _Advance):
                    progress(*message)
                elif isinstance(message, _Trained):
                    training -= 1
                    if not training:
                        trained()
                elif isinstance(message, _Scores):
                    scored(number, *message)
                elif isinstance(message, Outcome):
                    outcomes[number] = message
                else:
                    raise message
        return [outcomes[number] for number in range(len(self._members))]


@contextmanager
def _worker_errors() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise TrainingError(
            "a training process has died (out of memory?); free memory, or set model.ensemble=1"
        ) from None


def _work(member: Member, connection: Connection, other_end: Connection) -> None:
    """The loop of a worker process: run an epoch for each message, until the message is None.

    The process also ends if the connection is lost, since the main process has then ended.
    """
    end_with_parent()
    other_end.close()
    for each in STOP_SIGNALS:  # they may reach all processes; the main process decides
        signal.signal(each, signal.SIG_IGN)
    windows, last_loss, sent = 0, 0.0, time.monotonic()

    def send_advance() -> None:
        nonlocal windows, sent
        connection.send(_Advance(windows, last_loss))
        windows, sent = 0, time.monotonic()

    def progress(more: int, loss: float) -> None:
        nonlocal windows, last_loss
        windows, last_loss = windows + more, loss
        if time.monotonic() - sent > _INTERVAL:
            send_advance()

    def trained() -> None:
        if windows:
            send_advance()
        connection.send(_Trained())

    def scored(first: int, scores: Array) -> None:
        connection.send(_Scores(first, scores))

    try:
        while (order := connection.recv()) is not None:
            epoch, path = order
            try:
                # While a member trains, nothing but the end is sent to it.
                outcome = run_epoch(member, epoch, progress, scored, path, connection.poll, trained)
            except Exception as error:  # raised again in the main process
                connection.send(error)
                continue
            connection.send(outcome)
    except (EOFError, OSError):
        return
