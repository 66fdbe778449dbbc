"""Whether a difference of F1 is more than chance: two sets of predicted entities for the same sentences.

The interval of the difference is that of the paired bootstrap over sentences (Efron 1979; Berg-Kirkpatrick,
Burkett and Klein 2012). The p-value is that of approximate randomization (Noreen 1989; Yeh 2000): if A and B
were equally good, exchanging their results in a random half of the sentences would make as large a difference
as often. Unlike a p-value of the bootstrap, it is also right where A and B differ in only a few sentences, as
is usual for a single type.

Sentences with the same counts are exchangeable. So a sample only draws how many sentences it has of each
pattern of counts, and its cost does not depend on the size of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Counts, Entities

SAMPLES = 10_000
NO_COUNTS: Array = np.zeros((0, 5), dtype=np.int64)
"""The counts of sentences that have no entity."""
_CELLS = 1 << 21  # numbers that are drawn at once
_TINY = 1e-12  # differences that differ by less are the same


class Difference(NamedTuple):
    """How B differs from A.

    a, b: the counts of both.
    f1: F1 of B minus F1 of A.
    interval: the 95 % confidence interval of f1, as (low, high).
    p: the two-sided p-value of the hypothesis that A and B are equally good.
    """

    a: Counts
    b: Counts
    f1: float
    interval: tuple[float, float]
    p: float


def sentence_counts(
    gold: Sequence[Entities],
    a: Sequence[Entities],
    b: Sequence[Entities],
    group: Callable[[int, Entity], str],
) -> dict[str, Array]:
    """Numbers of entities by group, in alphabetical order: (sentences, 5) arrays.

    The five are: correct in A, predicted in A, correct in B, predicted in B, gold. Sentences without an
    entity of a group have no row in its array.

    gold, a, b: the entities of each sentence.
    group: of an entity; its first argument is the number of the sentence.
    """
    rows: dict[str, list[list[int]]] = {}
    for i, sides in enumerate(zip(gold, a, b, strict=True)):
        if not any(sides):
            continue
        known, found_a, found_b = map(set, sides)
        own: dict[str, list[int]] = {}
        for each in known | found_a | found_b:
            row = own.setdefault(group(i, each), [0] * 5)
            is_gold, in_a, in_b = each in known, each in found_a, each in found_b
            for column, one in enumerate((in_a and is_gold, in_a, in_b and is_gold, in_b, is_gold)):
                row[column] += one
        for name, row in own.items():
            rows.setdefault(name, []).append(row)
    return {name: np.array(rows[name], dtype=np.int64) for name in sorted(rows)}


def compare_counts(counts: Array, sentences: int, samples: int = SAMPLES, share: float = 0.95) -> Difference:
    """The difference of F1 with its interval and p-value. The seed is fixed.

    counts: (rows, 5) see :func:`sentence_counts`.
    sentences: how many there are, with those that have no row.
    samples: of the bootstrap, and as many of the randomization.
    share: the confidence level.
    """
    total = counts.sum(axis=0)
    observed = float(_f1_differences(total[None])[0])
    patterns, times = _patterns(counts)
    drawn = np.concatenate([*map(_f1_differences, _bootstrap(patterns, times, sentences, samples))])
    low, high = np.quantile(drawn, [(1 - share) / 2, (1 + share) / 2])
    exchanged = np.concatenate([*map(_f1_differences, _randomize(patterns, times, samples))])
    as_large = int((np.abs(exchanged) >= abs(observed) - _TINY).sum())
    correct_a, predicted_a, correct_b, predicted_b, gold = total.tolist()
    return Difference(
        Counts(correct_a, predicted_a, gold),
        Counts(correct_b, predicted_b, gold),
        observed,
        (float(low), float(high)),
        (as_large + 1) / (samples + 1),
    )


def _f1_differences(totals: Array) -> Array:
    """(samples,) F1 of B minus F1 of A; totals: (samples, 5) see :func:`sentence_counts`."""
    correct_a, predicted_a, correct_b, predicted_b, gold = totals.T
    a = 2 * correct_a / np.maximum(predicted_a + gold, 1)
    b = 2 * correct_b / np.maximum(predicted_b + gold, 1)
    return b - a


def _patterns(counts: Array) -> tuple[Array, Array]:
    """(patterns, 5) the distinct rows in the order of their first places, and (patterns,) how often each is.

    This order stays the same if A and B change places, and so do the samples.
    """
    patterns, first, times = np.unique(counts, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    return patterns[order], times[order]


def _bootstrap(patterns: Array, times: Array, sentences: int, samples: int) -> Iterator[Array]:
    """(some, 5) totals of corpora of so many sentences that are drawn with replacement."""
    rng = np.random.default_rng(0)
    without = sentences - times.sum()  # the sentences without entities
    shares = np.append(times, without) / max(1, sentences)
    for some in _batches(samples, len(shares)):
        yield rng.multinomial(sentences, shares, size=some)[:, :-1] @ patterns


def _randomize(patterns: Array, times: Array, samples: int) -> Iterator[Array]:
    """(some, 5) totals after A and B changed places in each sentence with a probability of one half."""
    rng = np.random.default_rng(0)
    total = times @ patterns
    swapped = patterns[:, [2, 3, 0, 1, 4]] - patterns
    matters = swapped.any(axis=1)
    swapped, times = swapped[matters], times[matters]
    for some in _batches(samples, len(swapped)):
        yield total + rng.binomial(times, 0.5, size=(some, len(times))) @ swapped


def _batches(samples: int, patterns: int) -> Iterator[int]:
    """Numbers of samples that add up to `samples`, so few that their draws fit into memory."""
    most = max(1, _CELLS // max(1, patterns))
    for done in range(0, samples, most):
        yield min(most, samples - done)
