import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wincls.arrays import group_segments, offsets_of, ranges, renumber, segments_of, sum_by_key

segment_lengths = st.lists(st.integers(0, 9), max_size=30).map(lambda lengths: np.array(lengths, dtype=int))


def test_segments_start_where_those_before_them_end():
    assert offsets_of(np.array([3, 1, 0, 2])).tolist() == [0, 3, 4, 4]
    assert offsets_of(np.array([], dtype=int)).tolist() == []


def test_ranges_are_the_positions_of_all_segments():
    assert ranges(np.array([3, 10, 20]), np.array([2, 1, 3])).tolist() == [3, 4, 10, 20, 21, 22]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 9)), max_size=20))
def test_ranges_are_pythons_ranges_end_to_end(segments):
    starts, lengths = np.array(segments, dtype=int).reshape(-1, 2).T
    expected = [i for start, length in segments for i in range(start, start + length)]
    assert ranges(starts, lengths).tolist() == expected


@given(segment_lengths)
def test_ranges_from_the_offsets_are_all_positions(lengths):
    assert ranges(offsets_of(lengths), lengths).tolist() == list(range(lengths.sum()))


@given(segment_lengths)
def test_positions_lie_in_the_segment_that_holds_them(lengths):
    """Empty segments hold no position."""
    positions = np.arange(lengths.sum())
    expected = np.repeat(np.arange(len(lengths)), lengths)
    assert segments_of(positions, offsets_of(lengths)).tolist() == expected.tolist()
    assert segments_of(positions[::-2], offsets_of(lengths)).tolist() == expected[::-2].tolist()


def expected_groups(lengths, size):
    numbers, number, positions = [], 0, 0
    for length in lengths:
        numbers.append(number)
        positions += length
        if positions >= size:
            number, positions = number + 1, 0
    return numbers


def test_groups_by_example():
    assert group_segments(np.array([2, 3, 5, 1, 1, 9]), 5).tolist() == [0, 0, 1, 2, 2, 2]
    assert group_segments(np.array([2, 3]), 100).tolist() == [0, 0]
    assert group_segments(np.array([2, 3]), 1).tolist() == [0, 1]
    assert group_segments(np.array([], dtype=int), 5).tolist() == []


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 40))
def test_groups_are_runs_of_whole_segments(lengths, size):
    assert group_segments(np.array(lengths, dtype=int), size).tolist() == expected_groups(lengths, size)


@given(arrays.arrays(np.int32, arrays.array_shapes(min_dims=1, max_dims=3), elements=st.integers(0, 20)))
def test_distinct_values_are_renumbered_in_ascending_order(values):
    distinct, renumbered = renumber(values, 21)
    assert distinct.tolist() == np.unique(values).tolist()
    assert renumbered.shape == values.shape
    assert (distinct[renumbered] == values).all()


def test_no_values_have_no_numbers():
    distinct, renumbered = renumber(np.zeros((0, 5), dtype=np.int32), 21)
    assert distinct.tolist() == []
    assert renumbered.shape == (0, 5)


def add_at(keys, values):
    """The distinct keys, ascending, and the sums."""
    unique, inverse = np.unique(keys, return_inverse=True)
    expected = np.zeros((len(unique), values.shape[1]), dtype=values.dtype)
    np.add.at(expected, inverse, values)
    return unique, expected


@given(
    keys=st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 65534, 65535, 65536]), max_size=80),
    width=st.integers(1, 3),
    frequent=st.integers(0, 100),
)
def test_sum_by_key_does_what_add_at_does(keys, width, frequent):
    keys = np.array(keys + [3] * frequent, dtype=np.int64)
    # Integers add up exactly in any order.
    values = np.random.default_rng(0).integers(-1000, 1000, size=(len(keys), width)).astype(np.float64)
    unique, expected = add_at(keys, values)

    distinct, sums = sum_by_key(keys, values)

    order = np.argsort(distinct)
    assert np.array_equal(distinct[order], unique)
    assert np.array_equal(sums[order], expected)


@pytest.mark.parametrize("largest", [65535, 65536])
def test_sum_by_key_does_what_add_at_does_with_keys_as_words_are_distributed(largest):
    rng = np.random.default_rng(0)
    keys = np.minimum(rng.zipf(1.3, size=5000), largest)
    values = rng.integers(-1000, 1000, size=(5000, 4)).astype(np.float32)
    before = keys.copy(), values.copy()
    unique, expected = add_at(keys, values)
    distinct, sums = sum_by_key(keys, values)
    order = np.argsort(distinct)
    assert np.array_equal(distinct[order], unique)
    assert np.array_equal(sums[order], expected)
    assert sums.dtype == np.float32
    assert distinct.dtype == (np.uint16 if largest < 65536 else np.int64)
    assert np.array_equal(keys, before[0])
    assert np.array_equal(values, before[1])


def test_the_most_frequent_keys_come_first():
    keys = np.array([5, 2, 9, 2, 9, 9])
    distinct, sums = sum_by_key(keys, np.ones((6, 1)))
    assert distinct.tolist() == [9, 2, 5]
    assert sums.tolist() == [[3.0], [2.0], [1.0]]


def test_no_keys_have_no_sums():
    distinct, sums = sum_by_key(np.zeros(0, dtype=np.int64), np.zeros((0, 3)))
    assert distinct.shape == (0,)
    assert sums.shape == (0, 3)
