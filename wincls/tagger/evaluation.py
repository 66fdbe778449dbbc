"""Scoring taggings as the CoNLL shared tasks do: exact entities, precision, recall, F1.

An entity counts as found if its sentence, type, first and last token all agree (Tjong Kim Sang
and De Meulder 2003). Totals are over entities of all types (micro average).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from typing import NamedTuple

import numpy as np

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
    for none. accuracy: share of tokens whose tag is right. interval: of F1, see bootstrap_interval.
    novelty: see count_by_novelty; empty if the names seen in training were not given.
    """

    lenient: dict[str, Counts]
    strict: dict[str, Counts]
    confusion: Counter[tuple[str, str]]
    accuracy: float
    sentences: int
    tokens: int
    interval: tuple[float, float]
    novelty: dict[str, Counts]

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


def evaluate(
    gold: Sequence[Tags],
    predicted: Sequence[Tags],
    scheme: Scheme,
    words: Sequence[Sequence[str]] = (),
    known_names: Iterable[Container[str]] | None = None,
) -> Evaluation:
    """Score predicted against gold tags, sentence by sentence, both written in `scheme`.

    words and known_names, if given, tell entities whose names training held from others; there are
    known names for each sentence.

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
        interval=bootstrap_interval(gold, predicted),
        novelty={} if known_names is None else count_by_novelty(words, gold, predicted, known_names),
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


def entity_names(words: Sequence[str], found: Iterable[Entity]) -> list[str]:
    """The text of each entity: its words joined by blanks."""
    return [" ".join(words[each.start : each.end]) for each in found]


def count_by_novelty(
    words: Iterable[Sequence[str]],
    gold: Iterable[Tags],
    predicted: Iterable[Tags],
    known_names: Iterable[Container[str]],
) -> dict[str, Counts]:
    """Counts of the entities whose names are known for the sentence ("seen"), and of the others."""
    counts = {"seen": Counts(), "unseen": Counts()}
    for sentence, gold_tags, predicted_tags, known in zip(words, gold, predicted, known_names, strict=True):
        a, b = set(entities(gold_tags)), set(entities(predicted_tags))
        for each in a | b:
            (name,) = entity_names(sentence, [each])
            novelty = "seen" if name in known else "unseen"
            one = Counts(int(each in a and each in b), int(each in b), int(each in a))
            counts[novelty] = counts[novelty].plus(one)
    return counts


def bootstrap_interval(
    gold: Sequence[Tags], predicted: Sequence[Tags], samples: int = 1000, share: float = 0.95
) -> tuple[float, float]:
    """The interval that holds F1 in `share` of the corpora drawn from these sentences with repetition.

    Percentiles of `samples` draws (Efron 1979; for NER Berg-Kirkpatrick et al. 2012). The draws are
    the same each time.
    """
    pairs = zip(gold, predicted, strict=True)
    counts = np.array([total(count_entities([a], [b])) for a, b in pairs]).reshape(-1, 3)
    rng = np.random.default_rng(0)
    f1 = np.empty(samples)
    for i in range(samples):
        drawn = counts[rng.integers(len(counts), size=len(counts))].sum(axis=0)
        f1[i] = Counts(*drawn.tolist()).f1
    low, high = np.quantile(f1, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


MISTAKES = ("boundary", "type", "boundary and type", "missed", "invented")


class Mistake(NamedTuple):
    """What went wrong with an entity: one of MISTAKES, the gold entity and the predicted one, if any."""

    kind: str
    gold: Entity | None
    predicted: Entity | None

    @property
    def start(self) -> int:
        """The first token of the gold entity, or if there is none, of the predicted one."""
        return (self.gold or self.predicted or Entity("", 0, 0)).start


def mistakes(gold: Tags, predicted: Tags) -> list[Mistake]:
    """The mistakes in a sentence, from left to right.

    A predicted entity that is not right is laid against the gold entity that it overlaps with most;
    a gold entity that nothing is laid against is missed.
    """
    a, b = entities(gold), entities(predicted)
    wrong = [each for each in b if each not in a]
    left = [each for each in a if each not in b]
    found = []
    for each in wrong:
        rival = max(left, key=lambda other: _overlap(each, other), default=None)
        if rival is None or not _overlap(each, rival):
            found.append(Mistake("invented", None, each))
            continue
        left.remove(rival)
        same_place = (each.start, each.end) == (rival.start, rival.end)
        kind = "type" if same_place else "boundary" if each.type == rival.type else "boundary and type"
        found.append(Mistake(kind, rival, each))
    found += [Mistake("missed", each, None) for each in left]
    return sorted(found, key=lambda mistake: mistake.start)


def _overlap(a: Entity, b: Entity) -> int:
    return max(0, min(a.end, b.end) - max(a.start, b.start))
