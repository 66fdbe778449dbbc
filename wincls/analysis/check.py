"""The data doctor: everything that can be said against annotated data before training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from wincls.analysis.check_entities import check_entities
from wincls.analysis.check_sentences import check_sentences
from wincls.analysis.check_text import check_tokenizer, check_vectors
from wincls.analysis.findings import LEVELS, Finding
from wincls.corpus.data_options import Data
from wincls.corpus.documents import Corpus
from wincls.corpus.formats import read_files
from wincls.progress import counting


def read_splits(data: Data) -> dict[str, Corpus]:
    """The corpora that are named, by split. Raises DataError as reading does."""
    named = {"train": data.train, "dev": data.dev, "test": data.test}
    return {split: read_files(paths, data.reading, data.format) for split, paths in named.items() if paths}


def check(corpora: Mapping[str, Corpus], vectors: str | None = None) -> list[Finding]:
    """All findings, problems first.

    corpora: by split, the training data first.
    vectors: a file of word vectors, if there is one.
    """
    checks: list[Callable[[], Iterable[Finding]]] = [
        lambda: _notes(corpora),
        lambda: check_sentences(corpora),
        lambda: check_entities(corpora),
        lambda: check_tokenizer(corpora),
        lambda: check_vectors(corpora, vectors) if vectors else (),
    ]
    found = [finding for each in counting(checks, "checking", " checks") for finding in each()]
    return sorted(found, key=lambda each: LEVELS.index(each.level))


def _notes(corpora: Mapping[str, Corpus]) -> Iterator[Finding]:
    for split, corpus in corpora.items():
        for note in corpus.notes or ():
            yield Finding(
                "reading", "look",
                f"{split}: {note}",
                "fix the file if that is not what it means; data.strict: true refuses such files",
            )  # fmt: skip
