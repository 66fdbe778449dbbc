"""What annotated files are read into: corpora of sentences with entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from wincls.corpus.schemes import Entity, Scheme


class Sentence(NamedTuple):
    """An annotated sentence.

    words: one for each token.
    entities: in order, not overlapping.
    lines: the file's line number of each token.
    starts_document: whether a document starts here.
    irregular: the entities whose tags are not those that the file's scheme writes.
    """

    words: list[str]
    entities: Sequence[Entity]
    lines: Sequence[int]
    starts_document: bool
    irregular: Sequence[Entity] = ()


class Corpus(NamedTuple):
    """The sentences of a file, and the scheme that its tags are written in."""

    path: str
    sentences: list[Sentence]
    scheme: Scheme

    @property
    def tokens(self) -> int:
        return sum(len(sentence.words) for sentence in self.sentences)

    @property
    def labels(self) -> Counter[str]:
        """How many entities there are of each label."""
        return Counter(entity.label for sentence in self.sentences for entity in sentence.entities)
