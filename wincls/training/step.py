"""The objective of a training step: losses of a batch plus penalties, with gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.config import Config, Regularization
from wincls.network.dropout import Dropout
from wincls.network.gradients import Gradient
from wincls.network.lattice import Lattice
from wincls.network.losses import LossValue, TagSequences
from wincls.network.scorer import Forward, Scorer
from wincls.optim.regularizers import Penalty
from wincls.training.sampling import Batch

Term = tuple[Callable[[Array, Any], LossValue], Any]
"""A loss and its target."""


class Step(NamedTuple):
    """J_R and its gradients.

    value: J_R.
    losses: of each term that has something to compare.
    gradients: by parameter name.
    forward: the forward pass.
    """

    value: float
    losses: list[LossValue]
    gradients: dict[str, Gradient]
    forward: Forward


def make_terms(config: Config, batch: Batch, lattice: Lattice) -> list[Term]:
    """The losses of a batch: of its windows and, if they make up sentences, of whole tag sequences."""
    terms: list[Term] = [(config.loss, batch.target)]
    if config.structured_hinge.weight and batch.lengths is not None:
        terms.append((config.structured_hinge, TagSequences(batch.tags, batch.lengths, lattice)))
    return terms


def make_penalty(scorer: Scorer, settings: Regularization) -> Penalty:
    """The penalty of the weight matrices (eq. 52) and, if the settings say so, of trained tables."""
    penalized = scorer.weights if settings.penalize_tables else scorer.matrices
    return Penalty(penalized, settings.l2, settings.l1)


def compute_step(
    scorer: Scorer,
    terms: Sequence[Term],
    rows: Array,
    windows: Array,
    dropout: Dropout | None,
    penalty: Penalty,
    *,
    forward_pass: Callable[..., Forward] = Scorer.forward,
) -> Step:
    """Compute J_R = sum of the losses + penalties (eq. 52), and its gradients.

    terms: losses with their targets; terms without comparisons are skipped.
    rows, windows, dropout: see Scorer.forward.
    penalty: of the weights.
    forward_pass: Scorer.forward, or textbook.forward, which computes the same element by element.
    """
    forward = forward_pass(scorer, rows, windows, dropout)
    losses = [loss(forward.scores, target) for loss, target in terms if target]
    ds = sum((value.ds for value in losses), start=np.zeros_like(forward.scores))
    gradients = forward.backprop(ds)
    J_R = sum(value.value for value in losses) + penalty.add(scorer.parameters, gradients)
    return Step(J_R, losses, gradients, forward)
