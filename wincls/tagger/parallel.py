"""Tagging in several processes, with the results in order."""

from __future__ import annotations

import gc
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, TypeVar

from wincls.errors import DataError, WinclsError
from wincls.processes import STOP_SIGNALS, end_with_parent, processors

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ordered(
    function: Callable[[Any, Item], Result], items: Iterable[Item | None], tagger: Any, jobs: int = 1
) -> Iterator[Result]:
    """Yield function(tagger, item) for each item, in order. Only a few items are in memory at once.

    items: None among them says that the next one may take long, so that no result should wait for it.
    function: a function of a module, so that it can be sent to other processes.
    tagger: sent to each process once.
    jobs: the number of processes, limited to the number of processors. With 1, or if there is only one item,
        everything runs in this process.

    Raises WinclsError if a process dies.
    """
    jobs = min(jobs, processors())
    several = False
    if jobs > 1:
        several, items = _has_several(iter(items))
    if not several:
        yield from (_call(function, tagger, item) for item in items if item is not None)
        return
    try:
        with ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(function, tagger)) as pool:
            yield from _in_order(items, pool, 2 * jobs)
    except BrokenProcessPool:
        raise WinclsError("a worker process has died (out of memory?); use fewer jobs (--jobs)") from None


def _has_several(items: Iterator[Item]) -> tuple[bool, Iterator[Item]]:
    """Whether there are two items at least, or may be, and the same items.

    An error comes after the items before it.
    """
    first: list[Item] = []
    try:
        first.extend(islice(items, 1))
        if first != [None]:
            first.extend(islice(items, 1))
    except DataError as error:
        return False, chain(first, _raise(error))
    return len(first) == 2 or None in first, chain(first, items)


def _raise(error: Exception) -> Iterator[Any]:
    raise error
    yield


def _in_order(items: Iterable[Any], pool: ProcessPoolExecutor, most: int) -> Iterator[Any]:
    """The results in the order of the items, with at most about `most` pending."""
    pending: deque[Future[Any]] = deque()
    try:
        for item in items:
            if item is None:
                yield from (each.result() for each in pending)
                pending.clear()
                continue
            pending.append(pool.submit(_work, item))
            if len(pending) > most:
                yield pending.popleft().result()
    except DataError:  # the results of the items before the bad one come first
        yield from (each.result() for each in pending)
        raise
    yield from (each.result() for each in pending)


_worker: tuple[Callable[[Any, Any], Any], Any]


def _start_worker(function: Callable[[Any, Any], Any], tagger: Any) -> None:
    global _worker
    end_with_parent()
    for each in STOP_SIGNALS:  # they may reach all processes; the main process decides
        signal.signal(each, signal.SIG_IGN)
    _worker = (function, tagger)


def _work(item: Any) -> Any:
    return _call(*_worker, item)


def _call(function: Callable[[Any, Item], Result], tagger: Any, item: Item) -> Result:
    """function(tagger, item) without the cyclic garbage collector.

    Tagging creates very many small objects but no reference cycles, and the search for cycles would take a
    tenth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return function(tagger, item)
    finally:
        if was_enabled:
            gc.enable()
