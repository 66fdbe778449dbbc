"""From scores to probabilities: a small softmax regression on held-out scores.

A ranking loss says that a true window of a label outscores the corrupted ones; it says nothing
of the scores of two labels side by side, nor where "no label" begins. A softmax regression from
the scores of held-out windows to their tags (Platt 1999, for several classes) supplies both, and
makes probabilities out of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.network.losses import log_softmax

Array = np.ndarray


class Calibrator(NamedTuple):
    """log p(tag | scores) = log softmax(A s + b).

    A: (tags, scores); b: (tags,). Tag 0 is O.
    """

    A: Array
    b: Array

    def log_probabilities(self, scores: Array) -> Array:
        """(windows, tags) from (windows, scores)."""
        return log_softmax(scores @ self.A.T + self.b)


def fit_calibrator(
    scores: Array, tags: Array, n_tags: int, prior: float = 1.0, start: Calibrator | None = None
) -> Calibrator:
    """Fit to the maximum of the penalised likelihood.

    scores: (windows, scores); tags: (windows,) tag numbers, 0 for O. prior: weight of the penalty
    prior/2 (||A - A0||^2 + ||b||^2), where A0 takes a score for the logit of its own tag and O
    for 0 (where O has a score, for the logit of O); it decides where the data say nothing, as for a
    tag that never occurs. start: where to begin; the problem is convex, so that the outcome does
    not depend on it beyond the tolerance of the descent.
    """
    n, d = scores.shape
    X = np.concatenate([scores, np.ones((n, 1))], axis=1).astype(np.float64)  # (windows, d + 1)
    anchor = np.zeros((n_tags, d + 1))
    anchor[np.arange(n_tags - d, n_tags), np.arange(d)] = 1.0
    begin = anchor if start is None else np.concatenate([start.A, start.b[:, None]], axis=1)
    windows = np.arange(n)

    def cost(theta: Array) -> tuple[float, Array]:
        """The penalised negative log-likelihood of theta = [A b] and its gradient."""
        log_p = log_softmax(X @ theta.T)
        J = 0.5 * prior * float(((theta - anchor) ** 2).sum()) - float(log_p[windows, tags].sum())
        dz = np.exp(log_p)
        dz[windows, tags] -= 1.0
        return J, dz.T @ X + prior * (theta - anchor)

    theta = minimize(cost, begin)
    return Calibrator(theta[:, :-1].copy(), theta[:, -1].copy())


def minimize(
    cost: Callable[[Array], tuple[float, Array]],
    theta: Array,
    memory: int = 10,
    tolerance: float = 1e-6,
    steps: int = 300,
) -> Array:
    """Minimise a smooth convex function by L-BFGS (Liu and Nocedal 1989) with backtracking.

    cost: theta -> (J, dJ/dtheta). Stops when a step improves J by less than `tolerance` of it.
    """
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
            history = [*history[1 - memory :], (s, y)]
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
