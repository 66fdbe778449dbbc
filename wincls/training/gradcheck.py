"""The gradient check of a configuration's own network, loss and penalties."""

from __future__ import annotations

import numpy as np

from wincls.config import Config
from wincls.corpus.schemes import SCHEMES
from wincls.network.gradcheck import Check, Objective, check_gradients
from wincls.network.scorer import Scorer
from wincls.tagger.decoding import Decoder
from wincls.training.objective import Taggings, draw_dropout, step
from wincls.training.preparation import make_scorer
from wincls.training.sampling import NO_LABEL, draw_pairs

Array = np.ndarray

LIMIT = 1e-5
"""A relative error above this means a wrong gradient; right ones stay ten times and more below it."""

_ROWS = 12  # of every table
_DISTINCT = 20
_LENGTHS = np.array([12, 10, 8])  # of the sentences that the windows are taken to make up
_WINDOWS = int(_LENGTHS.sum())


def check_config(config: Config, points: int = 100) -> list[Check]:
    """Check every parameter's gradient, the tables' included, in float64.

    The network, activation, loss, penalties and dropout are the configuration's. Its tables are
    short and its windows random, which the mathematics does not see; entity types are those of
    data.types, or two. Tables that the configuration does not train are not checked. Dropout masks
    are drawn once and held.
    """
    rng = np.random.default_rng(config.training.seed)
    dimensions = config.features.dimensions()
    matrices = {table: rng.standard_normal((_ROWS, dimension)) for table, dimension in dimensions.items()}
    types = config.data.types or ("A", "B")
    scorer = make_scorer(config, matrices, len(types), rng, dtype=np.float64)
    _spread(scorer, rng)
    rows = rng.integers(_ROWS, size=(_DISTINCT, len(dimensions)))
    windows = rng.integers(_DISTINCT, size=(_WINDOWS, 2 * config.window.size + 1))
    scheme = SCHEMES[config.labels.scheme]
    decoder = Decoder(scheme, types)
    tags = decoder.best(rng.standard_normal((_WINDOWS, len(decoder.tags))), _LENGTHS)  # legal ones
    labels = tags - 1
    true = np.flatnonzero(labels != NO_LABEL)
    target = (
        draw_pairs(labels, true, true, config.sampling.corrupted, config.sampling.entity_share, rng)
        if config.loss.ranks
        else tags
    )
    taggings = (
        Taggings(config.sentence_loss, decoder, tags, _LENGTHS) if config.sentence_loss.weight else None
    )
    regularization = config.regularization
    dropout = draw_dropout(
        scorer, _DISTINCT, _WINDOWS, regularization.dropout_input, regularization.dropout_hidden, rng
    )

    def objective() -> Objective:
        outcome = step(
            scorer,
            config.loss,
            rows,
            windows,
            target,
            dropout,
            regularization.l2,
            regularization.l1,
            taggings,
        )
        kinks = np.array(config.model.activation.kinks)
        sides = [np.searchsorted(kinks, z).ravel() for z in outcome.forward.z] + [outcome.loss.active.ravel()]
        if regularization.l1:
            sides += [scorer.parameters[name].ravel() > 0 for name in scorer.weights]
        return Objective(outcome.value, outcome.gradients, np.concatenate(sides))

    trained = {name: scorer.parameters[name] for name in scorer.trained}
    return check_gradients(objective, trained, rng, points)


def _spread(scorer: Scorer, rng: np.random.Generator) -> None:
    """Move biases off 0, where a mistake in them would hide."""
    for name, array in scorer.parameters.items():
        if name[0] in "bc":
            array += 0.1 * rng.standard_normal(array.shape)
