"""Tags in brackets, as CoNLL-2005 and CoNLL-2012 (OntoNotes) write entities: (PERSON* then *) or (GPE)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wincls.corpus.schemes import OUTSIDE

_TAG = re.compile(r"(?:\([^()*\s]+)*\*?\)*")
_LABEL = re.compile(r"\(([^()*]+)")
_ALONE = ("*", "-", "_", OUTSIDE)  # no bracket begins or ends here


class BracketTags:
    """Reads the tags of sentences in brackets as BIO, and keeps the lines of what it met.

    read: entities.
    nested: entities in others, which are left out.
    lost: brackets without their counterparts; an entity ends with its sentence at the latest.
    """

    def __init__(self) -> None:
        self.read: list[int] = []
        self.nested: list[int] = []
        self.lost: list[int] = []

    def bio(self, tags: Sequence[str], lines: Sequence[int]) -> list[str]:
        """The tags in BIO; lines: of the tokens."""
        found: list[str] = []
        opened: list[tuple[str, int]] = []  # labels of the open brackets, the outermost first, and lines
        for tag, line in zip(tags, lines, strict=True):
            prefix = "I" if opened else "B"
            for label in _LABEL.findall(tag):
                (self.nested if opened else self.read).append(line)
                opened.append((label, line))
            found.append(f"{prefix}-{opened[0][0]}" if opened else OUTSIDE)
            closed = tag.count(")")
            self.lost += [line] * (closed - len(opened))
            del opened[max(0, len(opened) - closed) :]
        self.lost += [line for _, line in opened]
        return found


def are_brackets(tags: Iterable[str]) -> bool:
    """Whether the distinct tags of a file are in brackets."""
    seen = set(tags) - set(_ALONE)
    return all(map(_TAG.fullmatch, seen)) and any(_LABEL.match(tag) for tag in seen)
