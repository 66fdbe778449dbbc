"""What a check of the data finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LEVELS = ("problem", "look", "note")


class Finding(NamedTuple):
    """Something found in the data.

    name: the kind of finding, the same in every version.
    level: one of LEVELS. A problem is wrong; something to look at may be right; a note is for information.
    text: what was found, in one line.
    advice: what to do, in one line.
    examples: places and what is there, the most telling first.
    """

    name: str
    level: str
    text: str
    advice: str
    examples: Sequence[str] = ()


def share(part: int, whole: int) -> str:
    """A part as "12 of 3,400 (0.4 %)"."""
    return f"{part:,} of {whole:,} ({100 * part / max(1, whole):.1f} %)"
