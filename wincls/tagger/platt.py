"""Multinomial Platt scaling: a softmax regression from scores to probabilities (Platt 1999)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.losses import log_softmax

_BLOCK = 256  # tokens at a time


class PlattScaling(NamedTuple):
    """log p(tag | x) = log softmax(A x + b).

    A: (tags, scores).
    b: (tags,). Tag 0 is O.
    """

    A: Array
    b: Array

    def log_probabilities(self, scores: Array) -> Array:
        """(tokens, tags) log-probabilities, with the dtype of the scores; scores: (tokens, scores)."""
        A, b = self.A.astype(scores.dtype), self.b.astype(scores.dtype)
        return log_softmax(scores @ A.T + b)


class TypewisePlattScaling(NamedTuple):
    """The same for many types: the logit of a tag depends on inputs of its own type and of O only.

    Inputs come in one or two groups, of which each has an input for every tag, or the first for all but
    O; the tags of a type lie side by side, in the same order for all types.

    own: (types, groups, prefixes, prefixes), from the inputs of each group to the tags of the type.
    outside: (tags, inputs of O), from the inputs that belong to O.
    b: (tags,). Tag 0 is O.
    """

    own: Array
    outside: Array
    b: Array

    def log_probabilities(self, inputs: Array) -> Array:
        """(tokens, tags) from (tokens, inputs), in the precision of the inputs."""
        types, _, prefixes, _ = self.own.shape
        own = self.own.astype(inputs.dtype).transpose(1, 0, 3, 2)  # (groups, types, inputs, prefixes)
        outside, b = self.outside.astype(inputs.dtype), self.b.astype(inputs.dtype)
        starts, of_outside = group_columns(inputs.shape[1], len(b))
        log_p = np.empty((len(inputs), len(b)), dtype=inputs.dtype)
        for i in range(0, len(inputs), _BLOCK):
            x = inputs[i : i + _BLOCK]
            z = x[:, of_outside] @ outside.T + b  # (tokens, tags)
            for start, matrices in zip(starts, own, strict=True):
                of_types = x[:, start : start + types * prefixes].reshape(len(x), types, prefixes)
                z[:, 1:] += (of_types.transpose(1, 0, 2) @ matrices).transpose(1, 0, 2).reshape(len(x), -1)
            log_p[i : i + _BLOCK] = log_softmax(z)
        return log_p


Platt = PlattScaling | TypewisePlattScaling


def group_columns(inputs: int, tags: int) -> tuple[list[int], list[int]]:
    """The first column of a type in each group of inputs, and the columns that belong to O.

    See TypewisePlattScaling.
    """
    second = [inputs - tags] if inputs > tags else []  # where a second group starts
    first_has_outside = (second or [inputs])[0] == tags
    outside = [0] * first_has_outside + second
    return [int(first_has_outside), *(start + 1 for start in second)], outside
