"""Update rules (lecture 3, eq. 45 and 68, sections 2.8-2.9) and the optimizer that applies them.

A rule updates ``theta`` in place with its gradient ``g`` at learning rate ``alpha``. Its `slots` name the
arrays of theta's shape that it keeps between steps. The same rule updates a whole tensor or only the rows
of a table that a batch used. A new rule is one class and one entry in OPTIMIZERS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from wincls.arrays import Array
from wincls.network.gradients import Gradient, RowGradient, dense
from wincls.options import option

_LEAST_EPSILON = 1e-30  # smaller ones become 0 in float32, and 0 / 0 is not a number


class Rule(Protocol):
    """The interface of an update rule.

    theta, g, slots: arrays of the same shape; theta and the slots are changed in place.
    alpha: the learning rate.
    t: the number of this step, from 1.
    """

    slots: ClassVar[tuple[str, ...]]

    def update(self, theta: Array, g: Array, alpha: float, t: int, *slots: Array) -> None: ...


@dataclass(frozen=True)
class SGD:
    """theta -= alpha g (eq. 45 and 66)."""

    slots: ClassVar[tuple[str, ...]] = ()

    def update(self, theta: Array, g: Array, alpha: float, t: int) -> None:
        theta -= alpha * g


@dataclass(frozen=True)
class Momentum:
    """v = mu v - alpha g; theta += v (section 2.8)."""

    mu: float = option(0.9, "decay of the velocity v", least=0, below=1)
    slots: ClassVar[tuple[str, ...]] = ("v",)

    def update(self, theta: Array, g: Array, alpha: float, t: int, v: Array) -> None:
        v *= self.mu
        v -= alpha * g
        theta += v


@dataclass(frozen=True)
class AdaGrad:
    """cache += g^2; theta -= alpha g / sqrt(cache + epsilon) (eq. 68, Duchi et al. 2011).

    Eq. 68 has no epsilon. The lecture's code adds 1e-8 under the root, and so does this one.
    """

    epsilon: float = option(1e-8, "keeps the root away from 0", least=_LEAST_EPSILON)
    slots: ClassVar[tuple[str, ...]] = ("cache",)

    def update(self, theta: Array, g: Array, alpha: float, t: int, cache: Array) -> None:
        cache += g * g
        theta -= alpha * g / np.sqrt(cache + self.epsilon)


@dataclass(frozen=True)
class RMSProp:
    """cache = rho cache + (1 - rho) g^2; theta -= alpha g / (sqrt(cache) + epsilon) (section 2.9)."""

    rho: float = option(0.9, "decay of the mean of squared gradients", least=0, below=1)
    epsilon: float = option(1e-8, "added to the root", least=_LEAST_EPSILON)
    slots: ClassVar[tuple[str, ...]] = ("cache",)

    def update(self, theta: Array, g: Array, alpha: float, t: int, cache: Array) -> None:
        cache *= self.rho
        cache += (1.0 - self.rho) * g * g
        theta -= alpha * g / (np.sqrt(cache) + self.epsilon)


@dataclass(frozen=True)
class Adam:
    """m and v are decaying means of g and g^2; theta -= alpha m^ / (sqrt(v^) + epsilon).

    m^ and v^ are m and v with the bias correction of Kingma and Ba (2015, algorithm 1), which divides them
    by 1 - beta^t. The lecture's code (section 2.9) simplifies this to m and v, as does `bias_correction`
    False.
    """

    beta1: float = option(0.9, "decay of the mean of gradients", least=0, below=1)
    beta2: float = option(0.999, "decay of the mean of squared gradients", least=0, below=1)
    epsilon: float = option(1e-8, "added to the root", least=_LEAST_EPSILON)
    bias_correction: bool = option(
        True, "whether m and v are divided by 1 - beta^t; false is the lecture's code (section 2.9)"
    )
    slots: ClassVar[tuple[str, ...]] = ("m", "v")

    def update(self, theta: Array, g: Array, alpha: float, t: int, m: Array, v: Array) -> None:
        m *= self.beta1
        m += (1.0 - self.beta1) * g
        v *= self.beta2
        v += (1.0 - self.beta2) * g * g
        m_hat, v_hat = m, v
        if self.bias_correction:
            m_hat = m / (1.0 - self.beta1**t)
            v_hat = v / (1.0 - self.beta2**t)
        theta -= alpha * m_hat / (np.sqrt(v_hat) + self.epsilon)


OPTIMIZERS: dict[str, type] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adam": Adam,
}


class Optimizer:
    """Applies a rule to named parameters and keeps each one's slots.

    By default, a RowGradient changes only its rows and their slots. For SGD and AdaGrad, this is exactly the
    dense update, since they do not change a row whose gradient is 0. For momentum, RMSProp and Adam, it is a
    *lazy* update: a dense step would also apply the velocity, and decay the means, in rows that the batch did
    not use. Here, these rows keep their state until a batch uses them. Adam's t counts steps of the
    optimizer, not of the row.

    rule: the update rule.
    parameters: arrays by name; they are changed in place.
    scales: factors of the learning rate by parameter name, 1 if not given (see :func:`fan_in_scales`).
    dense_updates: whether a RowGradient is treated as a dense gradient that is 0 in all other rows.
    """

    def __init__(
        self,
        rule: Rule,
        parameters: dict[str, Array],
        scales: dict[str, float] | None = None,
        dense_updates: bool = False,
    ):
        self.rule = rule
        self.parameters = parameters
        self.scales = scales or {}
        self.dense_updates = dense_updates
        self.t = 0
        self.slots = {name: [np.zeros_like(theta) for _ in rule.slots] for name, theta in parameters.items()}

    def step(self, gradients: dict[str, Gradient], alpha: float) -> None:
        """Update every parameter that has a gradient, in place, at learning rate `alpha`."""
        self.t += 1
        for name, g in gradients.items():
            theta, slots = self.parameters[name], self.slots[name]
            rate = alpha * self.scales.get(name, 1.0)
            if self.dense_updates:
                g = dense(g, theta)
            if isinstance(g, RowGradient):
                touched = theta[g.rows]  # (touched, dimension)
                touched_slots = [slot[g.rows] for slot in slots]
                self.rule.update(touched, g.values, rate, self.t, *touched_slots)
                theta[g.rows] = touched
                for slot, rows in zip(slots, touched_slots, strict=True):
                    slot[g.rows] = rows
            else:
                self.rule.update(theta, g, rate, self.t, *slots)


def fan_in_scales(fan_ins: dict[str, int]) -> dict[str, float]:
    """Collobert's scaling: factors 1 / sqrt(fan-in) of the learning rate (section 2.7).

    fan_ins: the fan-in of each parameter, by name.

    The lecture scales the rate of W, (n_(l+1), n_l), by 1 / sqrt(n_l). The biases of a layer get the same
    factor as its W: a bias is a weight on a constant input, so all weights of a unit have the same rate.
    Tables get no factor: their input is one-hot, so their fan-in is 1.
    """
    return {name: float(fan_in) ** -0.5 for name, fan_in in fan_ins.items()}
