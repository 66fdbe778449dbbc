"""Each layer against a plain loop, forward and backprop, and its gradients against centered differences."""

import numpy as np
import pytest

from wincls.network.activations import SoftSign
from wincls.network.dense import Dense, activate
from wincls.network.embedding import Embedding, QuantizedRows
from wincls.network.gradients import RowGradient, dense
from wincls.network.window import COMBINE, WindowLayer, sum_windows


def numeric_gradient(value, theta, step=1e-6):
    """Centered differences of value(), which reads theta."""
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        before = theta[index]
        theta[index] = before + step
        right = value()
        theta[index] = before - step
        left = value()
        theta[index] = before
        gradient[index] = (right - left) / (2 * step)
    return gradient


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def assert_numeric(found, value, theta):
    np.testing.assert_allclose(found, numeric_gradient(value, theta), rtol=1e-6, atol=1e-7)


# Embedding.

ROWS = np.array([[0, 1], [4, 0], [0, 1], [2, 3], [4, 3]])  # of 5 tokens; row 0 of word occurs twice


def random_tables(rng):
    return {"word": rng.standard_normal((5, 3)), "caps": rng.standard_normal((4, 2))}


def test_an_embedding_concatenates_a_row_of_each_table():
    tables = random_tables(np.random.default_rng(0))
    X, _ = Embedding(tables).forward(ROWS)
    assert X.shape == (5, 5)
    for x, (word, caps) in zip(X, ROWS, strict=True):
        assert x.tolist() == [*tables["word"][word], *tables["caps"][caps]]


def test_backprop_of_an_embedding_adds_up_the_tokens_of_a_row():
    rng = np.random.default_rng(0)
    tables, dX = random_tables(rng), rng.standard_normal((5, 5))
    _, backprop = Embedding(tables).forward(ROWS)
    gradients = backprop(dX)
    expected = {name: np.zeros_like(table) for name, table in tables.items()}
    for dx, (word, caps) in zip(dX, ROWS, strict=True):
        expected["word"][word] += dx[:3]
        expected["caps"][caps] += dx[3:]
    assert list(gradients) == ["word", "caps"]
    for name, gradient in gradients.items():
        assert isinstance(gradient, RowGradient)
        assert_close(dense(gradient, tables[name]), expected[name])
    assert sorted(gradients["word"].rows.tolist()) == [0, 2, 4]  # only what was looked up, each once
    assert sorted(gradients["caps"].rows.tolist()) == [0, 1, 3]


def test_the_gradient_of_an_embedding_is_the_centered_difference():
    rng = np.random.default_rng(0)
    tables, G = random_tables(rng), rng.standard_normal((5, 5))

    def value():
        return float((G * np.tanh(Embedding(tables).forward(ROWS)[0])).sum())

    X, backprop = Embedding(tables).forward(ROWS)
    gradients = backprop(G * (1 - np.tanh(X) ** 2))
    for name, table in tables.items():
        assert_numeric(dense(gradients[name], table), value, table)


def test_a_frozen_table_is_looked_up_and_gets_no_gradient():
    rng = np.random.default_rng(0)
    tables, dX = random_tables(rng), rng.standard_normal((5, 5))
    X, backprop = Embedding(tables).forward(ROWS)
    frozen_X, frozen_backprop = Embedding(tables, frozen=frozenset(["word"])).forward(ROWS)
    assert np.array_equal(frozen_X, X)
    gradients, expected = frozen_backprop(dX), backprop(dX)
    assert gradients.keys() == {"caps"}
    assert all(map(np.array_equal, gradients["caps"], expected["caps"]))


def test_rows_after_those_of_the_table_are_quantized_and_get_no_gradient():
    rng = np.random.default_rng(0)
    tables, dX = random_tables(rng), rng.standard_normal((5, 5))
    quantized = QuantizedRows(np.array([[1, -2, 3], [4, 0, 127]], dtype=np.int8), np.float32([0.5, 0.25]))
    rows = np.array([[0, 1], [5, 0], [6, 1], [4, 3], [5, 3]])  # the table has the rows 0 to 4
    X, backprop = Embedding(tables, quantized={"word": quantized}).forward(rows)
    gradients = backprop(dX)
    expected = {name: np.zeros_like(table) for name, table in tables.items()}
    for x, dx, (word, caps) in zip(X, dX, rows, strict=True):
        if word < 5:
            vector = tables["word"][word]
            expected["word"][word] += dx[:3]
        else:
            vector = quantized.scales[word - 5] * quantized.codes[word - 5]
        expected["caps"][caps] += dx[3:]
        assert x.tolist() == [*vector, *tables["caps"][caps]]
    for name, table in tables.items():
        assert_close(dense(gradients[name], table), expected[name])
    assert sorted(gradients["word"].rows.tolist()) == [0, 4]


def test_vectors_have_the_type_of_the_tables():
    tables = {
        name: table.astype(np.float32) for name, table in random_tables(np.random.default_rng(0)).items()
    }
    quantized = {"word": QuantizedRows.of(np.ones((2, 3)))}
    for embedding in (Embedding(tables), Embedding(tables, quantized=quantized)):
        X, backprop = embedding.forward(ROWS)
        assert X.dtype == np.float32
        assert all(gradient.values.dtype == np.float32 for gradient in backprop(X).values())


# The window layer.

TOKENS, D, UNITS = 6, 3, 4
WINDOWS = np.array([[0, 0, 1], [0, 1, 2], [1, 2, 1], [2, 1, 0], [1, 1, 1], [4, 3, 1]])  # token 5 is in none
POSITIONS = WINDOWS.shape[1]


def random_window_layer(rng, combine, bias=True):
    width = POSITIONS * D if combine == "concatenate" else D
    b = rng.standard_normal(UNITS) if bias else None
    return WindowLayer(rng.standard_normal((UNITS, width)), b, combine)


def window_vector(E, window, combine):
    vectors = [E[token] for token in window]
    return np.concatenate(vectors) if combine == "concatenate" else sum(vectors) / len(vectors)


each_window_layer = pytest.mark.parametrize(
    ("combine", "bias"), [(combine, bias) for combine in COMBINE for bias in (True, False)]
)


@each_window_layer
def test_a_window_layer_is_w_x_plus_b_of_each_window(combine, bias):
    rng = np.random.default_rng(1)
    layer, E = random_window_layer(rng, combine, bias), rng.standard_normal((TOKENS, D))
    Z, _ = layer.forward(E, WINDOWS)
    assert Z.shape == (len(WINDOWS), UNITS)
    for z, window in zip(Z, WINDOWS, strict=True):
        assert_close(z, layer.W @ window_vector(E, window, combine) + (layer.b if bias else 0.0))


@pytest.mark.parametrize("at", [np.arange(len(WINDOWS)), np.array([1, 3, 4]), np.zeros(0, dtype=np.int64)])
@each_window_layer
def test_backprop_of_a_window_layer_adds_up_its_windows(combine, bias, at):
    rng = np.random.default_rng(1)
    layer, E = random_window_layer(rng, combine, bias), rng.standard_normal((TOKENS, D))
    dZ = rng.standard_normal((len(at), UNITS))
    _, backprop = layer.forward(E, WINDOWS)
    found = backprop(dZ, at)

    dW, db, dE = np.zeros_like(layer.W), np.zeros(UNITS), np.zeros_like(E)
    for dz, window in zip(dZ, WINDOWS[at], strict=True):
        dW += np.outer(dz, window_vector(E, window, combine))
        db += dz
        dx = layer.W.T @ dz
        for j, token in enumerate(window):
            dE[token] += dx[j * D : (j + 1) * D] if combine == "concatenate" else dx / POSITIONS
    assert_close(found.dW, dW)
    assert_close(found.dE, dE)
    if bias:
        assert_close(found.db, db)
    else:
        assert found.db is None


@each_window_layer
def test_the_gradients_of_a_window_layer_are_the_centered_differences(combine, bias):
    rng = np.random.default_rng(1)
    layer, E = random_window_layer(rng, combine, bias), rng.standard_normal((TOKENS, D))
    G = rng.standard_normal((len(WINDOWS), UNITS))

    def value():
        return float((G * np.tanh(layer.forward(E, WINDOWS)[0])).sum())

    Z, backprop = layer.forward(E, WINDOWS)
    found = backprop(G * (1 - np.tanh(Z) ** 2), np.arange(len(WINDOWS)))
    assert_numeric(found.dW, value, layer.W)
    assert_numeric(found.dE, value, E)
    if bias:
        assert_numeric(found.db, value, layer.b)


@each_window_layer
def test_projections_are_the_products_at_each_position_the_first_with_the_bias(combine, bias):
    rng = np.random.default_rng(1)
    layer, E = random_window_layer(rng, combine, bias), rng.standard_normal((TOKENS, D))
    out = np.full((POSITIONS, TOKENS, UNITS), np.nan)
    layer.project_tokens(E, out)
    for j in range(POSITIONS):
        W_j = layer.W[:, j * D : (j + 1) * D] if combine == "concatenate" else layer.W / POSITIONS
        for token in range(TOKENS):
            assert_close(out[j, token], W_j @ E[token] + (layer.b if bias and j == 0 else 0.0))


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.int64])
@pytest.mark.parametrize("positions", [1, 5])
def test_windows_add_up_the_projections_of_their_tokens(positions, dtype):
    rng = np.random.default_rng(2)
    projections = rng.standard_normal((positions, 7, 4))
    before = projections.copy()
    windows = rng.integers(7, size=(20, positions)).astype(dtype)
    sums = sum_windows(projections, windows)
    assert sums.shape == (20, 4)
    for found, window in zip(sums, windows, strict=True):
        assert_close(found, sum(projections[j, token] for j, token in enumerate(window)))
    assert np.array_equal(projections, before)


@pytest.mark.parametrize("combine", COMBINE)
def test_a_window_layer_keeps_float32(combine):
    rng = np.random.default_rng(1)
    W, b, _ = random_window_layer(rng, combine)
    layer = WindowLayer(W.astype(np.float32), b.astype(np.float32), combine)
    Z, backprop = layer.forward(rng.standard_normal((TOKENS, D)).astype(np.float32), WINDOWS)
    assert Z.dtype == np.float32
    assert {g.dtype for g in backprop(Z, np.arange(len(WINDOWS)))} == {np.dtype(np.float32)}


# Dense layers.


def random_dense(rng, bias):
    return Dense(rng.standard_normal((3, 4)), rng.standard_normal(3) if bias else None)


@pytest.mark.parametrize("bias", [True, False])
def test_a_dense_layer_is_w_x_plus_b_of_each_row(bias):
    rng = np.random.default_rng(3)
    layer, X = random_dense(rng, bias), rng.standard_normal((5, 4))
    Z, _ = layer.forward(X)
    assert Z.shape == (5, 3)
    for z, x in zip(Z, X, strict=True):
        assert_close(z, layer.W @ x + (layer.b if bias else 0.0))


@pytest.mark.parametrize("at", [np.arange(5), np.array([1, 4]), np.zeros(0, dtype=np.int64)])
@pytest.mark.parametrize("bias", [True, False])
def test_backprop_of_a_dense_layer_adds_up_its_rows(bias, at):
    rng = np.random.default_rng(3)
    layer, X = random_dense(rng, bias), rng.standard_normal((5, 4))
    dZ = rng.standard_normal((len(at), 3))
    _, backprop = layer.forward(X)
    found = backprop(dZ, at)

    dW, db = np.zeros((3, 4)), np.zeros(3)
    for dz, x in zip(dZ, X[at], strict=True):
        dW += np.outer(dz, x)
        db += dz
    assert_close(found.dW, dW)
    assert found.dX.shape == (len(at), 4)
    for dx, dz in zip(found.dX, dZ, strict=True):
        assert_close(dx, layer.W.T @ dz)
    if bias:
        assert_close(found.db, db)
    else:
        assert found.db is None


@pytest.mark.parametrize("bias", [True, False])
def test_the_gradients_of_a_dense_layer_are_the_centered_differences(bias):
    rng = np.random.default_rng(3)
    layer, X, G = random_dense(rng, bias), rng.standard_normal((5, 4)), rng.standard_normal((5, 3))

    def value():
        return float((G * np.tanh(layer.forward(X)[0])).sum())

    Z, backprop = layer.forward(X)
    found = backprop(G * (1 - np.tanh(Z) ** 2), np.arange(5))
    assert_numeric(found.dW, value, layer.W)
    assert_numeric(found.dX, value, X)
    if bias:
        assert_numeric(found.db, value, layer.b)


def test_a_dense_layer_keeps_float32_and_its_input():
    rng = np.random.default_rng(3)
    W, b = (array.astype(np.float32) for array in random_dense(rng, True))
    X = rng.standard_normal((5, 4)).astype(np.float32)
    before = X.copy()
    Z, backprop = Dense(W, b).forward(X)
    assert Z.dtype == np.float32
    assert {g.dtype for g in backprop(Z, np.arange(5))} == {np.dtype(np.float32)}
    assert np.array_equal(X, before)


# The activation between layers.


@pytest.mark.parametrize("dropout", [True, False])
def test_an_activation_is_f_of_each_number_times_the_mask(dropout):
    rng = np.random.default_rng(4)
    Z = rng.standard_normal((5, 3))
    mask = (rng.random((5, 3)) < 0.6) / 0.6 if dropout else None
    H, _ = activate(SoftSign(), Z, mask)
    for index in np.ndindex(Z.shape):
        a = Z[index] / (1 + abs(Z[index]))
        assert H[index] == pytest.approx(a * mask[index] if dropout else a, rel=1e-14)


@pytest.mark.parametrize("at", [np.arange(5), np.array([1, 4])])
@pytest.mark.parametrize("dropout", [True, False])
def test_the_gradient_of_an_activation_is_the_centered_difference(dropout, at):
    rng = np.random.default_rng(4)
    Z, G = rng.standard_normal((5, 3)), np.zeros((5, 3))
    G[at] = rng.standard_normal((len(at), 3))
    mask = (rng.random((5, 3)) < 0.6) / 0.6 if dropout else None
    _, backprop = activate(SoftSign(), Z, mask)
    delta = np.zeros((5, 3))
    delta[at] = backprop(G[at], at)
    assert_numeric(delta, lambda: float((G * activate(SoftSign(), Z, mask)[0]).sum()), Z)
