"""How weights begin (lecture 3, section 2.6). Biases always begin at 0.

A new initialization is one class and one entry in INITIALIZERS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wincls.arrays import Array
from wincls.options import option


class Initializer(Protocol):
    """What every initialization offers: the weights of a layer, (fan_out, fan_in)."""

    def draw(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array: ...


@dataclass(frozen=True)
class SmallRandom:
    """Normally distributed with mean 0: "small random numbers work well in practice" (section 2.6)."""

    deviation: float = option(0.01, "standard deviation of the initial weights", above=0)

    def draw(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        return self.deviation * rng.standard_normal((fan_out, fan_in))  # (fan_out, fan_in)


@dataclass(frozen=True)
class Xavier:
    """Uniform between -r and r, with r = sqrt(6 / (fan_in + fan_out)) (eq. 65; Glorot and Bengio 2010)."""

    def draw(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        bound = np.sqrt(6.0 / (fan_in + fan_out))
        return rng.uniform(-bound, bound, (fan_out, fan_in))  # (fan_out, fan_in)


INITIALIZERS: dict[str, type] = {"xavier": Xavier, "small_random": SmallRandom}
