"""What the tests of the readers need."""

from __future__ import annotations

from pathlib import Path

import pytest

from wincls.corpus.documents import Corpus
from wincls.corpus.formats import read_files
from wincls.corpus.reading import Reading
from wincls.errors import DataError

Annotated = list[tuple[str, list[tuple[str, str]]]]


def shown(corpus: Corpus) -> Annotated:
    """Each sentence as its words and its entities, by their words and labels."""
    return [
        (
            " ".join(sentence.words),
            [(" ".join(sentence.words[e.start : e.end]), e.label) for e in sentence.entities],
        )
        for sentence in corpus.sentences
    ]


def read(path: Path, name: str = "auto", **options: object) -> tuple[Annotated, str]:
    """What is read from a file, and what is noted, with the bare name of the file."""
    corpus = read_files(str(path), Reading(**options), name)  # type: ignore[arg-type]
    notes = corpus.notes.line() if corpus.notes else ""
    return shown(corpus), notes.replace(f"{path.parent}/", "")


def error(path: Path, name: str = "auto", **options: object) -> str:
    """The message with which a file is refused, with the bare name of the file."""
    with pytest.raises(DataError) as caught:
        read_files(str(path), Reading(**options), name)  # type: ignore[arg-type]
    message = str(caught.value).replace(f"{path.parent}/", "")
    assert "\n" not in message
    return message
