"""Column files that tags are added to: their lines, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from wincls.corpus.columns import PAUSE, Columns, Line, lines_of
from wincls.corpus.notes import Notes
from wincls.errors import DataError
from wincls.files import Live

_LONGEST = 10_000  # tokens; a longer sentence is cut


def column_lines(
    file: BinaryIO | Live, path: str, columns: Columns, notes: Notes | None = None
) -> Iterator[Line]:
    """The lines of a file that tags are added to: see columns.lines_of.

    notes: what is skipped or repaired is added here.

    Raises DataError too for a row of another width than the first: part of its word may be lost.
    """
    width = 0
    for line in lines_of(file, path, columns, notes):
        if line.fields and len(line.fields) != width:
            if width:
                raise DataError(
                    f"{path}:{line.number}: {len(line.fields)} columns (delimiter: {columns.delimiter}); the "
                    f"rows before have {width}; fix the row, or say what separates columns with --delimiter"
                )
            width = len(line.fields)
        yield line


def sentence_lines(lines: Iterable[Line], path: str, notes: Notes) -> Iterator[list[Line] | None]:
    """Lines up to and including the empty line (or other line that is no token) after a sentence.

    A sentence of more than 10,000 tokens is cut, which is noted. None for a pause.
    """
    block: list[Line] = []
    tokens = 0
    for line in lines:
        if line is PAUSE:
            yield None
            continue
        if tokens == _LONGEST and line.fields:
            notes.add(f"sentence cut after {_LONGEST:,} tokens", f"{path}:{line.number}")
            yield block
            block, tokens = [], 0
        block.append(line)
        tokens += line.fields is not None
        if line.ends_sentence:
            yield block
            block, tokens = [], 0
    if block:
        yield block
