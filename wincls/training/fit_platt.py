"""Fitting Platt scaling (see tagger/platt.py) by maximum penalized likelihood.

Held-out tokens are few for so many weights. So the logit of a tag is taken to be t times its own score (0
for O, where O has none), with one t for all, and departures from that are penalized: with S the weights
on scores and P the same weights for t = 1, the penalty is 30/2 ||S - tP||^2 for the best t, and 1/2 of
the squares of all other weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wincls.arrays import Array
from wincls.optim.lbfgs import minimize
from wincls.tagger.platt import Platt, PlattScaling, TypewisePlattScaling, split_inputs

MANY_TAGS = 32  # more are fitted type by type
_PRIOR = 30.0  # precision of a tag's weights on scores, around a common multiple of its own score
_WEAK_PRIOR = 1.0  # precision of all other weights
_MOST_TOKENS = 20_000  # that are fitted to
_MOST_LOGITS = 4_000_000  # tokens times tags


def fit_platt(
    scores: Array,
    tags: Array,
    type_ids: Array,
    others: Array | None = None,
    start: Platt | None = None,
    weights: Array | None = None,
) -> Platt:
    """Fit Platt scaling: with all interactions for few tags, type by type for more than MANY_TAGS.

    scores: (tokens, scores) of the last tags.
    tags: (tokens,) tag numbers, 0 for O.
    type_ids: (tags,) see TagSet.
    others: (tokens, others) further inputs; (tokens, tags) where there are many tags; None for none.
    start: where to start; the problem is convex, so the result does not depend on it beyond the
        tolerance of the descent.
    weights: (tokens,) how often each counts, None for once.
    """
    inputs = [scores] if others is None else [scores, others]
    weights = np.ones(len(tags)) if weights is None else weights
    if len(type_ids) > MANY_TAGS:
        before = start if isinstance(start, TypewisePlattScaling) else None
        return _fit_types(inputs, tags, type_ids, before, weights)
    before_all = start if isinstance(start, PlattScaling) else None
    return _fit_all(np.concatenate(inputs, axis=1), tags, len(type_ids), scores.shape[1], before_all, weights)


def _fit_all(
    inputs: Array, tags: Array, n_tags: int, k: int, start: PlattScaling | None, weights: Array
) -> PlattScaling:
    """inputs: (tokens, inputs), of which the first k are scores."""
    n, d = inputs.shape
    XT = np.concatenate([inputs.T, np.ones((1, n))]).astype(np.float64)  # (d + 1, tokens)
    P = np.zeros((n_tags, d + 1))
    P[:, :k] = np.eye(n_tags)[:, n_tags - k :]
    precision = np.repeat([_PRIOR, _WEAK_PRIOR], [k, d + 1 - k])
    theta = P if start is None else np.concatenate([start.A, start.b[:, None]], axis=1)
    cost = _penalized_likelihood(
        lambda theta: theta @ XT, lambda dz: dz @ XT.T, P, precision, tags, weights
    )  # theta = [A b]
    theta = minimize(cost, theta)
    return PlattScaling(theta[:, :-1].copy(), theta[:, -1].copy())


def _fit_types(
    inputs: Sequence[Array],
    tags: Array,
    type_ids: Array,
    start: TypewisePlattScaling | None,
    weights: Array,
) -> TypewisePlattScaling:
    """In single precision, since its sums are short. inputs: see TypewisePlattScaling."""
    n, n_tags, types, groups = len(tags), len(type_ids), int(type_ids[-1]), len(inputs)
    prefixes = (n_tags - 1) // types
    of_types, common = split_inputs(inputs, n_tags)
    X = np.empty((types, groups * prefixes, n), dtype=np.float32)  # inputs of each type
    for i, group in enumerate(of_types):
        X[:, i * prefixes : (i + 1) * prefixes] = group.T.reshape(types, prefixes, n)
    C = common.T.astype(np.float32)  # (common inputs, tokens)

    def unpack(theta: Array) -> tuple[Array, Array]:
        """own, and [outside b]."""
        split = types * groups * prefixes**2
        return theta[:split].reshape(types, groups, prefixes, prefixes), theta[split:].reshape(n_tags, -1)

    def logits(theta: Array) -> Array:
        own, rest = unpack(theta.astype(np.float32))
        z = rest @ C  # (tags, tokens)
        matrices = own.transpose(0, 2, 1, 3).reshape(types, prefixes, -1)
        z[1:] += (matrices @ X).reshape(-1, n)
        return z

    def gradient(dz: Array, X: Array = X, C: Array = C) -> Array:
        d_own = dz[1:].reshape(types, prefixes, n) @ X.transpose(0, 2, 1)
        d_own = d_own.reshape(types, prefixes, groups, prefixes).transpose(0, 2, 1, 3)
        return np.concatenate([d_own.ravel(), (dz @ C.T).ravel()]).astype(np.float64)

    P = np.zeros(types * groups * prefixes**2 + n_tags * len(C))
    precision = np.full(len(P), _WEAK_PRIOR)
    (own_P, rest_P), (own_precision, rest_precision) = unpack(P), unpack(precision)
    own_P[:, 0], own_precision[:, 0] = np.eye(prefixes), _PRIOR
    if inputs[0].shape[1] == n_tags:
        rest_P[0, 0], rest_precision[:, 0] = 1.0, _PRIOR
    theta = P if start is None else np.concatenate([start.own.ravel(), np.c_[start.outside, start.b].ravel()])
    # The curvature where each tag has its share of the tokens as its probability.
    counts = np.bincount(tags, weights, n_tags) + 1
    share = counts / counts.sum()
    spread = np.outer(share * (1 - share), weights).astype(np.float32)  # (tags, tokens)
    curvature = gradient(spread, X**2, C**2) + precision
    cost = _penalized_likelihood(logits, gradient, P, precision, tags, weights)
    own, rest = unpack(minimize(cost, theta, curvature))
    return TypewisePlattScaling(own.copy(), rest[:, :-1].copy(), rest[:, -1].copy())


def _penalized_likelihood(
    logits: Callable[[Array], Array],
    gradient: Callable[[Array], Array],
    P: Array,
    precision: Array,
    tags: Array,
    weights: Array,
) -> Callable[[Array], tuple[float, Array]]:
    """The penalized negative log-likelihood of theta, and its gradient.

    logits: from theta to z, (tags, tokens).
    gradient: from dJ/dz to dJ/dtheta.
    P: theta for t = 1.
    precision: of each weight around the nearest multiple of P.
    """
    tokens, k = np.arange(len(tags)), np.count_nonzero(P)

    def cost(theta: Array) -> tuple[float, Array]:
        departure = theta - np.vdot(P, theta) / k * P
        penalty = precision * departure
        z = logits(theta)
        z -= z.max(axis=0)
        of_gold = z[tags, tokens]
        p = np.exp(z, out=z)
        total = p.sum(axis=0)
        J = 0.5 * float(np.vdot(penalty, departure)) + float(np.vdot(weights, np.log(total) - of_gold))
        dz = p
        dz *= (weights / total).astype(p.dtype)
        dz[tags, tokens] -= weights
        return J, gradient(dz) + penalty

    return cost


def most_tokens(n_tags: int) -> int:
    """How many tokens are enough to fit to."""
    return min(_MOST_TOKENS, _MOST_LOGITS // n_tags)


def sample_tokens(margin: Array, tags: Array, most: int) -> tuple[Array, Array]:
    """The tokens to fit to, ascending, and how many each stands for.

    margin: (tokens,) the largest score of a label, relative to that of O where O has one.
    tags: (tokens,) tag numbers, 0 for O.
    most: so many tokens at most.

    Nearly all tokens are clearly O, and one tells as much as another. If there are too many tokens, up to
    half of those that are kept bear a label, a quarter are the O tokens with the largest margins, and the
    rest are other O tokens. Of a part that is too large, tokens are taken at even distances, ordered by
    tag or by margin, and weighted so that the likelihood stays the same in expectation.
    """
    if len(tags) <= most:
        return np.arange(len(tags)), np.ones(len(tags))
    labeled, outside = np.flatnonzero(tags), np.flatnonzero(tags == 0)
    labeled = labeled[np.argsort(tags[labeled], kind="stable")]
    outside = outside[np.argsort(-margin[outside], kind="stable")]
    near, clear = outside[: most // 4], outside[most // 4 :]
    labeled_kept = min(len(labeled), max(most // 2, most - len(outside)))
    clear_kept = min(len(clear), most - labeled_kept - len(near))
    parts = ((labeled, labeled_kept), (near, len(near)), (clear, clear_kept))
    chosen = np.concatenate([_spread(part, kept) for part, kept in parts])
    weights = np.concatenate([np.full(kept, len(part) / max(1, kept)) for part, kept in parts])
    order = np.argsort(chosen)
    return chosen[order], weights[order]


def _spread(values: Array, n: int) -> Array:
    """So many of the values, at even distances."""
    return values[((np.arange(n) + 0.5) * len(values) / max(1, n)).astype(np.int64)]
