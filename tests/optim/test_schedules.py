import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.optim.schedules import (
    SCHEDULES,
    UNITS,
    Annealing,
    Constant,
    Exponential,
    Hyperbolic,
    Linear,
)

END = 10
STEPS = 1000  # of an epoch

# (schedule, {t: alpha(t)}) in a training that lasts until t = 10, whatever t counts
TABLES = {
    "constant": (Constant(0.5), {"0": 0.5, "3.3": 0.5, "10": 0.5}),
    "annealing": (
        Annealing(1.0, factor=0.5, every=2),
        {"0": 1.0, "1.99": 1.0, "2": 0.5, "3.99": 0.5, "4": 0.25, "9": 0.0625},
    ),
    "exponential": (Exponential(2.0, k=math.log(2)), {"0": 2.0, "0.5": math.sqrt(2), "1": 1.0, "3": 0.25}),
    # alpha_0 until tau = 4, then alpha_0 tau / t
    "hyperbolic": (Hyperbolic(3.0, tau=4), {"0": 3.0, "2": 3.0, "4": 3.0, "5": 2.4, "8": 1.5, "10": 1.2}),
    "linear": (Linear(1.0), {"0": 1.0, "2.5": 0.75, "5": 0.5, "10": 0.0, "11": 0.0}),
}
TIMED = [name for name in SCHEDULES if name != "constant"]


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_over_time(name):
    schedule, table = TABLES[name]
    assert type(schedule) is SCHEDULES[name]
    assert {t: schedule.at(Fraction(t), END) for t in table} == pytest.approx(table)


def test_linear_rises_from_0_while_it_warms_up():
    # up to 1 in 2 epochs, then down to 0 in the 8 that are left
    table = {"0": 0.0, "0.5": 0.25, "1": 0.5, "2": 1.0, "4": 0.75, "6": 0.5, "10": 0.0}
    schedule = Linear(1.0, warmup=2)
    assert {t: schedule.at(Fraction(t), END) for t in table} == pytest.approx(table)


@pytest.mark.parametrize("warmup", [10, 20])
def test_linear_may_be_stopped_while_it_still_warms_up(warmup):
    assert Linear(1.0, warmup).at(5, END) == 5 / warmup


@pytest.mark.parametrize("name", SCHEDULES)
def test_alpha_0_is_the_rate(name):
    assert SCHEDULES[name](rate=0.3).at(0, END) == 0.3


@pytest.mark.parametrize("name", SCHEDULES)
@given(t=st.fractions(0, END), end=st.integers(1, END), warmup=st.floats(0.0, 2 * END))
def test_no_rate_is_negative_or_above_alpha_0(name, t, end, warmup):
    schedule = Linear(0.3, warmup) if name == "linear" else SCHEDULES[name](rate=0.3)
    assert 0.0 <= schedule.at(min(t, end), end) <= 0.3


# Epochs and iterations


@pytest.mark.parametrize("name", TIMED)
def test_time_is_counted_in_epochs_unless_something_else_is_asked_for(name):
    assert SCHEDULES[name]().unit == UNITS[0] == "epochs"
    assert SCHEDULES[name](unit="iterations").unit == "iterations"


def in_both_units(schedule, in_epochs, in_iterations):
    """The rates of all steps of two epochs, counted in epochs and in iterations."""
    epochs = schedule(0.1, **in_epochs)
    iterations = schedule(0.1, **in_iterations, unit="iterations")
    return (
        [epochs.at(Fraction(step, STEPS), 2) for step in range(2 * STEPS)],
        [iterations.at(step, 2 * STEPS) for step in range(2 * STEPS)],
    )


def test_annealing_is_never_a_step_late():
    by_epochs, by_iterations = in_both_units(Annealing, {"every": 0.03}, {"every": 30})
    by_hand, reductions = [], 0
    for step in range(2 * STEPS):
        if step and step % 30 == 0:
            reductions += 1
        by_hand.append(0.1 * 0.5**reductions)
    assert by_epochs == by_iterations == pytest.approx(by_hand, rel=1e-15)
    falls = [step for step in range(1, 2 * STEPS) if by_epochs[step] != by_epochs[step - 1]]
    assert falls == list(range(30, 2 * STEPS, 30))


@pytest.mark.parametrize("every", [0.1, 0.3, 0.7, 1.1])
def test_annealing_falls_at_the_decimal_that_is_written(every):
    """0.3 / 0.1 is 2.9999999999999996 in floats."""
    schedule = Annealing(1.0, 0.5, every)
    for n in range(1, 50):
        exact = n * Fraction(str(every))
        assert schedule.at(exact, 100) == 0.5**n
        assert schedule.at(exact - Fraction(1, 10**6), 100) == 0.5 ** (n - 1)


def test_annealed_rates_are_the_decimals_that_they_should_be():
    """0.1 * 0.1 is 0.010000000000000002 in floats."""
    schedule = Annealing(0.1, 0.1, 1, "iterations")
    assert [schedule.at(t, END) for t in range(4)] == [0.1, 0.01, 0.001, 0.0001]


def test_exponential_decay_of_both_units():
    by_epochs, by_iterations = in_both_units(Exponential, {"k": 0.7}, {"k": 0.0007})
    assert by_epochs == by_iterations
    # 0.1 e^-0.7 after an epoch, 0.1 e^-0.0007 after a step
    assert by_epochs[STEPS] == pytest.approx(0.04965853037914095, rel=1e-14)
    assert by_epochs[1] == pytest.approx(0.09993002449428433, rel=1e-14)


def test_hyperbolic_decay_of_both_units():
    by_epochs, by_iterations = in_both_units(Hyperbolic, {"tau": 0.03}, {"tau": 30})
    assert by_epochs == by_iterations
    assert by_epochs[:31] == [0.1] * 31
    assert by_epochs[31] < 0.1
    # 0.1 * 30 / 60, 0.1 * 30 / 40, 0.1 * 30 / 1500
    assert [by_epochs[t] for t in (60, 40, 1500)] == pytest.approx([0.05, 0.075, 0.002], rel=1e-15)


def test_a_straight_line_of_both_units():
    by_epochs, by_iterations = in_both_units(Linear, {"warmup": 0.4}, {"warmup": 400})
    assert by_epochs == by_iterations
    # 0.1 * 100 / 400; all of it; 0.1 * (2000 - 1200) / 1600; 0.1 / 1600
    expected = {100: 0.025, 400: 0.1, 1200: 0.05, 1999: 0.0000625}
    assert {step: by_epochs[step] for step in expected} == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Annealing(0.1, 0.5, 5e-324), 0.0),
        (Annealing(0.1, 1.0, 5e-324), 0.1),
        (Annealing(0.1, 0.5, 1e308), 0.1),
        (Exponential(0.1, 1e308), 0.0),
        (Hyperbolic(0.1, 5e-324), 0.0),
        (Hyperbolic(0.1, 1e308), 0.1),
        (Linear(0.1, 1e308), 0.0),
    ],
)
def test_the_oddest_numbers_give_a_rate(schedule, expected):
    assert schedule.at(10**6, 10**7) == pytest.approx(expected, abs=1e-300)
