from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.tagger.calibration import Calibrator
from wincls.tagger.two_stage import Scored, TwoStageCalibrator, fit_two_stage, passage_numbers, second_look

Array = np.ndarray
PASSAGE = 12
N_TAGS = 4


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
    at, evidence = second_look(log_p, scored, least)
    expected = expected_evidence(log_p, scored.words, scored.lengths.tolist(), least)
    assert expected
    assert sorted(at.tolist()) == sorted(expected)
    for token, row in zip(at.tolist(), evidence.tolist(), strict=True):
        assert row == pytest.approx(expected[token])


def test_equal_probabilities_are_each_others_evidence() -> None:
    log_p = np.log(np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]]))
    scored = as_scored(np.zeros((3, 1)), np.array([7, 7, 7]), np.array([3]))
    at, evidence = second_look(log_p, scored, 100)
    assert at.tolist() == [0, 1, 2]
    assert evidence == pytest.approx(np.array([[0.9, 0.5], [0.9, 0.5], [0.5, 0.5]]))


def test_no_text_has_no_evidence() -> None:
    none = np.zeros(0, dtype=int)
    at, evidence = second_look(np.zeros((0, 3)), as_scored(np.zeros((0, 2)), none, none), 5)
    assert (at.shape, evidence.shape) == ((0,), (0, 3))


def test_only_doubtful_words_are_looked_at_again() -> None:
    rng = np.random.default_rng(0)
    first = Calibrator(rng.normal(size=(N_TAGS, 3)), np.array([4.0, 0, 0, 0]))
    second = Calibrator(rng.normal(size=(N_TAGS, 3 + N_TAGS)), np.zeros(N_TAGS))
    _, scored = random_text(0, words=60)
    once = first.log_probabilities(scored.first)
    twice = TwoStageCalibrator(first, second, PASSAGE).log_probabilities(scored)
    at, evidence = second_look(once, scored, PASSAGE)
    assert 0 < len(at) < len(once)
    assert (twice[at] == second.log_probabilities(np.c_[scored.mean_at(at), evidence])).all()
    rest = np.setdiff1d(np.arange(len(once)), at)
    assert (twice[rest] == once[rest]).all()
    assert not np.isclose(twice[at], once[at]).all(axis=1).any()


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
    once, twice = (fit_two_stage(*text_with_names(0), 2, passage) for passage in (1, PASSAGE))
    assert accuracy(once, *text_with_names(1)) < 0.85
    assert accuracy(twice, *text_with_names(1)) > 0.95


def test_what_all_networks_say_decides_what_is_unclear_to_the_first() -> None:
    def text(seed: int) -> tuple[Scored, Array]:
        scored, tags = text_with_names(seed)
        mean = 4.0 * (2 * tags - 1)[:, None]
        return as_scored(scored.first, scored.words, scored.lengths, mean), tags

    one, several = fit_two_stage(*text_with_names(0), 2, 1), fit_two_stage(*text(0), 2, 1)
    assert accuracy(one, *text_with_names(1)) < 0.85
    assert accuracy(several, *text(1)) > 0.99


@pytest.mark.parametrize("passage", [1, PASSAGE])
def test_tags_that_are_not_shown_change_nothing(passage: int) -> None:
    scored, tags = text_with_names(0)
    shown = np.random.default_rng(2).random(len(tags)) < 0.5
    one = fit_two_stage(scored, tags, 2, passage, shown)
    other = fit_two_stage(scored, np.where(shown, tags, 1 - tags), 2, passage, shown)
    assert (one.log_probabilities(scored) == other.log_probabilities(scored)).all()


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    scored, tags = text_with_names(0)
    cold = fit_two_stage(scored, tags, 2, PASSAGE)
    warm = fit_two_stage(scored, tags, 2, PASSAGE, start=fit_two_stage(*text_with_names(3), 2, PASSAGE))
    expected, found = (np.exp(each.log_probabilities(scored)) for each in (cold, warm))
    assert np.abs(expected - found).max() < 0.02
