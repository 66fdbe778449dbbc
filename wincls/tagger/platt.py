"""Multinomial Platt scaling: a softmax regression from scores to probabilities (Platt 1999)."""

from __future__ import annotations

from typing import NamedTuple

from wincls.arrays import Array
from wincls.network.losses import log_softmax


class PlattScaling(NamedTuple):
    """log p(tag | x) = log softmax(A x + b).

    A: (tags, scores).
    b: (tags,). Tag 0 is O.
    """

    A: Array
    b: Array

    def log_probabilities(self, scores: Array) -> Array:
        """(tokens, tags) log-probabilities, with the dtype of the scores; scores: (tokens, scores)."""
        A, b = self.A.astype(scores.dtype), self.b.astype(scores.dtype)
        return log_softmax(scores @ A.T + b)
