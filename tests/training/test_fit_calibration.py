from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wincls.corpus.schemes import Entity
from wincls.network.losses import log_softmax
from wincls.tagger.calibration import Calibration, first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.platt import PlattScaling
from wincls.training import fit_calibration as module
from wincls.training.fit_calibration import fit_calibration, fit_platt, fit_temperature

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
    fitted = fit_platt(*sampled(rng, *TRUE, tokens=20_000), n_tags=3)
    scores, _ = sampled(rng, *TRUE, tokens=500)
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
    fit_platt(inputs, tags, 3, n_scores)
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
    fit_platt(np.zeros((1, n_scores + 1)), np.array([1]), 3, n_scores)
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
    fitted = fit_platt(np.zeros((0, 2)), np.zeros(0, dtype=int), 3)
    assert fitted.A.tolist() == [[0, 0], [1, 0], [0, 1]]
    assert fitted.b.tolist() == [0, 0, 0]


def test_the_common_multiple_is_found_from_few_tokens() -> None:
    """Scores that say three times too little: 60 tokens are enough to learn that."""
    rng = np.random.default_rng(2)
    true = PlattScaling(3.0 * np.eye(4)[:, 1:], np.zeros(4))
    scores, tags = sampled(rng, *true, tokens=60)
    fitted = fit_platt(scores, tags, 4)
    own = fitted.A[[1, 2, 3], [0, 1, 2]]
    assert (np.abs(own - 3.0) < 1.0).all()
    assert np.abs(fitted.A - own.mean() * np.eye(4)[:, 1:]).max() < 0.5


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    rng = np.random.default_rng(3)
    scores, tags = sampled(rng, *TRUE, tokens=2000)
    cold = fit_platt(scores, tags, 3)
    elsewhere = PlattScaling(rng.normal(size=(3, 2)), rng.normal(size=3))
    for start in (cold, elsewhere):
        warm = fit_platt(scores, tags, 3, start=start)
        p, expected = np.exp(warm.log_probabilities(scores)), np.exp(cold.log_probabilities(scores))
        assert np.abs(p - expected).max() < 0.01


def test_a_warm_start_begins_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "minimize", lambda cost, begin: begin)
    assert fit_platt(np.zeros((1, 2)), np.array([0]), 3, start=TRUE).A.tolist() == TRUE.A.tolist()
    assert fit_platt(np.zeros((1, 2)), np.array([0]), 3, start=TRUE).b.tolist() == TRUE.b.tolist()


def test_the_start_is_left_as_it_was() -> None:
    rng = np.random.default_rng(4)
    start = PlattScaling(np.zeros((3, 2)), np.zeros(3))
    fit_platt(*sampled(rng, *TRUE, tokens=100), n_tags=3, start=start)
    assert not start.A.any()
    assert not start.b.any()


def test_a_tag_that_never_occurs_does_no_harm() -> None:
    rng = np.random.default_rng(5)
    scores, tags = sampled(rng, *TRUE, tokens=6000)
    with_rival = np.c_[scores, rng.normal(size=6000) - 3]  # a fourth tag's score
    seen, new = slice(0, 3000), slice(3000, 6000)

    def likelihood(scores: Array, n_tags: int) -> float:
        log_p = fit_platt(scores[seen], tags[seen], n_tags).log_probabilities(scores[new])
        assert np.isfinite(log_p).all()
        assert np.exp(log_p[:, 3:]).sum(axis=1).mean() < 0.003
        return float(log_p[np.arange(3000), tags[new]].mean())

    assert likelihood(with_rival, 4) == pytest.approx(likelihood(scores, 3), abs=0.005)


def test_separable_scores_give_finite_probabilities() -> None:
    scores = np.repeat([[-5.0], [5.0]], 50, axis=0)
    tags = np.repeat([0, 1], 50)
    p = np.exp(fit_platt(scores, tags, 2).log_probabilities(scores))
    assert (p[np.arange(100), tags] > 0.99).all()


def test_scores_of_single_precision_are_fitted_in_double_precision() -> None:
    rng = np.random.default_rng(6)
    scores, tags = sampled(rng, *TRUE, tokens=200)
    fitted = fit_platt(scores.astype(np.float32), tags, 3)
    assert (fitted.A.dtype, fitted.b.dtype) == (np.float64, np.float64)


# Both stages.


BLOCK = 12
ONE_TAG = np.array([0, 1])  # type numbers of O and the tag
Text = tuple[Array, Array, Array, Array]  # scores, mean scores, words in blocks, tags


def text_with_names(seed: int, sentences: int = 600, block: int = BLOCK) -> Text:
    """Scores that are right about every second occurrence of a name and know nothing of the others.

    A sentence is one word; all words of twelve sentences are the same, and are all names or all not.
    """
    rng = np.random.default_rng(seed)
    lengths = np.ones(sentences, dtype=int)
    group = context_blocks(lengths, BLOCK)
    tags = rng.integers(0, 2, size=group[-1] + 1)[group]
    clear = rng.random(sentences) < 0.5
    scores = np.where(clear, 4.0 * (2 * tags - 1), 0.0)[:, None] + 0.3 * rng.normal(size=(sentences, 1))
    keys = words_in_blocks(np.full(sentences, 5), context_blocks(lengths, block))
    return scores, scores, keys, tags


def probabilities(calibration: Calibration, text: Text) -> Array:
    scores, mean, keys, _ = text
    first = first_stage(calibration.first, scores, keys)
    blocks = keys // 6  # the only word has the number 5
    return np.exp(second_stage(calibration, first, mean[first.candidates], blocks, ONE_TAG))


def accuracy(calibration: Calibration, text: Text) -> float:
    return float((probabilities(calibration, text).argmax(axis=1) == text[3]).mean())


def fit(text: Text, block: int = BLOCK, **options: Any) -> Calibration:
    return fit_calibration(*text, ONE_TAG, block, **options)


def test_what_is_clear_elsewhere_decides_what_is_unclear_here() -> None:
    alone, together = (fit(text_with_names(0, block=block), block) for block in (1, BLOCK))
    assert accuracy(alone, text_with_names(1, block=1)) < 0.85
    assert accuracy(together, text_with_names(1)) > 0.95


def test_the_mean_scores_of_the_ensemble_decide_what_is_unclear_to_the_first_member() -> None:
    def text(seed: int) -> Text:
        scores, _, keys, tags = text_with_names(seed, block=1)
        return scores, 4.0 * (2 * tags - 1)[:, None], keys, tags

    one, several = fit(text_with_names(0, block=1), 1), fit(text(0), 1)
    assert accuracy(one, text_with_names(1, block=1)) < 0.85
    assert accuracy(several, text(1)) > 0.99


@pytest.mark.parametrize("block", [1, BLOCK])
def test_tags_that_are_not_shown_change_nothing(block: int) -> None:
    text = text_with_names(0, block=block)
    tags = text[3]
    shown = np.random.default_rng(2).random(len(tags)) < 0.5
    one = fit(text, block, shown=shown)
    other = fit((*text[:3], np.where(shown, tags, 1 - tags)), block, shown=shown)
    assert (probabilities(one, text) == probabilities(other, text)).all()


def test_a_warm_start_of_both_stages_ends_where_a_cold_one_does() -> None:
    text = text_with_names(0)
    cold = fit(text)
    warm = fit(text, start=fit(text_with_names(3)))
    assert np.abs(probabilities(cold, text) - probabilities(warm, text)).max() < 0.02


def test_the_temperature_is_the_one_at_which_scores_are_closest_to_what_is_correct() -> None:
    """Three of four entities are correct, so 0.75 is best; scores are 1 / (1 + temperature / 3)."""
    gold = [[Entity(0, 1, "A")]] * 3 + [[Entity(0, 1, "B")]]

    def find(temperature: float) -> list[list[ScoredEntity]]:
        return [[ScoredEntity(0, 1, "A", 1 / (1 + temperature / 3))]] * 4

    assert fit_temperature(find, gold) == pytest.approx(1.0)
    assert fit_temperature(
        lambda t: [[ScoredEntity(0, 1, "A", 0.75 ** (1.5 / t))]] * 4, gold
    ) == pytest.approx(1.5)
