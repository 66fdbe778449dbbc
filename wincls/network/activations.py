"""Element-wise activations f and their derivatives f' (lecture 3, eq. 14 and 53-64).

Each class is one activation: ``f(z)`` returns a, and ``df(z, a)`` returns f'(z). Both have the shape and
the dtype of z. `kinks` are the points where f has no derivative; the gradient check skips points next to
them. A new activation is one class and one entry in ACTIVATIONS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from wincls.arrays import Array
from wincls.options import option


class Activation(Protocol):
    """The interface of an activation."""

    kinks: ClassVar[tuple[float, ...]]

    def f(self, z: Array) -> Array: ...

    def df(self, z: Array, a: Array) -> Array: ...


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-z)) (eq. 53; eq. 37, corrected: the exponent is -z)."""

    kinks: ClassVar[tuple[float, ...]] = ()

    def f(self, z: Array) -> Array:
        return 0.5 * (1.0 + np.tanh(0.5 * z))  # the same function (eq. 55) without overflow

    def df(self, z: Array, a: Array) -> Array:
        """The derivative s (1 - s) (eq. 54, corrected: exp(-z) / (1 + exp(-z))^2)."""
        return a * (1.0 - a)


@dataclass(frozen=True)
class Tanh:
    """(exp z - exp -z) / (exp z + exp -z) = 2 sigmoid(2z) - 1 (eq. 55)."""

    kinks: ClassVar[tuple[float, ...]] = ()

    def f(self, z: Array) -> Array:
        return np.tanh(z)

    def df(self, z: Array, a: Array) -> Array:
        """1 - tanh^2 z (eq. 56, corrected)."""
        return 1.0 - a * a


@dataclass(frozen=True)
class HardTanh:
    """-1 for z < -1, z for -1 <= z <= 1, 1 for z > 1 (eq. 57, corrected: -1 for z < -1)."""

    kinks: ClassVar[tuple[float, ...]] = (-1.0, 1.0)

    def f(self, z: Array) -> Array:
        return np.clip(z, -1.0, 1.0)

    def df(self, z: Array, a: Array) -> Array:
        """1 for -1 <= z <= 1, else 0 (eq. 58)."""
        return (z == a).astype(z.dtype)


@dataclass(frozen=True)
class SoftSign:
    """z / (1 + |z|) (eq. 59)."""

    kinks: ClassVar[tuple[float, ...]] = ()

    def f(self, z: Array) -> Array:
        return z / (1.0 + np.abs(z))

    def df(self, z: Array, a: Array) -> Array:
        """1 / (1 + |z|)^2 (eq. 60, corrected: no sign)."""
        return (1.0 - np.abs(a)) ** 2  # since 1 - |a| = 1 / (1 + |z|)


@dataclass(frozen=True)
class ReLU:
    """max(z, 0) (eq. 61)."""

    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def f(self, z: Array) -> Array:
        return np.maximum(z, 0.0)

    def df(self, z: Array, a: Array) -> Array:
        """1 for z > 0, else 0 (eq. 62)."""
        return (z > 0.0).astype(z.dtype)


@dataclass(frozen=True)
class LeakyReLU:
    """max(z, k z) with 0 < k < 1 (eq. 63)."""

    k: float = option(0.01, "slope for z < 0 (eq. 63)", above=0, below=1)
    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def f(self, z: Array) -> Array:
        return np.maximum(z, self.k * z)

    def df(self, z: Array, a: Array) -> Array:
        """1 for z > 0, else k (eq. 64)."""
        return np.where(z > 0.0, z.dtype.type(1.0), z.dtype.type(self.k))


ACTIVATIONS: dict[str, type] = {
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "hard_tanh": HardTanh,
    "softsign": SoftSign,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
}
