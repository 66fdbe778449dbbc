"""The training loop: a generator that yields a report after every epoch.

Who calls it prints, draws the bar and writes files; the loop knows nothing of that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from wincls.config import Config
from wincls.corpus.schemes import convert
from wincls.errors import TrainingError
from wincls.features.lookup import count_keys
from wincls.features.vocabulary import UNKNOWN
from wincls.features.windows import number_distinct
from wincls.network.losses import Pairs
from wincls.optim.optimizers import Optimizer, fan_in_scales
from wincls.tagger.decoding import Decoder
from wincls.tagger.evaluation import Counts, Evaluation, evaluate
from wincls.tagger.tagger import Tagger, score_stream
from wincls.training.checkpoint import Checkpoint
from wincls.training.development import Development
from wincls.training.objective import Step, draw_dropout, step
from wincls.training.preparation import Prepared
from wincls.training.sampling import Sampler

Array = np.ndarray

Progress = Callable[[int, float], None]
"""Called after a step with the windows scored in it and the mean loss of the epoch so far."""


class EpochReport(NamedTuple):
    """What happened in an epoch.

    loss: mean J over the steps; unsatisfied: share of comparisons that are not satisfied (for
    max-margin: of pairs inside the margin); rate: the learning rate at its end; development: see
    training.development; windows: scored in training; seconds: for training, and for the
    development set; best: whether this is the best epoch so far.
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
        self.scorer = prepared.scorer
        self.sampler = Sampler(
            prepared.encoded_train.stream,
            prepared.encoded_train.tags.astype(np.int64) - 1,
            config.loss.ranks,
            config.sampling.batches,
            config.training.batch_size,
            config.sampling.corrupted,
            config.sampling.entity_share,
        )
        self.optimizer = Optimizer(config.optimizer, self.scorer.parameters, self._rate_scales())
        self.development = Development(
            prepared.encoded_dev,
            [sentence.tags for sentence in prepared.dev.sentences],
            Decoder(prepared.scheme, prepared.tag_names),
            config.calibration.passage,
        )
        self.best: Checkpoint | None = None
        self._may_be_unknown = self._forms_that_may_be_unknown()

    def epochs(self, progress: Progress = lambda windows, loss: None) -> Iterator[EpochReport]:
        """Train until the last epoch, or until `patience` epochs have brought nothing better.

        Raises TrainingError if the loss is no longer a finite number.
        """
        settings = self.config.training
        waited = 0
        for epoch in range(1, settings.epochs + 1):
            began = time.perf_counter()
            loss, unsatisfied, windows, rate = self._epoch(epoch, progress)
            trained = time.perf_counter()
            counts, best = self._develop(epoch)
            yield EpochReport(
                epoch, loss, unsatisfied, rate, counts, windows,
                trained - began, time.perf_counter() - trained, best,
            )  # fmt: skip
            waited = 0 if best else waited + 1
            if waited == settings.patience:
                return

    def tagger(self) -> Tagger:
        """The tagger of the best epoch. Raises TrainingError if no epoch is over yet."""
        if self.best is None:
            raise TrainingError("training ended before its first epoch; there is no model")
        prepared = self.prepared
        return Tagger(
            prepared.tables,
            replace(self.scorer, parameters=self.best.parameters),
            self.best.calibrator,
            prepared.scheme,
            prepared.types,
            self.config.window.size,
            prepared.known_names,
        )

    def evaluate_development(self) -> Evaluation:
        """The honest development figures of the run; see training.development."""
        dev = self.prepared.dev
        predicted = self.development.sentences(self.development.honest_tags())
        gold = [sentence.tags for sentence in dev.sentences]
        words = [sentence.words for sentence in dev.sentences]
        written = [convert(tags, dev.scheme) for tags in predicted]
        return evaluate(gold, written, dev.scheme, words, self.prepared.known_names)

    def _epoch(self, epoch: int, progress: Progress) -> tuple[float, float, int, float]:
        """One pass over the training data: mean loss, share unsatisfied, windows, last rate."""
        config = self.config
        steps = self.sampler.epoch(self.rng)
        losses, taken, unsatisfied, compared, windows, rate = 0.0, 0, 0, 0, 0, 0.0
        for i, part in enumerate(steps):
            batch = self.sampler.batch(part, self.rng)
            if batch is None:
                continue
            rate = config.schedule.at(epoch - 1 + i / len(steps), config.training.epochs)
            with np.errstate(over="ignore", invalid="ignore"):
                outcome = self._step(batch.centres, batch.target, rate)
            if not np.isfinite(outcome.value):
                raise TrainingError(
                    f"epoch {epoch}, step {i + 1} of {len(steps)}: the loss is {outcome.value}, training has "
                    f"diverged; lower schedule.rate (now {config.schedule.rate:g}) or use another optimizer"
                )
            losses += outcome.value
            taken += 1
            unsatisfied += outcome.loss.unsatisfied
            compared += outcome.loss.compared
            windows += len(batch.centres)
            progress(len(batch.centres), losses / taken)
        return losses / max(taken, 1), unsatisfied / max(compared, 1), windows, rate

    def _step(self, centres: Array, target: Pairs | Array, rate: float) -> Step:
        regularization = self.config.regularization
        stream = self.prepared.encoded_train.stream
        distinct, windows = number_distinct(stream.windows(centres), len(self.prepared.rows))
        rows = self.prepared.rows[distinct]  # (distinct, tables)
        if regularization.unknown_rate:
            masked = self._may_be_unknown[distinct]
            masked &= self.rng.random(len(distinct)) < regularization.unknown_rate
            rows[masked, self.scorer.tables.index("word")] = UNKNOWN
        dropout = draw_dropout(
            self.scorer, len(distinct), len(centres),
            regularization.dropout_input, regularization.dropout_hidden, self.rng,
        )  # fmt: skip
        outcome = step(
            self.scorer,
            self.config.loss,
            rows,
            windows,
            target,
            dropout,
            regularization.l2,
            regularization.l1,
        )
        self.optimizer.step(outcome.gradients, rate)
        return outcome

    def _develop(self, epoch: int) -> tuple[Counts, bool]:
        with np.errstate(over="ignore", invalid="ignore"):
            scores = score_stream(self.scorer, self.prepared.rows, self.prepared.encoded_dev.stream)
        if not np.isfinite(scores).all():
            raise TrainingError(
                f"epoch {epoch}: scores are no longer finite, training has diverged; lower schedule.rate "
                f"(now {self.config.schedule.rate:g}) or use another optimizer"
            )
        counts = self.development.add_epoch(scores).counts
        best = self.best is None or counts.f1 > self.best.f1
        if best:
            self.best = Checkpoint.of(epoch, counts.f1, self.scorer, self.development.calibrate(scores))
        return counts, best

    def _rate_scales(self) -> dict[str, float]:
        if not self.config.training.fan_in_scaling:
            return {}
        parameters = self.scorer.parameters
        fan_ins = {name: array.shape[1] for name, array in parameters.items() if name[0] == "W"}
        fan_ins |= {f"b{name[1:]}": fan_in for name, fan_in in list(fan_ins.items())}
        return fan_in_scales(fan_ins | dict.fromkeys(("U", "c"), len(parameters["U"])))

    def _forms_that_may_be_unknown(self) -> Array:
        """(forms + 1,) whether the word may be replaced by the unknown word; padding may not."""
        most = self.config.regularization.unknown_below
        if most is None:
            allowed = [True] * len(self.prepared.forms)
        else:
            counts = count_keys(self.prepared.form_counts, "word")
            allowed = [counts[form.lower()] <= most for form in self.prepared.forms]
        return np.array([False, *allowed])
