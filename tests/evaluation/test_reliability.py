from __future__ import annotations

import numpy as np
import pytest

from wincls.evaluation.reliability import reliability


def test_reliability_by_hand() -> None:
    scores = np.array([0.91, 0.95, 0.99, 1.0, 0.33, 0.35])
    found = reliability(scores, np.array([True, True, False, True, False, True]))
    low, high = found.bins
    assert (low.entities, low.score, low.correct) == (2, pytest.approx(0.34), 0.5)
    assert (high.entities, high.score, high.correct) == (4, pytest.approx(0.9625), 0.75)
    assert found.error == pytest.approx((2 * 0.16 + 4 * 0.2125) / 6)
    # Wilson's interval of 3 of 4, from the formula in Brown et al. 2001, with z = 1.96.
    assert (high.low, high.high) == (pytest.approx(0.3006, abs=1e-4), pytest.approx(0.9544, abs=1e-4))


def test_scores_that_are_probabilities_have_a_small_calibration_error() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(20_000)
    found = reliability(scores, rng.random(20_000) < scores)
    assert found.error < 0.02
    assert sum(each.low < each.score < each.high for each in found.bins) >= 8  # intervals of 95 %
