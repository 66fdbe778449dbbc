"""Blocks of a stream that may pause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from wincls.errors import DataError

T = TypeVar("T")


def batches(
    items: Iterable[T | None], size: Callable[[T], int], total: int, unit: int, context: int
) -> Iterator[tuple[list[T], list[T]] | None]:
    """Blocks of items as documents.group cuts them, but a None (a pause) ends a batch before that.

    Yields items that were in a batch before, of the same block and of at most `context` if possible,
    with the new items after them; and None after the batch of a pause.
    """
    block: list[T] = []
    in_block = in_unit = in_context = 0
    latest = 0  # where the last unit of context starts
    first = done = 0  # where the context of the new items starts, and where they do
    rest = iter(items)
    problem: Exception | None = None
    while True:
        try:
            item = next(rest)
        except StopIteration:
            break
        except (DataError, OSError) as error:  # what comes before it is yielded first
            problem = error
            break
        if item is None:
            if done < len(block):
                yield block[first:done], block[done:]
                first, done = latest, len(block)
            yield None
            continue
        block.append(item)
        its_size = size(item)
        in_block += its_size
        in_unit += its_size
        in_context += its_size
        if in_context >= context:
            latest, in_context = len(block), 0
        if in_unit >= unit:
            in_unit = 0
            if in_block >= total:
                yield block[first:done], block[done:]
                block, in_block, in_context, latest, first, done = [], 0, 0, 0, 0, 0
    if done < len(block):
        yield block[first:done], block[done:]
    if problem is not None:
        raise problem
