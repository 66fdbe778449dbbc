"""Tagging files: text or columns in, tagged text out, in blocks, so that any size will do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple, TypeVar

from wincls.corpus.conll import Columns, Line, lines_of
from wincls.corpus.text import Piece, read_pieces, split_sentences
from wincls.output.formats import Mark, TaggedSentence, conll_lines, json_line, marked_text
from wincls.tagger.tagger import Tagged, Tagger

FORMATS = ("text", "conll", "jsonl")

T = TypeVar("T")

_BLOCK = 20_000  # tokens tagged at a time


class Output(NamedTuple):
    """How tagged sentences are written.

    format: one of FORMATS; mark: how the text format shows entities; min_score: entities less
    probable than this are left out; name_files: whether JSON lines name the file they come from.
    """

    format: str
    mark: Mark
    min_score: float = 0.0
    name_files: bool = False


def predict_text(
    tagger: Tagger, file: BinaryIO, path: str, output: Output, wrapped: bool = False
) -> Iterator[str]:
    """Tag a plain text file and yield what is to be written, block by block."""
    for pieces in _blocks(read_pieces(file, path, wrapped), lambda piece: len(piece.text) // 5 + 1):
        split = [split_sentences(piece.text) for piece in pieces]
        words = [
            [piece.text[start:end] for start, end in sentence.tokens]
            for piece, sentences in zip(pieces, split, strict=True)
            for sentence in sentences
        ]
        tagged = iter(_tag(tagger, words, output.min_score))
        for piece, sentences in zip(pieces, split, strict=True):
            done = [
                TaggedSentence(
                    piece.text[sentence.start : sentence.end],
                    piece.start + sentence.start,
                    [(start - sentence.start, end - sentence.start) for start, end in sentence.tokens],
                    *next(tagged),
                )
                for sentence in sentences
            ]
            yield _written_text(piece, done, output, path)


def predict_columns(
    tagger: Tagger, file: BinaryIO, path: str, output: Output, columns: Columns
) -> Iterator[str]:
    """Tag a column file and yield what is to be written.

    As conll, every line comes out as it went in, tokens with a tab and the predicted tag behind
    (behind a blank where blanks separate the columns). As text or jsonl, a sentence is its words
    joined by blanks, and its place is the number of its first line.
    """
    lines = lines_of(file, path, columns)
    for block in _blocks(_sentence_lines(lines, columns), len):
        words = [[_word(line, columns) for line in sentence if line.fields] for sentence in block]
        tagged = iter(_tag(tagger, [each for each in words if each], output.min_score))
        for sentence, its_words in zip(block, words, strict=True):
            if output.format == "conll":
                yield _written_lines(sentence, next(tagged).tags if its_words else [], columns)
            elif its_words:
                first = next(line.number for line in sentence if line.fields)
                done = _from_words(its_words, first, next(tagged))
                if output.format == "jsonl":
                    yield json_line(done, path if output.name_files else None)
                else:
                    yield marked_text(done, output.mark) + "\n"


def _written_text(piece: Piece, sentences: Sequence[TaggedSentence], output: Output, path: str) -> str:
    if output.format == "conll":
        return "".join(map(conll_lines, sentences))
    if output.format == "jsonl":
        return "".join(json_line(sentence, path if output.name_files else None) for sentence in sentences)
    parts, done = [], 0
    for sentence in sentences:
        start = sentence.start - piece.start
        parts += [piece.text[done:start], marked_text(sentence, output.mark)]
        done = start + len(sentence.text)
    return "".join([*parts, piece.text[done:]])


def _tag(tagger: Tagger, sentences: Sequence[Sequence[str]], min_score: float) -> list[Tagged]:
    tagged = tagger.tag(sentences)
    return [each.at_least(min_score) for each in tagged] if min_score else tagged


def _sentence_lines(lines: Iterable[Line], columns: Columns) -> Iterator[list[Line]]:
    """Lines up to and including the empty line (or other line that is no token) behind a sentence."""
    block: list[Line] = []
    for line in lines:
        block.append(line)
        is_comment = bool(columns.comment) and line.text.startswith(columns.comment)
        if line.fields is None and not is_comment:
            yield block
            block = []
    if block:
        yield block


def _written_lines(sentence: list[Line], tags: Sequence[str], columns: Columns) -> str:
    between = " " if columns.delimiter == "space" or "\t" not in sentence[0].text else "\t"
    if all("\t" not in line.text and " " not in line.text for line in sentence):
        between = "\t"
    following = iter(tags)
    return "".join(
        f"{line.text}{between}{next(following)}\n" if line.fields else f"{line.text}\n" for line in sentence
    )


def _word(line: Line, columns: Columns) -> str:
    assert line.fields is not None
    return line.fields[columns.word - 1 if columns.word > 0 else columns.word]


def _from_words(words: Sequence[str], first_line: int, tagged: Tagged) -> TaggedSentence:
    spans, start = [], 0
    for word in words:
        spans.append((start, start + len(word)))
        start += len(word) + 1
    return TaggedSentence(" ".join(words), first_line, spans, *tagged)


def _blocks(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Lists of consecutive items of together about _BLOCK."""
    block: list[T] = []
    total = 0
    for item in items:
        block.append(item)
        total += size(item)
        if total >= _BLOCK:
            yield block
            block, total = [], 0
    if block:
        yield block
