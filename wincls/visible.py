"""Text that is shown to people: characters that a terminal would obey are shown as escapes."""

from __future__ import annotations

import re
import unicodedata

# Control characters but for tab and the line ends of text, separators of lines and paragraphs, and what
# changes the order in which other characters are shown.
_HIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_IN_TEXT = re.compile(rf"[{_HIDDEN}]|\r(?!\n)")
_IN_LINE = re.compile(rf"[{_HIDDEN}\t\r\n]")


def visible(text: str) -> str:
    r"""A text in one line, with \x1b for an escape character, \n for a line end, and so on."""
    return _IN_LINE.sub(_escape, text)


def visible_text(text: str) -> str:
    """The same for a text of several lines, whose line ends and tabs stay."""
    return _IN_TEXT.sub(_escape, text)


def shorten(text: str, most: int = 40) -> str:
    """A text in one line, cut after so many characters, for messages."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def width_of(text: str) -> int:
    """The columns of a terminal that a text takes: two for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    shown = (each for each in text if unicodedata.category(each) not in ("Mn", "Me", "Cf"))
    return sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in shown)


def left(text: str, width: int) -> str:
    """The text with spaces after it, up to so many columns."""
    return text + " " * (width - width_of(text))


def right(text: str, width: int) -> str:
    """The text with spaces before it, up to so many columns."""
    return " " * (width - width_of(text)) + text


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
