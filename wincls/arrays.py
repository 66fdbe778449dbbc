"""The array type, and helpers for ragged arrays: segments of different lengths that lie end to end.

A text is kept as one array over all its tokens and an array of sentence lengths, never padded. The
functions here turn lengths into positions and back, and add up rows that share a key.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

Array = np.ndarray

_FEW_KEYS = 4  # from here on, keys are summed one by one


def offsets_of(lengths: Array) -> Array:
    """(segments,) the position at which each segment starts, the first at 0."""
    return np.cumsum(lengths) - lengths


def ranges(starts: Array, lengths: Array) -> Array:
    """The positions start, start + 1, ... start + length - 1 of every segment, one after the other."""
    return np.repeat(starts - offsets_of(lengths), lengths) + np.arange(int(lengths.sum()))


def segments_of(positions: Array, offsets: Array) -> Array:
    """The segment that each position lies in; offsets: see :func:`offsets_of`."""
    return np.searchsorted(offsets, positions, side="right") - 1


def group_segments(lengths: Array, size: int) -> Array:
    """(segments,) the group of each segment, numbered from 0.

    Groups are runs of whole segments; a group ends with the segment that brings it to `size` (1 or
    more) positions.
    """
    ends = np.cumsum(lengths)
    is_first = np.zeros(len(lengths), dtype=np.int64)  # 1 where a group starts, except for group 0
    first = int(np.searchsorted(ends, size)) + 1
    while first < len(lengths):
        is_first[first] = 1
        first = int(np.searchsorted(ends, ends[first - 1] + size)) + 1
    return np.cumsum(is_first)


def row_blocks(rows: int, width: int) -> Iterator[slice]:
    """Runs of rows of about 2**17 numbers, which stay in the cache while they are worked on."""
    size = max(1, 2**17 // max(1, width))
    return (slice(first, min(first + size, rows)) for first in range(0, rows, size))


def renumber(values: Array, size: int) -> tuple[Array, Array]:
    """The distinct values, ascending, and for each value its index among them.

    values: integers from 0 to size - 1, of any shape. Returns ((distinct,), array shaped like values).
    """
    seen = np.zeros(size, dtype=bool)
    seen[values] = True
    distinct = np.flatnonzero(seen)
    index = np.empty(size, dtype=np.int64)
    index[distinct] = np.arange(len(distinct))
    return distinct, index[values]


def sum_by_key(keys: Array, values: Array) -> tuple[Array, Array]:
    """The distinct keys, the most frequent first, and for each the sum of its rows of values.

    keys: (n,) integers; values: (n, width). Returns ((distinct,), (distinct, width)); keys below
    65,536 come back as 16-bit integers.

    The result is that of ``numpy.add.at``, several times as fast. Words are distributed so that most
    keys occur once or twice and a few very often. So the first rows of all keys are copied, then the
    second rows are added to the keys that have one, and so on; the last few keys are summed one by one.
    """
    if not len(keys):
        return keys, values
    if keys.max() < 65536:
        keys = keys.astype(np.uint16)  # numpy sorts these by radix, ten times as fast
    order = keys.argsort(kind="stable")
    ordered = keys[order]
    is_bound = np.ones(len(keys) + 1, dtype=bool)  # where a key starts, and the end
    np.not_equal(ordered[1:], ordered[:-1], out=is_bound[1:-1])
    bounds = is_bound.nonzero()[0]
    counts = bounds[1:] - bounds[:-1]
    by_count = (-counts).argsort(kind="stable")
    starts, counts = bounds[by_count], counts[by_count]
    sums = values[order[starts]]  # (distinct, width)
    # reach[r - 1] keys have more than r rows.
    reach = (-counts).searchsorted(-np.arange(1, counts[0]))
    few = int(np.count_nonzero(reach > _FEW_KEYS))
    for r, n in enumerate(reach[:few], start=1):
        sums[:n] += values[order[starts[:n] + r]]
    if few < len(reach):
        for i in range(reach[few]):
            sums[i] += values[order[starts[i] + few + 1 : starts[i] + counts[i]]].sum(axis=0)
    return ordered[starts], sums
