"""Prior shift: if a type is frequent in a context block, an uncertain word more probably has this type.

The frequency of types differs between texts. So the probabilities of a context block are adapted to the
shares of the types in it (the first step of the iteration of Saerens, Latinne and Decaestecker 2002).
"""

from __future__ import annotations

import numpy as np

from wincls.arrays import Array, row_blocks
from wincls.network.losses import log_softmax

_PRIOR_TOKENS = 1000  # of the calibration text, added to each block, so that short blocks change little


def expected_tokens(
    log_p: Array, type_ids: Array, blocks: Array, lengths: Array, weights: Array | None = None
) -> Array:
    """(blocks, types + 1) how many tokens of each type to expect in each block, O first.

    log_p: (candidates, tags) log-probabilities; all other tokens count as O.
    type_ids: (tags,) see TagSet.
    blocks: (candidates,) the number of each candidate's block, ascending.
    lengths: (blocks,) in tokens.
    weights: (candidates,) how many tokens each stands for, None for one.
    """
    expected = np.zeros((len(lengths), int(type_ids.max()) + 1))
    if len(type_ids) > 1:
        starts = np.flatnonzero(np.diff(type_ids))  # the tags of a type lie side by side
        for rows in row_blocks(*log_p.shape):
            p = np.exp(log_p[rows, 1:])
            if weights is not None:
                p *= weights[rows, None].astype(p.dtype)
            present, firsts = np.unique(blocks[rows], return_index=True)
            of_tags = np.add.reduceat(p, firsts, axis=0, dtype=float)  # (present, tags)
            expected[present, 1:] += np.add.reduceat(of_tags, starts, axis=1)
    expected[:, 0] = np.maximum(lengths - expected[:, 1:].sum(axis=1), 0)  # not negative by rounding
    return expected


def type_shares(log_p: Array, type_ids: Array, tokens: int, weights: Array | None = None) -> Array:
    """(types + 1,) the expected share of each type in the tokens of the calibration text, O first.

    log_p: (candidates, tags) log-probabilities.
    type_ids: (tags,) see TagSet.
    tokens: the number of tokens of the text. Each type counts one more token, so that no share is 0.
    weights: see :func:`expected_tokens`.
    """
    as_one = np.zeros(len(log_p), dtype=np.int64)
    expected = expected_tokens(log_p, type_ids, as_one, np.array([tokens]), weights)[0]
    return (expected + 1) / (tokens + len(expected))


def shift_priors(log_p: Array, type_ids: Array, blocks: Array, lengths: Array, shares: Array) -> Array:
    """(candidates, tags) log-probabilities that are adapted from `shares` to the shares of the block.

    p(tag | x, block) is proportional to p(tag | x) r / share. r is the expected number of tokens of the tag's
    type in the block, plus the number in 1,000 tokens of the calibration text.

    shares: see :func:`type_shares`; the others: see :func:`expected_tokens`.
    """
    r = expected_tokens(log_p, type_ids, blocks, lengths) + _PRIOR_TOKENS * shares  # (blocks, types + 1)
    shift = np.log(r / shares).astype(log_p.dtype)[:, type_ids]  # (blocks, tags)
    shifted = np.empty_like(log_p)
    for rows in row_blocks(*log_p.shape):
        shifted[rows] = log_softmax(log_p[rows] + shift[blocks[rows]])
    return shifted
