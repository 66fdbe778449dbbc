"""Preprocessing of word vectors, fitted on training data (lecture 3, section 2.5).

A step is an affine map x M + b. It is fitted to what the steps before it give, and does one thing; center
followed by whiten is the whitening of the lecture. A new step is one function and one entry in
PREPROCESSING.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array

_SMALLEST = 1e-5  # a deviation below this share of the largest is taken to be that


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
    """Fit steps, in the order given, and make one map of them.

    X: (words, dimension) vectors of training words.
    weights: (words,) how often each occurs.
    steps: names in PREPROCESSING. With none, or without a word, vectors stay as they are.

    Words that training does not have may lie far out in a direction in which its words hardly differ, so
    whitening wants many more training words than dimensions.
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
    """Subtract the mean over tokens; share: (words,) of the tokens."""
    return Affine(np.eye(X.shape[1]), -(share @ X))


def normalize(X: Array, share: Array) -> Affine:
    """Divide each dimension by its standard deviation, which is about the mean."""
    deviation = np.sqrt((_centered(X, share) ** 2).sum(axis=0))
    return Affine(np.diag(1.0 / _floored(deviation)), np.zeros(X.shape[1]))


def whiten(X: Array, share: Array) -> Affine:
    """Rotate so that no two dimensions are correlated, and divide each by its standard deviation.

    Corrected: with rows as examples the centered data are U S V^T; the rotation is by the right singular
    vectors V, and each direction is divided by the standard deviation along it. One below 1e-5 of the
    largest is taken to be that.
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
    """X less its mean, weighted so that the Gram matrix is the covariance."""
    return (X - share @ X) * np.sqrt(share)[:, None]


def _floored(deviation: Array) -> Array:
    """Deviations to divide by; where all are 0, they are 1."""
    largest = float(deviation.max())
    return np.maximum(deviation, _SMALLEST * largest if largest > 1e-12 else 1.0)
