"""Losses on scores, each with its gradient (lecture 3, eq. 5-8, 17 and 42-46).

A loss defines the number of scores of a window and draws its targets for the windows of a batch. It
returns its value, the gradient with respect to the scores, and the number of violated comparisons. A new
loss is one class and one entry in LOSSES. StructuredHinge compares tag sequences of sentences and is
added to one of them. Tags are numbers, 0 for O. The losses that compare classes have a score for each
tag. Max-margin has none for O, and its score for label k is in column k - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from wincls.arrays import Array
from wincls.network.lattice import Lattice, with_outside
from wincls.options import option

_BIAS = "whether each class has a bias; without a bias and without a hidden layer, f = W x (eq. 9)"


class Pairs(NamedTuple):
    """True and corrupted windows to compare (lecture 3, "Binary classification for NER Location").

    The center of a true window has the label, the center of a corrupted window does not. A window has at most
    one label, so pairs with the same `true` belong to the same true window and label.

    label: (pairs,) columns of the scores.
    true, corrupted: (pairs,) rows of the scores.
    """

    label: Array
    true: Array
    corrupted: Array

    def __bool__(self) -> bool:
        return len(self.label) > 0

    def compact(self) -> tuple[Array, Pairs]:
        """The distinct windows, ascending, and the same pairs with indices of these windows as rows."""
        windows, rows = np.unique(np.concatenate([self.true, self.corrupted]), return_inverse=True)
        return windows, Pairs(self.label, *np.split(rows, 2))


class Classes(NamedTuple):
    """The correct tag of each window; windows: (n,) rows of the scores; tags: (n,) columns."""

    windows: Array
    tags: Array

    def __bool__(self) -> bool:
        return len(self.tags) > 0

    def compact(self) -> tuple[Array, Classes]:
        """The windows, and the same targets with indices of these windows as rows."""
        return self.windows, Classes(np.arange(len(self.windows)), self.tags)


class LossValue(NamedTuple):
    """The value and the gradient of a loss on a batch.

    value: J.
    ds: dJ/dscores, of the shape of the scores.
    violations: violated comparisons: pairs (max-margin) or windows that violate the margin, misclassified
        windows (cross-entropy), wrong tags of the strongest rival sequence (structured hinge).
    compared: comparisons: pairs, windows or tokens.
    pieces: the linear piece that each comparison is on (any shape), for the gradient check.
    """

    value: float
    ds: Array
    violations: int
    compared: int
    pieces: Array


class Loss(Protocol):
    """The interface of a loss of windows."""

    @property
    def bias(self) -> bool:
        """Whether the output layer has a bias."""
        ...

    def n_scores(self, n_tags: int) -> int:
        """The number of scores of a window; n_tags: number of tags, O included."""
        ...

    def anchors(self, tags: Array) -> Array:
        """(anchors,) indices of the windows that the loss is summed over; tags: (windows,) of all centers."""
        ...

    def targets(self, tags: Array, anchors: Array, rng: np.random.Generator) -> Any:
        """The targets of some anchors; tags: (windows,) of all windows that they may be compared with."""
        ...

    def __call__(self, scores: Array, target: Any) -> LossValue: ...


@dataclass(frozen=True)
class MaxMargin:
    """Max-margin: a pair costs max(0, Delta + s_c - s) (eq. 17, 43 and 44).

    The cost of a true window is the p-norm of the costs of its pairs, and J is the mean over true windows.
    With one corrupted window for each true window, this is the lecture's loss for any p. With several, p = 1
    is the lecture's sum over them. A larger p gives more weight to the corrupted windows with the highest
    scores; with p = infinity, only the highest would count. Delta = 0 is eq. 42, for which it is enough that
    the true window has the larger score.
    """

    margin: float = option(
        1.0,
        "Delta, by how much a true window should outscore a corrupted one; 0 is eq. 42, without a margin",
        least=0,
    )
    norm: float = option(2.0, "p of the norm over a true window's pairs; 1 is their sum", least=1, most=100)
    corrupted: int = option(
        100, "K, number of corrupted windows sampled for each true window", least=1, most=10**5
    )
    bias: ClassVar[bool] = False  # a bias would cancel in each pair

    def n_scores(self, n_tags: int) -> int:
        return n_tags - 1

    def anchors(self, tags: Array) -> Array:
        """The true windows: those whose center has a label."""
        return np.flatnonzero(tags)

    def targets(self, tags: Array, anchors: Array, rng: np.random.Generator) -> Pairs:
        """Each true window with K random windows whose centers do not have its label.

        A window that has it is drawn again, up to ten times; then the pair is left out.
        """
        true = np.repeat(anchors, self.corrupted)  # (pairs,)
        tag = tags[true]
        drawn = rng.integers(len(tags), size=len(true))
        for _ in range(10):
            again = np.flatnonzero(tags[drawn] == tag)
            if not len(again):
                break
            drawn[again] = rng.integers(len(tags), size=len(again))
        kept = tags[drawn] != tag
        return Pairs(tag[kept] - 1, true[kept], drawn[kept])

    def __call__(self, scores: Array, target: Pairs) -> LossValue:
        label, true, corrupted = target
        s = scores[true, label]  # (pairs,)
        s_c = scores[corrupted, label]  # (pairs,)
        cost = np.maximum(0.0, self.margin + s_c - s)
        # The norm of the costs of each true window's pairs. Costs are divided by the largest of them first,
        # since cost^p would leave the range of float32.
        largest: Array = np.zeros(len(scores))
        np.maximum.at(largest, true, cost)
        of_largest = cost / np.where(largest > 0.0, largest, 1.0)[true]  # (pairs,)
        norms = np.bincount(true, of_largest**self.norm, len(scores)) ** (1.0 / self.norm)  # (windows,)
        trues = max(1, int(np.count_nonzero(np.bincount(true, minlength=len(scores)))))
        J = float((largest * norms).sum()) / trues

        # A single pair that violates the margin has dJ/ds = -1 and dJ/ds_c = 1 (eq. 46), any other pair 0. In
        # the norm of several pairs, each of these is multiplied by (cost / norm)^(p - 1).
        violated = cost > 0.0
        share = np.zeros(len(cost))
        share[violated] = (of_largest[violated] / norms[true[violated]]) ** (self.norm - 1.0) / trues
        columns = scores.shape[1]
        ds = np.bincount(corrupted * columns + label, share, scores.size)
        ds -= np.bincount(true * columns + label, share, scores.size)
        ds = ds.reshape(scores.shape).astype(scores.dtype)
        return LossValue(J, ds, int(violated.sum()), len(label), violated)


class _OfClasses:
    """The common part of the losses that compare the correct class of a window with all other classes."""

    def n_scores(self, n_tags: int) -> int:
        return n_tags

    def anchors(self, tags: Array) -> Array:
        return np.arange(len(tags))

    def targets(self, tags: Array, anchors: Array, rng: np.random.Generator) -> Classes:
        return Classes(anchors, tags[anchors])


@dataclass(frozen=True)
class MulticlassHinge(_OfClasses):
    """J = max(0, Delta + max_{j != y} s_j - s_y), the mean over windows (Crammer and Singer 2001)."""

    margin: float = option(
        1.0, "by how much the correct class should outscore the others; 0: it only has to be first", least=0
    )
    bias: bool = option(True, _BIAS)

    def __call__(self, scores: Array, target: Classes) -> LossValue:
        windows, y = target
        others = scores.copy()
        others[windows, y] = -np.inf
        rival = others.argmax(axis=1)[windows]
        cost = self.margin + scores[windows, rival] - scores[windows, y]
        violated = ~(cost <= 0.0)  # nan counts as violated, so that J becomes nan
        J = float(cost[violated].sum()) / len(windows)

        ds = np.zeros_like(scores)
        ds[windows, rival] = violated / len(windows)
        ds[windows, y] = -(violated / len(windows))
        return LossValue(J, ds, int(violated.sum()), len(windows), np.where(violated, rival, -1))


@dataclass(frozen=True)
class CrossEntropy(_OfClasses):
    """J = -log softmax(f)_y, the mean over windows (eq. 5-8)."""

    bias: bool = option(True, _BIAS)

    def __call__(self, scores: Array, target: Classes) -> LossValue:
        windows, y = target
        log_p = log_softmax(scores[windows])
        rows = np.arange(len(windows))
        J = -float(log_p[rows, y].mean())

        # d(-log p_y)/df = p - e_y.
        p = np.exp(log_p)
        p[rows, y] -= 1.0
        ds = np.zeros_like(scores)
        ds[windows] = p / len(windows)
        wrong = int((log_p.argmax(axis=1) != y).sum())
        return LossValue(J, ds, wrong, len(windows), np.zeros(0, dtype=bool))


class TagSequences(NamedTuple):
    """The true tag sequences of a batch of sentences. The batch has all windows of these sentences, in order.

    tags: (windows,) tag numbers, 0 for O.
    lengths: (sentences,).
    lattice: the legal sequences.
    """

    tags: Array
    lengths: Array
    lattice: Lattice

    def __bool__(self) -> bool:
        return len(self.tags) > 0


@dataclass(frozen=True)
class StructuredHinge:
    """J = max_y (Delta d(y, t) + s(y)) - s(t) over all legal tag sequences y of a sentence.

    s(y) is the sum of the scores of the tags of y (0 for O where O has no score), t the true sequence, and
    d(y, t) the number of wrong tags in y. So the margin between the true sequence and another grows with the
    number of wrong tags. This is the max-margin loss for whole sentences (not in the lecture; Taskar et al.
    2003, Tsochantaridis et al. 2005). J is the sum over the sentences of a batch, divided by the number of
    its tokens with a label, as in MaxMargin.
    """

    weight: float = option(
        1.0, "factor of this loss in the sum with the loss of windows; 0 switches it off", least=0, most=1000
    )
    margin: float = option(
        1.0,
        "Delta, margin between the true tag sequence and another, for each wrong tag of the other",
        above=0,
        most=1000,
    )

    def __call__(self, scores: Array, target: TagSequences) -> LossValue:
        tags, lengths, lattice = target
        complete = with_outside(scores, lattice.tags)  # (tokens, tags)
        tokens = np.arange(len(tags))
        rivals = complete + self.margin
        rivals[tokens, tags] = complete[tokens, tags]
        y = lattice.best(rivals, lengths)
        wrong = np.flatnonzero(y != tags)
        share = self.weight / max(1, int(np.count_nonzero(tags)))
        # A token with the correct tag in y costs 0, or nan if its score is not finite, so that J becomes nan.
        J = share * float((rivals[tokens, y] - complete[tokens, tags]).sum())

        # dJ/ds is 1 for each score of y and -1 for each score of t. They cancel where both have the same tag.
        ds = np.zeros_like(complete)
        ds[wrong, y[wrong]] = share
        ds[wrong, tags[wrong]] = -share
        ds = ds[:, complete.shape[1] - scores.shape[1] :]
        return LossValue(J, ds, len(wrong), len(tags), y)


def log_softmax(f: Array) -> Array:
    """log(exp f_y / sum_c exp f_c) of each row (eq. 2 and 4), from (rows, classes)."""
    log_p: Array = f - f.max(axis=-1, keepdims=True)  # does not change the quotient, and exp cannot overflow
    log_p -= np.log(np.exp(log_p).sum(axis=-1, keepdims=True))
    return log_p


LOSSES: dict[str, type] = {
    "max_margin": MaxMargin,
    "multiclass_hinge": MulticlassHinge,
    "cross_entropy": CrossEntropy,
}
