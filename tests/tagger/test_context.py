from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wincls.tagger.two_stage import (
    Scored,
    TwoStageCalibrator,
    adapted,
    expected_tokens,
    fit_two_stage,
    passage_numbers,
    passages_of,
    second_look,
    second_scores,
)

from wincls.corpus.schemes import SCHEMES
from wincls.tagger import two_stage
from wincls.tagger.calibration import Calibrator
from wincls.tagger.decoding import Decoder

Array = np.ndarray
PASSAGE = 12
N_TAGS = 4
ONE_TAG = Decoder(SCHEMES["IO"], ["A"])


def expected_passages(lengths: list[int], least: int) -> list[int]:
    numbers, number, tokens = [], 0, 0
    for length in lengths:
        numbers.append(number)
        tokens += length
        if tokens >= least:
            number, tokens = number + 1, 0
    return numbers


def expected_evidence(log_p: Array, words: Array, lengths: list[int], least: int) -> dict[int, list[float]]:
    """Token by token, as the docstring says it."""
    passages = np.repeat(expected_passages(lengths, least), lengths)
    p = np.exp(log_p)
    found = {}
    for i in range(len(words)):
        same = [j for j in range(len(words)) if words[j] == words[i] and passages[j] == passages[i]]
        others = [j for j in same if j != i]
        if any(log_p[j, 0] < np.log1p(-0.03) for j in same):
            found[i] = p[others].max(axis=0).tolist() if others else [0.0] * log_p.shape[1]
    return found


def as_scored(first: Array, words: Array, lengths: Array, mean: Array | None = None) -> Scored:
    """mean: the mean scores of all networks, if there are several."""
    return Scored(first, lambda at: (first if mean is None else mean)[at], words, lengths)


def random_text(seed: int, sentences: int = 30, words: int = 12) -> tuple[Array, Scored]:
    """Log-probabilities, most of them of a sure O, and a text with random scores."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 7, size=sentences)
    n = int(lengths.sum())
    logits = rng.normal(size=(n, N_TAGS))
    logits[rng.random(n) < 0.7, 0] += 9
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    first, mean = rng.normal(size=(2, n, 3))
    return log_p, as_scored(first, rng.integers(1, words, size=n), lengths, mean)


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 40))
def test_passages_are_runs_of_whole_sentences(lengths: list[int], least: int) -> None:
    assert passage_numbers(np.array(lengths, dtype=int), least).tolist() == expected_passages(lengths, least)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("least", [1, PASSAGE, 10**6])
def test_what_is_said_elsewhere(seed: int, least: int) -> None:
    log_p, scored = random_text(seed)
    at, evidence = second_look(log_p, scored, passages_of(scored.lengths, least))
    expected = expected_evidence(log_p, scored.words, scored.lengths.tolist(), least)
    assert expected
    assert sorted(at.tolist()) == sorted(expected)
    for token, row in zip(at.tolist(), evidence.tolist(), strict=True):
        assert row == pytest.approx(expected[token])


def test_equal_probabilities_are_each_others_evidence() -> None:
    log_p = np.log(np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]]))
    scored = as_scored(np.zeros((3, 1)), np.array([7, 7, 7]), np.array([3]))
    at, evidence = second_look(log_p, scored, np.zeros(3, dtype=int))
    assert at.tolist() == [0, 1, 2]
    assert evidence == pytest.approx(np.array([[0.9, 0.5], [0.9, 0.5], [0.5, 0.5]]))


def test_no_text_has_no_evidence() -> None:
    none = np.zeros(0, dtype=int)
    at, evidence = second_look(np.zeros((0, 3)), as_scored(np.zeros((0, 2)), none, none), none)
    assert (at.shape, evidence.shape) == ((0,), (0, 3))


def test_only_doubtful_words_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    first = Calibrator(rng.normal(size=(N_TAGS, 3)), np.array([4.0, 0, 0, 0]))
    second = Calibrator(rng.normal(size=(N_TAGS, 3 + N_TAGS)), np.zeros(N_TAGS))
    _, scored = random_text(0, words=60)
    once = first.log_probabilities(scored.first)
    calibrator = TwoStageCalibrator(
        first, second, PASSAGE, np.array([0.8, 0.2 / 3, 0.2 / 3, 0.2 / 3]), Decoder(SCHEMES["IO"], "ABC")
    )
    monkeypatch.setattr(two_stage, "_KNOWN_TOKENS", 1e12)  # what a passage holds then weighs nothing
    twice = calibrator.log_probabilities(scored)
    at, evidence = second_look(once, scored, passages_of(scored.lengths, PASSAGE))
    assert 0 < len(at) < len(once)
    expected = second.log_probabilities(np.c_[scored.mean_at(at), evidence])
    np.testing.assert_allclose(twice[at], expected, atol=1e-9)
    rest = np.setdiff1d(np.arange(len(once)), at)
    assert (twice[rest] == once[rest]).all()
    assert not np.isclose(twice[at], once[at]).all(axis=1).any()


DECODER = Decoder(SCHEMES["BIO"], ["A"])


@pytest.mark.parametrize(
    ("at", "runs"),
    [
        ([3], [[2, 3, 4]]),  # with a token on either side
        ([0], [[0, 1]]),  # the first
        ([4], [[3, 4]]),  # the last of its sentence
        ([5], [[5]]),  # a sentence of one token
        ([4, 5, 6], [[3, 4], [5], [6, 7]]),  # side by side, but in three sentences
        ([0, 2, 4], [[0, 1, 2, 3, 4]]),  # what is between two of them belongs to both
        ([9, 0], [[0, 1], [8, 9]]),  # in the order of their words
    ],
)
def test_taggings_are_those_of_the_surroundings(at: list[int], runs: list[list[int]]) -> None:
    rng = np.random.default_rng(1)
    first, mean = rng.normal(size=(2, 10, 2))
    scored = as_scored(first, np.arange(10), np.array([5, 1, 4]), mean)
    expected = np.full((10, 2), np.nan)
    for run in runs:
        scores = np.array([mean[i] if i in at else first[i] for i in run])
        expected[run] = DECODER.log_odds(scores, np.array([len(run)]))
    np.testing.assert_allclose(second_scores(scored, np.array(at), DECODER, True), expected[at])


def test_of_single_windows_the_mean_scores_are_taken() -> None:
    first, mean = np.random.default_rng(1).normal(size=(2, 4, 2))
    scored = as_scored(first, np.arange(4), np.array([4]), mean)
    assert second_scores(scored, np.array([2, 0]), DECODER, False).tolist() == mean[[2, 0]].tolist()


@pytest.mark.parametrize("outside", [True, False])
def test_no_token_to_look_at_again(outside: bool) -> None:
    scored = as_scored(np.zeros((4, 2 + outside)), np.arange(4), np.array([4]))
    assert second_scores(scored, np.zeros(0, dtype=int), DECODER, True).shape == (0, 2)


@pytest.mark.parametrize("outside", [True, False])
def test_both_stages_with_taggings(outside: bool) -> None:
    """A name of two words is known by its second alone: its first scores as little as anything else."""
    rng = np.random.default_rng(0)
    lengths = np.full(300, 4)
    tags = np.tile([0, 1, 2, 0], 300)
    scores = 0.3 * rng.normal(size=(1200, 3))
    scores[tags == 0, 0] += 1
    scores[tags == 2, 2] += 5
    scores = scores if outside else scores[:, 1:] - scores[:, :1]
    scored = as_scored(scores, rng.integers(1, 400, size=1200), lengths)
    fitted = [fit_two_stage(scored, tags, DECODER, 1, of_taggings) for of_taggings in (False, True)]
    right = [(each.log_probabilities(scored).argmax(axis=1) == tags)[tags == 1].mean() for each in fitted]
    assert right[0] < 0.9
    assert right[1] > 0.95
    assert [each.of_taggings for each in fitted] == [False, True]
    assert fitted[1].second.A.shape == (3, 2 + 3)


def text_with_names(seed: int, sentences: int = 600) -> tuple[Scored, Array]:
    """Scores that are right about every second occurrence of a name and know nothing of the others.

    A sentence is one word; all words of a passage are the same, and are all names or all not.
    """
    rng = np.random.default_rng(seed)
    lengths = np.ones(sentences, dtype=int)
    passages = np.repeat(passage_numbers(lengths, PASSAGE), lengths)
    n = len(passages)
    tags = rng.integers(0, 2, size=passages[-1] + 1)[passages]
    clear = rng.random(n) < 0.5
    scores = np.where(clear, 4.0 * (2 * tags - 1), 0.0)[:, None] + 0.3 * rng.normal(size=(n, 1))
    return as_scored(scores, np.full(n, 5), lengths), tags


def accuracy(calibrator: TwoStageCalibrator, scored: Scored, tags: Array) -> float:
    return float((calibrator.log_probabilities(scored).argmax(axis=1) == tags).mean())


def test_what_is_clear_elsewhere_decides_what_is_unclear_here() -> None:
    once, twice = (fit_two_stage(*text_with_names(0), ONE_TAG, passage) for passage in (1, PASSAGE))
    assert accuracy(once, *text_with_names(1)) < 0.85
    assert accuracy(twice, *text_with_names(1)) > 0.95


def test_what_all_networks_say_decides_what_is_unclear_to_the_first() -> None:
    def text(seed: int) -> tuple[Scored, Array]:
        scored, tags = text_with_names(seed)
        mean = 4.0 * (2 * tags - 1)[:, None]
        return as_scored(scored.first, scored.words, scored.lengths, mean), tags

    one, several = fit_two_stage(*text_with_names(0), ONE_TAG, 1), fit_two_stage(*text(0), ONE_TAG, 1)
    assert accuracy(one, *text_with_names(1)) < 0.85
    assert accuracy(several, *text(1)) > 0.99


@pytest.mark.parametrize("passage", [1, PASSAGE])
def test_tags_that_are_not_shown_change_nothing(passage: int) -> None:
    scored, tags = text_with_names(0)
    shown = np.random.default_rng(2).random(len(tags)) < 0.5
    one = fit_two_stage(scored, tags, ONE_TAG, passage, shown=shown)
    other = fit_two_stage(scored, np.where(shown, tags, 1 - tags), ONE_TAG, passage, shown=shown)
    assert (one.log_probabilities(scored) == other.log_probabilities(scored)).all()


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    scored, tags = text_with_names(0)
    cold = fit_two_stage(scored, tags, ONE_TAG, PASSAGE)
    warm = fit_two_stage(
        scored, tags, ONE_TAG, PASSAGE, start=fit_two_stage(*text_with_names(3), ONE_TAG, PASSAGE)
    )
    expected, found = (np.exp(each.log_probabilities(scored)) for each in (cold, warm))
    assert np.abs(expected - found).max() < 0.02


# Passages that hold more of a type than others


def test_the_tokens_to_expect_are_the_sums_of_their_probabilities() -> None:
    """Two tags of type 1 and one of type 2; the first passage has 4 tokens, of which 2 were looked at."""
    kinds, passages = np.array([0, 1, 1, 2]), np.array([0, 0, 1])
    p = np.array([[0.5, 0.2, 0.2, 0.1], [0.1, 0.3, 0.5, 0.1], [0.4, 0.1, 0.1, 0.4]])
    found = expected_tokens(np.log(p), kinds, passages, np.array([4, 3]))
    assert found == pytest.approx(np.array([[4 - 1.4, 0.4 + 0.8, 0.2], [3 - 0.6, 0.2, 0.4]]))


def test_probabilities_go_by_the_rates_of_the_passage() -> None:
    """Of 1,000 tokens 300 are of type 1; with 1,000 at a rate of 0.1 that makes 400 of 2,000, twice 0.1."""
    found = np.array([[650.0, 300.0, 50.0]])
    kinds, rates = np.array([0, 1, 1, 2]), np.array([0.85, 0.1, 0.05])
    p = np.array([[0.5, 0.2, 0.2, 0.1]])
    weighted = p * [1500 / 2000 / 0.85, 2, 2, 1]
    expected = weighted / weighted.sum()
    assert np.exp(adapted(np.log(p), kinds, rates, found, np.array([0]))) == pytest.approx(expected)


def test_a_passage_like_the_text_calibrated_on_changes_nothing() -> None:
    log_p, scored = random_text(1)
    kinds, rates = np.array([0, 1, 1, 2]), np.array([0.8, 0.15, 0.05])
    passages = passages_of(scored.lengths, 10**6)
    assert adapted(log_p, kinds, rates, 5000 * rates[None, :], passages) == pytest.approx(log_p)


def test_what_the_calibration_never_met_changes_little() -> None:
    """Two tokens, both plainly outside: a rate is taken for one token in four, not for none."""
    scored = as_scored(np.full((2, 1), -9.0), np.array([1, 2]), np.array([2]))
    fitted = fit_two_stage(scored, np.array([0, 0]), ONE_TAG, PASSAGE)
    assert fitted.rates == pytest.approx([3 / 4, 1 / 4], abs=0.1)
    log_p = np.log(np.array([[0.4, 0.6]]))
    changed = adapted(log_p, ONE_TAG.kinds, fitted.rates, np.array([[0.4, 0.6]]), np.array([0]))
    assert np.exp(changed) == pytest.approx(np.exp(log_p), abs=0.01)


def test_rates_are_those_of_the_text_that_was_shown() -> None:
    scored, tags = text_with_names(0)
    shown = np.arange(len(tags)) < 300
    rates = fit_two_stage(scored, tags, ONE_TAG, PASSAGE, shown=shown).rates
    assert rates.sum() == pytest.approx(1)
    assert rates[1] == pytest.approx(tags[:300].mean(), abs=0.02)


def test_where_a_type_is_frequent_a_doubtful_word_is_more_likely_of_it() -> None:
    """One passage has names in every second place, another hardly any; the same word stands in both."""
    rng = np.random.default_rng(0)
    lengths = np.full(200, 20)
    many = passages_of(lengths, 2000) == 0
    tags = (rng.random(len(many)) < np.where(many, 0.5, 0.05)).astype(int)
    scores = (2.0 * tags - 1 + rng.normal(size=len(tags)))[:, None]
    words = np.arange(1, len(tags) + 1)
    doubtful = np.flatnonzero(many)[-1], len(tags) - 1
    scores[list(doubtful)] = 0.5
    scored = as_scored(scores, words, lengths)
    fitted = fit_two_stage(scored, tags, ONE_TAG, 2000)
    here, there = np.exp(fitted.log_probabilities(scored)[list(doubtful), 1])
    assert here > there + 0.1
