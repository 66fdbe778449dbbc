"""PubTator: the title and the abstract of an article, then its spans, one a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.lines import decoded_lines
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.spans import AnnotatedText, Span, read_spans
from wincls.errors import DataError
from wincls.visible import shorten

_PASSAGE = re.compile(r"([^|\t]+)\|([ta])\|(.*)")
_NUMBER = re.compile(r"[0-9]{1,15}")
_RELATION = re.compile(r"[^\W\d][^\W\d][\w -]*")  # CID, Positive_Correlation
_ROW = "a row is an ID, start, end, mention, type and perhaps an identifier, separated by tabs"
_NEEDED, _KNOWN = 5, 6  # columns of a row


class _Article(NamedTuple):
    """A document while its lines are read.

    name: its ID, with which its lines start.
    passages: the line number and the text of the title and, if there is one, of the abstract.
    spans: their offsets count the characters of the passages and of one separator.
    """

    name: str
    passages: list[tuple[int, str]]
    spans: list[Span]


def looks_like_pubtator(text: str) -> bool:
    """Whether a text starts with a title or an abstract, and the line after it, if any, is PubTator's too."""
    lines = [line for line in text.split("\n") if line.strip()][:2]
    first, *following = (_PASSAGE.match(line) for line in lines) if lines else [None]
    if first is None:
        return False
    return not following or following[0] is not None or lines[1].startswith(f"{first[1]}\t")


def read_pubtator(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read articles, each of which starts a document; title and abstract are different sentences.

    Relations and the columns after the identifier are skipped and noted. Of several types ("T038,T039"), the
    first one is read, which is noted too.

    Raises DataError with file:line for a line that is not PubTator's, and for a line before the title of its
    article.
    """
    sentences: list[Sentence] = []
    for article in _articles(path, reading.columns.encoding, notes):
        numbers = [number for number, _ in article.passages]
        text = "\n".join(text for _, text in article.passages)  # the line break ends a sentence
        adjacent = numbers[-1] - numbers[0] < len(numbers)
        annotated = AnnotatedText(text, article.spans, numbers[0], counts_lines=adjacent)
        sentences += read_spans(annotated, notes, reading.keep_labels)
    return Corpus(path, sentences, SCHEMES["BIO"])


def _articles(path: str, encoding: str, notes: Notes) -> Iterator[_Article]:
    article: _Article | None = None
    for number, line in decoded_lines(path, encoding):
        line, place = line.rstrip("\r\n"), f"{path}:{number}"
        if not line.strip():
            continue
        passage = _PASSAGE.fullmatch(line)
        fields = line.split("\t")
        if passage is None and len(fields) == 1:
            raise DataError(
                f"{place}: '{shorten(line)}' is not a line of PubTator; lines are ID|t|title, ID|a|abstract, "
                f"rows, and empty ones between articles; {_ROW}"
            )
        name = fields[0] if passage is None else passage[1]
        if passage is not None and passage[2] == "t":
            if article is not None:
                yield article
            article = _Article(name, [(number, passage[3])], [])
            continue
        if article is None or article.name != name:
            there = "there is none" if article is None else f"the last one is of {shorten(article.name)}"
            raise DataError(
                f"{place}: a line of {shorten(name)} before its title ({there}); write the line "
                f"{shorten(name)}|t|title first, and all lines of an article one after the other"
            )
        if passage is None:
            article.spans.extend(_spans(fields, place, notes))
        elif len(article.passages) > 1:
            raise DataError(f"{place}: a second abstract of {shorten(name)}; an article has one")
        else:
            article.passages.append((number, passage[3]))
    if article is not None:
        yield article


def _spans(fields: list[str], place: str, notes: Notes) -> Iterator[Span]:
    """The span of a row; none if it is a relation."""
    if _RELATION.fullmatch(fields[1]):
        notes.add("relation skipped", place)
        return
    if len(fields) < _NEEDED or not all(map(_NUMBER.fullmatch, fields[1:3])) or not fields[4].strip(", "):
        row = shorten(" ".join(fields))
        raise DataError(f"{place}: '{row}' is no span; {_ROW}; start and end are integers")
    if any(fields[_KNOWN:]):
        notes.add("row with more than six columns, the first six read", place)
    label, *more = filter(None, (part.strip() for part in fields[4].split(",")))
    if more:
        notes.add("span with several types, the first one read", place)
    yield Span(int(fields[1]), int(fields[2]), label, place, fields[3])
