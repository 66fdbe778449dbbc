import numpy as np
import pytest

from wincls.errors import ConfigError
from wincls.network.gradients import RowGradient, dense
from wincls.optim.optimizers import (
    OPTIMIZERS,
    SGD,
    AdaGrad,
    Adam,
    Momentum,
    Optimizer,
    RMSProp,
    fan_in_scales,
)
from wincls.options import build

# rule, alpha, (g_1, g_2), (theta_1, theta_2), from theta_0 = 1
STEPS = {
    "sgd": (
        SGD(), 0.1, (0.5, 2.0),
        (0.95, 0.75),  # 1 - 0.1 * 0.5; 0.95 - 0.1 * 2
    ),
    "momentum": (
        Momentum(mu=0.5), 0.1, (1.0, 2.0),
        (
            0.9,  # v = -0.1
            0.65,  # v = 0.5 * -0.1 - 0.1 * 2 = -0.25
        ),
    ),
    "adagrad": (
        AdaGrad(epsilon=0.75), 0.1, (0.5, 0.75),
        (
            0.95,  # cache = 0.25; 0.1 * 0.5 / sqrt(0.25 + 0.75) = 0.05, epsilon under the root
            0.89,  # cache = 0.25 + 0.5625; 0.1 * 0.75 / sqrt(0.8125 + 0.75) = 0.075 / 1.25 = 0.06
        ),
    ),
    "rmsprop": (
        RMSProp(rho=0.75, epsilon=0.5), 0.3, (2.0, 1.0),
        (
            0.6,  # cache = 0.25 * 4 = 1; 0.3 * 2 / (1 + 0.5) = 0.4, epsilon beside the root
            0.4,  # cache = 0.75 * 1 + 0.25 * 1 = 1; 0.3 * 1 / 1.5 = 0.2
        ),
    ),
    "adam": (
        Adam(beta1=0.5, beta2=0.75, epsilon=0.5), 0.1, (2.0, 1.0),
        (
            # m = 0.5 * 2 = 1, v = 0.25 * 4 = 1; m^ = 1 / 0.5 = 2, v^ = 1 / 0.25 = 4
            0.92,  # 0.1 * 2 / (2 + 0.5) = 0.08; without bias correction 0.1 / 1.5
            # m = 0.5 * 1 + 0.5 * 1 = 1, v = 0.75 * 1 + 0.25 * 1 = 1; m^ = 1 / 0.75, v^ = 1 / 0.4375
            0.92 - 0.1 * (4 / 3) / (np.sqrt(16 / 7) + 0.5),
        ),
    ),
    "adam as the lecture's code": (
        Adam(beta1=0.5, beta2=0.75, epsilon=0.5, bias_correction=False), 0.3, (2.0, 1.0),
        (
            0.8,  # m = 1, v = 1; 0.3 * 1 / (1 + 0.5) = 0.2
            0.6,  # m = 0.5 * 1 + 0.5 * 1 = 1, v = 0.75 * 1 + 0.25 * 1 = 1; 0.2 again
        ),
    ),
}  # fmt: skip


@pytest.fixture(params=OPTIMIZERS)
def rule(request):
    return OPTIMIZERS[request.param]()


def random_row_gradients(rng, steps, rows=6, dimension=3):
    for _ in range(steps):
        touched = np.sort(rng.choice(rows, 3, replace=False))
        yield RowGradient(touched, rng.standard_normal((3, dimension)))


def test_a_step_of_every_rule_is_worked_by_hand():
    assert STEPS.keys() >= OPTIMIZERS.keys()


@pytest.mark.parametrize("name", STEPS)
def test_two_steps_worked_by_hand(name):
    rule, alpha, gradients, expected = STEPS[name]
    theta = np.array([1.0, 1.0, 1.0])
    optimizer = Optimizer(rule, {"theta": theta})
    for g, value in zip(gradients, expected, strict=True):
        optimizer.step({"theta": np.array([g, -g, 0.0])}, alpha)
        # Every element moves independently, against the sign of its gradient.
        np.testing.assert_allclose(theta, [value, 2.0 - value, 1.0], rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Momentum(), {"mu": 0.9}),
        (AdaGrad(), {"epsilon": 1e-8}),
        (RMSProp(), {"rho": 0.9, "epsilon": 1e-8}),
        (Adam(), {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "bias_correction": True}),
    ],
)
def test_defaults_are_the_usual_ones(rule, expected):
    assert vars(rule) == expected


@pytest.mark.parametrize("g", [1e-3, 1.0, 1e3])
def test_the_first_step_of_adam_has_the_length_of_the_rate(g):
    # m^ = g and v^ = g^2 once the bias is corrected.
    theta = np.zeros(2)
    Optimizer(Adam(), {"theta": theta}).step({"theta": np.array([g, -g])}, 0.01)
    np.testing.assert_allclose(theta, [-0.01, 0.01], rtol=1e-4)


def test_a_gradient_of_0_moves_nothing_at_first(rule):
    theta = np.ones(3)
    Optimizer(rule, {"theta": theta}).step({"theta": np.zeros(3)}, 0.1)
    assert theta.tolist() == [1.0, 1.0, 1.0]


def test_steps_lead_downhill(rule):
    theta = np.array([3.0, -2.0])
    optimizer = Optimizer(rule, {"theta": theta})
    for _ in range(300):
        optimizer.step({"theta": 2.0 * theta}, 0.05)
    assert theta @ theta < 0.5 * 13.0


def test_only_parameters_with_a_gradient_move_and_all_in_place(rule):
    moving, still = np.ones((2, 2)), np.ones(2)
    optimizer = Optimizer(rule, {"W1": moving, "b1": still})
    optimizer.step({"W1": np.ones((2, 2))}, 0.1)
    assert (moving < 1.0).all()
    assert still.tolist() == [1.0, 1.0]
    assert optimizer.t == 1


def test_float32_stays_float32(rule):
    theta = np.ones((4, 2), dtype=np.float32)
    optimizer = Optimizer(rule, {"L.word": theta})
    optimizer.step({"L.word": np.ones((4, 2), dtype=np.float32)}, 0.1)
    optimizer.step({"L.word": RowGradient(np.array([1]), np.ones((1, 2), dtype=np.float32))}, 0.1)
    assert optimizer.parameters["L.word"] is theta
    assert theta.dtype == np.float32
    assert all(slot.dtype == np.float32 for slot in optimizer.slots["L.word"])


def test_the_first_sparse_step_is_exactly_the_dense_one(rule):
    rng = np.random.default_rng(0)
    start = rng.standard_normal((6, 3))
    sparse, whole = start.copy(), start.copy()
    (g,) = random_row_gradients(rng, 1)
    Optimizer(rule, {"L": sparse}).step({"L": g}, 0.1)
    Optimizer(rule, {"L": whole}).step({"L": dense(g, whole)}, 0.1)
    assert np.array_equal(sparse, whole)
    untouched = np.setdiff1d(np.arange(6), g.rows)
    assert np.array_equal(sparse[untouched], start[untouched])
    assert (sparse[g.rows] != start[g.rows]).all()


def test_sparse_steps_that_touch_every_row_are_exactly_dense_steps(rule):
    rng = np.random.default_rng(0)
    sparse = rng.standard_normal((4, 3))
    whole = sparse.copy()
    optimizers = Optimizer(rule, {"L": sparse}), Optimizer(rule, {"L": whole})
    for _ in range(10):
        rows, g = rng.permutation(4), rng.standard_normal((4, 3))
        optimizers[0].step({"L": RowGradient(rows, g[rows])}, 0.1)
        optimizers[1].step({"L": g}, 0.1)
        assert np.array_equal(sparse, whole)


@pytest.mark.parametrize("rule", [SGD(), AdaGrad()])
def test_many_sparse_steps_of_sgd_and_adagrad_are_exactly_the_dense_ones(rule):
    rng = np.random.default_rng(0)
    sparse = rng.standard_normal((6, 3))
    whole = sparse.copy()
    optimizers = Optimizer(rule, {"L": sparse}), Optimizer(rule, {"L": whole})
    for g in random_row_gradients(rng, 50):
        optimizers[0].step({"L": g}, 0.1)
        optimizers[1].step({"L": dense(g, whole)}, 0.1)
        assert np.array_equal(sparse, whole)


def row_0_then_row_1_then_row_0(rule, alpha):
    """Row 0 of a sparse and of a dense table, with gradients of 1, after each of three steps."""
    sparse, whole = np.zeros((2, 1)), np.zeros((2, 1))
    optimizers = Optimizer(rule, {"L": sparse}), Optimizer(rule, {"L": whole})
    path = []
    for row in (0, 1, 0):
        g = RowGradient(np.array([row]), np.ones((1, 1)))
        optimizers[0].step({"L": g}, alpha)
        optimizers[1].step({"L": dense(g, whole)}, alpha)
        path.append((sparse[0, 0], whole[0, 0]))
    return np.array(path).T


def test_lazy_momentum_waits_until_the_row_occurs_again():
    lazy, whole = row_0_then_row_1_then_row_0(Momentum(mu=0.5), 1.0)
    # lazy:  v = -1; waits; v = -0.5 - 1.       dense: v = -1; v = -0.5; v = -0.25 - 1
    np.testing.assert_allclose(lazy, [-1.0, -1.0, -2.5])
    np.testing.assert_allclose(whole, [-1.0, -1.5, -2.75])


def test_lazy_rmsprop_keeps_the_mean_square_of_a_row_that_is_not_touched():
    lazy, whole = row_0_then_row_1_then_row_0(RMSProp(rho=0.75, epsilon=0.5), 1.0)
    # cache = 0.25, root 0.5, step 1 / (0.5 + 0.5) = 1
    # lazy:  third step: cache = 0.75 * 0.25 + 0.25 = 0.4375.       dense: 0.75^2 * 0.25 + 0.25 = 0.390625
    np.testing.assert_allclose(lazy, [-1.0, -1.0, -1.0 - 1 / (np.sqrt(0.4375) + 0.5)])
    np.testing.assert_allclose(whole, [-1.0, -1.0, -1.0 - 1 / (0.625 + 0.5)])


def test_lazy_adam_keeps_the_means_of_a_row_and_counts_the_steps_of_all():
    lazy, whole = row_0_then_row_1_then_row_0(Adam(beta1=0.5, beta2=0.75, epsilon=0.5), 1.0)
    # First step: m^ = 1, v^ = 1: 1 / 1.5.
    # Third: lazy m = 0.5 * 0.5 + 0.5 = 0.75, v = 0.75 * 0.25 + 0.25 = 0.4375; dense m = 0.625, v = 0.390625;
    # both divided by 1 - 0.5^3 = 0.875 and 1 - 0.75^3 = 0.578125.
    first = -1 / 1.5
    third = (0.75 / 0.875) / (np.sqrt(0.4375 / 0.578125) + 0.5)
    np.testing.assert_allclose(lazy, [first, first, first - third])
    # Second, dense: m = 0.25 of 1 - 0.25, v = 0.1875 of 1 - 0.5625.
    second = first - (0.25 / 0.75) / (np.sqrt(0.1875 / 0.4375) + 0.5)
    np.testing.assert_allclose(
        whole, [first, second, second - (0.625 / 0.875) / (np.sqrt(0.390625 / 0.578125) + 0.5)]
    )


ON_DIFFERENT_ROWS = [
    RowGradient(np.array([0, 1]), np.array([[1.0], [2.0]])),
    RowGradient(np.array([1, 2]), np.array([[3.0], [4.0]])),
    RowGradient(np.array([0, 2]), np.array([[5.0], [6.0]])),
]


def after(rule, gradients, dense_updates=False):
    """A table of four rows after some steps."""
    table = np.ones((4, 1))
    optimizer = Optimizer(rule, {"L": table}, dense_updates=dense_updates)
    for g in gradients:
        optimizer.step({"L": g}, 0.1)
    return table


@pytest.mark.parametrize("steps", [2, 3])
def test_dense_updates_are_those_of_the_whole_matrix(rule, steps):
    gradients = ON_DIFFERENT_ROWS[:steps]
    whole = after(rule, [dense(g, np.ones((4, 1))) for g in gradients])
    assert np.array_equal(after(rule, gradients, dense_updates=True), whole)


@pytest.mark.parametrize(
    ("rule", "first_to_differ"),
    # A row without a gradient moves at once by its velocity or mean. RMSProp only has its cache decay,
    # which shows when the row has a gradient again.
    [(SGD(), None), (AdaGrad(), None), (Momentum(), 2), (Adam(), 2), (RMSProp(), 3)],
)
def test_dense_updates_differ_from_lazy_ones_where_a_rule_remembers(rule, first_to_differ):
    differing = [
        steps
        for steps in (1, 2, 3)
        if not np.array_equal(
            after(rule, ON_DIFFERENT_ROWS[:steps]), after(rule, ON_DIFFERENT_ROWS[:steps], dense_updates=True)
        )
    ]
    assert differing == ([] if first_to_differ is None else list(range(first_to_differ, 4)))


def test_two_dense_steps_of_adam_worked_by_hand():
    rule = Adam(beta1=0.5, beta2=0.75, epsilon=0.5)
    # Row 0: m = 0.5 and v = 0.25, so m^ = v^ = 1; then m = 0.25 of 0.75 and v = 0.1875 of 0.4375.
    first = 1 - 0.1 / 1.5
    second = first - 0.1 * (0.25 / 0.75) / (np.sqrt(0.1875 / 0.4375) + 0.5)
    assert after(rule, ON_DIFFERENT_ROWS[:2], dense_updates=True)[0, 0] == pytest.approx(second)
    assert after(rule, ON_DIFFERENT_ROWS[:2])[0, 0] == pytest.approx(first)


def test_fan_in_scaling_divides_by_the_root_of_the_fan_in():
    assert fan_in_scales({"W1": 100, "U": 4, "W2": 1}) == {"W1": 0.1, "U": 0.5, "W2": 1.0}


def test_scales_multiply_the_rate_of_their_parameter_only():
    W, c, L = np.ones(2), np.ones(2), np.ones((2, 1))
    optimizer = Optimizer(SGD(), {"W1": W, "c": c, "L.word": L}, {"W1": 0.5, "L.word": 0.25})
    ones = np.ones(2)
    optimizer.step({"W1": ones, "c": ones, "L.word": RowGradient(np.array([1]), np.ones((1, 1)))}, 0.1)
    np.testing.assert_allclose(W, 0.95)
    np.testing.assert_allclose(c, 0.9)
    np.testing.assert_allclose(L, [[1.0], [0.975]])


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if hasattr(OPTIMIZERS[name](), "epsilon")])
def test_the_smallest_epsilon_that_is_allowed_keeps_float32_finite_where_the_gradient_is_0(name):
    with pytest.raises(ConfigError, match="epsilon: found 1e-50; allowed is a number at least 1e-30"):
        build(OPTIMIZERS[name], {"epsilon": 1e-50}, "optimizer")
    rule = build(OPTIMIZERS[name], {"epsilon": 1e-30}, "optimizer")
    theta = np.ones(1, dtype=np.float32)
    Optimizer(rule, {"U": theta}).step({"U": np.zeros(1, dtype=np.float32)}, 0.1)
    assert theta.tolist() == [1.0]
