"""Tagged words in lines of text: Ann|NNP|B-PER Lee|NNP|I-PER left|VBD|O, or Ann/PERSON left/O.

A line is a sentence; if no line has more than one word, empty lines separate sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import NamedTuple

from wincls.corpus.documents import Corpus
from wincls.corpus.lines import decoded_lines
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Reading, clean_row
from wincls.corpus.row_reader import DOCUMENT_START
from wincls.corpus.schemes import OUTSIDE
from wincls.corpus.tag_columns import Rows
from wincls.errors import DataError
from wincls.visible import shorten

_SIGNS = "|/\\_#"
_LOOKED_AT = 2000  # words by which the sign is recognized
_OUTSIDE = frozenset("Oo")
_NEARLY_ALL = 0.95
_MOST = 0.8
_TAG = re.compile(r"O|o|(?:[BIESLMUW][-_])?[A-Za-z][\w.-]{0,40}")


class Sign(NamedTuple):
    """What separates a word from its tag: the character, and how many there are in a word."""

    character: str
    times: int


def read_inline(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a text with a tag after each word.

    A word that has the sign in itself is read as it was meant, since the tag is the last part.

    Raises DataError if there is no sign that all words have, and with file:line for a word without a tag.
    """
    lines = [(number, line.split()) for number, line in decoded_lines(path, reading.columns.encoding)]
    sign = find_sign(" ".join(word for _, words in islice(lines, _LOOKED_AT) for word in words))
    if sign is None:
        raise DataError(f"{path}: words without tags; each word needs one, as in Ann/B-PER or Ann|NNP|B-PER")
    rows: list[Rows] = []
    words: list[str] = []
    tags: list[str] = []
    numbers: list[int] = []
    one_a_line = all(len(parts) <= 1 for _, parts in lines)
    starts = True
    for number, parts in [*lines, (0, [])]:
        for part in parts:
            fields = _fields(part, sign)
            place = f"{path}:{number}"
            if len(fields) <= sign.times:
                raise DataError(
                    f"{place}: '{shorten(part)}' has {len(fields) - 1} '{sign.character}', but other words "
                    f"have {sign.times}; write each word with its tag"
                )
            if fields[0] == DOCUMENT_START:
                starts = True
            elif row := clean_row(fields[0], fields[-1], place, notes, tags[-1] if tags else OUTSIDE):
                words.append(row[0])
                tags.append(row[1])
                numbers.append(number)
        if words and not (one_a_line and parts):
            rows.append(Rows(words, tags, numbers, starts))
            words, tags, numbers, starts = [], [], [], False
    return reading.decode(path, rows, notes)


def find_sign(text: str) -> Sign | None:
    """The sign that separates words from tags; None if a text has none.

    Nearly all words have it, at least as often as most others, and end in what looks like a tag; at least one
    tag is O.
    """
    words = text.split(maxsplit=_LOOKED_AT)[:_LOOKED_AT]
    for character in _SIGNS:
        tags = [word.rpartition(character)[2] for word in words if character in word]
        fitting = sum(_TAG.fullmatch(tag) is not None for tag in tags)
        if _NEARLY_ALL * len(words) <= fitting and not _OUTSIDE.isdisjoint(tags):
            counts = Counter(word.count(character) for word in words)
            times, usual = counts.most_common(1)[0]
            enough = sum(count for each, count in counts.items() if each >= times)
            if enough >= _NEARLY_ALL * len(words) and usual >= _MOST * len(words):
                return Sign(character, times)
    return None


def _fields(part: str, sign: Sign) -> list[str]:
    """What a sign separates in a word with its tag; a label after a prefix may have the sign, too."""
    fields = part.rsplit(sign.character, sign.times)
    if sign.times == 1 and part.count(sign.character) > 1 and fields[1] not in _OUTSIDE:
        tagged = re.fullmatch(rf"(.+){re.escape(sign.character)}([BIESLMUW]-.+)", part)
        return list(tagged.groups()) if tagged else fields
    return fields
