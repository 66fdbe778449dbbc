"""Text with entities in brackets, as ``wincls predict`` writes it: [PER Ann Lee] left for [LOC Paris].

A bracket is an entity if a type and a space follow it. Types are those of data.types, and words of two or
more characters without lower-case letters that start with a letter. Other brackets, such as [sic] and
[1], are text and stay as they are. So predict's output is read as it was meant unless the text itself
has a bracket before such a word, or an entity has an unpaired bracket in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from wincls.corpus.documents import Corpus
from wincls.corpus.lines import decoded_lines
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.spans import AnnotatedText, Span, read_spans
from wincls.errors import DataError
from wincls.visible import shorten

_OPEN = re.compile(r"\[([^\s\[\]]+) (?=[^\s\]])")
_MARK = re.compile(r"[\[\]]|\n[ \t\r]*\n")


class _Bracket(NamedTuple):
    """An entity in brackets: offsets of the bracket, of its text, and of the closing bracket."""

    start: int
    inside: int
    end: int
    label: str


def read_brackets(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a text with entities in brackets; a line end ends a sentence.

    What could be meant otherwise is noted: a bracket before a space that is no entity, one that is not
    closed, and a type that occurs once.

    Raises DataError with file:line for an entity in another one.
    """
    known = frozenset(reading.keep_labels or ())
    lines = [line for _, line in decoded_lines(path, reading.columns.encoding)]
    text = "".join(lines)
    parts: list[str] = []
    spans: list[Span] = []
    places: dict[str, list[str]] = {}
    length = done = 0
    line, counted = 1, 0
    for bracket in _brackets(text, path, known, notes):
        line, counted = line + text.count("\n", counted, bracket.start), bracket.start
        inside = text[bracket.inside : bracket.end]
        parts += [text[done : bracket.start], inside]
        length += bracket.start - done + len(inside)
        place = f"{path}:{line}"
        spans.append(Span(length - len(inside), length, bracket.label, place))
        places.setdefault(bracket.label, []).append(place)
        done = bracket.end + 1
    for label, its_places in places.items():
        if len(its_places) == 1 and label not in known:
            notes.add("bracket with a type that occurs once", f"{its_places[0]}, {shorten(label)}")
    annotated = AnnotatedText("".join([*parts, text[done:]]), spans, 1, True)
    return Corpus(path, read_spans(annotated, notes, reading.keep_labels), SCHEMES["BIO"])


def has_entities(text: str) -> bool:
    """Whether a text has an entity in brackets."""
    return any(is_type(match[1]) and text.find("]", match.end()) >= 0 for match in _OPEN.finditer(text))


def is_type(word: str) -> bool:
    """Whether a word after a bracket is read as an entity type without being listed in data.types."""
    return len(word) > 1 and word[0].isalpha() and word == word.upper()


def _brackets(text: str, path: str, known: Collection[str], notes: Notes) -> Iterator[_Bracket]:
    """The entities in order."""
    closing = _pairs(text)
    outer: _Bracket | None = None
    line, counted = 1, 0
    for match in _OPEN.finditer(text):
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        place, label, end = f"{path}:{line}", match[1], closing.get(match.start())
        if label not in known and not is_type(label):
            if end is not None:
                around = shorten(text[match.start() : end + 1])
                notes.add("bracket without a known type read as text", f"{place}, {around}")
            continue
        if end is None:
            around = shorten(text[match.start() : match.start() + 60].split("\n")[0])
            notes.add("bracket that is not closed read as text", f"{place}, {around}")
            continue
        if outer is not None and match.start() < outer.end:
            one, other = (
                f"'{shorten(text[begin:stop])}' ({shorten(its_label)})"
                for begin, stop, its_label in (
                    (outer.inside, outer.end, outer.label), (match.end(), end, label),
                )
            )  # fmt: skip
            raise DataError(
                f"{place}: {one} and {other} overlap, but a token has one type; remove one of them"
            )
        outer = _Bracket(match.start(), match.end(), end, label)
        yield outer


def _pairs(text: str) -> dict[int, int]:
    """The closing bracket of each opening one that has one in its paragraph."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for match in _MARK.finditer(text):
        if match[0] == "[":
            opened.append(match.start())
        elif match[0] != "]":
            opened.clear()
        elif opened:
            pairs[opened.pop()] = match.start()
    return pairs
