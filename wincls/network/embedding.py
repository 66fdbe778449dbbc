"""The embedding layer x = L e (lecture 3, eq. 12; Collobert et al. 2011, section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, sum_by_key
from wincls.network.gradients import RowGradient


class QuantizedRows(NamedTuple):
    """Table rows that are never trained, with one byte for each number: row i is scales[i] * codes[i].

    codes: (rows, dimension) int8.
    scales: (rows,) float32.
    """

    codes: Array
    scales: Array

    @classmethod
    def of(cls, matrix: Array) -> QuantizedRows:
        """Quantize a (rows, dimension) matrix; the largest absolute value of a row becomes 127 or -127."""
        largest = np.maximum(matrix.max(axis=1, initial=0), -matrix.min(axis=1, initial=0))
        scales = np.where(largest > 1e-30, largest / 127, 1).astype(np.float32)
        return cls(np.rint(matrix / scales[:, None]).astype(np.int8), scales)

    def take(self, rows: Array) -> Array:
        """(n, dimension) float32 vectors; rows: (n,) row numbers."""
        return self.codes[rows] * self.scales[rows, None]


class Embedding(NamedTuple):
    """Tables of token features. The vector of a token is the concatenation of one row of each table.

    tables: (entries, dimension) arrays by name, in the order of concatenation.
    frozen: names of the tables that get no gradient.
    quantized: by table name, additional rows, numbered after those of the table; they get no gradient.
    """

    tables: Mapping[str, Array]
    frozen: Collection[str] = ()
    quantized: Mapping[str, QuantizedRows] = {}

    @property
    def widths(self) -> list[int]:
        """The length of each table's vectors."""
        return [table.shape[1] for table in self.tables.values()]

    def forward(self, rows: Array) -> tuple[Array, Callable[[Array], dict[str, RowGradient]]]:
        """Return X, (tokens, D), and its backprop; rows: (tokens, tables) row numbers."""
        X = np.concatenate([self._look_up(name, rows[:, i]) for i, name in enumerate(self.tables)], axis=1)

        def backprop(dX: Array) -> dict[str, RowGradient]:
            """dL by table: dX, (tokens, D), is split by table, and tokens with the same row are added up."""
            gradients = {}
            parts = np.split(dX, np.cumsum(self.widths)[:-1], axis=1)  # each (tokens, dimension)
            for i, (name, dx) in enumerate(zip(self.tables, parts, strict=True)):
                if name in self.frozen:
                    continue
                keys = rows[:, i]
                if name in self.quantized:
                    trained = keys < len(self.tables[name])
                    keys, dx = keys[trained], dx[trained]
                gradients[name] = RowGradient(*sum_by_key(keys, dx))
            return gradients

        return X, backprop

    def _look_up(self, name: str, rows: Array) -> Array:
        table = self.tables[name]
        if name not in self.quantized:
            return table[rows]
        is_quantized = rows >= len(table)
        vectors = np.empty((len(rows), table.shape[1]), dtype=table.dtype)
        vectors[~is_quantized] = table[rows[~is_quantized]]
        vectors[is_quantized] = self.quantized[name].take(rows[is_quantized] - len(table))
        return vectors
