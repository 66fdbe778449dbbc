"""Probabilities in two stages: a token by its window, then with all that is known of its text.

Most tokens are plainly no part of a name. So in the first stage every token gets probabilities from
the scores of one network. In the second, only words that may be part of a name are looked at again,
with the mean score of all networks, and with what the first stage said of the same word elsewhere:
a name seldom stands in a text only once, and where its window says little, another may say more
(after Krishnan and Manning 2006, who did this with two conditional random fields). "Elsewhere" is a
passage, a run of sentences. Both stages are softmax regressions; see calibration.py. Networks that
have learnt to score whole taggings are asked for them: see :func:`second_scores`.

At last the probabilities are adapted to the passage: one text is full of places, another of firms,
and where there are many, the next doubtful word is more likely to be one (Saerens, Latinne and
Decaestecker 2002).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.features.windows import first_tokens_of, sentences_of
from wincls.network.losses import log_softmax
from wincls.tagger.calibration import Calibrator, fit_calibrator
from wincls.tagger.decoding import Decoder

Array = np.ndarray

_DOUBT = 0.03  # probability of an entity from which on a word is worth a second look
_KNOWN_TOKENS = 1000  # as in the text that was calibrated on, which every passage is taken to have besides


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
    """first: from scores; second: from mean scores and evidence; passage: see :func:`passage_numbers`.

    rates: (types + 1,) the share of each type, by its number, among the tokens of the text that was
    calibrated on, that of O first. decoder: of the tags; of_taggings: whether scores have learnt to
    add up to those of whole taggings, see :func:`second_scores`. temperature: what log-probabilities
    are divided by for the scores of entities (Guo et al. 2017). It changes no tag, since the best
    tagging stays the best.
    """

    first: Calibrator
    second: Calibrator
    passage: int
    rates: Array
    decoder: Decoder
    of_taggings: bool = False
    temperature: float = 1.0

    def log_probabilities(self, scored: Scored) -> Array:
        """(tokens, tags)."""
        log_p = self.first.log_probabilities(scored.first)
        passages = passages_of(scored.lengths, self.passage)
        at, evidence = second_look(log_p, scored, passages)
        scores = second_scores(scored, at, self.decoder, self.of_taggings)
        second = self.second.log_probabilities(np.concatenate([scores, evidence], axis=1))
        kinds = self.decoder.kinds
        found = expected_tokens(second, kinds, passages[at], np.bincount(passages))
        log_p[at] = adapted(second, kinds, self.rates, found, passages[at])
        return log_p


def fit_two_stage(
    scored: Scored,
    tags: Array,
    decoder: Decoder,
    passage: int,
    of_taggings: bool = False,
    shown: Array | None = None,
    start: TwoStageCalibrator | None = None,
) -> TwoStageCalibrator:
    """Fit both stages.

    tags: (tokens,) tag numbers of the decoder; passage, of_taggings: see TwoStageCalibrator. shown:
    (tokens,) whether a token's tag may be looked at, None for all; of the others only the scores are
    used. start: where to begin the search.
    """
    n_tags = len(decoder.tags)
    shown = np.ones(len(tags), dtype=bool) if shown is None else shown
    before, second_before = (start.first, start.second) if start else (None, None)
    first = fit_calibrator(scored.first[shown], tags[shown], n_tags, start=before)
    log_p = first.log_probabilities(scored.first)
    at, evidence = second_look(log_p, scored, passages_of(scored.lengths, passage))
    scores = second_scores(scored, at, decoder, of_taggings)
    inputs = np.concatenate([scores, evidence], axis=1)[shown[at]]
    at = at[shown[at]]
    second = fit_calibrator(inputs, tags[at], n_tags, scores.shape[1], second_before)
    tokens = np.array([np.count_nonzero(shown)])
    as_one = np.zeros(len(at), dtype=np.int64)
    found = expected_tokens(second.log_probabilities(inputs), decoder.kinds, as_one, tokens)
    rates = (found[0] + 1) / (tokens + found.shape[1])  # as if one more token were of each type
    return TwoStageCalibrator(first, second, passage, rates, decoder, of_taggings)


def passages_of(lengths: Array, least: int) -> Array:
    """(tokens,) the passage of each token; see :func:`passage_numbers`."""
    return np.repeat(passage_numbers(lengths, least), lengths)


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


def second_look(log_p: Array, scored: Scored, passages: Array) -> tuple[Array, Array]:
    """The tokens to look at again, and what was said of their words elsewhere in the passage.

    log_p: (tokens, tags) of the first stage; passages: (tokens,). The tokens are those whose word is
    anywhere in the passage likely enough to belong to an entity. Returns their numbers, and for each
    the largest probability that each tag has at another occurrence of the word, (tokens there, tags),
    0 if there is none.
    """
    words = scored.words
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


def second_scores(scored: Scored, at: Array, decoder: Decoder, of_taggings: bool) -> Array:
    """(tokens there, labels): the scores by which tokens are judged when they are looked at again.

    Scores of single windows are taken as they are, the mean over all networks. Scores that were
    trained as parts of whole taggings say little by themselves; what counts of them are the log-odds
    of each label against O over the legal taggings of the run of tokens in which the token stands. A
    run are tokens side by side that are looked at again, and one more on either side, for which the
    scores of the first network have to do.
    """
    mean = scored.mean_at(at)
    if not of_taggings:
        return mean
    starts = first_tokens_of(scored.lengths)
    sentence = sentences_of(at, starts)
    near = np.zeros(len(scored.words), dtype=bool)
    near[at] = True
    near[np.maximum(at - 1, starts[sentence])] = True
    near[np.minimum(at + 1, starts[sentence] + scored.lengths[sentence] - 1)] = True
    tokens = np.flatnonzero(near)
    # A run of them ends where a token is left out, or with the sentence.
    steps = np.diff(tokens, prepend=-2) + np.diff(sentences_of(tokens, starts), prepend=0)
    begins = np.flatnonzero(steps != 1)
    scores = scored.first[tokens]
    there = np.searchsorted(tokens, at)
    scores[there] = mean
    return decoder.log_odds(scores, np.diff(begins, append=len(tokens)))[there]


def expected_tokens(log_p: Array, kinds: Array, passages: Array, lengths: Array) -> Array:
    """(passages, types + 1) how many tokens of each type to expect in each passage, O first.

    log_p: (tokens there, tags) of the tokens that were looked at again, and passages: (tokens
    there,) theirs; all others are O. kinds: see Decoder. lengths: (passages,) in tokens.
    """
    p = np.exp(log_p.astype(float))
    found = np.zeros((len(lengths), int(kinds.max()) + 1))
    for tag in range(1, len(kinds)):
        found[:, kinds[tag]] += np.bincount(passages, p[:, tag], len(lengths))
    found[:, 0] = np.maximum(lengths - found[:, 1:].sum(axis=1), 0)  # no rounding below 0
    return found


def adapted(log_p: Array, kinds: Array, rates: Array, found: Array, passages: Array) -> Array:
    """(tokens there, tags) log-probabilities with the rates of the passage in place of `rates`.

    p(tag | x, passage) is proportional to p(tag | x) r / rates, where r is how many tokens of the tag's
    type there are in the passage: those that :func:`expected_tokens` found, and those in 1,000 tokens
    of the text that was calibrated on, so that a short passage changes little.
    """
    r = found + _KNOWN_TOKENS * rates  # (passages, types + 1)
    return log_softmax(log_p + np.log(r / rates).astype(log_p.dtype)[passages][:, kinds])
