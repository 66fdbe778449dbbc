"""Precision and recall by minimum score: entities with a smaller score are left out.

The counts are exact for every distinct score: entities are sorted once by score and counted cumulatively.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.evaluation.counts import Counts, Entities

OTHER_FIGURE = {"precision": "recall", "recall": "precision"}
"""The figures that can be wanted, each with the one that is then as high as possible."""
_DIGITS = 17  # of a number that a float distinguishes


class Want(NamedTuple):
    """A wanted figure: a name in OTHER_FIGURE and its least value, a share."""

    figure: str
    least: float


class Curve(NamedTuple):
    """Counts by minimum score.

    scores: (n,) the distinct scores, from the largest to the smallest.
    predicted, correct: (n,) how many entities have at least this score, and how many of them are correct.
    gold: the number of gold entities.
    """

    scores: Array
    predicted: Array
    correct: Array
    gold: int

    @property
    def precision(self) -> Array:
        """(n,)"""
        return self.correct / self.predicted

    @property
    def recall(self) -> Array:
        """(n,) 0 if there are no gold entities."""
        return self.correct / max(1, self.gold)

    @property
    def f1(self) -> Array:
        """(n,)"""
        return 2 * self.correct / (self.predicted + self.gold)

    def at(self, min_score: float) -> Counts:
        """The counts if entities below this score are left out."""
        kept = int(np.searchsorted(-self.scores, -min_score, side="right"))
        if not kept:
            return Counts(gold=self.gold)
        return Counts(int(self.correct[kept - 1]), int(self.predicted[kept - 1]), self.gold)


class Choice(NamedTuple):
    """A minimum score that was chosen.

    min_score: a number with as few digits as possible that keeps the same entities as the chosen score.
    counts: with this minimum score.
    reached: whether it gives what was wanted. If not, no minimum score does, and this one comes closest.
    """

    min_score: float
    counts: Counts
    reached: bool


def threshold_curves(
    gold: Iterable[Entities], predicted: Iterable[Entities], scores: Iterable[Sequence[float]]
) -> dict[str, Curve]:
    """Curves by label, in alphabetical order.

    gold, predicted: the entities of each sentence.
    scores: of the predicted entities.
    """
    wanted: dict[str, int] = {}
    found: dict[str, list[tuple[float, bool]]] = {}
    for its_gold, its_predicted, its_scores in zip(gold, predicted, scores, strict=True):
        for entity in its_gold:
            wanted[entity.label] = wanted.get(entity.label, 0) + 1
        right = set(its_gold) if its_predicted else set()
        for entity, score in zip(its_predicted, its_scores, strict=True):
            found.setdefault(entity.label, []).append((score, entity in right))
    labels = sorted(wanted.keys() | found.keys())
    return {label: _curve(found.get(label, []), wanted.get(label, 0)) for label in labels}


def overall_curve(curves: Mapping[str, Curve]) -> Curve:
    """The curve of the entities of all labels."""
    scores = np.unique(np.concatenate([np.zeros(0), *(each.scores for each in curves.values())]))[::-1]
    total = np.zeros((2, len(scores)), dtype=np.int64)
    for each in curves.values():
        kept = np.searchsorted(-each.scores, -scores, side="right")  # (n,) of its own scores
        for row, counts in zip(total, (each.predicted, each.correct), strict=True):
            row += np.concatenate([[0], counts])[kept]
    return Curve(scores, total[0], total[1], sum(each.gold for each in curves.values()))


def choose(curve: Curve, want: Want | None = None) -> Choice | None:
    """The minimum score with the highest F1, or with the best other figure among those that reach `want`.

    None if no entity was predicted.
    """
    if not len(curve.scores):
        return None
    if want is None:
        first, second, reached = curve.f1, curve.recall, np.ones(len(curve.scores), dtype=bool)
    else:
        wanted, other = (getattr(curve, figure) for figure in (want.figure, OTHER_FIGURE[want.figure]))
        reached = wanted >= want.least
        first, second = (other, wanted) if reached.any() else (wanted, other)
    among = np.flatnonzero(reached) if reached.any() else np.arange(len(reached))
    best = int(among[np.lexsort((second[among], first[among]))[-1]])
    return Choice(_shortest(curve, best), curve.at(float(curve.scores[best])), bool(reached[best]))


def table_scores(curve: Curve, most: int = 12) -> list[float]:
    """At most so many minimum scores that show the course of a curve, in ascending order.

    They are round numbers if the scores are between 0 and 1, as probabilities are, else quantiles of the
    distinct scores.
    """
    scores = curve.scores
    if not len(scores):
        return []
    if scores[-1] >= 0 and scores[0] <= 1:
        return [*(i / 10 for i in range(10)), 0.95, 0.99][:most]
    chosen = np.linspace(len(scores) - 1, 0, min(most, len(scores))).round().astype(int)
    return [_shortest(curve, i) for i in chosen.tolist()]


def _curve(found: Sequence[tuple[float, bool]], gold: int) -> Curve:
    pairs = np.array(found, dtype=float).reshape(-1, 2)
    score, is_correct = pairs[np.argsort(-pairs[:, 0], kind="stable")].T
    last = np.flatnonzero(np.diff(score, append=-math.inf))  # of the entities with the same score
    return Curve(score[last], last + 1, np.cumsum(is_correct).astype(np.int64)[last], gold)


def _shortest(curve: Curve, i: int) -> float:
    """The number with the fewest decimals that keeps the same entities as the score with this index."""
    score = float(curve.scores[i])
    below = float(curve.scores[i + 1]) if i + 1 < len(curve.scores) else -math.inf
    for digits in range(_DIGITS):
        number = math.floor(score * 10.0**digits) / 10.0**digits
        if below < number <= score:
            return number
    return score
