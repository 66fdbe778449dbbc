"""What a step descends: the loss of a batch plus the penalties, and the gradient of both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.network.losses import Loss, LossValue, Pairs, StructuredHinge, with_outside
from wincls.network.scorer import Dropout, Forward, Scorer
from wincls.optim.optimizers import Gradient
from wincls.optim.regularizers import add_penalty, dropout_mask
from wincls.tagger.decoding import Decoder

Array = np.ndarray


class Taggings(NamedTuple):
    """The sentences that the windows of a batch make up, for a loss of whole taggings.

    tags: (windows,) the centres' tag numbers, 0 for O; lengths: (sentences,).
    """

    loss: StructuredHinge
    decoder: Decoder
    tags: Array
    lengths: Array

    def __call__(self, scores: Array) -> LossValue:
        """The loss, with the gradient on the (windows, labels) scores as they are."""
        complete = with_outside(scores, len(self.decoder.tags))
        value = self.loss(complete, self.tags, self.lengths, self.decoder.best)
        return value._replace(ds=value.ds[:, complete.shape[1] - scores.shape[1] :])


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
    taggings: Taggings | None = None,
) -> Step:
    """J_R = J + penalties (eq. 52) and its gradients; rows and windows as in Scorer.forward.

    J is the loss of the windows, and with `taggings` that of whole sentences besides.
    """
    forward = scorer.forward(rows, windows, dropout)
    value = loss(forward.scores, target)
    if taggings is not None:
        value = value.plus(taggings(forward.scores))
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
