"""Distributions of window scores: true windows against corrupted ones (lecture 3, eq. 17 and 42-44).

Labels are columns of the scores here. A window is true for the label of its center, and corrupted for every
other label.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array

_BINS = 60
_TAIL = 0.001  # share of the scores that the outermost bins take in, on either side


class Histogram(NamedTuple):
    """Shares of a value by bin; the outermost bins also have all that lies beyond.

    edges: (bins + 1,)
    shares: (bins,) by the name of a group; they add up to 1.
    """

    edges: Array
    shares: dict[str, Array]


class WindowScores(NamedTuple):
    """Scores of the windows of a text.

    windows: how many there are.
    scores: s of true and s_c of corrupted windows, for a max-margin loss.
    differences: s - s_c of the pairs of both; for a loss that classifies, the score of the correct class of
        a window minus the largest score of another class.
    margin: Delta; None for a loss without a margin.
    violations: the share of pairs that violate the margin, or of windows that are misclassified.
    """

    windows: int
    scores: Histogram | None
    differences: Histogram
    margin: float | None
    violations: float


def compare_windows(scores: Array, label: Array, margin: float) -> WindowScores | None:
    """Compare each true window with every window that is corrupted for its label; None if there is no pair.

    So the shares are what sampled pairs have on average.

    scores: (windows, labels).
    label: (windows,) the label of each center, -1 for none.
    margin: Delta.
    """
    pairs = []  # of each label: scores of true windows, and of corrupted ones in ascending order
    for column in np.unique(label[label >= 0]).tolist():
        is_true = label == column
        if not is_true.all():
            s, s_c = (scores[chosen, column].astype(float) for chosen in (is_true, ~is_true))
            pairs.append((s, np.sort(s_c)))
    if not pairs:
        return None
    low = min(float(np.quantile(s_c, _TAIL)) for _, s_c in pairs)
    high = max(float(np.quantile(s, 1 - _TAIL)) for s, _ in pairs)
    edges = _edges(low, high)
    # A difference below 0 is a mistake of the scorer, so that side is always there.
    lowest = min(float(np.quantile(s, 0.01) - np.quantile(s_c, 1 - _TAIL)) for s, s_c in pairs)
    highest = max(float(np.quantile(s, 0.99) - np.quantile(s_c, 0.01)) for s, s_c in pairs)
    steps = _edges(min(lowest, -margin), max(highest, margin))

    n_true = sum(len(s) for s, _ in pairs)
    true, corrupted, below, violations = np.zeros(_BINS), np.zeros(_BINS), np.zeros(_BINS - 1), 0.0
    for s, s_c in pairs:
        true += _shares(s, edges) * len(s)
        corrupted += _shares(s_c, edges) * len(s)
        # s - s_c < d where s_c > s - d
        greater = len(s_c) - np.searchsorted(s_c, s[:, None] - steps[1:-1], side="right")
        below += greater.sum(axis=0) / len(s_c)
        violations += float((len(s_c) - np.searchsorted(s_c, s - margin, side="right")).sum()) / len(s_c)
    differences = np.diff(below / n_true, prepend=0.0, append=1.0)
    return WindowScores(
        len(scores),
        Histogram(edges, {"true": true / n_true, "corrupted": corrupted / n_true}),
        Histogram(steps, {"pairs": differences}),
        margin,
        violations / n_true,
    )


def compare_classes(scores: Array, classes: Array, margin: float | None) -> WindowScores:
    """Compare the score of each window's class with the largest of the others.

    scores: (windows, classes), two classes at least; class 0 is O.
    classes: (windows,) the correct ones.
    margin: Delta; None for none.
    """
    rows = np.arange(len(classes))
    others = scores.astype(float)
    correct = others[rows, classes]
    others[rows, classes] = -np.inf
    difference = correct - others.max(axis=1)
    low, high = np.quantile(difference, [_TAIL, 1 - _TAIL]).tolist()
    edges = _edges(min(low, -(margin or 0.0)), max(high, margin or 0.0))
    groups = {"in entities": difference[classes > 0], "outside": difference[classes == 0]}
    shares = {name: _shares(values, edges) for name, values in groups.items() if len(values)}
    wrong = float((difference <= 0).mean())
    return WindowScores(len(scores), None, Histogram(edges, shares), margin, wrong)


def _edges(low: float, high: float) -> Array:
    if high <= low:
        low, high = low - 0.5, low + 0.5
    return np.linspace(low, high, _BINS + 1)


def _shares(values: Array, edges: Array) -> Array:
    """(bins,) the share of the values in each bin, with all beyond in the outermost ones."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return counts / len(values)
