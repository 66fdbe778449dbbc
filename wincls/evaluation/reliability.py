"""Reliability: whether the scores of predicted entities are the probabilities that they are correct."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array

_Z = 1.959964  # of a 95 % interval of the normal distribution


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
