import numpy as np
import pytest

from wincls.network.activations import ACTIVATIONS, LeakyReLU

LN2, LN3 = np.log(2.0), np.log(3.0)

# name: (z, f(z), f'(z)), worked by hand.
VALUES = {
    "sigmoid": [
        (0.0, 0.5, 0.25),
        (LN3, 0.75, 0.1875),  # 1 / (1 + 1/3) and 3/4 * 1/4; eq. 37 as printed gives 1/4, eq. 54 -1/4
        (-LN3, 0.25, 0.1875),
    ],
    "tanh": [
        (0.0, 0.0, 1.0),
        (LN2, 0.6, 0.64),  # (2 - 1/2) / (2 + 1/2) and 1 - 0.36; eq. 56 as printed gives 0.36
        (-LN2, -0.6, 0.64),
    ],
    "hard_tanh": [
        (-2.0, -1.0, 0.0),
        (-1.0, -1.0, 1.0),
        (-0.5, -0.5, 1.0),  # eq. 57 as printed gives -1 for every z < 1
        (0.5, 0.5, 1.0),
        (1.0, 1.0, 1.0),
        (3.0, 1.0, 0.0),
    ],
    "softsign": [
        (0.0, 0.0, 1.0),
        (1.0, 0.5, 0.25),
        (-1.0, -0.5, 0.25),  # eq. 60 as printed gives -1 / 0
        (-3.0, -0.75, 0.0625),  # eq. 60 as printed gives -1/4
    ],
    "relu": [(-2.0, 0.0, 0.0), (0.0, 0.0, 0.0), (3.0, 3.0, 1.0)],
    "leaky_relu": [(-2.0, -0.02, 0.01), (0.0, 0.0, 0.01), (3.0, 3.0, 1.0)],
}


@pytest.fixture(params=ACTIVATIONS)
def activation(request):
    return ACTIVATIONS[request.param]()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_derivatives_worked_by_hand(name):
    z, values, derivatives = np.array(VALUES[name]).T
    f = ACTIVATIONS[name]()
    a = f.f(z)
    np.testing.assert_allclose(a, values, rtol=0, atol=1e-15)
    np.testing.assert_allclose(f.df(z, a), derivatives, rtol=0, atol=1e-15)


def test_leaky_relu_takes_its_slope():
    z = np.array([-10.0, 10.0])
    f = LeakyReLU(k=0.25)
    assert f.f(z).tolist() == [-2.5, 10.0]
    assert f.df(z, f.f(z)).tolist() == [0.25, 1.0]


def test_derivative_is_the_centered_difference_away_from_kinks(activation):
    z, step = np.linspace(-5.03, 5.03, 200), 1e-6
    assert all(np.abs(z - kink).min() > step for kink in activation.kinks)
    difference = (activation.f(z + step) - activation.f(z - step)) / (2 * step)
    np.testing.assert_allclose(activation.df(z, activation.f(z)), difference, rtol=0, atol=1e-9)


def test_kinks_are_where_the_slopes_of_both_sides_differ(activation):
    z, step = np.linspace(-3.0, 3.0, 13), 1e-6  # every half; all kinks are among them
    left = (activation.f(z) - activation.f(z - step)) / step
    right = (activation.f(z + step) - activation.f(z)) / step
    assert tuple(z[np.abs(left - right) > 1e-3]) == activation.kinks


def test_tanh_is_a_stretched_sigmoid():
    z = np.linspace(-4.0, 4.0, 33)
    sigmoid, tanh = ACTIVATIONS["sigmoid"](), ACTIVATIONS["tanh"]()
    np.testing.assert_allclose(tanh.f(z), 2.0 * sigmoid.f(2.0 * z) - 1.0, rtol=0, atol=1e-15)  # eq. 55


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_inputs_give_finite_numbers_of_the_same_type_and_shape(activation, dtype):
    z = np.array([[-1000.0, -100.0, -0.0], [0.0, 100.0, 1000.0]], dtype=dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a = activation.f(z)
        derivative = activation.df(z, a)
    for result in (a, derivative):
        assert result.dtype == dtype
        assert result.shape == z.shape
        assert np.isfinite(result).all()


@pytest.mark.parametrize(("name", "low"), [("sigmoid", 0.0), ("tanh", -1.0), ("hard_tanh", -1.0)])
def test_saturated_units_are_at_their_limits_without_slope(name, low):
    z = np.array([-1000.0, 1000.0], dtype=np.float32)
    f = ACTIVATIONS[name]()
    assert f.f(z).tolist() == [low, 1.0]
    assert f.df(z, f.f(z)).tolist() == [0.0, 0.0]
