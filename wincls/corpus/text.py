"""Plain text of any size, cut into pieces that sentences do not cross."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

from wincls.errors import DataError
from wincls.files import Live

_CHUNK = 1 << 18  # bytes read at a time
_LONGEST_PIECE = 1 << 16  # characters; a longer line is cut at a space


class Piece(NamedTuple):
    """A stretch of text that sentences do not cross, with the white space after it.

    text: its characters.
    start: the offset of its first character in the whole text.
    """

    text: str
    start: int


def read_text(file: BinaryIO | Live, path: str) -> Iterator[str]:
    """The characters of a UTF-8 file in chunks, without a byte order mark.

    Of a Live file, a pause is an empty chunk.

    Raises DataError with file:line for a byte that is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = getattr(file, "read1", file.read)  # what is there already, so that a terminal answers
    at_begin, final = True, False
    lines, column = 0, 0  # whole lines, and bytes of the line after them, that have been decoded
    while not final:
        raw = read(_CHUNK)
        if raw is None:
            yield ""
            continue
        final = not raw
        try:
            text = decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            *before, line = error.object[: error.start].split(b"\n")
            byte = len(line) + 1 + (0 if before else column)
            raise DataError(
                f"{path}:{lines + len(before) + 1}: byte {byte} of the line is "
                f"0x{error.object[error.start]:02x}, which is not UTF-8; convert the file to UTF-8 first"
            ) from None
        *before_last, last_line = text.split("\n")
        lines += len(before_last)
        column = len(last_line.encode()) + (0 if before_last else column)
        if at_begin and text:
            text, at_begin = text.removeprefix("\ufeff"), False
        if text:
            yield text


def cut_pieces(chunks: Iterable[str], wrapped: bool = False) -> Iterator[Piece]:
    """Cut a text into pieces, however its characters are spread over the chunks.

    A piece is a line; if `wrapped`, it is a paragraph, up to the next empty line. A piece of more
    than 65,536 characters is cut at the last space before that, or there if it has none. Joined, the
    pieces are the text. Only the chunk at hand and one unfinished piece are held.

    An empty chunk says that no more is there yet: it gives an empty piece after the complete ones.
    """
    end_of_piece = re.compile(r"\n(?:[ \t\r]*\n)+" if wrapped else r"\n")
    rest, start = "", 0
    for chunk in chain(chunks, [None]):
        final, is_pause = chunk is None, chunk == ""
        rest += chunk or ""
        parts, begin = [], 0
        for match in end_of_piece.finditer(rest):
            if wrapped and not (final or is_pause) and not rest[match.end() :].strip(" \t\r"):
                break  # more line ends may follow
            parts += _cut(rest[begin : match.end()])
            begin = match.end()
        rest = rest[begin:]
        if len(rest) > _LONGEST_PIECE or final:
            parts += _cut(rest)
            rest = "" if final else parts.pop()
        for part in parts:
            yield Piece(part, start)
            start += len(part)
        if is_pause:
            yield Piece("", start)


def _cut(text: str) -> list[str]:
    """Parts of at most the longest size, cut after a space where there is one."""
    parts = []
    while len(text) > _LONGEST_PIECE:
        space = max(text.rfind(" ", 0, _LONGEST_PIECE), text.rfind("\n", 0, _LONGEST_PIECE))
        end = space + 1 if space > 0 else _LONGEST_PIECE
        parts.append(text[:end])
        text = text[end:]
    return [*parts, text] if text else parts
