"""Tagging files: text or columns in, tagged text out, in blocks, so that any size will do."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import BinaryIO, NamedTuple, Protocol, TypeVar

from wincls.corpus.conll import Columns, Line, lines_of
from wincls.corpus.text import Piece, TextSentence, read_pieces, split_sentences
from wincls.errors import DataError, WinclsError
from wincls.output.formats import (
    Mark,
    TaggedSentence,
    brackets,
    colours,
    conll_lines,
    json_line,
    marked_text,
)
from wincls.tagger.tagger import Tagged, Tagger

FORMATS = ("text", "conll", "jsonl")

T = TypeVar("T")

_BLOCK = 50_000  # tokens tagged at a time


class Output(NamedTuple):
    """How tagged sentences are written.

    format: one of FORMATS; colour: whether the text format shows entities in a terminal's colours;
    min_score: entities less probable than this are left out; name_files: whether JSON lines name
    the file they come from.
    """

    format: str
    colour: bool = False
    min_score: float = 0.0
    name_files: bool = False


class Block(Protocol):
    """A stretch of a file that can be tagged by itself."""

    def tagged(self, tagger: Tagger) -> str:
        """What is to be written for it."""
        ...


class TextBlock(NamedTuple):
    """Pieces of a plain text file."""

    pieces: list[Piece]
    path: str
    output: Output

    def tagged(self, tagger: Tagger) -> str:
        split = [split_sentences(piece.text) for piece in self.pieces]
        words = [sentence.tokens for sentences in split for sentence in sentences]
        results = iter(_tag(tagger, words, self.output.min_score))
        mark = _mark(self.output, tagger)
        return "".join(
            _written_text(piece, sentences, results, self.output, mark, self.path)
            for piece, sentences in zip(self.pieces, split, strict=True)
        )


class ColumnBlock(NamedTuple):
    """Sentences of a column file, as lines.

    As conll, every line comes out as it went in, tokens with a tab and the predicted tag behind
    (behind a blank where blanks separate the columns). As text or jsonl, a sentence is its words
    joined by blanks, and its place is the number of its first line.
    """

    sentences: list[list[Line]]
    path: str
    output: Output
    columns: Columns

    def tagged(self, tagger: Tagger) -> str:
        word = self.columns.word_index
        words = [[line.fields[word] for line in lines if line.fields] for lines in self.sentences]
        results = iter(_tag(tagger, [each for each in words if each], self.output.min_score))
        parts = []
        for lines, its_words in zip(self.sentences, words, strict=True):
            if self.output.format == "conll":
                parts.append(_written_lines(lines, next(results).tags if its_words else [], self.columns))
            elif its_words:
                first = next(line.number for line in lines if line.fields)
                done = _from_words(its_words, first, next(results))
                if self.output.format == "jsonl":
                    parts.append(json_line(done, self.path if self.output.name_files else None))
                else:
                    parts.append(marked_text(done, _mark(self.output, tagger)) + "\n")
        return "".join(parts)


def text_blocks(file: BinaryIO, path: str, output: Output, wrapped: bool = False) -> Iterator[TextBlock]:
    """Cut a plain text file into blocks."""
    for pieces in _blocks(read_pieces(file, path, wrapped), lambda piece: len(piece.text) // 5 + 1):
        yield TextBlock(pieces, path, output)


def column_blocks(
    file: BinaryIO, path: str, output: Output, columns: Columns, passage: int = 1
) -> Iterator[ColumnBlock]:
    """Cut a column file into blocks, none of which ends within a passage of so many tokens.

    So a file is tagged as if it were tagged in one piece.
    """

    def tokens(lines: list[Line]) -> int:
        return sum(bool(line.fields) for line in lines)

    for sentences in _blocks(_sentence_lines(lines_of(file, path, columns)), tokens, passage):
        yield ColumnBlock(sentences, path, output, columns)


def tag_blocks(blocks: Iterable[Block], tagger: Tagger, processes: int = 1) -> Iterator[str]:
    """Tag blocks and yield what is to be written, in order, with so many processes.

    Only a few blocks are held at a time, however many there are.
    """
    if processes == 1:
        yield from (_tagged(block, tagger) for block in blocks)
        return
    try:
        with ProcessPoolExecutor(processes, initializer=_become_worker, initargs=(tagger,)) as pool:
            yield from _in_order(blocks, pool, 2 * processes)
    except BrokenProcessPool:
        raise WinclsError("a worker process has died (out of memory?); use fewer --jobs") from None


def _in_order(blocks: Iterable[Block], pool: ProcessPoolExecutor, most: int) -> Iterator[str]:
    """The results of the blocks as they come in, with at most so many under way."""
    pending: deque[Future[str]] = deque()
    try:
        for block in blocks:
            pending.append(pool.submit(_tagged_by_worker, block))
            if len(pending) > most:
                yield pending.popleft().result()
    except DataError:  # the blocks before the bad one are written first
        yield from (each.result() for each in pending)
        raise
    yield from (each.result() for each in pending)


_worker_tagger: Tagger


def _become_worker(tagger: Tagger) -> None:
    global _worker_tagger
    _worker_tagger = tagger


def _tagged_by_worker(block: Block) -> str:
    return _tagged(block, _worker_tagger)


def _tagged(block: Block, tagger: Tagger) -> str:
    """What is to be written for a block.

    Tagging makes very many small objects but no cycles of them, so nobody need look for cycles
    meanwhile: that would take a tenth of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return block.tagged(tagger)
    finally:
        if collects:
            gc.enable()


def _mark(output: Output, tagger: Tagger) -> Mark:
    return colours(tagger.decoder.types) if output.colour else brackets


def _written_text(
    piece: Piece,
    sentences: Sequence[TextSentence],
    results: Iterator[Tagged],
    output: Output,
    mark: Mark,
    path: str,
) -> str:
    """A piece with its sentences tagged; results: from the piece's first sentence on."""
    tagged = [TaggedSentence(piece.start + start, parts, next(results)) for start, parts in sentences]
    if output.format == "conll":
        return "".join(map(conll_lines, tagged))
    if output.format == "jsonl":
        return "".join(json_line(sentence, path if output.name_files else None) for sentence in tagged)
    written, done = [], 0
    for sentence, plain in zip(tagged, sentences, strict=True):
        written += [piece.text[done : plain.start], marked_text(sentence, mark)]
        done = plain.start + len(plain.text)
    return "".join([*written, piece.text[done:]])


def _tag(tagger: Tagger, sentences: Sequence[Sequence[str]], min_score: float) -> list[Tagged]:
    tagged = tagger.tag(sentences)
    return [each.at_least(min_score) for each in tagged] if min_score else tagged


def _sentence_lines(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines up to and including the empty line (or other line that is no token) behind a sentence."""
    block: list[Line] = []
    for line in lines:
        block.append(line)
        if line.ends_sentence:
            yield block
            block = []
    if block:
        yield block


def _written_lines(sentence: list[Line], tags: Sequence[str], columns: Columns) -> str:
    first = next((line.text for line in sentence if line.fields), "")
    blanks = " " in first and "\t" not in first
    between = {"tab": "\t", "space": " "}.get(columns.delimiter, " " if blanks else "\t")
    following = iter(tags)
    return "".join(
        f"{line.text}{between}{next(following)}\n" if line.fields else f"{line.text}\n" for line in sentence
    )


def _from_words(words: Sequence[str], first_line: int, tagged: Tagged) -> TaggedSentence:
    parts = [" "] * (2 * len(words) - 1)
    parts[::2] = words
    return TaggedSentence(first_line, parts, tagged)


def _blocks(items: Iterable[T], size: Callable[[T], int], passage: int = 1) -> Iterator[list[T]]:
    """Lists of consecutive items of together about _BLOCK, each a number of whole passages."""
    block: list[T] = []
    total = in_passage = 0
    for item in items:
        block.append(item)
        tokens = size(item)
        total += tokens
        in_passage += tokens
        if in_passage >= passage:
            in_passage = 0
            if total >= _BLOCK:
                yield block
                block, total = [], 0
    if block:
        yield block
