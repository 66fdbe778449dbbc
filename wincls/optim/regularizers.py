"""What holds weights back: L2 and L1 penalties (lecture 3, eq. 52) and dropout (section 2.3)."""

from __future__ import annotations

import math

import numpy as np

from wincls.optim.optimizers import Gradient, RowGradient

Array = np.ndarray


def add_penalty(
    parameters: dict[str, Array],
    gradients: dict[str, Gradient],
    penalized: list[str],
    l2: float,
    l1: float,
) -> float:
    """Add the penalties' gradients in place and return the penalty itself.

    J_R = J + l2 sum ||W||_F^2 + l1 sum |W|, whose gradient is 2 l2 W + l1 sign(W) (eq. 52,
    corrected: the norms are squared). `penalized` names weights; biases are not to be among them.
    Of a table only the rows that the batch touched are penalised, so that a step costs what the
    batch costs; a row is thus held back as often as it is used.
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


def dropout_mask(
    rng: np.random.Generator, shape: tuple[int, ...], drop: float, dtype: np.dtype[np.floating]
) -> Array | None:
    """Inverted dropout: 0 with probability `drop`, else 1 / (1 - drop); None if nothing is dropped.

    `drop` is rounded to a multiple of 1 / 65,536.

    Corrected from section 2.3: the lecture multiplies by the keep probability p at test time;
    dividing by p while training gives the same expectation and leaves tagging untouched.
    """
    if not drop:
        return None
    # 16 random bits a number are enough, and several times as fast as a float each.
    dropped = min(round(drop * 65536), 65535)
    n = math.prod(shape)
    bits = np.frombuffer(rng.bytes(2 * n), dtype=np.uint16).reshape(shape)
    return (bits >= dropped) * dtype.type(65536 / (65536 - dropped))
