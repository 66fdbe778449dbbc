"""The best epoch so far, kept until training ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.network.scorer import Scorer
from wincls.tagger.two_stage import TwoStageCalibrator

Array = np.ndarray


class Checkpoint(NamedTuple):
    """A copy of the parameters of one epoch, with its calibrator and development F1."""

    epoch: int
    f1: float
    parameters: dict[str, Array]
    calibrator: TwoStageCalibrator

    @classmethod
    def of(cls, epoch: int, f1: float, scorer: Scorer, calibrator: TwoStageCalibrator) -> Checkpoint:
        """Copy what training goes on to change; frozen tables are shared."""
        copies = {name: scorer.parameters[name].copy() for name in scorer.trained}
        return cls(epoch, f1, scorer.parameters | copies, calibrator)
