"""One step of SGD on the max-margin loss, with every intermediate result (lecture 3, eq. 38-49).

All numbers are computed by the same scorer, loss and optimizer as in training.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.errors import ConfigError, DataError
from wincls.network.activations import Activation
from wincls.network.losses import MaxMargin, Pairs
from wincls.network.scorer import Scorer
from wincls.optim.optimizers import OPTIMIZERS, Optimizer
from wincls.tagger.explain import Text, WindowWord, in_float64, row_name, score_labels, window_scores
from wincls.tagger.tagger import Tagger


class TracedWindow(NamedTuple):
    """The forward and backward pass of a window. D is the length of a token vector.

    token: the index of its center in the text, from 0.
    words: (2C + 1,).
    rows: (2C + 1, tables) table rows.
    x: ((2C + 1) D,), or (D,) if windows are averaged.
    z, a: (units,) eq. 38 and 39.
    s: U^T a (eq. 41).
    df: (units,) f'(z).
    delta: (units,) dJ/ds f'(z) o U (eq. 49).
    dx: (2C + 1, D) W^T delta by position; divided by 2C + 1 if windows are averaged.
    """

    token: int
    words: list[WindowWord]
    rows: Array
    x: Array
    z: Array
    a: Array
    s: float
    df: Array
    delta: Array
    dx: Array


class RowStep(NamedTuple):
    """A row of a table L that the step changes (eq. 12).

    table, row: the name of the table and the number of the row.
    key: the key of the row, such as the word.
    positions, corrupted_positions: its positions in the true and in the corrupted window, from 0.
    before, gradient, after: (dimension,).
    """

    table: str
    row: int
    key: str
    positions: list[int]
    corrupted_positions: list[int]
    before: Array
    gradient: Array
    after: Array


class LayerParameters(NamedTuple):
    """W: (units, length of x); b: (units,); U: (units,) the column of the label."""

    W: Array
    b: Array
    U: Array


class Trace(NamedTuple):
    """A step of SGD on one true and one corrupted window.

    label: the label whose scores are compared.
    activation: f.
    averages: whether x is the mean of the token vectors of a window.
    true, corrupted: the windows.
    margin, rate: Delta and alpha.
    before: the parameters.
    J: max(0, Delta + s_c - s) (eq. 43).
    ds, ds_c: dJ/ds and dJ/ds_c (eq. 46); 0 if J is 0.
    gradients: dW = delta x^T + delta_c x_c^T (eq. 48), db = delta + delta_c, dU = -a + a_c.
    after: the parameters after the step theta - alpha dJ/dtheta (eq. 45).
    rows: the table rows that change, in the order of the windows.
    s_after, s_c_after, J_after: s, s_c and J after the step.
    """

    label: str
    activation: Activation
    averages: bool
    true: TracedWindow
    corrupted: TracedWindow
    margin: float
    rate: float
    before: LayerParameters
    J: float
    ds: float
    ds_c: float
    gradients: LayerParameters
    after: LayerParameters
    rows: list[RowStep]
    s_after: float
    s_c_after: float
    J_after: float


def trace(
    tagger: Tagger,
    sentences: Sequence[Sequence[str]],
    rate: float,
    margin: float = 1.0,
    token: int | None = None,
    label: str | None = None,
    corrupted: int | None = None,
    frozen: Collection[str] = (),
) -> Trace:
    """One step of SGD for the first ensemble member, without penalties or dropout.

    sentences: the tokenized text.
    rate: alpha.
    margin: Delta.
    token: the index of the center of the true window, from 0. None selects the token with the largest score
        of the label; it is never the center of the corrupted window.
    label: the label whose scores are compared. None selects the label with the largest score of the token, or
        of all tokens.
    corrupted: the index of the center of the corrupted window. None selects the other token with the largest
        score of the label.
    frozen: names of the tables that are not trained.

    Raises ConfigError for a network without exactly one hidden layer, DataError for a text of one token.
    """
    scorer = replace(in_float64(tagger.ensemble[0]), frozen=frozenset(frozen))
    if len(scorer.hidden) != 1 or "c" in scorer.parameters:
        raise ConfigError(
            f"--trace: the model has {len(scorer.hidden)} hidden layers"
            f"{' and an output bias' * ('c' in scorer.parameters)}; --trace shows one hidden layer without "
            "an output bias; train with model.hidden: [8] and loss: max_margin"
        )
    text = Text.of(tagger, sentences)
    if len(text.tokens) < 2:
        raise DataError(
            f"--trace: the text has {len(text.tokens)} token; the corrupted window is that of another token; "
            "give at least two words"
        )
    scores, labels = window_scores(scorer, text.rows, text.windows), score_labels(tagger)
    columns = slice(None) if label is None else [labels.index(label)]
    if token is None:
        best = scores[:, columns].max(axis=1)
        if corrupted is not None:
            best[corrupted] = -np.inf
        token = int(best.argmax())
    column = labels.index(label) if label is not None else int(scores[token].argmax())
    if corrupted is None:
        others = scores[:, column].copy()
        others[token] = -np.inf
        corrupted = int(others.argmax())
    return _trace_pair(tagger, scorer, text, (token, corrupted), column, rate, margin)


def _trace_pair(
    tagger: Tagger,
    scorer: Scorer,
    text: Text,
    centers: tuple[int, int],
    column: int,
    rate: float,
    margin: float,
) -> Trace:
    """The step for a pair of windows.

    centers: of the true and of the corrupted window.
    column: the column of the label in the scores.
    """
    size = text.windows.shape[1]
    rows = text.rows[text.windows[list(centers)].ravel()]  # (2 (2C + 1), tables), one row for each position
    windows = np.arange(2 * size).reshape(2, size)
    loss = MaxMargin(margin, corrupted=1)
    pair = Pairs(np.array([column]), np.array([0]), np.array([1]))

    forward = scorer.forward(rows, windows)
    value = loss(forward.scores, pair)
    gradients = forward.backprop(value.ds)
    moved = {name: array.copy() for name, array in scorer.parameters.items()}
    Optimizer(OPTIMIZERS["sgd"](), moved).step(gradients, rate)
    scores_after = replace(scorer, parameters=moved).forward(rows, windows).scores

    E, _ = scorer.embedding.forward(rows)  # (2 (2C + 1), D)
    _, backprop_window = scorer.window_layer.forward(E, windows)
    (z,) = forward.z
    a = scorer.activation.f(z)
    df = scorer.activation.df(z, a)
    averages = scorer.combine == "mean"
    traced = []
    for i, center in enumerate(centers):
        only = np.zeros_like(value.ds)
        only[i] = value.ds[i]
        delta = forward.backprop(only)["b1"]
        assert isinstance(delta, np.ndarray)
        vectors = E[windows[i]]  # (2C + 1, D)
        traced.append(
            TracedWindow(
                center,
                text.window_words(center, tagger.tables),
                rows[windows[i]],
                vectors.mean(axis=0) if averages else vectors.ravel(),
                z[i],
                a[i],
                float(forward.scores[i, column]),
                df[i],
                delta,
                backprop_window(delta[None], np.array([i])).dE[windows[i]],
            )
        )

    steps = []
    for number, table in enumerate(scorer.tables):
        if (g := gradients.get(f"L.{table}")) is None:
            continue
        L, L_after = scorer.parameters[f"L.{table}"], moved[f"L.{table}"]
        by_row = dict(zip(g.rows.tolist(), g.values, strict=True))  # type: ignore[union-attr]
        at = rows[:, number].reshape(2, size)
        for row in dict.fromkeys(at.ravel().tolist()):
            if row in by_row:
                key = row_name(tagger.tables, table, row)
                positions, in_corrupted = (np.flatnonzero(each == row).tolist() for each in at)
                g_row, after = by_row[row], L_after[row]
                steps.append(RowStep(table, row, key, positions, in_corrupted, L[row], g_row, after))

    def layer(of: Mapping[str, Any]) -> LayerParameters:
        return LayerParameters(of["W1"], of["b1"], of["U"][:, column])

    true, corrupted = traced
    return Trace(
        label=score_labels(tagger)[column],
        activation=scorer.activation,
        averages=averages,
        true=true,
        corrupted=corrupted,
        margin=margin,
        rate=rate,
        before=layer(scorer.parameters),
        J=value.value,
        ds=float(value.ds[0, column]),
        ds_c=float(value.ds[1, column]),
        gradients=layer(gradients),
        after=layer(moved),
        rows=steps,
        s_after=float(scores_after[0, column]),
        s_c_after=float(scores_after[1, column]),
        J_after=loss(scores_after, pair).value,
    )
