"""Fits the calibration to the scores of held-out tokens (see tagger/calibration.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wincls.arrays import Array
from wincls.corpus.schemes import Entity
from wincls.tagger.calibration import Calibration, first_stage
from wincls.tagger.context import Piece
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.prior_shift import type_shares
from wincls.training.fit_platt import fit_platt, most_tokens, sample_tokens

_TEMPERATURES = (0.8, 0.9, 1.0, *(1.0 + 0.1 * n for n in range(1, 31)))  # that may be tried
_STRIDE = 4  # of these are tried first, and then those around the best of them


def fit_calibration(
    scores: Array,
    mean: Array,
    keys: Array,
    tags: Array,
    type_ids: Array,
    context_tokens: int,
    shown: Array | None = None,
    start: Calibration | None = None,
    pieces: Sequence[Piece] | None = None,
) -> Calibration:
    """Fit both stages and the shares of the types.

    scores, mean: (tokens, scores) of the first ensemble member, and averaged over the ensemble.
    keys: (tokens,) see context.words_in_blocks.
    tags: (tokens,) gold tag numbers.
    type_ids: (tags,) see TagSet.
    context_tokens: see Calibration.
    shown: (tokens,) bool, whether the gold tag of a token may be used; None for all. For the other tokens,
        only the scores are used.
    start: the calibration from which the search starts.
    pieces: what is worked on at a time, see context.pieces; None for all.
    """
    at = np.arange(len(tags)) if shown is None else np.flatnonzero(shown)
    before = (start.first, start.second) if start else (None, None)
    sample, times = sample_tokens(_margins(scores, len(type_ids))[at], tags[at], most_tokens(len(type_ids)))
    chosen = at[sample]
    first = fit_platt(scores[chosen], tags[chosen], type_ids, start=before[0], weights=times)
    weights = np.zeros(len(tags))
    weights[chosen] = times
    chosen_keys = np.unique(keys[chosen])
    candidates, evidence = [], []
    for tokens in [slice(0, len(tags))] if pieces is None else [piece.tokens for piece in pieces]:
        # Evidence comes from other occurrences of the chosen words only.
        occurrences = tokens.start + np.flatnonzero(np.isin(keys[tokens], chosen_keys))
        stage = first_stage(first, scores[occurrences], keys[occurrences])
        found = occurrences[stage.candidates]
        used = weights[found] > 0
        candidates.append(found[used])
        evidence.append(stage.evidence[used])
    used = np.concatenate(candidates)
    inputs = mean[used], np.concatenate(evidence)
    second = fit_platt(inputs[0], tags[used], type_ids, inputs[1], before[1], weights[used])
    log_p = second.log_probabilities(*inputs)
    shares = type_shares(log_p, type_ids, len(at), weights[used])
    return Calibration(first, second, shares, context_tokens)


def _margins(scores: Array, n_tags: int) -> Array:
    """(tokens,) the largest score of a label, relative to that of O where O has one."""
    if scores.shape[1] < n_tags:
        return scores.max(axis=1)
    return scores[:, 1:].max(axis=1) - scores[:, 0]


def fit_temperature(
    find: Callable[[float], list[list[ScoredEntity]]], gold: Sequence[Sequence[Entity]]
) -> float:
    """The temperature with the smallest Brier score of the entities (squared error of their scores).

    find: maps a temperature to the entities of each sentence. They should come from a calibration that was
        fitted to other tokens, since a calibration is overconfident on the tokens that it was fitted to.
    gold: the gold entities of each sentence.
    """
    gold_sets = [set(entities) for entities in gold]

    def cost(temperature: float) -> float:
        found = zip(find(temperature), gold_sets, strict=True)
        return sum((each.score - (each.entity in its)) ** 2 for some, its in found for each in some)

    costs = {temperature: cost(temperature) for temperature in (1.0, *_TEMPERATURES[::_STRIDE])}
    middle = _TEMPERATURES.index(min(costs, key=costs.__getitem__))
    for temperature in _TEMPERATURES[max(0, middle - _STRIDE + 1) : middle + _STRIDE]:
        if temperature not in costs:
            costs[temperature] = cost(temperature)
    return min(costs, key=costs.__getitem__)  # the first of equals, so 1 if it is among them
