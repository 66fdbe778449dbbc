"""Losses on scores, with their gradients written under them (lecture 3, eq. 5-8, 17 and 42-46).

A loss takes the scores of a batch, (windows, labels), and says what it costs, what the gradient
on every score is, and how many of its comparisons are not yet satisfied. A new loss is one class
and one entry in LOSSES. StructuredHinge, a loss of whole sentences, is added to any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np

from wincls.options import option

Array = np.ndarray


class Pairs(NamedTuple):
    """True and corrupted windows to compare: three (pairs,) arrays of whole numbers.

    label: the column of the scores; true and corrupted: rows of the scores. The centre of the
    true window bears the label, the centre of the corrupted one does not. A window bears one label
    at most, so `true` tells which pairs belong together.
    """

    label: Array
    true: Array
    corrupted: Array


class LossValue(NamedTuple):
    """What a loss says of a batch.

    value: J; ds: dJ/dscores, shaped like the scores; unsatisfied out of compared: pairs or windows
    inside the margin, or, for cross-entropy, windows that are classified wrongly; active: which
    piece of a piecewise loss each comparison is on.
    """

    value: float
    ds: Array
    unsatisfied: int
    compared: int
    active: Array

    def plus(self, further: LossValue) -> LossValue:
        """The sum with a further loss on the same scores; comparisons stay those of the first."""
        active = np.concatenate([self.active, further.active])
        return self._replace(value=self.value + further.value, ds=self.ds + further.ds, active=active)


class Loss(Protocol):
    """What every loss offers. `ranks` tells whether it compares Pairs or wants a class per window.

    A loss that ranks windows needs no score for O and no output bias, which cancel in its pairs.
    """

    ranks: ClassVar[bool]

    def __call__(self, scores: Array, target: Array | Pairs) -> LossValue: ...


@dataclass(frozen=True)
class MaxMargin:
    """J = max(0, Delta + s_c - s) (eq. 17, 43 and 44), over all corrupted windows of a true one.

    The cost of a true window is the p-norm of the costs of its pairs, and J the mean over true
    windows. With one corrupted window for each true one this is the lecture's loss whatever p is;
    with several, p = 1 is the lecture's sum over them, and the larger p, the more the corrupted
    windows count that come closest to the true one, until with p = infinity only the hardest does.
    """

    margin: float = option(1.0, "Delta, by how much a true window shall outscore a corrupted one", above=0)
    norm: float = option(2.0, "p of the norm over a true window's pairs; 1 is their sum", least=1, most=100)
    ranks: ClassVar[bool] = True

    def __call__(self, scores: Array, target: Array | Pairs) -> LossValue:
        assert isinstance(target, Pairs)
        label, true, corrupted = target
        s = scores[true, label]  # (pairs,)
        s_c = scores[corrupted, label]  # (pairs,)
        cost = np.maximum(0.0, self.margin + s_c - s)
        # Of every window as a true one: the norm of its pairs' costs, taken of shares of the largest
        # of them, since cost^p would leave the range of float32.
        largest: Array = np.zeros(len(scores))
        np.maximum.at(largest, true, cost)
        of_largest = cost / np.where(largest > 0.0, largest, 1.0)[true]  # (pairs,)
        norms = np.bincount(true, of_largest**self.norm, len(scores)) ** (1.0 / self.norm)  # (windows,)
        trues = max(1, int(np.count_nonzero(np.bincount(true, minlength=len(scores)))))
        J = float((largest * norms).sum()) / trues

        # dJ/ds = -1 and dJ/ds_c = 1 for a pair by itself inside the margin (eq. 46), 0 outside; of
        # the norm of several, each has the share (cost / norm)^(p - 1).
        active = cost > 0.0
        share = np.zeros(len(cost))
        share[active] = (of_largest[active] / norms[true[active]]) ** (self.norm - 1.0) / trues
        columns = scores.shape[1]
        ds = np.bincount(corrupted * columns + label, share, scores.size)
        ds -= np.bincount(true * columns + label, share, scores.size)
        ds = ds.reshape(scores.shape).astype(scores.dtype)
        return LossValue(J, ds, int(active.sum()), len(label), active)


@dataclass(frozen=True)
class MulticlassHinge:
    """J = max(0, Delta + max_{j != y} s_j - s_y), the mean over windows (Crammer and Singer 2001)."""

    margin: float = option(1.0, "by how much the right class shall outscore every other", above=0)
    ranks: ClassVar[bool] = False

    def __call__(self, scores: Array, target: Array | Pairs) -> LossValue:
        assert not isinstance(target, Pairs)
        windows = np.arange(len(scores))
        others = scores.copy()
        others[windows, target] = -np.inf
        rival = others.argmax(axis=1)  # (windows,)
        cost = self.margin + scores[windows, rival] - scores[windows, target]
        active = ~(cost <= 0.0)  # so that nan counts, and shows in J
        J = float(cost[active].sum()) / len(scores)

        ds = np.zeros_like(scores)
        ds[windows, rival] = active / len(scores)
        ds[windows, target] = -(active / len(scores))
        return LossValue(J, ds, int(active.sum()), len(scores), np.where(active, rival, -1))


@dataclass(frozen=True)
class CrossEntropy:
    """J = -log softmax(f)_y, the mean over windows (eq. 5-8)."""

    ranks: ClassVar[bool] = False

    def __call__(self, scores: Array, target: Array | Pairs) -> LossValue:
        assert not isinstance(target, Pairs)
        windows = np.arange(len(scores))
        log_p = log_softmax(scores)
        J = -float(log_p[windows, target].mean())

        # d(-log p_y)/df = p - e_y.
        ds = np.exp(log_p)
        ds[windows, target] -= 1.0
        ds /= len(scores)
        wrong = int((scores.argmax(axis=1) != target).sum())
        return LossValue(J, ds, wrong, len(scores), np.zeros(0, dtype=bool))


@dataclass(frozen=True)
class StructuredHinge:
    """J = max_y (Delta d(y, t) + s(y)) - s(t), over all legal taggings y of a sentence (not in the lecture).

    s(y) is the sum of a tagging's scores, that of O being 0 where O has none, t the true tagging and
    d(y, t) the number of tokens that y tags wrongly. It is the lecture's max-margin loss for whole
    sentences: the true tagging is to outscore any other, by more, the more is wrong in it (Taskar et
    al. 2003, Tsochantaridis et al. 2005). J is summed over the sentences of a batch and divided by
    the number of its tokens that bear a label, as in MaxMargin. What is wrongly tagged where nothing
    is to be found so counts the more, the fewer labels there are; dividing by the number to be
    expected did no better (WNUT-17, three seeds, one network: 51.9 instead of 52.7).
    """

    weight: float = option(
        1.0,
        "what it counts beside the loss of windows; 0 switches it off, and the log-odds over taggings in "
        "the second stage of calibration",
        least=0,
        most=1000,
    )
    margin: float = option(
        1.0,
        "Delta, by how much the true tagging shall outscore another for each tag wrong in it",
        above=0,
        most=1000,
    )

    def __call__(
        self, scores: Array, tags: Array, lengths: Array, best: Callable[[Array, Array], Array]
    ) -> LossValue:
        """The loss of a batch of sentences, one after the other.

        scores: (tokens, tags), see :func:`with_outside`; tags: (tokens,) true tag numbers, 0 for O;
        lengths: (sentences,); best: from scores and lengths to the best legal taggings, (tokens,).
        """
        tokens = np.arange(len(tags))
        rivals = scores + self.margin
        rivals[tokens, tags] = scores[tokens, tags]
        y = best(rivals, lengths)
        wrong = np.flatnonzero(y != tags)
        share = self.weight / max(1, int(np.count_nonzero(tags)))
        # A token that y tags rightly costs 0, or nan if its score is no finite number, so that it shows.
        J = share * float((rivals[tokens, y] - scores[tokens, tags]).sum())

        # dJ/ds = 1 for each score of y and -1 for each of t, which cancel where both have the same tag.
        ds = np.zeros_like(scores)
        ds[wrong, y[wrong]] = share
        ds[wrong, tags[wrong]] = -share
        return LossValue(J, ds, len(wrong), len(tags), y)


def with_outside(scores: Array, n_tags: int) -> Array:
    """(tokens, tags) scores in which O, the first tag, has the score 0 if it had none."""
    if scores.shape[1] == n_tags:
        return scores
    return np.concatenate([np.zeros((len(scores), 1), dtype=scores.dtype), scores], axis=1)


def log_softmax(f: Array) -> Array:
    """log(exp f_y / sum_c exp f_c) of each row (eq. 2 and 4), from (rows, classes)."""
    shifted = f - f.max(axis=-1, keepdims=True)  # the same quotient, and exp cannot overflow
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


LOSSES: dict[str, type] = {
    "max_margin": MaxMargin,
    "multiclass_hinge": MulticlassHinge,
    "cross_entropy": CrossEntropy,
}
