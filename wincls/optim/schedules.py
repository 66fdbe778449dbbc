"""Learning-rate schedules alpha(t) (lecture 3, section 2.7).

A schedule is a function of the time t, which has one of two units:

    iterations   t is the number of updates so far, as in the lecture.
    epochs       t is the number of passes so far, as a fraction: step i of n in epoch e, both from 0, has
                 t = e + i / n. Such a schedule does not depend on the size of the corpus.

Times are integers or fractions, and numbers from a configuration are taken as exact decimals, so that the
rate changes at exactly the right step. A new schedule is one class and one entry in SCHEDULES.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import ClassVar, Protocol

from wincls.options import option

UNITS = ("epochs", "iterations")

Time = int | Fraction

_RATE = "alpha_0, the initial learning rate"
_UNIT = "unit of time: epochs (with fractions) or iterations (updates)"


class Schedule(Protocol):
    """The interface of a schedule.

    rate: alpha_0.
    unit: the unit of t and end, one of UNITS.
    needs_end: whether the rate depends on `end`.
    at: the rate at time t of a training that ends at time `end` at the latest.
    """

    needs_end: ClassVar[bool]

    @property
    def rate(self) -> float: ...

    @property
    def unit(self) -> str: ...

    def at(self, t: Time, end: int) -> float: ...


@dataclass(frozen=True)
class Constant:
    """alpha(t) = alpha_0 (eq. 66)."""

    rate: float = option(0.002, _RATE, above=0)
    unit: ClassVar[str] = "epochs"
    needs_end: ClassVar[bool] = False

    def at(self, t: Time, end: int) -> float:
        return self.rate


@dataclass(frozen=True)
class Annealing:
    """alpha_0 multiplied by a factor after every n epochs or iterations (section 2.7, "annealing")."""

    rate: float = option(0.002, _RATE, above=0)
    factor: float = option(0.5, "factor of each reduction", above=0, most=1)
    every: float = option(5.0, "n, number of epochs or iterations between two reductions", above=0)
    unit: str = option("epochs", _UNIT, among=UNITS)
    needs_end: ClassVar[bool] = False

    def at(self, t: Time, end: int) -> float:
        reductions = t // _exact(self.every)
        return float(Decimal(str(self.rate)) * Decimal(str(self.factor)) ** reductions)


@dataclass(frozen=True)
class Exponential:
    """alpha(t) = alpha_0 exp(-k t) (section 2.7)."""

    rate: float = option(0.002, _RATE, above=0)
    k: float = option(0.1, "decay per epoch or iteration", least=0)
    unit: str = option("epochs", _UNIT, among=UNITS)
    needs_end: ClassVar[bool] = False

    def at(self, t: Time, end: int) -> float:
        return self.rate * math.exp(-_float(_exact(self.k) * t))


@dataclass(frozen=True)
class Hyperbolic:
    """alpha(t) = alpha_0 tau / max(t, tau) (eq. 67)."""

    rate: float = option(0.002, _RATE, above=0)
    tau: float = option(5.0, "time, in epochs or iterations, at which the rate starts to decrease", above=0)
    unit: str = option("epochs", _UNIT, among=UNITS)
    needs_end: ClassVar[bool] = False

    def at(self, t: Time, end: int) -> float:
        tau = _exact(self.tau)
        return self.rate * float(tau / max(t, tau))


@dataclass(frozen=True)
class Linear:
    """Linear decrease from alpha_0 to 0 at the end of training, after an optional linear warm-up from 0.

    Not in the lecture.
    """

    rate: float = option(0.002, "alpha_0, the learning rate after the warm-up", above=0)
    warmup: float = option(
        0.0, "number of epochs or iterations in which the rate increases from 0 to alpha_0", least=0
    )
    unit: str = option("epochs", _UNIT, among=UNITS)
    needs_end: ClassVar[bool] = True

    def at(self, t: Time, end: int) -> float:
        warmup = _exact(self.warmup)
        if t < warmup:
            return self.rate * float(t / warmup)
        return self.rate * float((end - t) / (end - warmup)) if t < end else 0.0


SCHEDULES: dict[str, type] = {
    "constant": Constant,
    "annealing": Annealing,
    "exponential": Exponential,
    "hyperbolic": Hyperbolic,
    "linear": Linear,
}


@cache
def _exact(number: float) -> Fraction:
    """A float as the exact fraction of its decimal form: 3/100 for 0.03."""
    return Fraction(str(number))


def _float(number: Fraction) -> float:
    """The nearest float, or infinity if the number is too large."""
    try:
        return float(number)
    except OverflowError:
        return math.inf
