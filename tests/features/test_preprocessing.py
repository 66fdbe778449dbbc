from itertools import permutations, product

import numpy as np
import pytest

from wincls.features.preprocessing import PREPROCESSING, fit_preprocessing

SEQUENCES = [steps for n in range(4) for steps in product(PREPROCESSING, repeat=n)]
WITH_CENTER = [steps for steps in SEQUENCES if "center" in steps]


def training_words():
    """200 correlated vectors of 4 dimensions, and how often their words occur."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(4, 4)) * [5.0, 1.0, 0.1, 1.0]
    return rng.normal(size=(200, 4)) @ mixing + [3.0, -2.0, 0.0, 10.0], rng.integers(1, 50, 200).astype(float)


def processed(X, weights, *steps):
    fitted = fit_preprocessing(X, weights, steps)
    assert (fitted.M.shape, fitted.b.shape) == ((X.shape[1], X.shape[1]), (X.shape[1],))
    return fitted(X)


def mean(X, weights):
    return np.average(X, axis=0, weights=weights)


def covariance(X, weights):
    return np.cov(X.T, aweights=weights, ddof=0)


def deviations(X, weights):
    return np.sqrt(np.diag(covariance(X, weights)))


def test_without_a_step_nothing_changes():
    X, weights = training_words()
    assert (processed(X, weights) == X).all()


def test_two_dimensions_worked_by_hand():
    # Words (0, 1) and (4, 3), the first three times as often: mean (1, 1.5), variances 3 and 0.75.
    X, weights = np.array([[0.0, 1.0], [4.0, 3.0]]), np.array([3.0, 1.0])
    np.testing.assert_allclose(processed(X, weights, "center"), [[-1, -0.5], [3, 1.5]])
    root = np.sqrt(3)
    np.testing.assert_allclose(processed(X, weights, "normalize"), [[0, 2 / root], [4 / root, 6 / root]])
    np.testing.assert_allclose(
        processed(X, weights, "center", "normalize"), [[-1 / root, -1 / root], [root, root]]
    )
    # All lies on one line, along (2, 1) / sqrt(5): x V is (1, 11) / sqrt(5), with variance 15 / 4.
    along = np.abs(processed(X, weights, "whiten")[:, 0])
    np.testing.assert_allclose(along, np.array([1, 11]) / np.sqrt(5) / np.sqrt(3.75))


def test_centering_moves_vectors_and_no_more():
    X, weights = training_words()
    assert np.allclose(processed(X, weights, "center"), X - mean(X, weights))


def test_normalizing_divides_by_deviations_and_no_more():
    X, weights = training_words()
    assert np.allclose(processed(X, weights, "normalize"), X / deviations(X, weights))


def test_whitening_makes_the_covariance_the_identity_and_does_not_center():
    X, weights = training_words()
    Y = processed(X, weights, "whiten")
    assert np.allclose(covariance(Y, weights), np.eye(4), atol=1e-10)
    assert np.abs(mean(Y, weights)).max() > 1
    assert np.allclose(fit_preprocessing(X, weights, ["whiten"]).b, 0)


def test_center_and_whiten_are_the_whitening_of_the_lecture():
    X, weights = training_words()
    weights[:] = 1
    Y = processed(X, weights, "center", "whiten")
    # The lecture, corrected: X' = U S V^T of the centered data; X' V over the deviations S / sqrt(n).
    centered = X - X.mean(axis=0)
    _, S, Vt = np.linalg.svd(centered, full_matrices=False)
    expected = centered @ Vt.T / (S / np.sqrt(len(X)))
    assert np.allclose(np.abs(Y), np.abs(expected))  # the signs are free
    assert np.allclose(mean(Y, weights), 0, atol=1e-12)
    assert np.allclose(covariance(Y, weights), np.eye(4), atol=1e-10)


@pytest.mark.parametrize("steps", SEQUENCES, ids=str)
def test_every_step_is_fitted_to_what_the_steps_before_it_give(steps):
    X, weights = training_words()
    Y = X
    for step in steps:
        Y = processed(Y, weights, step)
    together = processed(X, weights, *steps)
    # Once white, any direction is as good as another.
    if steps.count("whiten") < 2:
        assert np.allclose(together, Y)
    assert np.allclose(together @ together.T, Y @ Y.T)


@pytest.mark.parametrize("steps", WITH_CENTER, ids=str)
def test_the_mean_over_tokens_becomes_0_wherever_center_stands(steps):
    X, weights = training_words()
    assert np.allclose(mean(processed(X, weights, *steps), weights), 0.0, atol=1e-12)


@pytest.mark.parametrize("steps", list(permutations(PREPROCESSING)), ids=str)
def test_the_order_counts(steps):
    """After whiten, normalize has nothing to do; before it, it changes the rotation."""
    X, weights = training_words()
    one = processed(X, weights, *steps)
    other = processed(X, weights, *(step for step in steps if step != "normalize"))
    assert np.allclose(np.abs(one), np.abs(other)) == (steps.index("whiten") < steps.index("normalize"))


@pytest.mark.parametrize("steps", SEQUENCES, ids=str)
def test_a_weight_counts_as_so_many_words(steps):
    X, weights = training_words()
    repeated = np.repeat(X, weights.astype(int), axis=0)
    once = fit_preprocessing(X, weights, steps)
    each = fit_preprocessing(repeated, np.ones(len(repeated)), steps)
    assert np.allclose(once(X) @ once(X).T, each(X) @ each(X).T)  # the rotation's signs are free


def test_words_that_it_is_not_fitted_to_are_mapped_alike():
    X, weights = training_words()
    fitted = fit_preprocessing(X[:150], weights[:150], ["center", "normalize"])
    expected = (X[150:] - mean(X[:150], weights[:150])) / deviations(X[:150], weights[:150])
    assert np.allclose(fitted(X[150:]), expected)


@pytest.mark.parametrize("steps", SEQUENCES, ids=str)
def test_a_dimension_without_variance_stays_finite(steps):
    X, weights = training_words()
    X[:, 1] = 7.0
    Y = processed(X, weights, *steps)
    assert np.isfinite(Y).all()
    if steps[:1] == ("center",):
        assert np.abs(Y).max() < 1e3


def test_a_direction_without_variance_is_not_blown_up():
    X, weights = training_words()
    X[:, 1] = X[:, 0]  # so that their difference never varies
    largest = np.sqrt(np.linalg.eigvalsh(covariance(X, weights))[-1])
    M = fit_preprocessing(X, weights, ["whiten"]).M
    assert np.linalg.norm(M, 2) == pytest.approx(1 / (1e-5 * largest))


@pytest.mark.parametrize("steps", SEQUENCES, ids=str)
def test_vectors_that_are_all_alike_are_not_blown_up(steps):
    assert np.abs(processed(np.full((5, 3), 0.1), np.ones(5), *steps)).max() <= 0.2


@pytest.mark.parametrize("steps", SEQUENCES, ids=str)
def test_there_may_be_fewer_words_than_dimensions_and_even_none(steps):
    X, weights = training_words()
    assert np.isfinite(processed(X[:2], weights[:2], *steps)).all()
    assert processed(X[:0], weights[:0], *steps).shape == (0, 4)
