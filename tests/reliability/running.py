"""The processes that run on this machine, on Linux."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Running(NamedTuple):
    """A process: its number, and those of its parent and its session."""

    pid: int
    parent: int
    session: int


def running() -> Iterator[Running]:
    """All processes but those that have ended and wait for their parent to notice."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, _, session, *_ = path.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has ended in the meantime
            continue
        if state != "Z":
            yield Running(int(path.parent.name), int(parent), int(session))
