"""Word vectors from running text, without labels: words that keep the same company get similar vectors.

The pointwise mutual information of a word and a neighbour,

    log p(word, neighbour) / (p(word) p(neighbour)),

where positive (Church and Hanks 1990), is a large sparse matrix with a row for each word. Its best
approximation by d numbers a word is the truncated singular value decomposition. What word2vec
learns is such a factorisation too (Levy and Goldberg 2014), but this one takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from wincls.features.vectors import Vectors

Array = np.ndarray

LEAST_COUNT = 2  # of a word in the text, or its neighbours say too little

_MOST_WORDS = 200_000
_NEIGHBOURS = 4_000  # most frequent words that are counted as neighbours
_REACH = 3  # words on each side; the nth neighbour counts 1 / n
_SMOOTHING = 0.75  # power of the neighbours' counts, so that rare ones do not stand out (Levy et al. 2015)
_DEVIATION = 0.3  # of the numbers of a vector, about as in GloVe
_SENTENCES = 500  # counted at a time
_PAIRS = 1 << 17  # of words and neighbours that are collected before equal ones are added up
_ENTRIES = 1 << 16  # of a sparse matrix multiplied at a time
_OVERSAMPLING = 20  # directions that are looked at besides those that are kept
_ITERATIONS = 4


class Sparse(NamedTuple):
    """A sparse matrix by rows: rows, ascending, columns and values of its entries; shape."""

    rows: Array
    columns: Array
    values: Array
    shape: tuple[int, int]

    def transposed(self) -> Sparse:
        order = np.lexsort((self.rows, self.columns))
        return Sparse(self.columns[order], self.rows[order], self.values[order], self.shape[::-1])

    def __matmul__(self, Y: Array) -> Array:
        product = np.zeros((self.shape[0], Y.shape[1]), dtype=Y.dtype)
        for i in range(0, len(self.rows), _ENTRIES):
            part = slice(i, i + _ENTRIES)
            rows, starts = np.unique(self.rows[part], return_index=True)
            terms = self.values[part, None] * Y[self.columns[part]]
            product[rows] += np.add.reduceat(terms, starts, axis=0)
        return product


def cooccurrence_vectors(
    sentences: Iterable[Sequence[str]], dimension: int, rng: np.random.Generator
) -> Vectors:
    """Vectors of the words that occur at least twice, the most frequent first, ties by spelling.

    sentences: of words as the word table has them (in lower case); they are gone through once, and
    a token takes 4 bytes meanwhile. All vectors are of one length, since what a frequent word has
    more of is frequency; a word of which nothing is known has zeros. If the words can be told apart
    by fewer numbers than `dimension`, the rest is 0.
    """
    words, texts = _numbered(sentences)
    matrix = np.zeros((len(words), dimension), dtype=np.float32)
    if not words:
        return Vectors(words, matrix)
    M = positive_mutual_information(count_neighbours(texts, len(words)))
    factors = left_factors(M, min(dimension, *M.shape), rng)
    matrix[:, : factors.shape[1]] = factors
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix *= _DEVIATION * np.sqrt(dimension) / np.where(lengths > 0, lengths, 1)
    return Vectors(words, matrix)


def count_neighbours(texts: Iterable[Array], words: int) -> Sparse:
    """(words, 2 neighbours): how often each neighbour stands before, and behind, each word.

    texts: arrays of word numbers, the most frequent word being 0, and -1 for what is no word;
    words: how many there are. Neighbours are the first 4,000 of them. The nth word from another
    counts 1 / n.
    """
    neighbours = min(words, _NEIGHBOURS)
    shape = (words, 2 * neighbours)
    found: list[Array] = [np.zeros(0, dtype=np.int64)]
    weights: list[Array] = [np.zeros(0)]
    merged = 0
    for text in texts:
        for distance in range(1, _REACH + 1):
            left, right = text[:-distance].astype(np.int64), text[distance:].astype(np.int64)
            for word, neighbour, side in ((left, right, 1), (right, left, 0)):
                pairs = (word >= 0) & (neighbour >= 0) & (neighbour < neighbours)
                found.append(word[pairs] * shape[1] + side * neighbours + neighbour[pairs])
                weights.append(np.full(len(found[-1]), 1.0 / distance))
        if sum(map(len, found)) > max(_PAIRS, 2 * merged):
            found, weights = _merged(found, weights)
            merged = len(found[0])
    (keys,), (sums,) = _merged(found, weights)
    return Sparse(*np.divmod(keys, shape[1]), sums, shape)


def _merged(found: Sequence[Array], weights: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    """The distinct keys found, ascending, and the sum of each one's weights."""
    keys, inverse = np.unique(np.concatenate(found), return_inverse=True)
    return [keys], [np.bincount(inverse, np.concatenate(weights), len(keys))]


def positive_mutual_information(counts: Sparse) -> Sparse:
    """The logarithm of p(word, neighbour) / (p(word) p(neighbour)) where it is above 0, else 0."""
    words = np.bincount(counts.rows, counts.values, counts.shape[0])
    neighbours = np.bincount(counts.columns, counts.values, counts.shape[1]) ** _SMOOTHING
    expected = words[counts.rows] * (neighbours / max(neighbours.sum(), 1e-300))[counts.columns]
    information = np.log(counts.values / expected)
    kept = np.flatnonzero(information > 0)
    values = information[kept].astype(np.float32)
    return Sparse(counts.rows[kept], counts.columns[kept], values, counts.shape)


def left_factors(M: Sparse, rank: int, rng: np.random.Generator) -> Array:
    """(rows, rank): U S^(1/2) of the truncated singular value decomposition M = U S V^T.

    By subspace iteration from random directions (Halko, Martinsson and Tropp 2011, algorithm 4.4).
    """
    directions = min(rank + _OVERSAMPLING, *M.shape)
    MT = M.transposed()
    Q, _ = np.linalg.qr(M @ rng.standard_normal((M.shape[1], directions)).astype(np.float32))
    for _ in range(_ITERATIONS):
        Z, _ = np.linalg.qr(MT @ Q)
        Q, _ = np.linalg.qr(M @ Z)
    U, S, _ = np.linalg.svd((MT @ Q).T, full_matrices=False)
    return (Q @ U)[:, :rank] * np.sqrt(S[:rank])


def _numbered(sentences: Iterable[Sequence[str]]) -> tuple[list[str], list[Array]]:
    """The words that are frequent enough, and the text as their numbers.

    The text comes in parts of many sentences, with -1 for other words and, thrice, behind each sentence.
    """
    first_numbers: dict[str, int] = {}
    between = [-1] * _REACH
    rest, parts = iter(sentences), []
    while some := list(islice(rest, _SENTENCES)):
        text: list[int] = []
        for sentence in some:
            text += [first_numbers.setdefault(word, len(first_numbers)) for word in sentence]
            text += between
        parts.append(np.array(text, dtype=np.int32))
    counts = np.zeros(len(first_numbers), dtype=np.int64)
    for part in parts:
        counts += np.bincount(part[part >= 0], minlength=len(counts))
    met = list(first_numbers)
    order = sorted(np.flatnonzero(counts >= LEAST_COUNT).tolist(), key=lambda i: (-counts[i], met[i]))
    order = order[:_MOST_WORDS]
    numbers = np.full(len(met) + 1, -1, dtype=np.int32)  # the last is found for -1
    numbers[order] = np.arange(len(order))
    for part in parts:
        part[:] = numbers[part]
    return [met[i] for i in order], parts
