import numpy as np
import pytest

from wincls.config import make_config
from wincls.network.activations import ACTIVATIONS, Tanh
from wincls.network.dense import Dense
from wincls.network.losses import LOSSES, MaxMargin, StructuredHinge
from wincls.network.window import COMBINE
from wincls.optim.regularizers import Penalty
from wincls.training.gradcheck import ELEMENTWISE_LIMIT, LIMIT, check_config

HIDDEN = [[], [4], [4, 3]]


def with_three_corrupted(loss):
    chosen = {"name": loss} if isinstance(loss, str) else loss
    return chosen | {"corrupted": 3} if chosen["name"] == "max_margin" else chosen


def config(
    hidden=(4,),
    activation="tanh",
    loss="max_margin",
    combine="concatenate",
    hinge_weight=0.0,
    scheme="IO",
    **regularization,
):
    """Windows of three tokens of 3 + 2 numbers."""
    return make_config(
        {
            "data": {"train": "none"},
            "labels": {"scheme": scheme},
            "structured_hinge": {"weight": hinge_weight},
            "window": {"size": 1, "combine": combine},
            "features": {
                "word": {"dimension": 3},
                "caps": 2,
                "shape": 0,
                "prefixes": {"dimension": 0},
                "suffixes": {"dimension": 0},
            },
            "model": {"hidden": list(hidden), "activation": activation},
            "loss": with_three_corrupted(loss),
            "regularization": {"dropout_input": 0.0, "dropout_hidden": 0.0, **regularization},
        }
    )


def names(hidden, loss):
    layers = [f"{letter}{k + 1}" for k in range(len(hidden)) for letter in "Wb"]
    return ["L.word", "L.caps", *layers, "U", *(["c"] if LOSSES[loss]().bias else [])]


@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_gradient_is_right(activation, loss, hidden, combine):
    checks = check_config(config(hidden, activation, loss, combine), points=10)
    assert [check.name for check in checks] == names(hidden, loss)
    for check in checks:
        assert check.worst < 1e-6, check
        assert check.checked > check.skipped, check
        assert check.elementwise < ELEMENTWISE_LIMIT, check


@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("tables", [False, True])
def test_every_gradient_is_right_with_penalties_and_dropout(tables, loss, hidden, combine):
    penalties = {"l2": 0.1, "l1": 0.05, "penalize_tables": tables}
    regularized = config(hidden, "tanh", loss, combine, **penalties, dropout_input=0.3, dropout_hidden=0.5)
    checks = check_config(regularized, points=10)
    assert [check.name for check in checks] == names(hidden, loss)
    assert max(check.worst for check in checks) < 1e-6
    assert max(check.elementwise for check in checks) < ELEMENTWISE_LIMIT


@pytest.mark.parametrize("loss", ["max_margin", "multiclass_hinge"])
def test_every_gradient_is_right_without_a_margin(loss):
    checks = check_config(config(loss={"name": loss, "margin": 0}))
    assert max(check.worst for check in checks) < 1e-6
    assert all(check.checked > check.skipped for check in checks)


@pytest.mark.parametrize(("tables", "wrong"), [(False, {"W1", "U"}), (True, {"L.word", "L.caps", "W1", "U"})])
def test_a_penalty_without_its_gradient_shows_in_what_is_penalized(monkeypatch, tables, wrong):
    def without_gradient(self, parameters, gradients):
        return self.l2 * sum(float((parameters[name] ** 2).sum()) for name in self.names)

    monkeypatch.setattr(Penalty, "add", without_gradient)
    checks = check_config(config(l2=0.1, penalize_tables=tables))
    assert {check.name for check in checks if check.worst > LIMIT} == wrong


@pytest.mark.parametrize("scheme", ["IO", "BIO", "IOBES"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_gradient_is_right_with_the_structured_hinge(loss, scheme):
    checks = check_config(config(loss=loss, scheme=scheme, hinge_weight=3.0))
    assert max(check.worst for check in checks) < 1e-6
    assert all(check.checked > check.skipped for check in checks)


def test_the_structured_hinge_is_checked_too(monkeypatch):
    def wrong(self, scores, target):
        value = right(self, scores, target)
        return value._replace(ds=1.01 * value.ds)

    right = StructuredHinge.__call__
    monkeypatch.setattr(StructuredHinge, "__call__", wrong)
    assert max(check.worst for check in check_config(config(hinge_weight=3.0))) > LIMIT


@pytest.mark.parametrize("norm", [1.0, 1.5, 2.0, 7.0, 100.0])
def test_every_gradient_is_right_whatever_norm_the_pairs_are_taken_in(norm):
    checks = check_config(config(loss={"name": "max_margin", "norm": norm}))
    assert max(check.worst for check in checks) < 1e-6


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "hard_tanh"])
@pytest.mark.parametrize("loss", [{"name": "max_margin", "norm": 1.0}, "multiclass_hinge"], ids=str)
def test_kinks_of_activation_loss_and_l1_are_skipped(activation, loss):
    # Between its kinks this J is quadratic in every single coordinate, so that a centered difference is
    # exact whatever the step. A wide step crosses many kinks; one overlooked would show.
    checks = check_config(config([4], activation, loss, l2=0.01, l1=0.1, penalize_tables=True), epsilon=0.01)
    assert max(check.worst for check in checks) < 1e-9
    assert sum(check.skipped for check in checks) > 10
    assert sum(check.checked for check in checks) > 50


def test_tables_that_are_not_trained_are_not_checked():
    frozen = make_config(
        {"data": {"train": "none"}, "features": {"word": {"train": False, "dimension": 2}, "caps": 2}}
    )
    checked = [check.name for check in check_config(frozen, points=2)]
    assert "L.word" not in checked
    assert "L.caps" in checked


def test_no_more_points_than_asked_for_are_looked_at():
    checks = check_config(config(), points=5)
    assert {check.name: check.checked + check.skipped for check in checks} == {
        "L.word": 5, "L.caps": 5, "W1": 5, "b1": 4, "U": 5,
    }  # fmt: skip


def test_the_check_follows_the_seed():
    assert check_config(config(), points=5) == check_config(config(), points=5)


def test_a_wrong_derivative_is_found(monkeypatch):
    monkeypatch.setattr(Tanh, "df", lambda self, z, a: a * a)  # eq. 56 as printed
    worst = {check.name: check.worst for check in check_config(config(hidden=[4, 3]))}
    assert all(worst[name] > LIMIT for name in ("L.word", "W1", "b1", "W2", "b2"))
    assert worst["U"] < LIMIT


def test_a_wrong_loss_gradient_is_found(monkeypatch):
    right = MaxMargin.__call__

    def flipped(self, scores, target):
        outcome = right(self, scores, target)
        return outcome._replace(ds=np.abs(outcome.ds))

    monkeypatch.setattr(MaxMargin, "__call__", flipped)
    assert all(check.worst > LIMIT for check in check_config(config()))


def test_a_mistake_of_the_vectorized_form_alone_is_found_by_differences_and_element_by_element(monkeypatch):
    right = Dense.forward

    def wrong(self, X):
        Z, backprop = right(self, X)
        return Z, lambda dZ, at: backprop(dZ, at)._replace(dW=1.01 * backprop(dZ, at).dW)

    monkeypatch.setattr(Dense, "forward", wrong)
    checks = {check.name: check for check in check_config(config(hidden=[4, 3]))}
    for name in ("W2", "U"):
        assert checks[name].worst > LIMIT
        assert checks[name].elementwise == pytest.approx(0.01 / 1.01)
        for each in checks[name].shown:
            assert each.analytic == pytest.approx(1.01 * each.elementwise)
            assert each.centered == pytest.approx(each.elementwise, rel=1e-6)
            assert each.centered_error == pytest.approx(0.01 / 1.01, rel=1e-3)
            assert each.one_sided_error == pytest.approx(0.01 / 1.01, rel=1e-1)
    for name in ("L.word", "L.caps", "W1", "b1", "b2"):
        assert checks[name].worst < LIMIT
        assert checks[name].elementwise < ELEMENTWISE_LIMIT


def test_a_mistake_of_both_forms_is_found_by_the_differences(monkeypatch):
    monkeypatch.setattr(Tanh, "df", lambda self, z, a: a * a)
    check = next(check for check in check_config(config()) if check.name == "W1")
    assert check.elementwise < ELEMENTWISE_LIMIT
    assert all(min(each.centered_error, each.one_sided_error) > LIMIT for each in check.shown)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign"])
def test_one_sided_differences_are_worse_than_centered_ones(activation):
    checks = check_config(config(activation=activation, loss="cross_entropy"))
    for each in (each for check in checks for each in check.shown):
        assert each.one_sided_error > 10 * each.centered_error


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_centered_errors_shrink_with_the_square_of_the_step_and_one_sided_ones_with_the_step(activation):
    coarse, fine = (
        np.array(
            [
                (each.centered_error, each.one_sided_error)
                for check in check_config(config(activation=activation, loss="cross_entropy"), epsilon=step)
                for each in check.shown
            ]
        )
        for step in (1e-2, 1e-3)
    )
    centered, one_sided = np.median(coarse / fine, axis=0)
    assert centered == pytest.approx(100, rel=0.1)
    assert one_sided == pytest.approx(10, rel=0.1)


def test_penalties_are_in_every_column():
    plain = config(scheme="BIO")
    penalized = config(scheme="BIO", l2=0.5, l1=0.3)
    for before, after in zip(check_config(plain), check_config(penalized), strict=True):
        if after.name in ("W1", "U"):
            assert before.shown != after.shown
        for each in after.shown:
            assert each.analytic == pytest.approx(each.elementwise, rel=1e-9)
            assert each.centered == pytest.approx(each.elementwise, rel=1e-5)
            assert each.one_sided == pytest.approx(each.elementwise, rel=1e-3)
