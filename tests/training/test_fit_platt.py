from __future__ import annotations

import numpy as np
import pytest

from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.network.losses import log_softmax
from wincls.tagger.platt import PlattScaling, TypewisePlattScaling
from wincls.training import fit_platt as module
from wincls.training.fit_platt import MANY_TAGS, fit_platt, sample_tokens

Array = np.ndarray


def sampled(
    rng: np.random.Generator, A: Array, b: Array, tokens: int, spread: float = 1.5
) -> tuple[Array, Array]:
    """Random scores, and tags drawn with the probabilities softmax(A s + b)."""
    scores = spread * rng.normal(size=(tokens, A.shape[1]))
    p = np.exp(log_softmax(scores @ A.T + b))
    tags = (p.cumsum(axis=1) < rng.random((tokens, 1))).sum(axis=1)
    return scores, tags


TRUE = PlattScaling(np.array([[0.0, 0.0], [1.5, 0.2], [-0.3, 0.7]]), np.array([0.5, -0.5, 0.0]))


def test_probabilities_are_a_softmax_of_a_linear_map() -> None:
    platt = PlattScaling(np.array([[0.0], [2.0]]), np.array([1.0, 0.0]))
    log_p = platt.log_probabilities(np.array([[0.5], [-3.0]]))
    # 2 * 0.5 + 0 = 1, as much as O has; 2 * -3 = -6 against 1.
    assert np.exp(log_p[0]) == pytest.approx([0.5, 0.5])
    assert np.exp(log_p[1]) == pytest.approx([1 / (1 + np.exp(-7)), 1 / (1 + np.exp(7))])


def test_known_probabilities_are_recovered() -> None:
    rng = np.random.default_rng(0)
    fitted = fit_platt(*sampled(rng, *TRUE, tokens=20_000), type_ids=np.arange(3))
    scores, _ = sampled(rng, *TRUE, tokens=500)
    p, expected = np.exp(fitted.log_probabilities(scores)), np.exp(TRUE.log_probabilities(scores))
    assert np.abs(p - expected).max() < 0.04


@pytest.mark.parametrize("others", [0, 4])  # inputs that are no scores
@pytest.mark.parametrize("n_scores", [2, 3])  # without and with a score for O
def test_the_gradient_is_that_of_the_cost(
    n_scores: int, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    scores, tags = rng.normal(size=(40, n_scores)), rng.integers(0, 3, 40)
    costs = []
    monkeypatch.setattr(module, "minimize", lambda cost, begin: costs.append(cost) or begin)
    fit_platt(scores, tags, np.arange(3), rng.normal(size=(40, others)) if others else None)
    theta = rng.normal(size=(3, n_scores + others + 1))
    _, gradient = costs[0](theta)
    for i in range(theta.size):
        step = np.zeros(theta.size)
        step[i] = 1e-5
        step = step.reshape(theta.shape)
        numeric = (costs[0](theta + step)[0] - costs[0](theta - step)[0]) / 2e-5
        assert gradient.flat[i] == pytest.approx(numeric, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("classifies", [False, True])
def test_the_cost_is_the_penalized_likelihood(classifies: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One token with inputs of 0: log 3 for it, and the penalty of what departs from t times a score."""
    costs = []
    monkeypatch.setattr(module, "minimize", lambda cost, begin: costs.append((cost, begin)) or begin)
    n_scores = 3 if classifies else 2
    fit_platt(np.zeros((1, n_scores)), np.array([1]), np.arange(3), np.zeros((1, 1)))
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
    fitted = fit_platt(np.zeros((0, 2)), np.zeros(0, dtype=int), np.arange(3))
    assert fitted.A.tolist() == [[0, 0], [1, 0], [0, 1]]
    assert fitted.b.tolist() == [0, 0, 0]


def test_the_common_multiple_is_found_from_few_tokens() -> None:
    """Scores that say three times too little: 60 tokens are enough to learn that."""
    rng = np.random.default_rng(2)
    true = PlattScaling(3.0 * np.eye(4)[:, 1:], np.zeros(4))
    scores, tags = sampled(rng, *true, tokens=60)
    fitted = fit_platt(scores, tags, np.arange(4))
    own = fitted.A[[1, 2, 3], [0, 1, 2]]
    assert (np.abs(own - 3.0) < 1.0).all()
    assert np.abs(fitted.A - own.mean() * np.eye(4)[:, 1:]).max() < 0.5


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    rng = np.random.default_rng(3)
    scores, tags = sampled(rng, *TRUE, tokens=2000)
    cold = fit_platt(scores, tags, np.arange(3))
    elsewhere = PlattScaling(rng.normal(size=(3, 2)), rng.normal(size=3))
    for start in (cold, elsewhere):
        warm = fit_platt(scores, tags, np.arange(3), start=start)
        p, expected = np.exp(warm.log_probabilities(scores)), np.exp(cold.log_probabilities(scores))
        assert np.abs(p - expected).max() < 0.02


def test_a_warm_start_begins_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "minimize", lambda cost, begin: begin)
    assert fit_platt(np.zeros((1, 2)), np.array([0]), np.arange(3), start=TRUE).A.tolist() == TRUE.A.tolist()
    assert fit_platt(np.zeros((1, 2)), np.array([0]), np.arange(3), start=TRUE).b.tolist() == TRUE.b.tolist()


def test_the_start_is_left_as_it_was() -> None:
    rng = np.random.default_rng(4)
    start = PlattScaling(np.zeros((3, 2)), np.zeros(3))
    fit_platt(*sampled(rng, *TRUE, tokens=100), type_ids=np.arange(3), start=start)
    assert not start.A.any()
    assert not start.b.any()


def test_a_tag_that_never_occurs_does_no_harm() -> None:
    rng = np.random.default_rng(5)
    scores, tags = sampled(rng, *TRUE, tokens=6000)
    with_rival = np.c_[scores, rng.normal(size=6000) - 3]  # a fourth tag's score
    seen, new = slice(0, 3000), slice(3000, 6000)

    def likelihood(scores: Array, n_tags: int) -> float:
        log_p = fit_platt(scores[seen], tags[seen], np.arange(n_tags)).log_probabilities(scores[new])
        assert np.isfinite(log_p).all()
        assert np.exp(log_p[:, 3:]).sum(axis=1).mean() < 0.003
        return float(log_p[np.arange(3000), tags[new]].mean())

    assert likelihood(with_rival, 4) == pytest.approx(likelihood(scores, 3), abs=0.005)


def test_separable_scores_give_finite_probabilities() -> None:
    scores = np.repeat([[-5.0], [5.0]], 50, axis=0)
    tags = np.repeat([0, 1], 50)
    p = np.exp(fit_platt(scores, tags, np.arange(2)).log_probabilities(scores))
    assert (p[np.arange(100), tags] > 0.99).all()


def test_scores_of_single_precision_are_fitted_in_double_precision() -> None:
    rng = np.random.default_rng(6)
    scores, tags = sampled(rng, *TRUE, tokens=200)
    fitted = fit_platt(scores.astype(np.float32), tags, np.arange(3))
    assert (fitted.A.dtype, fitted.b.dtype) == (np.float64, np.float64)


# Type by type.


TYPES = 9
MANY = TagSet(SCHEMES["IOBES"], [f"T{i}" for i in range(TYPES)]).type_ids


def same_as_full(platt: TypewisePlattScaling, n_inputs: int) -> PlattScaling:
    """A matrix with the same weights; everything between different types is 0."""
    A = np.zeros((len(platt.b), n_inputs))
    k = n_inputs if n_inputs <= len(platt.b) else n_inputs - len(platt.b)
    groups = [(0, k)] + [(k, n_inputs)] * (n_inputs > k)
    of_outside = 0
    for group, (first, end) in enumerate(groups):
        if end - first == len(platt.b):
            A[:, first] = platt.outside[:, of_outside]
            of_outside += 1
            first += 1
        for kind in range(TYPES):
            A[1 + 4 * kind : 5 + 4 * kind, first + 4 * kind : first + 4 * kind + 4] = platt.own[kind, group]
    return PlattScaling(A, platt.b)


@pytest.mark.parametrize("n_inputs", [36, 37, 73, 74])  # O with and without a score; with evidence
def test_type_by_type_is_a_matrix_without_weights_between_types(n_inputs: int) -> None:
    rng = np.random.default_rng(0)
    groups, outside = 1 + (n_inputs > 37), {36: 0, 37: 1, 73: 1, 74: 2}[n_inputs]
    platt = TypewisePlattScaling(
        rng.normal(size=(TYPES, groups, 4, 4)), rng.normal(size=(37, outside)), rng.normal(size=37)
    )
    inputs = rng.normal(size=(600, n_inputs))  # more tokens than are worked on at a time, and more types
    expected = same_as_full(platt, n_inputs).log_probabilities(inputs)
    groups = [inputs] if n_inputs <= 37 else [inputs[:, :-37], inputs[:, -37:]]
    assert platt.log_probabilities(*groups) == pytest.approx(expected)
    assert platt.log_probabilities(*(group.astype(np.float32) for group in groups)).dtype == np.float32


@pytest.mark.parametrize(("n_inputs", "n_scores"), [(36, 36), (37, 37), (73, 36), (74, 37)])
def test_the_gradient_of_a_fit_type_by_type_is_that_of_its_cost(
    n_inputs: int, n_scores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    inputs, tags = [rng.normal(size=(40, n_scores))], rng.integers(0, 37, 40)
    if n_inputs > n_scores:
        inputs.append(rng.normal(size=(40, n_inputs - n_scores)))
    costs = []
    monkeypatch.setattr(module, "minimize", lambda cost, begin, _: costs.append((cost, begin)) or begin)
    weights = rng.uniform(1, 3, 40)
    begun = fit_platt(inputs[0], tags, MANY, *inputs[1:], weights=weights)
    # It starts where each score is the logit of its own tag, with nothing to pay.
    assert begun.log_probabilities(*inputs) == pytest.approx(
        log_softmax(np.c_[np.zeros((40, 37 - n_scores)), inputs[0]])
    )
    cost, theta = costs[0]
    log_p = begun.log_probabilities(*inputs)[np.arange(40), tags]
    assert cost(theta)[0] == pytest.approx(-float(log_p @ weights), rel=1e-5)
    assert cost(2.5 * theta)[0] < 1e4  # a common multiple costs no penalty
    theta = theta + 0.3 * rng.normal(size=theta.shape)
    _, gradient = cost(theta)
    for _ in range(20):
        direction = rng.normal(size=theta.shape)
        direction /= np.linalg.norm(direction)
        numeric = (cost(theta + 0.05 * direction)[0] - cost(theta - 0.05 * direction)[0]) / 0.1
        assert gradient @ direction == pytest.approx(numeric, rel=1e-2, abs=0.05)


def test_many_tags_are_fitted_type_by_type_and_few_are_not() -> None:
    few = TagSet(SCHEMES["IOBES"], [f"T{i}" for i in range((MANY_TAGS - 1) // 4)]).type_ids
    for type_ids, kind in ((few, PlattScaling), (MANY, TypewisePlattScaling)):
        n = len(type_ids)
        assert isinstance(fit_platt(np.zeros((5, n - 1)), np.zeros(5, dtype=int), type_ids), kind)


def test_type_by_type_recovers_known_probabilities_and_starts_warm() -> None:
    rng = np.random.default_rng(2)
    true = TypewisePlattScaling(
        np.broadcast_to(1.6 * np.eye(4) + 0.2, (TYPES, 1, 4, 4)), np.zeros((37, 0)), np.r_[2.0, np.zeros(36)]
    )
    full = same_as_full(true, 36)
    scores, tags = sampled(rng, full.A, full.b, 20_000)
    fitted = fit_platt(scores, tags, MANY)
    new, _ = sampled(rng, full.A, full.b, 500)
    difference = np.exp(fitted.log_probabilities(new)) - np.exp(true.log_probabilities(new))
    assert np.abs(difference).mean() < 0.005
    again = fit_platt(scores, tags, MANY, start=fitted)
    assert np.abs(np.exp(again.log_probabilities(new)) - np.exp(fitted.log_probabilities(new))).max() < 0.02


def test_the_curvature_of_a_fit_type_by_type_is_that_of_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all tokens have the shares of the tags as probabilities, it is the Hessian's diagonal."""
    rng = np.random.default_rng(6)
    scores, others = rng.normal(size=(4000, 37)), rng.normal(size=(4000, 37))
    tags = rng.permutation(np.repeat(np.arange(37), np.r_[400, np.full(36, 100)]))  # nothing to learn
    calls = []
    monkeypatch.setattr(module, "minimize", lambda cost, begin, h: calls.append((cost, begin, h)) or begin)
    fit_platt(scores, tags, MANY, others, weights=np.full(4000, 3.0))
    cost, begin, curvature = calls[0]
    theta = 0 * begin
    theta[-37 * 3 :].reshape(37, 3)[0, -1] = np.log(4)  # O is four times as frequent as each other tag
    for i in rng.choice(len(theta), 40, replace=False).tolist():
        step = np.zeros(len(theta))
        step[i] = 0.05
        numeric = (cost(theta + step)[1][i] - cost(theta - step)[1][i]) / 0.1
        assert curvature[i] == pytest.approx(numeric, rel=0.05)


def test_a_start_of_the_other_kind_is_not_used() -> None:
    zeros = np.zeros((5, 36))
    start = PlattScaling(np.ones((37, 36)), np.ones(37))
    fitted = fit_platt(zeros, np.zeros(5, dtype=int), MANY, start=start)
    assert isinstance(fitted, TypewisePlattScaling)


# The sample.


def test_weights_count_tokens_more_than_once() -> None:
    rng = np.random.default_rng(3)
    scores, tags = sampled(rng, *TRUE, tokens=300)
    times = rng.integers(1, 4, 300)
    repeated = fit_platt(scores.repeat(times, axis=0), tags.repeat(times), np.arange(3))
    weighted = fit_platt(scores, tags, np.arange(3), weights=times.astype(float))
    assert pytest.approx(repeated.A, abs=1e-3) == weighted.A
    assert weighted.b == pytest.approx(repeated.b, abs=1e-3)


def test_few_tokens_are_all_in_the_sample() -> None:
    chosen, times = sample_tokens(np.zeros(7), np.zeros(7, dtype=int), 7)
    assert chosen.tolist() == list(range(7))
    assert times.tolist() == [1] * 7


@pytest.mark.parametrize("labels", [0, 10, 500, 900, 1000])
def test_a_sample_keeps_labels_and_the_nearest_of_the_others_and_stands_for_all(labels: int) -> None:
    rng = np.random.default_rng(4)
    tags = rng.permutation(np.r_[rng.integers(1, 5, labels), np.zeros(1000 - labels, dtype=int)])
    margin = rng.normal(size=1000)
    chosen, times = sample_tokens(margin, tags, 200)
    assert len(chosen) <= 200
    assert (np.diff(chosen) > 0).all()
    for part in (tags > 0, tags == 0):
        assert times[part[chosen]].sum() == pytest.approx(part.sum())
    nearest = np.flatnonzero(tags == 0)[np.argsort(-margin[tags == 0])][:50]
    assert np.isin(nearest, chosen).all()
    if labels == 10:
        assert (times[tags[chosen] > 0] == 1).all()
    if labels == 500:  # each label has its share
        counts = np.bincount(tags[chosen], minlength=5)[1:]
        assert counts == pytest.approx(np.bincount(tags, minlength=5)[1:] / 5, abs=1)


def test_a_sample_gives_nearly_the_probabilities_that_all_tokens_give() -> None:
    rng = np.random.default_rng(5)
    true = PlattScaling(TRUE.A, np.array([4.0, -0.5, 0.0]))  # mostly O
    scores, tags = sampled(rng, *true, tokens=20_000)
    chosen, times = sample_tokens(scores.max(axis=1), tags, 4000)
    of_all, of_sample = (
        fit_platt(scores, tags, np.arange(3)),
        fit_platt(scores[chosen], tags[chosen], np.arange(3), weights=times),
    )
    p, expected = (np.exp(each.log_probabilities(scores)) for each in (of_sample, of_all))
    assert np.abs(p - expected).mean() < 0.01
    unweighted = fit_platt(scores[chosen], tags[chosen], np.arange(3))
    assert np.abs(np.exp(unweighted.log_probabilities(scores)) - expected).mean() > 0.02
