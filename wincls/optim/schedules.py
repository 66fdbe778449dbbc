"""Learning-rate schedules alpha(t) (lecture 3, section 2.7).

A schedule is a function of the time t. t counts epochs, in fractions: step i of an epoch of n
steps has t = epoch + i / n, so that a schedule means the same on a corpus of any size. `end` is
the number of epochs the training is to last at most. A new schedule is one class and one entry
in SCHEDULES.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from wincls.options import option

_RATE = "alpha_0, the learning rate at the beginning"


class Schedule(Protocol):
    """What every schedule offers: alpha_0, and the rate at time t of a training of `end` epochs."""

    @property
    def rate(self) -> float: ...

    def at(self, t: float, end: float) -> float: ...


@dataclass(frozen=True)
class Constant:
    """alpha(t) = alpha_0 (eq. 66)."""

    rate: float = option(0.002, _RATE, above=0)

    def at(self, t: float, end: float) -> float:
        return self.rate


@dataclass(frozen=True)
class Annealing:
    """alpha_0 multiplied by a factor after every so many epochs (section 2.7, "annealing")."""

    rate: float = option(0.002, _RATE, above=0)
    factor: float = option(0.5, "what the rate is multiplied by", above=0, most=1)
    every: float = option(5.0, "epochs between two reductions", above=0)

    def at(self, t: float, end: float) -> float:
        return float(self.rate * self.factor ** math.floor(t / self.every))


@dataclass(frozen=True)
class Exponential:
    """alpha(t) = alpha_0 exp(-k t) (section 2.7)."""

    rate: float = option(0.002, _RATE, above=0)
    k: float = option(0.1, "decay per epoch", least=0)

    def at(self, t: float, end: float) -> float:
        return self.rate * math.exp(-self.k * t)


@dataclass(frozen=True)
class Hyperbolic:
    """alpha(t) = alpha_0 tau / max(t, tau) (eq. 67)."""

    rate: float = option(0.002, _RATE, above=0)
    tau: float = option(5.0, "the epoch at which the rate begins to fall", above=0)

    def at(self, t: float, end: float) -> float:
        return self.rate * self.tau / max(t, self.tau)


@dataclass(frozen=True)
class Linear:
    """A straight line from alpha_0 to 0 at the last epoch, after an optional warm-up from 0."""

    rate: float = option(0.002, _RATE, above=0)
    warmup: float = option(0.0, "epochs in which the rate rises from 0 to alpha_0", least=0)

    def at(self, t: float, end: float) -> float:
        rising = t / self.warmup if t < self.warmup else 1.0
        return self.rate * min(rising, max(0.0, (end - t) / max(end - self.warmup, 1e-12)))


SCHEDULES: dict[str, type] = {
    "constant": Constant,
    "annealing": Annealing,
    "exponential": Exponential,
    "hyperbolic": Hyperbolic,
    "linear": Linear,
}
