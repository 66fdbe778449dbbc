"""Dropout (lecture 3, section 2.3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array


class Dropout(NamedTuple):
    """Masks of inverted dropout for one batch, or None where nothing is dropped.

    tokens: (distinct, D), shared by all windows that hold the token.
    hidden: one (windows, n_k) for each hidden layer.
    """

    tokens: Array | None
    hidden: Sequence[Array | None]


def dropout_mask(
    rng: np.random.Generator, shape: tuple[int, ...], drop: float, dtype: np.dtype[np.floating]
) -> Array | None:
    """Inverted dropout: 0 with probability `drop`, else 1 / (1 - drop); None if nothing is dropped.

    `drop` is rounded to a multiple of 1 / 65,536.

    Corrected from section 2.3: the document divides by the keep probability p at test time; the right
    factor is p. Dividing by p in training gives the same expectation and leaves tagging untouched.
    """
    if not drop:
        return None
    # 16 random bits a number are enough, and several times as fast as a float each.
    dropped = min(round(drop * 65536), 65535)
    n = math.prod(shape)
    bits = np.frombuffer(rng.bytes(2 * n), dtype=np.uint16).reshape(shape)
    return (bits >= dropped) * dtype.type(65536 / (65536 - dropped))
