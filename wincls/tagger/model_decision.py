"""The part of a model file that makes entities from scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wincls.arrays import Array
from wincls.corpus.tag_set import TagSet
from wincls.tagger.archive import Layout
from wincls.tagger.calibration import Calibration
from wincls.tagger.plain import Plain
from wincls.tagger.platt import Platt, PlattScaling, TypewisePlattScaling

LARGEST = 1e12
"""Scores and the logits of probabilities are at most this. Well-trained models stay below 1e6. Sums of
such numbers over a text stay far below 3e38, where 32-bit numbers end."""


def decision_parts(decision: Calibration | Plain) -> tuple[dict[str, Any], dict[str, Array]]:
    """What is stored of a decision: settings, and arrays by name."""
    if isinstance(decision, Plain):
        return {"name": "plain", "threshold": decision.threshold}, {}
    first, second, shares, context_tokens, temperature = decision
    settings = {
        "name": "calibrated",
        "typewise": isinstance(first, TypewisePlattScaling),
        "context_tokens": context_tokens,
        "temperature": temperature,
    }
    arrays = {"type_shares": shares}
    for stage, platt in (("first", first), ("second", second)):
        arrays |= {f"platt/{stage}/{field}": array for field, array in platt._asdict().items()}
    return settings, arrays


def decision_layouts(settings: Mapping[str, Any], scores: int, tags: int, types: int) -> dict[str, Layout]:
    """The arrays of a decision with so many scores, tags and types."""
    if settings["name"] == "plain":
        return {}
    if settings["name"] != "calibrated":
        raise ValueError("unknown decision")
    layouts = {"type_shares": Layout("<f8", (types + 1,))}
    for stage, groups in (("first", [scores]), ("second", [scores, tags])):
        if settings["typewise"]:
            prefixes = (tags - 1) // max(1, types)
            layouts[f"platt/{stage}/own"] = Layout("<f8", (types, len(groups), prefixes, prefixes))
            layouts[f"platt/{stage}/outside"] = Layout("<f8", (tags, groups.count(tags)))
        else:
            layouts[f"platt/{stage}/A"] = Layout("<f8", (tags, sum(groups)))
        layouts[f"platt/{stage}/b"] = Layout("<f8", (tags,))
    return layouts


def decision_from(
    settings: Mapping[str, Any], arrays: Mapping[str, Array], tag_set: TagSet, largest: float
) -> Calibration | Plain:
    """The decision that decision_parts has stored.

    arrays: with the layouts of decision_layouts.
    largest: no score is larger, nor smaller than -largest.

    Raises ValueError for values that do not make sense.
    """
    if settings["name"] == "plain":
        threshold = settings["threshold"]
        if threshold is not None and not abs(number(threshold)) <= LARGEST:
            raise ValueError("threshold is out of range")
        return Plain(None if threshold is None else number(threshold))
    kind: type[Platt] = TypewisePlattScaling if settings["typewise"] else PlattScaling
    first, second = (
        kind(*(arrays[f"platt/{stage}/{field}"] for field in kind._fields)) for stage in ("first", "second")
    )
    context_tokens, temperature = settings["context_tokens"], number(settings["temperature"])
    if type(context_tokens) is not int or not 1 <= context_tokens < 2**31:
        raise ValueError("context_tokens is out of range")
    if not 0.01 <= temperature <= 100:
        raise ValueError("temperature is out of range")
    for platt in (first, second):
        with np.errstate(over="ignore", invalid="ignore"):
            weights = [np.abs(array).sum() for array in platt[:-1]]  # more than any sum over inputs
            logits = sum(weights) * max(largest, 1.0) + np.abs(platt.b)
        if not (logits <= LARGEST).all():
            raise ValueError("the calibration is not finite, or so large that probabilities overflow")
    shares = arrays["type_shares"]
    if not ((shares > 0) & (shares <= 1)).all():
        raise ValueError("the shares of the types are out of range")
    return Calibration(first, second, shares, context_tokens, temperature)


def number(value: Any) -> float:
    """A setting that is a number. Raises ValueError for anything else."""
    if type(value) not in (int, float):
        raise ValueError("a setting that is no number")
    return float(value)
