"""Confidence intervals of F1: bootstrap over sentences (Efron 1979; Berg-Kirkpatrick et al. 2012)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wincls.evaluation.counts import Counts, Entities


def confidence_interval(
    gold: Sequence[Entities], predicted: Sequence[Entities], samples: int = 1000, share: float = 0.95
) -> tuple[float, float]:
    """The percentile bootstrap confidence interval of F1, as (low, high).

    gold, predicted: the entities of each sentence.
    samples: the number of corpora that are drawn from the sentences with replacement. The seed is fixed.
    share: the confidence level.
    """
    counts = np.array(
        [
            Counts(len(set(a) & set(b)), len(b), len(a)) if a or b else Counts()
            for a, b in zip(gold, predicted, strict=True)
        ]
    ).reshape(-1, 3)
    rng = np.random.default_rng(0)
    f1 = np.empty(samples)
    for i in range(samples):
        drawn = counts[rng.integers(len(counts), size=len(counts))].sum(axis=0)
        f1[i] = Counts(*drawn.tolist()).f1
    low, high = np.quantile(f1, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)
