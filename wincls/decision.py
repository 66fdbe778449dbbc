"""The choice of a decision: how scores become entities (tagger/ decides, training/decisions.py fits)."""

from __future__ import annotations

from dataclasses import dataclass

from wincls.options import option


@dataclass(frozen=True)
class CalibratedDecision:
    """Probabilities that are fitted to the development data; the most probable legal tag sequence."""

    context_tokens: int = option(
        3000,
        "tokens of a context block, within which other occurrences of a word and the frequency of each "
        "entity type count; 1: each sentence is a block",
        least=1,
        most=10**6,
    )


@dataclass(frozen=True)
class ArgmaxDecision:
    """The class with the largest score (eq. 4), token by token."""


@dataclass(frozen=True)
class ThresholdDecision:
    """The label with the largest score, if that is above a threshold, token by token."""

    value: float | None = option(
        None, "the threshold; null chooses the one with the best F1 on the development data"
    )


Decision = CalibratedDecision | ArgmaxDecision | ThresholdDecision
DECISIONS: dict[str, type] = {
    "calibrated": CalibratedDecision,
    "argmax": ArgmaxDecision,
    "threshold": ThresholdDecision,
}
