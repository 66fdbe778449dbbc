from __future__ import annotations

import numpy as np
import pytest

from wincls.network.losses import log_softmax
from wincls.tagger import calibration as module
from wincls.tagger.calibration import Calibrator, fit_calibrator, minimize

Array = np.ndarray


def sampled(
    rng: np.random.Generator, A: Array, b: Array, windows: int, spread: float = 1.5
) -> tuple[Array, Array]:
    """Random scores, and tags drawn with the probabilities softmax(A s + b)."""
    scores = spread * rng.normal(size=(windows, A.shape[1]))
    p = np.exp(log_softmax(scores @ A.T + b))
    tags = (p.cumsum(axis=1) < rng.random((windows, 1))).sum(axis=1)
    return scores, tags


TRUE = Calibrator(np.array([[0.0, 0.0], [1.5, 0.2], [-0.3, 0.7]]), np.array([0.5, -0.5, 0.0]))


def test_probabilities_are_a_softmax_of_a_linear_map() -> None:
    calibrator = Calibrator(np.array([[0.0], [2.0]]), np.array([1.0, 0.0]))
    log_p = calibrator.log_probabilities(np.array([[0.5], [-3.0]]))
    # 2 * 0.5 + 0 = 1, as much as O has; 2 * -3 = -6 against 1.
    assert np.exp(log_p[0]) == pytest.approx([0.5, 0.5])
    assert np.exp(log_p[1]) == pytest.approx([1 / (1 + np.exp(-7)), 1 / (1 + np.exp(7))])


def test_known_probabilities_are_recovered() -> None:
    rng = np.random.default_rng(0)
    fitted = fit_calibrator(*sampled(rng, *TRUE, windows=20_000), n_tags=3)
    scores, _ = sampled(rng, *TRUE, windows=500)
    p, expected = np.exp(fitted.log_probabilities(scores)), np.exp(TRUE.log_probabilities(scores))
    assert np.abs(p - expected).max() < 0.04


@pytest.mark.parametrize("others", [0, 4])  # inputs that are no scores
@pytest.mark.parametrize("n_scores", [2, 3])  # without and with a score for O
def test_the_gradient_is_that_of_the_cost(
    n_scores: int, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    inputs, tags = rng.normal(size=(40, n_scores + others)), rng.integers(0, 3, 40)
    costs = []
    monkeypatch.setattr(module, "minimize", lambda cost, begin: costs.append(cost) or begin)
    fit_calibrator(inputs, tags, 3, n_scores)
    theta = rng.normal(size=(3, n_scores + others + 1))
    _, gradient = costs[0](theta)
    for i in range(theta.size):
        step = np.zeros(theta.size)
        step[i] = 1e-5
        step = step.reshape(theta.shape)
        numeric = (costs[0](theta + step)[0] - costs[0](theta - step)[0]) / 2e-5
        assert gradient.flat[i] == pytest.approx(numeric, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("classifies", [False, True])
def test_the_cost_is_the_penalised_likelihood(classifies: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One window with inputs of 0: log 3 for it, and the price of what departs from t times a score."""
    costs = []
    monkeypatch.setattr(module, "minimize", lambda cost, begin: costs.append((cost, begin)) or begin)
    n_scores = 3 if classifies else 2
    fit_calibrator(np.zeros((1, n_scores + 1)), np.array([1]), 3, n_scores)
    cost, begin = costs[0]
    label = np.eye(3) if classifies else np.eye(3)[:, 1:]
    assert begin.tolist() == np.c_[label, np.zeros((3, 2))].tolist()
    for t in (1.0, 2.5, -0.3):  # the same multiple for all labels is free
        assert cost(t * begin)[0] == pytest.approx(np.log(3))
        another_score, other_input, bias = t * begin, t * begin, t * begin
        another_score[2, 0 + classifies] += 0.5
        assert cost(another_score)[0] == pytest.approx(np.log(3) + 30 / 2 * 0.5**2)
        other_input[0, n_scores] += 0.5
        assert cost(other_input)[0] == pytest.approx(np.log(3) + 1 / 2 * 0.5**2)
        bias[:, -1] += 0.5
        assert cost(bias)[0] == pytest.approx(np.log(3) + 3 / 2 * 0.5**2)
    # Where labels have multiples of their own, what counts is their distance from the mean.
    own = 1.0 * begin
    own[1, 0 + classifies] += 0.6
    rest = 0.6**2 * (1 - 1 / n_scores)
    assert cost(own)[0] == pytest.approx(np.log(3) + 30 / 2 * rest)


def test_a_score_is_the_logit_of_its_own_tag_where_nothing_is_known() -> None:
    fitted = fit_calibrator(np.zeros((0, 2)), np.zeros(0, dtype=int), 3)
    assert fitted.A.tolist() == [[0, 0], [1, 0], [0, 1]]
    assert fitted.b.tolist() == [0, 0, 0]


def test_the_common_multiple_is_found_from_few_windows() -> None:
    """Scores that say three times too little: 60 windows are enough to learn that."""
    rng = np.random.default_rng(2)
    true = Calibrator(3.0 * np.eye(4)[:, 1:], np.zeros(4))
    scores, tags = sampled(rng, *true, windows=60)
    fitted = fit_calibrator(scores, tags, 4)
    own = fitted.A[[1, 2, 3], [0, 1, 2]]
    assert (np.abs(own - 3.0) < 1.0).all()
    assert np.abs(fitted.A - own.mean() * np.eye(4)[:, 1:]).max() < 0.5


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    rng = np.random.default_rng(3)
    scores, tags = sampled(rng, *TRUE, windows=2000)
    cold = fit_calibrator(scores, tags, 3)
    elsewhere = Calibrator(rng.normal(size=(3, 2)), rng.normal(size=3))
    for start in (cold, elsewhere):
        warm = fit_calibrator(scores, tags, 3, start=start)
        p, expected = np.exp(warm.log_probabilities(scores)), np.exp(cold.log_probabilities(scores))
        assert np.abs(p - expected).max() < 0.01


def test_a_warm_start_begins_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "minimize", lambda cost, begin: begin)
    assert fit_calibrator(np.zeros((1, 2)), np.array([0]), 3, start=TRUE).A.tolist() == TRUE.A.tolist()
    assert fit_calibrator(np.zeros((1, 2)), np.array([0]), 3, start=TRUE).b.tolist() == TRUE.b.tolist()


def test_the_start_is_left_as_it_was() -> None:
    rng = np.random.default_rng(4)
    start = Calibrator(np.zeros((3, 2)), np.zeros(3))
    fit_calibrator(*sampled(rng, *TRUE, windows=100), n_tags=3, start=start)
    assert not start.A.any()
    assert not start.b.any()


def test_a_tag_that_never_occurs_does_no_harm() -> None:
    rng = np.random.default_rng(5)
    scores, tags = sampled(rng, *TRUE, windows=6000)
    with_rival = np.c_[scores, rng.normal(size=6000) - 3]  # a fourth tag's score
    seen, new = slice(0, 3000), slice(3000, 6000)

    def likelihood(scores: Array, n_tags: int) -> float:
        log_p = fit_calibrator(scores[seen], tags[seen], n_tags).log_probabilities(scores[new])
        assert np.isfinite(log_p).all()
        assert np.exp(log_p[:, 3:]).sum(axis=1).mean() < 0.003
        return float(log_p[np.arange(3000), tags[new]].mean())

    assert likelihood(with_rival, 4) == pytest.approx(likelihood(scores, 3), abs=0.005)


def test_separable_scores_give_finite_probabilities() -> None:
    scores = np.repeat([[-5.0], [5.0]], 50, axis=0)
    tags = np.repeat([0, 1], 50)
    p = np.exp(fit_calibrator(scores, tags, 2).log_probabilities(scores))
    assert (p[np.arange(100), tags] > 0.99).all()


def test_scores_of_single_precision_are_fitted_in_double_precision() -> None:
    rng = np.random.default_rng(6)
    scores, tags = sampled(rng, *TRUE, windows=200)
    fitted = fit_calibrator(scores.astype(np.float32), tags, 3)
    assert (fitted.A.dtype, fitted.b.dtype) == (np.float64, np.float64)


# Minimisation.


@pytest.mark.parametrize("shape", [(1,), (6,), (30,), (3, 4)])
def test_minimize_solves_a_quadratic(shape: tuple[int, ...]) -> None:
    """J = 1/2 x'Hx - g'x, with its minimum at H^-1 g."""
    rng = np.random.default_rng(7)
    n = int(np.prod(shape))
    root = rng.normal(size=(n, n))
    H, g = root @ root.T + np.eye(n), rng.normal(size=n)

    def cost(theta: Array) -> tuple[float, Array]:
        x = theta.ravel()
        return float(x @ H @ x / 2 - g @ x), (H @ x - g).reshape(shape)

    found = minimize(cost, rng.normal(size=shape), tolerance=1e-14)
    assert found.shape == shape
    assert np.abs(found.ravel() - np.linalg.solve(H, g)).max() < 1e-5


def test_minimize_copes_with_a_long_narrow_valley() -> None:
    """Curvatures of 1 to 1000: steepest descent would need thousands of steps, and has 300."""
    scale = np.logspace(0, 3, 20)
    found = minimize(
        lambda theta: (float((scale * theta**2).sum() / 2), scale * theta), np.ones(20), tolerance=1e-10
    )
    assert np.abs(found).max() < 1e-4


def test_minimize_stays_at_a_minimum() -> None:
    assert minimize(lambda theta: (float(theta @ theta), 2 * theta), np.zeros(3)).tolist() == [0, 0, 0]


def test_minimize_never_climbs() -> None:
    values = []

    def cost(theta: Array) -> tuple[float, Array]:
        """Convex, and steep far from its minimum."""
        values.append(float(np.cosh(theta).sum()))
        return values[-1], np.sinh(theta)

    found = minimize(cost, np.array([8.0, -5.0]))
    assert np.abs(found).max() < 1e-2
    assert cost(found)[0] == min(values)


def test_minimize_gives_up_where_nothing_helps() -> None:
    """A gradient that points the wrong way: no step improves J, and the start comes back."""
    begin = np.ones(2)
    assert minimize(lambda theta: (float(theta @ theta), -theta), begin).tolist() == [1, 1]
