"""Learning-rate schedules alpha(t) (lecture 3, section 2.7).

A schedule is a function of the time t, which it counts in its own `unit`:

    iterations   t is the number of updates made so far, as in the lecture.
    epochs       t is the number of passes so far, in fractions: step i of n of epoch e, both from 0,
                 has t = e + i / n. Such a schedule means the same on a corpus of any size.

Times are integers or fractions, and the numbers of a configuration are taken as the decimals that are
written there, so that a rate falls at exactly the step that it should. A new schedule is one class and
one entry in SCHEDULES.
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

_RATE = "alpha_0, the learning rate at the beginning"
_UNIT = "what time is counted in: epochs, in fractions, or iterations, which are updates"


class Schedule(Protocol):
    """What every schedule offers.

    rate: alpha_0.
    unit: what t and end count, one of UNITS.
    needs_end: whether the rate depends on the end.
    at: the rate at time t of a training that lasts until `end` at most.
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
    factor: float = option(0.5, "what the rate is multiplied by", above=0, most=1)
    every: float = option(5.0, "n, epochs or iterations between two reductions", above=0)
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
    tau: float = option(5.0, "the epoch or iteration at which the rate begins to fall", above=0)
    unit: str = option("epochs", _UNIT, among=UNITS)
    needs_end: ClassVar[bool] = False

    def at(self, t: Time, end: int) -> float:
        tau = _exact(self.tau)
        return self.rate * float(tau / max(t, tau))


@dataclass(frozen=True)
class Linear:
    """A straight line from alpha_0 to 0 at the end of training, after an optional warm-up from 0."""

    rate: float = option(0.002, _RATE, above=0)
    warmup: float = option(0.0, "epochs or iterations in which the rate rises from 0 to alpha_0", least=0)
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
    """The decimal that a float is written as: 3/100 for 0.03."""
    return Fraction(str(number))


def _float(number: Fraction) -> float:
    """The nearest float, infinity if there is none."""
    try:
        return float(number)
    except OverflowError:
        return math.inf
