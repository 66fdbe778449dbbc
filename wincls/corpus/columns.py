"""Column files: one token a line, an empty line between sentences (the CoNLL shared tasks)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import BinaryIO, NamedTuple

from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import OUTSIDE
from wincls.corpus.tag_columns import Rows, decode_sentences
from wincls.errors import DataError
from wincls.files import Live, source

DELIMITERS = ("whitespace", "tab", "space")
ENCODINGS = ("utf-8", "latin-1", "cp1252")
DOCUMENT_START = "-DOCSTART-"


@dataclass(frozen=True)
class Columns:
    """Which columns hold the words and the tags.

    word, tag: column numbers, 1 the first from the left, -1 the first from the right; tag 0 means
        that there are no tags.
    delimiter: "whitespace" (any run of spaces and tabs), "tab" or "space" (exactly one).
    comment: lines that start so are skipped; "" for none.
    encoding: one of ENCODINGS.
    """

    word: int = 1
    tag: int = -1
    delimiter: str = "whitespace"
    comment: str = ""
    encoding: str = "utf-8"

    @property
    def word_index(self) -> int:
        """The word's index among a row's fields, counted as Python does."""
        return _index(self.word)

    @property
    def tag_index(self) -> int:
        """The tag's index among a row's fields, counted as Python does."""
        return _index(self.tag)


# The options are those of the commands that take no configuration.
_SET_COLUMNS = (
    "set data.word_column, data.tag_column, data.delimiter or data.comment "
    "(--word-column, --tag-column, --delimiter, --comment)"
)


class Line(NamedTuple):
    """A line of a column file: its number, its text without the line end, and its fields.

    fields is None for a line that is no token: empty, a comment, or a document start. All of these
    end a sentence, except comments.
    """

    number: int
    text: str
    fields: list[str] | None
    is_comment: bool = False

    @property
    def ends_sentence(self) -> bool:
        return self.fields is None and not self.is_comment


PAUSE = Line(0, "", None, is_comment=True)


def read_corpus(
    path: str | Path,
    columns: Columns = Columns(),
    scheme: str = "auto",
    lenient: bool = False,
    keep_labels: Iterable[str] | None = None,
) -> Corpus:
    """Read an annotated file.

    scheme: the tags' scheme by name, or "auto" to find the one that fits every sentence.
    lenient: read tags that are illegal in the scheme as conlleval does, instead of refusing them.
    keep_labels: only entities with these labels.

    Raises DataError with file:line for anything that cannot be read as what it should be.
    """
    path = str(path)
    with source(path) as file:
        rows = list(read_rows(lines_of(file, path, columns), columns))
    if not rows:
        raise DataError(f"{path}: no sentence found; write one token a line, empty lines between sentences")
    return decode_sentences(path, rows, scheme, lenient, keep_labels)


def lines_of(file: BinaryIO | Live, path: str, columns: Columns) -> Iterator[Line]:
    """The lines of a column file, decoded and cut into fields. CRLF and a byte order mark are fine.

    Of a Live file, a pause is the line PAUSE.

    Raises DataError for a byte that cannot be decoded, a NUL, an empty word or tag, a row that is too
    short or, where a column is counted from the right, of another width than the first, and if words
    and tags turn out to be in the same column.
    """
    split = _splitter(columns.delimiter)
    needed = max(abs(columns.word), abs(columns.tag), 2 if columns.tag else 1)
    equal_widths = columns.word < 0 or columns.tag < 0
    width = 0
    number = 0
    for raw in file:
        if raw is None:
            yield PAUSE
            continue
        number += 1
        text = _decoded(raw, number, path, columns.encoding)
        if not text.strip() or (columns.comment and text.startswith(columns.comment)):
            yield Line(number, text, None, is_comment=bool(text.strip()))
            continue
        fields = split(text)
        if fields[0] == DOCUMENT_START:
            yield Line(number, text, None)
            continue
        if len(fields) < needed or (equal_widths and width and len(fields) != width):
            raise DataError(_ragged(path, number, len(fields), needed, width, columns))
        if not width:
            width = len(fields)
            if columns.tag and abs(columns.word_index - columns.tag_index) == width:
                raise DataError(_same_column(path, number, width, columns))
        if not fields[columns.word_index].strip() or (columns.tag and not fields[columns.tag_index]):
            raise DataError(f"{path}:{number}: an empty word or tag; every row needs both")
        yield Line(number, text, fields)


def read_rows(lines: Iterable[Line], columns: Columns) -> Iterator[Rows]:
    """Group lines into sentences; comments do not end a sentence."""
    word, tag = columns.word_index, columns.tag_index
    words: list[str] = []
    tags: list[str] = []
    numbers: list[int] = []
    starts, begun = True, False
    without_entity: dict[int, list[str]] = {}

    def sentence() -> Rows:
        # Copies have no room to grow, as the lists have that are appended to.
        compact = range(numbers[0], numbers[-1] + 1)
        lines = compact if len(compact) == len(numbers) else numbers.copy()
        outside = tags.count(OUTSIDE) == len(tags)  # such tags are shared with others as long
        its_tags = without_entity.setdefault(len(tags), tags.copy()) if outside else tags.copy()
        return Rows(words.copy(), its_tags, lines, starts)

    for line in lines:
        if line.fields is not None:
            words.append(intern(line.fields[word]))  # a repeated word costs a pointer
            numbers.append(line.number)
            if columns.tag:
                tags.append(intern(line.fields[tag]))
            continue
        new_document = DOCUMENT_START in line.text or line.text.startswith("# newdoc")
        if words and line.ends_sentence:
            yield sentence()
            for each in (words, tags, numbers):
                each.clear()
            starts = False
        begun = begun or new_document
        if begun and not words:
            starts, begun = True, False
    if words:
        yield sentence()


def _decoded(raw: bytes, number: int, path: str, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}:{number}: byte {error.start + 1} of the line is 0x{raw[error.start]:02x}, "
            f"which is not {encoding}; save the file as {encoding}, "
            "or set data.encoding (--encoding) to what it is"
        ) from None
    if "\0" in text:
        raise DataError(f"{path}:{number}: a NUL character found; the file is not text, or is damaged")
    if "\r" in text.rstrip("\r\n"):
        raise DataError(
            f"{path}:{number}: a carriage return within the line; save the file with line ends LF or CRLF"
        )
    if number == 1:
        text = text.removeprefix("\ufeff")
    return text.rstrip("\n").rstrip("\r")


def _splitter(delimiter: str) -> Callable[[str], list[str]]:
    if delimiter == "tab":
        return lambda text: text.split("\t")
    if delimiter == "space":
        return lambda text: text.split(" ")
    return re.compile(r"[^ \t]+").findall


def _index(column: int) -> int:
    return column - 1 if column > 0 else column


def _ragged(path: str, number: int, found: int, needed: int, width: int, columns: Columns) -> str:
    what = f"{path}:{number}: {found} column{'s' * (found != 1)} (delimiter: {columns.delimiter})"
    if found < needed:
        allowed = f"at least {needed} are needed for word column {columns.word}"
        allowed += f" and tag column {columns.tag}" if columns.tag else ""
    else:
        allowed = f"the rows before have {width}, and columns are counted from the right"
    return f"{what}; {allowed}; fix the row, or {_SET_COLUMNS}"


def _same_column(path: str, number: int, width: int, columns: Columns) -> str:
    return (
        f"{path}:{number}: word column {columns.word} and tag column {columns.tag} are the same of {width} "
        f"columns (delimiter: {columns.delimiter}); {_SET_COLUMNS}"
    )
