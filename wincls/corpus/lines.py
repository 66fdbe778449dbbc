"""The lines of text files, decoded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from wincls.corpus.encoding_guess import likely_encoding
from wincls.errors import DataError
from wincls.files import open_binary
from wincls.progress import following

_WIDE = ("utf-16", "utf-32")  # encodings whose line ends are not a byte
_BOM = "\ufeff"


def decoded_lines(path: str, encoding: str) -> Iterator[tuple[int, str]]:
    """Line numbers from 1, and lines with their line ends; without a byte order mark.

    Raises DataError with file:line for a byte that cannot be decoded, and for a NUL.
    """
    with open_binary(path) as file:
        wide = codecs.lookup(encoding).name.startswith(_WIDE)
        lines: Iterable[bytes] = [file.read()] if wide else following(file, file, f"reading {path}")
        number = 0
        for raw in lines:
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
                yield number, line.removeprefix(_BOM) if number == 1 else line


def _undecodable(raw: bytes, error: UnicodeDecodeError, place: str, encoding: str) -> str:
    guess = likely_encoding(raw[error.start :], raw[: error.start])
    hint = f"the file looks like {guess}; if it is, set data.encoding (--encoding) to {guess}"
    if not guess:
        hint = f"save the file as {encoding}, or set data.encoding (--encoding) to what it is"
    found = raw[error.start] if raw else 0
    return f"{place}: byte {error.start + 1} of the line is 0x{found:02x}, which is not {encoding}; {hint}"
