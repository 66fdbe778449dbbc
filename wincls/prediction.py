"""Tagging files: text or columns in, tagged text out, in blocks, so that any size will do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple, Protocol

from wincls.corpus.columns import Columns, Line, lines_of
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.text import Piece, cut_pieces, read_text
from wincls.reports.formats import FORMATS, Context, brackets, colors
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.documents import BLOCK, TaggedSentence, group, tag_pieces, tokens_in
from wincls.tagger.parallel import map_ordered
from wincls.tagger.tagger import Tagger

INPUTS = ("text", "conll")


class Output(NamedTuple):
    """How tagged sentences are written.

    format: a name in FORMATS.
    color: whether the text format shows entities in terminal colors.
    min_score: entities with a smaller score are left out; None keeps all.
    """

    format: str
    color: bool = False
    min_score: float | None = None

    def keep(self, sentences: Iterable[TaggedSentence]) -> list[TaggedSentence]:
        """The sentences without entities of a small score."""
        least = self.min_score
        if least is None:
            return list(sentences)
        return [
            each._replace(entities=[entity for entity in each.entities if entity.score >= least])
            for each in sentences
        ]

    def write(
        self, sentences: Sequence[TaggedSentence], text: str, offset: int, file: str, tagger: Tagger
    ) -> str:
        """The sentences in the format; text, offset, file: see Context."""
        mark = colors(tagger.labels) if self.color else brackets
        return FORMATS[self.format](sentences, Context(text, offset, file, mark))


class Block(Protocol):
    """A stretch of a file that is tagged by itself."""

    def tagged(self, tagger: Tagger) -> str:
        """The output for it."""
        ...


class TextBlock(NamedTuple):
    """Consecutive pieces of a plain text file."""

    pieces: list[Piece]
    path: str
    output: Output

    def tagged(self, tagger: Tagger) -> str:
        (sentences,) = tag_pieces(tagger, [self.pieces])
        text = "".join(piece.text for piece in self.pieces)
        return self.output.write(self.output.keep(sentences), text, self.pieces[0].start, self.path, tagger)


class ColumnBlock(NamedTuple):
    """Sentences of a column file, as lines.

    In the format conll, every line is written as it was read, with the predicted BIO tag after each
    token, separated by a tab (by a space where spaces separate the columns). In the other formats, a
    sentence is its words joined by spaces, and its start is the number of its first line.
    """

    sentences: list[list[Line]]
    path: str
    output: Output
    columns: Columns

    def words(self) -> list[list[str]]:
        """The words of each sentence."""
        word = self.columns.word_index
        return [[line.fields[word] for line in lines if line.fields] for lines in self.sentences]

    def tagged(self, tagger: Tagger) -> str:
        words = self.words()
        found = iter(tagger.tag([each for each in words if each]))
        parts = []
        for lines, its_words in zip(self.sentences, words, strict=True):
            entities = next(found) if its_words else []
            tokens = [" "] * max(0, 2 * len(its_words) - 1)
            tokens[::2] = its_words
            start = next((line.number for line in lines if line.fields), 0)
            (sentence,) = self.output.keep([TaggedSentence(start, tokens, entities)])
            if self.output.format == "conll":
                parts.append(_with_tags(lines, sentence.entities, self.columns))
            elif its_words:
                text = f"{sentence.text}\n"
                parts.append(self.output.write([sentence], text, start, self.path, tagger))
        return "".join(parts)


def text_blocks(file: BinaryIO, path: str, output: Output, wrapped: bool = False) -> Iterator[TextBlock]:
    """Cut a plain text file into blocks; wrapped: see text.cut_pieces."""
    for pieces in group(cut_pieces(read_text(file, path), wrapped), tokens_in, BLOCK):
        yield TextBlock(pieces, path, output)


def column_blocks(
    file: BinaryIO, path: str, output: Output, columns: Columns, context_tokens: int = 1
) -> Iterator[ColumnBlock]:
    """Cut a column file into blocks of whole context blocks of so many tokens.

    So a file is tagged as if it were tagged in one piece.
    """

    def tokens(lines: list[Line]) -> int:
        return sum(bool(line.fields) for line in lines)

    sentences = _sentence_lines(lines_of(file, path, columns))
    for some in group(sentences, tokens, BLOCK, context_tokens):
        yield ColumnBlock(some, path, output, columns)


def tag_blocks(blocks: Iterable[Block], tagger: Tagger, jobs: int = 1) -> Iterator[str]:
    """Tag blocks and yield their output in order; only a few blocks are held at a time."""
    return map_ordered(_tagged, blocks, tagger, jobs)


def _tagged(tagger: Tagger, block: Block) -> str:
    return block.tagged(tagger)


def _sentence_lines(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines up to and including the empty line (or other line that is no token) after a sentence."""
    block: list[Line] = []
    for line in lines:
        block.append(line)
        if line.ends_sentence:
            yield block
            block = []
    if block:
        yield block


def _with_tags(lines: list[Line], entities: Sequence[ScoredEntity], columns: Columns) -> str:
    """The lines with a BIO tag after each token."""
    rows = [line.text for line in lines if line.fields]
    tags = iter(SCHEMES["BIO"].encode([each.entity for each in entities], len(rows)))
    spaces = bool(rows) and " " in rows[0] and "\t" not in rows[0]
    separator = {"tab": "\t", "space": " "}.get(columns.delimiter, " " if spaces else "\t")
    return "".join(
        f"{line.text}{separator}{next(tags)}\n" if line.fields else f"{line.text}\n" for line in lines
    )
