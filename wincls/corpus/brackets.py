"""Text with entities in brackets, as ``wincls predict`` writes it: [PER Ann Lee] left for [LOC Paris].

A bracket is an entity if a type and a space follow it. Types are those of data.types, and words of two or
more characters without lower-case letters that start with a letter. Other brackets, such as [sic] and
[1], are text and stay as they are. So predict's output is read as it was meant unless the text itself
has a bracket before such a word, or an entity has an unpaired bracket in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from wincls.corpus.documents import Corpus
from wincls.corpus.lines import decoded_lines
from wincls.corpus.marks import Mark, Places, note_rare_types, overlap, without_marks
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.spans import read_spans
from wincls.visible import shorten

_OPEN = re.compile(r"\[([^\s\[\]]+) (?=[^\s\]])")
_MARK = re.compile(r"[\[\]]|\n[ \t\r]*\n")


def read_brackets(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a text with entities in brackets; a line end ends a sentence.

    What could be meant otherwise is noted: a bracket before a space that is no entity, one that is not
    closed, and a type that occurs once.

    Raises DataError with file:line for an entity in another one.
    """
    known = frozenset(reading.keep_labels or ())
    text = "".join(line for _, line in decoded_lines(path, reading.columns.encoding))
    place = Places(path, text)
    annotated = without_marks(text, _brackets(text, place, known, notes), place)
    note_rare_types(annotated.spans, "bracket", known, notes)
    return Corpus(path, read_spans(annotated, notes, reading.keep_labels), SCHEMES["BIO"])


def has_entities(text: str) -> bool:
    """Whether a text has an entity in brackets."""
    for match in _OPEN.finditer(text):
        end = text.find("]", match.end())
        if is_type(match[1]) and end >= 0 and text[end + 1 : end + 2] not in ("(", "{"):  # see markup.py
            return True
    return False


def is_type(word: str) -> bool:
    """Whether a word after a bracket is read as an entity type without being listed in data.types."""
    return len(word) > 1 and word[0].isalpha() and word == word.upper()


def _brackets(text: str, place: Places, known: Collection[str], notes: Notes) -> Iterator[Mark]:
    """The entities in order."""
    closing = _pairs(text)
    outer: Mark | None = None
    for match in _OPEN.finditer(text):
        label, end = match[1], closing.get(match.start())
        label = label if label in known else label.rstrip(":") or label  # [PER: Ann Lee]
        if label not in known and not is_type(label):
            if end is not None:
                around = shorten(text[match.start() : end + 1])
                notes.add("bracket without a known type read as text", f"{place(match.start())}, {around}")
            continue
        if end is None:
            around = shorten(text[match.start() : match.start() + 60].split("\n")[0])
            notes.add("bracket that is not closed read as text", f"{place(match.start())}, {around}")
            continue
        if outer is not None and match.start() < outer.end:
            its_text = text[outer.inside : outer.end]
            raise overlap(place(match.start()), (its_text, outer.label), (text[match.end() : end], label))
        outer = Mark(match.start(), match.end(), end, end + 1, label)
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
