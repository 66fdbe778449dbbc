"""Fits the calibration to the scores of held-out tokens (see tagger/calibration.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wincls.arrays import Array
from wincls.corpus.schemes import Entity
from wincls.optim.lbfgs import minimize
from wincls.tagger.calibration import Calibration, first_stage
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.platt import PlattScaling
from wincls.tagger.prior_shift import type_shares

_PRIOR = 30.0  # precision of the weights on scores; the mean is a shared multiple of the tag's own score
_WEAK_PRIOR = 1.0  # precision of all other weights
_TEMPERATURES = (1.0, 0.8, 0.9, *(1.0 + 0.1 * n for n in range(1, 31)))  # the first one wins a tie


def fit_calibration(
    scores: Array,
    mean: Array,
    keys: Array,
    tags: Array,
    type_ids: Array,
    context_tokens: int,
    shown: Array | None = None,
    start: Calibration | None = None,
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
    """
    shown = np.ones(len(tags), dtype=bool) if shown is None else shown
    before = (start.first, start.second) if start else (None, None)
    first = fit_platt(scores[shown], tags[shown], len(type_ids), start=before[0])
    stage = first_stage(first, scores, keys)
    inputs = np.concatenate([mean[stage.candidates], stage.evidence], axis=1)
    used = shown[stage.candidates]
    second = fit_platt(inputs[used], tags[stage.candidates[used]], len(type_ids), mean.shape[1], before[1])
    log_p = second.log_probabilities(inputs[used])
    shares = type_shares(log_p, type_ids, int(np.count_nonzero(shown)))
    return Calibration(first, second, shares, context_tokens)


def fit_platt(
    inputs: Array, tags: Array, n_tags: int, n_scores: int | None = None, start: PlattScaling | None = None
) -> PlattScaling:
    """Fit Platt scaling by maximum penalized likelihood.

    inputs: (tokens, inputs). The first n_scores columns are scores, of all tags or of all tags except O.
    tags: (tokens,) tag numbers, 0 for O.
    n_tags: the number of tags.
    n_scores: None if all columns are scores.
    start: the starting point. The problem is convex, so the result depends on it only within the tolerance of
        the minimization.

    There are few held-out tokens for this number of weights. So the prior assumes that the logit of a tag
    is t times its own score (0 if O has no score), with the same t for all tags, and deviations are
    penalized. Let S be the columns of A for the scores, and P the same columns for t = 1. The penalty is
    30/2 ||S - tP||^2 with the best t, plus 1/2 times the squares of all other weights.
    """
    n, d = inputs.shape
    k = d if n_scores is None else n_scores
    XT = np.concatenate([inputs.T, np.ones((1, n))]).astype(np.float64)  # (d + 1, tokens)
    P = np.eye(n_tags)[:, n_tags - k :]
    theta = np.zeros((n_tags, d + 1))
    theta[:, :k] = P
    if start is not None:
        theta = np.concatenate([start.A, start.b[:, None]], axis=1)
    tokens = np.arange(n)

    def cost(theta: Array) -> tuple[float, Array]:
        """The penalized negative log-likelihood of theta = [A b], and its gradient."""
        S = theta[:, :k]
        departure = theta.copy()
        departure[:, :k] -= np.vdot(P, S) / k * P  # from the closest multiple of P
        penalty = departure * np.repeat([_PRIOR, _WEAK_PRIOR], [k, d + 1 - k])
        z = theta @ XT  # (tags, tokens)
        z -= z.max(axis=0)
        p = np.exp(z)
        total = p.sum(axis=0)
        J = 0.5 * float(np.vdot(penalty, departure)) + float((np.log(total) - z[tags, tokens]).sum())
        dz = p / total
        dz[tags, tokens] -= 1.0
        return J, dz @ XT.T + penalty

    theta = minimize(cost, theta)
    return PlattScaling(theta[:, :-1].copy(), theta[:, -1].copy())


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

    return min(_TEMPERATURES, key=cost)
