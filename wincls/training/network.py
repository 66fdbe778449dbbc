"""One network while it is trained: its batches, steps and epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.config import Config
from wincls.errors import TrainingError
from wincls.features.lookup import count_keys, word_key
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.features.windows import number_distinct
from wincls.optim.optimizers import Optimizer, fan_in_scales
from wincls.tagger.tagger import score_stream
from wincls.training.objective import Step, Taggings, draw_dropout, step
from wincls.training.preparation import Prepared
from wincls.training.sampling import Batch, Sampler

Array = np.ndarray

Progress = Callable[[int, float], None]
"""Called after a step with the windows scored in it and the mean loss of the epoch so far."""


class Pass(NamedTuple):
    """One pass over the training data.

    loss: mean J over the steps; unsatisfied: comparisons that are not satisfied, of all compared;
    windows: scored; rate: the learning rate at its end.
    """

    loss: float
    unsatisfied: int
    compared: int
    windows: int
    rate: float


class Network:
    """A scorer with what trains it.

    Networks differ in their random numbers and, if they learn from the development data, in the
    part of it that they are judged on and do not learn from.
    """

    def __init__(self, config: Config, prepared: Prepared, number: int, rng: np.random.Generator):
        self.config = config
        self.prepared = prepared
        self.scorer = prepared.scorers[number]
        self.rng = rng
        learnt = prepared.learnt_by(number)
        self._stream = learnt.stream
        self._judged = prepared.encoded_dev.of(prepared.judging(number)).stream
        self.sampler = Sampler(
            learnt.stream,
            learnt.tags - 1,
            config.loss.ranks,
            config.sampling.batches,
            config.training.batch_size,
            config.sampling.corrupted,
            config.sampling.entity_share,
        )
        trained = {name: self.scorer.parameters[name] for name in self.scorer.trained}
        self.optimizer = Optimizer(config.optimizer, trained, self._rate_scales())
        self._decoder = prepared.decoder if config.sentence_loss.weight else None
        self._may_be_unknown = self._forms_that_may_be_unknown()
        self._unmet = self._unmet_rows()

    def train_epoch(
        self, epoch: int, progress: Progress, stopped: Callable[[], bool] = lambda: False
    ) -> Pass:
        """Go over the training data once, or until `stopped` says so, which is asked after every step.

        Raises TrainingError if the loss is no longer a finite number.
        """
        config = self.config
        steps = self.sampler.epoch(self.rng)
        losses, taken, unsatisfied, compared, windows, rate = 0.0, 0, 0, 0, 0, 0.0
        for i, part in enumerate(steps):
            batch = self.sampler.batch(part, self.rng)
            if not batch.compares and self._decoder is None:
                continue
            rate = config.schedule.at(epoch - 1 + i / len(steps), config.training.epochs)
            with np.errstate(over="ignore", invalid="ignore"):
                outcome = self._step(batch, rate)
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
            if stopped():
                break
        for table, rows in self._unmet.items():
            self.scorer.parameters[f"L.{table}"][rows] = self.scorer.parameters[f"L.{table}"][UNKNOWN]
        return Pass(losses / max(taken, 1), unsatisfied, compared, windows, rate)

    def development_scores(self) -> Array:
        """(tokens, scores) of the development sentences that the network is judged on."""
        with np.errstate(over="ignore", invalid="ignore"):
            return score_stream(self.scorer, self.prepared.rows, self._judged)

    def _step(self, batch: Batch, rate: float) -> Step:
        regularization = self.config.regularization
        distinct, windows = number_distinct(self._stream.windows(batch.centres), len(self.prepared.rows))
        rows = self.prepared.rows[distinct]  # (distinct, tables)
        if regularization.unknown_rate:
            masked = self._may_be_unknown[distinct]
            masked &= self.rng.random(len(distinct)) < regularization.unknown_rate
            rows[masked, self.scorer.tables.index("word")] = UNKNOWN
        dropout = draw_dropout(
            self.scorer, len(distinct), len(batch.centres),
            regularization.dropout_input, regularization.dropout_hidden, self.rng,
        )  # fmt: skip
        taggings = None
        if self._decoder is not None and batch.lengths is not None:
            taggings = Taggings(self.config.sentence_loss, self._decoder, batch.tags, batch.lengths)
        outcome = step(
            self.scorer,
            self.config.loss,
            rows,
            windows,
            batch.target,
            dropout,
            regularization.l2,
            regularization.l1,
            taggings,
        )
        self.optimizer.step(outcome.gradients, rate)
        return outcome

    def _rate_scales(self) -> dict[str, float]:
        if not self.config.training.fan_in_scaling:
            return {}
        parameters = self.scorer.parameters
        fan_ins = {name: array.shape[1] for name, array in parameters.items() if name[0] == "W"}
        fan_ins |= {f"b{name[1:]}": fan_in for name, fan_in in list(fan_ins.items())}
        return fan_in_scales(fan_ins | dict.fromkeys(("U", "c"), len(parameters["U"])))

    def _unmet_rows(self) -> dict[str, Array]:
        """Rows of each table that no sentence in training asks for, but for vectors from a file.

        What only sentences hold that the network is judged on is in the tables because other networks
        learn it. To this one it is unknown.
        """
        rows = self.prepared.rows[self._stream.distinct(len(self.prepared.rows))]
        unmet = {}
        for table, column in zip(self.scorer.tables, rows.T, strict=True):
            met = [PADDING, UNKNOWN, *(self.prepared.vector_rows if table == "word" else ())]
            entries = np.arange(len(self.scorer.parameters[f"L.{table}"]))
            unmet[table] = np.setdiff1d(entries, np.concatenate([met, column]))
        return unmet

    def _forms_that_may_be_unknown(self) -> Array:
        """(forms + 1,) whether the word may be replaced by the unknown word; padding may not."""
        most = self.config.regularization.unknown_below
        if most is None:
            allowed = [True] * len(self.prepared.forms)
        else:
            counts = count_keys(self.prepared.form_counts, "word")
            allowed = [counts[word_key(form)] <= most for form in self.prepared.forms]
        return np.array([False, *allowed])
