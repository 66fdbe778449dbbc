"""Development figures that are cross-fitted (see cross_fitting.py), and the choice of the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import mean
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Counts, count_entities, micro
from wincls.tagger.calibration import Calibration, first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.decoding import Decoder, ScoredEntity
from wincls.tagger.tagger import mean_scores
from wincls.training.cross_fitting import CrossFitting
from wincls.training.data import Encoded
from wincls.training.fit_calibration import fit_calibration, fit_temperature

Entities = list[list[Entity]]


class DevelopmentEpoch(NamedTuple):
    """One epoch on the development set.

    entities: of each sentence, decoded with the calibration of the other folds.
    counts: their counts.
    smoothed_f1: mean F1 over the epoch and the two before it. Epochs are chosen by it, since most of the
        difference between an epoch and the next is chance.
    fold_f1: for each fold the F1 of the others, decoded with the calibration that was fitted on them.
    """

    entities: Entities
    counts: Counts
    smoothed_f1: float
    fold_f1: list[float]


class Development:
    """Scores the epochs of a training on its development set.

    encoded: the development set.
    words: (tokens,) word numbers, see FormIndex.
    gold: the entities of each sentence.
    decoder: of the tags.
    folds: who is scored by whom.
    context_tokens: see Calibration.
    """

    def __init__(
        self,
        encoded: Encoded,
        words: Array,
        gold: Sequence[Sequence[Entity]],
        decoder: Decoder,
        folds: CrossFitting,
        context_tokens: int,
    ):
        self._tags = encoded.tags
        self._lengths = encoded.stream.lengths
        self._keys = words_in_blocks(words, context_blocks(self._lengths, context_tokens))
        self._gold = gold
        self._decoder = decoder
        self._folds = folds
        self._context_tokens = context_tokens
        self._token_fold = np.repeat(folds.fold, self._lengths)
        self._calibrations: list[Calibration | None] = [None] * folds.folds
        self.epochs: list[DevelopmentEpoch] = []

    def add_epoch(self, scores: Sequence[Array]) -> DevelopmentEpoch:
        """Calibrate, decode and count one more epoch; scores: see CrossFitting.merge."""
        with ThreadPoolExecutor(2) as pool:
            decoded = list(pool.map(lambda fold: self._decode(fold, scores), range(self._folds.folds)))
        out_of_fold = [decoded[fold][i] for i, fold in enumerate(self._folds.fold.tolist())]
        fold_f1 = [self._count(its, self._folds.fold != fold).f1 for fold, its in enumerate(decoded)]
        counts = self._count(out_of_fold)
        smoothed = mean([*(epoch.counts.f1 for epoch in self.epochs[-2:]), counts.f1])
        self.epochs.append(DevelopmentEpoch(out_of_fold, counts, smoothed, fold_f1))
        return self.epochs[-1]

    def calibrate(self, scores: Sequence[Array]) -> Calibration:
        """The calibration on the whole development set, for tagging anything else."""
        return self._fit(scores)._replace(temperature=self._temperature(scores))

    def cross_fitted(self) -> Entities:
        """The entities of each sentence as of the epoch that the other folds chose.

        That is the first of the best; the last of all, if no epoch was right about anything there.
        """
        chosen = []
        for fold in range(self._folds.folds):
            f1 = [epoch.fold_f1[fold] for epoch in self.epochs]
            smoothed = [mean(f1[max(0, i - 2) : i + 1]) for i in range(len(f1))]
            chosen.append(self.epochs[smoothed.index(max(smoothed)) if any(smoothed) else -1])
        return [chosen[fold].entities[i] for i, fold in enumerate(self._folds.fold.tolist())]

    def _temperature(self, scores: Sequence[Array]) -> float:
        log_p = np.empty((len(self._tags), len(self._decoder.tag_set)), dtype=scores[0].dtype)
        for fold in range(self._folds.folds):
            out_of_fold = self._token_fold == fold
            log_p[out_of_fold] = self._probabilities(self._fit(scores, fold), scores)[out_of_fold]
        tags = self._decoder.best(log_p, self._lengths)

        def find(temperature: float) -> list[list[ScoredEntity]]:
            return self._decoder.entities(log_p, tags, self._lengths, temperature)

        return fit_temperature(find, self._gold)

    def _decode(self, fold: int, scores: Sequence[Array]) -> Entities:
        """The entities of all sentences after calibration on all folds but one."""
        calibration = self._fit(scores, fold)
        self._calibrations[fold] = calibration
        tags = self._decoder.best(self._probabilities(calibration, scores), self._lengths)
        return self._decoder.tag_set.entities(tags, self._lengths)

    def _fit(self, scores: Sequence[Array], left_out: int | None = None) -> Calibration:
        """The calibration on all folds, or on all but one."""
        return fit_calibration(
            scores[0], mean_scores(scores), self._keys, self._tags, len(self._decoder.tag_set),
            self._context_tokens,
            None if left_out is None else self._token_fold != left_out,
            None if left_out is None else self._calibrations[left_out],
        )  # fmt: skip

    def _probabilities(self, calibration: Calibration, scores: Sequence[Array]) -> Array:
        """(tokens, tags) log-probabilities."""
        first = first_stage(calibration.first, scores[0], self._keys)
        return second_stage(calibration.second, first, mean_scores(scores)[first.candidates])

    def _count(self, found: Entities, counted: Array | None = None) -> Counts:
        """Counts over all sentences, or over some; counted: (sentences,) bool."""
        chosen = range(len(found)) if counted is None else np.flatnonzero(counted).tolist()
        return micro(count_entities([self._gold[i] for i in chosen], [found[i] for i in chosen]))
