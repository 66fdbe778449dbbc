"""From a text with marks around its entities to the text without them, and spans."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from wincls.corpus.notes import Notes
from wincls.corpus.spans import AnnotatedText, Span
from wincls.errors import DataError
from wincls.visible import shorten


class Mark(NamedTuple):
    """An entity in a marked text.

    start, inside: offsets of the mark before the entity, and of the entity's text.
    end, after: offsets of the mark after the entity, and of what follows.
    label: its type.
    """

    start: int
    inside: int
    end: int
    after: int
    label: str


class Places:
    """Where the characters of a file's text are, for messages."""

    def __init__(self, path: str, text: str):
        self._path = path
        self._line_ends = [match.start() for match in re.finditer("\n", text)]

    def __call__(self, offset: int) -> str:
        """file:line of a character."""
        return f"{self._path}:{bisect_left(self._line_ends, offset) + 1}"


def without_marks(
    text: str, marks: Iterable[Mark], place: Places, plain: Callable[[str], str] = str
) -> AnnotatedText:
    """The text without its marks; a line end ends a sentence.

    marks: in order; none is in another one.
    plain: is applied to each part of the text, and to the labels.
    """
    parts: list[str] = []
    spans: list[Span] = []
    length = done = 0
    for mark in marks:
        before, inside = plain(text[done : mark.start]), plain(text[mark.inside : mark.end])
        parts += [before, inside]
        length += len(before) + len(inside)
        spans.append(Span(length - len(inside), length, plain(mark.label), place(mark.start)))
        done = mark.after
    return AnnotatedText("".join([*parts, plain(text[done:])]), spans, 1, True)


def spaces(match: re.Match[str]) -> str:
    """What stands in the place of something that is removed: as much white space, with its line ends."""
    return "\n".join(" " * len(line) for line in match[0].split("\n"))


def note_rare_types(spans: Iterable[Span], what: str, known: Collection[str], notes: Notes) -> None:
    """Note each type that occurs once, since it may be a mistake; known: types that are meant."""
    places: dict[str, list[str]] = {}
    for span in spans:
        places.setdefault(span.label, []).append(span.place)
    for label, its_places in places.items():
        if len(its_places) == 1 and label not in known:
            notes.add(f"{what} with a type that occurs once", f"{its_places[0]}, {shorten(label)}")


def overlap(place: str, one: tuple[str, str], other: tuple[str, str]) -> DataError:
    """The error for an entity in another one; one, other: text and label."""
    shown = (f"'{shorten(text)}' ({shorten(label)})" for text, label in (one, other))
    return DataError(f"{place}: {' and '.join(shown)} overlap, but a token has one type; remove one of them")
