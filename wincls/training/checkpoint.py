"""The best epoch so far, kept until training ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Checkpoint(NamedTuple):
    """A copy of all networks' parameters after one epoch, with its development scores and F1.

    f1: the steady one, see training.development; scores: (tokens, scores), see there too.
    """

    epoch: int
    f1: float
    parameters: list[dict[str, Array]]
    scores: Sequence[Array]
