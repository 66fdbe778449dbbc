from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.tagger.calibration import Calibrator
from wincls.tagger.two_stage import TwoStageCalibrator, elsewhere, fit_two_stage, passage_numbers

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
        if others and any(log_p[j, 0] < np.log1p(-0.03) for j in same):
            found[i] = p[others].max(axis=0).tolist()
    return found


def random_text(seed: int, sentences: int = 30, words: int = 12) -> tuple[Array, Array, Array]:
    """Log-probabilities, most of them of a sure O, word numbers and sentence lengths."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 7, size=sentences)
    n = int(lengths.sum())
    logits = rng.normal(size=(n, N_TAGS))
    logits[rng.random(n) < 0.7, 0] += 9
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return log_p, rng.integers(1, words, size=n), lengths


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 40))
def test_passages_are_runs_of_whole_sentences(lengths: list[int], least: int) -> None:
    assert passage_numbers(np.array(lengths, dtype=int), least).tolist() == expected_passages(lengths, least)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("least", [1, PASSAGE, 10**6])
def test_what_is_said_elsewhere(seed: int, least: int) -> None:
    log_p, words, lengths = random_text(seed)
    at, evidence = elsewhere(log_p, words, lengths, least)
    expected = expected_evidence(log_p, words, lengths.tolist(), least)
    assert expected
    assert sorted(at.tolist()) == sorted(expected)
    for token, row in zip(at.tolist(), evidence.tolist(), strict=True):
        assert row == pytest.approx(expected[token])


def test_equal_probabilities_are_each_others_evidence() -> None:
    log_p = np.log(np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]]))
    at, evidence = elsewhere(log_p, np.array([7, 7, 7]), np.array([3]), 100)
    assert at.tolist() == [0, 1, 2]
    assert evidence == pytest.approx(np.array([[0.9, 0.5], [0.9, 0.5], [0.5, 0.5]]))


def test_no_text_has_no_evidence() -> None:
    at, evidence = elsewhere(np.zeros((0, 3)), np.zeros(0, dtype=int), np.zeros(0, dtype=int), 5)
    assert (at.shape, evidence.shape) == ((0,), (0, 3))


def two_stages(seed: int = 0) -> TwoStageCalibrator:
    rng = np.random.default_rng(seed)
    first = Calibrator(rng.normal(size=(N_TAGS, 3)), np.array([2.0, 0, 0, 0]))
    return TwoStageCalibrator(
        first, Calibrator(rng.normal(size=(N_TAGS, 3 + N_TAGS)), np.zeros(N_TAGS)), PASSAGE
    )


def test_only_tokens_with_evidence_are_looked_at_again() -> None:
    _, words, lengths = random_text(0)
    scores = np.random.default_rng(1).normal(size=(len(words), 3))
    both = two_stages()
    assert both.second is not None
    once = both._replace(second=None).log_probabilities(scores, words, lengths)
    twice = both.log_probabilities(scores, words, lengths)
    assert (once == both.first.log_probabilities(scores)).all()
    at, evidence = elsewhere(once, words, lengths, PASSAGE)
    assert 0 < len(at) < len(words)
    assert (twice[at] == both.second.log_probabilities(np.c_[scores[at], evidence])).all()
    rest = np.setdiff1d(np.arange(len(words)), at)
    assert (twice[rest] == once[rest]).all()
    assert not np.isclose(twice[at], once[at]).all(axis=1).any()


def text_with_names(seed: int, sentences: int = 400) -> tuple[Array, Array, Array, Array]:
    """Scores that are right about every second occurrence of a name and know nothing of the others.

    A sentence is one word or two; all words of a passage of eight sentences are the same, and are
    all names or all not.
    """
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 3, size=sentences)
    passages = np.repeat(passage_numbers(lengths, PASSAGE), lengths)
    n = len(passages)
    tags = rng.integers(0, 2, size=passages[-1] + 1)[passages]
    clear = rng.random(n) < 0.5
    scores = np.where(clear, 4.0 * (2 * tags - 1), 0.0)[:, None] + 0.3 * rng.normal(size=(n, 1))
    return scores, np.full(n, 5), lengths, tags


def test_what_is_clear_elsewhere_decides_what_is_unclear_here() -> None:
    scores, words, lengths, tags = text_with_names(0)
    once, twice = (fit_two_stage(scores, words, lengths, tags, 2, passage) for passage in (0, PASSAGE))
    assert once.second is None
    scores, words, lengths, tags = text_with_names(1)

    def accuracy(calibrator: TwoStageCalibrator) -> float:
        return float((calibrator.log_probabilities(scores, words, lengths).argmax(axis=1) == tags).mean())

    assert accuracy(once) < 0.85
    assert accuracy(twice) > 0.95


@pytest.mark.parametrize("passage", [0, PASSAGE])
def test_tags_that_are_not_shown_change_nothing(passage: int) -> None:
    scores, words, lengths, tags = text_with_names(0)
    shown = np.random.default_rng(2).random(len(tags)) < 0.5
    one = fit_two_stage(scores, words, lengths, tags, 2, passage, shown)
    other = fit_two_stage(scores, words, lengths, np.where(shown, tags, 1 - tags), 2, passage, shown)
    expected, found = (each.log_probabilities(scores, words, lengths) for each in (one, other))
    assert (expected == found).all()


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    text = text_with_names(0)
    cold = fit_two_stage(*text, 2, PASSAGE)
    warm = fit_two_stage(*text, 2, PASSAGE, start=fit_two_stage(*text_with_names(3), 2, PASSAGE))
    expected, found = (np.exp(each.log_probabilities(*text[:3])) for each in (cold, warm))
    assert np.abs(expected - found).max() < 0.02
