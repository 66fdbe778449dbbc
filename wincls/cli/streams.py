"""Standard output and standard error: their encoding, and whether they show colors."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from wincls.files import stream_of
from wincls.visible import visible, visible_text

COLORS = ("auto", "always", "never")


def prepare_streams() -> None:
    """Make any character writable.

    Files and pipes get UTF-8 whatever the locale. A terminal keeps its encoding; what it cannot show is
    escaped, as is a byte of a file name that is no character.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def say(text: str, end: str = "\n", beside: str | Path = "") -> None:
    """Print text for people; control characters in it are shown as escapes, but for its line ends.

    beside: what the command has written to. If that is standard output, the text goes to standard error.
    """
    click.echo(visible_text(text) + end, nl=False, err=stream_of(beside) == 1)


def say_report(text: str, is_json: bool) -> None:
    """Print a report that ends with a line end: JSON as it is, other text as :func:`say` does."""
    if is_json:
        click.echo(text, nl=False)
    else:
        say(text, end="")


def warn(line: str) -> None:
    """Print a line on standard error; control characters in it are shown as escapes."""
    click.echo(visible(line), err=True)


def encoded(text: str) -> bytes:
    """Text as standard output gets it."""
    return text.encode(sys.stdout.encoding or "utf-8", errors="backslashreplace")


def shows_colors(choice: str, is_standard_output: bool) -> bool:
    """Whether to write colors.

    choice: one of COLORS; auto asks for a terminal, an unset NO_COLOR (no-color.org), and a TERM other
        than dumb.
    """
    if choice != "auto":
        return choice == "always"
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and is_standard_output and sys.stdout.isatty()
