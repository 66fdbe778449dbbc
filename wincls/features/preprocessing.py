"""Preprocessing of word vectors, fitted on training data (lecture 3, section 2.5).

A step is an affine map x M + b, which is fitted to the output of the steps before it. The steps center and
whiten together are the whitening of the lecture. A new step is one function and one entry in PREPROCESSING.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array

_SMALLEST = 1e-5  # standard deviations below this share of the largest are replaced by this share


class Affine(NamedTuple):
    """The map from x, (..., dimension), to x M + b.

    M: (dimension, dimension).
    b: (dimension,).
    """

    M: Array
    b: Array

    def __call__(self, X: Array) -> Array:
        return X @ self.M + self.b


def fit_preprocessing(X: Array, weights: Array, steps: Sequence[str]) -> Affine:
    """Fit the steps in the given order, and combine them into one map.

    X: (words, dimension) vectors of training words.
    weights: (words,) the count of each word.
    steps: names in PREPROCESSING. Without steps or without words, the result is the identity.

    Whitening needs many more training words than dimensions. Otherwise, other words can get very large
    numbers in a direction in which the training words hardly differ.
    """
    whole = Affine(np.eye(X.shape[1]), np.zeros(X.shape[1]))
    if not len(X):
        return whole
    share = weights / weights.sum()
    for name in steps:
        M, b = PREPROCESSING[name](whole(X), share)
        whole = Affine(whole.M @ M, whole.b @ M + b)
    return whole


def center(X: Array, share: Array) -> Affine:
    """Subtract the mean over tokens.

    X: (words, dimension).
    share: (words,) the share of each word in all tokens.
    """
    return Affine(np.eye(X.shape[1]), -(share @ X))


def normalize(X: Array, share: Array) -> Affine:
    """Divide each dimension by its standard deviation over tokens; X, share: see :func:`center`."""
    deviation = np.sqrt((_centered(X, share) ** 2).sum(axis=0))
    return Affine(np.diag(1.0 / _floored(deviation)), np.zeros(X.shape[1]))


def whiten(X: Array, share: Array) -> Affine:
    """Rotate so that the dimensions are uncorrelated, and divide each by its standard deviation.

    X, share: see :func:`center`.

    Corrected: with examples as rows, the centered data are U S V^T. The rotation is by the right singular
    vectors V, and each direction is divided by its standard deviation, or by 1e-5 of the largest one if that
    is larger.
    """
    words, dimension = X.shape
    _, deviation, Vt = np.linalg.svd(_centered(X, share), full_matrices=words < dimension)
    deviation = np.pad(deviation, (0, dimension - len(deviation)))  # fewer words than dimensions
    return Affine(Vt.T / _floored(deviation), np.zeros(dimension))


PREPROCESSING: dict[str, Callable[[Array, Array], Affine]] = {
    "center": center,
    "normalize": normalize,
    "whiten": whiten,
}


def _centered(X: Array, share: Array) -> Array:
    """X minus its mean, with row weights that make the Gram matrix the covariance."""
    return (X - share @ X) * np.sqrt(share)[:, None]


def _floored(deviation: Array) -> Array:
    """Standard deviations that are large enough to divide by; 1 if all are 0."""
    largest = float(deviation.max())
    return np.maximum(deviation, _SMALLEST * largest if largest > 1e-12 else 1.0)
