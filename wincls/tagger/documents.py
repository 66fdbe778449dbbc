"""Tagged text: documents with entities at character offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import NamedTuple, Protocol, TypeVar

from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import Piece, cut_pieces
from wincls.corpus.tokenizer import Tokenizer
from wincls.tagger.decoding import ScoredEntity

T = TypeVar("T")

BLOCK = 50_000  # tokens that are tagged at once
_TEXTS = 64  # largest number of texts that are tagged at once


class Ent(NamedTuple):
    """An entity in a text.

    text: its text.
    label: its entity type.
    start, end: character offsets of its first character and of the character after its last one.
    score: see ScoredEntity.
    """

    text: str
    label: str
    start: int
    end: int
    score: float


class TaggedSentence(NamedTuple):
    """A tagged sentence.

    start: the character offset of its first character.
    parts: tokens and the text between them, alternating; the first and the last part are tokens.
    entities: with token offsets in the sentence.
    """

    start: int
    parts: Sequence[str]
    entities: Sequence[ScoredEntity]

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def tokens(self) -> Sequence[str]:
        return self.parts[::2]

    @property
    def ents(self) -> list[Ent]:
        """The entities with character offsets in the text of the sentence."""
        if not self.entities:
            return []
        ends = list(accumulate(map(len, self.parts)))
        found = []
        for start, end, label, score in self.entities:
            first, last = 2 * start, 2 * end - 2
            text = "".join(self.parts[first : last + 1])
            found.append(Ent(text, label, ends[last] - len(text), ends[last], score))
        return found


@dataclass(frozen=True, slots=True)
class Doc:
    """A tagged text.

    text: the whole text.
    sentences: its sentences, in order.
    """

    text: str
    sentences: Sequence[TaggedSentence]

    @property
    def ents(self) -> list[Ent]:
        """The entities, with character offsets in the text."""
        return [
            ent._replace(start=sentence.start + ent.start, end=sentence.start + ent.end)
            for sentence in self.sentences
            for ent in sentence.ents
        ]


class TagsSentences(Protocol):
    """What cuts text and finds entities in tokenized sentences: see Tagger.tag."""

    tokenizer: Tokenizer

    def tag(
        self, sentences: Sequence[Sequence[str]], documents: Sequence[int] | None = None
    ) -> list[list[ScoredEntity]]: ...


def tag_texts(tagger: TagsSentences, texts: Sequence[str]) -> list[Doc]:
    """Tag texts independently of each other. A long text is tagged in the same blocks as a file."""
    sentences: list[list[TaggedSentence]] = [[] for _ in texts]
    blocks = [
        (i, block) for i, text in enumerate(texts) for block in group(_pieces_of(text), tokens_in, BLOCK)
    ]
    for some in group(blocks, lambda block: sum(map(tokens_in, block[1])), BLOCK):
        tagged = tag_split(tagger, [split_pieces(pieces, tagger.tokenizer) for _, pieces in some])
        for (i, _), its_sentences in zip(some, tagged, strict=True):
            sentences[i] += its_sentences
    return [Doc(text, its_sentences) for text, its_sentences in zip(texts, sentences, strict=True)]


def split_pieces(pieces: Iterable[Piece], tokenizer: Tokenizer) -> list[TaggedSentence]:
    """The sentences of a document's pieces, without entities yet."""
    return [
        TaggedSentence(piece.start + sentence.start, sentence.parts, [])
        for piece in pieces
        for sentence in split_sentences(piece.text, tokenizer)
    ]


def tag_split(
    tagger: TagsSentences, documents: Sequence[Sequence[TaggedSentence]]
) -> list[list[TaggedSentence]]:
    """The sentences of each document with their entities."""
    if not documents:
        return []
    words = [sentence.tokens for sentences in documents for sentence in sentences]
    found = iter(tagger.tag(words, [len(sentences) for sentences in documents]))
    return [[each._replace(entities=next(found)) for each in sentences] for sentences in documents]


def batches_of_texts(texts: Iterable[str]) -> Iterator[list[str]]:
    """Lists of consecutive texts that are tagged at once."""
    rest = iter(texts)
    while batch := list(islice(rest, _TEXTS)):
        yield batch


def tokens_in(piece: Piece) -> int:
    """An estimate of the number of tokens of a piece."""
    return len(piece.text) // 5 + 1


def group(items: Iterable[T], size: Callable[[T], int], total: int, unit: int = 1) -> Iterator[list[T]]:
    """Split items into lists of consecutive items whose sizes add up to at least `total`.

    A list ends only where a unit ends. A unit is a run of items whose sizes add up to at least `unit`. The
    last list can be smaller.
    """
    block: list[T] = []
    in_block = in_unit = 0
    for item in items:
        block.append(item)
        in_block += size(item)
        in_unit += size(item)
        if in_unit >= unit:
            in_unit = 0
            if in_block >= total:
                yield block
                block, in_block = [], 0
    if block:
        yield block


def _pieces_of(text: str) -> Iterator[Piece]:
    mark = text.startswith("\ufeff")  # a byte order mark is not part of the first token
    for piece in cut_pieces([text[mark:]]):
        yield Piece(piece.text, piece.start + mark)
