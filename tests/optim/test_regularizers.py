import numpy as np
import pytest

from wincls.network.gradients import RowGradient
from wincls.optim.regularizers import Penalty

W = np.array([[1.0, -2.0], [3.0, 0.0]])


def test_l2_is_the_sum_of_squared_weights_with_gradient_2_lambda_w():
    gradients = {"W1": np.ones((2, 2))}
    # 0.1 * (1 + 4 + 9); eq. 52 as printed, without the square, gives 0.1 * sqrt(14)
    assert Penalty(["W1"], l2=0.1, l1=0.0).add({"W1": W}, gradients) == pytest.approx(1.4)
    np.testing.assert_allclose(gradients["W1"], [[1.2, 0.6], [1.6, 1.0]])  # 1 + 0.2 W


def test_l1_is_the_sum_of_absolute_weights_with_gradient_lambda_sign_w():
    gradients = {"W1": np.ones((2, 2))}
    assert Penalty(["W1"], l2=0.0, l1=0.5).add({"W1": W}, gradients) == pytest.approx(3.0)
    np.testing.assert_allclose(gradients["W1"], [[1.5, 0.5], [1.5, 1.0]])


def test_penalties_add_up_over_weights():
    parameters = {"W1": W, "U": np.array([[2.0]])}
    gradients = {"W1": np.zeros((2, 2)), "U": np.zeros((1, 1))}
    penalty = Penalty(["W1", "U"], l2=0.1, l1=0.5).add(parameters, gradients)
    assert penalty == pytest.approx(1.4 + 3.0 + 0.1 * 4 + 0.5 * 2)
    np.testing.assert_allclose(gradients["U"], [[0.1 * 2 * 2 + 0.5]])


def test_what_is_not_penalized_keeps_its_gradient():
    parameters = {"W1": W, "b1": np.array([5.0, 5.0]), "c": np.array([5.0])}
    gradients = {"W1": np.zeros((2, 2)), "b1": np.zeros(2), "c": np.zeros(1)}
    assert Penalty(["W1"], l2=0.1, l1=0.0).add(parameters, gradients) == pytest.approx(1.4)
    assert gradients["b1"].tolist() == [0.0, 0.0]
    assert gradients["c"].tolist() == [0.0]


def test_only_the_touched_rows_of_a_table_are_penalized():
    table = np.array([[100.0, 100.0], [1.0, -2.0], [3.0, 0.0]])
    gradients = {"L.word": RowGradient(np.array([1, 2]), np.ones((2, 2)))}
    assert Penalty(["L.word"], l2=0.1, l1=0.5).add({"L.word": table}, gradients) == pytest.approx(4.4)
    assert gradients["L.word"].rows.tolist() == [1, 2]
    # 1 + 0.2 W + 0.5 sign W
    np.testing.assert_allclose(gradients["L.word"].values, [[1.7, 0.1], [2.1, 1.0]])
    assert table.tolist() == [[100.0, 100.0], [1.0, -2.0], [3.0, 0.0]]


def test_without_lambdas_nothing_is_added():
    gradients = {"W1": np.ones((2, 2))}
    assert Penalty(["W1"], l2=0.0, l1=0.0).add({"W1": W}, gradients) == 0.0
    assert gradients["W1"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
