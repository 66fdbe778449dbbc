"""Advice on the outcome of a training: why it found nothing, and whether more training would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean
from typing import NamedTuple

from wincls.evaluation.counts import Entities
from wincls.reports.tables import percent
from wincls.training.run import Run

_RUN = 3  # epochs at most that are compared with as many before
_RISE = 0.01  # of F1
_FALL = 0.9  # of the F1 of the first epoch
_SAME = 0.9  # of the loss of the first epoch; above this it hardly fell
_MORE = 1.5  # times the loss or the violations of the first epoch
_NEARLY_ALL = 0.5  # of the tokens


class Outcome(NamedTuple):
    """What happened in a training.

    losses, violations, f1: of each epoch, the last on the development data.
    best: the number of the best epoch, from 1.
    most: the largest number of epochs that the configuration allows.
    rate: schedule.rate.
    interval: the 95 % confidence interval of F1.
    gold, found: the number of entities in the development data, annotated and predicted.
    inside: the share of the tokens of the development data that are predicted to belong to entities.
    train_inside: the same of the annotated entities of train.
    shares_types: whether dev has a type of train.
    tag_column: data.tag_column if the training data are columns, else None.
    is_warm: whether training started from a model.
    """

    losses: Sequence[float]
    violations: Sequence[float]
    f1: Sequence[float]
    best: int
    most: int
    rate: float
    interval: tuple[float, float]
    gold: int
    found: int
    inside: float
    train_inside: float
    shares_types: bool
    tag_column: int | None
    is_warm: bool


def outcome_of(run: Run) -> Outcome:
    """The outcome of a run that is finished."""
    train, dev, _ = run.prepared.corpora
    found = run.training.development_entities()
    best = run.training.best
    assert best is not None
    return Outcome(
        losses=[record["loss"] for record in run.records],
        violations=[record["violations"] for record in run.records],
        f1=[record["development"]["f1"] for record in run.records],
        best=best.epoch,
        most=run.config.training.epochs,
        rate=run.config.schedule.rate,
        interval=run.dev.interval,
        gold=dev.labels.total(),
        found=sum(map(len, found)),
        inside=_tokens_inside(found) / dev.tokens,
        train_inside=_tokens_inside([sentence.entities for sentence in train.sentences]) / train.tokens,
        shares_types=bool(train.labels.keys() & dev.labels.keys()),
        tag_column=run.config.data.tag_column if train.format == "columns" else None,
        is_warm=run.init is not None,
    )


def _tokens_inside(entities: Sequence[Entities]) -> int:
    return sum(each.end - each.start for its_entities in entities for each in its_entities)


def outcome_advice(outcome: Outcome) -> Iterator[str]:
    """A line for each thing to change."""
    f1, rate = outcome.f1, outcome.rate
    if outcome.gold and not any(f1):
        yield f"No epoch found a correct entity: {_why_nothing(outcome)}."
    elif not outcome.is_warm and _fell(outcome):
        first, others = percent(f1[0]), percent(max(f1[1:]))
        yield (
            f"F1 was {first} after the first epoch and at most {others} after the others; schedule.rate is "
            f"probably too high: try {rate / 10:g} (now {rate:g})."
        )
    elif rise := _rise(outcome):
        yield f"F1 was still rising at the end ({rise}); try training.epochs={2 * outcome.most}."


def _why_nothing(outcome: Outcome) -> str:
    (first, *_, last), violations = (outcome.losses[0], *outcome.losses), outcome.violations
    lower, higher = (f"try schedule.rate={outcome.rate * by:g} (now {outcome.rate:g})" for by in (0.1, 10))
    loss = f"{first:.3g} in the first epoch, {last:.3g} in the last"
    if not outcome.shares_types:
        return "the development data have no type of the training data; check data.dev and data.tag_column"
    if outcome.train_inside > _NEARLY_ALL:
        where = "" if outcome.tag_column is None else f" in column {outcome.tag_column}"
        inside = f"{outcome.train_inside:.0%} of the training tokens belong to entities"
        return f"{inside}; are these the right tags{where}? Check data.tag_column"
    if last > _MORE * first or violations[-1] > _MORE * violations[0]:
        share = f"violations {violations[0]:.0%} and {violations[-1]:.0%}"
        return f"training did not converge (loss {loss}; {share}); {lower}"
    if len(outcome.losses) > 1 and last > _SAME * first:
        return f"the loss hardly fell ({loss}); {higher}"
    if outcome.inside > _NEARLY_ALL:
        return f"{outcome.inside:.0%} of the tokens are labeled as entities; {lower}"
    if outcome.found:
        return (
            f"{outcome.found:,} were found, all of them wrong; are the development data annotated like the "
            "training data? See wincls check"
        )
    return f"all tokens are O (loss {loss}); try training.epochs={2 * outcome.most}, or {higher[4:]}"


def _fell(outcome: Outcome) -> bool:
    """Whether the first epoch was the best by far."""
    f1 = outcome.f1
    return len(f1) > 2 and outcome.best == 1 and max(f1[1:]) < _FALL * f1[0]


def _rise(outcome: Outcome) -> str:
    """How F1 rose until the last epoch, if that is more than chance; empty if not."""
    f1 = outcome.f1
    if outcome.best != outcome.most or len(f1) < 2:
        return ""
    run = min(_RUN, len(f1) // 2)
    before, last = mean(f1[-2 * run : -run]), mean(f1[-run:])
    low, high = outcome.interval
    # All epochs are scored on the same sentences, so they differ less by chance than the interval is wide.
    if last - before <= max(_RISE, (high - low) / 8):
        return ""
    if run == 1:
        return f"last epoch {percent(last)}, the one before {percent(before)}"
    return f"mean of the last {run} epochs {percent(last)}, of the {run} before {percent(before)}"
