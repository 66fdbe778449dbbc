"""CSV files: a word a row, or a sentence a row with its words and tags in one cell each.

The columns are named in a header. Rows of sentences between tabs need none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wincls.corpus.documents import Corpus
from wincls.corpus.lines import decoded_lines
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Headers, Reading, clean_row
from wincls.corpus.schemes import OUTSIDE
from wincls.corpus.tag_columns import Rows
from wincls.errors import DataError, nearest
from wincls.visible import shorten

DELIMITERS = (",", ";", "\t", "|")

# Headers as _normal() writes them, the best first.
_WORDS = ("word", "words", "token", "tokens", "text", "form", "sentence", "sentence text")
_TAGS = ("tag", "tags", "ner tag", "ner tags", "iob", "iob tag", "bio", "ner", "entity", "label", "labels")
_SENTENCES = (
    *("sentence #", "sentence id", "sent id", "sentence idx", "sent idx", "sentence number", "sentence no"),
    *("sentence", "sent"),
)
_TAG = re.compile(r"O|[BIESLUM]-\S+")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")  # as Python writes it
_DOCUMENTS = (
    "document",
    "document id",
    "document #",
    "doc",
    "doc id",
    "doc #",
    "file",
    "filename",
    "file name",
)


class Layout(NamedTuple):
    """How a csv file is cut: its delimiter and the indexes of its columns; None for a missing one.

    width: the number of columns.
    has_header: whether the first row names the columns.
    """

    delimiter: str
    word: int
    tag: int
    sentence: int | None
    document: int | None
    width: int
    has_header: bool = True


class _Unquoted(csv.excel):
    quoting = csv.QUOTE_NONE


class _Row(NamedTuple):
    """The cells of a row, and the line where it starts; no cells for an empty row."""

    line: int
    cells: Sequence[str]


def read_csv(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a csv file whose header names the columns, or whose rows are sentences.

    A sentence ends before a row whose sentence cell is another and not empty, and at empty rows. Where
    the words of whole sentences are in one cell, so are their tags, separated by spaces.

    Raises DataError with file:line for anything that cannot be read as what it should be.
    """
    lines = [line for _, line in decoded_lines(path, reading.columns.encoding)]
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    layout = find_layout(lines[start] if lines else "", reading.headers)
    if layout is None:
        raise DataError(_no_header(path, lines[start] if lines else "", reading.headers))
    start += layout.has_header
    rows = _parsed(path, lines[start:], start, layout, notes)
    if row := next(
        (row for row in rows if row.cells and row.cells[layout.tag].startswith(("[{", "[["))), None
    ):
        raise DataError(f"{path}:{row.line}: a cell of tags holds spans in JSON; export the file as JSON")
    if any(_is_list(row, layout) for row in rows):
        sentences = list(_whole_sentences(path, rows, layout, notes))
    else:
        sentences = list(_grouped(path, rows, layout, notes))
    if not sentences:
        raise DataError(f"{path}: no row after the header has a word")
    return reading.decode(path, sentences, notes)


def find_layout(first: str, names: Headers = Headers()) -> Layout | None:
    """The columns of a file by its first line, which names them or is a sentence; None for another line.

    Of the delimiters, it is the one that finds most columns.
    """
    found = [layout for delimiter in DELIMITERS if (layout := _layout(first, delimiter, names))]
    if not found and names == Headers():
        return _sentence_layout(first)
    return max(found, key=lambda each: each.width, default=None)


def _sentence_layout(first: str) -> Layout | None:
    """The columns of a row with the words and the tags of a sentence between tabs; None for another row."""
    cells = [cell.split() for cell in first.split("\t")]
    of_tags = [len(cell) > 1 and all(map(_TAG.fullmatch, cell)) for cell in cells]
    if of_tags.count(True) != 1:
        return None
    tag = of_tags.index(True)
    word = [i for i, cell in enumerate(cells) if i != tag and len(cell) == len(cells[tag])]
    return Layout("\t", word[0], tag, None, None, len(cells), has_header=False) if len(word) == 1 else None


def _layout(header: str, delimiter: str, names: Headers) -> Layout | None:
    cells = _cells(header, delimiter)
    headers = [_normal(each) for each in cells]
    taken: set[int] = set()

    def index(name: str | None, known: Sequence[str]) -> int | None:
        if name is not None:
            known = [_normal(name)]
        at = next((headers.index(each) for each in known if each in headers), None)
        if at is None or at in taken:
            return None
        taken.add(at)
        return at

    words: Sequence[str] = _WORDS
    numbered = any(each in headers for each in _SENTENCES if each not in _WORDS)
    if not numbered and any(each in headers for each in _WORDS[:-2]):
        words = _WORDS[:-2]  # a column named Sentence then holds the numbers
    word, tag = index(names.word, words), index(names.tag, _TAGS)
    if word is None or tag is None:
        return None
    sentence, document = index(names.sentence, _SENTENCES), index(names.document, _DOCUMENTS)
    if (names.sentence and sentence is None) or (names.document and document is None):
        return None
    return Layout(delimiter, word, tag, sentence, document, len(cells))


def _cells(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []


def _normal(header: str) -> str:
    return re.sub(r"[\s_.:-]+", " ", header.strip().lower()).strip()


def _parsed(path: str, lines: list[str], before: int, layout: Layout, notes: Notes) -> list[_Row]:
    """The rows; before: how many lines come before the first.

    Raises DataError for what is no csv, and for rows that are too long.
    """
    bare = _has_bare_quotes(lines, layout)
    if bare:
        notes.add("file with quotes that do not enclose cells", f"{path}:1")
    dialect = _Unquoted if bare else csv.excel
    reader = csv.reader(lines, dialect, delimiter=layout.delimiter, strict=True)
    rows = []
    line = before + 1
    try:
        for cells in reader:
            if len(cells) > layout.width and any(cells[layout.width :]):
                raise DataError(
                    f"{path}:{line}: {len(cells)} cells, but the header has {layout.width}; put cells that "
                    "contain the delimiter in double quotes"
                )
            filled = any(each.strip() for each in cells)
            rows.append(_Row(line, [*cells, *[""] * (layout.width - len(cells))] if filled else []))
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path}:{line}: not valid csv ({error}); a cell with quotes is enclosed in double quotes, and "
            "those in it are doubled"
        ) from None
    return rows


def _has_bare_quotes(lines: list[str], layout: Layout) -> bool:
    """Whether quotes are plain characters: no cell spans delimiters, and one has a quote on one side only."""
    bare = False
    for line in lines:
        if '"' not in line:
            continue
        cells = line.rstrip("\r\n").split(layout.delimiter)
        if len(cells) != layout.width:
            return False
        bare = bare or any(each == '"' or each.startswith('"') != each.endswith('"') for each in cells)
    return bare


def _grouped(path: str, rows: Sequence[_Row], layout: Layout, notes: Notes) -> Iterator[Rows]:
    """Sentences of a file with a word a row."""
    words: list[str] = []
    tags: list[str] = []
    numbers: list[int] = []
    sentence = document = ""
    starts = True
    ended = layout.sentence is not None
    for row in [*rows, _Row(0, [])]:
        cells = row.cells
        its_sentence = cells[layout.sentence] if cells and layout.sentence is not None else ""
        its_document = cells[layout.document] if cells and layout.document is not None else ""
        new_document = bool(its_document) and its_document != document
        new_sentence = bool(its_sentence) and its_sentence != sentence
        if words and (not cells or new_document or new_sentence):
            ended = ended or bool(row.line)
            yield Rows(words, tags, numbers, starts)
            words, tags, numbers, starts = [], [], [], False
        if cells:
            starts = starts or (new_document and bool(document))
            sentence, document = its_sentence or sentence, its_document or document
            tag_before = tags[-1] if tags else OUTSIDE
            cleaned = clean_row(
                cells[layout.word], cells[layout.tag], f"{path}:{row.line}", notes, tag_before
            )
            if cleaned:
                words.append(cleaned[0])
                tags.append(cleaned[1])
                numbers.append(row.line)
    if not ended:
        notes.add("file without a sentence column and empty rows read as one sentence", f"{path}:1")


def _whole_sentences(path: str, rows: Sequence[_Row], layout: Layout, notes: Notes) -> Iterator[Rows]:
    """Sentences of a file with a sentence a row."""
    document = None
    for row in rows:
        if not row.cells:
            continue
        words, tags = _words(row.cells[layout.word]), _list(row.cells[layout.tag])
        if len(words) != len(tags):
            raise DataError(
                f"{path}:{row.line}: {len(words)} words, but {len(tags)} tags "
                f"('{shorten(row.cells[layout.word])}'); both are separated by spaces, one tag for each word"
            )
        own = row.cells[layout.document] if layout.document is not None else None
        if words:
            yield Rows(words, tags, [row.line] * len(words), document is None or own != document)
            document = own or ""


def _is_list(row: _Row, layout: Layout) -> bool:
    """Whether a row has several words and as many tags."""
    if not row.cells:
        return False
    words, tags = _words(row.cells[layout.word]), _list(row.cells[layout.tag])
    return len(words) > 1 and len(tags) == len(words)


def _words(cell: str) -> list[str]:
    """The words of a cell: separated by spaces, or written as a list of strings, ['Ann', "O'Neil"]."""
    text = cell.strip()
    if text[:2] not in ("['", '["') or text[-2:] not in ("']", '"]'):
        return text.split()
    return [re.sub(r"\\(.)", r"\1", one or other) for one, other in _STRING.findall(text)]


def _list(tags: str) -> list[str]:
    """The tags of a cell: separated by spaces, or written as a list, ['O', 'B-PER']."""
    text = tags.strip()
    if text.startswith("[") and text.endswith("]"):
        return re.findall(r"[^\s,'\"]+", text[1:-1])
    return text.split()


def _no_header(path: str, header: str, names: Headers) -> str:
    cells = max((_cells(header, each) for each in DELIMITERS), key=len)
    missing = [
        name
        for name in (names.word, names.tag, names.sentence, names.document)
        if name is not None and _normal(name) not in map(_normal, cells)
    ]
    if missing:
        what = f"no column {missing[0]}{nearest(missing[0], cells)}"
    else:
        what = "the header does not say which columns hold words and tags"
    return (
        f"{path}:1: {what}; it has {shorten(', '.join(cells), 80)}; "
        "set data.csv.word and data.csv.tag to two of these, or add a header such as word,tag"
    )
