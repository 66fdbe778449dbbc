from dataclasses import replace

import numpy as np
import pytest

from wincls.network import textbook
from wincls.network.activations import ACTIVATIONS, Sigmoid, SoftSign, Tanh
from wincls.network.dropout import Dropout
from wincls.network.embedding import QuantizedRows
from wincls.network.gradients import dense
from wincls.network.scorer import Scorer
from wincls.network.window import COMBINE


def random_scorer(rng, hidden=(4,), combine="concatenate", activation=None, bias=True, labels=3):
    """Three tables, of 3 + 2 + 1 numbers a token, and windows of three; every parameter is random."""
    sizes = {"word": (6, 3), "caps": (4, 2), "suffix": (5, 1)}
    parameters = {f"L.{table}": rng.standard_normal(size) for table, size in sizes.items()}
    width = 6 if combine == "mean" else 18
    for k, units in enumerate(hidden, start=1):
        parameters |= {f"W{k}": rng.standard_normal((units, width)), f"b{k}": rng.standard_normal(units)}
        width = units
    parameters["U"] = rng.standard_normal((width, labels))
    if bias:
        parameters["c"] = rng.standard_normal(labels)
    return Scorer(parameters, tuple(sizes), activation or SoftSign(), combine)


def random_batch(rng, word_rows=6):
    """Ten windows over five tokens, which repeat and share rows; the last token is in no window."""
    rows = np.stack([rng.integers(n, size=5) for n in (word_rows, 4, 5)], axis=1)
    return rows, rng.integers(4, size=(10, 3))


def random_masks(rng, hidden):
    def mask(*shape):
        return (rng.random(shape) < 0.6) / 0.6

    return Dropout(mask(5, 6), [mask(10, units) for units in hidden])


def random_ds(rng):
    ds = rng.standard_normal((10, 3))
    ds[::3] = 0.0  # windows that keep the margin
    ds[1, 1:] = 0.0
    return ds


def assert_equal_to_vectorized(scorer, rows, windows, ds, dropout=None):
    expected = scorer.forward(rows, windows, dropout)
    found = textbook.forward(scorer, rows, windows, dropout)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-12, atol=1e-12)
    assert len(found.z) == len(expected.z)
    for z, right in zip(found.z, expected.z, strict=True):
        np.testing.assert_allclose(z, right, rtol=1e-12, atol=1e-12)
    gradients, right = found.backprop(ds), expected.backprop(ds)
    assert gradients.keys() == right.keys() == set(scorer.trained)
    for name, g in gradients.items():
        theta = scorer.parameters[name]
        assert dense(g, theta).shape == theta.shape
        np.testing.assert_allclose(
            dense(g, theta), dense(right[name], theta), rtol=1e-12, atol=1e-12, err_msg=name
        )
    return gradients, right


@pytest.mark.parametrize("dropout", [False, True], ids=["whole", "dropout"])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no_bias"])
@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("hidden", [[], [4], [4, 3], [4, 2, 3]], ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_element_by_element_equals_the_vectorized_form(activation, hidden, combine, bias, dropout):
    rng = np.random.default_rng(7)
    scorer = random_scorer(rng, hidden, combine, ACTIVATIONS[activation](), bias)
    rows, windows = random_batch(rng)
    masks = random_masks(rng, hidden) if dropout else None
    assert_equal_to_vectorized(scorer, rows, windows, random_ds(rng), masks)


@pytest.mark.parametrize("which", ["tokens", "second layer"])
def test_dropout_of_some_layers_only(which):
    rng = np.random.default_rng(7)
    scorer = random_scorer(rng, [4, 3])
    tokens, (_, second) = random_masks(rng, [4, 3])
    masks = Dropout(tokens, [None, None]) if which == "tokens" else Dropout(None, [None, second])
    assert_equal_to_vectorized(scorer, *random_batch(rng), random_ds(rng), masks)


@pytest.mark.parametrize("frozen", [["word"], ["caps"], ["word", "caps", "suffix"]], ids=str)
def test_frozen_tables_get_no_gradient(frozen):
    rng = np.random.default_rng(7)
    scorer = replace(random_scorer(rng), frozen=frozenset(frozen))
    gradients, _ = assert_equal_to_vectorized(scorer, *random_batch(rng), random_ds(rng))
    assert not {f"L.{table}" for table in frozen} & gradients.keys()


@pytest.mark.parametrize("all_quantized", [False, True], ids=["some", "all"])
def test_quantized_rows_are_used_but_get_no_gradient(all_quantized):
    rng = np.random.default_rng(7)
    quantized = {"word": QuantizedRows.of(rng.standard_normal((4, 3)))}
    scorer = replace(random_scorer(rng), quantized=quantized)
    rows, windows = random_batch(rng, word_rows=10)
    rows[0, 0], rows[1, 0] = 9, 6 if all_quantized else 5
    if all_quantized:
        rows[:, 0] = 6 + rows[:, 0] % 4
    gradients, _ = assert_equal_to_vectorized(scorer, rows, windows, random_ds(rng))
    assert set(gradients["L.word"].rows.tolist()) == {row for row in rows[:, 0].tolist() if row < 6}


def test_the_rows_that_get_a_gradient_are_those_of_the_batch_whether_they_are_in_a_window_or_not():
    # A penalty is added to the rows that a gradient names, so both forms have to name the same.
    rng = np.random.default_rng(7)
    gradients, right = assert_equal_to_vectorized(random_scorer(rng), *random_batch(rng), np.zeros((10, 3)))
    for name in ("L.word", "L.caps", "L.suffix"):
        assert sorted(gradients[name].rows.tolist()) == sorted(right[name].rows.tolist())


@pytest.mark.parametrize("combine", COMBINE)
def test_gradients_are_centered_differences_of_the_scores(combine):
    rng = np.random.default_rng(7)
    scorer = random_scorer(rng, [4, 3], combine, Tanh())
    rows, windows = random_batch(rng)
    masks, ds = random_masks(rng, [4, 3]), random_ds(rng)
    gradients = textbook.forward(scorer, rows, windows, masks).backprop(ds)

    def objective():
        return float((textbook.forward(scorer, rows, windows, masks).scores * ds).sum())

    for name, theta in scorer.parameters.items():
        g = dense(gradients[name], theta)
        for i in range(theta.size):
            before = theta.flat[i]
            theta.flat[i] = before + 1e-5
            right = objective()
            theta.flat[i] = before - 1e-5
            left = objective()
            theta.flat[i] = before
            assert g.flat[i] == pytest.approx((right - left) / 2e-5, rel=1e-6, abs=1e-8), (name, i)


# The network of section 1.5: four inputs, two units, one score, for which the eight steps are worked out.
# One table of one number a word and windows of four, so that a^(1) = x is the four words of a window.
#   x = (1, 2, -1, 3), W^(1) = [[1, 0, 2, 1], [0, 1, 1, 0]], b^(1) = (1, -2), W^(2) = U^T = (32, 4)
#   f = softsign, f'(z) = 1 / (1 + |z|)^2
#   z^(2) = (1 + 0 - 2 + 3 + 1, 2 - 1 - 2) = (3, -1), a^(2) = (3/4, -1/2), s = 32 * 3/4 - 4 * 1/2 = 22
@pytest.fixture
def lecture():
    parameters = {
        "L.word": np.array([[1.0], [2.0], [-1.0], [3.0]]),
        "W1": np.array([[1.0, 0.0, 2.0, 1.0], [0.0, 1.0, 1.0, 0.0]]),
        "b1": np.array([1.0, -2.0]),
        "U": np.array([[32.0], [4.0]]),
    }
    scorer = Scorer(parameters, ("word",), SoftSign())
    return textbook.forward(scorer, np.array([[0], [1], [2], [3]]), np.array([[0, 1, 2, 3]]))


def test_the_lectures_eight_steps_to_the_gradient_of_w_14(lecture):
    assert lecture.z[0].tolist() == [[3.0, -1.0]]
    assert lecture.scores.tolist() == [[22.0]]
    gradients = lecture.backprop(np.array([[1.0]]))
    delta_3 = 1.0  # 1 and 2: the error 1 at a_1^(3), times the local gradient 1
    error = delta_3 * 32.0  # 3 and 4: its share at a_1^(2), over W_1^(2)
    delta_2 = 0.0625 * error  # 5 and 6: times f'(z_1^(2)) = 1 / (1 + 3)^2
    assert delta_2 == 2.0
    assert gradients["W1"][0, 3] == 3.0 * delta_2 == 6.0  # 7 and 8: times a_4^(1) = 3
    assert gradients["b1"][0] == delta_2  # the bias' input is 1


def test_all_other_gradients_of_the_lectures_network(lecture):
    gradients = lecture.backprop(np.array([[1.0]]))
    # delta^(2) = (1/16 * 32, 1/4 * 4) = (2, 1)
    assert gradients["b1"].tolist() == [2.0, 1.0]
    assert gradients["W1"].tolist() == [[2.0, 4.0, -2.0, 6.0], [1.0, 2.0, -1.0, 3.0]]
    assert gradients["U"].tolist() == [[0.75], [-0.5]]
    # The error at x_j is 2 W_1j + 1 W_2j, the shares of both units.
    assert gradients["L.word"].rows.tolist() == [0, 1, 2, 3]
    assert gradients["L.word"].values.tolist() == [[2.0], [1.0], [5.0], [2.0]]


def test_the_errors_of_a_true_and_a_corrupted_window_have_opposite_signs():
    rng = np.random.default_rng(7)
    scorer = random_scorer(rng, activation=Sigmoid(), labels=1)
    rows, windows = random_batch(rng)

    def gradients(window, ds):
        return textbook.forward(scorer, rows, windows[window], None).backprop(np.array(ds))

    both = gradients([0, 1], [[-1.0], [1.0]])  # eq. 46
    s, s_c = gradients([0], [[1.0]]), gradients([1], [[1.0]])
    np.testing.assert_allclose(both["W1"], s_c["W1"] - s["W1"], rtol=1e-12)
    np.testing.assert_allclose(both["c"], 0.0, atol=1e-12)
