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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from wincls.network.activations import Activation
from wincls.optim.optimizers import Gradient, RowGradient

Array = np.ndarray

COMBINE = ("concatenate", "mean")
MOST_NETWORKS = 16  # that may judge together

_FEW_KEYS = 4


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


class Layers(NamedTuple):
    """scores; and of each hidden layer z, the inputs of f, a, its outputs, and h, these after dropout."""

    scores: Array
    z: list[Array]
    a: list[Array]
    h: list[Array]


class FixedRows(NamedTuple):
    """Rows of a table that no training changes, a byte a number: row i is scales[i] codes[i].

    codes: (rows, dimension) int8; scales: (rows,) float32.
    """

    codes: Array
    scales: Array

    @classmethod
    def of(cls, matrix: Array) -> FixedRows:
        """Round each row to 127 steps on either side of 0, the largest number of the row being the last."""
        largest = np.maximum(matrix.max(axis=1, initial=0), -matrix.min(axis=1, initial=0))
        scales = np.where(largest > 1e-30, largest / 127, 1).astype(np.float32)
        return cls(np.rint(matrix / scales[:, None]).astype(np.int8), scales)

    def take(self, rows: Array) -> Array:
        """(rows there, dimension) float32."""
        return self.codes[rows] * self.scales[rows, None]


@dataclass(frozen=True)
class Scorer:
    """Parameters and what says how they are used.

    tables: names of the token tables in the order of concatenation; frozen: tables that get no
    gradient; combine: "concatenate" or "mean" (section "Window classification"); fixed: further
    rows of some tables, behind those of the parameters, which several scorers may share.
    """

    parameters: dict[str, Array]
    tables: tuple[str, ...]
    activation: Activation
    combine: str = "concatenate"
    frozen: frozenset[str] = frozenset()
    fixed: Mapping[str, FixedRows] = field(default_factory=dict)

    @property
    def hidden_layers(self) -> int:
        return sum(name.startswith("W") for name in self.parameters)

    @property
    def trained(self) -> list[str]:
        """Names of the parameters that get a gradient: all but frozen tables."""
        frozen = {f"L.{table}" for table in self.frozen}
        return [name for name in self.parameters if name not in frozen]

    @property
    def weights(self) -> list[str]:
        """Names of the trained parameters that are weights: tables and matrices, no biases."""
        return [name for name in self.trained if name[0] in "LWU"]

    def token_vectors(self, rows: Array) -> Array:
        """(tokens, D): the concatenated table rows (x = L e) of (tokens, tables) row numbers."""
        columns = [self._looked_up(name, rows[:, i]) for i, name in enumerate(self.tables)]
        return np.concatenate(columns, axis=1)

    def _looked_up(self, name: str, rows: Array) -> Array:
        """(tokens, dimension) rows of a table."""
        table = self.parameters[f"L.{name}"]
        if name not in self.fixed:
            return table[rows]
        fixed = rows >= len(table)
        vectors = np.empty((len(rows), table.shape[1]), dtype=table.dtype)
        vectors[~fixed] = table[rows[~fixed]]
        vectors[fixed] = self.fixed[name].take(rows[fixed] - len(table))
        return vectors

    def forward(self, rows: Array, windows: Array, dropout: Dropout | None = None) -> Forward:
        """Score windows, keeping what the backward pass needs.

        rows: (distinct, tables) table rows of the distinct tokens of the batch.
        windows: (windows, 2C + 1) numbers of distinct tokens.
        """
        masks = dropout or Dropout(None, [None] * self.hidden_layers)
        E = self.token_vectors(rows)  # (distinct, D)
        if masks.tokens is not None:
            E *= masks.tokens
        products = np.empty((windows.shape[1], len(E), self.first_units), dtype=E.dtype)
        self._multiply(E, products)
        scores, z, a, h = self._layers(added_up(products, windows), masks.hidden)
        U = self.parameters["U"]

        def backprop(ds: Array) -> dict[str, Gradient]:
            # A window whose scores all have gradient 0, as most have that keep the margin, adds
            # nothing to any sum below, so only the others are looked at.
            at = np.flatnonzero(ds.any(axis=1))
            ds = ds[at]
            gradients: dict[str, Gradient] = {}
            if "c" in self.parameters:
                gradients["c"] = ds.sum(axis=0)
            if not h:
                dUT, dE = self._back_over_windows(U.T, E, windows[at], ds)
                gradients["U"] = dUT.T
            else:
                gradients["U"] = h[-1][at].T @ ds
                dh = ds @ U.T  # (windows, n_last)
                for k in reversed(range(len(h))):
                    # delta(k) = f'(z(k)) o (W^T delta(k+1)), eq. 49; dh is W^T delta(k+1).
                    W, mask = self.parameters[f"W{k + 1}"], masks.hidden[k]
                    delta = dh * self.activation.df(z[k][at], a[k][at])
                    if mask is not None:
                        delta *= mask[at]
                    gradients[f"b{k + 1}"] = delta.sum(axis=0)
                    if k:
                        gradients[f"W{k + 1}"] = delta.T @ h[k - 1][at]  # delta x^T, eq. 48
                        dh = delta @ W
                    else:
                        gradients["W1"], dE = self._back_over_windows(W, E, windows[at], delta)
            if masks.tokens is not None:
                dE *= masks.tokens
            gradients.update(self._table_gradients(rows, dE))
            return gradients

        return Forward(scores, z, backprop)

    def place_products(self, rows: Array, products: Array) -> None:
        """Write W_j e of tokens for every place j of the window into (places, tokens, units).

        rows: (tokens, tables). These are what :meth:`scores` adds up, so those of the first place
        hold the layer's bias too. As long as the parameters stay, they can be kept for tokens that
        come again.
        """
        self._multiply(self.token_vectors(rows), products)

    @property
    def first_units(self) -> int:
        """Units of the first layer."""
        return len(self.parameters["b1"]) if self.hidden_layers else self.parameters["U"].shape[1]

    def scores(self, products: Array, windows: Array) -> Array:
        """(windows, labels) scores without dropout; windows: (windows, 2C + 1) numbers of products."""
        return self._layers(added_up(products, windows), [None] * self.hidden_layers).scores

    def _multiply(self, E: Array, products: Array) -> None:
        """Write W_j e, and at the first place the bias with it, into (places, tokens, units)."""
        W = self.parameters["W1"] if self.hidden_layers else self.parameters["U"].T
        for W_j, products_j in zip(self._blocks(W, len(products)), products, strict=True):
            np.matmul(E, W_j.T, out=products_j)
        if self.hidden_layers:
            products[0] += self.parameters["b1"]

    def _layers(self, x: Array, masks: Sequence[Array | None]) -> Layers:
        """From the inputs of the first layer, (windows, n_1), to the scores, layer by layer."""
        z: list[Array] = []
        a: list[Array] = []
        h: list[Array] = []
        for k, mask in enumerate(masks, start=1):
            z.append(x if k == 1 else h[-1] @ self.parameters[f"W{k}"].T + self.parameters[f"b{k}"])
            a.append(self.activation.f(z[-1]))
            h.append(a[-1] if mask is None else a[-1] * mask)
        # Without a hidden layer the scores are f = W x (eq. 9), with W = U^T, and added up already.
        scores = h[-1] @ self.parameters["U"] if h else x
        if "c" in self.parameters:
            scores = scores + self.parameters["c"]
        return Layers(scores, z, a, h)

    def _blocks(self, W: Array, places: int) -> list[Array]:
        """W cut into one (units, D) block per place of the window."""
        if self.combine == "mean":
            return [W / places] * places
        return np.split(W, places, axis=1)

    def _back_over_windows(self, W: Array, E: Array, windows: Array, dz: Array) -> tuple[Array, Array]:
        """The gradients dW and dE from dz, (windows, units): rows on the same token are summed first."""
        places = windows.shape[1]
        dE = np.zeros_like(E)
        dW = np.zeros_like(W)
        dW_blocks = [dW] * places if self.combine == "mean" else np.split(dW, places, axis=1)
        for j, (W_j, dW_j) in enumerate(zip(self._blocks(W, places), dW_blocks, strict=True)):
            tokens, dz_j = grouped_sums(windows[:, j], dz)  # (distinct here, units)
            dW_j += dz_j.T @ E[tokens]
            dE[tokens] += dz_j @ W_j
        return (dW / places if self.combine == "mean" else dW), dE

    def _table_gradients(self, rows: Array, dE: Array) -> dict[str, Gradient]:
        """Cut dE at the tables and add up the tokens that share a row."""
        gradients: dict[str, Gradient] = {}
        start = 0
        for i, name in enumerate(self.tables):
            entries, dimension = self.parameters[f"L.{name}"].shape
            end = start + dimension
            if name not in self.frozen:
                keys, values = rows[:, i], dE[:, start:end]
                if name in self.fixed:
                    trained = keys < entries
                    keys, values = keys[trained], values[trained]
                gradients[f"L.{name}"] = RowGradient(*grouped_sums(keys, values))
            start = end
        return gradients


def added_up(products: Array, windows: Array) -> Array:
    """(windows, units): for every window the sum of its words' products, each at its place.

    products: (places, tokens, units); windows: (windows, places) numbers of tokens.
    """
    places = windows.T.astype(np.intp)  # (places, windows)
    total = products[0].take(places[0], axis=0)
    at_place = np.empty_like(total)
    for j in range(1, len(products)):
        total += products[j].take(places[j], axis=0, out=at_place, mode="clip")
    return total


def grouped_sums(keys: Array, values: Array) -> tuple[Array, Array]:
    """The distinct keys, the most frequent first, and for each the sum of its rows of values.

    keys: (n,) whole numbers; values: (n, width). Small keys come back as 16-bit numbers.

    The same as ``numpy.add.at``, several times as fast: words are distributed so that most keys
    occur once or twice and a few very often. So the first rows of all keys are copied, then the
    second rows added to the keys that have one, and so on; the few keys that are left then are
    summed one by one.
    """
    if not len(keys):
        return keys, values
    if keys.max() < 65536:
        keys = keys.astype(np.uint16)  # which numpy sorts by radix, ten times as fast
    order = keys.argsort(kind="stable")
    ordered = keys[order]
    bounds = np.ones(len(keys) + 1, dtype=bool)  # whether a key begins, or all end, at a place
    np.not_equal(ordered[1:], ordered[:-1], out=bounds[1:-1])
    places = bounds.nonzero()[0]
    counts = places[1:] - places[:-1]
    by_count = (-counts).argsort(kind="stable")
    starts, counts = places[by_count], counts[by_count]
    sums = values[order[starts]]  # (distinct, width)
    # reach[r - 1] keys have more than r rows.
    reach = (-counts).searchsorted(-np.arange(1, counts[0]))
    few = int(np.count_nonzero(reach > _FEW_KEYS))
    for r, n in enumerate(reach[:few], start=1):
        sums[:n] += values[order[starts[:n] + r]]
    if few < len(reach):
        for i in range(reach[few]):
            sums[i] += values[order[starts[i] + few + 1 : starts[i] + counts[i]]].sum(axis=0)
    return ordered[starts], sums
