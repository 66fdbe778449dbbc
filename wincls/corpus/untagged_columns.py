"""Column files that tags are added to: their lines, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from wincls.corpus.columns import PAUSE, Columns, Line, lines_of
from wincls.errors import DataError
from wincls.files import Live


def column_lines(file: BinaryIO | Live, path: str, columns: Columns) -> Iterator[Line]:
    """The lines of a file that tags are added to: see columns.lines_of.

    Raises DataError too for a row of another width than the first: part of its word may be lost.
    """
    width = 0
    for line in lines_of(file, path, columns):
        if line.fields and len(line.fields) != width:
            if width:
                raise DataError(
                    f"{path}:{line.number}: {len(line.fields)} columns (delimiter: {columns.delimiter}); the "
                    f"rows before have {width}; fix the row, or say what separates columns with --delimiter"
                )
            width = len(line.fields)
        yield line


def sentence_lines(lines: Iterable[Line]) -> Iterator[list[Line] | None]:
    """Lines up to and including the empty line (or other line that is no token) after a sentence.

    None for a pause.
    """
    block: list[Line] = []
    for line in lines:
        if line is PAUSE:
            yield None
            continue
        block.append(line)
        if line.ends_sentence:
            yield block
            block = []
    if block:
        yield block
