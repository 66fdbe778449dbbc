"""What is being done, told to whoever wants to show it.

Slow parts of the package tell about themselves with :func:`phase` or :func:`following`. The command line
listens, and shows progress bars and times. Without a listener, nothing happens.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import BinaryIO, TypeVar

T = TypeVar("T")

Advance = Callable[[int], object]
"""Called with how much has been done since the last call."""

Listener = Callable[[str, int | None, str], AbstractContextManager[Advance]]
"""Called with what phase takes for each phase; the context lasts as long as the phase."""


def ignore(done: int) -> None:
    """Shows no progress."""


_listener: ContextVar[Listener] = ContextVar("listener", default=lambda *phase: nullcontext(ignore))


def phase(name: str, total: int | None = None, unit: str = "") -> AbstractContextManager[Advance]:
    """A phase of the work, as a context manager that gives a function to say how much is done.

    name: what is done, such as "reading train.conll".
    total: how much is to be done, in the unit; None if that is not known.
    """
    return _listener.get()(name, total, unit)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have a listener told of all phases within the block, in this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def following(items: Iterable[T], file: BinaryIO, name: str, every: int = 100) -> Iterator[T]:
    """The items, which are made from what is read from a file, as a phase of as many bytes as it has.

    every: number of items after which the phase advances.
    """
    with phase(name, file_size(file), "B") as advance:
        yield from advancing(items, file, advance, every)


def advancing(items: Iterable[T], file: BinaryIO, advance: Advance, every: int = 1) -> Iterator[T]:
    """The items, which are made from what is read from a file; advance: called with the bytes read."""
    if file_size(file) is None:
        yield from items
        return
    done = file.tell()
    for number, item in enumerate(items):
        yield item
        if number % every == 0:
            position = file.tell()
            advance(position - done)
            done = position
    advance(file.tell() - done)


def counting(items: Sequence[T], name: str, unit: str) -> Iterator[T]:
    """The items, as a phase of as many units."""
    with phase(name, len(items), unit) as advance:
        for item in items:
            yield item
            advance(1)


def file_size(file: BinaryIO) -> int | None:
    """The size of a file that is open; None for a pipe, a terminal, or what is no file of the system."""
    try:
        found = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
