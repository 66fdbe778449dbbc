"""From scores to tag probabilities.

A margin loss makes true windows outscore corrupted ones, but its scores are no probabilities. They
become probabilities in two stages, whose parameters are fitted on development data
(training/fit_calibration.py). The tagger calls them in this order:

1. Multinomial Platt scaling of the first ensemble member's scores (platt.py).
2. Words that may be part of an entity are candidates (context.py); the others keep what they have.
3. The scores of candidates are averaged over the ensemble.
4. Multinomial Platt scaling of these mean scores and of the context evidence (context.py).
5. Prior shift: the candidates' probabilities are adapted to their context block (prior_shift.py).

At last a temperature corrects the scores of whole entities.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.tagger.context import context_evidence, select_candidates
from wincls.tagger.platt import Platt
from wincls.tagger.prior_shift import shift_priors


class Calibration(NamedTuple):
    """What was fitted on development data.

    first: from the scores of the first ensemble member.
    second: from mean scores and context evidence.
    shares: (types + 1,) of each type among the tokens of the development data, O first.
    context_tokens: size of a context block.
    temperature: log-probabilities are divided by it for the scores of entities (Guo et al. 2017). It
        changes no tag, since the best sequence stays the best.
    """

    first: Platt
    second: Platt
    shares: Array
    context_tokens: int
    temperature: float = 1.0


class FirstStage(NamedTuple):
    """What the first stage says of a text.

    log_p: (tokens, tags) log-probabilities.
    candidates: (candidates,) token numbers.
    evidence: (candidates, tags) see context.context_evidence.
    """

    log_p: Array
    candidates: Array
    evidence: Array


def first_stage(platt: Platt, scores: Array, keys: Array) -> FirstStage:
    """Probabilities, candidates and evidence.

    scores: (tokens, scores) of the first ensemble member.
    keys: (tokens,) see context.words_in_blocks.
    """
    log_p = platt.log_probabilities(scores)
    candidates = select_candidates(log_p, keys)
    evidence = context_evidence(np.exp(log_p[candidates]), keys[candidates])
    return FirstStage(log_p, candidates, evidence)


def second_stage(
    calibration: Calibration, first: FirstStage, mean: Array, blocks: Array, type_ids: Array
) -> Array:
    """(tokens, tags) log-probabilities.

    mean: (candidates, scores) averaged over the ensemble.
    blocks: (tokens,) the context block of each.
    type_ids: (tags,) see TagSet.
    """
    candidates = first.candidates
    again = calibration.second.log_probabilities(np.concatenate([mean, first.evidence], axis=1))
    log_p = first.log_p.copy()
    log_p[candidates] = shift_priors(
        again, type_ids, blocks[candidates], np.bincount(blocks), calibration.shares
    )
    return log_p
