from dataclasses import replace

import numpy as np
import pytest

from wincls.network.activations import ReLU, SoftSign
from wincls.network.dropout import Dropout
from wincls.network.embedding import QuantizedRows
from wincls.network.gradients import dense
from wincls.network.scorer import Scorer
from wincls.network.window import COMBINE


def random_scorer(
    rng, hidden, combine, dtype=np.float64, positions=5, labels=3, bias=True, frozen=frozenset()
):
    """Two tables, of 3 + 2 numbers a token; every parameter is random, the biases too."""
    parameters = {"L.word": rng.standard_normal((6, 3)), "L.caps": rng.standard_normal((4, 2))}
    width = 5 * positions if combine == "concatenate" else 5
    for k, units in enumerate(hidden, start=1):
        parameters[f"W{k}"] = rng.standard_normal((units, width))
        parameters[f"b{k}"] = rng.standard_normal(units)
        width = units
    parameters["U"] = rng.standard_normal((width, labels))
    if bias:
        parameters["c"] = rng.standard_normal(labels)
    parameters = {name: array.astype(dtype) for name, array in parameters.items()}
    return Scorer(parameters, ("word", "caps"), SoftSign(), combine, frozen)


def random_batch(rng, positions=5):
    """30 windows over 7 distinct tokens: repeated tokens, tokens that share rows, and padding."""
    rows = np.stack([rng.integers(6, size=7), rng.integers(4, size=7)], axis=1)
    windows = rng.integers(1, 6, size=(30, positions))  # token 6 is in no window
    windows[::4, : positions // 2] = 0  # padding before the center
    windows[1::4, positions // 2 + 1 :] = 0
    return rows, windows


def random_masks(rng, scorer, tokens, windows):
    def mask(*shape):
        return (rng.random(shape) < 0.6) / 0.6

    return Dropout(mask(tokens, 5), [mask(windows, n) for n in scorer.hidden])


def textbook(scorer, rows, windows, ds, dropout=None):
    """Scores and gradients one window at a time, every window's x written out (eq. 12-49)."""
    p, n = scorer.parameters, len(scorer.hidden)
    d = {name: np.zeros_like(array) for name, array in p.items()}
    scores = []
    for i, window in enumerate(windows):
        vectors = [
            np.concatenate([p[f"L.{t}"][rows[j, k]] for k, t in enumerate(scorer.tables)]) for j in window
        ]
        if dropout:
            vectors = [e * dropout.tokens[j] for e, j in zip(vectors, window, strict=True)]
        x = np.concatenate(vectors) if scorer.combine == "concatenate" else np.mean(vectors, axis=0)

        z, inputs = [], [x]
        for k in range(n):
            z.append(p[f"W{k + 1}"] @ inputs[k] + p[f"b{k + 1}"])
            a = z[k] / (1 + abs(z[k]))
            inputs.append(a * dropout.hidden[k][i] if dropout else a)
        scores.append(p["U"].T @ inputs[-1] + p.get("c", 0.0))

        if "c" in p:
            d["c"] += ds[i]
        d["U"] += np.outer(inputs[-1], ds[i])
        dx = p["U"] @ ds[i]
        for k in reversed(range(n)):
            delta = dx / (1 + abs(z[k])) ** 2
            if dropout:
                delta = delta * dropout.hidden[k][i]
            d[f"W{k + 1}"] += np.outer(delta, inputs[k])
            d[f"b{k + 1}"] += delta
            dx = p[f"W{k + 1}"].T @ delta

        for position, j in enumerate(window):
            de = dx[5 * position : 5 * position + 5] if scorer.combine == "concatenate" else dx / len(window)
            if dropout:
                de = de * dropout.tokens[j]
            d["L.word"][rows[j, 0]] += de[:3]
            d["L.caps"][rows[j, 1]] += de[3:]
    return np.array(scores), d


# The lecture's scorer, worked by hand. One table of one number a word, C = 1, two units:
#   x = (1, -1, 2), W = [[1, 2, 1], [0, 1, -1]], b = (2, 2), U = (2, 4), f = softsign
#   z = (1 - 2 + 2 + 2, -1 - 2 + 2) = (3, -1);  a = (3/4, -1/2);  f'(z) = (1/16, 1/4)
#   s = 2 * 3/4 - 4 * 1/2 = -1/2
@pytest.fixture
def worked():
    parameters = {
        "L.word": np.array([[9.0], [1.0], [-1.0], [2.0]]),
        "W1": np.array([[1.0, 2.0, 1.0], [0.0, 1.0, -1.0]]),
        "b1": np.array([2.0, 2.0]),
        "U": np.array([[2.0], [4.0]]),
    }
    scorer = Scorer(parameters, ("word",), SoftSign())
    return scorer.forward(rows=np.array([[1], [2], [3]]), windows=np.array([[0, 1, 2]]))


def test_forward_pass_worked_by_hand(worked):
    assert worked.z[0].tolist() == [[3.0, -1.0]]
    assert worked.scores.tolist() == [[-0.5]]


def test_backward_pass_worked_by_hand(worked):
    d = worked.backprop(np.array([[1.0]]))
    assert d["U"].tolist() == [[0.75], [-0.5]]  # a
    # delta = f'(z) o U = (1/16 * 2, 1/4 * 4) = (1/8, 1)
    assert d["b1"].tolist() == [0.125, 1.0]
    assert d["W1"].tolist() == [[0.125, -0.125, 0.25], [1.0, -1.0, 2.0]]  # delta x^T
    # dx = W^T delta = (1/8, 2/8 + 1, 1/8 - 1)
    rows, values = d["L.word"]
    assert rows.tolist() == [1, 2, 3]
    assert values.tolist() == [[0.125], [1.25], [-0.875]]
    assert d.keys() == {"U", "b1", "W1", "L.word"}


def test_a_word_twice_in_a_window_gets_the_sum_of_both_gradients():
    parameters = {"L.word": np.array([[3.0], [5.0]]), "U": np.array([[1.0], [10.0], [100.0]])}
    scorer = Scorer(parameters, ("word",), ReLU())
    forward = scorer.forward(np.array([[0], [1]]), np.array([[0, 1, 0]]))
    assert forward.scores.tolist() == [[353.0]]  # 1 * 3 + 10 * 5 + 100 * 3
    d = forward.backprop(np.array([[2.0]]))
    assert d["U"].tolist() == [[6.0], [10.0], [6.0]]
    assert d["L.word"].values.tolist() == [[202.0], [20.0]]  # 2 * (1 + 100) and 2 * 10


def test_the_lectures_shapes_20_to_8_to_1():
    rng = np.random.default_rng(0)
    parameters = {
        "L.word": rng.standard_normal((50, 4)),  # five words of four numbers: x in R^20
        "W1": rng.standard_normal((8, 20)),
        "b1": np.zeros(8),
        "U": rng.standard_normal((8, 1)),
    }
    scorer = Scorer(parameters, ("word",), ReLU())
    windows = rng.integers(10, size=(7, 5))
    forward = scorer.forward(rng.permutation(50)[:10, None], windows)
    assert forward.z[0].shape == (7, 8)
    assert forward.scores.shape == (7, 1)
    d = forward.backprop(np.ones((7, 1)))
    assert {name: d[name].shape for name in ("W1", "b1", "U")} == {"W1": (8, 20), "b1": (8,), "U": (8, 1)}
    assert d["L.word"].values.shape == (10, 4)


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no_bias"])
@pytest.mark.parametrize("dropout", [False, True], ids=["whole", "dropout"])
@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("hidden", [[], [4], [4, 3]], ids=["linear", "one_layer", "two_layers"])
def test_shared_computation_equals_the_textbook(hidden, combine, dropout, bias):
    rng = np.random.default_rng(5)
    scorer = random_scorer(rng, hidden, combine, bias=bias)
    rows, windows = random_batch(rng)
    masks = random_masks(rng, scorer, len(rows), len(windows)) if dropout else None
    ds = rng.standard_normal((len(windows), 3))
    ds[::3] = 0.0  # windows outside the margin
    ds[1::3, 1:] = 0.0  # windows inside it for one label

    forward = scorer.forward(rows, windows, masks)
    gradients = forward.backprop(ds)

    scores, expected = textbook(scorer, rows, windows, ds, masks)
    np.testing.assert_allclose(forward.scores, scores, rtol=1e-12, atol=1e-12)
    assert gradients.keys() == expected.keys()
    for name, array in scorer.parameters.items():
        np.testing.assert_allclose(
            dense(gradients[name], array), expected[name], rtol=1e-12, atol=1e-12, err_msg=name
        )


@pytest.mark.parametrize("combine", COMBINE)
def test_windows_of_the_center_alone_equal_the_textbook(combine):
    rng = np.random.default_rng(5)
    scorer = random_scorer(rng, [4], combine, positions=1)
    rows, windows = random_batch(rng, positions=1)
    ds = rng.standard_normal((len(windows), 3))
    forward = scorer.forward(rows, windows)
    scores, expected = textbook(scorer, rows, windows, ds)
    np.testing.assert_allclose(forward.scores, scores, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(forward.backprop(ds)["W1"], expected["W1"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("hidden", [[], [4, 3]])
def test_windows_without_any_gradient_give_gradients_of_0(hidden, combine):
    rng = np.random.default_rng(5)
    scorer = random_scorer(rng, hidden, combine)
    rows, windows = random_batch(rng)
    gradients = scorer.forward(rows, windows).backprop(np.zeros((len(windows), 3)))
    assert gradients.keys() == scorer.parameters.keys()
    for name, array in scorer.parameters.items():
        assert np.array_equal(dense(gradients[name], array), np.zeros_like(array))


def test_hidden_layers_can_be_kept_whole_while_tokens_are_dropped():
    rng = np.random.default_rng(5)
    scorer = random_scorer(rng, [4, 3], "concatenate")
    rows, windows = random_batch(rng)
    tokens = random_masks(rng, scorer, len(rows), len(windows)).tokens
    ones = [np.ones((len(windows), n)) for n in (4, 3)]
    some = scorer.forward(rows, windows, Dropout(tokens, [None, None]))
    same = scorer.forward(rows, windows, Dropout(tokens, ones))
    assert np.array_equal(some.scores, same.scores)
    assert not np.array_equal(some.scores, scorer.forward(rows, windows).scores)


def test_averaging_loses_the_order_of_words_and_concatenating_keeps_it():
    rng = np.random.default_rng(5)
    rows, windows = random_batch(rng)
    for combine in COMBINE:
        scorer = random_scorer(rng, [4], combine)
        forward, reversed_ = (scorer.forward(rows, w).scores for w in (windows, windows[:, ::-1]))
        assert np.allclose(forward, reversed_) == (combine == "mean")


def test_frozen_tables_are_used_but_get_no_gradient():
    rng = np.random.default_rng(5)
    scorer = random_scorer(rng, [4], "concatenate", frozen=frozenset(["word"]))
    rows, windows = random_batch(rng)
    ds = rng.standard_normal((len(windows), 3))
    forward = scorer.forward(rows, windows)
    scores, expected = textbook(scorer, rows, windows, ds)
    np.testing.assert_allclose(forward.scores, scores, rtol=1e-12, atol=1e-12)
    gradients = forward.backprop(ds)
    assert gradients.keys() == {"L.caps", "W1", "b1", "U", "c"}
    caps = dense(gradients["L.caps"], scorer.parameters["L.caps"])
    np.testing.assert_allclose(caps, expected["L.caps"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no_bias"])
@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("hidden", [[], [4], [4, 3]])
def test_scores_of_kept_projections_are_those_of_a_forward_pass(hidden, combine, bias):
    rng = np.random.default_rng(5)
    scorer = random_scorer(rng, hidden, combine, bias=bias)
    rows, windows = random_batch(rng)
    projections = np.empty((5, len(rows), scorer.first_units))
    scorer.project_tokens(rows[:3], projections[:, :3])
    scorer.project_tokens(rows[3:], projections[:, 3:])
    expected = scorer.forward(rows, windows).scores
    np.testing.assert_allclose(scorer.scores(projections, windows), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("hidden", "first_units"), [([], 3), ([4], 4), ([4, 2], 4)])
def test_a_scorer_knows_its_sizes(hidden, first_units):
    scorer = random_scorer(np.random.default_rng(5), hidden, "mean", labels=3)
    assert scorer.hidden == hidden
    assert scorer.first_units == first_units
    assert scorer.n_scores == 3


def test_the_fan_in_of_a_layer_is_the_number_of_its_inputs():
    deep = random_scorer(np.random.default_rng(5), [4, 3], "concatenate")
    assert deep.fan_ins == {"W1": 25, "b1": 25, "W2": 4, "b2": 4, "U": 3, "c": 3}
    linear = random_scorer(np.random.default_rng(5), [], "mean", bias=False)
    assert linear.fan_ins == {"U": 5}


def test_a_scorer_tells_its_matrices_from_its_biases_and_tables():
    scorer = random_scorer(np.random.default_rng(5), [4, 3], "mean")
    assert scorer.matrices == ["W1", "W2", "U"]
    assert scorer.biases == ["b1", "b2", "c"]
    linear = random_scorer(np.random.default_rng(5), [], "mean", bias=False)
    assert (linear.matrices, linear.biases) == (["U"], [])


def test_weights_are_neither_biases_nor_frozen_tables():
    rng = np.random.default_rng(5)
    assert random_scorer(rng, [4, 3], "mean").weights == ["L.word", "L.caps", "W1", "W2", "U"]
    frozen = random_scorer(rng, [4], "mean", frozen=frozenset(["word"]))
    assert frozen.weights == ["L.caps", "W1", "U"]


@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("hidden", [[], [4, 3]])
def test_float32_stays_float32_and_parameters_stay_as_they_are(hidden, combine):
    rng = np.random.default_rng(5)
    scorer = random_scorer(rng, hidden, combine, np.float32)
    before = {name: array.copy() for name, array in scorer.parameters.items()}
    rows, windows = random_batch(rng)
    masks = random_masks(rng, scorer, len(rows), len(windows))
    masks = Dropout(masks.tokens.astype(np.float32), [mask.astype(np.float32) for mask in masks.hidden])
    forward = scorer.forward(rows, windows, masks)
    gradients = forward.backprop(np.ones_like(forward.scores))
    assert forward.scores.dtype == np.float32
    for name, array in scorer.parameters.items():
        assert dense(gradients[name], array).dtype == np.float32
        assert np.array_equal(array, before[name])


def test_quantized_rows_are_within_half_a_step():
    matrix = np.random.default_rng(0).normal(size=(50, 7)) * np.logspace(-3, 3, 50)[:, None]
    matrix[3], matrix[5] = 0, -np.abs(matrix[5])
    matrix[7] = 1e-44
    quantized = QuantizedRows.of(matrix)
    assert quantized.codes.dtype == np.int8
    step = np.abs(matrix).max(axis=1, keepdims=True) / 127
    rows = np.array([4, 0, 3, 49, 5, 4])
    assert (np.abs(quantized.take(rows) - matrix[rows]) <= 0.5001 * step[rows]).all()
    assert not QuantizedRows.of(matrix.astype(np.float32)).take(np.array([3, 7])).any()
    assert len(QuantizedRows.of(np.zeros((0, 7))).codes) == 0


def test_quantized_rows_follow_those_of_the_table_and_get_no_gradient():
    rng = np.random.default_rng(4)
    whole = random_scorer(rng, (4,), "concatenate")
    quantized = QuantizedRows(np.array([[1, -2, 3], [4, 0, 127]], dtype=np.int8), np.float32([0.5, 0.25]))
    table = whole.parameters["L.word"]
    table[4:] = quantized.take(np.arange(2))
    cut = replace(whole, parameters=whole.parameters | {"L.word": table[:4]}, quantized={"word": quantized})
    rows, windows = random_batch(rng)
    expected, found = (scorer.forward(rows, windows) for scorer in (whole, cut))
    np.testing.assert_array_equal(found.scores, expected.scores)
    ds = rng.standard_normal(found.scores.shape)
    gradients, others = found.backprop(ds), expected.backprop(ds)
    in_order = np.argsort(gradients["L.word"].rows)
    all_in_order = np.argsort(others["L.word"].rows)
    trained = others["L.word"].rows[all_in_order] < 4
    assert (
        gradients["L.word"].rows[in_order].tolist() == others["L.word"].rows[all_in_order][trained].tolist()
    )
    np.testing.assert_allclose(
        gradients["L.word"].values[in_order], others["L.word"].values[all_in_order][trained]
    )
    np.testing.assert_allclose(gradients["W1"], others["W1"])
