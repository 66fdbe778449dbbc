"""Tagging files of any size in blocks: text or columns in, tagged text out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple, Protocol

from wincls.corpus.columns import Columns, Line
from wincls.corpus.notes import Notes
from wincls.corpus.row_reader import DOCUMENT_START
from wincls.corpus.schemes import OUTSIDE, SCHEMES
from wincls.corpus.text import Piece, cut_pieces, read_text
from wincls.corpus.untagged_columns import column_lines, sentence_lines
from wincls.errors import DataError
from wincls.files import Live
from wincls.reports.formats import FORMATS, Context, brackets, colors
from wincls.tagger.batches import batches
from wincls.tagger.decoding import ScoredEntity, at_least
from wincls.tagger.documents import BLOCK, TaggedSentence, split_pieces, tag_split, tokens_in
from wincls.tagger.parallel import map_ordered
from wincls.tagger.tagger import Tagger
from wincls.visible import visible_text

INPUTS = ("text", "conll")


class Output(NamedTuple):
    """How tagged sentences are written.

    format: a name in FORMATS.
    color: whether the text format shows entities in terminal colors, and control characters as escapes.
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
        self,
        sentences: Sequence[TaggedSentence],
        text: str,
        offset: int,
        file: str,
        tagger: Tagger,
        byte: int | None = None,
    ) -> str:
        """The sentences in the format; text, offset, file, byte: see Context."""
        mark = colors(tagger.labels) if self.color else brackets
        show = visible_text if self.color else str
        context = Context(text, offset, file, mark, SCHEMES[self.scheme], show, byte)
        return FORMATS[self.format].sentences(sentences, context)


class Block(Protocol):
    """A stretch of a file that is tagged as a document of its own."""

    @property
    def size(self) -> int:
        """About how many tokens it has."""
        ...

    def sentences(self, tagger: Tagger) -> list[TaggedSentence]:
        """Its sentences, without entities yet; each has a token at least."""
        ...

    def write(self, sentences: Sequence[TaggedSentence], tagger: Tagger) -> str:
        """The output for it; sentences: the same with their entities."""
        ...


class TextBlock(NamedTuple):
    """Consecutive pieces of a plain text file.

    before: pieces before them that have been written.
    byte: see Context.
    """

    pieces: list[Piece]
    path: str
    output: Output
    before: Sequence[Piece] = ()
    byte: int | None = None

    @property
    def size(self) -> int:
        return sum(map(tokens_in, self.pieces))

    def sentences(self, tagger: Tagger) -> list[TaggedSentence]:
        return split_pieces([*self.before, *self.pieces], tagger.tokenizer)

    def write(self, sentences: Sequence[TaggedSentence], tagger: Tagger) -> str:
        if self.before:
            sentences = [each for each in sentences if each.start >= self.pieces[0].start]
        text = "".join(piece.text for piece in self.pieces)
        kept, start = self.output.keep(sentences), self.pieces[0].start
        return self.output.write(kept, text, start, self.path, tagger, self.byte)


class ColumnBlock(NamedTuple):
    """Sentences of a column file, as lines.

    In the format conll, every line is written as it was read, with the predicted tag after each token
    (O after a document start), separated by a tab (by a space where spaces separate the columns). In
    the other formats, a sentence is its words joined by spaces, and its start is the number of its
    first line.

    rows: of each sentence.
    before: sentences before them that have been written.
    """

    rows: list[list[Line]]
    path: str
    output: Output
    columns: Columns
    before: Sequence[list[Line]] = ()

    @property
    def size(self) -> int:
        return sum(map(_tokens_of, self.rows))

    def words(self) -> list[list[str]]:
        """The words of each sentence."""
        return [self._words(lines) for lines in self.rows]

    def sentences(self, tagger: Tagger) -> list[TaggedSentence]:
        found = []
        for lines in (*self.before, *self.rows):
            if words := self._words(lines):
                parts = [" "] * (2 * len(words) - 1)
                parts[::2] = words
                found.append(TaggedSentence(next(line.number for line in lines if line.fields), parts, []))
        return found

    def write(self, sentences: Sequence[TaggedSentence], tagger: Tagger) -> str:
        written = sum(any(line.fields for line in lines) for lines in self.before)
        new = iter(sentences[written:])
        parts = []
        for lines in self.rows:
            sentence = self.output.keep([next(new)])[0] if _tokens_of(lines) else None
            if self.output.format == "conll":
                entities = sentence.entities if sentence else []
                parts.append(_with_tags(lines, entities, self.columns, self.output.scheme))
            elif sentence:
                text = f"{sentence.text}\n"
                parts.append(self.output.write([sentence], text, sentence.start, self.path, tagger))
        return "".join(parts)

    def _words(self, lines: Iterable[Line]) -> list[str]:
        word = self.columns.word_index
        return [line.fields[word] for line in lines if line.fields]


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
    file: BinaryIO | Live,
    path: str,
    output: Output,
    columns: Columns,
    context_tokens: int = 1,
    notes: Notes | None = None,
) -> Iterator[ColumnBlock | None]:
    """Cut a column file into blocks of whole context blocks of so many tokens.

    So a file is tagged as if it were tagged in one piece. None is a pause of a Live file; what comes
    after it is tagged with what comes before it in its context block.

    notes: what is skipped, repaired or cut is added here.
    """
    notes = Notes() if notes is None else notes
    sentences = sentence_lines(column_lines(file, path, columns, notes), path, notes)
    for batch in batches(sentences, _tokens_of, BLOCK, context_tokens, context_tokens):
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
    jobs: processes. Only a few blocks are held at a time. Small files are tagged together.
    """

    def items() -> Iterator[tuple[Part, Block | None] | None]:
        for number, its_blocks in enumerate(blocks_of):
            error = ""
            try:
                for block in its_blocks():
                    yield None if block is None else (Part(number, ""), block)
            except DataError as problem:
                error = str(problem)
            except OSError as problem:
                error = f"cannot be read to its end ({problem.strerror})"
            yield Part(number, "", True, error), None

    for parts in map_ordered(_tag_parts, _bundles(items()), tagger, jobs):
        yield from parts


def _bundles(
    items: Iterable[tuple[Part, Block | None] | None],
) -> Iterator[list[tuple[Part, Block | None]] | None]:
    """Lists of consecutive items with at most BLOCK tokens, or of one item; None for a pause."""
    bundle: list[tuple[Part, Block | None]] = []
    in_bundle = 0
    for item in items:
        size = 1 if item is None or item[1] is None else item[1].size
        if bundle and (item is None or in_bundle + size > BLOCK):
            yield bundle
            bundle, in_bundle = [], 0
        if item is None:
            yield None
        else:
            bundle.append(item)
            in_bundle += size
    if bundle:
        yield bundle


def _tag_parts(tagger: Tagger, bundle: Sequence[tuple[Part, Block | None]]) -> list[Part]:
    """The parts with the output of their blocks."""
    written = iter(_tag_together(tagger, [block for _, block in bundle if block is not None]))
    return [part if block is None else part._replace(text=next(written)) for part, block in bundle]


def _tag_together(tagger: Tagger, blocks: Sequence[Block]) -> list[str]:
    """The output of each block; what is found in one does not depend on the others."""
    sentences = [block.sentences(tagger) for block in blocks]
    tagged = tag_split(tagger, sentences)
    return [block.write(each, tagger) for block, each in zip(blocks, tagged, strict=True)]


def _tokens_of(lines: Iterable[Line]) -> int:
    return sum(bool(line.fields) for line in lines)


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
