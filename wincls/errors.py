"""What a user can do wrong, each with the exit status of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from wincls.visible import visible


class WinclsError(Exception):
    """Something the user can fix; the message is one line: place, found, allowed, how to fix it.

    Control characters in it, as from the name of a file, are shown as escapes.
    """

    exit_status = 1

    def __str__(self) -> str:
        return visible(super().__str__())


class ConfigError(WinclsError):
    """A configuration that cannot be used; the message starts with the key's path."""

    exit_status = 2


class DataError(WinclsError):
    """A corpus, text or vector file that cannot be used; the message starts with file:line."""


class ModelError(WinclsError):
    """A file that is not a model of this program, or is damaged."""


class TrainingError(WinclsError):
    """Training that cannot continue, such as a loss that is not finite."""


def nearest(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'adam'?"`` if one of the known names is close to `name`, else ``""``."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
