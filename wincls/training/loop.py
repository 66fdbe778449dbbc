"""The training loop: a generator that yields a report after every epoch.

Who calls it prints, draws the bar and writes files; the loop knows nothing of that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from wincls.config import Config
from wincls.corpus.schemes import convert
from wincls.errors import TrainingError
from wincls.tagger.evaluation import Counts, Evaluation, evaluate
from wincls.tagger.tagger import Tagger
from wincls.training.checkpoint import Checkpoint
from wincls.training.development import Development
from wincls.training.network import Network, Progress
from wincls.training.preparation import Prepared
from wincls.training.workers import Outcome, Workers

Array = np.ndarray


class EpochReport(NamedTuple):
    """What happened in an epoch.

    loss: mean J over the steps of all networks; unsatisfied: share of comparisons that are not
    satisfied (for max-margin: of pairs inside the margin); rate: the learning rate at its end;
    development: see training.development; windows: scored in training by all networks; seconds: for
    training, and for the development set; best: whether this is the best epoch so far.
    """

    epoch: int
    loss: float
    unsatisfied: float
    rate: float
    development: Counts
    windows: int
    seconds: float
    development_seconds: float
    best: bool


@dataclass
class Training:
    """One run over prepared data; `epochs` is the loop, the rest is asked for when it is over."""

    config: Config
    prepared: Prepared
    rng: np.random.Generator

    def __post_init__(self) -> None:
        config, prepared = self.config, self.prepared
        generators = self.rng.spawn(len(prepared.scorers))
        self.networks = [Network(config, prepared, i, rng) for i, rng in enumerate(generators)]
        self.development = Development(
            prepared.encoded_dev,
            prepared.word_numbers,
            [sentence.tags for sentence in prepared.dev.sentences],
            prepared.decoder,
            config.calibration.passage,
            bool(config.sentence_loss.weight),
        )
        self.best: Checkpoint | None = None

    def epochs(self, progress: Progress = lambda windows, loss: None) -> Iterator[EpochReport]:
        """Train until the last epoch, or until `patience` epochs have brought nothing better.

        Epochs that come before one that is right of any entity are not counted.

        Raises TrainingError if the loss is no longer a finite number.
        """
        settings = self.config.training
        waited = 0
        with Workers(self.networks) as workers:
            for epoch in range(1, settings.epochs + 1):
                began = time.perf_counter()
                outcomes = workers.epoch(epoch, progress)
                counts, best = self._develop(epoch, outcomes)
                passes = [outcome.passed for outcome in outcomes]
                seconds = max(outcome.seconds for outcome in outcomes)
                yield EpochReport(
                    epoch,
                    sum(each.loss for each in passes) / len(passes),
                    sum(each.unsatisfied for each in passes) / max(1, sum(each.compared for each in passes)),
                    passes[0].rate,
                    counts,
                    sum(each.windows for each in passes),
                    seconds,
                    time.perf_counter() - began - seconds,
                    best,
                )
                waited = 0 if best else waited + 1
                if waited == settings.patience:
                    return

    def tagger(self) -> Tagger:
        """The tagger of the best epoch, calibrated on the whole development data.

        Raises TrainingError if no epoch is over yet.
        """
        if self.best is None:
            raise TrainingError("training ended before its first epoch; there is no model")
        prepared = self.prepared
        return Tagger(
            prepared.tables,
            [
                replace(network.scorer, parameters=parameters)
                for network, parameters in zip(self.networks, self.best.parameters, strict=True)
            ],
            self.development.calibrate(self.best.scores),
            self.config.window.size,
            prepared.known_names(),
        )

    def evaluate_development(self) -> Evaluation:
        """The honest development figures of the run; see training.development."""
        dev = self.prepared.dev
        predicted = self.development.sentences(self.development.honest_tags())
        gold = [sentence.tags for sentence in dev.sentences]
        words = [sentence.words for sentence in dev.sentences]
        written = [convert(tags, dev.scheme) for tags in predicted]
        return evaluate(gold, written, dev.scheme, words, self.prepared.names_known_in_dev())

    def _develop(self, epoch: int, outcomes: Sequence[Outcome]) -> tuple[Counts, bool]:
        if not all(np.isfinite(outcome.scores).all() for outcome in outcomes):
            raise TrainingError(
                f"epoch {epoch}: scores are no longer finite, training has diverged; lower schedule.rate "
                f"(now {self.config.schedule.rate:g}) or use another optimizer"
            )
        scores = self._development_scores([outcome.scores for outcome in outcomes])
        developed = self.development.add_epoch(scores)
        # As long as nothing is found, more training is all that is known to be better.
        best = self.best is None or not self.best.f1 or developed.steady_f1 > self.best.f1
        if best:
            parameters = [outcome.parameters for outcome in outcomes]
            self.best = Checkpoint(epoch, developed.steady_f1, parameters, scores)
        return developed.counts, best

    def _development_scores(self, scores: Sequence[Array]) -> Sequence[Array]:
        """The scores of all development tokens, see Development.add_epoch, from those of each network."""
        judges = self.prepared.judges
        if judges is None:
            return scores
        judge = np.repeat(judges, self.prepared.encoded_dev.stream.lengths)  # (tokens,)
        merged = np.empty((len(judge), scores[0].shape[1]), dtype=scores[0].dtype)
        for number, each in enumerate(scores):
            merged[judge == number] = each
        return [merged]
