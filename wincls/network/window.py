"""The window layer: z = W x + b, where x is the window of a center (lecture 3, eq. 12-16 and 48).

The window of a center is x = [e_-C ... e_C]. If W is split into one block W_j for each position, then
W x = sum_j W_j e_j. A batch of running text has far fewer distinct tokens than window positions. So W_j e is
computed once for each distinct token e and position j (:meth:`project_tokens`), and each window adds up its
rows (:func:`sum_windows`). Backpropagation first adds the rows of dz that belong to the same token; dW_j and
de are then products over distinct tokens. The results are the same sums in another order. If windows are
averaged, every W_j is W / (2C + 1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, sum_by_key

COMBINE = ("concatenate", "mean")


class WindowGradients(NamedTuple):
    """dW, shaped like W; db, (units,), None without a bias; dE, (tokens, D)."""

    dW: Array
    db: Array | None
    dE: Array


class WindowLayer(NamedTuple):
    """The first layer of a scorer.

    W: (units, (2C + 1) D), or (units, D) if windows are averaged.
    b: (units,), or None.
    combine: one of COMBINE.
    """

    W: Array
    b: Array | None
    combine: str = "concatenate"

    def forward(self, E: Array, windows: Array) -> tuple[Array, Callable[[Array, Array], WindowGradients]]:
        """Return Z, (windows, units), and its backprop.

        E: (tokens, D) vectors of the distinct tokens of a batch.
        windows: (windows, 2C + 1) indices of tokens.
        """
        projections = np.empty((windows.shape[1], len(E), len(self.W)), dtype=E.dtype)
        self.project_tokens(E, projections)
        Z = sum_windows(projections, windows)

        def backprop(dZ: Array, at: Array) -> WindowGradients:
            """The gradients; dZ: (n, units) of some windows; at: (n,) indices of these windows."""
            positions = windows.shape[1]
            dE, dW = np.zeros_like(E), np.zeros_like(self.W)
            dW_blocks = [dW] * positions if self.combine == "mean" else np.split(dW, positions, axis=1)
            for j, (W_j, dW_j) in enumerate(zip(self._blocks(positions), dW_blocks, strict=True)):
                tokens, dz_j = sum_by_key(windows[at, j], dZ)  # (distinct at j, units)
                dW_j += dz_j.T @ E[tokens]  # delta x^T, eq. 48
                dE[tokens] += dz_j @ W_j
            db = None if self.b is None else dZ.sum(axis=0)
            return WindowGradients(dW / positions if self.combine == "mean" else dW, db, dE)

        return Z, backprop

    def project_tokens(self, E: Array, out: Array) -> None:
        """Write W_j e into out, (positions, tokens, units); position 0 includes the bias."""
        for W_j, out_j in zip(self._blocks(len(out)), out, strict=True):
            np.matmul(E, W_j.T, out=out_j)
        if self.b is not None:
            out[0] += self.b

    def _blocks(self, positions: int) -> list[Array]:
        if self.combine == "mean":
            return [self.W / positions] * positions
        return np.split(self.W, positions, axis=1)


def sum_windows(projections: Array, windows: Array) -> Array:
    """(windows, units): for each window, the sum of the projections of its tokens at their positions.

    projections: (positions, tokens, units).
    windows: (windows, positions) indices of tokens.
    """
    tokens = windows.T.astype(np.intp)  # (positions, windows)
    total = projections[0].take(tokens[0], axis=0)
    at_position = np.empty_like(total)
    for j in range(1, len(projections)):
        # Only with "clip" does take write to `out` without a copy. All indices are in range.
        total += projections[j].take(tokens[j], axis=0, out=at_position, mode="clip")
    return total
