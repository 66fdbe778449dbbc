"""Cutting inputs into blocks at line ends, and grouping them into tasks, from the sizes of the files alone.

As in Hadoop, a block is first a range of bytes. Its process moves both ends to the next end of a line, by a
rule that depends only on the file, so that neighbors agree and nobody else has to read the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from wincls.distributed.storage import Source

LONGEST = 1 << 18  # bytes in which a line end is looked for; longer lines are cut in text.cut_pieces anyway
_MOST = 1000  # files in one task

_ENDS = {False: re.compile(rb"\n"), True: re.compile(rb"\n(?:[ \t\r]*\n)+")}


class Range(NamedTuple):
    """A range of bytes of a file, before its ends are moved.

    file: the file's index in the inputs.
    """

    file: int
    path: str
    size: int
    begin: int
    end: int


class Task(NamedTuple):
    """What is tagged at once and gives one part of the output."""

    number: int
    ranges: tuple[Range, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(each.end - each.begin for each in self.ranges)


def tasks_of(sources: Iterable[Source], block_size: int) -> Iterator[Task]:
    """Tasks of about `block_size` bytes: a part of a large file, or small files that follow each other."""
    number = 0
    small: list[Range] = []
    in_small = 0
    for file, source in enumerate(sources):
        if small and (in_small + source.size > block_size or len(small) == _MOST):
            yield Task(number, tuple(small))
            number, small, in_small = number + 1, [], 0
        if source.size <= block_size:
            small.append(Range(file, source.path, source.size, 0, source.size))
            in_small += source.size
            continue
        for begin in range(0, source.size, block_size):
            end = min(begin + block_size, source.size)
            yield Task(number, (Range(file, source.path, source.size, begin, end),))
            number += 1
    if small:
        yield Task(number, tuple(small))


def read_block(
    each: Range, read: Callable[[str, int, int], bytes], wrapped: bool = False
) -> tuple[int, bytes]:
    """The block of a range: the offset of its first byte, and its bytes, which end at the end of a line.

    A line belongs to the range in which it begins. Where no line ends within LONGEST bytes, a line is cut
    after a space, or between two characters.

    read: the bytes of a path from an offset to before another one.
    wrapped: blocks end at empty lines only.
    """
    first = max(each.begin - 1, 0)
    last = min(each.end + LONGEST, each.size)
    data = read(each.path, first, last)
    if len(data) != last - first:
        raise OSError(0, f"has {first + len(data):,} bytes, but had {each.size:,}; it has changed")
    begin, end = (
        0 if at == 0 else len(data) if at == each.size else _cut(data, at - first, last == each.size, wrapped)
        for at in (each.begin, each.end)
    )
    return first + begin, data[begin:end]


def _cut(data: bytes, at: int, ends_file: bool, wrapped: bool) -> int:
    """The first place at or after `at` where blocks may meet; data: from the byte before `at` or earlier."""
    stop = at - 1 + LONGEST
    if match := _ENDS[wrapped].search(data, at - 1, stop):
        return match.end()
    if ends_file and stop >= len(data):
        return len(data)
    space = data.find(b" ", at - 1, stop)
    if space >= 0:
        return space + 1
    while at < len(data) and data[at] & 0xC0 == 0x80:  # within a character of UTF-8
        at += 1
    return at
