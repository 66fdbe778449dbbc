"""Backpropagation element by element (lecture 3, section 1.5).

:func:`forward` and its backprop compute the same as Scorer.forward and its backprop, one number at a time:
eq. 46 and 47, the eight steps of error sharing, and the step from delta^(k) to delta^(k-1). Training uses
the matrix form, eq. 48 and 49, which is in dense.py, window.py, embedding.py and scorer.py.

Layers are numbered as in the lecture. Layer 1 is the input, a^(1) = x. Layers 2 to K - 1 are hidden,
a^(k) = f(z^(k)). Layer K is the output, a^(K) = z^(K) = s. W^(k) and b^(k) map a^(k) to z^(k+1),
and W^(K-1) is U^T. In the code z[k][j] is z_j^(k); k counts from 1, i and j count from 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.activations import Activation
from wincls.network.dropout import Dropout
from wincls.network.gradients import Gradient, RowGradient
from wincls.network.scorer import Forward, Scorer

Vector = list[float]
Matrix = list[Vector]


class Weights(NamedTuple):
    """W[k][i][j] is the weight from a_j^(k) to z_i^(k+1), and b[k][i] its bias; also used for gradients."""

    W: dict[int, Matrix]
    b: dict[int, Vector]


class Pass(NamedTuple):
    """The layers for one window: z[k], a[k], and the dropout factors m[k] in a = f(z) m."""

    z: dict[int, Vector]
    a: dict[int, Vector]
    m: dict[int, Vector]


def forward_window(weights: Weights, x: Vector, m: dict[int, Vector], f: Activation) -> Pass:
    """z_i^(k+1) = b_i^(k) + sum_j W_ij^(k) a_j^(k) and a_i^(k+1) = f(z_i^(k+1)) (eq. 14 and 47).

    x: the window; m: dropout factors of each hidden layer.
    """
    z, a = {1: x}, {1: x}
    for k, W in weights.W.items():
        z[k + 1] = [
            b_i + sum(W_ij * a_j for W_ij, a_j in zip(W_i, a[k], strict=True))
            for W_i, b_i in zip(W, weights.b[k], strict=True)
        ]
        if k + 1 in m:
            a[k + 1] = [_f(f, z_i) * m_i for z_i, m_i in zip(z[k + 1], m[k + 1], strict=True)]
        else:
            a[k + 1] = z[k + 1]  # the scores: no f at the output
    return Pass(z, a, m)


def backprop_window(weights: Weights, done: Pass, ds: Vector, f: Activation, d: Weights) -> Vector:
    """Add the gradients of W and b for one window to d, and return dx.

    done: the forward pass.
    ds: dJ/ds, the error of the scores.

    For max-margin ds is -1 for the true window and 1 for the corrupted one (eq. 46).
    """
    delta = ds  # Steps 1 and 2: the error at s, times the local gradient of the output, which is 1.
    for k in reversed(weights.W):  # delta is delta^(k+1)
        W, dW, db = weights.W[k], d.W[k], d.b[k]
        error = [0.0] * len(done.a[k])
        for i, delta_i in enumerate(delta):
            db[i] += delta_i  # a bias is a weight whose input is always 1
            for j, a_j in enumerate(done.a[k]):
                # Steps 3 and 4: a_j^(k) gets a share of the error of each z_i^(k+1), which is multiplied by
                # the weight between them. A unit with several outputs adds up their shares.
                error[j] += delta_i * W[i][j]
                # Steps 7 and 8: the gradient of a weight is the error above it times its input (eq. 47).
                dW[i][j] += delta_i * a_j
        if k > 1:
            # Steps 5 and 6: delta_j^(k) = f'(z_j^(k)) sum_i delta_i^(k+1) W_ij^(k). (Before eq. 49,
            # corrected: the left side is delta_j, not delta_i.)
            delta = [
                _df(f, z_j) * m_j * error_j
                for z_j, m_j, error_j in zip(done.z[k], done.m[k], error, strict=True)
            ]
    return error  # x = a^(1) = z^(1): the input layer has no f


def forward(scorer: Scorer, rows: Array, windows: Array, dropout: Dropout | None = None) -> Forward:
    """Score windows one by one, with the arguments and results of Scorer.forward.

    rows: (distinct, tables) table rows of the distinct tokens of the batch.
    windows: (windows, 2C + 1) indices of distinct tokens.
    """
    weights, f, mean = _weights(scorer.parameters), scorer.activation, scorer.combine == "mean"
    masks = dropout or Dropout(None, [None] * len(scorer.hidden))
    vectors, _ = scorer.embedding.forward(rows)  # x = Le (eq. 12)
    m_tokens = np.ones_like(vectors) if masks.tokens is None else masks.tokens
    E = (vectors * m_tokens).tolist()
    passes = []
    for w, window in enumerate(windows.tolist()):
        if mean:
            x = [sum(numbers) / len(window) for numbers in zip(*(E[t] for t in window), strict=True)]
        else:
            x = [e_j for t in window for e_j in E[t]]
        m = {
            k: [1.0] * units if mask is None else mask[w].tolist()
            for k, (units, mask) in enumerate(zip(scorer.hidden, masks.hidden, strict=True), start=2)
        }
        passes.append(forward_window(weights, x, m, f))

    def backprop(ds: Array) -> dict[str, Gradient]:
        d = _weights({name: np.zeros_like(theta) for name, theta in scorer.parameters.items()})
        dL = _zero_rows(scorer, rows)
        columns = [(i, c) for i, width in enumerate(scorer.embedding.widths) for c in range(width)]
        for window, done, ds_w in zip(windows.tolist(), passes, ds.tolist(), strict=True):
            if not any(ds_w):
                continue  # no error, so all its gradients are 0
            dx = backprop_window(weights, done, ds_w, f, d)
            # x consists of rows of L (eq. 12): the error of each x_j is added to its number in L.
            for position, t in enumerate(window):
                for j, (i, column) in enumerate(columns):
                    dx_j = dx[j] / len(window) if mean else dx[position * len(columns) + j]
                    if rows[t, i] in dL[i]:
                        dL[i][rows[t, i]][column] += dx_j * float(m_tokens[t, j])
        return _named(scorer, d, dL)

    K = len(weights.W) + 1
    z = [np.array([done.z[k] for done in passes]) for k in range(2, K)]
    return Forward(np.array([done.a[K] for done in passes]), z, backprop)


def _f(f: Activation, z: float) -> float:
    return float(f.f(np.array(z)))


def _df(f: Activation, z: float) -> float:
    return float(f.df(np.array(z), np.array(_f(f, z))))


def _weights(p: dict[str, Array]) -> Weights:
    """W1, b1, W2, b2, ... and, as the last layer, U^T and c (0 without an output bias)."""
    last = sum(name[0] == "b" for name in p) + 1
    W = {k: p[f"W{k}"].tolist() for k in range(1, last)} | {last: p["U"].T.tolist()}
    b = {k: p[f"b{k}"].tolist() for k in range(1, last)}
    return Weights(W, b | {last: p["c"].tolist() if "c" in p else [0.0] * p["U"].shape[1]})


def _zero_rows(scorer: Scorer, rows: Array) -> list[dict[int, Vector]]:
    """Zeros for the rows of each table that the batch uses, without the quantized rows."""
    dL: list[dict[int, Vector]] = []
    for table, column, width in zip(scorer.tables, rows.T.tolist(), scorer.embedding.widths, strict=True):
        n_trained = len(scorer.parameters[f"L.{table}"])
        dL.append({row: [0.0] * width for row in column if row < n_trained})
    return dL


def _named(scorer: Scorer, d: Weights, dL: list[dict[int, Vector]]) -> dict[str, Gradient]:
    """The gradients by parameter name."""
    *hidden, last = d.W
    gradients: dict[str, Gradient] = {"U": np.array(d.W[last]).T}
    if "c" in scorer.parameters:
        gradients["c"] = np.array(d.b[last])
    for k in hidden:
        gradients |= {f"W{k}": np.array(d.W[k]), f"b{k}": np.array(d.b[k])}
    for table, width, dL_i in zip(scorer.tables, scorer.embedding.widths, dL, strict=True):
        if table not in scorer.frozen:
            values = np.array(list(dL_i.values())).reshape(-1, width)
            gradients[f"L.{table}"] = RowGradient(np.array(list(dL_i), dtype=np.intp), values)
    return gradients
