from __future__ import annotations

import numpy as np
import pytest

from wincls.evaluation.confidence import reliability, threshold_curve


def test_precision_and_recall_by_threshold_by_hand() -> None:
    curve = threshold_curve(np.array([0.9, 0.2, 0.5, 0.5]), np.array([True, False, True, False]), gold=4)
    assert curve.thresholds.tolist() == [0.2, 0.5, 0.9]
    assert curve.precision.tolist() == pytest.approx([2 / 4, 2 / 3, 1])
    assert curve.recall.tolist() == pytest.approx([2 / 4, 2 / 4, 1 / 4])
    assert curve.f1.tolist() == pytest.approx([4 / 8, 4 / 7, 2 / 5])


def test_a_curve_has_a_bounded_number_of_points_of_which_each_is_exact() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(3000)
    correct = rng.random(3000) < scores
    curve = threshold_curve(scores, correct, gold=2000)
    assert len(curve.thresholds) == 200
    assert curve.thresholds[[0, -1]].tolist() == [scores.min(), scores.max()]
    for i in (0, 50, 199):
        kept = scores >= curve.thresholds[i]
        assert curve.precision[i] == pytest.approx(correct[kept].mean())
        assert curve.recall[i] == pytest.approx(correct[kept].sum() / 2000)


def test_recall_without_gold_entities_is_0() -> None:
    assert threshold_curve(np.array([0.5]), np.array([False]), gold=0).recall.tolist() == [0.0]


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
