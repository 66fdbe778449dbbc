"""An ensemble member during training: its batches, steps and epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, renumber
from wincls.config import Config
from wincls.errors import DataError, TrainingError
from wincls.features.tables import count_keys, word_key
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.features.windows import Stream
from wincls.network.lattice import Lattice
from wincls.network.scorer import Scorer
from wincls.optim.optimizers import Optimizer, fan_in_scales
from wincls.tagger.cache import in_blocks
from wincls.training.checkpoint import read_arrays, write_arrays
from wincls.training.prepare import Prepared
from wincls.training.sampling import Batch, Sampler
from wincls.training.step import Step, Term, compute_step, make_penalty, make_terms

_SCORED = 1024  # windows in a block of development scores

Progress = Callable[[int, float], None]
"""Called after each step with its number of windows and the mean loss of the epoch so far."""


class Pass(NamedTuple):
    """One pass over the training data.

    loss: the mean of J over the steps.
    violations, compared: the number of violated and of all comparisons of the loss of windows.
    windows: the number of scored windows.
    rate: the learning rate of the last step.
    """

    loss: float
    violations: int
    compared: int
    windows: int
    rate: float


class Member:
    """A scorer with its training data, optimizer and random numbers.

    Members differ in their random numbers. If they are trained on the development data, they also differ in
    the fold that they score and are not trained on.

    number: the index of the member in the ensemble.
    """

    def __init__(self, config: Config, prepared: Prepared, number: int, rng: np.random.Generator):
        self.config = config
        self.scorer = prepared.ensemble[number]
        self._rng = rng
        self._rows = prepared.rows
        training_part = prepared.training_part(number)
        self._stream = training_part.stream
        self._scored_stream = prepared.scored_part(number).stream
        self._sampler = Sampler(
            training_part, config.loss, config.training.batches == "sentences", config.training.batch_size
        )
        trained = {name: self.scorer.parameters[name] for name in self.scorer.trained}
        scales = fan_in_scales(self.scorer.fan_ins) if config.training.fan_in_scaling else {}
        self._optimizer = Optimizer(config.optimizer, trained, scales, config.training.dense_updates)
        self._penalty = make_penalty(self.scorer, config.regularization)
        self._lattice = Lattice(prepared.tag_set.allowed)
        self._may_be_unknown = _forms_that_may_be_unknown(prepared, config.regularization.unknown_below)
        self._untrained = self._untrained_rows(prepared)

    def train_epoch(
        self, epoch: int, progress: Progress, stopped: Callable[[], bool] = lambda: False
    ) -> Pass:
        """Train for one epoch.

        epoch: its number, from 1.
        progress: called after each step.
        stopped: called after each step; if it returns true, the epoch ends early.

        Raises TrainingError if the loss is not finite.
        """
        config = self.config
        parts = self._sampler.epoch(self._rng)
        total, steps, violations, compared, windows, rate = 0.0, 0, 0, 0, 0, 0.0
        for i, part in enumerate(parts):
            batch = self._sampler.batch(part, self._rng)
            terms = make_terms(config, batch, self._lattice)
            if not any(target for _, target in terms):
                continue
            rate = self._rate(epoch, i, len(parts))
            with np.errstate(over="ignore", invalid="ignore"):
                step = self._step(batch, terms, rate)
            if not np.isfinite(step.value):
                raise TrainingError(
                    f"epoch {epoch}, step {i + 1} of {len(parts)}: the loss is {step.value}, training has "
                    f"diverged; lower schedule.rate (now {config.schedule.rate:g}) or use another optimizer"
                )
            total += step.value
            steps += 1
            if batch.target:
                violations += step.losses[0].violations
                compared += step.losses[0].compared
            windows += len(batch.centers)
            progress(len(batch.centers), total / steps)
            if stopped():
                break
        for table, rows in self._untrained.items():
            matrix = self.scorer.parameters[f"L.{table}"]
            matrix[rows] = matrix[UNKNOWN]
        return Pass(total / max(steps, 1), violations, compared, windows, rate)

    def save(self, path: Path) -> None:
        """Write the state that training changes: parameters, optimizer, random numbers."""
        arrays = {f"parameters/{name}": array for name, array in self.scorer.parameters.items()}
        for name, slots in self._optimizer.slots.items():
            arrays |= {f"slots/{name}/{i}": slot for i, slot in enumerate(slots)}
        write_arrays(path, arrays, {"t": self._optimizer.t, "random": self._rng.bit_generator.state})

    def restore(self, path: Path) -> None:
        """Read the file that :meth:`save` wrote.

        Raises DataError if it is damaged or does not match the network.
        """
        arrays, settings = read_arrays(path)
        targets = {f"parameters/{name}": array for name, array in self.scorer.parameters.items()}
        for name, slots in self._optimizer.slots.items():
            targets |= {f"slots/{name}/{i}": slot for i, slot in enumerate(slots)}
        if {name: array.shape for name, array in arrays.items()} != {
            name: array.shape for name, array in targets.items()
        }:
            raise DataError(f"{path}: the checkpoint is of another network; start again without --resume")
        for name, array in arrays.items():
            targets[name][...] = array
        self._optimizer.t = int(settings["t"])
        self._rng.bit_generator.state = settings["random"]

    def development_scores(self) -> Iterator[Array]:
        """Blocks of (tokens, scores) for the development sentences that the member scores."""
        return score_blocks(self.scorer, self._rows, self._scored_stream)

    @property
    def steps(self) -> int:
        """The number of batches in an epoch, see Sampler."""
        return self._sampler.steps

    def _rate(self, epoch: int, step: int, steps: int) -> float:
        """The learning rate of step `step` (from 0) of the `steps` steps of an epoch.

        Steps without comparisons do not update the parameters, so they do not count as iterations.
        """
        schedule, epochs = self.config.schedule, self.config.training.epochs
        if schedule.unit == "iterations":
            return schedule.at(self._optimizer.t, epochs * self.steps)
        return schedule.at(Fraction((epoch - 1) * steps + step, steps), epochs)

    def _step(self, batch: Batch, terms: list[Term], rate: float) -> Step:
        regularization = self.config.regularization
        distinct, windows = renumber(self._stream.windows(batch.centers), len(self._rows))
        rows = self._rows[distinct]  # (distinct, tables)
        if regularization.unknown_rate:
            masked = self._may_be_unknown[distinct]
            masked &= self._rng.random(len(distinct)) < regularization.unknown_rate
            rows[masked, self.scorer.tables.index("word")] = UNKNOWN
        dropout = self.scorer.draw_dropout(
            len(distinct), len(batch.centers),
            regularization.dropout_input, regularization.dropout_hidden, self._rng,
        )  # fmt: skip
        step = compute_step(self.scorer, terms, rows, windows, dropout, self._penalty)
        self._optimizer.step(step.gradients, rate)
        return step

    def _untrained_rows(self, prepared: Prepared) -> dict[str, Array]:
        """The rows of each table that no training sentence of this member uses, without vectors from a file.

        They belong to keys that occur only in sentences on which other members are trained. For this member,
        such keys are unknown.
        """
        used = self._rows[self._stream.distinct(len(self._rows))]
        untrained = {}
        for table, column in zip(self.scorer.tables, used.T, strict=True):
            kept = [PADDING, UNKNOWN, *(prepared.file_rows if table == "word" else ())]
            entries = np.arange(len(self.scorer.parameters[f"L.{table}"]))
            untrained[table] = np.setdiff1d(entries, np.concatenate([kept, column]))
        return untrained


def score_blocks(scorer: Scorer, rows: Array, stream: Stream) -> Iterator[Array]:
    """Blocks of (tokens, scores) for all windows of a stream; rows: (forms + 1, tables), see Prepared."""
    distinct, windows = renumber(stream.windows(stream.centers), len(rows))
    projections = np.empty((windows.shape[1], len(distinct), scorer.first_units), dtype=np.float32)
    scorer.project_tokens(rows[distinct], projections)
    for i in range(0, len(windows), _SCORED):
        yield in_blocks(lambda part: scorer.scores(projections, part), windows[i : i + _SCORED])


def _forms_that_may_be_unknown(prepared: Prepared, most: int | None) -> Array:
    """(forms + 1,) whether a form may be replaced by the unknown word; padding may not.

    most: the largest count of a word that may be replaced; None for any.
    """
    allowed = [True] * len(prepared.forms)
    if most is not None:
        counts = count_keys(prepared.form_counts, "word")
        allowed = [counts[word_key(form)] <= most for form in prepared.forms]
    return np.array([False, *allowed])
