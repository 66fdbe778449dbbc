"""Dense layers and the activation between them (lecture 3, eq. 13-16, 34-39 and 48-49)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wincls.arrays import Array
from wincls.network.activations import Activation


class DenseGradients(NamedTuple):
    """dW, db (None without a bias), and dX."""

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
        """Z, (rows, units), from (rows, inputs), and its backprop."""
        Z = X @ self.W.T
        if self.b is not None:
            Z = Z + self.b

        def backprop(dZ: Array, at: Array) -> DenseGradients:
            """The gradients from dZ = delta; at: the rows of X that the rows of dZ belong to."""
            dW = dZ.T @ X[at]  # delta x^T, eq. 48
            db = None if self.b is None else dZ.sum(axis=0)
            return DenseGradients(dW, db, dZ @ self.W)  # W^T delta

        return Z, backprop


def activate(f: Activation, Z: Array, mask: Array | None) -> tuple[Array, Callable[[Array, Array], Array]]:
    """H = f(Z), times a dropout mask of the same shape if there is one, and its backprop."""
    A = f.f(Z)
    H = A if mask is None else A * mask

    def backprop(dH: Array, at: Array) -> Array:
        """delta = f'(z) o dh (eq. 49); at: the rows of Z that the rows of dH belong to."""
        delta = dH * f.df(Z[at], A[at])
        if mask is not None:
            delta *= mask[at]
        return delta

    return H, backprop
