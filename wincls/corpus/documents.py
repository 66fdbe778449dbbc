"""What annotated files are read into: corpora of sentences with entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from wincls.corpus.notes import Notes
from wincls.corpus.schemes import Entity, Scheme
from wincls.visible import visible


class Sentence(NamedTuple):
    """An annotated sentence.

    words: one for each token.
    entities: in order, not overlapping.
    lines: the file's line number of each token.
    starts_document: whether a document starts here.
    irregular: the entities whose tags are not those that the file's scheme writes.
    file: the file that it is from; empty if that is the corpus's path.
    no_space_after: the tokens after which there is no space, as far as the file says so.
    """

    words: list[str]
    entities: Sequence[Entity]
    lines: Sequence[int]
    starts_document: bool
    irregular: Sequence[Entity] = ()
    file: str = ""
    no_space_after: Sequence[int] = ()


class Corpus(NamedTuple):
    """The sentences of one or more files.

    path: the file, or what names the files.
    sentences: in the order of the files.
    scheme: the scheme that the tags are written in; BIO for spans.
    notes: what was skipped, repaired or guessed.
    format: the name of the files' format.
    """

    path: str
    sentences: list[Sentence]
    scheme: Scheme
    notes: Notes | None = None
    format: str = "columns"

    @property
    def name(self) -> str:
        """The path, in visible characters."""
        return visible(self.path)

    def place(self, sentence: Sentence, token: int) -> str:
        """Where a token is, as "train.tsv:17", in visible characters."""
        return f"{visible(sentence.file or self.path)}:{sentence.lines[token]}"

    @property
    def tokens(self) -> int:
        return sum(len(sentence.words) for sentence in self.sentences)

    @property
    def labels(self) -> Counter[str]:
        """How many entities there are of each label."""
        return Counter(entity.label for sentence in self.sentences for entity in sentence.entities)
