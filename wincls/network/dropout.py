"""Dropout (lecture 3, section 2.3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array


class Dropout(NamedTuple):
    """Masks of inverted dropout for one batch; a mask is None if nothing is dropped.

    tokens: (distinct, D) for the distinct tokens of the batch; all windows with a token share its mask.
    hidden: (windows, n_k) for each hidden layer k.
    """

    tokens: Array | None
    hidden: Sequence[Array | None]


def dropout_mask(
    rng: np.random.Generator, shape: tuple[int, ...], drop: float, dtype: np.dtype[np.floating]
) -> Array | None:
    """Inverted dropout: a mask with 0 with probability `drop`, else 1 / (1 - drop); None if drop is 0.

    drop: at least 0 and below 1; it is rounded to a multiple of 1 / 65,536.

    Corrected from section 2.3: the document divides by the keep probability p at test time; the right
    factor is p. Dividing by p in training gives the same expectation and needs no factor when tagging.
    """
    if not drop:
        return None
    # 16 random bits for each number are enough, and several times faster than a random float.
    dropped = min(round(drop * 65536), 65535)
    n = math.prod(shape)
    bits = np.frombuffer(rng.bytes(2 * n), dtype=np.uint16).reshape(shape)
    return (bits >= dropped) * dtype.type(65536 / (65536 - dropped))
