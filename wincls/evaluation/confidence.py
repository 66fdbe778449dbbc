"""What the scores of predicted entities say: precision and recall by threshold, and reliability."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array

_POINTS = 200  # of a curve, at most
_Z = 1.959964  # of a 95 % interval of the normal distribution


class ThresholdCurve(NamedTuple):
    """Precision, recall and F1 of the entities whose score is at least a threshold.

    thresholds: (points,) in ascending order.
    precision, recall, f1: (points,) shares.
    """

    thresholds: Array
    precision: Array
    recall: Array
    f1: Array


class Bin(NamedTuple):
    """Entities with similar scores.

    entities: how many there are.
    score: their mean score.
    correct: the share of them that are correct.
    low, high: the 95 % interval of this share (Wilson 1927).
    """

    entities: int
    score: float
    correct: float
    low: float
    high: float


class Reliability(NamedTuple):
    """How far the scores are the probabilities that entities are correct.

    bins: those that have an entity, in ascending order.
    error: the expected calibration error, the mean of |score - correct| over entities, by bin (Guo et al.
        2017).
    """

    bins: list[Bin]
    error: float


def threshold_curve(scores: Array, correct: Array, gold: int) -> ThresholdCurve:
    """The curve over all distinct scores; if they are many, over 200 of them at even ranks.

    scores: (entities,) of the predicted entities, at least one.
    correct: (entities,) bool, whether they are correct.
    gold: the number of gold entities.
    """
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    thresholds, first = np.unique(ascending, return_index=True)
    at_least = np.cumsum(correct[order][::-1])[::-1]  # (entities,) correct ones from here on
    chosen = np.unique(np.linspace(0, len(thresholds) - 1, _POINTS).astype(np.int64))
    kept = len(scores) - first[chosen]
    right = at_least[first[chosen]]
    return ThresholdCurve(
        thresholds[chosen], right / kept, right / max(1, gold), 2 * right / np.maximum(kept + gold, 1)
    )


def reliability(scores: Array, correct: Array, bins: int = 10) -> Reliability:
    """Bins of equal width.

    scores: (entities,) probabilities.
    correct: (entities,) bool.
    bins: how many, between 0 and 1.
    """
    number = np.minimum((scores * bins).astype(np.int64), bins - 1)
    found, error = [], 0.0
    for i in range(bins):
        its = number == i
        n = int(its.sum())
        if not n:
            continue
        mean, share = float(scores[its].mean()), float(correct[its].mean())
        low, high = _wilson(share, n)
        found.append(Bin(n, mean, share, low, high))
        error += n / len(scores) * abs(mean - share)
    return Reliability(found, error)


def _wilson(share: float, n: int) -> tuple[float, float]:
    center = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * float(np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)))
    return max(0.0, center - half), min(1.0, center + half)
