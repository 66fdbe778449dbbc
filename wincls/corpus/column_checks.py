"""What looks wrong about the columns of a file: numbers for words, other tags, a common prefix."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wincls.corpus.notes import Notes
from wincls.errors import DataError

_LEAST = 20  # rows below which nothing is concluded
_TAG = re.compile(r"(?:O|[BIESLUM][-_].+)")
_CHUNKS = frozenset(["NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"])
_PREFIX = re.compile(r"\w{1,12}[^\w\s]")


def check_columns(
    path: str, rows: Sequence[Sequence[str]], word: int, tag: int, prefix: str, notes: Notes
) -> None:
    """Check the first rows of a file.

    rows: their fields.
    word, tag: the columns that are read.
    prefix: what is removed from words.

    Raises DataError if words are numbers.
    """
    if len(rows) < _LEAST:
        return
    width = min(map(len, rows))
    words = [row[word] for row in rows]
    if sum(map(str.isdecimal, words)) > 0.9 * len(rows):
        others = [i for i in range(width) if i not in (word % width, tag % width)]
        best = max(
            others, key=lambda i: len({row[i] for row in rows if not row[i].isdecimal()}), default=None
        )
        proposal = (
            "" if best is None else f"; column {best + 1} looks like words: set data.word_column: {best + 1}"
        )
        raise DataError(
            f"{path}: nearly all words are integers, such as {words[0]}, {words[1]} and {words[2]}"
            f"{proposal} (--word-column)"
        )
    start = _PREFIX.match(words[0])
    if start and not prefix:
        sharing = sum(each.startswith(start[0]) and each != start[0] for each in words)
        if sharing > 0.9 * len(words):
            notes.add(
                f"word that begins with '{start[0]}', {100 * sharing / len(words):.0f} % of the first "
                f"{len(words):,} (set data.word_prefix: '{start[0]}' to remove it)",
                path,
                sharing,
            )
    ours = _entities(rows, tag)
    for i in range(width):
        if i in (word % width, tag % width if tag < 0 and all(len(row) == width for row in rows) else tag):
            continue
        found = _entities(rows, i)
        if found:
            notes.add(
                f"column {i + 1} of tags that are not read: {found:,} entities in the first {len(rows):,} "
                f"rows, where the column that is read has {ours:,}",
                path,
            )


def _entities(rows: Sequence[Sequence[str]], column: int) -> int:
    """How many entities start in a column of tags; 0 if it is none, or one of syntactic chunks."""
    tags = [row[column] for row in rows]
    if not all(map(_TAG.fullmatch, tags)):
        return 0
    labels = {each[2:] for each in tags if each != "O"}
    if not labels or labels & _CHUNKS:
        return 0
    return sum(
        each != "O" and (each[0] in "BSU" or before[2:] != each[2:])
        for before, each in zip(["O", *tags], tags, strict=False)
    )
