"""Context evidence: the probabilities of the same word at other places in its context block.

Entities usually occur more than once in a text. If one window tells little, another may tell more (after
Krishnan and Manning 2006, who used two conditional random fields). A context block is a run of whole
sentences of one document.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, group_segments

_UNCERTAIN = 0.03  # a word is a candidate if its probability of being in an entity is above this


def context_blocks(lengths: Array, context_tokens: int, documents: Sequence[int] | None = None) -> Array:
    """(tokens,) the context block of each token, numbered from 0.

    lengths: (sentences,) in tokens.
    context_tokens: a block ends after the sentence with which it reaches this number of tokens.
    documents: the number of sentences of each document; None for a single document. A block never crosses the
        end of a document.

    Raises ValueError if the numbers in `documents` do not add up to the number of sentences.
    """
    documents = [len(lengths)] if documents is None else documents
    if sum(documents) != len(lengths) or min(documents, default=0) < 0:
        raise ValueError(f"documents of {sum(documents)} sentences, but {len(lengths)} sentences are given")
    block_of: list[Array] = [np.zeros(0, dtype=np.int64)]
    first = number = 0
    for sentences in documents:
        if sentences:
            block_of.append(number + group_segments(lengths[first : first + sentences], context_tokens))
            first, number = first + sentences, int(block_of[-1][-1]) + 1
    return np.repeat(np.concatenate(block_of), lengths)


class Piece(NamedTuple):
    """A run of whole context blocks: its tokens and its sentences."""

    tokens: slice
    sentences: slice


def pieces(blocks: Array, lengths: Array, most: int) -> list[Piece]:
    """Cut a text into runs of whole context blocks that end with the block that brings them to `most` tokens.

    blocks: (tokens,) the context block of each.
    lengths: (sentences,) in tokens.
    """
    sizes = np.bincount(blocks)
    group = group_segments(sizes, most)
    ends = np.cumsum(sizes)[np.flatnonzero(np.diff(group, append=-1))]  # in tokens
    sentences = np.searchsorted(np.cumsum(lengths), ends) + 1
    bounds = pairwise(zip([0, *ends.tolist()], [0, *sentences.tolist()], strict=True))
    return [Piece(slice(a, b), slice(i, j)) for (a, i), (b, j) in bounds]


def words_in_blocks(words: Array, blocks: Array) -> Array:
    """(tokens,) keys that are equal for the same word in the same block.

    words: (tokens,) word numbers.
    blocks: (tokens,) block numbers.
    """
    return blocks * (int(words.max(initial=0)) + 1) + words


def select_candidates(log_p: Array, keys: Array) -> Array:
    """(candidates,) token numbers, sorted by key.

    All occurrences of a word in a block are candidates if one of them has a probability of O below 97 %.

    log_p: (tokens, tags) log-probabilities, O first.
    keys: (tokens,) see :func:`words_in_blocks`.
    """
    uncertain = np.unique(keys[log_p[:, 0] < np.log1p(-_UNCERTAIN)])
    candidates = np.flatnonzero(np.isin(keys, uncertain))
    return candidates[np.argsort(keys[candidates], kind="stable")]


def context_evidence(p: Array, keys: Array) -> Array:
    """(candidates, tags) the largest probability of each tag at another occurrence of the word in the block.

    It is 0 if there is no other occurrence.

    p: (candidates, tags) probabilities.
    keys: (candidates,) ascending, see :func:`words_in_blocks`.
    """
    if not len(keys):
        return p
    _, starts, group, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")
    starts, counts = starts[by_count], counts[by_count]
    largest = p[starts]  # (words, tags) among the first, the first two ... occurrences
    second = np.zeros_like(largest)
    for r in range(1, int(counts[0])):
        n = int(np.searchsorted(-counts, -r, side="left"))  # words with more than r occurrences
        occurrence = p[starts[:n] + r]
        np.maximum(second[:n], np.minimum(largest[:n], occurrence), out=second[:n])
        np.maximum(largest[:n], occurrence, out=largest[:n])
    index = np.argsort(by_count)[group]
    # The occurrence with the largest sees the second largest, which is as large if there are two of them.
    evidence = largest[index]
    np.copyto(evidence, second[index], where=p == evidence)
    return evidence
