"""Minimization of smooth functions by L-BFGS (Liu and Nocedal 1989)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wincls.arrays import Array


def minimize(
    cost: Callable[[Array], tuple[float, Array]],
    theta: Array,
    curvature: Array | None = None,
    memory: int = 10,
    tolerance: float = 1e-5,
    steps: int = 300,
) -> Array:
    """Minimize a smooth convex function by L-BFGS with backtracking line search.

    cost: from theta to J and dJ/dtheta.
    theta: where to start.
    curvature: an estimate of the diagonal of the Hessian, all above 0, shaped like theta, in whose square
        root weights are measured; None for ones.
    memory: steps that are remembered, at least 1.
    tolerance: stops when a step improves J by less than this share of it.
    steps: at most so many.
    """
    if curvature is not None:
        scale = np.sqrt(curvature)

        def scaled_cost(u: Array) -> tuple[float, Array]:
            J, g = cost(u / scale)
            return J, g / scale

        return minimize(scaled_cost, theta * scale, None, memory, tolerance, steps) / scale
    J, g = cost(theta)
    history: list[tuple[Array, Array]] = []  # steps s and changes of gradient y, the oldest first
    for _ in range(steps):
        direction = -_inverse_hessian_times(g, history)
        slope = float(np.vdot(g, direction))
        length = 1.0 if history else 1.0 / max(1.0, float(np.linalg.norm(g)))
        while True:
            s = length * direction
            new_J, new_g = cost(theta + s)
            if new_J <= J + 1e-4 * length * slope:
                break
            length /= 2
            if length < 1e-10:
                return theta
        y = new_g - g
        if np.vdot(s, y) > 1e-12:
            history = [*history, (s, y)][-memory:]
        theta, g, before, J = theta + s, new_g, J, new_J
        if before - J <= tolerance * abs(J):
            break
    return theta


def _inverse_hessian_times(g: Array, history: list[tuple[Array, Array]]) -> Array:
    """The two-loop recursion of L-BFGS."""
    q = g.copy()
    weights = []
    for s, y in reversed(history):
        weights.append(float(np.vdot(s, q) / np.vdot(s, y)))
        q -= weights[-1] * y
    if history:
        s, y = history[-1]
        q *= float(np.vdot(s, y) / np.vdot(y, y))
    for s, y in history:
        q += (weights.pop() - float(np.vdot(y, q) / np.vdot(s, y))) * s
    return q
