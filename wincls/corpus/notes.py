"""Notes: what was skipped, repaired or guessed in reading files, counted by kind, with the first place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wincls.errors import DataError


class Note(NamedTuple):
    """One kind of thing that was noted.

    what: of one of them, as "row without a word skipped".
    times: how many there were.
    first: the place of the first, as "train.tsv:17".
    """

    what: str
    times: int
    first: str

    def __str__(self) -> str:
        return f"{self.times:,} x {self.what} (first: {self.first})"


class Notes:
    """Collects notes while files are read.

    strict: raise instead of noting.
    """

    def __init__(self, strict: bool = False):
        self.strict = strict
        self._notes: dict[str, Note] = {}

    def add(self, what: str, place: str, times: int = 1) -> None:
        """Note one thing, or several of a kind.

        what: see Note; the same words for the same kind.
        place: file:line, or file and character offset.

        Raises DataError if strict.
        """
        if self.strict:
            raise DataError(f"{place}: {what}; fix it, or set data.strict to false to go on all the same")
        before = self._notes.get(what)
        self._notes[what] = (
            Note(what, times, place) if before is None else before._replace(times=before.times + times)
        )

    def merge(self, other: Notes) -> None:
        """Add the notes of another file."""
        for note in other.notes:
            self.add(note.what, note.first, note.times)

    def __iter__(self) -> Iterator[Note]:
        return iter(self.notes)

    def __len__(self) -> int:
        return len(self._notes)

    def __getitem__(self, index: int) -> Note:
        return self.notes[index]

    @property
    def notes(self) -> list[Note]:
        """One for each kind, in the order of first places."""
        return list(self._notes.values())

    def line(self) -> str:
        """All of them in one line; empty if there are none."""
        return "; ".join(map(str, self.notes))
