import numpy as np
import pytest

from wincls.network.gradcheck import Objective, check_gradients
from wincls.network.gradients import RowGradient

NO_KINKS = np.zeros(0)


def check(objective, points=100, epsilon=1e-5, elementwise=None, **parameters):
    rng = np.random.default_rng(0)
    return check_gradients(lambda: objective(**parameters), parameters, rng, points, epsilon, elementwise)


def cube(theta, factor=3.0):
    return Objective(float((theta**3).sum()), {"theta": factor * theta**2}, NO_KINKS)


def test_the_right_gradient_is_accepted():
    (outcome,) = check(cube, theta=np.array([[1.0, -2.0], [0.5, 0.25]]))
    assert outcome[:4] == ("theta", (2, 2), 4, 0)
    # A centered difference of theta^3 is wrong by eps^2 = 1e-10, a one-sided one by 3 theta eps.
    assert outcome.worst < 1e-7


def test_a_gradient_of_2_001_where_2_is_right_is_rejected():
    def line(theta):
        return Objective(float(2.0 * theta.sum()), {"theta": np.full(3, 2.001)}, NO_KINKS)

    (outcome,) = check(line, theta=np.array([1.0, 2.0, 3.0]))
    assert outcome.worst == pytest.approx(0.001 / 2.001, rel=1e-5)


@pytest.mark.parametrize("wrong", [-3.0, 0.0, 1.5, 3.0003])
def test_wrong_gradients_are_rejected(wrong):
    (outcome,) = check(lambda theta: cube(theta, wrong), theta=np.array([1.0, 2.0]))
    assert outcome.worst > 0.9e-4


def test_the_worst_coordinate_is_reported_wherever_it_is():
    def objective(theta):
        gradient = 2.0 * theta
        gradient[1] *= 1.1
        return Objective(float(theta @ theta), {"theta": gradient}, NO_KINKS)

    (outcome,) = check(objective, theta=np.array([1.0, 1.0, 1.0]))
    assert outcome.worst == pytest.approx(0.2 / 2.2, rel=1e-6)


def test_a_gradient_that_is_not_a_number_is_rejected():
    def objective(theta):
        return Objective(float(theta @ theta), {"theta": np.array([2.0, np.nan, 2.0])}, NO_KINKS)

    (outcome,) = check(objective, theta=np.ones(3))
    assert not outcome.worst <= 1e-5


def test_gradients_near_0_are_compared_by_their_absolute_error():
    def objective(theta):
        return Objective(1e-10 * float(theta.sum()), {"theta": np.zeros(1)}, NO_KINKS)

    (outcome,) = check(objective, theta=np.zeros(1))
    assert outcome.worst == pytest.approx(1e-10 / 1e-4)


def test_a_large_value_of_j_hides_small_gradients_in_its_rounding():
    def objective(theta):
        return Objective(1e6 + 0.01 * float(theta.sum()), {"theta": np.zeros(1)}, NO_KINKS)

    (outcome,) = check(objective, theta=np.zeros(1))
    assert outcome.worst == pytest.approx(0.01 / (1e-4 * 1e6), rel=1e-2)


def test_parameters_are_restored_exactly():
    theta = np.array([0.1, 1 / 3, -1e-300, 1e6, np.pi])
    before = theta.tobytes()
    check(cube, theta=theta)
    assert theta.tobytes() == before


def test_points_at_a_kink_are_skipped_and_counted():
    def absolute(theta):
        return Objective(float(np.abs(theta).sum()), {"theta": np.sign(theta)}, theta > 0)

    # 0 and +-1e-6 have the kink within the step of 1e-5, 1e-4 and 1 have not.
    (outcome,) = check(absolute, theta=np.array([0.0, 1e-6, -1e-6, 1e-4, 1.0]))
    assert (outcome.checked, outcome.skipped) == (2, 3)
    assert outcome.worst < 1e-9


def test_float32_is_refused():
    with pytest.raises(ValueError, match="theta is float32; a gradient check needs float64"):
        check(cube, theta=np.ones(2, dtype=np.float32))


def test_a_gradient_that_backprop_forgot_is_wrong():
    def objective(theta, forgotten):
        return Objective(float((theta * forgotten).sum()), {"theta": forgotten}, NO_KINKS)

    right, wrong = check(objective, theta=np.ones(2), forgotten=np.ones(2))
    assert right.worst < 1e-9
    assert wrong.worst == pytest.approx(1.0)


@pytest.mark.parametrize(("rows", "right"), [([0, 2], True), ([0], False), ([0, 1], False)])
def test_rows_that_a_row_gradient_leaves_out_are_taken_to_be_0(rows, right):
    def objective(table):
        value = float((table[[0, 2]] ** 2).sum())
        return Objective(value, {"table": RowGradient(np.array(rows), 2.0 * table[rows])}, NO_KINKS)

    (outcome,) = check(objective, table=np.arange(1.0, 7.0).reshape(3, 2))
    assert outcome.checked == 6
    assert (outcome.worst < 1e-6) == right


def test_only_so_many_points_are_looked_at_half_of_them_with_a_gradient():
    def objective(theta):
        gradient = np.zeros(1000)
        gradient[700:705] = 3.0  # 2 is right
        return Objective(2.0 * float(theta[700:705].sum()), {"theta": gradient}, NO_KINKS)

    (outcome,) = check(objective, points=4, theta=np.zeros(1000))
    assert outcome.checked == 4
    assert outcome.worst == pytest.approx(1 / 3)


def test_differences_worked_by_hand():
    # At theta = 2 and with a step of 0.5: (15.625 - 3.375) / 1 and (15.625 - 8) / 0.5; 3 theta^2 = 12.
    (outcome,) = check(cube, epsilon=0.5, theta=np.array([[2.0]]))
    assert outcome.shown == (((0, 0), 12.0, 12.0, 12.25, 15.25, 0.25 / 12.25, 3.25 / 15.25),)
    assert outcome.worst == 0.25 / 12.25


def test_the_largest_gradients_are_shown_with_their_indices_and_no_zeros():
    theta = np.array([[0.0, 1.0, 0.0], [-3.0, 2.0, -0.5]])
    (outcome,) = check(cube, theta=theta)
    assert [each.at for each in outcome.shown] == [(1, 0), (1, 1), (0, 1)]
    assert [each.analytic for each in outcome.shown] == [27.0, 12.0, 3.0]
    (outcome,) = check(cube, theta=np.array([0.0, 1.0, 0.0]))
    assert [each.at for each in outcome.shown] == [(1,)]


def test_points_at_a_kink_are_not_shown():
    def absolute(theta):
        return Objective(float(np.abs(theta).sum()), {"theta": np.sign(theta)}, theta > 0)

    (outcome,) = check(absolute, theta=np.array([1e-6, 1.0, -1e-6]))
    assert [each.at for each in outcome.shown] == [(1,)]


def test_a_point_between_two_kinks_is_skipped():
    def hat(theta):  # flat, but for a spike between -1e-6 and 1e-6
        inside = np.abs(theta) < 1e-6
        return Objective(float(inside.sum()), {"theta": np.zeros(1)}, inside)

    (outcome,) = check(hat, theta=np.zeros(1))
    assert (outcome.checked, outcome.skipped) == (0, 1)


def test_element_wise_gradients_are_compared_at_every_coordinate():
    theta = np.arange(1.0, 1001.0)
    other = 3.0 * theta**2
    (outcome,) = check(cube, points=2, elementwise={"theta": other}, theta=theta)
    assert outcome.elementwise == 0.0
    other[123] *= 1.0 + 1e-8
    (outcome,) = check(cube, points=2, elementwise={"theta": other}, theta=theta)
    assert outcome.elementwise == pytest.approx(1e-8)
    assert outcome.worst < 1e-6
    other[123] = np.nan
    (outcome,) = check(cube, points=2, elementwise={"theta": other}, theta=theta)
    assert not outcome.elementwise <= 1e-9


def test_a_gradient_that_the_element_wise_form_forgot_is_taken_to_be_0():
    (outcome,) = check(cube, elementwise={}, theta=np.ones(1))
    assert outcome.elementwise == 1.0
