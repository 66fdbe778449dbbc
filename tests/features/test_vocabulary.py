from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from wincls.features.vocabulary import PADDING, UNKNOWN, Vocabulary


def test_keys_are_numbered_behind_padding_and_the_unknown_key() -> None:
    vocabulary = Vocabulary(["b", "a"])
    assert (PADDING, UNKNOWN) == (0, 1)
    assert [vocabulary.row(key) for key in ("b", "a", "c", "")] == [2, 3, UNKNOWN, UNKNOWN]
    assert len(vocabulary) == 4


def test_membership_is_of_keys() -> None:
    vocabulary = Vocabulary(["b"])
    assert "b" in vocabulary
    assert "a" not in vocabulary


def test_an_empty_vocabulary_has_two_rows() -> None:
    assert len(Vocabulary([])) == 2


def test_counted_keys_go_by_frequency_then_by_spelling() -> None:
    counts = Counter({"d": 1, "b": 2, "c": 3, "a": 2})
    assert Vocabulary.counted(counts).keys == ["c", "a", "b", "d"]


def test_rare_keys_are_left_out() -> None:
    counts = Counter({"a": 1, "b": 2, "c": 3})
    assert Vocabulary.counted(counts, least=2).keys == ["c", "b"]
    assert Vocabulary.counted(counts, least=4).keys == []


@given(st.dictionaries(st.text(), st.integers(1, 5)), st.integers(1, 5))
def test_every_kept_key_has_a_row_of_its_own(counts: dict[str, int], least: int) -> None:
    vocabulary = Vocabulary.counted(Counter(counts), least)
    rows = [vocabulary.row(key) for key, count in counts.items() if count >= least]
    assert sorted(rows) == list(range(2, len(vocabulary)))
