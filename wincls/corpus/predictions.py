"""Files of gold and predicted tags side by side, one token a line, as conlleval reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wincls.corpus.columns import Columns, lines_of, read_rows
from wincls.corpus.documents import Corpus
from wincls.corpus.tag_columns import Rows, decode_sentences
from wincls.errors import DataError
from wincls.files import source


class Predictions(NamedTuple):
    """The two readings of a file.

    gold, predicted: the same sentences with other entities.
    correct: tokens whose tags are the same in both columns, prefix and all.
    """

    gold: Corpus
    predicted: Corpus
    correct: int


def read_predictions(path: str, columns: Columns, word_column: int = 1, scheme: str = "auto") -> Predictions:
    """Read gold and predicted tags; tags that are illegal in their scheme are read as conlleval does.

    path: of the file; "-" for standard input.
    columns: tag is the column of the gold tags, word is that of the predicted tags, so that both are
        checked.
    word_column: of the words; they are empty if it holds tags or does not exist.
    scheme: of both columns; "auto" finds the scheme of each.

    Raises DataError with file:line for anything that cannot be read as what it should be.
    """
    with source(path) as file:
        lines = list(lines_of(file, path, columns))
    pairs = list(read_rows(lines, columns))
    if not pairs:
        raise DataError(f"{path}: no sentence found; write one token a line, empty lines between sentences")
    fields_of = {line.number: line.fields for line in lines if line.fields}

    def words(row: Rows) -> list[str]:
        found = [fields_of[number] for number in row.lines]
        width = len(found[0])
        index = word_column - 1 if word_column > 0 else width + word_column
        tags = {columns.tag_index % width, columns.word_index % width}
        if not 0 <= index < width or index in tags:
            return [""] * len(found)
        return [fields[index] for fields in found]

    def reading(rows: Iterator[Rows]) -> Corpus:
        return decode_sentences(path, list(rows), scheme, lenient=True)

    all_words = [words(row) for row in pairs]
    gold = (row._replace(words=its_words) for row, its_words in zip(pairs, all_words, strict=True))
    predicted = (
        row._replace(words=its_words, tags=row.words) for row, its_words in zip(pairs, all_words, strict=True)
    )
    correct = sum(a == b for row in pairs for a, b in zip(row.words, row.tags, strict=True))
    return Predictions(reading(gold), reading(predicted), correct)
