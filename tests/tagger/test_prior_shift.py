"""Prior shift within context blocks."""

from __future__ import annotations

import numpy as np
import pytest

from wincls.tagger.calibration import first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.prior_shift import expected_tokens, shift_priors, type_shares
from wincls.training.fit_calibration import fit_calibration

TYPE_IDS = np.array([0, 1, 1, 2])  # two tags of type 1, one of type 2
ONE_TAG = np.array([0, 1])


def test_expected_tokens_are_sums_of_probabilities_and_all_others_are_outside():
    """The first block has 4 tokens, of which 2 are candidates."""
    p = np.array([[0.5, 0.2, 0.2, 0.1], [0.1, 0.3, 0.5, 0.1], [0.4, 0.1, 0.1, 0.4]])
    found = expected_tokens(np.log(p), TYPE_IDS, np.array([0, 0, 1]), np.array([4, 3]))
    assert found == pytest.approx(np.array([[4 - 1.4, 0.4 + 0.8, 0.2], [3 - 0.6, 0.2, 0.4]]))


def test_probabilities_are_shifted_to_the_shares_of_the_block():
    """100 candidates expect 30 tokens of type 1 in 1,000.

    With 1,000 tokens at a share of 0.01 that makes 40 in 2,000, twice the share.
    """
    shares = np.array([0.985, 0.01, 0.005])
    p = np.array([[0.6, 0.2, 0.1, 0.1]]).repeat(100, axis=0)
    shifted = shift_priors(np.log(p), TYPE_IDS, np.zeros(100, dtype=int), np.array([1000]), shares)
    r = np.array([960 + 985, 30 + 10, 10 + 5])
    weighted = p[0] * (r / shares)[[0, 1, 1, 2]]
    assert np.exp(shifted) == pytest.approx(np.tile(weighted / weighted.sum(), (100, 1)))


def test_a_block_like_the_calibration_text_changes_nothing():
    rng = np.random.default_rng(1)
    log_p = np.log(rng.dirichlet(np.ones(4), size=200))
    shares = expected_tokens(log_p, TYPE_IDS, np.zeros(200, dtype=int), np.array([900]))[0] / 900
    shifted = shift_priors(log_p, TYPE_IDS, np.zeros(200, dtype=int), np.array([900]), shares)
    assert shifted == pytest.approx(log_p)


def test_blocks_do_not_change_each_other():
    rng = np.random.default_rng(2)
    log_p = np.log(rng.dirichlet(np.ones(4), size=60))
    blocks, lengths = np.repeat([0, 1], 30), np.array([50, 70])
    shares = np.array([0.9, 0.06, 0.04])
    shifted = shift_priors(log_p, TYPE_IDS, blocks, lengths, shares)
    for block in (0, 1):
        here = blocks == block
        alone = shift_priors(
            log_p[here], TYPE_IDS, np.zeros(30, dtype=int), lengths[block : block + 1], shares
        )
        assert shifted[here] == pytest.approx(alone)


def test_no_share_is_0():
    shares = type_shares(np.zeros((0, 4)), TYPE_IDS, 97)
    assert shares == pytest.approx([0.98, 0.01, 0.01])


def test_shares_are_those_of_the_text_that_was_shown():
    rng = np.random.default_rng(3)
    tags = (rng.random(600) < np.repeat([0.6, 0.2], 300)).astype(int)
    scores = (6.0 * tags - 3 + 0.1 * rng.normal(size=600))[:, None]
    shown = np.arange(600) < 300
    shares = fit_calibration(scores, scores, np.arange(600), tags, ONE_TAG, 100, shown).shares
    assert shares.sum() == pytest.approx(1)
    assert shares[1] == pytest.approx(tags[:300].mean(), abs=0.02)


def test_where_a_type_is_frequent_an_uncertain_word_is_more_likely_of_it():
    """One block has entities in every second place, another hardly any."""
    rng = np.random.default_rng(0)
    lengths = np.full(200, 20)
    blocks = context_blocks(lengths, 2000)
    tags = (rng.random(len(blocks)) < np.where(blocks == 0, 0.5, 0.05)).astype(int)
    scores = (2.0 * tags - 1 + rng.normal(size=len(tags)))[:, None]
    uncertain = [np.flatnonzero(blocks == 0)[-1], len(tags) - 1]
    scores[uncertain] = 0.5
    keys = words_in_blocks(np.arange(1, len(tags) + 1), blocks)
    fitted = fit_calibration(scores, scores, keys, tags, ONE_TAG, 2000)
    first = first_stage(fitted.first, scores, keys)
    log_p = second_stage(fitted, first, scores[first.candidates], blocks, ONE_TAG)
    here, there = np.exp(log_p[uncertain, 1])
    assert here > there + 0.1
