"""What a step descends: the loss of a batch plus the penalties, and the gradient of both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.network.losses import Loss, LossValue, Pairs
from wincls.network.scorer import Dropout, Forward, Scorer
from wincls.optim.optimizers import Gradient
from wincls.optim.regularizers import add_penalty, dropout_mask

Array = np.ndarray


class Step(NamedTuple):
    """J with its penalty, the loss by itself, the gradients, and the forward pass they come from."""

    value: float
    loss: LossValue
    gradients: dict[str, Gradient]
    forward: Forward


def step(
    scorer: Scorer,
    loss: Loss,
    rows: Array,
    windows: Array,
    target: Array | Pairs,
    dropout: Dropout | None,
    l2: float,
    l1: float,
) -> Step:
    """J_R = J + penalties (eq. 52) and its gradients; rows and windows as in Scorer.forward."""
    forward = scorer.forward(rows, windows, dropout)
    value = loss(forward.scores, target)
    gradients = forward.backprop(value.ds)
    penalty = add_penalty(scorer.parameters, gradients, scorer.weights, l2, l1)
    return Step(value.value + penalty, value, gradients, forward)


def draw_dropout(
    scorer: Scorer,
    distinct: int,
    windows: int,
    drop_input: float,
    drop_hidden: float,
    rng: np.random.Generator,
) -> Dropout:
    """Fresh masks for a batch of so many distinct tokens and windows."""
    dtype = scorer.parameters["U"].dtype
    width = sum(scorer.parameters[f"L.{table}"].shape[1] for table in scorer.tables)
    units = [len(scorer.parameters[f"b{k}"]) for k in range(1, scorer.hidden_layers + 1)]
    return Dropout(
        dropout_mask(rng, (distinct, width), drop_input, dtype),
        [dropout_mask(rng, (windows, n), drop_hidden, dtype) for n in units],
    )
