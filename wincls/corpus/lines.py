"""The lines of text files, decoded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from wincls.corpus.notes import Notes
from wincls.errors import DataError
from wincls.files import open_binary

_WIDE = ("utf-16", "utf-32")  # encodings whose line ends are not a byte
_BOM = "\ufeff"


def decoded_lines(path: str, encoding: str, notes: Notes | None = None) -> Iterator[tuple[int, str]]:
    """Line numbers from 1, and lines with their line ends, of a file; see :func:`lines_of_file`."""
    with open_binary(path) as file:
        yield from lines_of_file(file, path, encoding, notes)


def lines_of_file(
    file: Iterable[bytes | None], path: str, encoding: str, notes: Notes | None = None
) -> Iterator[tuple[int, str]]:
    """Line numbers from 1, and lines with their line ends, without byte order marks.

    file: lines, and None for a pause, which is the number 0 with an empty line.

    notes: get byte order marks after the first line, which are removed, and a file of UTF-8 that is read as
        something else. Without notes, only a byte order mark of the first line is removed.

    Raises DataError with file:line for a byte that cannot be decoded, and for a NUL.
    """
    wide = codecs.lookup(encoding).name.startswith(_WIDE)
    lines = [b"".join(filter(None, file))] if wide else file
    check_utf8 = notes is not None and not wide and codecs.lookup(encoding).name not in ("utf-8", "ascii")
    first_utf8, utf8, others = 0, 0, 0
    number = 0
    for raw in lines:
        if raw is None:
            yield 0, ""
            continue
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            raise DataError(_undecodable(raw, error, f"{path}:{number + 1}", encoding)) from None
        for line in re.findall(r"[^\n]*\n|[^\n]+", text) if wide else [text]:
            number += 1
            if "\0" in line:
                raise DataError(
                    f"{path}:{number}: a NUL character found; the file is not text, or is damaged"
                )
            if line.startswith(_BOM) and (number == 1 or notes is not None):
                line = line.removeprefix(_BOM)
                if number > 1 and notes is not None:
                    notes.add("byte order mark within the file removed", f"{path}:{number}")
            yield number, line
        if check_utf8 and not raw.isascii():
            if _is_utf8(raw):
                utf8, first_utf8 = utf8 + 1, first_utf8 or number
            else:
                others += 1
    if notes is not None and utf8 and not others:
        notes.add(
            f"line of valid UTF-8 read as {encoding} (is data.encoding right?)", f"{path}:{first_utf8}", utf8
        )


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(raw: bytes, error: UnicodeDecodeError, place: str, encoding: str) -> str:
    guess = likely_encoding(raw)
    guess = None if guess == encoding else guess
    hint = (
        f"; it looks like {guess}: set data.encoding (--encoding) to {guess}"
        if guess
        else (f"; save the file as {encoding}, or set data.encoding (--encoding) to what it is")
    )
    return (
        f"{place}: byte {error.start + 1} of the line is 0x{raw[error.start] if raw else 0:02x}, which is "
        f"not {encoding}{hint}"
    )


def likely_encoding(raw: bytes) -> str | None:
    """A guess at the encoding of bytes that are not what they were taken for; None without one."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        return "utf-16"
    if _is_utf8(raw):
        return "utf-8"
    high = sum(byte > 0x7F for byte in raw)
    for name, is_script in (("cp1251", _is_cyrillic), ("gb18030", _is_han), ("shift_jis", _is_kana)):
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        letters = [char for char in text if not char.isascii()]
        if high > 3 and letters and sum(map(is_script, letters)) > 0.9 * len(letters):
            return name
    return "cp1252" if 0 < high < 0.3 * len(raw) else None


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef"


def _is_kana(char: str) -> bool:
    return "\u3040" <= char <= "\u30ff" or _is_han(char)


def _is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u04ff"
