"""The objective of a training step: losses of a batch plus penalties, with gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.dropout import Dropout
from wincls.network.gradients import Gradient
from wincls.network.losses import LossValue
from wincls.network.scorer import Forward, Scorer
from wincls.optim.regularizers import add_penalty

Term = tuple[Callable[[Array, Any], LossValue], Any]
"""A loss and its target."""


class Step(NamedTuple):
    """J_R and its gradients.

    value: J_R.
    losses: the value of each term that has comparisons.
    gradients: by parameter name.
    forward: the forward pass.
    """

    value: float
    losses: list[LossValue]
    gradients: dict[str, Gradient]
    forward: Forward


def penalized_names(scorer: Scorer, tables: bool) -> list[str]:
    """The parameters to penalize: the weight matrices (eq. 52) and, if `tables`, the trained tables."""
    return [name for name in scorer.weights if tables or not name.startswith("L.")]


def compute_step(
    scorer: Scorer,
    terms: Sequence[Term],
    rows: Array,
    windows: Array,
    dropout: Dropout | None,
    penalized: Sequence[str],
    l2: float,
    l1: float,
    *,
    forward_pass: Callable[..., Forward] = Scorer.forward,
) -> Step:
    """Compute J_R = sum of the losses + penalties (eq. 52), and its gradients.

    terms: losses with their targets; terms without comparisons are skipped.
    rows, windows, dropout: see Scorer.forward.
    penalized, l2, l1: see add_penalty.
    forward_pass: Scorer.forward, or textbook.forward, which computes the same element by element.
    """
    forward = forward_pass(scorer, rows, windows, dropout)
    losses = [loss(forward.scores, target) for loss, target in terms if target]
    ds = sum((value.ds for value in losses), start=np.zeros_like(forward.scores))
    gradients = forward.backprop(ds)
    penalty = add_penalty(scorer.parameters, gradients, penalized, l2, l1)
    return Step(sum(value.value for value in losses) + penalty, losses, gradients, forward)
