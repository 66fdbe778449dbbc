"""From scores to tag probabilities.

A margin loss makes true windows outscore corrupted ones, but its scores are not probabilities. Two stages
convert them. Their parameters are fitted to development data (training/fit_calibration.py). The tagger does
these steps in this order:

1. Multinomial Platt scaling of the scores of the first ensemble member (platt.py).
2. Words that are possibly part of an entity become candidates (context.py). All other words keep their
   probabilities from step 1.
3. The scores of candidates are averaged over the ensemble.
4. Multinomial Platt scaling of these mean scores and of the context evidence (context.py).
5. Prior shift: the probabilities of candidates are adapted to their context block (prior_shift.py).

Finally, a temperature adjusts the scores of whole entities.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.tagger.context import context_evidence, select_candidates
from wincls.tagger.platt import Platt
from wincls.tagger.prior_shift import shift_priors


class Calibration(NamedTuple):
    """The parameters that are fitted to development data.

    first: Platt scaling of the scores of the first ensemble member.
    second: Platt scaling of mean scores and context evidence.
    shares: (types + 1,) the share of each type in the tokens of the development data, O first.
    context_tokens: the size of a context block in tokens.
    temperature: divides the log-probabilities for the scores of entities (Guo et al. 2017). The tags do not
        depend on it.
    """

    first: Platt
    second: Platt
    shares: Array
    context_tokens: int
    temperature: float = 1.0


class FirstStage(NamedTuple):
    """The result of the first stage for a text.

    log_p: (tokens, tags) log-probabilities.
    candidates: (candidates,) token numbers, see context.select_candidates.
    evidence: (candidates, tags) see context.context_evidence.
    """

    log_p: Array
    candidates: Array
    evidence: Array


def first_stage(platt: Platt, scores: Array, keys: Array) -> FirstStage:
    """Apply the first Platt scaling, and select the candidates with their context evidence.

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
    """(tokens, tags) log-probabilities after the second Platt scaling and the prior shift.

    first: see :func:`first_stage`.
    mean: (candidates, scores) averaged over the ensemble.
    blocks: (tokens,) the number of each token's context block.
    type_ids: (tags,) see TagSet.
    """
    candidates = first.candidates
    again = calibration.second.log_probabilities(mean, first.evidence)
    log_p = first.log_p.copy()
    log_p[candidates] = shift_priors(
        again, type_ids, blocks[candidates], np.bincount(blocks), calibration.shares
    )
    return log_p
