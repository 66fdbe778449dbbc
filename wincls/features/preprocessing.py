"""Preprocessing of word vectors, fitted on training data (lecture 3, section 2.5)."""

from __future__ import annotations

import numpy as np

from wincls.arrays import Array

PREPROCESSING = ("none", "center", "normalize", "whiten")

_SMALLEST = 1e-5  # a deviation below this share of the largest is taken to be that


def fit_preprocessing(X: Array, weights: Array, how: str) -> tuple[Array, Array]:
    """Fit mean subtraction, normalization or whitening.

    X: (words, dimension) vectors of training words.
    weights: (words,) how often each occurs.
    how: "none", "center" (subtract the mean), "normalize" (also divide every dimension by its
        standard deviation) or "whiten" (also rotate, so that no two dimensions are correlated).
    Returns the mean, (dimension,), and M, (dimension, dimension); (x - mean) M is the preprocessed
    vector.

    Whitening, corrected: with rows as examples X' = U S V^T, the rotation is by the right singular
    vectors V, and each direction is divided by its standard deviation; one below 1e-5 of the largest
    is taken to be that. Words that training does not have may lie far out in a direction in which
    its words hardly differ, so whitening wants many more training words than dimensions.
    """
    dimension = X.shape[1]
    if how == "none":
        return np.zeros(dimension), np.eye(dimension)
    share = weights / weights.sum()
    mean = share @ X
    centered = (X - mean) * np.sqrt(share)[:, None]  # its Gram matrix is the covariance
    if how == "center":
        return mean, np.eye(dimension)
    if how == "normalize":
        deviation = np.sqrt((centered**2).sum(axis=0))
        return mean, np.diag(1.0 / _floored(deviation))
    _, deviation, Vt = np.linalg.svd(centered, full_matrices=len(X) < dimension)
    deviation = np.pad(deviation, (0, dimension - len(deviation)))  # fewer words than dimensions
    return mean, Vt.T / _floored(deviation)


def _floored(deviation: Array) -> Array:
    return np.maximum(deviation, max(_SMALLEST * float(deviation.max()), 1e-12))
