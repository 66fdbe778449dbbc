"""The learning curve."""

from __future__ import annotations

import numpy as np
import pytest

from wincls.evaluation.learning_curve import LearningCurve, expected_gain, sensible_step


def test_a_power_law_is_extrapolated_exactly() -> None:
    sizes = np.array([100.0, 200.0, 400.0])
    f1 = np.stack([1 - 5 * sizes**-0.5, 1 - 5 * sizes**-0.5], axis=1)
    gain = expected_gain(LearningCurve(sizes, f1), have=400, more=500)
    assert gain.sentences == 500
    assert gain.f1 == pytest.approx(5 / 20 - 5 / 30)
    assert gain.interval == pytest.approx((gain.f1, gain.f1))


def test_the_interval_by_hand() -> None:
    # Two points make each fold's law exact. At four times the larger size: error 0.4 * 0.5 and 0.4 * 0.25.
    curve = LearningCurve(np.array([100.0, 400.0]), np.array([[1 - 0.8, 1 - 1.6], [1 - 0.4, 1 - 0.4]]))
    gain = expected_gain(curve, have=400, more=1200)
    gains = np.array([0.2, 0.3])
    assert gain.f1 == pytest.approx(0.25)
    half = 12.706 * np.sqrt((1 / 2 + 1 / 1) * gains.var(ddof=1))  # Student with one degree of freedom
    assert gain.interval == pytest.approx((0.25 - half, 0.25 + half))


def test_a_perfect_f1_has_a_logarithm() -> None:
    curve = LearningCurve(np.array([10.0, 20.0]), np.array([[0.5, 0.5], [1.0, 1.0]]))
    assert 0 <= expected_gain(curve, 20, 20).f1 < 1e-2


@pytest.mark.parametrize(
    ("have", "step"), [(7, 7), (60, 60), (245, 200), (999, 900), (1000, 1000), (12_543, 1000)]
)
def test_the_step_is_round_and_at_most_what_there_is(have: int, step: int) -> None:
    assert sensible_step(have) == step
