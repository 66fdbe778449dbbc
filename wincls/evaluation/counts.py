"""Counts of entities, and precision, recall and F1 (Tjong Kim Sang and De Meulder 2003).

A predicted entity is correct if a gold entity of the same sentence has the same first token, last token and
label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wincls.corpus.schemes import Entity

Entities = Sequence[Entity]


class Counts(NamedTuple):
    """The numbers of correct, predicted and gold entities.

    correct: an integer, except where partial matches count in part (partial.py).
    """

    correct: float = 0
    predicted: int = 0
    gold: int = 0

    def plus(self, other: Counts) -> Counts:
        return Counts(self.correct + other.correct, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """The share of predicted entities that are correct; 0 if there are none."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of gold entities that were predicted correctly; 0 if there are none."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 if there are no entities."""
        both = self.predicted + self.gold
        return 2 * self.correct / both if both else 0.0


class Average(NamedTuple):
    """Unweighted means over entity types (macro average)."""

    precision: float
    recall: float
    f1: float


def count_entities(gold: Iterable[Entities], predicted: Iterable[Entities]) -> dict[str, Counts]:
    """Counts by label, in alphabetical order; gold, predicted: the entities of each sentence."""
    correct: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for gold_entities, predicted_entities in zip(gold, predicted, strict=True):
        if not gold_entities and not predicted_entities:
            continue
        a, b = set(gold_entities), set(predicted_entities)
        correct.update(each.label for each in a & b)
        found.update(each.label for each in b)
        wanted.update(each.label for each in a)
    labels = sorted(found.keys() | wanted.keys())
    return {label: Counts(correct[label], found[label], wanted[label]) for label in labels}


def micro(by_label: Mapping[str, Counts]) -> Counts:
    """The sum of the counts over all labels (micro average)."""
    summed = Counts()
    for counts in by_label.values():
        summed = summed.plus(counts)
    return summed


def macro(by_label: Mapping[str, Counts]) -> Average:
    """The mean over labels (macro average); 0 if there are none."""
    n = max(1, len(by_label))
    each = by_label.values()
    return Average(
        sum(counts.precision for counts in each) / n,
        sum(counts.recall for counts in each) / n,
        sum(counts.f1 for counts in each) / n,
    )
