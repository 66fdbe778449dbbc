"""Probabilities in two stages: a token by its window, then with all that is known of its word.

Most tokens are plainly no part of a name. So in the first stage every token gets probabilities from
the scores of one network. In the second, only words that may be part of a name are looked at again,
with the mean score of all networks, and with what the first stage said of the same word elsewhere:
a name seldom stands in a text only once, and where its window says little, another may say more
(after Krishnan and Manning 2006, who did this with two conditional random fields). "Elsewhere" is a
passage, a run of sentences. Both stages are softmax regressions; see calibration.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.tagger.calibration import Calibrator, fit_calibrator

Array = np.ndarray

_DOUBT = 0.03  # probability of an entity from which on a word is worth a second look


class Scored(NamedTuple):
    """The scores of a text, sentence after sentence.

    first: (tokens, scores) of the first network; mean_at: from token numbers to the mean scores of
    all networks, (tokens there, scores); words: (tokens,) numbers of the words, the same for Word
    and WORD; lengths: (sentences,).
    """

    first: Array
    mean_at: Callable[[Array], Array]
    words: Array
    lengths: Array


class TwoStageCalibrator(NamedTuple):
    """first: from scores; second: from mean scores and evidence; passage: see :func:`second_look`.

    temperature: what log-probabilities are divided by for the scores of entities (Guo et al. 2017).
    It changes no tag, since the best tagging stays the best.
    """

    first: Calibrator
    second: Calibrator
    passage: int
    temperature: float = 1.0

    def log_probabilities(self, scored: Scored) -> Array:
        """(tokens, tags)."""
        log_p = self.first.log_probabilities(scored.first)
        at, evidence = second_look(log_p, scored, self.passage)
        log_p[at] = self.second.log_probabilities(np.concatenate([scored.mean_at(at), evidence], axis=1))
        return log_p


def fit_two_stage(
    scored: Scored,
    tags: Array,
    n_tags: int,
    passage: int,
    shown: Array | None = None,
    start: TwoStageCalibrator | None = None,
) -> TwoStageCalibrator:
    """Fit both stages.

    tags: (tokens,) tag numbers, 0 for O. shown: (tokens,) whether a token's tag may be looked at,
    None for all; of the others only the scores are used. start: where to begin the search.
    """
    shown = np.ones(len(tags), dtype=bool) if shown is None else shown
    before, second_before = (start.first, start.second) if start else (None, None)
    first = fit_calibrator(scored.first[shown], tags[shown], n_tags, start=before)
    at, evidence = second_look(first.log_probabilities(scored.first), scored, passage)
    usable = shown[at]
    at, evidence = at[usable], evidence[usable]
    mean = scored.mean_at(at)
    inputs = np.concatenate([mean, evidence], axis=1)
    return TwoStageCalibrator(
        first, fit_calibrator(inputs, tags[at], n_tags, mean.shape[1], second_before), passage
    )


def passage_numbers(lengths: Array, least: int) -> Array:
    """(sentences,) the passage of each sentence, counted from 0.

    A passage is a run of whole sentences that ends with the one that brings it to `least` tokens;
    least: 1 or more.
    """
    ends = np.cumsum(lengths)
    begins = np.zeros(len(lengths), dtype=np.int64)  # 1 where a passage begins, but for the first
    first = int(np.searchsorted(ends, least)) + 1
    while first < len(lengths):
        begins[first] = 1
        first = int(np.searchsorted(ends, ends[first - 1] + least)) + 1
    return np.cumsum(begins)


def second_look(log_p: Array, scored: Scored, passage: int) -> tuple[Array, Array]:
    """The tokens to look at again, and what was said of their words elsewhere in the passage.

    log_p: (tokens, tags) of the first stage; passage: the least number of tokens in a passage. The
    tokens are those whose word is anywhere in the passage likely enough to belong to an entity.
    Returns their numbers, and for each the largest probability that each tag has at another
    occurrence of the word, (tokens there, tags), 0 if there is none.
    """
    words = scored.words
    passages = np.repeat(passage_numbers(scored.lengths, passage), scored.lengths)
    keys = passages * (int(words.max(initial=0)) + 1) + words  # of a word in a passage
    doubtful = np.unique(keys[log_p[:, 0] < np.log1p(-_DOUBT)])
    at = np.flatnonzero(np.isin(keys, doubtful))
    at = at[np.argsort(keys[at], kind="stable")]
    if not len(at):
        return at, np.empty((0, log_p.shape[1]), dtype=log_p.dtype)
    _, starts, group = np.unique(keys[at], return_index=True, return_inverse=True)
    p = np.exp(log_p[at])
    largest = np.maximum.reduceat(p, starts)[group]
    # Who alone has the largest sees the second largest elsewhere; all others see the largest.
    is_largest = p == largest
    alone = np.add.reduceat(is_largest, starts, dtype=np.int64)[group] == 1
    second = np.maximum.reduceat(np.where(is_largest, 0, p), starts)[group]
    return at, np.where(is_largest & alone, second, largest)
