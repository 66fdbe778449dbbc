"""Mistakes and their kinds."""

from __future__ import annotations

from typing import NamedTuple

from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Entities

KINDS = ("boundary", "type", "boundary and type", "missed", "spurious")


class Mistake(NamedTuple):
    """A mistake.

    kind: one of KINDS.
    gold: the gold entity, None if it is spurious.
    predicted: the predicted entity, None if it was missed.
    """

    kind: str
    gold: Entity | None
    predicted: Entity | None

    @property
    def start(self) -> int:
        """The first token of the gold entity or, if there is none, of the predicted entity."""
        entity = self.gold or self.predicted
        assert entity is not None
        return entity.start


def find_mistakes(gold: Entities, predicted: Entities) -> list[Mistake]:
    """The mistakes in a sentence, from left to right.

    Each wrong predicted entity is matched with the remaining gold entity that has the largest overlap.
    Without an overlap, it is spurious. A gold entity without a match is missed.
    """
    wrong = [each for each in predicted if each not in gold]
    left = [each for each in gold if each not in predicted]
    found = []
    for each in wrong:
        rival = max(left, key=lambda other: _overlap(each, other), default=None)
        if rival is None or not _overlap(each, rival):
            found.append(Mistake("spurious", None, each))
            continue
        left.remove(rival)
        same_span = (each.start, each.end) == (rival.start, rival.end)
        kind = "type" if same_span else "boundary" if each.label == rival.label else "boundary and type"
        found.append(Mistake(kind, rival, each))
    found += [Mistake("missed", each, None) for each in left]
    return sorted(found, key=lambda mistake: mistake.start)


def _overlap(a: Entity, b: Entity) -> int:
    return max(0, min(a.end, b.end) - max(a.start, b.start))
