"""What processes do about signals and about each other's end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import FrameType

STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that ask a program to stop; Windows has no SIGHUP."""

_POOL_ON_WINDOWS = 61  # processes at most in a ProcessPoolExecutor


def processors() -> int:
    """The number of processors that this program may use; on Windows at most what a process pool may have."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    found = os.cpu_count() or 1
    return min(found, _POOL_ON_WINDOWS) if sys.platform == "win32" else found


def end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, however that came about."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)  # nothing of this process is needed, and nobody is left to tell

    threading.Thread(target=watch, daemon=True).start()


class Stops:
    """Stop signals in the main thread: the first raises KeyboardInterrupt, the others have to wait.

    asked: the first signal, None as long as there was none.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._held = False

    def hold(self) -> None:
        """From now on signals are ignored, since what they ask for is being done."""
        self._held = True

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signals."""
        self.asked = self.asked or number
        if not self._held:
            self._held = True
            raise KeyboardInterrupt


@contextmanager
def stop_signals() -> Iterator[Stops]:
    """Handle stop signals within the block, as :class:`Stops` says.

    If there was one, the program is about to end after the block, and further ones are ignored until then.
    """
    stops = Stops()
    before = {each: signal.signal(each, stops.handle) for each in STOP_SIGNALS}
    try:
        yield stops
    finally:
        for each, handler in before.items():
            signal.signal(each, handler if stops.asked is None else signal.SIG_IGN)
