"""Multinomial Platt scaling: a softmax regression from scores to probabilities (Platt 1999)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.network.losses import log_softmax

_TOKENS = 512  # that are worked on at a time, where there are many tags
_TAGS = 32  # of whole types that are worked on at a time, about


class PlattScaling(NamedTuple):
    """log p(tag | x) = log softmax(A x + b).

    A: (tags, scores).
    b: (tags,). Tag 0 is O.
    """

    A: Array
    b: Array

    def log_probabilities(self, *inputs: Array) -> Array:
        """(tokens, tags) log-probabilities, with the dtype of the inputs.

        inputs: one or two groups of inputs side by side, each (tokens, inputs).
        """
        x = inputs[0] if len(inputs) == 1 else np.concatenate(inputs, axis=1)
        A, b = self.A.astype(x.dtype), self.b.astype(x.dtype)
        return log_softmax(x @ A.T + b)


class TypewisePlattScaling(NamedTuple):
    """The same for many types: the logit of a tag depends on inputs of its own type and of O only.

    Each group of inputs has one for every tag, or the first group for all but O. The tags of a type lie
    side by side, in the same order for all types.

    own: (types, groups, prefixes, prefixes), from the inputs of each group to the tags of the type.
    outside: (tags, inputs of O), from the inputs that belong to O.
    b: (tags,). Tag 0 is O.
    """

    own: Array
    outside: Array
    b: Array

    def log_probabilities(self, *inputs: Array) -> Array:
        """(tokens, tags) log-probabilities, see PlattScaling; each group of inputs by itself."""
        of_types, common = split_inputs(inputs, len(self.b))
        rest = np.concatenate([self.outside, self.b[:, None]], axis=1).astype(common.dtype)
        maps = list(self._maps(rest))
        log_p = np.empty((len(common), len(self.b)), dtype=common.dtype)
        for i in range(0, len(common), _TOKENS):
            tokens = slice(i, i + _TOKENS)
            z = log_p[tokens]
            z[:, :1] = common[tokens] @ rest[:1].T
            for tags, matrix in maps:
                x = [group[tokens, tags] for group in of_types] + [common[tokens]]
                np.matmul(np.concatenate(x, axis=1), matrix, out=z[:, 1:][:, tags])
            z[...] = log_softmax(z)
        return log_p

    def _maps(self, rest: Array) -> Iterator[tuple[slice, Array]]:
        """The tags of some types, from the first after O, and the matrix from their inputs to their logits.

        rest: (tags, common inputs), from the inputs that all tags share.
        """
        types, groups, prefixes, _ = self.own.shape
        size = max(1, _TAGS // prefixes)  # types
        for first in range(0, types, size):
            own = self.own[first : first + size]
            n = np.arange(len(own))
            diagonal = np.zeros((groups, len(own), prefixes, len(own), prefixes), dtype=rest.dtype)
            diagonal[:, n, :, n] = own.transpose(0, 1, 3, 2)
            tags = slice(first * prefixes, (first + len(own)) * prefixes)
            yield tags, np.concatenate([diagonal.reshape(-1, len(own) * prefixes), rest[1:][tags].T])


Platt = PlattScaling | TypewisePlattScaling


def split_inputs(inputs: Sequence[Array], tags: int) -> tuple[list[Array], Array]:
    """The inputs that belong to types, of each group, and those that are common to all tags.

    inputs: groups of inputs, see TypewisePlattScaling.
    Returns for each group (tokens, tags - 1), and (tokens, inputs of O + 1), the last of which is 1.
    """
    outside = [group[:, :1] for group in inputs if group.shape[1] == tags]
    constant = np.ones((len(inputs[0]), 1), dtype=inputs[0].dtype)
    return [group[:, 1 - tags :] for group in inputs], np.concatenate([*outside, constant], axis=1)
