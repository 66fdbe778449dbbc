"""From scores to probabilities: a small softmax regression on held-out scores.

A ranking loss says that a true window of a label outscores the corrupted ones; it says nothing
of the scores of two labels side by side, nor where "no label" begins. A loss of whole sentences
does, but no hinge makes probabilities. A softmax regression from the scores of held-out windows to
their tags (Platt 1999, for several classes) supplies all of that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.network.losses import log_softmax

Array = np.ndarray

_PRIOR = 30.0  # of what a tag's logit takes from the scores besides a common multiple of its own
_WEAK_PRIOR = 1.0  # of everything else


class Calibrator(NamedTuple):
    """log p(tag | x) = log softmax(A x + b), where x begins with the scores.

    A: (tags, inputs); b: (tags,). Tag 0 is O.
    """

    A: Array
    b: Array

    def log_probabilities(self, inputs: Array) -> Array:
        """(windows, tags) from (windows, inputs), in the precision of the inputs."""
        A, b = self.A.astype(inputs.dtype), self.b.astype(inputs.dtype)
        return log_softmax(inputs @ A.T + b)


def fit_calibrator(
    inputs: Array, tags: Array, n_tags: int, n_scores: int | None = None, start: Calibrator | None = None
) -> Calibrator:
    """Fit to the maximum of the penalised likelihood.

    inputs: (windows, inputs), of which the first n_scores (all, if None) are scores of the last
    tags; tags: (windows,) tag numbers, 0 for O. start: where to begin; the problem is convex, so
    that the outcome does not depend on it beyond the tolerance of the descent.

    Held-out windows are few for so many numbers. So the logit of a tag is taken to be t times its
    own score (0 for O, where O has none), with one t for all, and what departs from that has a
    price: with S the columns of A that belong to the scores and P the same columns for t = 1, the
    penalty is 30/2 ||S - tP||^2 for the best t, and 1/2 of the other squares.
    """
    n, d = inputs.shape
    k = d if n_scores is None else n_scores
    XT = np.concatenate([inputs.T, np.ones((1, n))]).astype(np.float64)  # (d + 1, windows)
    P = np.eye(n_tags)[:, n_tags - k :]
    begin = np.zeros((n_tags, d + 1))
    begin[:, :k] = P
    if start is not None:
        begin = np.concatenate([start.A, start.b[:, None]], axis=1)
    windows = np.arange(n)

    def cost(theta: Array) -> tuple[float, Array]:
        """The penalised negative log-likelihood of theta = [A b] and its gradient."""
        S = theta[:, :k]
        departure = theta.copy()
        departure[:, :k] -= np.vdot(P, S) / k * P  # from the nearest multiple of P
        price = departure * np.repeat([_PRIOR, _WEAK_PRIOR], [k, d + 1 - k])
        z = theta @ XT  # (tags, windows)
        z -= z.max(axis=0)
        p = np.exp(z)
        total = p.sum(axis=0)
        J = 0.5 * float(np.vdot(price, departure)) + float((np.log(total) - z[tags, windows]).sum())
        dz = p / total
        dz[tags, windows] -= 1.0
        return J, dz @ XT.T + price

    theta = minimize(cost, begin)
    return Calibrator(theta[:, :-1].copy(), theta[:, -1].copy())


def minimize(
    cost: Callable[[Array], tuple[float, Array]],
    theta: Array,
    memory: int = 10,
    tolerance: float = 1e-5,
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
