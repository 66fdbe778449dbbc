"""Gradient check by centered differences (lecture 3, eq. 50-51 and the code of section 2.1).

Corrected from the lecture's code: it has ``f(x) = f(x)`` instead of ``fx = f(x)``, and the names left and
right are swapped, since f(x + h) is on the right. A step of 1e-5 needs float64, so the check requires it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.gradients import Gradient, dense

EPSILON = 1e-5
"""The step of the differences (eq. 50)."""

_SHOWN = 3  # number of coordinates of each parameter in Check.shown


class Objective(NamedTuple):
    """J at the current parameters.

    value: J.
    gradients: analytic gradients by parameter name.
    sides: the side of every kink, as an array of any shape. Two points with equal sides have no kink between
        them.
    """

    value: float
    gradients: dict[str, Gradient]
    sides: Array


class Differences(NamedTuple):
    """The gradient of one coordinate by all methods, and the relative errors of both differences.

    at: the index of the coordinate.
    analytic, elementwise: by backpropagation, vectorized and element by element.
    centered: (J(theta + eps) - J(theta - eps)) / 2 eps (eq. 50).
    one_sided: (J(theta + eps) - J(theta)) / eps (eq. 51).
    """

    at: tuple[int, ...]
    analytic: float
    elementwise: float
    centered: float
    one_sided: float
    centered_error: float
    one_sided_error: float


class Check(NamedTuple):
    """The outcome for one parameter.

    name, shape: of the parameter.
    checked: the number of coordinates that were compared with differences.
    skipped: the number of coordinates that were not, since a kink is within the step.
    worst: the largest relative error of the centered differences.
    elementwise: the largest relative error of the element-wise gradient, over all coordinates.
    shown: the checked coordinates with the largest analytic gradients, the largest first; no zeros.
    """

    name: str
    shape: tuple[int, ...]
    checked: int
    skipped: int
    worst: float
    elementwise: float = 0.0
    shown: tuple[Differences, ...] = ()


def check_gradients(
    objective: Callable[[], Objective],
    parameters: dict[str, Array],
    rng: np.random.Generator,
    points: int = 100,
    epsilon: float = EPSILON,
    elementwise: Mapping[str, Gradient] | None = None,
) -> list[Check]:
    """Compare analytic gradients with (J(theta + eps) - J(theta - eps)) / 2 eps (eq. 50).

    objective: a function without arguments that computes J from the current `parameters`. It must be the
        same function for each call, so dropout masks must be fixed.
    parameters: float64 arrays by name; they are changed for a moment and restored.
    points: number of coordinates that are checked in each parameter, drawn without replacement; up to half
        of them have an analytic gradient that is not 0.
    epsilon: the step.
    elementwise: gradients from element-wise backpropagation; None to compare nothing with them.

    Coordinates with a kink between the two points are skipped and counted. A parameter without an analytic
    gradient has the gradient 0.

    The relative error is |analytic - numeric| / max(|analytic|, |numeric|, 1e-4 max(1, |J|)). Gradients near
    0 are thus compared by their absolute error, since J is only exact to about 1e-16 of its size, and the
    quotient to about 1e-11. Element-wise gradients are not quotients of J, so for them the largest gradient
    of the parameter replaces |J|.

    Raises ValueError if a parameter is not float64.
    """
    here = objective()
    analytic = here.gradients
    negligible = 1e-4 * max(1.0, abs(here.value))
    checks = []
    for name, theta in parameters.items():
        if theta.dtype != np.float64:
            raise ValueError(f"{name} is {theta.dtype}; a gradient check needs float64")
        full = _full(analytic, name, theta)
        other = full if elementwise is None else _full(elementwise, name, theta)
        found = []
        coordinates = _coordinates(full, rng, points)
        for i in map(int, coordinates):
            numeric = _differences(objective, here, theta, i, epsilon)
            if numeric is not None:
                at = tuple(map(int, np.unravel_index(i, theta.shape)))
                exact, same = float(full.flat[i]), float(other.flat[i])
                errors = _relative_errors(exact, np.array(numeric), negligible).tolist()
                found.append(Differences(at, exact, same, *numeric, *errors))
        # unlike max, np.max returns nan if there is one
        worst = float(np.max([each.centered_error for each in found], initial=0.0))
        rounding = 1e-4 * max(1.0, np.abs(full).max(initial=0.0))
        apart = float(np.max(_relative_errors(full, other, rounding), initial=0.0))
        largest = sorted((each for each in found if each.analytic), key=lambda each: -abs(each.analytic))
        skipped = len(coordinates) - len(found)
        checks.append(Check(name, theta.shape, len(found), skipped, worst, apart, tuple(largest[:_SHOWN])))
    return checks


def _full(gradients: Mapping[str, Gradient], name: str, theta: Array) -> Array:
    return dense(gradients[name], theta) if name in gradients else np.zeros_like(theta)


def _relative_errors(exact: Array | float, others: Array, negligible: float) -> Array:
    return np.abs(exact - others) / np.maximum(np.maximum(np.abs(exact), np.abs(others)), negligible)


def _differences(
    objective: Callable[[], Objective], here: Objective, theta: Array, i: int, epsilon: float
) -> tuple[float, float] | None:
    """The centered and the one-sided difference at coordinate i, or None if a kink is within the step."""
    before = theta.flat[i]
    theta.flat[i] = before + epsilon
    right = objective()
    theta.flat[i] = before - epsilon
    left = objective()
    theta.flat[i] = before
    if not (np.array_equal(right.sides, left.sides) and np.array_equal(right.sides, here.sides)):
        return None
    return (right.value - left.value) / (2 * epsilon), (right.value - here.value) / epsilon


def _coordinates(gradient: Array, rng: np.random.Generator, points: int) -> Array:
    if gradient.size <= points:
        return np.arange(gradient.size)
    alive = np.flatnonzero(gradient)
    chosen = rng.choice(alive, min(points // 2, len(alive)), replace=False)
    rest = np.setdiff1d(np.arange(gradient.size), chosen)
    return np.concatenate([chosen, rng.choice(rest, points - len(chosen), replace=False)])
