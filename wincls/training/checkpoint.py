"""The best epoch so far, kept until training ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wincls.network.scorer import Scorer

Array = np.ndarray


class Checkpoint(NamedTuple):
    """A copy of all networks' parameters after one epoch, with its development scores and F1.

    f1: the steady one, see training.development; scores: (tokens, scores) of every network.
    """

    epoch: int
    f1: float
    parameters: list[dict[str, Array]]
    scores: Sequence[Array]

    @classmethod
    def of(cls, epoch: int, f1: float, scorers: Sequence[Scorer], scores: Sequence[Array]) -> Checkpoint:
        """Copy what training goes on to change; frozen tables are shared."""
        parameters = [
            scorer.parameters | {name: scorer.parameters[name].copy() for name in scorer.trained}
            for scorer in scorers
        ]
        return cls(epoch, f1, parameters, scores)
