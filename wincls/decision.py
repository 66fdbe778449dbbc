"""The choices of `decision`: how scores become entities.

tagger/ makes the decisions; training/decisions.py fits them.
"""

from __future__ import annotations

from dataclasses import dataclass

from wincls.options import option


@dataclass(frozen=True)
class CalibratedDecision:
    """The most probable legal tag sequence, with probabilities fitted to the development data."""

    context_tokens: int = option(
        3000,
        "size of a context block in tokens; the probabilities of a word depend on its other occurrences in "
        "the block and on the frequency of each entity type there; 1: each sentence is a block",
        least=1,
        most=10**6,
    )


@dataclass(frozen=True)
class ArgmaxDecision:
    """The class with the largest score (eq. 4), token by token."""


@dataclass(frozen=True)
class ThresholdDecision:
    """The label with the largest score if the score is above a threshold, else O, token by token."""

    value: float | None = option(
        None, "the threshold; null selects the one with the best F1 on the development data"
    )


Decision = CalibratedDecision | ArgmaxDecision | ThresholdDecision
DECISIONS: dict[str, type] = {
    "calibrated": CalibratedDecision,
    "argmax": ArgmaxDecision,
    "threshold": ThresholdDecision,
}
