"""Whether the columns that are read hold what they should."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from wincls.corpus.documents import Corpus
from wincls.corpus.notes import Notes
from wincls.corpus.row_reader import Line
from wincls.corpus.schemes import OUTSIDE, PREFIXES, decode
from wincls.corpus.tag_columns import Rows
from wincls.errors import DataError

if TYPE_CHECKING:
    from wincls.corpus.columns import Columns

UNREAD_LAYER = "entity in column"
"""With which the note of entities in another column starts."""
_NEARLY_ALL = 0.9
_FEW_WORDS = 50  # too few to say that they share a prefix
_NUMBER = re.compile(r"[0-9]{1,15}(?:[-.][0-9]{1,15})?")
_TAG = re.compile(rf"[{''.join(sorted(PREFIXES - {OUTSIDE}))}][-_].")
CHUNKS = frozenset(
    "NP VP PP ADVP ADJP SBAR PRT CONJP INTJ LST UCP NC PC VC".split(" ")  # noqa: SIM905
)


def check_words(path: str, head: Sequence[Line], columns: Columns, notes: Notes) -> None:
    """Note words that are nearly all integers; head: the first lines of the file.

    Raises DataError if they count tokens or sentences, and another column holds words.
    """
    rows = [(line.number, line.fields) for line in head if line.fields is not None]
    words = [fields[columns.word_index] for _, fields in rows]
    integers = [i for i, word in enumerate(words) if _NUMBER.fullmatch(word)]
    if not words or len(integers) < _NEARLY_ALL * len(words):
        return
    first = f"{path}:{rows[integers[0]][0]}"
    counted = [int(re.split("[-.]", words[i])[0]) for i in integers]
    steps = sum(after in (before, before + 1, 0, 1) for before, after in pairwise(counted))
    proposed = _column_of_words([fields for _, fields in rows], columns)
    if proposed and steps >= _NEARLY_ALL * (len(counted) - 1):
        raise DataError(
            f"{first}: nearly all words, from column {columns.word}, are integers that count; "
            f"column {proposed} seems to hold the words; set data.word_column (--word-column) to {proposed}"
        )
    if len(words) >= 5:
        notes.add("word that is an integer, as nearly all are (check data.word_column)", first, len(integers))


def _column_of_words(rows: Sequence[Sequence[str]], columns: Columns) -> int:
    """The number of the column, other than those that are read, with the most distinct words; 0 for none."""
    width = min(map(len, rows))
    used = {columns.word_index % width, columns.tag_index % width if columns.tag else -1}
    distinct = {}
    for i in range(width):
        values = [fields[i] for fields in rows]
        numbers = sum(_NUMBER.fullmatch(value) is not None for value in values)
        if i not in used and numbers < len(values) / 2 and not _is_tags(values):
            distinct[i] = len(set(values))
    return max(distinct, key=lambda i: distinct[i]) + 1 if distinct else 0


def _is_tags(values: Sequence[str]) -> bool:
    return all(value == OUTSIDE or _TAG.match(value) for value in set(values))


def tag_layers(head: Sequence[Line], columns: Columns) -> list[int]:
    """The indices of other columns that may hold tags of entities; head: the first lines of the file."""
    rows = [line.fields for line in head if line.fields is not None]
    if not columns.tag or not rows or columns.tag_key:
        return []
    width = min(map(len, rows))
    used = {columns.word_index % width, columns.tag_index % width}
    found = []
    for i in range(width):
        values = {fields[i] for fields in rows}
        if i not in used and OUTSIDE in values and _is_tags(list(values)):
            labels = {value[2:] for value in values} - {""}
            if not labels or not labels <= CHUNKS:
                found.append(i)
    return found


def note_layers(
    path: str, rows: Sequence[Rows], layers: Sequence[int], columns: Columns, corpus: Corpus, notes: Notes
) -> None:
    """Note the entities in other columns of tags."""
    for k, index in enumerate(layers):
        tags = {tag for row in rows for tag in row.layers[k]}
        if not _is_tags(list(tags)) or tags == {OUTSIDE}:
            continue
        found = [(row, entities) for row in rows if (entities := decode(_with_hyphens(row.layers[k])))]
        count = sum(len(entities) for _, entities in found)
        row, entities = found[0]
        read = sum(corpus.labels.values())
        what = f"{UNREAD_LAYER} {index + 1}, which is not read (data.tag_column: {index + 1})"
        notes.add(
            f"{what}; column {columns.tag}, which is, has {read:,}",
            f"{path}:{row.lines[entities[0].start]}",
            count,
        )


def _with_hyphens(tags: Sequence[str]) -> list[str]:
    return [tag.replace("_", "-", 1) if tag[1:2] == "_" else tag for tag in tags]


def note_word_prefix(path: str, rows: Sequence[Rows], notes: Notes) -> None:
    """Note a prefix that nearly all words share."""
    words = [word for row in rows[:_FEW_WORDS] for word in row.words]
    words = sorted(set(words[: 20 * _FEW_WORDS]))  # a frequent word shares its prefix with itself
    if len(words) < _FEW_WORDS // 2:
        return
    prefix = ""
    while True:
        length = len(prefix) + 1
        starts = Counter(word[:length] for word in words if len(word) >= length and word.startswith(prefix))
        best, share = starts.most_common(1)[0] if starts else ("", 0)
        if share < _NEARLY_ALL * len(words):
            break
        prefix = best
    signs = re.match(r".*[\W_]", prefix, re.DOTALL)
    prefix = signs[0] if signs else prefix
    if not prefix:
        return
    having = sum(word.startswith(prefix) for row in rows for word in row.words)
    of_all = having / sum(len(row.words) for row in rows)
    if of_all < _NEARLY_ALL:
        return
    row = next(row for row in rows if any(word.startswith(prefix) for word in row.words))
    first = next(line for line, word in zip(row.lines, row.words, strict=True) if word.startswith(prefix))
    what = f"word that starts with '{prefix}', {of_all:.1%} of all (data.word_prefix: '{prefix}' removes it)"
    notes.add(what, f"{path}:{first}", having)
