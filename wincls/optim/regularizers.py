"""L2 and L1 penalties (lecture 3, eq. 52). Dropout is in network/dropout.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.gradients import Gradient, RowGradient


class Penalty(NamedTuple):
    """J_R - J = l2 sum ||W||_F^2 + l1 sum |W|, with gradient 2 l2 W + l1 sign(W).

    Eq. 52, corrected: the norms are squared.

    names: the parameters that the sums are over: the weight matrices, as in the lecture, and tables on
        request, but never biases.
    l2, l1: lambda of the squares and of the absolute values.
    """

    names: Sequence[str]
    l2: float = 0.0
    l1: float = 0.0

    def add(self, parameters: dict[str, Array], gradients: dict[str, Gradient]) -> float:
        """Add the penalty's gradient to gradients, in place, and return the penalty.

        Of a table only the rows that the batch touched are penalized, so that a step costs what the
        batch costs; a row is thus penalized as often as it is used.
        """
        if not self.l2 and not self.l1:
            return 0.0
        penalty = 0.0
        for name in self.names:
            g = gradients[name]
            W = parameters[name][g.rows] if isinstance(g, RowGradient) else parameters[name]
            dW = g.values if isinstance(g, RowGradient) else g
            if self.l2:
                penalty += self.l2 * float(np.vdot(W, W))
                dW += 2.0 * self.l2 * W
            if self.l1:
                penalty += self.l1 * float(np.abs(W).sum())
                dW += self.l1 * np.sign(W)
        return penalty
