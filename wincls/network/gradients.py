"""Gradients of parameters: dense arrays, or only the table rows that a batch used."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array


class RowGradient(NamedTuple):
    """The gradient of a table, which is 0 in all rows that the batch did not use.

    rows: (used,) distinct row numbers.
    values: (used, dimension).
    """

    rows: Array
    values: Array


Gradient = Array | RowGradient


def dense(gradient: Gradient, theta: Array) -> Array:
    """The gradient as an array of the shape of theta."""
    if not isinstance(gradient, RowGradient):
        return gradient
    full = np.zeros_like(theta)
    full[gradient.rows] = gradient.values
    return full
