"""Vocabularies: keys (words, affixes, shapes) to row numbers of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from wincls.arrays import Array

PADDING = 0  # the row of positions before and after a sentence
UNKNOWN = 1  # the row of keys that are not in the vocabulary


class Vocabulary:
    """Keys with row numbers from 2; 0 is padding and 1 the unknown key."""

    def __init__(self, keys: Iterable[str]):
        self.keys = list(keys)
        self._rows = {key: row for row, key in enumerate(self.keys, start=2)}

    @classmethod
    def counted(cls, counts: Counter[str], least: int = 1) -> Vocabulary:
        """The keys with a count of at least `least`, by descending count, then alphabetically."""
        kept = (item for item in counts.items() if item[1] >= least)
        return cls(key for key, _ in sorted(kept, key=lambda item: (-item[1], item[0])))

    def __len__(self) -> int:
        """The number of rows of a table for this vocabulary."""
        return len(self.keys) + 2

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def rows(self, keys: Iterable[str]) -> list[int]:
        """The row of each key, UNKNOWN if it has none."""
        known = self._rows
        return [known.get(key, UNKNOWN) for key in keys]

    def row(self, key: str) -> int:
        """The key's row, UNKNOWN if it has none."""
        return self._rows.get(key, UNKNOWN)


class SortedWords:
    """A large set of words in one sorted array, which needs no index and is searched by bisection.

    words: (words,) UTF-8 bytes, ascending, without duplicates.
    """

    longest = 64  # bytes of a word

    def __init__(self, words: Array):
        self.words = words

    @classmethod
    def sort(cls, words: Sequence[str]) -> tuple[SortedWords, Array]:
        """The sorted words, and the index of each in `words`; words of more than 64 bytes are skipped."""
        fitting, encoded = _encoded(words, cls.longest)
        distinct, first = np.unique(encoded, return_index=True)
        return cls(distinct), fitting[first]

    def __len__(self) -> int:
        return len(self.words)

    def indices(self, words: Sequence[str]) -> Array:
        """(words,) the index of each word, -1 if it is not in the set."""
        found = np.full(len(words), -1)
        fitting, wanted = _encoded(words, self.words.itemsize)  # longer ones are not in the set
        if not len(self):
            return found
        at = np.minimum(np.searchsorted(self.words, wanted), len(self) - 1)
        found[fitting] = np.where(self.words[at] == wanted, at, -1)
        return found


def _encoded(words: Sequence[str], longest: int) -> tuple[Array, Array]:
    """The indices of the words with at most `longest` bytes, and the bytes of these words."""
    encoded = [word.encode() for word in words]
    fitting = [i for i, word in enumerate(encoded) if len(word) <= longest]
    return np.array(fitting, dtype=np.int64), np.array([encoded[i] for i in fitting], dtype=bytes)
