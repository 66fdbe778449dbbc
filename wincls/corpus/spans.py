"""From character spans in a text to sentences with entities.

The text is cut as plain text is when it is tagged, but ideographs, Hangul and letters of scripts without
spaces one by one. A span becomes an entity of the tokens that it covers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from sys import intern
from typing import NamedTuple

from wincls.corpus.documents import Sentence
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import Entity
from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import cut_pieces
from wincls.corpus.tokenizer import DEFAULT
from wincls.errors import DataError
from wincls.visible import shorten, visible

_TOKENIZER = replace(DEFAULT, single_ideographs=True)  # spans end within runs of such letters
_AROUND = 15  # characters shown before and after a span


class Span(NamedTuple):
    """An annotated stretch of a text.

    start, end: offsets of its first character, and of the one after its last.
    label: its entity type.
    place: file:line where it is annotated.
    text: its characters, if the file has them; white space may differ.
    """

    start: int
    end: int
    label: str
    place: str
    text: str | None = None


class AnnotatedText(NamedTuple):
    """A text with spans.

    text: its characters.
    spans: in any order.
    line: the file's line number of its first character.
    counts_lines: whether a line of the text is a line of the file.
    is_sentence: whether it is one sentence, and not to be split.
    """

    text: str
    spans: Sequence[Span]
    line: int
    counts_lines: bool = False
    is_sentence: bool = False


class _Tokens(NamedTuple):
    """The tokens of a text: their words, character offsets, and which of them start a sentence."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    firsts: list[int]


def read_spans(
    annotated: AnnotatedText, notes: Notes, keep_labels: Collection[str] | None = None
) -> list[Sentence]:
    """The sentences of a text; the first one starts a document.

    A span that misses a token's end by punctuation or white space is moved to it, and one that cuts a
    word is left out. Sentences that a span crosses are joined. All of that is noted.

    Raises DataError for a span that is empty or out of range, for spans that overlap, and for a type with a
    control character.
    """
    text = annotated.text
    for each in annotated.spans:
        if visible(each.label) != each.label:
            label = shorten(visible(each.label))
            raise DataError(f"{each.place}: the type '{label}' has a control character; remove it")
    spans = [_trimmed(span, text, notes) for span in in_characters(annotated, notes)]
    kept = {span[:3]: span for span in spans if span.start < span.end}
    if times := sum(span.start < span.end for span in spans) - len(kept):
        notes.add("repeated span skipped", annotated.spans[0].place, times)
    chosen = sorted(span for span in kept.values() if keep_labels is None or span.label in keep_labels)
    for one, other in pairwise(chosen):
        if one.end > other.start:
            raise DataError(
                f"{other.place}: {_named(one, text)} and {_named(other, text)} overlap, but a token has one "
                "type; delete one of them, or list the types to use in data.types"
            )
    tokens = _tokenized(text)
    found: list[tuple[Entity, Span]] = []
    for span in chosen:
        entity = _entity(span, text, tokens, notes)
        if entity and found and found[-1][0].end > entity.start:
            notes.add("span in the same token as the one before left out", _shown(span, text))
        elif entity:
            found.append((entity, span))
    return list(_sentences(annotated, tokens, found, notes))


def cut_text(text: str) -> Iterator[tuple[int, list[str]]]:
    """The sentences of a text: the offset of the first character, and the parts (see TextSentence)."""
    mark = text.startswith("\ufeff")  # a byte order mark is no part of the first token
    for piece in cut_pieces([text[mark:]]):
        for sentence in split_sentences(piece.text, _TOKENIZER):
            yield mark + piece.start + sentence.start, sentence.parts


def _tokenized(text: str) -> _Tokens:
    tokens = _Tokens([], [], [], [])
    for start, parts in cut_text(text):
        tokens.firsts.append(len(tokens.words))
        bounds = list(accumulate(map(len, parts), initial=start))
        tokens.words.extend(map(intern, parts[::2]))
        tokens.starts.extend(bounds[:-1:2])
        tokens.ends.extend(bounds[1::2])
    return tokens


def _entity(span: Span, text: str, tokens: _Tokens, notes: Notes) -> Entity | None:
    """The tokens that a span covers; None if it cuts a word."""
    first, last = bisect_right(tokens.ends, span.start), bisect_left(tokens.starts, span.end) - 1
    if first > last:
        notes.add("span of invisible characters left out", _shown(span, text))
        return None
    begin, end = tokens.starts[first], tokens.ends[last]
    if begin == span.start and end == span.end:
        return Entity(first, last + 1, span.label)
    # The parts of the first and the last token that are in the span and that are not.
    ends = (
        (text[span.start : min(span.end, tokens.ends[first])], text[begin : span.start]),
        (text[max(span.start, tokens.starts[last]) : span.end], text[span.end : end]),
    )
    only_signs = [bool(outside) and not _has_word(inside) for inside, outside in ends]
    if any(
        _has_word(outside) and not signs for (_, outside), signs in zip(ends, only_signs, strict=True)
    ) or (sum(only_signs) > last - first):
        notes.add("span that cuts a word left out", _shown(span, text))
        return None
    first, last = first + only_signs[0], last - only_signs[1]
    notes.add("span moved to the end of a token", _shown(span, text))
    return Entity(first, last + 1, span.label)


def _sentences(
    annotated: AnnotatedText, tokens: _Tokens, found: Sequence[tuple[Entity, Span]], notes: Notes
) -> Iterator[Sentence]:
    if not tokens.words:
        return
    firsts = tokens.firsts[:1] if annotated.is_sentence else tokens.firsts
    crossed: set[int] = set()
    for entity, span in found:
        inside = firsts[bisect_right(firsts, entity.start) : bisect_left(firsts, entity.end)]
        if inside:
            notes.add("sentence end inside a span ignored", _shown(span, annotated.text), len(inside))
            crossed.update(inside)
    lines = _line_numbers(annotated, tokens)
    rest = iter(entity for entity, _ in found)
    following = next(rest, None)
    starts = [each for each in firsts if each not in crossed]
    for begin, end in pairwise([*starts, len(tokens.words)]):
        own = []
        while following and following.start < end:
            own.append(Entity(following.start - begin, following.end - begin, following.label))
            following = next(rest, None)
        yield Sentence(tokens.words[begin:end], tuple(own), lines[begin:end], not begin)


def _line_numbers(annotated: AnnotatedText, tokens: _Tokens) -> list[int]:
    if not annotated.counts_lines:
        return [annotated.line] * len(tokens.words)
    ends = [i for i, each in enumerate(annotated.text) if each == "\n"]
    return [annotated.line + bisect_left(ends, start) for start in tokens.starts]


def _trimmed(span: Span, text: str, notes: Notes) -> Span:
    """The span without white space at its ends; an empty one if it is nothing else."""
    inside = text[span.start : span.end]
    if not inside[0].isspace() and not inside[-1].isspace():
        return span
    start = span.start + len(inside) - len(inside.lstrip())
    left_out = "white space at the end of a span" if inside.strip() else "span of white space"
    notes.add(f"{left_out} left out", _shown(span, text))
    return span._replace(start=start, end=start + len(inside.strip()))


def in_characters(annotated: AnnotatedText, notes: Notes) -> list[Span]:
    """The spans with offsets that count characters; those whose own text is elsewhere are left out.

    Some tools count the code units of UTF-16 (all that run in JavaScript) or the bytes of UTF-8. That
    is recognized by the texts of the spans.
    """
    text = annotated.text
    if all(fits(span, text) for span in annotated.spans):
        for span in annotated.spans:
            _check_range(span, text)
        return list(annotated.spans)
    for unit, encoding, size in (("UTF-16 code units", "utf-16-le", 2), ("UTF-8 bytes", "utf-8", 1)):
        sizes = (len(each.encode(encoding)) // size for each in text)
        index = {offset: i for i, offset in enumerate(accumulate(sizes, initial=0))}
        if not all(span.start in index and span.end in index for span in annotated.spans):
            continue
        counted = [span._replace(start=index[span.start], end=index[span.end]) for span in annotated.spans]
        if all(fits(span, text) for span in counted):
            for span in counted:
                _check_range(span, text)
            notes.add(f"text whose offsets count {unit}", annotated.spans[0].place)
            return counted
    for span in annotated.spans:
        _check_range(span, text)
        if not fits(span, text):
            notes.add("span whose text is not at its offsets left out", _shown(span, text))
    return [span for span in annotated.spans if fits(span, text)]


def fits(span: Span, text: str) -> bool:
    """Whether a span's own text, if it has one, is at its offsets."""
    return span.text is None or (
        0 <= span.start <= span.end and span.text.split() == text[span.start : span.end].split()
    )


def _check_range(span: Span, text: str) -> None:
    if 0 <= span.start < span.end <= len(text):
        return
    bounds = shorten(f"{span.start} to {span.end}")
    what = f"{span.place}: span {bounds} ({shorten(span.label)})"
    if span.start == span.end:
        raise DataError(f"{what} is empty; the end is the offset of the character after the last")
    if span.end < span.start:
        raise DataError(f"{what} ends before it starts; exchange start and end")
    raise DataError(
        f"{what} is not in the text, which has {len(text):,} characters; offsets count characters from 0"
    )


def _has_word(text: str) -> bool:
    return any(each.isalnum() for each in text)


def _named(span: Span, text: str) -> str:
    return f"'{shorten(text[span.start : span.end])}' ({shorten(span.label)}, {span.start} to {span.end})"


def _shown(span: Span, text: str) -> str:
    """The place of a span, and the text around it."""
    before, after = text[max(0, span.start - _AROUND) : span.start], text[span.end : span.end + _AROUND]
    inside = shorten(text[span.start : span.end])
    around = " ".join(f"{before}[{inside}]{after}".split())
    return f"{span.place}, {shorten(span.label)} at character {span.start}: {around}"
