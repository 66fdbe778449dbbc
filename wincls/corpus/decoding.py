"""From the bytes of a column file to its lines, in any text encoding that Python knows."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from wincls.corpus.encoding_guess import likely_encoding, with_byte_order
from wincls.corpus.notes import Notes
from wincls.errors import DataError, nearest
from wincls.files import Live

_CHUNK = 1 << 18  # bytes read at a time
_NOT_FOR_FILES = frozenset(["idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"])
_COMMON = ("utf-8", "utf-16", "latin-1", "cp1252", "cp1251", "gb18030", "big5", "shift_jis", "euc-kr")
BYTE_ORDER_MARK = "\ufeff"


def encoding_problem(encoding: str) -> str:
    """What is wrong with the name of an encoding; empty if nothing is."""
    try:
        info = codecs.lookup(encoding)
        text = info._is_text_encoding and info.incrementaldecoder is not None
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        info, text = None, False
    if info is not None and text and info.name.replace("_", "-") not in _NOT_FOR_FILES:
        return ""
    return (
        f"found {encoding!r}; allowed is any text encoding that Python knows, such as "
        f"{', '.join(_COMMON[:6])}{nearest(encoding, _COMMON)}"
    )


def decoded_lines(
    file: BinaryIO | Live, path: str, encoding: str, notes: Notes
) -> Iterator[list[str] | None]:
    """The lines of a file without their ends (LF or CRLF), some at a time; None for a pause of a Live file.

    A byte order mark is removed from the start of every line; one within the file is noted. So is a
    file that is valid UTF-8 although another encoding is asked for.

    Raises DataError with file:line for a byte that cannot be decoded, a NUL, or a carriage return
    within a line.
    """
    problem = encoding_problem(encoding)
    if problem:
        raise DataError(f"{path}: data.encoding (--encoding): {problem}")
    number = 0  # lines so far
    rest: list[str] = []  # parts of the line that is not complete
    for text in _decoded(file, path, encoding, notes):
        if text is None:
            yield None
            continue
        cut = text.rfind("\n")
        if cut < 0:
            rest.append(text)
            continue
        whole = "".join([*rest, text[:cut]])
        rest = [text[cut + 1 :]]
        lines = _checked(whole, number, path, notes)
        number += len(lines)
        yield lines
    last = "".join(rest)
    if last:
        yield _checked(last, number, path, notes)


def _decoded(file: BinaryIO | Live, path: str, encoding: str, notes: Notes) -> Iterator[str | None]:
    """The file's characters in chunks; None for a pause."""
    # What is there already, so that a terminal answers.
    chunks = _chunks(file)
    while (first := next(chunks)) is None:
        yield None
    raw: bytes = first
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    if wide and raw and _is_utf8_text(raw):
        what = f"the file is not {encoding} but UTF-8"
        raise DataError(f"{path}: {what}; set data.encoding (--encoding) to utf-8")
    ordered = with_byte_order(encoding, raw) if raw else encoding
    if ordered != encoding:
        notes.add(f"file in {encoding} without a byte order mark, read as {ordered}", f"{path}:1")
        encoding = ordered
    codec = codecs.lookup(encoding)
    decoder = codec.incrementaldecoder()
    utf8 = None if codec.name.startswith("utf-8") else _Utf8Check()
    lines, column, final = 0, 0, False
    while not final:
        final = not raw
        before = decoder.getstate()
        try:
            text = decoder.decode(raw, final)
        except UnicodeError as error:
            decoder.setstate(before)
            raise DataError(
                _undecodable(error, raw, decoder, before, path, lines, column, encoding)
            ) from None
        if utf8 is not None:
            utf8.add(raw, text, lines, final)
        head, separator, tail = text.rpartition("\n")
        lines += head.count("\n") + bool(separator)
        column = _size(tail, encoding) + (0 if separator else column)
        yield text
        while not final and (more := next(chunks)) is None:
            yield None
        raw = b"" if final or more is None else more
    if utf8 is not None and utf8.valid and utf8.first_line and not wide:
        what = f"file that is valid UTF-8, read as {encoding} (data.encoding: utf-8 reads it correctly)"
        notes.add(what, f"{path}:{utf8.first_line}")


def _chunks(file: BinaryIO | Live) -> Iterator[bytes | None]:
    """What is there to read; b"" at the end, None for a pause of a Live file."""
    read = file.read1 if hasattr(file, "read1") else file.read
    while True:
        yield read(_CHUNK)


class _Utf8Check:
    """Whether bytes that are read in another encoding are valid UTF-8 too.

    first_line: where the first character is that is not ASCII; 0 if there is none.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.valid = True
        self.first_line = 0

    def add(self, raw: bytes, text: str, lines: int, final: bool) -> None:
        if not self.valid:
            return
        if not self.first_line and not raw.isascii():
            begin = next(i for i, byte in enumerate(raw) if byte > 127)
            self.first_line = lines + 1 + raw.count(b"\n", 0, begin)
        try:
            self._decoder.decode(raw, final)
        except UnicodeDecodeError:
            self.valid = False


def _is_utf8_text(raw: bytes) -> bool:
    if b"\0" in raw:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return False
    return True


def _size(text: str, encoding: str) -> int:
    return len(text.encode(encoding, "ignore")) - len("".encode(encoding))


def _undecodable(
    error: UnicodeError,
    raw: bytes,
    decoder: codecs.IncrementalDecoder,
    state: tuple[bytes, int],
    path: str,
    lines: int,
    column: int,
    encoding: str,
) -> str:
    """The message for a byte that cannot be decoded.

    state: of the decoder before the chunk `raw`.
    lines, column: whole lines, and bytes of the line after them, before the chunk.
    """
    if not isinstance(error, UnicodeDecodeError):
        return f"{path}:{lines + 1}: not {encoding} ({error}); set data.encoding (--encoding) to what it is"
    try:
        good = decoder.decode(raw[: max(0, error.start - len(state[0]))])
    except UnicodeError:  # a decoder that does not tell its state
        good = ""
    head, separator, tail = good.rpartition("\n")
    line = lines + head.count("\n") + bool(separator) + 1
    byte = _size(tail, encoding) + (0 if separator else column) + 1
    guess = likely_encoding(error.object[error.start :], error.object[: error.start])
    found = f"0x{error.object[error.start]:02x}"
    what = f"{path}:{line}: byte {byte} of the line is {found}, which is not {encoding}"
    if guess:
        return f"{what}; the file looks like {guess}; if it is, set data.encoding (--encoding) to {guess}"
    return f"{what}; save the file as {encoding}, or set data.encoding (--encoding) to what it is"


def _checked(whole: str, number: int, path: str, notes: Notes) -> list[str]:
    """Complete lines; number: of the lines before them."""
    lines = whole.split("\n")
    if "\r" in whole:
        lines = [line.rstrip("\r") for line in lines]
    if BYTE_ORDER_MARK in whole:
        for i, line in enumerate(lines):
            if line.startswith(BYTE_ORDER_MARK):
                lines[i] = line.lstrip(BYTE_ORDER_MARK)
                if number + i:
                    notes.add("byte order mark at the start of a line removed", f"{path}:{number + i + 1}")
    if "\0" in whole or "\r" in whole:
        for i, line in enumerate(lines, start=number + 1):
            if "\0" in line:
                wide = ", or utf-16: set data.encoding (--encoding)" * (whole.count("\0") > len(whole) // 4)
                raise DataError(
                    f"{path}:{i}: a NUL character found; the file is not text, or is damaged{wide}"
                )
            if "\r" in line:
                raise DataError(
                    f"{path}:{i}: a carriage return within the line; save the file with line ends LF or CRLF"
                )
    return lines
