"""The learning curve: F1 by the number of training sentences, and what more of them would add.

The error 1 - F1 of a fold is fitted by a power law a * n^-b of the number of sentences n, by least squares
on logarithms (Hestness et al. 2017 review such curves). The gain of more sentences is computed for each fold.
The 95 % interval of the mean gain is Student's, with the variance of Nadeau and Bengio (2003) for figures of
trainings whose training data overlap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array

_LEAST_ERROR = 1e-3  # so that an F1 of 1 has a logarithm
# The 97.5 % quantile of Student's t distribution, for 1, 2, ... degrees of freedom.
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
)  # fmt: skip
MOST_FOLDS = len(_T) + 1


class LearningCurve(NamedTuple):
    """F1 by training size.

    sizes: (points,) the mean number of training sentences of the folds, in ascending order.
    f1: (points, folds).
    """

    sizes: Array
    f1: Array


class Gain(NamedTuple):
    """What more training sentences should add to F1.

    sentences: how many more than in the whole corpus.
    f1: the expected gain.
    interval: its 95 % interval, as (low, high).
    """

    sentences: int
    f1: float
    interval: tuple[float, float]


def expected_gain(curve: LearningCurve, have: int, more: int) -> Gain:
    """The expected gain of F1 by `more` sentences on top of `have`; at least two points and two folds."""
    x = np.log(curve.sizes)
    error = np.log(np.maximum(1 - curve.f1, _LEAST_ERROR))  # (points, folds)
    centered = x - x.mean()
    slope = centered @ error / (centered @ centered)  # (folds,), -b
    level = error.mean(axis=0) - slope * x.mean()  # (folds,), log a
    before, after = (1 - np.exp(level + slope * np.log(n)) for n in (have, have + more))
    gain = after - before  # (folds,)
    folds = len(gain)
    spread = np.sqrt((1 / folds + 1 / (folds - 1)) * gain.var(ddof=1))
    half = _T[folds - 2] * float(spread)
    mean = float(gain.mean())
    return Gain(more, mean, (mean - half, mean + half))


def sensible_step(have: int) -> int:
    """How many further sentences to ask about: 1,000, or a round number that is not above `have`."""
    return 1000 if have >= 1000 else int(str(have)[0]) * 10 ** (len(str(have)) - 1)
