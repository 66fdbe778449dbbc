"""Tagging files of any size in blocks: text or columns in, tagged text out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple, Protocol

from wincls.corpus.columns import PAUSE, Columns, Line, lines_of
from wincls.corpus.row_reader import DOCUMENT_START
from wincls.corpus.schemes import OUTSIDE, SCHEMES
from wincls.corpus.text import Piece, cut_pieces, read_text
from wincls.errors import DataError
from wincls.files import Live
from wincls.reports.formats import FORMATS, Context, brackets, colors
from wincls.tagger.batches import batches
from wincls.tagger.decoding import ScoredEntity, at_least
from wincls.tagger.documents import BLOCK, TaggedSentence, tag_pieces, tokens_in
from wincls.tagger.parallel import map_ordered
from wincls.tagger.tagger import Tagger

INPUTS = ("text", "conll")


class Output(NamedTuple):
    """How tagged sentences are written.

    format: a name in FORMATS.
    color: whether the text format shows entities in terminal colors.
    min_scores: entities with a smaller score are left out, see decoding.at_least; None keeps all.
    scheme: the name of the scheme of tags in columns.
    """

    format: str
    color: bool = False
    min_scores: Mapping[str, float] | None = None
    scheme: str = "BIO"

    def keep(self, sentences: Iterable[TaggedSentence]) -> list[TaggedSentence]:
        """The sentences without entities of a small score."""
        if self.min_scores is None:
            return list(sentences)
        return [each._replace(entities=at_least(each.entities, self.min_scores)) for each in sentences]

    def write(
        self, sentences: Sequence[TaggedSentence], text: str, offset: int, file: str, tagger: Tagger
    ) -> str:
        """The sentences in the format; text, offset, file: see Context."""
        mark = colors(tagger.labels) if self.color else brackets
        context = Context(text, offset, file, mark, SCHEMES[self.scheme])
        return FORMATS[self.format].sentences(sentences, context)


class Block(Protocol):
    """A stretch of a file that is tagged by itself."""

    def tagged(self, tagger: Tagger) -> str:
        """The output for it."""
        ...


class TextBlock(NamedTuple):
    """Consecutive pieces of a plain text file; before: pieces before them that have been written."""

    pieces: list[Piece]
    path: str
    output: Output
    before: Sequence[Piece] = ()

    def tagged(self, tagger: Tagger) -> str:
        (sentences,) = tag_pieces(tagger, [[*self.before, *self.pieces]])
        if self.before:
            sentences = [each for each in sentences if each.start >= self.pieces[0].start]
        text = "".join(piece.text for piece in self.pieces)
        return self.output.write(self.output.keep(sentences), text, self.pieces[0].start, self.path, tagger)


class ColumnBlock(NamedTuple):
    """Sentences of a column file, as lines.

    In the format conll, every line is written as it was read, with the predicted tag after each token
    (O after a document start), separated by a tab (by a space where spaces separate the columns). In
    the other formats, a sentence is its words joined by spaces, and its start is the number of its
    first line.

    before: sentences before them that have been written.
    """

    sentences: list[list[Line]]
    path: str
    output: Output
    columns: Columns
    before: Sequence[list[Line]] = ()

    def words(self) -> list[list[str]]:
        """The words of each sentence."""
        return self._words(self.sentences)

    def tagged(self, tagger: Tagger) -> str:
        before, words = self._words(self.before), self._words(self.sentences)
        context = [each for each in before if each]
        found = iter(tagger.tag([*context, *(each for each in words if each)])[len(context) :])
        parts = []
        for lines, its_words in zip(self.sentences, words, strict=True):
            entities = next(found) if its_words else []
            tokens = [" "] * max(0, 2 * len(its_words) - 1)
            tokens[::2] = its_words
            start = next((line.number for line in lines if line.fields), 0)
            (sentence,) = self.output.keep([TaggedSentence(start, tokens, entities)])
            if self.output.format == "conll":
                parts.append(_with_tags(lines, sentence.entities, self.columns, self.output.scheme))
            elif its_words:
                text = f"{sentence.text}\n"
                parts.append(self.output.write([sentence], text, start, self.path, tagger))
        return "".join(parts)

    def _words(self, sentences: Iterable[list[Line]]) -> list[list[str]]:
        word = self.columns.word_index
        return [[line.fields[word] for line in lines if line.fields] for lines in sentences]


def text_blocks(
    file: BinaryIO | Live, path: str, output: Output, wrapped: bool = False, context_tokens: int = 1
) -> Iterator[TextBlock | None]:
    """Cut a plain text file into blocks; None is a pause of a Live file.

    wrapped: see text.cut_pieces.
    context_tokens: what comes after a pause is tagged with at most about so many tokens before it.
    """
    pieces = cut_pieces(read_text(file, path), wrapped)
    items = (piece if piece.text else None for piece in pieces)
    for batch in batches(items, tokens_in, BLOCK, 1, context_tokens):
        yield TextBlock(batch[1], path, output, batch[0]) if batch else None


def column_blocks(
    file: BinaryIO | Live, path: str, output: Output, columns: Columns, context_tokens: int = 1
) -> Iterator[ColumnBlock | None]:
    """Cut a column file into blocks of whole context blocks of so many tokens.

    So a file is tagged as if it were tagged in one piece. None is a pause of a Live file; what comes
    after it is tagged with what comes before it in its context block.
    """

    def tokens(lines: list[Line]) -> int:
        return sum(bool(line.fields) for line in lines)

    sentences = _sentence_lines(column_lines(file, path, columns))
    for batch in batches(sentences, tokens, BLOCK, context_tokens, context_tokens):
        yield ColumnBlock(batch[1], path, output, columns, batch[0]) if batch else None


class Part(NamedTuple):
    """A part of the output.

    file: the index of the file that it is of.
    text: the output.
    is_last: whether it is the last of its file.
    error: why the rest of the file cannot be read; empty if it can.
    """

    file: int
    text: str
    is_last: bool = False
    error: str = ""


def tag_files(
    blocks_of: Sequence[Callable[[], Iterable[Block | None]]], tagger: Tagger, jobs: int = 1
) -> Iterator[Part]:
    """Tag files one after the other and yield their output in order, with a last part of each file.

    blocks_of: for each file a function that opens it and cuts it into blocks. Where it raises DataError
        or OSError, the file's output ends, and its last part says why.
    jobs: processes. Only a few blocks are held at a time.
    """

    def items() -> Iterator[tuple[int, Block] | Part | None]:
        for number, its_blocks in enumerate(blocks_of):
            error = ""
            try:
                for block in its_blocks():
                    yield None if block is None else (number, block)
            except DataError as problem:
                error = str(problem)
            except OSError as problem:
                error = f"cannot be read to its end ({problem.strerror})"
            yield Part(number, "", True, error)

    return map_ordered(_part, items(), tagger, jobs)


def tag_blocks(blocks: Iterable[Block | None], tagger: Tagger, jobs: int = 1) -> Iterator[str]:
    """Tag blocks and yield their output in order; only a few blocks are held at a time."""
    return map_ordered(_tagged, blocks, tagger, jobs)


def _tagged(tagger: Tagger, block: Block) -> str:
    return block.tagged(tagger)


def _part(tagger: Tagger, item: Any) -> Part:
    if isinstance(item, Part):
        return item
    number, block = item
    return Part(number, block.tagged(tagger))


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


def _sentence_lines(lines: Iterable[Line]) -> Iterator[list[Line] | None]:
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


def _with_tags(lines: list[Line], entities: Sequence[ScoredEntity], columns: Columns, scheme: str) -> str:
    """The lines with a tag after each token, and with O after a document start."""
    rows = [line.text for line in lines if line.fields]
    tags = iter(SCHEMES[scheme].encode([each.entity for each in entities], len(rows)))

    def with_tag(line: Line) -> str:
        is_document_start = DOCUMENT_START in line.text
        if not line.fields and not is_document_start:
            return f"{line.text}\n"
        example = rows[0] if rows else line.text
        spaces = " " in example and "\t" not in example
        separator = {"tab": "\t", "space": " "}.get(columns.delimiter, " " if spaces else "\t")
        return f"{line.text}{separator}{next(tags) if line.fields else OUTSIDE}\n"

    return "".join(map(with_tag, lines))
