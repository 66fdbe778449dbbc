"""Cross-fitted development figures (see cross_fitting.py), and the choice of the epoch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.corpus.schemes import Entity
from wincls.decision import Decision
from wincls.evaluation.counts import Counts, count_entities, micro
from wincls.tagger.calibration import Calibration
from wincls.tagger.decoding import Decoder
from wincls.tagger.model_decision import decision_from, decision_parts
from wincls.tagger.plain import Plain
from wincls.training.checkpoint import read_arrays, write_arrays
from wincls.training.cross_fitting import CrossFitting
from wincls.training.data import Encoded
from wincls.training.decisions import OutOfFold, fits

Entities = list[list[Entity]]
Scoring = Callable[[float], None]
"""Called while development data are scored with the share that is done, from 0."""


def nothing(share: float) -> None:
    """Shows no progress."""


class DevelopmentEpoch(NamedTuple):
    """The results of one epoch on the development set.

    entities: the entities of each sentence, with the decision that was fitted to the other folds.
    counts: their counts.
    smoothed_f1: the mean F1 of the epoch and the two before it, which selects the best epoch. Differences
        between single epochs are mostly random.
    fold_f1: for each fold, the F1 of the other folds, with the decision that was fitted to them.
    """

    entities: Entities
    counts: Counts
    smoothed_f1: float
    fold_f1: list[float]


class Development:
    """Scores the epochs of a training on the development set.

    encoded: the development set.
    words: (tokens,) word numbers, see FormIndex.
    gold: the gold entities of each sentence.
    decoder: for the tag set of the model.
    folds: the folds of the development set.
    decision: the decision of the configuration.
    """

    def __init__(
        self,
        encoded: Encoded,
        words: Array,
        gold: Sequence[Sequence[Entity]],
        decoder: Decoder,
        folds: CrossFitting,
        decision: Decision,
    ):
        self._lengths = encoded.stream.lengths
        self._gold = gold
        self._tag_set = decoder.tag_set
        self._folds = folds
        self._fits = fits(decision, encoded.tags, self._lengths, words, decoder)
        self._token_fold = np.repeat(folds.fold, self._lengths)
        self._decisions: list[Calibration | Plain | None] = [None] * folds.folds
        self.epochs: list[DevelopmentEpoch] = []

    def add_epoch(self, scores: Sequence[Array], scoring: Scoring = nothing) -> DevelopmentEpoch:
        """Fit the decision to an epoch, decode, and count the entities; scores: see CrossFitting.places."""
        folds = self._folds.folds
        done = itertools.count(1)

        def decode(fold: int) -> Entities:
            """The entities of all sentences, with the decision that is fitted to all folds except `fold`."""
            decision = self._fits.fit(scores, self._token_fold != fold, self._decisions[fold])
            self._decisions[fold] = decision
            scoring(next(done) / (2 * folds))
            tags = self._fits.tags(decision, scores)
            scoring(next(done) / (2 * folds))
            return self._tag_set.entities(tags, self._lengths)

        with ThreadPoolExecutor(2) as pool:  # fitting is arithmetic on whole arrays, which threads can share
            decoded = list(pool.map(decode, range(folds)))
        out_of_fold = [decoded[fold][i] for i, fold in enumerate(self._folds.fold.tolist())]
        fold_f1 = [self._count(its, self._folds.fold != fold).f1 for fold, its in enumerate(decoded)]
        counts = self._count(out_of_fold)
        smoothed_f1 = _smoothed([*(epoch.counts.f1 for epoch in self.epochs), counts.f1])
        self.epochs.append(DevelopmentEpoch(out_of_fold, counts, smoothed_f1, fold_f1))
        return self.epochs[-1]

    def decision(self, scores: Sequence[Array]) -> Calibration | Plain:
        """The decision for other text, from the whole development set; scores: see CrossFitting.places."""
        fitted: Calibration | Plain = self._fits.final(scores, self._token_fold, self._gold)
        return fitted

    def scored(self, decision: Calibration | Plain, scores: Sequence[Array]) -> OutOfFold:
        """The entities with their scores, out of fold; decision: from :meth:`decision`."""
        found: OutOfFold = self._fits.scored(decision, scores, self._token_fold)
        return found

    def save(self, path: Path) -> None:
        """Write the results of all epochs, and the decisions from which the next fit starts."""
        labels = {label: i for i, label in enumerate(self._tag_set.labels)}
        arrays: dict[str, Array] = {}
        settings: dict[str, Any] = {"epochs": [], "decisions": []}
        for i, epoch in enumerate(self.epochs):
            rows = [
                (sentence, entity.start, entity.end, labels[entity.label])
                for sentence, entities in enumerate(epoch.entities)
                for entity in entities
            ]
            arrays[f"entities/{i}"] = np.array(rows, dtype=np.int32).reshape(-1, 4)
            settings["epochs"].append([epoch.counts, epoch.smoothed_f1, epoch.fold_f1])
        for fold, decision in enumerate(self._decisions):
            plain, its_arrays = decision_parts(decision) if decision is not None else (None, {})
            settings["decisions"].append(plain)
            arrays |= {f"decision/{fold}/{name}": array for name, array in its_arrays.items()}
        write_arrays(path, arrays, settings)

    def restore(self, path: Path) -> None:
        """Read the file that :meth:`save` wrote. Raises DataError if it is damaged."""
        arrays, settings = read_arrays(path)
        labels = self._tag_set.labels
        self.epochs = []
        for i, (counts, smoothed, fold_f1) in enumerate(settings["epochs"]):
            entities: Entities = [[] for _ in self._gold]
            for sentence, start, end, label in arrays[f"entities/{i}"].tolist():
                entities[sentence].append(Entity(start, end, labels[label]))
            self.epochs.append(DevelopmentEpoch(entities, Counts(*counts), smoothed, fold_f1))
        for fold, plain in enumerate(settings["decisions"]):
            prefix = f"decision/{fold}/"
            its_arrays = {
                name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)
            }
            self._decisions[fold] = plain and decision_from(plain, its_arrays, self._tag_set, 0.0)

    def cross_fitted(self) -> Entities:
        """The entities of each sentence at the epoch that was best on the other folds.

        If several epochs are equally good, it is the first of them. If no epoch found a correct entity in the
        other folds, it is the last epoch.
        """
        chosen = []
        for fold in range(self._folds.folds):
            f1 = [epoch.fold_f1[fold] for epoch in self.epochs]
            smoothed = [_smoothed(f1[: i + 1]) for i in range(len(f1))]
            chosen.append(self.epochs[smoothed.index(max(smoothed)) if any(smoothed) else -1])
        return [chosen[fold].entities[i] for i, fold in enumerate(self._folds.fold.tolist())]

    def _count(self, found: Entities, counted: Array | None = None) -> Counts:
        """Counts over all sentences, or over those in `counted`, (sentences,) bool."""
        chosen = range(len(found)) if counted is None else np.flatnonzero(counted).tolist()
        return micro(count_entities([self._gold[i] for i in chosen], [found[i] for i in chosen]))


def _smoothed(f1: Sequence[float]) -> float:
    """The mean over the last epoch and the two before it; f1: of each epoch so far."""
    return mean(f1[-3:])
