"""One network while it is trained: its batches, steps and epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wincls.config import Config
from wincls.errors import TrainingError
from wincls.features.lookup import count_keys
from wincls.features.vocabulary import UNKNOWN
from wincls.features.windows import number_distinct
from wincls.network.losses import Pairs
from wincls.network.scorer import Scorer
from wincls.optim.optimizers import Optimizer, fan_in_scales
from wincls.training.objective import Step, draw_dropout, step
from wincls.training.preparation import Prepared
from wincls.training.sampling import Sampler

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
    """A scorer with what trains it; networks differ in the random numbers only."""

    def __init__(
        self,
        config: Config,
        prepared: Prepared,
        sampler: Sampler,
        scorer: Scorer,
        rng: np.random.Generator,
    ):
        self.config = config
        self.prepared = prepared
        self.scorer = scorer
        self.rng = rng
        self.stopped = False
        self.sampler = sampler
        trained = {name: scorer.parameters[name] for name in scorer.trained}
        self.optimizer = Optimizer(config.optimizer, trained, self._rate_scales())
        self._may_be_unknown = self._forms_that_may_be_unknown()

    def train_epoch(self, epoch: int, progress: Progress) -> Pass:
        """Go over the training data once, or until `stopped` is set.

        Raises TrainingError if the loss is no longer a finite number.
        """
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
            if self.stopped:
                break
        return Pass(losses / max(taken, 1), unsatisfied, compared, windows, rate)

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
