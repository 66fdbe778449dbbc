"""Word windows: the 2C + 1 tokens around a center (lecture 3, "Window classification").

A corpus is one array of form numbers, with C padding tokens before, between and after the sentences. So the
window of a center is the slice around it, and never has a word of another sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, offsets_of, ranges
from wincls.features.tables import word_key

_SENTENCES = 4096  # processed at once, to limit temporary memory

PADDING_FORM = 0  # the number of the padding token; forms are numbered from 1


class Stream(NamedTuple):
    """Sentences in one array, with padding between them.

    tokens: (length,) form numbers, PADDING_FORM between sentences.
    starts: (sentences,) the position of each sentence's first token.
    lengths: (sentences,) in tokens.
    size: C.
    """

    tokens: Array
    starts: Array
    lengths: Array
    size: int

    @property
    def centers(self) -> Array:
        """(tokens,) the positions of all real tokens, in order."""
        return ranges(self.starts, self.lengths)

    def windows(self, centers: Array) -> Array:
        """(centers, 2C + 1) form numbers around each center."""
        return self.tokens[centers[:, None] + np.arange(-self.size, self.size + 1)]

    def distinct(self, forms: int) -> Array:
        """The distinct form numbers, ascending; forms: the number of possible ones, padding included."""
        seen = np.zeros(forms, dtype=bool)
        for i in range(0, len(self.lengths), _SENTENCES):
            part = slice(i, i + _SENTENCES)
            seen[self.tokens[ranges(self.starts[part], self.lengths[part])]] = True
        return np.flatnonzero(seen)


class FormIndex:
    """Numbers distinct word forms from 1, in order of appearance."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._word_numbers = np.zeros(1, dtype=np.int64)

    def numbers(self, words: Sequence[str]) -> list[int]:
        """The number of every word; a new form gets the next one."""
        known = self._numbers
        for word in dict.fromkeys(words):
            if word not in known:
                known[word] = len(known) + 1
        return [known[word] for word in words]

    @property
    def forms(self) -> list[str]:
        """Distinct forms; form number n is at index n - 1."""
        return list(self._numbers)

    @property
    def word_numbers(self) -> Array:
        """(forms + 1,) the number of each form's word; forms with the same :func:`word_key` share it."""
        known = self._words
        added = islice(self._numbers, len(self._word_numbers) - 1, None)
        numbers = [known.setdefault(word_key(form), len(known) + 1) for form in added]
        self._word_numbers = np.concatenate([self._word_numbers, np.array(numbers, dtype=np.int64)])
        return self._word_numbers


def lay_out(sentences: Sequence[Sequence[str]], size: int, index: FormIndex) -> Stream:
    """Put sentences into one array, with `size` padding tokens on either side of each.

    index: numbers the forms; new forms are added to it.
    """
    lengths = np.fromiter(map(len, sentences), dtype=np.int64, count=len(sentences))
    starts = size + offsets_of(lengths + size)
    tokens = np.full(size + int((lengths + size).sum()), PADDING_FORM, dtype=np.int32)
    for i in range(0, len(lengths), _SENTENCES):
        part = slice(i, i + _SENTENCES)
        words = list(chain.from_iterable(sentences[part]))
        tokens[ranges(starts[part], lengths[part])] = index.numbers(words)
    return Stream(tokens, starts, lengths, size)
