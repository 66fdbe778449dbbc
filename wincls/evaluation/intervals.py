"""Confidence intervals of F1 by label: the bootstrap of bootstrap.py, for many labels at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wincls.evaluation.counts import Entities


def label_intervals(
    gold: Sequence[Entities], predicted: Sequence[Entities], samples: int = 1000, share: float = 0.95
) -> dict[str, tuple[float, float]]:
    """The percentile bootstrap confidence interval of F1 of each label, as (low, high).

    The corpora that are drawn are those of bootstrap.confidence_interval.

    gold, predicted: the entities of each sentence.
    samples: the number of corpora that are drawn from the sentences with replacement. The seed is fixed.
    share: the confidence level.
    """
    labels = sorted({each.label for entities in (*gold, *predicted) for each in entities})
    number = {label: i for i, label in enumerate(labels)}
    rows = [
        (sentence, number[each.label], 2 * (each in b and each in a), (each in a) + (each in b))
        for sentence, (a, b) in enumerate(
            (set(first), set(second)) for first, second in zip(gold, predicted, strict=True)
        )
        for each in a | b
    ]
    sentence, label, twice_correct, entities = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    rng = np.random.default_rng(0)
    f1 = np.zeros((samples, len(labels)))
    for i in range(samples):
        times = np.bincount(rng.integers(len(gold), size=len(gold)), minlength=len(gold))[sentence]
        correct = np.bincount(label, times * twice_correct, len(labels))
        f1[i] = correct / np.maximum(np.bincount(label, times * entities, len(labels)), 1)
    low, high = np.quantile(f1, [(1 - share) / 2, (1 + share) / 2], axis=0)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(labels)}
