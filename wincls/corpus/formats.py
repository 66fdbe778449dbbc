"""The formats of annotated text. A new one is a function and an entry in READERS."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from wincls.corpus.brackets import has_entities, read_brackets
from wincls.corpus.brat import read_brat
from wincls.corpus.columns import read_corpus
from wincls.corpus.csv_file import find_layout, read_csv
from wincls.corpus.documents import Corpus
from wincls.corpus.inline import find_sign, read_inline
from wincls.corpus.json_files import read_json, read_jsonl
from wincls.corpus.looks import (
    has_lines_of_tags,
    is_markup,
    looks_binary,
    looks_unknown,
    without_lines_of_markup,
)
from wincls.corpus.markup import find_style, read_markup
from wincls.corpus.notes import Notes
from wincls.corpus.paths import find_files, show_paths
from wincls.corpus.pubtator import looks_like_pubtator, read_pubtator
from wincls.corpus.reading import Headers, Reading
from wincls.corpus.schemes import SCHEMES
from wincls.errors import DataError
from wincls.files import open_binary

_HEAD = 1 << 16  # bytes by which a format is recognized
_LINES = 500  # lines that are looked at
_COLUMN_SUFFIXES = (
    ".conll",
    ".conllu",
    ".conllx",
    ".iob",
    ".iob2",
    ".bio",
    ".iobes",
    ".bioes",
    ".bilou",
    ".tsv",
)
_TAG = re.compile(r"O|[BIESLUM][-_/\u2010-\u2013]\w.*|\w+[-_](?:[BIESLUM]|B|I)|\([\w.-]+\*?\)?|\*\)?")


def _read_columns(path: str, reading: Reading, notes: Notes) -> Corpus:
    return read_corpus(
        path, reading.columns, reading.scheme, reading.lenient, reading.keep_labels, notes, reading.tag_names
    )


READERS: dict[str, Callable[[str, Reading, Notes], Corpus]] = {
    "columns": _read_columns,
    "csv": read_csv,
    "jsonl": read_jsonl,
    "json": read_json,
    "brat": read_brat,
    "inline": read_inline,
    "brackets": read_brackets,
    "markup": read_markup,
    "pubtator": read_pubtator,
}
FORMATS = ("auto", *READERS)


def read_files(paths: str | Sequence[str], reading: Reading = Reading(), name: str = "auto") -> Corpus:
    """Read annotated files as one corpus; documents do not cross files.

    paths: see paths.find_files.
    name: the format, or "auto" to recognize that of each file.

    Raises DataError with file:line for anything that cannot be read as what it should be.
    """
    corpora = [_read_file(path, reading, name) for path in find_files(paths)]
    shown = show_paths(paths)
    filled = [corpus for corpus in corpora if corpus.sentences]
    if not filled:
        noted = "; ".join(corpus.notes.line() for corpus in corpora if corpus.notes)
        raise DataError(f"{shown}: no sentence found; is the file annotated?{f' ({noted})' * bool(noted)}")
    if len(corpora) == 1:
        return corpora[0]
    notes = Notes()
    for corpus in corpora:
        notes.merge(corpus.notes or Notes())
    schemes = {corpus.scheme.name: corpus.scheme for corpus in filled if corpus.labels}
    if len(schemes) > 1:  # IO cannot write what the others can
        schemes.pop("IO", None)
    return Corpus(
        shown,
        [
            sentence._replace(file=corpus.path, starts_document=sentence.starts_document or not i)
            for corpus in filled
            for i, sentence in enumerate(corpus.sentences)
        ],
        schemes.popitem()[1] if len(schemes) == 1 else SCHEMES["BIO"],
        notes,
        " and ".join(dict.fromkeys(corpus.format for corpus in filled)),
    )


def _read_file(path: str, reading: Reading, name: str) -> Corpus:
    if name == "auto":
        name = recognize(path, reading.headers)
    notes = Notes(strict=reading.strict)
    return READERS[name](path, reading, notes)._replace(notes=notes, format=name)


def recognize(path: str, headers: Headers = Headers()) -> str:
    """The name of a file's format in READERS, by its first bytes and the files beside it.

    Raises DataError that says what the file looks like if that is none of the formats.
    """
    if path == "-" or (Path(path).exists() and not Path(path).is_file()):
        return "columns"  # a pipe, which can be read only once; a folder is the reader's error
    with open_binary(path) as file:
        head = file.read(_HEAD)
    beside = Path(path).with_suffix(".ann")
    suffix = Path(path).suffix.lower()
    if suffix == ".ann" or (suffix == ".txt" and beside.is_file()):
        return "brat"
    if known := looks_binary(head):
        raise DataError(_unknown(path, known))
    text = _decoded(head)
    if len(head) == _HEAD:  # the last line is incomplete
        text = text[: text.rfind("\n") + 1] or text
    first = next((line for line in text.splitlines() if line.strip()), "")
    if found := _json_kind(text.lstrip(), suffix):
        return found
    if looks_like_pubtator(text):
        return "pubtator"
    rows = without_lines_of_markup(text)
    in_markup = is_markup(text) and (rows != text or not _has_tags(text))
    if not in_markup:
        layout = find_layout(first, headers)
        if layout and (
            layout.delimiter != "\t"
            or layout.sentence is not None
            or headers != Headers()
            or not layout.has_header
        ):
            return "csv"
        if find_sign(text):
            return "inline"
        if has_lines_of_tags(text):
            raise DataError(
                _unknown(
                    path, "sentences with their tags in the line below; write one word and its tag a line"
                )
            )
        if _has_columns(text):
            return "columns"
        if has_entities(text):
            return "brackets"
    if in_markup and rows != text and _has_tags(rows):
        what = "columns between lines of markup, such as <s>; replace these lines by empty ones"
        raise DataError(_unknown(path, what))
    if find_style(text):
        return "markup"
    if not in_markup:
        if suffix in _COLUMN_SUFFIXES or not text.strip():
            return "columns"
        if suffix == ".csv":
            return "csv"
    raise DataError(_unknown(path, looks_unknown(text)))


def _unknown(path: str, what: str) -> str:
    return (
        f"{path}: looks like {what}; formats that can be read are {', '.join(READERS)} "
        "(set data.format if it is one of them)"
    )


def _decoded(head: bytes) -> str:
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return head.decode("utf-16" if wide else "utf-8", errors="replace").removeprefix("\ufeff")


def _json_kind(text: str, suffix: str) -> str | None:
    """json or jsonl, if a text starts as one of them."""
    if not re.match(r"\{\s*[\"}]|\[\s*[\[{\"\]]", text):
        return suffix[1:] if suffix in (".json", ".jsonl") and text.strip() else None
    line = text.partition("\n")[0]
    if line.strip() in ("[", "{") or re.match(r"\[\s*[\[{\]]", text):
        return "json"
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        complete = "\n" in text
        if complete and not text.startswith('["') and suffix != ".jsonl":
            return "json"  # an object that goes on in the next line
    return "jsonl"


def _lines(text: str) -> list[str]:
    lines = text.splitlines()[:_LINES]
    return [line for line in lines if line.strip() and not line.startswith(("#", "-DOC"))]


def _fields(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split()


def _has_tags(text: str) -> bool:
    """Whether at least half of the lines have a tag after the first field."""
    rows = list(map(_fields, _lines(text)))
    tagged = sum(any(_TAG.fullmatch(field.strip()) for field in row[1:]) for row in rows)
    return bool(rows) and 2 * tagged >= len(rows)


def _has_columns(text: str) -> bool:
    """Whether most lines have a tag, or all lines have as many fields and the last ones repeat."""
    lines = _lines(text)
    rows = list(map(_fields, lines))
    if not rows:
        return False
    if _has_tags(text):
        return True
    same = len({len(row) for row in rows}) == 1 and len(rows[0]) > 1
    tabs = all("\t" in line for line in lines)
    return same and (tabs or (len(rows) > 2 and len({row[-1] for row in rows}) < len(rows)))
