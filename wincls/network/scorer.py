"""The scorer s = U^T f(W x + b) over windows of words (lecture 3, eq. 12-16 and 34-49).

Parameters, by name, with D the length of a token's vector, C the window size on each side and
n_k the number of units of hidden layer k:

    L.<table>   (entries, dimension)         one table of token features; a token's vector is the
                                             concatenation of one row of each (x = L e, eq. 12)
    W1          (n_1, (2C + 1) D)            first hidden layer; (n_1, D) if windows are averaged
    b1          (n_1,)
    W2, b2 ...  (n_2, n_1), (n_2,)           further hidden layers, if any
    U           (n_last, labels)             output; with no hidden layer (window length, labels)
    c           (labels,)                    output bias, only for losses that classify

How windows share words. The window of a centre is x = [e_-C ... e_C], so with W cut into one
block W_j per place, W x = sum_j W_j e_j. A batch of running text holds far fewer distinct tokens
than places in windows. So W_j e is computed once for each distinct token e and each place j, and
the windows only add up rows; backwards, the rows of dz that fall on the same token are summed
first, and dW_j and de are products over distinct tokens again. This is the same sum in another
order. If windows are averaged, every W_j is W / (2C + 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wincls.network.activations import Activation
from wincls.optim.optimizers import Gradient, RowGradient

Array = np.ndarray

COMBINE = ("concatenate", "mean")


class Dropout(NamedTuple):
    """Masks of inverted dropout for one batch, or None where nothing is dropped.

    tokens: (distinct, D), shared by all windows that hold the token; hidden: one (windows, n_k)
    for each hidden layer.
    """

    tokens: Array | None
    hidden: Sequence[Array | None]


class Forward(NamedTuple):
    """scores: (windows, labels); z: inputs of each hidden layer's f; backprop: ds -> gradients."""

    scores: Array
    z: list[Array]
    backprop: Callable[[Array], dict[str, Gradient]]


@dataclass(frozen=True)
class Scorer:
    """Parameters and the two choices that say how they are used.

    tables: names of the token tables in the order of concatenation; frozen: tables that get no
    gradient; combine: "concatenate" or "mean" (section "Window classification").
    """

    parameters: dict[str, Array]
    tables: tuple[str, ...]
    activation: Activation
    combine: str = "concatenate"
    frozen: frozenset[str] = frozenset()

    @property
    def hidden_layers(self) -> int:
        return sum(name.startswith("W") for name in self.parameters)

    @property
    def weights(self) -> list[str]:
        """Names of the parameters that are weights: no biases, no frozen tables."""
        return [
            name
            for name in self.parameters
            if name[0] in "WU" or (name[0] == "L" and name[2:] not in self.frozen)
        ]

    def token_vectors(self, rows: Array) -> Array:
        """(tokens, D): the concatenated table rows (x = L e) of (tokens, tables) row numbers."""
        columns = [self.parameters[f"L.{name}"][rows[:, i]] for i, name in enumerate(self.tables)]
        return np.concatenate(columns, axis=1)

    def forward(self, rows: Array, windows: Array, dropout: Dropout | None = None) -> Forward:
        """Score windows, keeping what the backward pass needs.

        rows: (distinct, tables) table rows of the distinct tokens of the batch.
        windows: (windows, 2C + 1) numbers of distinct tokens.
        """
        masks = dropout or Dropout(None, [None] * self.hidden_layers)
        E = self.token_vectors(rows)  # (distinct, D)
        if masks.tokens is not None:
            E *= masks.tokens
        layers = [
            (self.parameters[f"W{k}"], self.parameters[f"b{k}"]) for k in range(1, self.hidden_layers + 1)
        ]
        U, c = self.parameters["U"], self.parameters.get("c")

        z: list[Array] = []  # inputs of f, each (windows, n_k)
        a: list[Array] = []  # outputs of f
        h: list[Array] = []  # the same after dropout, which the next layer sees
        for k, (W, b) in enumerate(layers):
            z.append(b + (h[-1] @ W.T if k else self._over_windows(W, E, windows)))
            a.append(self.activation.f(z[k]))
            mask = masks.hidden[k]
            h.append(a[k] if mask is None else a[k] * mask)
        # Without a hidden layer the scores are f = W x (eq. 9), with W = U^T.
        scores = h[-1] @ U if layers else self._over_windows(U.T, E, windows)  # (windows, labels)
        if c is not None:
            scores += c

        def backprop(ds: Array) -> dict[str, Gradient]:
            gradients: dict[str, Gradient] = {}
            if c is not None:
                gradients["c"] = ds.sum(axis=0)
            if not layers:
                dUT, dE = self._back_over_windows(U.T, E, windows, ds)
                gradients["U"] = dUT.T
            else:
                gradients["U"] = h[-1].T @ ds
                dh = ds @ U.T  # (windows, n_last)
                for k in reversed(range(len(layers))):
                    # delta(k) = f'(z(k)) o (W^T delta(k+1)), eq. 49; dh is W^T delta(k+1).
                    mask = masks.hidden[k]
                    da = dh if mask is None else dh * mask
                    delta = da * self.activation.df(z[k], a[k])
                    gradients[f"b{k + 1}"] = delta.sum(axis=0)
                    W = layers[k][0]
                    if k:
                        gradients[f"W{k + 1}"] = delta.T @ h[k - 1]  # delta x^T, eq. 48
                        dh = delta @ W
                    else:
                        gradients["W1"], dE = self._back_over_windows(W, E, windows, delta)
            if masks.tokens is not None:
                dE *= masks.tokens
            gradients.update(self._table_gradients(rows, dE))
            return gradients

        return Forward(scores, z, backprop)

    def _blocks(self, W: Array, places: int) -> list[Array]:
        """W cut into one (units, D) block per place of the window."""
        if self.combine == "mean":
            return [W / places] * places
        return np.split(W, places, axis=1)

    def _over_windows(self, W: Array, E: Array, windows: Array) -> Array:
        """W x for every window x, (windows, units): W_j e once for each distinct token e and place j."""
        Wx = np.zeros((len(windows), len(W)), dtype=E.dtype)
        for j, W_j in enumerate(self._blocks(W, windows.shape[1])):
            Wx += (E @ W_j.T)[windows[:, j]]
        return Wx

    def _back_over_windows(self, W: Array, E: Array, windows: Array, dz: Array) -> tuple[Array, Array]:
        """DW and dE from dz, (windows, units): rows of dz on the same token are summed first."""
        dE = np.zeros_like(E)
        dW_blocks = []
        for j, W_j in enumerate(self._blocks(W, windows.shape[1])):
            tokens, dz_j = grouped_sums(windows[:, j], dz)  # (distinct here, units)
            dW_blocks.append(dz_j.T @ E[tokens])
            dE[tokens] += dz_j @ W_j
        if self.combine == "mean":
            return sum(dW_blocks[1:], dW_blocks[0]) / len(dW_blocks), dE
        return np.concatenate(dW_blocks, axis=1), dE

    def _table_gradients(self, rows: Array, dE: Array) -> dict[str, Gradient]:
        """Cut dE at the tables and add up the tokens that share a row."""
        gradients: dict[str, Gradient] = {}
        start = 0
        for i, name in enumerate(self.tables):
            end = start + self.parameters[f"L.{name}"].shape[1]
            if name not in self.frozen:
                gradients[f"L.{name}"] = RowGradient(*grouped_sums(rows[:, i], dE[:, start:end]))
            start = end
        return gradients


def grouped_sums(keys: Array, values: Array) -> tuple[Array, Array]:
    """The distinct keys, ascending, and for each the sum of its rows of values.

    keys: (n,) whole numbers; values: (n, width). Does what ``numpy.add.at`` does, by sorting.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(values[order], starts, axis=0)
