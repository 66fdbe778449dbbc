"""Word windows: the 2C + 1 tokens around a centre (lecture 3, "Window classification").

All sentences of a corpus lie in one array of token numbers, with C padding tokens before, between
and behind them. The window of any centre is then the slice around it and never holds a word of
another sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

Array = np.ndarray

_SENTENCES = 4096  # gone over at a time, which bounds what is made on the way

PADDING_FORM = 0  # the number of the padding token; forms are numbered from 1


class Stream(NamedTuple):
    """Sentences laid out with padding.

    tokens: (length,) form numbers, PADDING_FORM between sentences; starts and lengths:
    (sentences,) the place of each sentence's first token, and its number of tokens; size: C.
    """

    tokens: Array
    starts: Array
    lengths: Array
    size: int

    @property
    def centres(self) -> Array:
        """(tokens,) the places of all real tokens, in order."""
        return centres_of(self.starts, self.lengths)

    def windows(self, centres: Array) -> Array:
        """(centres, 2C + 1) form numbers around each centre."""
        return self.tokens[centres[:, None] + np.arange(-self.size, self.size + 1)]

    def distinct(self, forms: int) -> Array:
        """The distinct form numbers of its real tokens, ascending; forms: of how many, with padding."""
        seen = np.zeros(forms, dtype=bool)
        for i in range(0, len(self.lengths), _SENTENCES):
            part = slice(i, i + _SENTENCES)
            seen[self.tokens[centres_of(self.starts[part], self.lengths[part])]] = True
        return np.flatnonzero(seen)


class FormIndex:
    """Numbers distinct word forms from 1, in order of appearance."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._word_numbers = np.zeros(1, dtype=np.int64)

    def numbers(self, words: Sequence[str]) -> list[int]:
        """The number of every word; a form not met before gets the next one."""
        known = self._numbers
        for word in dict.fromkeys(words):
            if word not in known:
                known[word] = len(known) + 1
        return [known[word] for word in words]

    @property
    def forms(self) -> list[str]:
        """Distinct forms; the one numbered n stands at n - 1."""
        return list(self._numbers)

    @property
    def word_numbers(self) -> Array:
        """(forms + 1,) for every form number that of its word, which is the same for Word and WORD."""
        known = self._words
        added = islice(self._numbers, len(self._word_numbers) - 1, None)
        numbers = [known.setdefault(form.lower(), len(known) + 1) for form in added]
        self._word_numbers = np.concatenate([self._word_numbers, np.array(numbers, dtype=np.int64)])
        return self._word_numbers


def lay_out(sentences: Sequence[Sequence[str]], size: int, index: FormIndex) -> Stream:
    """Lay sentences out with `size` padding tokens on either side of each."""
    lengths = np.fromiter(map(len, sentences), dtype=np.int64, count=len(sentences))
    starts = size + np.cumsum(lengths + size) - (lengths + size)
    tokens = np.full(size + int((lengths + size).sum()), PADDING_FORM, dtype=np.int32)
    for i in range(0, len(lengths), _SENTENCES):
        part = slice(i, i + _SENTENCES)
        words = list(chain.from_iterable(sentences[part]))
        tokens[centres_of(starts[part], lengths[part])] = index.numbers(words)
    return Stream(tokens, starts, lengths, size)


def centres_of(starts: Array, lengths: Array) -> Array:
    """The places start, start + 1, ... start + length - 1 of every sentence, one after the other."""
    return np.repeat(starts - first_tokens_of(lengths), lengths) + np.arange(int(lengths.sum()))


def first_tokens_of(lengths: Array) -> Array:
    """The number of the first token of every sentence, all tokens being counted through from 0."""
    return np.cumsum(lengths) - lengths


def sentences_of(tokens: Array, first_tokens: Array) -> Array:
    """The number of the sentence that each token stands in; first_tokens: the first of every sentence."""
    return np.searchsorted(first_tokens, tokens, side="right") - 1


def number_distinct(windows: Array, forms: int) -> tuple[Array, Array]:
    """The distinct form numbers in `windows`, ascending, and the windows renumbered to index them.

    forms: how many form numbers there are, padding included.
    """
    seen = np.zeros(forms, dtype=bool)
    seen[windows] = True
    distinct = np.flatnonzero(seen)
    numbers = np.empty(forms, dtype=np.int64)
    numbers[distinct] = np.arange(len(distinct))
    return distinct, numbers[windows]
