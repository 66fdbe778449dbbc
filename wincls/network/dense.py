"""Dense layers and the activation between them (lecture 3, eq. 13-16, 34-39 and 48-49)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wincls.arrays import Array
from wincls.network.activations import Activation


class DenseGradients(NamedTuple):
    """dW, (units, inputs); db, (units,), None without a bias; dX, (rows, inputs)."""

    dW: Array
    db: Array | None
    dX: Array


class Dense(NamedTuple):
    """z = W x + b for each row of a batch.

    W: (units, inputs).
    b: (units,), or None.
    """

    W: Array
    b: Array | None

    def forward(self, X: Array) -> tuple[Array, Callable[[Array, Array], DenseGradients]]:
        """Return Z, (rows, units), and its backprop; X: (rows, inputs)."""
        Z = X @ self.W.T
        if self.b is not None:
            Z = Z + self.b

        def backprop(dZ: Array, at: Array) -> DenseGradients:
            """The gradients; dZ: (n, units), delta of some rows; at: (n,) indices of these rows in X."""
            dW = dZ.T @ X[at]  # delta x^T, eq. 48
            db = None if self.b is None else dZ.sum(axis=0)
            return DenseGradients(dW, db, dZ @ self.W)  # W^T delta

        return Z, backprop


def activate(f: Activation, Z: Array, mask: Array | None) -> tuple[Array, Callable[[Array, Array], Array]]:
    """Return H = f(Z) and its backprop.

    Z: (rows, units).
    mask: dropout factors of the same shape, by which f(Z) is multiplied; None for no dropout.
    """
    A = f.f(Z)
    H = A if mask is None else A * mask

    def backprop(dH: Array, at: Array) -> Array:
        """delta = f'(z) o dh (eq. 49); dH: (n, units); at: (n,) indices of these rows in Z."""
        delta = dH * f.df(Z[at], A[at])
        if mask is not None:
            delta *= mask[at]
        return delta

    return H, backprop
