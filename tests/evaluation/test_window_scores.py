from __future__ import annotations

import numpy as np
import pytest

from wincls.evaluation.window_scores import compare_classes, compare_windows
from wincls.network.losses import MaxMargin


def windows(seed: int = 0, n: int = 400, labels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = rng.choice(labels + 1, size=n, p=[0.7, 0.15, 0.1, 0.05]) - 1
    scores = rng.normal(-1, 1.5, size=(n, labels)).astype(np.float32)
    scores[label >= 0, label[label >= 0]] += 3
    return scores, label


def differences(scores: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """s - s_c of every pair, and its weight, one by one."""
    found, weights = [], []
    true = np.flatnonzero(label >= 0)
    for i in true:
        others = np.flatnonzero(label != label[i])
        found += [float(scores[i, label[i]]) - float(scores[j, label[i]]) for j in others]
        weights += [1 / len(others) / len(true)] * len(others)
    return np.array(found), np.array(weights)


def test_shares_of_differences_and_violations_are_those_of_all_pairs() -> None:
    scores, label = windows()
    found = compare_windows(scores, label, margin=1.0)
    assert found is not None
    pairs, weights = differences(scores, label)
    assert found.violations == pytest.approx(weights[pairs < 1].sum())
    edges = found.differences.edges
    expected = np.histogram(np.clip(pairs, edges[0], edges[-1]), edges, weights=weights)[0]
    assert found.differences.shares["pairs"] == pytest.approx(expected, abs=1e-12)
    assert found.windows == 400


def test_violations_are_what_the_loss_counts_on_average() -> None:
    scores, label = windows()
    found = compare_windows(scores, label, margin=1.0)
    assert found is not None
    loss = MaxMargin(corrupted=200)
    tags = label + 1
    value = loss(scores, loss.targets(tags, loss.anchors(tags), np.random.default_rng(1)))
    assert found.violations == pytest.approx(value.violations / value.compared, abs=0.005)


def test_scores_of_corrupted_windows_count_as_often_as_their_label_has_true_windows() -> None:
    scores = np.array([[5.0, 0], [5, 0], [5, 0], [0, 9], [0, 0]])
    found = compare_windows(scores, np.array([0, 0, 0, 1, -1]), margin=1.0)
    assert found is not None and found.scores is not None
    # Label 0 has three true windows with 5, label 1 has one with 9; all that is corrupted has 0.
    shares = found.scores.shares
    assert shares["corrupted"].max() == 1.0 and shares["corrupted"].sum() == pytest.approx(1)
    assert sorted(shares["true"][shares["true"] > 0].tolist()) == [0.25, 0.75]
    assert found.violations == 0


def test_without_a_pair_there_is_nothing_to_compare() -> None:
    assert compare_windows(np.zeros((3, 2)), np.array([-1, -1, -1]), 1.0) is None
    assert compare_windows(np.zeros((3, 2)), np.array([1, 1, 1]), 1.0) is None


def test_equal_scores_are_violations_unless_there_is_no_margin() -> None:
    scores, label = np.zeros((4, 1)), np.array([0, -1, -1, -1])
    with_margin, without = compare_windows(scores, label, 1.0), compare_windows(scores, label, 0.0)
    assert with_margin is not None and without is not None
    assert (with_margin.violations, without.violations) == (1.0, 0.0)


def test_classes_are_compared_with_the_best_other_one() -> None:
    scores = np.array([[2.0, 1, 0], [0, 3, 5], [1, 4, 0], [0, 0, 0]])
    found = compare_classes(scores, np.array([0, 1, 1, 2]), margin=None)
    assert found.violations == 0.5  # the second window, and the last, in which all are equal
    assert found.scores is None
    assert set(found.differences.shares) == {"in entities", "outside"}
    edges = found.differences.edges
    assert edges[0] == pytest.approx(-2, abs=0.01) and edges[-1] == pytest.approx(3, abs=0.01)
    only_outside = compare_classes(scores[:1], np.array([0]), margin=1.0)
    assert set(only_outside.differences.shares) == {"outside"}
