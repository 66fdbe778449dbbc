"""Losses on scores, with their gradients written under them (lecture 3, eq. 5-8, 17 and 42-46).

A loss says how many scores a window has, draws its targets for the windows of a batch, and gives its
value, the gradient on every score, and how many of its comparisons are violated. A new loss is one
class and one entry in LOSSES. StructuredHinge compares whole sentences and is added to any of them.

Tags are numbers, 0 for O. Losses that compare labels with each other have a score for each tag;
max-margin has none for O, and its score for label k is in column k - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from wincls.arrays import Array
from wincls.network.lattice import Lattice, with_outside
from wincls.options import option

_BIAS = "whether each class has a bias; without one and without a hidden layer, f = W x (eq. 9)"


class Pairs(NamedTuple):
    """True and corrupted windows to compare (lecture 3, "Binary classification for NER Location").

    The center of a true window bears the label, the center of a corrupted one does not. A window bears
    one label at most, so `true` tells which pairs belong together.

    label: (pairs,) columns of the scores.
    true, corrupted: (pairs,) rows of the scores.
    """

    label: Array
    true: Array
    corrupted: Array

    def __bool__(self) -> bool:
        return len(self.label) > 0

    def compact(self) -> tuple[Array, Pairs]:
        """The distinct windows, ascending, and the same pairs as rows of these."""
        windows, rows = np.unique(np.concatenate([self.true, self.corrupted]), return_inverse=True)
        return windows, Pairs(self.label, *np.split(rows, 2))


class Classes(NamedTuple):
    """The right tag of windows; windows: (n,) rows of the scores; tags: (n,) columns."""

    windows: Array
    tags: Array

    def __bool__(self) -> bool:
        return len(self.tags) > 0

    def compact(self) -> tuple[Array, Classes]:
        """The windows, and the same targets as rows of these."""
        return self.windows, Classes(np.arange(len(self.windows)), self.tags)


class LossValue(NamedTuple):
    """What a loss says of a batch.

    value: J.
    ds: dJ/dscores, shaped like the scores.
    violations: pairs or windows inside the margin; for cross-entropy, windows that are classified wrongly.
    compared: how many there are in all.
    pieces: which piece of a piecewise loss each comparison is on (any shape).
    """

    value: float
    ds: Array
    violations: int
    compared: int
    pieces: Array


class Loss(Protocol):
    """What every loss of windows offers."""

    @property
    def bias(self) -> bool:
        """Whether the output has a bias."""
        ...

    def n_scores(self, n_tags: int) -> int:
        """Scores of a window where there are so many tags, O included."""
        ...

    def anchors(self, tags: Array) -> Array:
        """The windows, of those whose centers have these tags, that the loss is summed over."""
        ...

    def targets(self, tags: Array, anchors: Array, rng: np.random.Generator) -> Any:
        """The targets of some anchors; tags: (windows,) of all windows that may be compared with them."""
        ...

    def __call__(self, scores: Array, target: Any) -> LossValue: ...


@dataclass(frozen=True)
class MaxMargin:
    """J = max(0, Delta + s_c - s) (eq. 17, 43 and 44), over all corrupted windows of a true one.

    The cost of a true window is the p-norm of the costs of its pairs, and J is the mean over true
    windows. With one corrupted window for each true one this is the lecture's loss whatever p is;
    with several, p = 1 is the lecture's sum over them. The larger p, the more the corrupted windows
    count that come closest to the true one, until with p = infinity only the hardest does.
    With Delta = 0 it is the lesser form of eq. 42, which is content when a true window is just ahead.
    """

    margin: float = option(
        1.0,
        "Delta, by how much a true window should outscore a corrupted one; 0 is the lesser form of eq. 42",
        least=0,
    )
    norm: float = option(2.0, "p of the norm over a true window's pairs; 1 is their sum", least=1, most=100)
    corrupted: int = option(100, "K, corrupted windows sampled for each true one", least=1)
    bias: ClassVar[bool] = False  # it would cancel in pairs

    def n_scores(self, n_tags: int) -> int:
        return n_tags - 1

    def anchors(self, tags: Array) -> Array:
        """The true windows: those whose center bears a label."""
        return np.flatnonzero(tags)

    def targets(self, tags: Array, anchors: Array, rng: np.random.Generator) -> Pairs:
        """Each true window with K windows whose center does not bear its label, drawn at random.

        If ten draws find only windows that bear it, hardly any other exists, and the pair is left out.
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
        violated = cost > 0.0
        share = np.zeros(len(cost))
        share[violated] = (of_largest[violated] / norms[true[violated]]) ** (self.norm - 1.0) / trues
        columns = scores.shape[1]
        ds = np.bincount(corrupted * columns + label, share, scores.size)
        ds -= np.bincount(true * columns + label, share, scores.size)
        ds = ds.reshape(scores.shape).astype(scores.dtype)
        return LossValue(J, ds, int(violated.sum()), len(label), violated)


class _OfClasses:
    """What losses share that compare the right class of a window with all others."""

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
        1.0, "by how much the right class should outscore every other; 0: it only has to be ahead", least=0
    )
    bias: bool = option(True, _BIAS)

    def __call__(self, scores: Array, target: Classes) -> LossValue:
        windows, y = target
        others = scores.copy()
        others[windows, y] = -np.inf
        rival = others.argmax(axis=1)[windows]
        cost = self.margin + scores[windows, rival] - scores[windows, y]
        violated = ~(cost <= 0.0)  # so that nan counts, and shows in J
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
    """The true tag sequences of a batch of sentences; its windows are all windows of these, in order.

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

    s(y) is the sum of a sequence's scores, that of O being 0 where O has none; t is the true sequence
    and d(y, t) the number of tokens that y tags wrongly. It is the lecture's max-margin loss for whole
    sentences (not in the lecture; Taskar et al. 2003, Tsochantaridis et al. 2005): the true sequence
    should outscore any other, by more, the more is wrong in it. J is summed over the sentences of a
    batch and divided by the number of its tokens that bear a label, as in MaxMargin.
    """

    weight: float = option(
        1.0, "what it counts beside the loss of windows; 0 switches it off", least=0, most=1000
    )
    margin: float = option(
        1.0,
        "Delta, by how much the true tag sequence should outscore another for each tag wrong in it",
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
        # A token that y tags rightly costs 0, or nan if its score is no finite number, so that it shows.
        J = share * float((rivals[tokens, y] - complete[tokens, tags]).sum())

        # dJ/ds = 1 for each score of y and -1 for each of t, which cancel where both have the same tag.
        ds = np.zeros_like(complete)
        ds[wrong, y[wrong]] = share
        ds[wrong, tags[wrong]] = -share
        ds = ds[:, complete.shape[1] - scores.shape[1] :]
        return LossValue(J, ds, len(wrong), len(tags), y)


def log_softmax(f: Array) -> Array:
    """log(exp f_y / sum_c exp f_c) of each row (eq. 2 and 4), from (rows, classes)."""
    shifted = f - f.max(axis=-1, keepdims=True)  # the same quotient, and exp cannot overflow
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


LOSSES: dict[str, type] = {
    "max_margin": MaxMargin,
    "multiclass_hinge": MulticlassHinge,
    "cross_entropy": CrossEntropy,
}
