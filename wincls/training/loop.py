"""The training loop: a generator that yields a report after every epoch.

The caller prints, draws the progress bar and writes files.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.config import Config
from wincls.corpus.schemes import Entity
from wincls.errors import TrainingError
from wincls.evaluation.counts import Counts
from wincls.evaluation.evaluate import Evaluation, evaluate
from wincls.tagger.decoding import Decoder
from wincls.tagger.tagger import Tagger
from wincls.training.checkpoint import Checkpoint, read_arrays, write_arrays
from wincls.training.development import Development, Scoring, nothing
from wincls.training.member import Member, Progress
from wincls.training.prepare import Prepared
from wincls.training.processes import Outcome, Workers

_TIMES = ("seconds", "development_seconds")


class EpochReport(NamedTuple):
    """The report of an epoch.

    epoch: its number, from 1.
    loss: the mean of J over the steps of all members.
    violations: the share of violated comparisons, see LossValue.
    rate: the learning rate of its last step.
    development: cross-fitted counts, see development.py.
    windows: the number of windows that all members scored in training.
    seconds, development_seconds: the time for training and for the development set.
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
        """The report as a plain mapping, without the times, which differ between runs."""
        dev = self.development
        figures = {"precision": dev.precision, "recall": dev.recall, "f1": dev.f1}
        record = self._asdict() | {"development": figures}
        return {name: value for name, value in record.items() if name not in _TIMES}

    def times(self) -> dict[str, Any]:
        """The times as a plain mapping."""
        times = {name: getattr(self, name) for name in ("epoch", *_TIMES)}
        return times | {"windows_per_second": self.windows / self.seconds}


class BestEpoch(NamedTuple):
    """The best epoch so far.

    smoothed_f1: see DevelopmentEpoch.
    epoch: its number, from 1.
    parameters: copies of the parameters of each member.
    scores: scores of the development data, see CrossFitting.places. A better epoch overwrites them.
    """

    epoch: int
    smoothed_f1: float
    parameters: list[dict[str, Array]]
    scores: list[Array]


class Training:
    """A training on prepared data: first the loop :meth:`epochs`, then the results."""

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
        self._places = prepared.folds.places(stream.lengths)
        self._spare: list[Array] | None = None  # scores of an epoch that is not the best

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.development.epochs)

    @property
    def is_over(self) -> bool:
        """Whether all epochs are finished, or the best epoch is `patience` epochs ago."""
        settings, best = self.config.training, self.best
        return self.epoch >= settings.epochs or (
            best is not None and self.epoch - best.epoch >= settings.patience
        )

    def epochs(
        self,
        progress: Progress = lambda windows, loss: None,
        scoring: Scoring = nothing,
        checkpoint: Checkpoint | None = None,
    ) -> Iterator[EpochReport]:
        """Train until :attr:`is_over`, and yield a report after each epoch.

        As long as no epoch has found a correct entity, each epoch counts as better than the one before.

        progress: called in training.
        scoring: called from the end of training on, as long as development data are scored.
        checkpoint: where the members save their states after each epoch; None for nowhere.

        Raises TrainingError if the loss is not finite.
        """
        members = range(len(self.members))
        with Workers(self.members) as workers:
            while not self.is_over:
                epoch = self.epoch + 1
                began = time.perf_counter()
                saved = [checkpoint.path(f"member{i}", epoch) for i in members] if checkpoint else None
                scores = self._room_for_scores()

                def scored(member: int, first: int, block: Array, scores: list[Array] = scores) -> None:
                    array, rows = self._places[member]
                    scores[array][rows[first : first + len(block)]] = block

                outcomes = workers.epoch(epoch, progress, scored, saved, lambda: scoring(0.0))
                counts, best = self._develop(epoch, outcomes, scores, scoring)
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

    def save(self, checkpoint: Checkpoint, records: list[dict[str, Any]], state: dict[str, Any]) -> None:
        """Complete the checkpoint of the last epoch. The members have already written their parts.

        records: the records of all epochs.
        state: further values to store in the checkpoint.
        """
        best = self.best
        assert best is not None
        members = [checkpoint.path(f"member{i}", self.epoch) for i in range(len(self.members))]
        development = checkpoint.path("development", self.epoch)
        self.development.save(development)
        its_best = checkpoint.path("best", best.epoch)
        if best.epoch == self.epoch:
            arrays = {f"scores/{i}": scores for i, scores in enumerate(best.scores)}
            for i, parameters in enumerate(best.parameters):
                arrays |= {f"{i}/{name}": array for name, array in parameters.items()}
            write_arrays(its_best, arrays, {"epoch": best.epoch, "smoothed_f1": best.smoothed_f1})
        state = state | {"epoch": self.epoch, "best": best.epoch, "records": records}
        checkpoint.complete([*members, development, its_best], state)

    def restore(self, checkpoint: Checkpoint, state: Mapping[str, Any]) -> None:
        """Restore the state of a checkpoint; state: from Checkpoint.read."""
        epoch = state["epoch"]
        for i, member in enumerate(self.members):
            member.restore(checkpoint.path(f"member{i}", epoch))
        self.development.restore(checkpoint.path("development", epoch))
        arrays, settings = read_arrays(checkpoint.path("best", state["best"]))
        parameters: list[dict[str, Array]] = [{} for _ in self.members]
        scores = []
        for name, array in arrays.items():
            part, _, rest = name.partition("/")
            if part == "scores":
                scores.append(array)
            else:
                parameters[int(part)][rest] = array
        self.best = BestEpoch(settings["epoch"], settings["smoothed_f1"], parameters, scores)

    def tagger(self) -> Tagger:
        """The tagger of the best epoch, with the decision that is fitted to the whole development set.

        Raises TrainingError if no epoch is finished.
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
            self.prepared.tokenizer,
            self.prepared.profile(),
        )

    def development_entities(self) -> list[list[Entity]]:
        """The cross-fitted entities of each development sentence; see development.py."""
        dev = self.prepared.corpora.dev
        return [
            dev.scheme.expressible(entities, len(sentence.words))
            for entities, sentence in zip(self.development.cross_fitted(), dev.sentences, strict=True)
        ]

    def evaluate_development(self) -> Evaluation:
        """The cross-fitted development figures of the run."""
        dev = self.prepared.corpora.dev
        return evaluate(dev.sentences, self.development_entities(), self.prepared.seen_in_dev())

    def _room_for_scores(self) -> list[Array]:
        """Arrays for the scores of the development data in an epoch, see CrossFitting.places."""
        if self._spare is None:
            arrays = len({array for array, _ in self._places})
            shape = len(self.prepared.encoded_dev.tags), self.members[0].scorer.n_scores
            self._spare = [np.empty(shape, dtype=np.float32) for _ in range(arrays)]
        return self._spare

    def _develop(
        self, epoch: int, outcomes: Sequence[Outcome], scores: list[Array], scoring: Scoring
    ) -> tuple[Counts, bool]:
        bounds = [bound for each in scores for bound in (each.min(initial=0), each.max(initial=0))]
        if not np.isfinite(bounds).all():
            raise TrainingError(
                f"epoch {epoch}: scores are not finite, training has diverged; lower schedule.rate "
                f"(now {self.config.schedule.rate:g}) or use another optimizer"
            )
        developed = self.development.add_epoch(scores, scoring)
        # As long as no correct entity is found, the latest epoch is taken as the best.
        best = self.best is None or not self.best.smoothed_f1 or developed.smoothed_f1 > self.best.smoothed_f1
        if best:
            parameters = [outcome.parameters for outcome in outcomes]
            self._spare = self.best.scores if self.best else None
            self.best = BestEpoch(epoch, developed.smoothed_f1, parameters, scores)
        return developed.counts, best
