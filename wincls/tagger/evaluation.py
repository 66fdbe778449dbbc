"""Scoring taggings as the CoNLL shared tasks do: exact entities, precision, recall, F1.

An entity counts as found if its sentence, type, first and last token all agree (Tjong Kim Sang
and De Meulder 2003). Totals are over entities of all types (micro average).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from wincls.corpus.schemes import OUTSIDE, Entity, Scheme, entities, split_tag, strict_entities

Tags = Sequence[str]


class Counts(NamedTuple):
    """Entities that are right, that were predicted, and that the gold tags hold."""

    correct: int = 0
    predicted: int = 0
    gold: int = 0

    def plus(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def precision(self) -> float:
        """Share of the predicted that is right; 0 if nothing was predicted."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that was found; 0 if there is none."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.predicted + self.gold
        return 2 * self.correct / both if both else 0.0


class Evaluation(NamedTuple):
    """A scored tagging.

    lenient and strict: counts by type, reading gold and predicted tags as conlleval does, or only
    entities written as the scheme demands. confusion: tokens by (gold type, predicted type), "O"
    for none. accuracy: share of tokens whose tag is right.
    """

    lenient: dict[str, Counts]
    strict: dict[str, Counts]
    confusion: Counter[tuple[str, str]]
    accuracy: float
    sentences: int
    tokens: int

    @property
    def overall(self) -> Counts:
        return total(self.lenient)

    @property
    def overall_strict(self) -> Counts:
        return total(self.strict)


def total(by_type: dict[str, Counts]) -> Counts:
    """The sum over types."""
    summed = Counts()
    for counts in by_type.values():
        summed = summed.plus(counts)
    return summed


def evaluate(gold: Sequence[Tags], predicted: Sequence[Tags], scheme: Scheme) -> Evaluation:
    """Score predicted against gold tags, sentence by sentence, both written in `scheme`.

    Raises ValueError if the two differ in sentences or tokens.
    """
    confusion: Counter[tuple[str, str]] = Counter()
    right = tokens = 0
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        for a, b in zip(gold_tags, predicted_tags, strict=True):
            tokens += 1
            right += a == b
            confusion[split_tag(a)[1] or OUTSIDE, split_tag(b)[1] or OUTSIDE] += 1
    return Evaluation(
        lenient=count_entities(gold, predicted, entities),
        strict=count_entities(gold, predicted, lambda tags: strict_entities(tags, scheme)),
        confusion=confusion,
        accuracy=right / tokens if tokens else 0.0,
        sentences=len(gold),
        tokens=tokens,
    )


def count_entities(
    gold: Iterable[Tags], predicted: Iterable[Tags], read: Callable[[Tags], list[Entity]] = entities
) -> dict[str, Counts]:
    """Counts by entity type, types in alphabetical order."""
    correct: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        if all(tag == OUTSIDE for tag in gold_tags) and all(tag == OUTSIDE for tag in predicted_tags):
            continue
        a, b = set(read(gold_tags)), set(read(predicted_tags))
        correct.update(each.type for each in a & b)
        found.update(each.type for each in b)
        wanted.update(each.type for each in a)
    types = sorted(found.keys() | wanted.keys())
    return {kind: Counts(correct[kind], found[kind], wanted[kind]) for kind in types}
