"""Column files: one token a line, an empty line between sentences (the CoNLL shared tasks)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from sys import intern
from typing import BinaryIO

from wincls.corpus import comments
from wincls.corpus.column_checks import check_words, note_layers, note_word_prefix, tag_layers
from wincls.corpus.decoding import decoded_lines
from wincls.corpus.documents import Corpus
from wincls.corpus.notes import Notes
from wincls.corpus.row_reader import DOCUMENT_START, RowReader
from wincls.corpus.row_reader import Line as Line
from wincls.corpus.schemes import OUTSIDE
from wincls.corpus.tag_columns import Rows, decode_sentences
from wincls.errors import DataError
from wincls.files import Live, source
from wincls.progress import following

DELIMITERS = ("whitespace", "tab", "space")
PAUSE = Line(0, "", None, is_comment=True)
"""A pause of a Live file."""

_LOOKED_AT = 2000  # lines from which it is told which column holds what


@dataclass(frozen=True)
class Columns:
    """Which columns hold the words and the tags.

    word, tag: column numbers, 1 the first from the left, -1 the first from the right; tag 0 means
        that there are no tags.
    delimiter: "whitespace" (any run of spaces and tabs), "tab" or "space" (exactly one).
    comment: lines that start so, or with one of these, are skipped; "" for none.
    encoding: any text encoding that Python knows.
    tag_key: the tag is the value of this key in its column ("SpaceAfter=No|name=B-PER"); "" if the
        column holds the tag itself.
    word_prefix: removed from the start of every word ("nl:").
    """

    word: int = 1
    tag: int = -1
    delimiter: str = "whitespace"
    comment: str | tuple[str, ...] = ""
    encoding: str = "utf-8"
    tag_key: str = ""
    word_prefix: str = ""

    @property
    def word_index(self) -> int:
        """The word's index among a row's fields, counted as Python does."""
        return _index(self.word)

    @property
    def tag_index(self) -> int:
        """The tag's index among a row's fields, counted as Python does."""
        return _index(self.tag)

    @property
    def comments(self) -> tuple[str, ...]:
        """The signs of comments."""
        signs = (self.comment,) if isinstance(self.comment, str) else self.comment
        return tuple(sign for sign in signs if sign)


def read_corpus(
    path: str | Path,
    columns: Columns = Columns(),
    scheme: str = "auto",
    lenient: bool = True,
    keep_labels: Iterable[str] | None = None,
    notes: Notes | None = None,
    tag_names: Sequence[str] | None = None,
) -> Corpus:
    """Read an annotated file.

    scheme: the tags' scheme by name, or "auto" to find the one that fits every sentence.
    lenient: read tags that are illegal in the scheme as conlleval does, instead of refusing them.
    keep_labels: only entities with these labels.
    notes: what is skipped, repaired or guessed is added here; the corpus has them too.
    tag_names: the tags that numbers stand for; None if tags are no numbers.

    Raises DataError with file:line for anything that cannot be read as what it should be and, if notes
    are strict, for anything that is noted.
    """
    path = str(path)
    own = Notes() if notes is None else notes
    with source(path) as file:
        lines = lines_of(file, path, columns, own)
        head = list(islice(lines, _LOOKED_AT))
        check_words(path, head, columns, own)
        layers = tag_layers(head, columns)
        read = read_rows(chain(head, lines), columns, path, own, layers)
        rows = list(following(read, file, f"reading {path}"))
    if not rows:
        raise DataError(f"{path}: no sentence found; write one token a line, empty lines between sentences")
    note_word_prefix(path, rows, own)
    corpus = decode_sentences(path, rows, scheme, lenient, keep_labels, own, tag_names)
    note_layers(path, rows, layers, columns, corpus, own)
    return corpus._replace(notes=own)


def lines_of(
    file: BinaryIO | Live, path: str, columns: Columns, notes: Notes | None = None
) -> Iterator[Line]:
    """The lines of a column file, decoded and cut into fields.

    Of a Live file, a pause is the line PAUSE.

    Raises DataError for a byte that cannot be decoded, a NUL, a row that lacks one of the columns, an
    empty word with a tag other than O, and if words and tags turn out to be in the same column.
    """
    reader = RowReader(path, columns, Notes() if notes is None else notes)
    word, tag, signs = (
        columns.word_index,
        columns.tag_index if columns.tag else columns.word_index,
        columns.comments,
    )
    number = rows = 0
    for block in decoded_lines(file, path, columns.encoding, reader.notes):
        if block is None:
            yield PAUSE
            continue
        reader.start_block(block, number)
        split, width, header = reader.split, reader.width, reader.header
        for number, text in enumerate(block, start=number + 1):  # noqa: B020 (the count goes on)
            if not text or text.isspace():
                yield Line(number, text, None)
                continue
            if text[0] == "#" or (signs and text.startswith(signs)):
                comment = reader.comment(number, text)
                if comment is not None:
                    yield comment
                    continue
            fields = split(text)
            if len(fields) != width or fields[0] == DOCUMENT_START or fields[word] == DOCUMENT_START:
                yield reader.row(number, text)
                width, header = reader.width, reader.header
                continue
            if header and text == header:
                yield reader.row(number, text)
                continue
            rows += 1
            if not fields[word] or not fields[tag] or fields[word].isspace():
                yield reader.incomplete(number, text, fields)
            else:
                yield Line(number, text, fields)
    reader.finish(rows)


def read_rows(
    lines: Iterable[Line],
    columns: Columns,
    path: str = "",
    notes: Notes | None = None,
    layers: Sequence[int] = (),
) -> Iterator[Rows]:
    """Group lines into sentences; comments do not end a sentence, unless they stand before one.

    layers: indices of other columns of tags, which are kept too.
    """
    word, tag = columns.word_index, columns.tag_index
    words: list[str] = []
    tags: list[str] = []
    numbers: list[int] = []
    no_space: list[int] = []
    others: list[list[str]] = [[] for _ in layers]
    starts, begun = True, False
    without_entity: dict[int, list[str]] = {}

    def sentence() -> Rows:
        # Copies have no room to grow, as the lists have that are appended to.
        compact = range(numbers[0], numbers[-1] + 1)
        lines = compact if len(compact) == len(numbers) else numbers.copy()
        outside = tags.count(OUTSIDE) == len(tags)  # such tags are shared with others as long
        its_tags = without_entity.setdefault(len(tags), tags.copy()) if outside else tags.copy()
        layers_of = tuple(each.copy() for each in others)
        return Rows(words.copy(), its_tags, lines, starts, tuple(no_space), layers_of)

    for line in lines:
        fields = line.fields
        if fields is not None:
            if line.no_space:
                no_space.append(len(words))
            words.append(intern(fields[word]))  # a repeated word costs a pointer
            numbers.append(line.number)
            if columns.tag:
                tags.append(intern(fields[tag]))
            for index, layer in zip(layers, others, strict=True) if layers else ():
                layer.append(intern(fields[index]) if index < len(fields) else OUTSIDE)
            continue
        new_document = DOCUMENT_START in line.text or comments.starts_document(line.text)
        if words and line.ends_sentence:
            if notes is not None and not new_document and line.text and not line.text.isspace():
                notes.add("sentence without an empty line after it", f"{path}:{line.number}")
            yield sentence()
            numbers.clear()
            no_space.clear()
            for each in (words, tags, *others):
                each.clear()
            starts = False
        begun = begun or new_document
        if begun and not words:
            starts, begun = True, False
    if words:
        yield sentence()


def _index(column: int) -> int:
    return column - 1 if column > 0 else column
