"""Gradient check by centered differences (lecture 3, eq. 50-51 and the code of section 2.1).

Corrected from the lecture's code: the function's value does not overwrite the function, the step
has a name of its own, and every parameter is restored. The step of 1e-5 means something in
float64 only, so that is what the check asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.gradients import Gradient, dense


class Objective(NamedTuple):
    """J, its analytic gradients by parameter, and which side of every kink it was computed on."""

    value: float
    gradients: dict[str, Gradient]
    sides: Array


class Check(NamedTuple):
    """The outcome for one parameter: worst relative error of `checked` coordinates."""

    name: str
    shape: tuple[int, ...]
    checked: int
    skipped: int
    worst: float


def check_gradients(
    objective: Callable[[], Objective],
    parameters: dict[str, Array],
    rng: np.random.Generator,
    points: int = 100,
    epsilon: float = 1e-5,
) -> list[Check]:
    """Compare analytic gradients with (J(theta + eps) - J(theta - eps)) / 2 eps (eq. 50).

    objective: a function of no argument that computes J from `parameters` (float64 arrays) as
        they are; it has to be the same function each time, so any dropout must be held fixed.
    points: coordinates looked at in each parameter, drawn without repetition; half of them, where
        there are as many, from those with an analytic gradient that is not 0.
    Coordinates for which a kink lies between the two points are skipped and counted.

    The relative error is |analytic - numeric| / max(|analytic|, |numeric|, 1e-4 max(1, |J|)):
    coordinates with gradients near 0 are compared by their absolute error, since J itself is only
    known to about 1e-16 of its size and the quotient to about 1e-11. A parameter without analytic
    gradient is taken to have gradient 0.

    Raises ValueError if a parameter is not float64.
    """
    J, analytic, _ = objective()
    negligible = 1e-4 * max(1.0, abs(J))
    checks = []
    for name, theta in parameters.items():
        if theta.dtype != np.float64:
            raise ValueError(f"{name} is {theta.dtype}; a gradient check needs float64")
        full = dense(analytic[name], theta) if name in analytic else np.zeros_like(theta)
        worst, skipped = 0.0, 0
        coordinates = _coordinates(full, rng, points)
        for i in coordinates:
            numeric = _centered_difference(objective, theta, int(i), epsilon)
            if numeric is None:
                skipped += 1
                continue
            exact = full.flat[i]
            error = abs(exact - numeric) / max(abs(exact), abs(numeric), negligible)
            worst = float(np.maximum(worst, error))  # nan stays, unlike with max
        checks.append(Check(name, theta.shape, len(coordinates) - skipped, skipped, worst))
    return checks


def _centered_difference(
    objective: Callable[[], Objective], theta: Array, i: int, epsilon: float
) -> float | None:
    """The difference quotient at coordinate i, or None if a kink lies within the step."""
    before = theta.flat[i]
    theta.flat[i] = before + epsilon
    right = objective()
    theta.flat[i] = before - epsilon
    left = objective()
    theta.flat[i] = before
    if not np.array_equal(right.sides, left.sides):
        return None
    return (right.value - left.value) / (2 * epsilon)


def _coordinates(gradient: Array, rng: np.random.Generator, points: int) -> Array:
    if gradient.size <= points:
        return np.arange(gradient.size)
    alive = np.flatnonzero(gradient)
    chosen = rng.choice(alive, min(points // 2, len(alive)), replace=False)
    rest = np.setdiff1d(np.arange(gradient.size), chosen)
    return np.concatenate([chosen, rng.choice(rest, points - len(chosen), replace=False)])
