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


def label_intervals(
    gold: Sequence[Entities], predicted: Sequence[Entities], samples: int = 1000, share: float = 0.95
) -> dict[str, tuple[float, float]]:
    """The percentile bootstrap confidence interval of F1 of each label, as (low, high).

    The corpora that are drawn are those of confidence_interval.

    gold, predicted: the entities of each sentence.
    samples: the number of corpora that are drawn from the sentences with replacement. The seed is fixed.
    share: the confidence level.
    """
    labels = sorted({each.label for entities in (*gold, *predicted) for each in entities})
    number = {label: i for i, label in enumerate(labels)}
    # Of each sentence and label that it has: twice the correct entities, and the gold and predicted ones.
    correct: dict[tuple[int, int], int] = {}
    entities: dict[tuple[int, int], int] = {}
    for sentence, sides in enumerate(zip(gold, predicted, strict=True)):
        a, b = map(set, sides)
        for each in (*a, *b):
            key = sentence, number[each.label]
            correct[key] = correct.get(key, 0) + (each in a and each in b)
            entities[key] = entities.get(key, 0) + 1
    sentences, label = np.array([*entities], dtype=np.int64).reshape(-1, 2).T
    twice_correct, both = (np.array([*each.values()], dtype=np.int64) for each in (correct, entities))
    rng = np.random.default_rng(0)
    f1 = np.zeros((samples, len(labels)))
    for i in range(samples):
        times = np.bincount(rng.integers(len(gold), size=len(gold)), minlength=len(gold))[sentences]
        total = np.bincount(label, times * both, len(labels))
        f1[i] = np.bincount(label, times * twice_correct, len(labels)) / np.maximum(total, 1)
    low, high = np.quantile(f1, [(1 - share) / 2, (1 + share) / 2], axis=0)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(labels)}
