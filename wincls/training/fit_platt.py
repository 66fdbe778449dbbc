"""Fitting Platt scaling (see tagger/platt.py) by maximum penalized likelihood.

Held-out tokens are few for so many weights. So the logit of a tag is taken to be t times its own score (0
for O, where O has none), with one t for all, and departures from that are penalized: with S the weights
on scores and P the same weights for t = 1, the penalty is 30/2 ||S - tP||^2 for the best t, and 1/2 of
the squares of all other weights.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wincls.arrays import Array
from wincls.optim.lbfgs import minimize
from wincls.tagger.platt import Platt, PlattScaling, TypewisePlattScaling, group_columns

MANY_TAGS = 32  # more are fitted type by type
_PRIOR = 30.0  # precision of a tag's weights on scores, around a common multiple of its own score
_WEAK_PRIOR = 1.0  # precision of all other weights
_MOST_TOKENS = 20_000  # that are fitted to
_MOST_LOGITS = 4_000_000  # tokens times tags


def fit_platt(
    inputs: Array,
    tags: Array,
    type_ids: Array,
    n_scores: int | None = None,
    start: Platt | None = None,
    weights: Array | None = None,
) -> Platt:
    """Fit Platt scaling: with all interactions for few tags, type by type for more than MANY_TAGS.

    inputs: (tokens, inputs), of which the first n_scores (all, if None) are scores of the last tags; the
        others, if any, belong to one tag each where there are many tags.
    tags: (tokens,) tag numbers, 0 for O.
    type_ids: (tags,) see TagSet.
    start: where to start; the problem is convex, so the result does not depend on it beyond the
        tolerance of the descent.
    weights: (tokens,) how often each counts, None for once.
    """
    n_scores = inputs.shape[1] if n_scores is None else n_scores
    weights = np.ones(len(tags)) if weights is None else weights
    if len(type_ids) > MANY_TAGS:
        before = start if isinstance(start, TypewisePlattScaling) else None
        return _fit_types(inputs, tags, type_ids, n_scores, before, weights)
    before_all = start if isinstance(start, PlattScaling) else None
    return _fit_all(inputs, tags, len(type_ids), n_scores, before_all, weights)


def _fit_all(
    inputs: Array, tags: Array, n_tags: int, k: int, start: PlattScaling | None, weights: Array
) -> PlattScaling:
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
    inputs: Array,
    tags: Array,
    type_ids: Array,
    k: int,
    start: TypewisePlattScaling | None,
    weights: Array,
) -> TypewisePlattScaling:
    """In single precision, since its sums are short."""
    n, n_tags = len(inputs), len(type_ids)
    types = int(type_ids[-1])
    prefixes = (n_tags - 1) // types
    starts, of_outside = group_columns(inputs.shape[1], n_tags)
    own_shape = (types, len(starts), prefixes, prefixes)
    X = np.empty((types, len(starts) * prefixes, n), dtype=np.float32)  # inputs of each type
    for i, first in enumerate(starts):
        of_types = inputs[:, first : first + n_tags - 1].reshape(n, types, prefixes)
        X[:, i * prefixes : (i + 1) * prefixes] = of_types.transpose(1, 2, 0)
    common = np.ones((len(of_outside) + 1, n), dtype=np.float32)  # inputs of O, and a constant
    common[:-1] = inputs[:, of_outside].T

    def unpack(theta: Array) -> tuple[Array, Array]:
        """own, and [outside b]."""
        split = types * len(starts) * prefixes**2
        return theta[:split].reshape(own_shape), theta[split:].reshape(n_tags, -1)

    def logits(theta: Array) -> Array:
        own, rest = unpack(theta.astype(np.float32))
        z = rest @ common  # (tags, tokens)
        matrices = own.transpose(0, 2, 1, 3).reshape(types, prefixes, -1)
        z[1:] += (matrices @ X).reshape(-1, n)
        return z

    def gradient(dz: Array) -> Array:
        d_own = dz[1:].reshape(types, prefixes, n) @ X.transpose(0, 2, 1)
        d_own = d_own.reshape(types, prefixes, len(starts), prefixes).transpose(0, 2, 1, 3)
        return np.concatenate([d_own.ravel(), (dz @ common.T).ravel()]).astype(np.float64)

    P = np.zeros(np.prod(own_shape, dtype=int) + n_tags * len(common))
    precision = np.full(len(P), _WEAK_PRIOR)
    (own_P, rest_P), (own_precision, rest_precision) = unpack(P), unpack(precision)
    own_P[:, 0], own_precision[:, 0] = np.eye(prefixes), _PRIOR
    if k == n_tags:
        rest_P[0, 0], rest_precision[:, 0] = 1.0, _PRIOR
    before = [] if start is None else [start.own.ravel(), np.c_[start.outside, start.b].ravel()]
    theta = np.concatenate(before) if before else P
    cost = _penalized_likelihood(logits, gradient, P, precision, tags, weights)
    own, rest = unpack(minimize(cost, theta))
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
