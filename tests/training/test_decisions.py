"""Fitting plain decisions to development scores; of the calibration see test_development.py."""

from __future__ import annotations

import numpy as np
import pytest

from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.decision import ArgmaxDecision, ThresholdDecision
from wincls.tagger.decoding import Decoder
from wincls.tagger.plain import Plain
from wincls.training.decisions import best_threshold, fits

TAG_SET = TagSet(SCHEMES["IO"], ["LOC", "PER"])


def brute_force(scores, gold_tags, lengths, tag_set):
    """The best F1 over the thresholds between all neighboring scores, and above and below all."""
    ends = np.cumsum(lengths)

    def entities(tags):
        parts = tag_set.entities(tags, lengths)
        return {(i, *entity) for i, some in enumerate(parts) for entity in some}

    gold = entities(gold_tags)
    assert ends[-1] == len(scores)
    values = np.sort(scores.max(axis=1))
    best = 0.0
    for threshold in [values[0] - 1, *((values[1:] + values[:-1]) / 2), values[-1] + 1]:
        tags = np.where(scores.max(axis=1) > threshold, 1 + scores.argmax(axis=1), 0)
        found = entities(tags)
        best = max(best, 2 * len(found & gold) / max(1, len(found) + len(gold)))
    return best


def f1_at(threshold, scores, gold_tags, lengths, tag_set):
    tags = np.where(scores.max(axis=1) > threshold, 1 + scores.argmax(axis=1), 0)
    gold, found = (
        {(i, *entity) for i, some in enumerate(tag_set.entities(each, lengths)) for entity in some}
        for each in (gold_tags, tags)
    )
    return 2 * len(found & gold) / max(1, len(found) + len(gold))


@pytest.mark.parametrize("seed", range(10))
def test_threshold_has_the_best_f1_of_all(seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 8, size=20)
    gold = rng.choice(3, p=[0.7, 0.2, 0.1], size=lengths.sum())
    scores = np.eye(3)[gold][:, 1:] + 0.7 * rng.standard_normal((len(gold), 2))
    threshold = best_threshold(scores, gold, lengths, TAG_SET)
    reached = f1_at(threshold, scores, gold, lengths, TAG_SET)
    assert reached == pytest.approx(brute_force(scores, gold, lengths, TAG_SET))


def test_threshold_of_many_tokens_is_close_to_the_best():
    rng = np.random.default_rng(0)
    lengths = np.full(200, 10)
    gold = rng.choice(3, p=[0.9, 0.06, 0.04], size=2000)
    scores = np.eye(3)[gold][:, 1:] + 0.5 * rng.standard_normal((2000, 2))
    threshold = best_threshold(scores, gold, lengths, TAG_SET)
    best = brute_force(scores, gold, lengths, TAG_SET)
    assert f1_at(threshold, scores, gold, lengths, TAG_SET) > best - 0.01


def test_nothing_to_find_gives_a_threshold_that_finds_nothing():
    scores = np.random.default_rng(0).standard_normal((30, 2))
    threshold = best_threshold(scores, np.zeros(30, dtype=int), np.array([10, 20]), TAG_SET)
    assert not Plain(threshold).tags(scores, 3).any()
    assert np.isfinite(threshold)


def test_threshold_is_chosen_on_shown_tokens_only():
    decoder = Decoder(TAG_SET)
    lengths = np.array([2, 2])
    scores = [np.array([[2.0, -9], [1.0, -9], [0.5, -9], [-1.0, -9]])]
    gold = np.array([1, 0, 1, 0])
    fitted = fits(ThresholdDecision(), gold, lengths, np.zeros(4, dtype=int), decoder)
    assert fitted.fit(scores, np.array([True, True, False, False])) == Plain(1.5)
    assert fitted.fit(scores, np.array([False, False, True, True])) == Plain(-0.25)
    other = fits(ThresholdDecision(), np.array([1, 0, 0, 1]), lengths, np.zeros(4, dtype=int), decoder)
    assert other.fit(scores, np.array([True, True, False, False])) == Plain(1.5)


@pytest.mark.parametrize(
    ("decision", "expected"), [(ArgmaxDecision(), Plain()), (ThresholdDecision(0.25), Plain(0.25))]
)
def test_fixed_decisions_do_not_look_at_development_data(decision, expected):
    fitted = fits(decision, np.array([1, 0]), np.array([2]), np.zeros(2, dtype=int), Decoder(TAG_SET))
    assert fitted.fit([np.ones((2, 2))]) == expected
    assert fitted.final([np.ones((2, 2))], np.array([0, 1]), [[]]) == expected
