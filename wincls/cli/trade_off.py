"""Options that trade precision for recall, or recall for precision."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import click

from wincls.cli.options import finite
from wincls.errors import ConfigError, nearest
from wincls.evaluation.thresholds import OTHER_FIGURE, Want
from wincls.tagger.calibration import Calibration
from wincls.tagger.tagger import Tagger

MinScores = Mapping[str, float]
"""Minimum scores by entity type; that of the empty string is for all types that are not named."""


def parse_min_scores(ctx: click.Context, parameter: click.Parameter, given: Sequence[str]) -> MinScores:
    """Callback of --min-score; given: numbers, or types with numbers such as "LOC=0.6"."""
    found: dict[str, float] = {}
    for each in given:
        label, _, text = each.rpartition("=")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or each.startswith("="):
            raise click.BadParameter(
                f"found {each!r}; give a number, or a type with one: LOC=0.6", ctx, parameter
            )
        if label in found:
            what = f"the type {label} has" if label else "types that are not named have"
            raise click.BadParameter(f"{what} two numbers; give one", ctx, parameter)
        found[label] = number
    return found


def parse_wants(ctx: click.Context, parameter: click.Parameter, given: Sequence[str]) -> list[Want]:
    """Callback of --want; given: figures with shares, such as "precision=0.95"."""
    wants = []
    for each in given:
        figure, _, text = each.partition("=")
        try:
            least = float(text)
        except ValueError:
            least = -1.0
        if figure not in OTHER_FIGURE or not 0 < least <= 1:
            raise click.BadParameter(
                f"found {each!r}; give precision or recall and a share above 0, up to 1: precision=0.95",
                ctx,
                parameter,
            )
        wants.append(Want(figure, least))
    return wants


_OPTIONS = [
    click.option(
        "--min-score",
        multiple=True,
        metavar="[TYPE=]P",
        callback=parse_min_scores,
        help="Leave out entities less probable than P (of a model that decides by a threshold or argmax: "
        "with a smaller score). With a type, only those of this type; can be repeated.",
    ),
    click.option(
        "--recall-bias",
        type=float,
        default=0.0,
        metavar="X",
        callback=finite,
        help="Subtract X from the log-odds of O before entities are chosen: a positive X finds more "
        "entities, a negative one fewer. Scores do not change. Only for calibrated decisions.",
    ),
]


_THRESHOLDS = [
    click.option(
        "--thresholds",
        is_flag=True,
        help="Print the figures by minimum score, and the minimum scores with the highest F1.",
    ),
    click.option(
        "--want",
        "wants",
        multiple=True,
        metavar="FIGURE=P",
        callback=parse_wants,
        help="As --thresholds, also with the minimum scores for precision=P or recall=P, where P is a share "
        "such as 0.95; can be repeated.",
    ),
]


def trade_off_options(command: Any) -> Any:
    """The options --min-score and --recall-bias."""
    for each in reversed(_OPTIONS):
        command = each(command)
    return command


def threshold_options(command: Any) -> Any:
    """The options --thresholds and --want."""
    for each in reversed(_THRESHOLDS):
        command = each(command)
    return command


class TradeOff(NamedTuple):
    """What the options were given; the defaults change nothing."""

    min_score: MinScores = MappingProxyType({})
    recall_bias: float = 0.0

    def apply(self, tagger: Tagger) -> dict[str, float] | None:
        """Set the tagger's recall bias; return the minimum score of each type, None if none was given.

        Raises ConfigError for what does not fit the tagger.
        """
        is_calibrated = isinstance(tagger.decision, Calibration)
        for label, number in self.min_score.items():
            if label and label not in tagger.labels:
                raise ConfigError(
                    f"--min-score: the model has no type {label}; its types are {', '.join(tagger.labels)}"
                    f"{nearest(label, tagger.labels)}"
                )
            if is_calibrated and not 0 <= number <= 1:
                raise ConfigError(f"--min-score: found {number:g}; give a probability from 0 to 1")
        if self.recall_bias and not is_calibrated:
            raise ConfigError(
                "--recall-bias: only for calibrated decisions, but this model decides by its scores alone; "
                "leave it out, or train with decision: calibrated"
            )
        tagger.recall_bias = self.recall_bias
        if not self.min_score:
            return None
        default = self.min_score.get("", -math.inf)
        return {label: self.min_score.get(label, default) for label in tagger.labels}
