"""Word vectors from unlabeled text: words with similar neighbors get similar vectors.

The positive pointwise mutual information of a word and a neighbor,

    max(0, log p(word, neighbor) / (p(word) p(neighbor))),

is a large sparse matrix with one row for each word (Church and Hanks 1990). The truncated singular value
decomposition is its best approximation with d numbers for each word. word2vec learns a similar factorization
(Levy and Goldberg 2014), but this method takes only seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.features.vectors import Vectors
from wincls.progress import counting, phase

LEAST_COUNT = 2  # of a word in the text; rarer words have too few neighbors

_MOST_WORDS = 200_000
_NEIGHBORS = 4_000  # number of most frequent words that count as neighbors
_REACH = 3  # number of words on each side; the nth neighbor has the weight 1 / n
_SMOOTHING = 0.75  # exponent of neighbor counts, so that rare ones do not dominate (Levy et al. 2015)
_DEVIATION = 0.3  # root mean square of the numbers of a vector, about as in GloVe
_SENTENCES = 500  # in one part of the text
_PAIRS = 1 << 17  # number of pairs after which equal ones are merged
_ENTRIES = 1 << 16  # of a sparse matrix that are multiplied at once
_OVERSAMPLING = 20  # extra directions of the subspace iteration, which are discarded
_ITERATIONS = 4


class Sparse(NamedTuple):
    """A sparse matrix: row (ascending), column and value of each entry, and the shape of the matrix."""

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

    sentences: keys of the word table; they are iterated once, and each token takes 4 bytes of memory.
    dimension: the length of the vectors. If the matrix has a lower rank, the remaining numbers are 0.

    Returns vectors of the same norm, since the norm of a word's row mainly depends on its frequency. A word
    without positive mutual information has the vector 0.
    """
    words, texts = _number_words(sentences)
    matrix = np.zeros((len(words), dimension), dtype=np.float32)
    if not words:
        return Vectors(words, matrix)
    counts = count_neighbors(counting(texts, "counting neighbors", " parts"), len(words))
    M = positive_mutual_information(counts)
    factors = left_factors(M, min(dimension, *M.shape), rng)
    matrix[:, : factors.shape[1]] = factors
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix *= _DEVIATION * np.sqrt(dimension) / np.where(lengths > 0, lengths, 1)
    return Vectors(words, matrix)


def count_neighbors(texts: Iterable[Array], words: int) -> Sparse:
    """(words, 2 neighbors): how often each neighbor occurs before, and after, each word.

    texts: arrays of word numbers; the most frequent word is 0, and -1 is not a word.
    words: the number of words. The first 4,000 of them are neighbors. The nth word before or after a word has
        the weight 1 / n.
    """
    neighbors = min(words, _NEIGHBORS)
    shape = (words, 2 * neighbors)
    found: list[Array] = [np.zeros(0, dtype=np.int64)]
    weights: list[Array] = [np.zeros(0)]
    merged = 0
    for text in texts:
        for distance in range(1, _REACH + 1):
            left, right = text[:-distance].astype(np.int64), text[distance:].astype(np.int64)
            for word, neighbor, side in ((left, right, 1), (right, left, 0)):
                pairs = (word >= 0) & (neighbor >= 0) & (neighbor < neighbors)
                found.append(word[pairs] * shape[1] + side * neighbors + neighbor[pairs])
                weights.append(np.full(len(found[-1]), 1.0 / distance))
        if sum(map(len, found)) > max(_PAIRS, 2 * merged):
            found, weights = _merge(found, weights)
            merged = len(found[0])
    (keys,), (sums,) = _merge(found, weights)
    return Sparse(*np.divmod(keys, shape[1]), sums, shape)


def _merge(found: Sequence[Array], weights: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    """The distinct keys, ascending, and the sum of the weights of each, both in a list of one array."""
    keys, inverse = np.unique(np.concatenate(found), return_inverse=True)
    return [keys], [np.bincount(inverse, np.concatenate(weights), len(keys))]


def positive_mutual_information(counts: Sparse) -> Sparse:
    """max(0, log p(word, neighbor) / (p(word) p(neighbor))), with smoothed p(neighbor).

    counts: see :func:`count_neighbors`.
    """
    words = np.bincount(counts.rows, counts.values, counts.shape[0])
    neighbors = np.bincount(counts.columns, counts.values, counts.shape[1]) ** _SMOOTHING
    expected = words[counts.rows] * (neighbors / max(neighbors.sum(), 1e-300))[counts.columns]
    information = np.log(counts.values / expected)
    kept = np.flatnonzero(information > 0)
    values = information[kept].astype(np.float32)
    return Sparse(counts.rows[kept], counts.columns[kept], values, counts.shape)


def left_factors(M: Sparse, rank: int, rng: np.random.Generator) -> Array:
    """(rows, rank): U S^(1/2) of the truncated singular value decomposition M = U S V^T.

    The method is subspace iteration from random directions (Halko, Martinsson and Tropp 2011, algorithm
    4.4).
    """
    directions = min(rank + _OVERSAMPLING, *M.shape)
    MT = M.transposed()
    Q, _ = np.linalg.qr(M @ rng.standard_normal((M.shape[1], directions)).astype(np.float32))
    with phase("factorizing the counts", _ITERATIONS, " steps") as advance:
        for _ in range(_ITERATIONS):
            Z, _ = np.linalg.qr(MT @ Q)
            Q, _ = np.linalg.qr(M @ Z)
            advance(1)
    U, S, _ = np.linalg.svd((MT @ Q).T, full_matrices=False)
    return (Q @ U)[:, :rank] * np.sqrt(S[:rank])


def _number_words(sentences: Iterable[Sequence[str]]) -> tuple[list[str], list[Array]]:
    """The words that are frequent enough, and the text as word numbers.

    The text is in parts of many sentences. It has -1 for each rare word and three times after each sentence.
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
    seen = list(first_numbers)
    order = sorted(np.flatnonzero(counts >= LEAST_COUNT).tolist(), key=lambda i: (-counts[i], seen[i]))
    order = order[:_MOST_WORDS]
    numbers = np.full(len(seen) + 1, -1, dtype=np.int32)  # index -1 is the last number
    numbers[order] = np.arange(len(order))
    for part in parts:
        part[:] = numbers[part]
    return [seen[i] for i in order], parts
