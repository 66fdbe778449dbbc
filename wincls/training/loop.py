"""The training loop: a generator that yields a report after every epoch.

Its caller prints, draws the progress bar and writes files; the loop knows nothing of that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.config import Config
from wincls.errors import TrainingError
from wincls.evaluation.counts import Counts
from wincls.evaluation.evaluate import Evaluation, evaluate
from wincls.tagger.decoding import Decoder
from wincls.tagger.tagger import Tagger
from wincls.training.development import Development, Scoring, nothing
from wincls.training.member import Member, Progress
from wincls.training.prepare import Prepared
from wincls.training.processes import Outcome, Workers


class EpochReport(NamedTuple):
    """What happened in an epoch.

    epoch: its number, from 1.
    loss: mean J over the steps of all members.
    violations: share of comparisons that are margin violations (see LossValue).
    rate: the learning rate at its end.
    development: cross-fitted counts, see development.py.
    windows: scored in training by all members.
    seconds, development_seconds: for training, and for the development set.
    best: whether this is the best epoch so far.
    """

    epoch: int
    loss: float
    violations: float
    rate: float
    development: Counts
    windows: int
    seconds: float
    development_seconds: float
    best: bool

    def record(self) -> dict[str, Any]:
        """The same as a plain mapping."""
        dev = self.development
        figures = {"precision": dev.precision, "recall": dev.recall, "f1": dev.f1}
        return self._asdict() | {"development": figures, "windows_per_second": self.windows / self.seconds}


class BestEpoch(NamedTuple):
    """The best epoch so far.

    smoothed_f1: see DevelopmentEpoch.
    parameters: copies, by member.
    scores: of the development data, see CrossFitting.merge.
    """

    epoch: int
    smoothed_f1: float
    parameters: list[dict[str, Array]]
    scores: Sequence[Array]


class Training:
    """One run over prepared data; `epochs` is the loop, the rest is asked for when it is over."""

    def __init__(self, config: Config, prepared: Prepared, rng: np.random.Generator):
        self.config = config
        self.prepared = prepared
        generators = rng.spawn(len(prepared.ensemble))
        self.members = [Member(config, prepared, i, each) for i, each in enumerate(generators)]
        stream = prepared.encoded_dev.stream
        self.development = Development(
            prepared.encoded_dev,
            prepared.words[stream.tokens[stream.centers]],
            [sentence.entities for sentence in prepared.corpora.dev.sentences],
            Decoder(prepared.tag_set),
            prepared.folds,
            config.decision,
        )
        self.best: BestEpoch | None = None

    def epochs(
        self, progress: Progress = lambda windows, loss: None, scoring: Scoring = nothing
    ) -> Iterator[EpochReport]:
        """Train until the last epoch, or until `patience` epochs have brought nothing better.

        progress: called in training.
        scoring: called from the end of training on, as long as development data are scored.

        Epochs before the first that finds a correct entity are not counted.

        Raises TrainingError if the loss is not finite.
        """
        settings = self.config.training
        waited = 0
        with Workers(self.members) as workers:
            for epoch in range(1, settings.epochs + 1):
                began = time.perf_counter()
                outcomes = workers.epoch(epoch, progress, lambda: scoring(0.0))
                counts, best = self._develop(epoch, outcomes, scoring)
                passes = [outcome.passed for outcome in outcomes]
                seconds = max(outcome.seconds for outcome in outcomes)
                yield EpochReport(
                    epoch=epoch,
                    loss=sum(each.loss for each in passes) / len(passes),
                    violations=sum(each.violations for each in passes)
                    / max(1, sum(each.compared for each in passes)),
                    rate=passes[0].rate,
                    development=counts,
                    windows=sum(each.windows for each in passes),
                    seconds=seconds,
                    development_seconds=time.perf_counter() - began - seconds,
                    best=best,
                )
                waited = 0 if best else waited + 1
                if waited == settings.patience:
                    return

    def tagger(self) -> Tagger:
        """The tagger of the best epoch, whose decision is fitted to the whole development data.

        Raises TrainingError if no epoch is over yet.
        """
        if self.best is None:
            raise TrainingError("training ended before its first epoch; there is no model")
        ensemble = [
            replace(member.scorer, parameters=parameters)
            for member, parameters in zip(self.members, self.best.parameters, strict=True)
        ]
        return Tagger(
            self.prepared.tables,
            ensemble,
            self.prepared.tag_set,
            self.development.decision(self.best.scores),
            self.config.window.size,
            self.prepared.seen(),
        )

    def evaluate_development(self) -> Evaluation:
        """The cross-fitted development figures of the run; see development.py."""
        dev = self.prepared.corpora.dev
        found = [
            dev.scheme.expressible(entities, len(sentence.words))
            for entities, sentence in zip(self.development.cross_fitted(), dev.sentences, strict=True)
        ]
        return evaluate(dev.sentences, found, self.prepared.seen_in_dev())

    def _develop(self, epoch: int, outcomes: Sequence[Outcome], scoring: Scoring) -> tuple[Counts, bool]:
        if not all(np.isfinite(outcome.scores).all() for outcome in outcomes):
            raise TrainingError(
                f"epoch {epoch}: scores are not finite, training has diverged; lower schedule.rate "
                f"(now {self.config.schedule.rate:g}) or use another optimizer"
            )
        lengths = self.prepared.encoded_dev.stream.lengths
        scores = self.prepared.folds.merge([outcome.scores for outcome in outcomes], lengths)
        developed = self.development.add_epoch(scores, scoring)
        # As long as nothing is found, more training is all that is known to be better.
        best = self.best is None or not self.best.smoothed_f1 or developed.smoothed_f1 > self.best.smoothed_f1
        if best:
            parameters = [outcome.parameters for outcome in outcomes]
            self.best = BestEpoch(epoch, developed.smoothed_f1, parameters, scores)
        return developed.counts, best
