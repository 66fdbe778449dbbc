from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wincls.arrays import ranges, renumber
from wincls.features import windows
from wincls.features.windows import PADDING_FORM, FormIndex, lay_out

sentence_lists = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6), max_size=6)


def test_sentences_lie_between_padding() -> None:
    index = FormIndex()
    stream = lay_out([["a", "b", "a"], ["c"]], 2, index)
    assert stream.tokens.tolist() == [0, 0, 1, 2, 1, 0, 0, 3, 0, 0]
    assert stream.starts.tolist() == [2, 7]
    assert stream.lengths.tolist() == [3, 1]
    assert stream.centers.tolist() == [2, 3, 4, 7]
    assert index.forms == ["a", "b", "c"]


def test_windows_by_example() -> None:
    stream = lay_out([["a", "b", "c"], ["d"]], 2, FormIndex())
    assert stream.windows(stream.centers).tolist() == [
        [0, 0, 1, 2, 3],
        [0, 1, 2, 3, 0],
        [1, 2, 3, 0, 0],
        [0, 0, 4, 0, 0],
    ]


def test_without_context_a_window_is_its_center() -> None:
    stream = lay_out([["a", "b"], ["c"], ["a"]], 0, FormIndex())
    assert stream.tokens.tolist() == [1, 2, 3, 1]
    assert stream.windows(stream.centers).tolist() == [[1], [2], [3], [1]]


def test_sentences_of_one_word() -> None:
    stream = lay_out([["a"], ["b"], ["c"]], 1, FormIndex())
    assert stream.windows(stream.centers).tolist() == [[0, 1, 0], [0, 2, 0], [0, 3, 0]]


def test_no_sentences_have_no_windows() -> None:
    stream = lay_out([], 2, FormIndex())
    assert stream.windows(stream.centers).shape == (0, 5)


@given(sentence_lists, st.integers(0, 4))
def test_windows_hold_the_words_around_their_center_and_none_of_another_sentence(
    sentences: list[list[str]], size: int
) -> None:
    index = FormIndex()
    stream = lay_out(sentences, size, index)
    names = {PADDING_FORM: "", **dict(enumerate(index.forms, start=1))}
    expected = [
        [words[i] if 0 <= i < len(words) else "" for i in range(center - size, center + size + 1)]
        for words in sentences
        for center in range(len(words))
    ]
    windows = stream.windows(stream.centers).tolist()
    assert [[names[number] for number in window] for window in windows] == expected


def test_forms_keep_their_numbers_from_one_text_to_the_next() -> None:
    index = FormIndex()
    assert index.numbers(["b", "a", "b"]) == [1, 2, 1]
    assert index.numbers(["c", "a"]) == [3, 2]
    assert index.numbers(["a", "d", "d"]) == [2, 4, 4]
    assert index.forms == ["b", "a", "c", "d"]


@given(sentence_lists, st.lists(st.booleans(), min_size=6, max_size=6))
def test_distinct_forms_are_those_of_the_sentences(sentences: list[list[str]], chosen: list[bool]) -> None:
    """Of a stream of some of the sentences as well, and whether or not they fit into one part."""
    index = FormIndex()
    stream = lay_out(sentences, 1, index)
    kept = np.array(chosen[: len(sentences)], dtype=bool)
    some = stream._replace(starts=stream.starts[kept], lengths=stream.lengths[kept])
    forms = {word for words, keep in zip(sentences, kept, strict=True) if keep for word in words}
    for at_a_time in (2, 4096):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(windows, "_SENTENCES", at_a_time)
            distinct = some.distinct(len(index.forms) + 1)
        assert distinct.tolist() == sorted(index.forms.index(form) + 1 for form in forms)


def test_centers_are_the_places_of_all_tokens() -> None:
    assert ranges(np.array([3, 10, 20]), np.array([2, 1, 3])).tolist() == [3, 4, 10, 20, 21, 22]


@given(arrays.arrays(np.int32, arrays.array_shapes(min_dims=2, max_dims=2), elements=st.integers(0, 20)))
def test_distinct_forms_are_numbered_in_ascending_order(windows: np.ndarray) -> None:
    distinct, renumbered = renumber(windows, 21)
    assert distinct.tolist() == np.unique(windows).tolist()
    assert (distinct[renumbered] == windows).all()
