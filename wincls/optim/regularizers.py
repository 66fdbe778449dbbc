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
    """Add the penalties' gradients in place and return the penalty itself.

    J_R = J + l2 sum ||W||_F^2 + l1 sum |W|, whose gradient is 2 l2 W + l1 sign(W) (eq. 52,
    corrected: the norms are squared). The sums are over the parameters that `penalized` names: the
    weight matrices, as in the lecture, and tables on request, but never biases.
    Of a table only the rows that the batch touched are penalized, so that a step costs what the
    batch costs; a row is thus penalized as often as it is used.
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
