"""The gradient check of a configuration's own network, losses and penalties."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wincls.arrays import Array
from wincls.config import Config
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.network import textbook
from wincls.network.gradcheck import EPSILON, Check, Objective, check_gradients
from wincls.network.lattice import Lattice
from wincls.network.scorer import Forward, Scorer
from wincls.training.initialize import make_scorer
from wincls.training.sampling import Batch
from wincls.training.step import Step, compute_step, make_penalty, make_terms

LIMIT = 1e-5
"""A larger relative error means a wrong gradient; correct ones have at most a tenth of it."""

ELEMENTWISE_LIMIT = 1e-9
"""The same for element-wise and vectorized gradients, which differ only by rounding errors."""

_ROWS = 12  # rows of each table
_DISTINCT = 20  # distinct tokens
_LENGTHS = np.array([12, 10, 8])  # of the sentences that the windows form, in tokens
_WINDOWS = int(_LENGTHS.sum())


def check_config(config: Config, points: int = 100, epsilon: float = EPSILON) -> list[Check]:
    """Check the gradient of each trained parameter, tables included, in float64.

    The network, activation, losses, penalties and dropout rates are those of the configuration. The tables
    are small and the windows random, which makes no difference to the gradients. The entity types are those
    of data.types, or two types. Dropout masks are drawn once. The gradients of network/textbook.py are
    compared, too.

    points: the number of coordinates to check in each parameter.
    epsilon: the step of the differences.
    """
    rng = np.random.default_rng(config.training.seed)
    dimensions = config.features.dimensions()
    matrices = {table: rng.standard_normal((_ROWS, dimension)) for table, dimension in dimensions.items()}
    tag_set = TagSet(SCHEMES[config.labels.scheme], config.data.types or ("A", "B"))
    lattice = Lattice(tag_set.allowed)
    scorer = make_scorer(config, matrices, len(tag_set), rng, dtype=np.float64)
    _move_biases(scorer, rng)
    rows = rng.integers(_ROWS, size=(_DISTINCT, len(dimensions)))
    windows = rng.integers(_DISTINCT, size=(_WINDOWS, 2 * config.window.size + 1))
    tags = lattice.best(rng.standard_normal((_WINDOWS, len(tag_set))), _LENGTHS)  # legal sequences
    target = config.loss.targets(tags, config.loss.anchors(tags), rng)
    terms = make_terms(config, Batch(np.arange(_WINDOWS), target, tags, _LENGTHS), lattice)
    regularization = config.regularization
    penalty = make_penalty(scorer, regularization)
    dropout = scorer.draw_dropout(
        _DISTINCT, _WINDOWS, regularization.dropout_input, regularization.dropout_hidden, rng
    )
    kinks = np.array(scorer.activation.kinks)

    def compute(forward_pass: Callable[..., Forward]) -> Step:
        return compute_step(scorer, terms, rows, windows, dropout, penalty, forward_pass=forward_pass)

    def objective() -> Objective:
        step = compute(Scorer.forward)
        sides: list[Array] = [np.searchsorted(kinks, z).ravel() for z in step.forward.z]
        sides += [value.pieces.ravel() for value in step.losses]
        if penalty.l1:
            sides += [scorer.parameters[name].ravel() > 0 for name in penalty.names]
        return Objective(step.value, step.gradients, np.concatenate(sides))

    trained = {name: scorer.parameters[name] for name in scorer.trained}
    elementwise = compute(textbook.forward).gradients
    return check_gradients(objective, trained, rng, points, epsilon, elementwise)


def _move_biases(scorer: Scorer, rng: np.random.Generator) -> None:
    """Make biases nonzero, since zeros would hide errors."""
    for name in scorer.biases:
        scorer.parameters[name] += 0.1 * rng.standard_normal(scorer.parameters[name].shape)
