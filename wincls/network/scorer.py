"""The scorer s = U^T f(W x + b) over windows of words (lecture 3, eq. 12-16 and 34-49).

These are the parameters by name. D is the length of a token vector, C the number of neighbors on each side,
and n_k the number of units of hidden layer k:

    L.<table>   (entries, dimension)         a table of token features (embedding.py)
    W1, b1      (n_1, (2C + 1) D), (n_1,)    first hidden layer (window.py); W1 is (n_1, D) if windows
                                             are averaged
    W2, b2 ...  (n_2, n_1), (n_2,)           more hidden layers, if any (dense.py)
    U           (n_last, scores)             output; with no hidden layer (window length, scores)
    c           (scores,)                    output bias, if the loss wants one
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.activations import Activation
from wincls.network.dense import Dense, activate
from wincls.network.dropout import Dropout, dropout_mask
from wincls.network.embedding import Embedding, QuantizedRows
from wincls.network.gradients import Gradient
from wincls.network.window import WindowLayer, sum_windows


class Forward(NamedTuple):
    """A forward pass.

    scores: (windows, scores).
    z: (windows, n_k) inputs of f, for each hidden layer k.
    backprop: maps dJ/dscores, (windows, labels), to the gradients by parameter name.
    """

    scores: Array
    z: list[Array]
    backprop: Callable[[Array], dict[str, Gradient]]


@dataclass(frozen=True)
class Scorer:
    """The network: parameters and architecture.

    parameters: arrays by name, see above.
    tables: names of the token tables, in the order of concatenation.
    activation: f of the hidden layers.
    combine: how the token vectors of a window are combined, "concatenate" or "mean".
    frozen: names of the tables that get no gradient.
    quantized: see Embedding; several scorers can share it.
    """

    parameters: dict[str, Array]
    tables: tuple[str, ...]
    activation: Activation
    combine: str = "concatenate"
    frozen: frozenset[str] = frozenset()
    quantized: Mapping[str, QuantizedRows] = field(default_factory=dict)

    @property
    def hidden(self) -> list[int]:
        """The number of units of each hidden layer."""
        return [len(array) for name, array in self.parameters.items() if name.startswith("b")]

    @property
    def first_units(self) -> int:
        """The number of units of the first layer. Without a hidden layer, this is the output layer."""
        return self.hidden[0] if self.hidden else self.n_scores

    @property
    def n_scores(self) -> int:
        """Scores of a window: one for every label and, if the loss wants it, for O."""
        return self.parameters["U"].shape[1]

    @property
    def trained(self) -> list[str]:
        """Names of the parameters that get a gradient: all but frozen tables."""
        frozen = {f"L.{table}" for table in self.frozen}
        return [name for name in self.parameters if name not in frozen]

    @property
    def matrices(self) -> list[str]:
        """Names of the weight matrices: W1, W2, ... and U."""
        return [name for name in self.parameters if name[0] in "WU"]

    @property
    def biases(self) -> list[str]:
        """Names of the biases: b1, b2, ... and c."""
        return [name for name in self.parameters if name[0] in "bc"]

    @property
    def weights(self) -> list[str]:
        """Names of the trained tables and weight matrices, without biases."""
        biases = self.biases
        return [name for name in self.trained if name not in biases]

    @property
    def fan_ins(self) -> dict[str, int]:
        """By parameter, how many inputs a unit of its layer has; none for tables, whose input is one-hot."""
        fan_ins = {}
        for k in range(1, len(self.hidden) + 1):
            fan_ins[f"W{k}"] = fan_ins[f"b{k}"] = self.parameters[f"W{k}"].shape[1]
        output = [name for name in ("U", "c") if name in self.parameters]
        return fan_ins | dict.fromkeys(output, len(self.parameters["U"]))

    @property
    def embedding(self) -> Embedding:
        tables = {name: self.parameters[f"L.{name}"] for name in self.tables}
        return Embedding(tables, self.frozen, self.quantized)

    @property
    def window_layer(self) -> WindowLayer:
        """The first layer. Without a hidden layer the scores are f = W x (eq. 9), with W = U^T."""
        if self.hidden:
            return WindowLayer(self.parameters["W1"], self.parameters["b1"], self.combine)
        return WindowLayer(self.parameters["U"].T, self.parameters.get("c"), self.combine)

    def dense_layers(self) -> list[Dense]:
        """The layers after the first: W2, W3, ... and the output U."""
        if not self.hidden:
            return []
        numbers = range(2, len(self.hidden) + 1)
        layers = [Dense(self.parameters[f"W{k}"], self.parameters[f"b{k}"]) for k in numbers]
        return [*layers, Dense(self.parameters["U"].T, self.parameters.get("c"))]

    def forward(self, rows: Array, windows: Array, dropout: Dropout | None = None) -> Forward:
        """Score windows, and keep what backpropagation needs.

        rows: (distinct, tables) table rows of the distinct tokens of the batch.
        windows: (windows, 2C + 1) indices of distinct tokens.
        dropout: the masks of the batch; None for no dropout.
        """
        masks = dropout or Dropout(None, [None] * len(self.hidden))
        E, backprop_embedding = self.embedding.forward(rows)  # (distinct, D)
        if masks.tokens is not None:
            E *= masks.tokens
        x, backprop_window = self.window_layer.forward(E, windows)  # (windows, n_1)
        z, steps = [], []
        for dense, mask in zip(self.dense_layers(), masks.hidden, strict=True):
            z.append(x)
            h, backprop_f = activate(self.activation, x, mask)  # (windows, n_k)
            x, backprop_dense = dense.forward(h)  # (windows, n_k+1)
            steps.append((backprop_f, backprop_dense))

        def backprop(ds: Array) -> dict[str, Gradient]:
            # A window whose scores all have gradient 0, as most have that keep the margin, adds
            # nothing to any sum below, so only the others are looked at.
            at = np.flatnonzero(ds.any(axis=1))
            delta = ds[at]
            found: list[tuple[Array, Array | None]] = []  # dW and db, from the output down
            for backprop_f, backprop_dense in reversed(steps):
                dW, db, dh = backprop_dense(delta, at)
                delta = backprop_f(dh, at)
                found.append((dW, db))
            dW, db, dE = backprop_window(delta, at)
            found.append((dW, db))
            if masks.tokens is not None:
                dE *= masks.tokens
            return self._named(found) | {f"L.{name}": g for name, g in backprop_embedding(dE).items()}

        return Forward(x, z, backprop)

    def _named(self, found: list[tuple[Array, Array | None]]) -> dict[str, Gradient]:
        """Gradients of the layers, from the output down, by parameter name."""
        (dUT, dc), *hidden = found
        gradients: dict[str, Gradient] = {"U": dUT.T}
        if dc is not None:
            gradients["c"] = dc
        for k, (dW, db) in zip(range(len(hidden), 0, -1), hidden, strict=True):
            assert db is not None
            gradients |= {f"W{k}": dW, f"b{k}": db}
        return gradients

    def project_tokens(self, rows: Array, out: Array) -> None:
        """Write the first layer's projections of tokens into `out`.

        The projections stay valid until the parameters change.

        rows: (tokens, tables) table rows.
        out: (2C + 1, tokens, first_units).
        """
        E, _ = self.embedding.forward(rows)
        self.window_layer.project_tokens(E, out)

    def scores(self, projections: Array, windows: Array) -> Array:
        """(windows, scores) without dropout; windows: (windows, 2C + 1) indices of projections."""
        x = sum_windows(projections, windows)
        for dense in self.dense_layers():
            h, _ = activate(self.activation, x, None)
            x, _ = dense.forward(h)
        return x

    def draw_dropout(
        self, distinct: int, windows: int, input_rate: float, hidden_rate: float, rng: np.random.Generator
    ) -> Dropout:
        """Random masks for a batch.

        distinct, windows: the number of distinct tokens and of windows.
        input_rate, hidden_rate: dropout rates of token vectors and of hidden units.
        """
        dtype = self.parameters["U"].dtype
        return Dropout(
            dropout_mask(rng, (distinct, sum(self.embedding.widths)), input_rate, dtype),
            [dropout_mask(rng, (windows, units), hidden_rate, dtype) for units in self.hidden],
        )
