import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.optim.schedules import SCHEDULES, Annealing, Constant, Exponential, Hyperbolic, Linear

END = 10.0

# (schedule, {t in epochs: alpha(t)}) in a training of 10 epochs
TABLES = {
    "constant": (Constant(0.5), {0: 0.5, 3.3: 0.5, 10: 0.5}),
    "annealing": (
        Annealing(1.0, factor=0.5, every=2),
        {0: 1.0, 1.99: 1.0, 2: 0.5, 3.99: 0.5, 4: 0.25, 9: 0.0625},
    ),
    "exponential": (Exponential(2.0, k=math.log(2)), {0: 2.0, 0.5: math.sqrt(2), 1: 1.0, 3: 0.25}),
    # alpha_0 until tau = 4, then alpha_0 tau / t
    "hyperbolic": (Hyperbolic(3.0, tau=4), {0: 3.0, 2: 3.0, 4: 3.0, 5: 2.4, 8: 1.5, 10: 1.2}),
    "linear": (Linear(1.0), {0: 1.0, 2.5: 0.75, 5: 0.5, 10: 0.0, 11: 0.0}),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_over_time(name):
    schedule, table = TABLES[name]
    assert type(schedule) is SCHEDULES[name]
    assert {t: schedule.at(t, END) for t in table} == pytest.approx(table)


def test_linear_rises_from_0_while_it_warms_up():
    # up to 1 in 2 epochs, then down to 0 in the 8 that are left
    table = {0: 0.0, 0.5: 0.25, 1: 0.5, 2: 1.0, 4: 0.75, 6: 0.5, 10: 0.0}
    schedule = Linear(1.0, warmup=2)
    assert {t: schedule.at(t, END) for t in table} == pytest.approx(table)


@pytest.mark.parametrize("warmup", [10, 20])
def test_linear_may_be_stopped_while_it_still_warms_up(warmup):
    assert Linear(1.0, warmup).at(5, END) == 5 / warmup


@pytest.mark.parametrize("name", SCHEDULES)
def test_alpha_0_is_the_rate(name):
    assert SCHEDULES[name](rate=0.3).at(0.0, END) == 0.3


@pytest.mark.parametrize("name", SCHEDULES)
@given(t=st.floats(0.0, END), end=st.floats(1.0, END), warmup=st.floats(0.0, 2 * END))
def test_no_rate_is_negative_or_above_alpha_0(name, t, end, warmup):
    schedule = Linear(0.3, warmup) if name == "linear" else SCHEDULES[name](rate=0.3)
    assert 0.0 <= schedule.at(min(t, end), end) <= 0.3
