"""What a file looks like that is in no format of annotated text."""

from __future__ import annotations

import re

from wincls.visible import shorten

_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive (or an Office document)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"#FORMAT=WebAnno TSV", "WebAnno TSV (export it as CoNLL 2002)"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself; run git lfs pull"),
)
_MARKUP = re.compile(r"<(?:!doctype|!--|\?xml\b|[a-z][\w:.-]*(?:\s+[\w:.-]+\s*=|\s*/?>))", re.IGNORECASE)
_BIO = re.compile(r"O|[BIESLU][-_]\S+")
_CONCEPT = re.compile(r"[cm]=\"[^\n]*\" \d+:\d+ ")  # c="fever" 3:0 3:0||t="problem"
_PYTHON = re.compile(r"(?:import|from) [\w.]+|[A-Za-z_]\w* *= *[\[({]")  # TRAIN_DATA = [
_MARKED = re.compile(  # <Ann Lee:PS> in Korean corpora, [Ann Lee](PER), [[Ann Lee|PER]]
    r"<([^<>:\n]+):([A-Z][\w-]*)>|\[([^\[\]\n]+)\]\(([A-Z][A-Z_-]*)\)|\[\[([^\[\]|\n]+)\|([A-Z][A-Z_-]*)\]\]"
)
_LINE_OF_MARKUP = re.compile(r"^ *<[^<>\t\n]*>[ \r]*$", re.MULTILINE)
_TAGGED = re.compile(r"\S+[/|_][A-Za-z]{1,6}")


def looks_binary(head: bytes) -> str | None:
    """What a file's first bytes say that it is, as "a PDF"; None if they say nothing."""
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            inside = head[:4096]
            if name.startswith("a zip") and (b"xl/" in inside or b"word/" in inside):
                return "an Excel workbook (export it as csv)" if b"xl/" in inside else "a Word document"
            return name
    if re.match(rb"\x80[\x02-\x05]", head) and (head[1:2] < b"\x04" or head[2:3] == b"\x95"):
        return "a Python pickle"
    return None


def looks_unknown(text: str) -> str:
    """What a text without annotation looks like."""
    start = text.lstrip()
    if match := _MARKUP.match(start):
        if re.match(r"<!doctype html|<html", start, re.IGNORECASE):
            return "HTML"
        return (
            f"XML ({match[0].strip()}) without entities as elements in the text, as <PER>Ann Lee</PER> left"
        )
    odd = sum(not each.isprintable() and not each.isspace() for each in text[:4096])
    if odd * 20 > len(text[:4096]):
        return "binary data"
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if lines and sum(len(line) == 1 for line in lines) > 0.9 * len(lines):
        return "one word a line without tags"
    if _CONCEPT.match(start):
        return "spans of i2b2 or n2c2 without their text; write text and spans as JSON lines"
    if _PYTHON.match(start):
        return "Python code; write the list with json.dump"
    if match := _MARKED.search(text):
        inside, label = filter(None, match.groups())
        return f"text with entities such as {shorten(match[0])}; write them as [{label} {shorten(inside)}]"
    words = [word for line in lines for word in line]
    tagged = [word for word in words if _TAGGED.fullmatch(word)]
    if len(tagged) > 0.8 * len(words) and not any(word[-2:] in ("/O", "|O", "_O") for word in tagged):
        example = shorten(tagged[0])
        return (
            f"words with tags ({example}) of which none is O; tag words outside of entities with O, as left/O"
        )
    return "plain text without annotation"


def has_lines_of_tags(text: str) -> bool:
    """Whether each second line holds a tag for each word of the line before."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    pairs = list(zip(lines[::2], lines[1::2], strict=False))
    same = sum(len(words) == len(tags) > 1 and all(map(_BIO.fullmatch, tags)) for words, tags in pairs)
    return len(pairs) > 1 and same > 0.9 * len(pairs) and not all(map(_BIO.fullmatch, lines[0]))


def without_lines_of_markup(text: str) -> str:
    """The text with empty lines for those that are a tag or a comment of XML and nothing else."""
    return _LINE_OF_MARKUP.sub("", text)


def is_markup(text: str) -> bool:
    """Whether a text starts as HTML or XML."""
    return _MARKUP.match(text.lstrip()) is not None
