"""Column files: one token a line, an empty line between sentences (the CoNLL shared tasks)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from sys import intern
from typing import BinaryIO, NamedTuple

from wincls.corpus.column_checks import check_columns
from wincls.corpus.conllu import is_conllu, is_skipped_id, misc_value, tag_key_of
from wincls.corpus.documents import Corpus
from wincls.corpus.headers import is_header
from wincls.corpus.lines import lines_of_file
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import OUTSIDE
from wincls.corpus.tag_columns import Rows, decode_sentences
from wincls.errors import DataError
from wincls.files import Live, source

DELIMITERS = ("whitespace", "tab", "space")
DOCUMENT_START = "-DOCSTART-"

_SAMPLE = 5000  # rows by which columns are checked
# Comments of CoNLL-U and its relatives; those of the second kind begin a sentence.
_COMMENT = re.compile(r"#\s*(?:sent_id|text\w*|newdoc|newpar|global\.columns|id|source|orig\w*)\b[^\t]*")
_SENTENCE_COMMENT = re.compile(r"#\s*(?:sent_id|newdoc|newpar|id)\b")


@dataclass(frozen=True)
class Columns:
    """Which columns hold the words and the tags.

    word, tag: column numbers, 1 the first from the left, -1 the first from the right; tag 0 means
        that there are no tags.
    delimiter: "whitespace" (any run of spaces and tabs), "tab" or "space" (exactly one).
    comment: lines that start with one of these are skipped.
    encoding: any that Python knows.
    tag_key: of CoNLL-U, the key of the tags in the last column, as in name=B-PER; "" for none.
    word_prefix: is removed from the start of words.
    """

    word: int = 1
    tag: int = -1
    delimiter: str = "whitespace"
    comment: tuple[str, ...] = ()
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


# The options are those of the commands that take no configuration.
_SET_COLUMNS = (
    "set data.word_column, data.tag_column, data.delimiter or data.comment "
    "(--word-column, --tag-column, --delimiter, --comment)"
)


class Line(NamedTuple):
    """A line of a column file: its number, its text without the line end, and its fields.

    fields is None for a line that is no token: empty, a comment, a header or a document start. An empty
    line and a document start end a sentence, as does a comment that begins the next one.
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
    notes: Notes | None = None,
) -> Corpus:
    """Read an annotated file.

    scheme: the tags' scheme by name, or "auto" to find the one that fits every sentence.
    lenient: read tags that are illegal in the scheme as conlleval does, instead of refusing them.
    keep_labels: only entities with these labels.
    notes: get what was skipped, repaired or guessed.

    Raises DataError with file:line for anything that cannot be read as what it should be.
    """
    path = str(path)
    notes = Notes() if notes is None else notes
    sample: list[list[str]] = []
    with source(path) as file:
        lines = lines_of(file, path, columns, notes)
        columns, lines = _of_conllu(lines, columns, path, notes)
        rows = list(read_rows(_sampled(lines, sample), columns, path, notes))
    if not rows:
        raise DataError(f"{path}: no sentence found; write one token a line, empty lines between sentences")
    check_columns(path, sample, columns.word_index, columns.tag_index, columns.word_prefix, notes)
    return decode_sentences(path, rows, scheme, lenient, keep_labels, notes)._replace(notes=notes)


def lines_of(
    file: BinaryIO | Live, path: str, columns: Columns, notes: Notes | None = None
) -> Iterator[Line]:
    """The lines of a column file, decoded and cut into fields. CRLF and byte order marks are fine.

    Of a Live file, a pause is the line PAUSE.

    notes: get what was skipped or repaired; None to note nothing.

    Raises DataError for a byte that cannot be decoded, a NUL, a tag without a word or a word without a tag,
    a row that is too short, and if words and tags turn out to be in the same column.
    """
    notes = Notes() if notes is None else notes
    split = _splitter(columns.delimiter)
    word, tag = columns.word_index, columns.tag_index
    needed = max(abs(columns.word), abs(columns.tag), 2 if columns.tag else 1)
    width, begun = 0, False
    for number, decoded in lines_of_file(file, path, columns.encoding, notes):
        if not number:
            yield PAUSE
            continue
        text = decoded.rstrip("\n").rstrip("\r")
        if "\r" in text:
            raise DataError(
                f"{path}:{number}: a carriage return within the line; save the file with line ends LF or CRLF"
            )
        if not text.strip():
            yield Line(number, text, None)
            continue
        if text[0] == "#" or columns.comment:
            if _COMMENT.fullmatch(text):
                yield Line(number, text, None, is_comment=not (begun and _SENTENCE_COMMENT.match(text)))
                continue
            if columns.comment and text.startswith(columns.comment):
                yield Line(number, text, None, is_comment=True)
                continue
        fields = split(text)
        if fields[0] == DOCUMENT_START or (
            len(fields) > word >= -len(fields) and fields[word] == DOCUMENT_START
        ):
            begun = False
            yield Line(number, text, None)
            continue
        if not begun and columns.tag and len(fields) >= needed and is_header(fields, word, tag):
            notes.add("header row skipped", f"{path}:{number}")
            yield Line(number, text, None, is_comment=True)
            continue
        if len(fields) < needed:
            raise DataError(_ragged(path, number, len(fields), needed, columns))
        if len(fields) != width:
            if width and (columns.word < 0 or columns.tag < 0):
                notes.add("row with another number of columns than the first", f"{path}:{number}")
            if columns.tag and fields[word] is fields[tag] and abs(word - tag) == len(fields):
                raise DataError(_same_column(path, number, len(fields), columns))
            width = width or len(fields)
        if not fields[word].strip() or (columns.tag and not fields[tag]):
            if columns.tag and fields[word].strip():
                raise DataError(f"{path}:{number}: an empty tag; every word needs one, such as O")
            if columns.tag and fields[tag].strip() not in ("", OUTSIDE):
                raise DataError(f"{path}:{number}: tag {fields[tag]} has no word; every tag but O needs one")
            notes.add("row without a word skipped", f"{path}:{number}")
            yield Line(number, text, None, is_comment=True)
            continue
        begun = True
        yield Line(number, text, fields)


def read_rows(
    lines: Iterable[Line], columns: Columns, path: str = "", notes: Notes | None = None
) -> Iterator[Rows]:
    """Group lines into sentences; comments do not end a sentence."""
    notes = Notes() if notes is None else notes
    word, tag, key, prefix = columns.word_index, columns.tag_index, columns.tag_key, columns.word_prefix
    words: list[str] = []
    tags: list[str] = []
    numbers: list[int] = []
    glued: list[int] = []
    starts, begun = True, False
    without_entity: dict[int, list[str]] = {}

    def sentence() -> Rows:
        # Copies have no room to grow, as the lists have that are appended to.
        compact = range(numbers[0], numbers[-1] + 1)
        lines = compact if len(compact) == len(numbers) else numbers.copy()
        outside = tags.count(OUTSIDE) == len(tags)  # such tags are shared with others as long
        its_tags = without_entity.setdefault(len(tags), tags.copy()) if outside else tags.copy()
        return Rows(words.copy(), its_tags, lines, starts, tuple(glued))

    for line in lines:
        if line.fields is not None:
            if key:
                if is_skipped_id(line.fields[0]):
                    notes.add("multiword token or empty node skipped", f"{path}:{line.number}")
                    continue
                if misc_value(line.fields[-1], "SpaceAfter") == "No":
                    glued.append(len(words))
            text = line.fields[word]
            words.append(intern(text.removeprefix(prefix) or text if prefix else text))
            numbers.append(line.number)
            if columns.tag:
                found = misc_value(line.fields[-1], key) or OUTSIDE if key else line.fields[tag]
                tags.append(intern(found))
            continue
        new_document = DOCUMENT_START in line.text or line.text.startswith("# newdoc")
        if words and line.ends_sentence:
            yield sentence()
            for each in (words, tags, numbers, glued):
                each.clear()
            starts = False
        begun = begun or new_document
        if begun and not words:
            starts, begun = True, False
    if words:
        yield sentence()


def _of_conllu(
    lines: Iterator[Line], columns: Columns, path: str, notes: Notes
) -> tuple[Columns, Iterator[Line]]:
    """The columns of a CoNLL-U file, if it is one and the default columns were asked for."""
    head: list[Line] = []
    for line in lines:
        head.append(line)
        if sum(each.fields is not None for each in head) == 200:
            break

    def again() -> Iterator[Line]:
        yield from head
        yield from lines

    rows = [line.fields for line in head if line.fields is not None]
    if not columns.tag_key and (columns.word, columns.tag) != (1, -1):
        return columns, again()
    if not is_conllu(rows):
        if columns.tag_key:
            raise DataError(
                f"{path}: data.tag_key needs the ten columns of CoNLL-U, the last with KEY=VALUE pairs"
            )
        return columns, again()
    key = columns.tag_key or tag_key_of(rows)
    if not key:
        return columns, again()
    if not columns.tag_key:
        first = next(line.number for line in head if line.fields is not None)
        notes.add(f"CoNLL-U file whose tags are taken from {key}= in the last column", f"{path}:{first}")
    return replace(columns, word=2, tag=-1, tag_key=key), again()


def _sampled(lines: Iterable[Line], sample: list[list[str]]) -> Iterator[Line]:
    """The same lines; the fields of the first ones are kept."""
    for line in lines:
        if line.fields is not None and len(sample) < _SAMPLE:
            sample.append(line.fields)
        yield line


def _splitter(delimiter: str) -> Callable[[str], list[str]]:
    if delimiter == "tab":
        return lambda text: text.split("\t")
    if delimiter == "space":
        return lambda text: text.split(" ")
    return re.compile(r"[^ \t]+").findall


def _index(column: int) -> int:
    return column - 1 if column > 0 else column


def _ragged(path: str, number: int, found: int, needed: int, columns: Columns) -> str:
    what = f"{path}:{number}: {found} column{'s' * (found != 1)} (delimiter: {columns.delimiter})"
    allowed = f"at least {needed} are needed for word column {columns.word}"
    allowed += f" and tag column {columns.tag}" if columns.tag else ""
    return f"{what}; {allowed}; fix the row, or {_SET_COLUMNS}"


def _same_column(path: str, number: int, width: int, columns: Columns) -> str:
    return (
        f"{path}:{number}: word column {columns.word} and tag column {columns.tag} are the same of {width} "
        f"columns (delimiter: {columns.delimiter}); {_SET_COLUMNS}"
    )
