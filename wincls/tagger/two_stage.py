"""Probabilities in two stages: a token by its window, then by its passage too.

A name seldom stands in a text only once, and where its window says little, another may say more.
So the text is cut into passages. In the first stage every token gets probabilities from its own
scores; in the second, a token whose word occurs elsewhere in the passage gets them from its scores
and from what the first stage said there (after Krishnan and Manning 2006, who did this with two
conditional random fields). Both stages are softmax regressions; see calibration.py.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.tagger.calibration import Calibrator, fit_calibrator

Array = np.ndarray

_DOUBT = 0.03  # probability of an entity from which on a word is worth a second look


class TwoStageCalibrator(NamedTuple):
    """first: from scores; second: from scores and :func:`elsewhere`, None if there is no second stage.

    passage: the least number of tokens in a passage; see :func:`passage_numbers`.
    """

    first: Calibrator
    second: Calibrator | None = None
    passage: int = 0

    def log_probabilities(self, scores: Array, words: Array, lengths: Array) -> Array:
        """(tokens, tags) from (tokens, scores), sentence after sentence.

        words: (tokens,) numbers of their words; lengths: (sentences,).
        """
        log_p = self.first.log_probabilities(scores)
        if self.second is not None:
            at, evidence = elsewhere(log_p, words, lengths, self.passage)
            log_p[at] = self.second.log_probabilities(np.concatenate([scores[at], evidence], axis=1))
        return log_p


def fit_two_stage(
    scores: Array,
    words: Array,
    lengths: Array,
    tags: Array,
    n_tags: int,
    passage: int,
    shown: Array | None = None,
    start: TwoStageCalibrator | None = None,
) -> TwoStageCalibrator:
    """Fit both stages; passage: 0 for the first only; the others as above.

    tags: (tokens,) tag numbers, 0 for O. shown: (tokens,) whether a token's tag may be looked at,
    None for all; of the others only the scores are used. start: where to begin the search.
    """
    shown = np.ones(len(tags), dtype=bool) if shown is None else shown
    before, second_before = (start.first, start.second) if start else (None, None)
    first = fit_calibrator(scores[shown], tags[shown], n_tags, start=before)
    if not passage:
        return TwoStageCalibrator(first)
    at, evidence = elsewhere(first.log_probabilities(scores), words, lengths, passage)
    usable = shown[at]
    at, evidence = at[usable], evidence[usable]
    inputs = np.concatenate([scores[at], evidence], axis=1)
    second = fit_calibrator(inputs, tags[at], n_tags, scores.shape[1], second_before)
    return TwoStageCalibrator(first, second, passage)


def passage_numbers(lengths: Array, least: int) -> Array:
    """(sentences,) the passage of each sentence, counted from 0.

    A passage is a run of whole sentences that ends with the one that brings it to `least` tokens.
    """
    ends = np.cumsum(lengths)
    numbers = np.zeros(len(lengths), dtype=np.int64)
    first = 0
    while first < len(lengths):
        begun = ends[first - 1] if first else 0
        first = int(np.searchsorted(ends, begun + least)) + 1
        numbers[first:] += 1
    return numbers


def elsewhere(log_p: Array, words: Array, lengths: Array, passage: int) -> tuple[Array, Array]:
    """The tokens to look at again, and what was said of the same word elsewhere in the passage.

    log_p: (tokens, tags); words, lengths, passage: as above. Returns token numbers, and for each
    of them the largest probability that each tag has at another occurrence, (tokens there, tags).
    Left out are words that occur once, and those that are nowhere in the passage likely to belong
    to an entity.
    """
    passages = np.repeat(passage_numbers(lengths, passage), lengths)
    keys = passages * (int(words.max(initial=0)) + 1) + words
    doubtful = np.unique(keys[log_p[:, 0] < np.log1p(-_DOUBT)])
    at = np.flatnonzero(np.isin(keys, doubtful))
    at = at[np.argsort(keys[at], kind="stable")]
    _, group, counts = np.unique(keys[at], return_inverse=True, return_counts=True)
    repeated = counts[group] > 1
    at, counts = at[repeated], counts[counts > 1]
    if not len(at):
        return at, np.empty((0, log_p.shape[1]), dtype=log_p.dtype)
    group = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    p = np.exp(log_p[at])
    largest = np.maximum.reduceat(p, starts)[group]
    is_largest = p == largest
    # Whoever alone has the largest sees the second largest elsewhere; all others see the largest.
    alone = np.add.reduceat(is_largest, starts, dtype=np.int64)[group] == 1
    second = np.maximum.reduceat(np.where(is_largest, 0, p), starts)[group]
    return at, np.where(is_largest & alone, second, largest)
