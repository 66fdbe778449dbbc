from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from wincls.features.vocabulary import PADDING, UNKNOWN, SortedWords, Vocabulary


def test_keys_are_numbered_after_padding_and_the_unknown_key() -> None:
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


def test_words_are_sorted_and_each_kept_once() -> None:
    words, chosen = SortedWords.sort(["paris", "été", "oslo", "paris", "x" * 65, "lima"])
    assert words.words.tolist() == [b"lima", b"oslo", b"paris", "été".encode()]
    assert chosen.tolist() == [5, 2, 0, 1]
    assert len(words) == 4


def test_a_word_is_found_where_it_stands() -> None:
    words = SortedWords.sort(["paris", "oslo", "x" * 64])[0]
    wanted = ["oslo", "osl", "oslow", "", "paris", "zz", "x" * 64, "x" * 65, "x" * 70000, "a"]
    assert words.indices(wanted).tolist() == [0, -1, -1, -1, 1, -1, 2, -1, -1, -1]


def test_no_word_is_found_among_none() -> None:
    words, chosen = SortedWords.sort([])
    assert words.indices(["a", ""]).tolist() == [-1, -1]
    assert (len(words), len(chosen)) == (0, 0)


TEXTS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")))


@given(TEXTS, TEXTS)
def test_sorted_words_are_found_and_no_others(words: list[str], others: list[str]) -> None:
    kept, chosen = SortedWords.sort(words)
    short = {word for word in words if len(word.encode()) <= 64}
    queries = [*short, *others]
    for word, place in zip(queries, kept.indices(queries).tolist(), strict=True):
        assert (place >= 0) == (word in short)
        if word in short:
            assert words[chosen[place]] == word
