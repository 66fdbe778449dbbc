"""Vocabularies: from keys (words, affixes, shapes) to row numbers of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

PADDING = 0  # the row of places beyond a sentence's ends
UNKNOWN = 1  # the row of keys that are not in the vocabulary


class Vocabulary:
    """Keys numbered from 2; 0 is padding and 1 the unknown key."""

    def __init__(self, keys: Iterable[str]):
        self.keys = list(keys)
        self._rows = {key: row for row, key in enumerate(self.keys, start=2)}

    @classmethod
    def counted(cls, counts: Counter[str], least: int = 1) -> Vocabulary:
        """The keys that occur at least `least` times, the most frequent first, ties by spelling."""
        kept = (item for item in counts.items() if item[1] >= least)
        return cls(key for key, _ in sorted(kept, key=lambda item: (-item[1], item[0])))

    def __len__(self) -> int:
        """Rows that a table for this vocabulary has."""
        return len(self.keys) + 2

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def rows(self, keys: Iterable[str]) -> list[int]:
        """The row of every key."""
        known = self._rows
        return [known.get(key, UNKNOWN) for key in keys]

    def row(self, key: str) -> int:
        """The key's row, UNKNOWN if it has none."""
        return self._rows.get(key, UNKNOWN)
