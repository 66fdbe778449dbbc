from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wincls.arrays import Array
from wincls.errors import ConfigError, DataError
from wincls.features.vocabulary import PADDING
from wincls.network.activations import ReLU, Sigmoid, Tanh
from wincls.tagger.tagger import Tagger
from wincls.tagger.trace import Trace, trace

MakeTagger = Callable[..., Tagger]

WORDS = ["Paris", "of", "xyz", "of", "Texas"]
KINDS = [
    {"activation": Sigmoid()},
    {"activation": Tanh(), "ensemble": 2, "window": 2},
    {"activation": Sigmoid(), "combine": "mean"},
    {"activation": ReLU(), "pretrained": ("xyz",)},
]
DERIVATIVES = {
    Sigmoid: (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    Tanh: (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    ReLU: (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
}


def table_rows(tagger: Tagger, center: int) -> Array:
    around = range(center - tagger.window, center + tagger.window + 1)
    padding = [PADDING] * len(tagger.tables.names)
    return np.array([tagger.tables.rows([WORDS[i]])[0] if 0 <= i < len(WORDS) else padding for i in around])


def vectors_of(tagger: Tagger, tables: dict[str, Array], rows: Array) -> Array:
    """(2C + 1, D)"""

    def vector(name: str, row: int) -> Array:
        table = tables[name]
        return (
            table[row]
            if row < len(table)
            else tagger.ensemble[0].quantized[name].take(np.array([row - len(table)]))[0]
        )

    return np.array([np.concatenate(list(map(vector, tagger.tables.names, each))) for each in rows])


def violating_trace(tagger: Tagger, rate: float = 0.25, **options: object) -> Trace:
    """The step for a pair of windows that is inside the margin."""
    pairs = [(i, j) for i in range(len(WORDS)) for j in range(len(WORDS)) if i != j]
    steps = (trace(tagger, [WORDS], rate, 1.5, i, "B-PER", j, **options) for i, j in pairs)
    return next(step for step in steps if step.J > 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_that_of_plain_numpy(kind: dict, make_tagger: MakeTagger) -> None:
    """Every line of the lecture for one true and one corrupted window, without the package's network."""
    tagger = make_tagger("BIO", **kind)
    step = violating_trace(tagger)
    column = ["B-LOC", "I-LOC", "B-PER", "I-PER"].index("B-PER")
    parameters = {name: array.astype(float) for name, array in tagger.ensemble[0].parameters.items()}
    W, b, U = parameters["W1"], parameters["b1"], parameters["U"][:, column]
    tables = {name: parameters[f"L.{name}"] for name in tagger.tables.names}
    f, df = DERIVATIVES[type(kind["activation"])]
    mean = kind.get("combine") == "mean"

    def forward(window: Array) -> tuple[Array, Array, Array, float]:
        vectors = vectors_of(tagger, tables, window)
        x = vectors.mean(axis=0) if mean else vectors.ravel()
        z = W @ x + b  # eq. 38
        a = f(z)  # eq. 39
        return x, z, a, U @ a  # eq. 41

    rows, rows_c = (table_rows(tagger, each.token) for each in (step.true, step.corrupted))
    x, z, a, s = forward(rows)
    x_c, z_c, a_c, s_c = forward(rows_c)
    delta, delta_c = -df(z) * U, df(z_c) * U  # eq. 46 and 49
    dx, dx_c = W.T @ delta, W.T @ delta_c
    size = len(rows)
    blocks, blocks_c = (
        np.tile(each / size, (size, 1)) if mean else each.reshape(size, -1) for each in (dx, dx_c)
    )
    for found, expected in (
        (step.true, (x, z, a, s, df(z), delta, blocks)),
        (step.corrupted, (x_c, z_c, a_c, s_c, df(z_c), delta_c, blocks_c)),
    ):
        for one, other in zip(found[3:], expected, strict=True):
            assert np.shape(one) == np.shape(other)
            assert np.allclose(one, other, atol=1e-12)
    assert max(0, 1.5 + s_c - s) == pytest.approx(step.J)
    assert (step.ds, step.ds_c, step.label) == (-1, 1, "B-PER")
    dW = np.outer(delta, x) + np.outer(delta_c, x_c)  # eq. 48
    for found, expected in zip(step.gradients, (dW, delta + delta_c, a_c - a), strict=True):
        assert np.allclose(found, expected, atol=1e-12)

    W, b, U = W - 0.25 * dW, b - 0.25 * (delta + delta_c), U - 0.25 * (a_c - a)  # eq. 45
    before = {name: table.copy() for name, table in tables.items()}
    moved = set()
    for its_rows, its_blocks in ((rows, blocks), (rows_c, blocks_c)):
        for token, block in zip(its_rows, its_blocks, strict=True):
            for name, row, part in zip(tables, token, np.split(block, len(tables)), strict=True):
                if row < len(tables[name]):  # the others are not trained
                    tables[name][row] -= 0.25 * part
                    moved.add((name, int(row)))
    for found, expected in zip(step.after, (W, b, U), strict=True):
        assert np.allclose(found, expected, atol=1e-12)
    assert {(each.table, each.row) for each in step.rows} == moved
    for each in step.rows:
        assert np.allclose(each.before, before[each.table][each.row])
        assert np.allclose(each.after, tables[each.table][each.row])
        assert np.allclose(each.before - 0.25 * each.gradient, each.after)
        column = list(tables).index(each.table)
        assert each.positions == np.flatnonzero(rows[:, column] == each.row).tolist()
        assert each.corrupted_positions == np.flatnonzero(rows_c[:, column] == each.row).tolist()
    s, s_c = forward(rows)[-1], forward(rows_c)[-1]
    assert (step.s_after, step.s_c_after) == (pytest.approx(s), pytest.approx(s_c))
    assert step.J_after == pytest.approx(max(0, 1.5 + s_c - s))


def test_a_step_leaves_the_tagger_as_it_was(make_tagger: MakeTagger) -> None:
    tagger, untouched = make_tagger("BIO"), make_tagger("BIO")
    violating_trace(tagger)
    for name, array in tagger.ensemble[0].parameters.items():
        assert np.array_equal(array, untouched.ensemble[0].parameters[name])


def test_a_frozen_table_does_not_move(make_tagger: MakeTagger) -> None:
    tagger = make_tagger("BIO")
    assert {each.table for each in violating_trace(tagger).rows} == {"word", "caps", "suffix1"}
    assert {each.table for each in violating_trace(tagger, frozen=["word"]).rows} == {"caps", "suffix1"}


def test_outside_the_margin_nothing_moves(make_tagger: MakeTagger) -> None:
    step = trace(make_tagger("BIO", activation=Tanh()), [WORDS], 0.25, 1e-6)
    assert (step.J, step.ds, step.ds_c) == (0, 0, 0)
    assert not any(each.any() for each in (*step.gradients, step.true.delta, step.corrupted.dx))
    for one, other in zip(step.before, step.after, strict=True):
        assert np.array_equal(one, other)
    assert (step.s_after, step.s_c_after, step.J_after) == (step.true.s, step.corrupted.s, 0)


def test_by_default_the_two_largest_scores_are_compared(make_tagger: MakeTagger) -> None:
    tagger = make_tagger("IO", ensemble=2, activation=Sigmoid())
    s = np.array(
        [
            [trace(tagger, [WORDS], 0.1, token=i, label=label).true.s for label in ("I-LOC", "I-PER")]
            for i in range(len(WORDS))
        ]
    )
    step = trace(tagger, [WORDS], 0.1)
    token, column = np.unravel_index(s.argmax(), s.shape)
    assert (step.true.token, step.label) == (token, ("I-LOC", "I-PER")[column])
    assert step.corrupted.token == np.argsort(s[:, column])[-2]
    for column, label in enumerate(("I-LOC", "I-PER")):
        order = np.argsort(s[:, column])[::-1].tolist()
        step = trace(tagger, [WORDS], 0.1, label=label)
        assert [step.true.token, step.corrupted.token] == order[:2]
        step = trace(tagger, [WORDS], 0.1, label=label, corrupted=order[0])
        assert [step.true.token, step.corrupted.token] == [order[1], order[0]]
    for token in range(len(WORDS)):
        assert trace(tagger, [WORDS], 0.1, token=token).label == ("I-LOC", "I-PER")[s[token].argmax()]


@pytest.mark.parametrize("kind", [{"hidden": ()}, {"hidden": (4, 3)}, {"classifies": True}])
def test_another_network_than_the_lectures_is_refused(kind: dict, make_tagger: MakeTagger) -> None:
    with pytest.raises(ConfigError, match=r"--trace shows one hidden layer without an output bias"):
        trace(make_tagger(**kind), [WORDS], 0.1)


def test_a_text_of_one_token_has_no_corrupted_window(make_tagger: MakeTagger) -> None:
    with pytest.raises(DataError, match="the text has 1 token; the corrupted window is that of another"):
        trace(make_tagger(), [["Paris"]], 0.1)
