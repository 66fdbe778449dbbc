from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wincls.corpus.columns import Columns
from wincls.corpus.predictions import read_predictions
from wincls.corpus.schemes import Entity
from wincls.errors import DataError

LAST_TWO = Columns(-1, -2)


def test_both_columns_are_read_in_their_own_scheme(write: Callable[..., Path]) -> None:
    path = write("Ada S-PER B-PER\nin O O\nNew B-LOC B-LOC\nYork E-LOC I-LOC\n\nOslo S-LOC O\n")
    gold, predicted, correct = read_predictions(str(path), LAST_TWO)
    assert (gold.scheme.name, predicted.scheme.name, correct) == ("IOBES", "BIO", 2)
    assert [list(each.entities) for each in gold.sentences] == [
        [Entity(0, 1, "PER"), Entity(2, 4, "LOC")],
        [Entity(0, 1, "LOC")],
    ]
    assert [list(each.entities) for each in predicted.sentences] == [
        [Entity(0, 1, "PER"), Entity(2, 4, "LOC")],
        [],
    ]
    for corpus in (gold, predicted):
        assert [each.words for each in corpus.sentences] == [["Ada", "in", "New", "York"], ["Oslo"]]
        assert [list(each.lines) for each in corpus.sentences] == [[1, 2, 3, 4], [6]]


@pytest.mark.parametrize(
    ("row", "columns", "word_column", "words"),
    [
        ("B-A O", LAST_TWO, 1, [""]),
        ("Ada B-A O", LAST_TWO, 4, [""]),
        ("Ada B-A O", LAST_TWO, -3, ["Ada"]),
        ("O B-A Ada", Columns(1, 2), 1, [""]),
        ("O B-A Ada", Columns(1, 2), 3, ["Ada"]),
    ],
)
def test_words_are_taken_if_there_are_any(
    write: Callable[..., Path], row: str, columns: Columns, word_column: int, words: list[str]
) -> None:
    found = read_predictions(str(write(f"{row}\n")), columns, word_column)
    assert found.gold.sentences[0].words == words
    assert (len(found.gold.labels), len(found.predicted.labels)) == (1, 0)


def test_a_file_without_two_columns_of_tags_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match=r"file.txt:1: 1 column"):
        read_predictions(str(write("Ada\n")), LAST_TWO)
    with pytest.raises(DataError, match=r"file.txt: no sentence found"):
        read_predictions(str(write("\n")), LAST_TWO)
