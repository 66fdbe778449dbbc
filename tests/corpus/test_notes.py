"""Counting what was skipped, repaired or guessed."""

import pytest

from wincls.corpus.notes import Note, Notes
from wincls.errors import DataError


def test_notes_of_a_kind_are_counted_and_the_first_place_is_kept():
    notes = Notes()
    notes.add("row without a word skipped", "a.tsv:7")
    notes.add("illegal tag read leniently", "a.tsv:9", times=1200)
    notes.add("row without a word skipped", "a.tsv:30")
    assert notes.notes == [
        Note("row without a word skipped", 2, "a.tsv:7"),
        Note("illegal tag read leniently", 1200, "a.tsv:9"),
    ]
    assert notes.line() == (
        "2 x row without a word skipped (first: a.tsv:7); 1,200 x illegal tag read leniently (first: a.tsv:9)"
    )


def test_notes_of_several_files_are_merged():
    one, other = Notes(), Notes()
    one.add("x", "a:1")
    other.add("x", "b:1", 2)
    other.add("y", "b:2")
    one.merge(other)
    assert one.notes == [Note("x", 3, "a:1"), Note("y", 1, "b:2")]


def test_nothing_noted_is_an_empty_line():
    assert Notes().line() == ""


def test_strict_notes_are_errors():
    with pytest.raises(DataError, match=r"^a\.tsv:7: row without a word; fix it, or set data\.strict"):
        Notes(strict=True).add("row without a word", "a.tsv:7")
