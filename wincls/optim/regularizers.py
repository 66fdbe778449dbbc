"""L2 and L1 penalties (lecture 3, eq. 52). Dropout is in network/dropout.py."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wincls.arrays import Array
from wincls.network.gradients import Gradient, RowGradient


def add_penalty(
    parameters: dict[str, Array],
    gradients: dict[str, Gradient],
    penalized: Sequence[str],
    l2: float,
    l1: float,
) -> float:
    """Add the gradients of the penalties in place, and return the value of the penalties.

    parameters, gradients: by name.
    penalized: names of the parameters to penalize: the weight matrices, as in the lecture, and tables on
        request, but never biases.
    l2, l1: the factors of the penalties.

    J_R = J + l2 sum ||W||_F^2 + l1 sum |W|. The gradient of the penalties is 2 l2 W + l1 sign(W) (eq. 52,
    corrected: the norms are squared). In a table, only the rows that the batch uses are penalized, so that
    the time of a step depends on the batch alone. A row is penalized in each step that uses it.
    """
    if not l2 and not l1:
        return 0.0
    penalty = 0.0
    for name in penalized:
        g = gradients[name]
        W = parameters[name][g.rows] if isinstance(g, RowGradient) else parameters[name]
        dW = g.values if isinstance(g, RowGradient) else g
        if l2:
            penalty += l2 * float(np.vdot(W, W))
            dW += 2.0 * l2 * W
        if l1:
            penalty += l1 * float(np.abs(W).sum())
            dW += l1 * np.sign(W)
    return penalty
