import numpy as np
import pytest

from wincls.optim.lbfgs import minimize


@pytest.mark.parametrize("shape", [(1,), (6,), (30,), (3, 4)])
def test_a_quadratic_is_solved(shape):
    """J = 1/2 x'Hx - g'x, with its minimum at H^-1 g."""
    rng = np.random.default_rng(7)
    n = int(np.prod(shape))
    root = rng.normal(size=(n, n))
    H, g = root @ root.T + np.eye(n), rng.normal(size=n)

    def cost(theta):
        x = theta.ravel()
        return float(x @ H @ x / 2 - g @ x), (H @ x - g).reshape(shape)

    found = minimize(cost, rng.normal(size=shape), tolerance=1e-14)
    assert found.shape == shape
    assert np.abs(found.ravel() - np.linalg.solve(H, g)).max() < 1e-5


def valley(theta):
    """Curvatures of 1 to 1000: steepest descent would need thousands of steps."""
    scale = np.logspace(0, 3, 20)
    return float((scale * theta**2).sum() / 2), scale * theta


def test_a_long_narrow_valley_is_crossed():
    assert np.abs(minimize(valley, np.ones(20), tolerance=1e-10)).max() < 1e-4


def test_with_its_curvature_a_valley_is_crossed_at_once():
    evaluations = []

    def cost(theta):
        evaluations.append(theta)
        return valley(theta)

    found = minimize(cost, np.ones(20), np.logspace(0, 3, 20), tolerance=1e-10)
    assert np.abs(found).max() < 1e-6
    with_curvature = len(evaluations)
    minimize(cost, np.ones(20), tolerance=1e-10)
    assert with_curvature < (len(evaluations) - with_curvature) / 4


def test_a_minimum_is_not_left():
    assert minimize(lambda theta: (float(theta @ theta), 2 * theta), np.zeros(3)).tolist() == [0, 0, 0]


def test_the_best_point_that_was_tried_is_returned():
    values = []

    def cost(theta):
        """Convex, and steep far from its minimum."""
        values.append(float(np.cosh(theta).sum()))
        return values[-1], np.sinh(theta)

    found = minimize(cost, np.array([8.0, -5.0]))
    assert np.abs(found).max() < 1e-2
    assert cost(found)[0] == min(values)


def test_the_start_is_returned_where_nothing_helps():
    """A gradient that points the wrong way: no step improves J."""
    start = np.ones(2)
    assert minimize(lambda theta: (float(theta @ theta), -theta), start).tolist() == [1, 1]


def test_the_start_is_left_as_it_was():
    start = np.ones(20)
    minimize(valley, start)
    assert start.tolist() == [1.0] * 20


def test_more_steps_lead_lower_and_none_return_the_start():
    values = [valley(minimize(valley, np.ones(20), tolerance=0.0, steps=n))[0] for n in (0, 1, 5, 20)]
    assert values[0] == valley(np.ones(20))[0]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 4


def test_a_greater_tolerance_stops_earlier():
    def evaluations(tolerance):
        calls = []
        minimize(lambda theta: calls.append(theta) or valley(theta), np.ones(20), tolerance=tolerance)
        return len(calls)

    assert evaluations(0.5) < evaluations(1e-10)


@pytest.mark.parametrize("memory", [1, 3, 10])
def test_any_memory_leads_to_the_minimum(memory):
    found = minimize(valley, np.ones(20), memory=memory, tolerance=1e-12, steps=1000)
    assert np.abs(found).max() < 1e-3


@pytest.mark.parametrize("memory", [1, 2, 5])
def test_only_the_last_steps_are_remembered(memory):
    """The memory makes a difference as soon as there are more steps than it holds, and no sooner."""

    def after(steps, memory):
        return minimize(valley, np.ones(20), memory=memory, tolerance=0.0, steps=steps).tolist()

    # Step n uses the n - 1 steps before it.
    assert after(memory + 1, memory) == after(memory + 1, 100)
    assert after(memory + 2, memory) != after(memory + 2, 100)


def test_a_slope_without_curvature_is_descended():
    """Huber's function: |x| - 1/2 beyond 1, where the gradient does not change from step to step."""

    def huber(theta):
        clipped = np.clip(theta, -1.0, 1.0)
        return float((clipped * (theta - clipped / 2)).sum()), clipped

    assert np.abs(minimize(huber, np.array([50.0]))).max() < 0.01
