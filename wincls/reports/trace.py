"""A traced step of SGD as text and as a plain mapping.

Sums of many products (z, s, J) have three decimals, all other numbers four. So a result that a reader
computes from these numbers differs from the printed result by at most about one in the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wincls.arrays import Array
from wincls.network.activations import ACTIVATIONS
from wincls.options import name_of
from wincls.reports.explanation import PAD, window_cells
from wincls.tagger.explain import WindowWord
from wincls.tagger.trace import LayerParameters, Trace, TracedWindow
from wincls.visible import left, right, width_of

FORMULAS = {
    "sigmoid": ("1 / (1 + exp(-z))", "a (1 - a)", 54),
    "tanh": ("tanh z", "1 - a^2", 56),
    "hard_tanh": ("min(1, max(-1, z))", "1 for -1 <= z <= 1, else 0", 58),
    "softsign": ("z / (1 + |z|)", "1 / (1 + |z|)^2", 60),
    "relu": ("max(z, 0)", "1 for z > 0, else 0", 62),
    "leaky_relu": ("max(z, k z)", "1 for z > 0, else k", 64),
}
"""For each activation: f(z), f'(z), and the number of the equation of f'."""

_TITLE = 34  # width of the text before the hidden units
_MOST_UNITS, _SOME_UNITS = 8, 4
_MOST_INPUTS, _SOME_INPUTS = 20, 8
_INPUTS_IN_LINE = 10
_VECTOR = 4  # number of shown dimensions of a token vector
_WORD = 7  # width of a word in the columns of x


def trace_text(trace: Trace) -> str:
    """The step as text, in the lecture's notation and with its equation numbers."""
    parts = [_heading(trace), _forward(trace), _loss(trace)]
    if trace.J:
        parts += [_backward(trace), _weights(trace), _inputs(trace), _rows(trace), _after(trace)]
    return (
        "\n\n".join(parts)
        + "\nComputed from the numbers shown, a result may differ by one in its last digit.\n"
    )


def trace_record(trace: Trace) -> dict[str, Any]:
    """The step as plain values in full precision. Tokens and positions count from 1."""
    return {
        "label": trace.label,
        "activation": name_of(ACTIVATIONS, trace.activation),
        "margin": trace.margin,
        "rate": trace.rate,
        **_layer_record(trace.before, ""),
        "x": trace.true.x.tolist(),
        **_window_record(trace.true, ""),
        "x_c": trace.corrupted.x.tolist(),
        **_window_record(trace.corrupted, "_c"),
        "J": trace.J,
        "dJ/ds": trace.ds,
        "dJ/ds_c": trace.ds_c,
        **_layer_record(trace.gradients, "d"),
        "L": [
            {
                "table": step.table,
                "row": step.row,
                "key": step.key,
                "positions": [i + 1 for i in step.positions],
                "positions_c": [i + 1 for i in step.corrupted_positions],
                "before": step.before.tolist(),
                "gradient": step.gradient.tolist(),
                "after": step.after.tolist(),
            }
            for step in trace.rows
        ],
        "after": {
            **_layer_record(trace.after, ""),
            "s": trace.s_after,
            "s_c": trace.s_c_after,
            "J": trace.J_after,
        },
    }


def _layer_record(layer: LayerParameters, prefix: str) -> dict[str, Any]:
    return {f"{prefix}{name}": array.tolist() for name, array in layer._asdict().items()}


def _window_record(window: TracedWindow, suffix: str) -> dict[str, Any]:
    arrays = {"z": window.z, "a": window.a, "f'(z)": window.df, "delta": window.delta, "dx": window.dx}
    return {
        f"token{suffix}": window.token + 1,
        f"window{suffix}": [word._asdict() for word in window.words],
        f"s{suffix}": window.s,
        **{f"{name}{suffix}": array.tolist() for name, array in arrays.items()},
    }


def _heading(trace: Trace) -> str:
    units, width = trace.before.W.shape
    f, df, equation = FORMULAS[name_of(ACTIVATIONS, trace.activation)]
    cells = [window_cells(window.words) for window in (trace.true, trace.corrupted)]
    widths = [max(map(width_of, column)) for column in zip(*cells, strict=True)]
    aligned = ["  ".join(right(cell, n) for cell, n in zip(row, widths, strict=True)) for row in cells]
    mean = "\nx is the mean of the vectors of a window." * trace.averages
    return (
        f"One step of SGD for {trace.label}: {width} inputs -> {units} hidden units -> 1 score\n"
        f"f(z) = {f}, f'(z) = {df}     (eq. {equation})\n"
        f"x    true window       {aligned[0]}   token {trace.true.token + 1}\n"
        f"x_c  corrupted window  {aligned[1]}   token {trace.corrupted.token + 1}{mean}"
    )


def _forward(trace: Trace) -> str:
    true, corrupted, layer = trace.true, trace.corrupted, trace.before
    n_units, n_inputs = layer.W.shape
    names = [f"{f'W_{j}i':>8}" for j in range(1, n_units + 1)]
    lines = [f" i {'':{_WORD}}{'x_i':>8} {'':{_WORD}}{'x_c,i':>8}{_cut(names, _MOST_UNITS, _SOME_UNITS)}"]
    shown_inputs = n_inputs if n_inputs <= _MOST_INPUTS else _SOME_INPUTS
    dimension = true.dx.shape[1]
    for i in range(shown_inputs):
        position = None if trace.averages or i % dimension else i // dimension
        x, x_c = (_word(window, position) + _cell(window.x[i]) for window in (true, corrupted))
        lines.append(_line(f"{i + 1:>2} {x} {x_c}", layer.W[:, i]))
    if shown_inputs < n_inputs:
        lines.append(f"... ({n_inputs} inputs; W is {n_units} x {n_inputs})")
    lines += [
        _line("b", layer.b),
        _line("U", layer.U),
        _line("z   = W x + b         (eq. 38)", true.z, 3),
        _line("z_c = W x_c + b", corrupted.z, 3),
        _line("a   = f(z)            (eq. 39)", true.a),
        _line("a_c = f(z_c)", corrupted.a),
    ]
    return "\n".join(lines)


def _loss(trace: Trace) -> str:
    s, s_c = trace.true.s, trace.corrupted.s
    margin = f"{trace.margin:g} {_signed(s_c, 3)} {_signed(-s, 3)}"
    lines = [
        f"s = U^T a = {s:.3f}     s_c = U^T a_c = {s_c:.3f}     (eq. 41)",
        f"J = max(0, Delta + s_c - s) = max(0, {margin}) = {trace.J:.3f}     (eq. 43)",
    ]
    if trace.J:
        lines.append(f"dJ/ds = {trace.ds:g}     dJ/ds_c = {trace.ds_c:g}     (eq. 46)")
    else:
        lines.append(
            "J = 0, nothing moves: s exceeds s_c by at least Delta, so every gradient is 0."
            "\nChoose other windows with --token and --corrupted, or a larger --margin."
        )
    return "\n".join(lines)


def _backward(trace: Trace) -> str:
    true, corrupted = trace.true, trace.corrupted
    return "\n".join(
        [
            _line("f'(z)", true.df),
            _line("f'(z_c)", corrupted.df),
            _line("delta   = -f'(z) o U  (eq. 49)", true.delta),
            _line("delta_c = f'(z_c) o U", corrupted.delta),
            _line("dU = -a + a_c", trace.gradients.U),
            _line("db = delta + delta_c", trace.gradients.b),
            _line(f"U - {trace.rate:g} dU".ljust(22) + "(eq. 45)", trace.after.U),
            _line(f"b - {trace.rate:g} db", trace.after.b),
        ]
    )


def _weights(trace: Trace) -> str:
    """The row of W for the first unit, with W_14 as in the lecture's example."""
    i = min(4, len(trace.true.x)) - 1
    before, dW, after = (layer.W[0] for layer in (trace.before, trace.gradients, trace.after))
    products = [f"{w.delta[0]:.4f} * {w.x[i]:.4f}" for w in (trace.true, trace.corrupted)]
    lines = [
        "dW = delta x^T + delta_c x_c^T     (eq. 48); the row of unit 1:",
        f"dW_1{i + 1} = delta_1 x_{i + 1} + delta_c,1 x_c,{i + 1} = {' + '.join(products)} = {dW[i]:.4f}",
        f"W_1{i + 1} - {trace.rate:g} dW_1{i + 1} = {before[i]:.4f} {_signed(-trace.rate * dW[i], 4)} "
        f"= {after[i]:.4f}",
    ]
    n = len(dW) if len(dW) <= _MOST_INPUTS else _SOME_INPUTS
    for name, array in (("dW_1i", dW), ("W_1i after", after)):
        for start in range(0, n, _INPUTS_IN_LINE):
            stop = min(start + _INPUTS_IN_LINE, n)
            more = " ..." * (stop == n < len(dW))
            title = f"{name}, i = {start + 1} to {stop}"
            lines.append(f"{title:<24}{''.join(map(_cell, array[start:stop]))}{more}")
    return "\n".join(lines)


def _inputs(trace: Trace) -> str:
    """The gradients of the token vectors of both windows, by position."""
    mean = f" / {len(trace.true.words)}" * trace.averages
    rows = [("   dx = W^T delta" + mean, "dx_c = W^T delta_c" + mean)]
    for j in range(len(trace.true.words)):
        true, corrupted = (_word(w, j) + _vector(w.dx[j]) for w in (trace.true, trace.corrupted))
        rows.append((f"{j + 1:>2} {true}", corrupted))
    width = max(width_of(true) for true, _ in rows)
    return "\n".join(f"{left(true, width)}     {corrupted}" for true, corrupted in rows)


def _rows(trace: Trace) -> str:
    """The changed rows of the first table, with the positions whose gradients are added up."""
    if not trace.rows:
        return "The tables are frozen: no row of L moves."
    table = trace.rows[0].table
    steps = [step for step in trace.rows if step.table == table]
    others = dict.fromkeys(step.table for step in trace.rows if step.table != table)
    rows = [[f"row of L ({table})", " dL     (eq. 12)", f" L - {trace.rate:g} dL", "where dL is"]]
    for step in steps:
        at = [f"dx_{i + 1}" for i in step.positions]
        at += [f"dx_c,{i + 1}" for i in step.corrupted_positions]
        vectors = map(_vector, (step.gradient, step.after))
        rows.append([f"{step.row} {step.key}", *vectors, " + ".join(at)])
    lines = columns(rows)
    if others:
        lines.append(f"The same for the tables {', '.join(others)} (--json has them).")
    return "\n".join(lines)


def _after(trace: Trace) -> str:
    s, s_c = trace.s_after, trace.s_c_after
    margin = f"{trace.margin:g} {_signed(s_c, 3)} {_signed(-s, 3)}"
    return f"After the step: s = {s:.3f}, s_c = {s_c:.3f}, J = max(0, {margin}) = {trace.J_after:.3f}"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of left-aligned cells."""
    widths = [max(map(width_of, cells)) for cells in zip(*rows, strict=True)]
    return ["  ".join(map(left, row, widths)).rstrip() for row in rows]


def _line(title: str, values: Array, digits: int = 4) -> str:
    """A title, and a number for each hidden unit."""
    return f"{title:<{_TITLE}}" + _cut([_cell(value, digits) for value in values], _MOST_UNITS, _SOME_UNITS)


def _vector(values: Array) -> str:
    return _cut([_cell(value) for value in values], _VECTOR, _VECTOR)


def _cut(cells: Sequence[str], most: int, some: int) -> str:
    """All cells or, if there are more than `most`, the first `some` and dots."""
    return "".join(cells) if len(cells) <= most else f"{''.join(cells[:some])} ..."


def _cell(value: float, digits: int = 4) -> str:
    return f" {round(value, digits) + 0.0:>7.{digits}f}"  # no -0.0000


def _signed(value: float, digits: int) -> str:
    return f"{'-' if value < 0 else '+'} {abs(value):.{digits}f}"


def _word(window: TracedWindow, position: int | None) -> str:
    """The word at a position, cut to the width of the column; spaces for None."""
    word = WindowWord("", False) if position is None else window.words[position]
    return left(PAD if word.token is None else _start(word.token, _WORD), _WORD)


def _start(text: str, most: int) -> str:
    """The first characters of a text that fit into so many columns."""
    while width_of(text) > most:
        text = text[:-1]
    return text
