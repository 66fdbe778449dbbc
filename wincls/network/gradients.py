"""Gradients by parameter: dense arrays, or the rows of a table that a batch touched."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array


class RowGradient(NamedTuple):
    """The gradient of a table of which a batch used only some rows.

    rows: (touched,) distinct row numbers.
    values: (touched, dimension).
    """

    rows: Array
    values: Array


Gradient = Array | RowGradient


def dense(gradient: Gradient, theta: Array) -> Array:
    """The gradient as an array of theta's shape."""
    if not isinstance(gradient, RowGradient):
        return gradient
    full = np.zeros_like(theta)
    full[gradient.rows] = gradient.values
    return full
