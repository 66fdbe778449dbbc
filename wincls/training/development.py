"""Honest figures from one development set that also calibrates and stops.

The calibrator needs held-out scores, and stopping needs a held-out F1. Both come from the
development set, so its sentences are cut into two folds, and

* in every epoch each fold is decoded with the calibrator that was fitted on the other one;
* the figure reported at the end takes, for each fold, the epoch that the *other* fold would have
  chosen with its own calibrator. Only the decision when to stop looks at both.

The model that is kept is the epoch that is best over both folds, calibrated on both.

Several networks may learn from the development set as well, each from all but its own part. Then
every sentence is scored by the one network that has not learnt from it, while new text is scored
by all of them: the figure is that of a single network, and so are the scores that calibrators and
temperature are fitted to. What the other fold decides for a fold, its calibrator and its epoch, it
decides by its own sentences, but some of these are scored by a network that has learnt from the fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import mean
from typing import NamedTuple

import numpy as np

from wincls.corpus.schemes import entities
from wincls.tagger.decoding import Decoder
from wincls.tagger.evaluation import Counts, Tags, count_entities, total
from wincls.tagger.tagger import ScoredEntity, entities_of, mean_scores
from wincls.tagger.two_stage import Scored, TwoStageCalibrator, fit_two_stage, passage_numbers
from wincls.training.preparation import Encoded

Array = np.ndarray

_RUN = 250  # tokens that fall to a fold together
_TEMPERATURES = (1.0, 0.8, 0.9, *(1.0 + 0.1 * n for n in range(1, 31)))  # that are tried, 1 first


class DevelopmentEpoch(NamedTuple):
    """One epoch on the development set.

    tags: (tokens,) decoded by the other fold's calibrator; counts: their score over both folds;
    own_f1: of each fold decoded with its own calibrator, for choosing the other fold's epoch.
    steady_f1 and own_steady_f1: means over the epoch and the two before it, by which epochs are
    chosen, since most of the difference between an epoch and the next is chance.
    """

    tags: Array
    counts: Counts
    own_f1: tuple[float, float]
    steady_f1: float
    own_steady_f1: tuple[float, float]


def folds(lengths: Array) -> Array:
    """(sentences,) the fold of each sentence, 0 or 1.

    Runs of about 250 tokens, or a tenth of small data, fall to the folds by turns: the neighbours
    of a sentence hold the same names, yet both folds shall have some of every kind of text.
    """
    runs = passage_numbers(lengths, max(1, min(_RUN, int(lengths.sum()) // 10)))
    return (runs if runs[-1] else np.arange(len(lengths))) % 2


class Development:
    """Scores the epochs of a training on its development set."""

    def __init__(
        self,
        encoded: Encoded,
        word_numbers: Array,
        gold_tags: Sequence[Tags],
        decoder: Decoder,
        passage: int,
        of_taggings: bool,
    ):
        """Prepare for the epochs of one training.

        encoded: to calibrate on; word_numbers: of all forms, see FormIndex; gold_tags: as in the
        file, to count; passage: see two_stage.py; of_taggings: whether scores have learnt to add up
        to those of whole taggings.
        """
        self._decoder = decoder
        self._encoded = encoded
        self._words = word_numbers[encoded.stream.tokens[encoded.stream.centres]]
        self._gold_tags = gold_tags
        self._passage = passage
        self._of_taggings = of_taggings
        self._lengths = encoded.stream.lengths
        self._fold = folds(self._lengths)
        self._token_fold = np.repeat(self._fold, self._lengths)
        self._fold_calibrators: list[TwoStageCalibrator | None] = [None, None]
        self.epochs: list[DevelopmentEpoch] = []

    def add_epoch(self, scores: Sequence[Array]) -> DevelopmentEpoch:
        """Calibrate, decode and count one more epoch.

        scores: (tokens, scores) of every network, or if each has learnt from some of the sentences,
        just one array, with the scores of those that have not.
        """
        scored = self._scored(scores)
        with ThreadPoolExecutor(2) as pool:
            decoded = list(pool.map(lambda fold: self._decoded_after(fold, scored), (0, 1)))
        tags = self._from_other_fold(decoded)
        own_f1 = [self._count(decoded[fold], [fold]).f1 for fold in (0, 1)]
        counts = self._count(tags, [0, 1])
        before = self.epochs[-2:]
        steady = mean([*(each.counts.f1 for each in before), counts.f1])
        own_steady = [mean([*(each.own_f1[fold] for each in before), own_f1[fold]]) for fold in (0, 1)]
        epoch = DevelopmentEpoch(tags, counts, (own_f1[0], own_f1[1]), steady, (own_steady[0], own_steady[1]))
        self.epochs.append(epoch)
        return epoch

    def calibrate(self, scores: Sequence[Array]) -> TwoStageCalibrator:
        """The calibrator of the whole development set, for tagging anything else."""
        scored = self._scored(scores)
        return self._fit(scored, None, None)._replace(temperature=self._temperature(scored))

    def honest_tags(self) -> Array:
        """(tokens,) each fold as the epoch tagged it that the other fold chose.

        That is the first of the best; the last of all, if in the other fold no epoch was right of anything.
        """
        tags = np.empty_like(self._encoded.tags)
        for fold in (0, 1):
            figures = [epoch.own_steady_f1[1 - fold] for epoch in self.epochs]
            chosen = figures.index(max(figures)) if any(figures) else -1
            inside = self._token_fold == fold
            tags[inside] = self.epochs[chosen].tags[inside]
        return tags

    def sentences(self, tags: Array) -> list[list[str]]:
        """The names of (tokens,) tag numbers, sentence by sentence."""
        names = self._decoder.tags
        parts = np.split(tags, np.cumsum(self._lengths)[:-1])
        return [[names[number] for number in part.tolist()] for part in parts]

    def _scored(self, scores: Sequence[Array]) -> Scored:
        all_together = mean_scores(scores)
        return Scored(scores[0], lambda at: all_together[at], self._words, self._lengths)

    def _temperature(self, scored: Scored) -> float:
        """The temperature at which the scores of entities are nearest to whether they are right (Brier).

        They are found in each fold after calibration on the other: what is calibrated is surer of
        the tokens that it was fitted to than it may be of others.
        """
        folds = [self._fit(scored, self._token_fold == fold, None) for fold in (0, 1)]
        log_p = self._from_other_fold([each.log_probabilities(scored) for each in folds])
        tags = self._decoder.best(log_p, self._lengths)

        def found(temperature: float) -> list[list[ScoredEntity]]:
            return entities_of(self._decoder, log_p, tags, self._lengths, temperature)

        gold = [entities(tags) for tags in self._gold_tags]
        right = [each[:3] in its for its, some in zip(gold, found(1.0), strict=True) for each in some]

        def cost(temperature: float) -> float:
            scores = [each.score for some in found(temperature) for each in some]
            return sum((score - is_right) ** 2 for score, is_right in zip(scores, right, strict=True))

        return min(_TEMPERATURES, key=cost)

    def _from_other_fold(self, of_folds: Sequence[Array]) -> Array:
        """(tokens, ...) of what calibration on each fold gave all tokens, what the other fold gave each."""
        first = np.flatnonzero(self._token_fold == 0)
        chosen = of_folds[0].copy()
        chosen[first] = of_folds[1][first]
        return chosen

    def _decoded_after(self, fold: int, scored: Scored) -> Array:
        """(tokens,) the tags of all tokens after calibration on one fold."""
        shown = self._token_fold == fold
        calibrator = self._fit(scored, shown, self._fold_calibrators[fold])
        self._fold_calibrators[fold] = calibrator
        return self._decoder.best(calibrator.log_probabilities(scored), self._lengths)

    def _fit(
        self, scored: Scored, shown: Array | None, start: TwoStageCalibrator | None
    ) -> TwoStageCalibrator:
        return fit_two_stage(
            scored, self._encoded.tags, self._decoder, self._passage, self._of_taggings, shown, start
        )

    def _count(self, tags: Array, folds: Sequence[int]) -> Counts:
        predicted = self.sentences(tags)
        chosen = np.flatnonzero(np.isin(self._fold, folds)).tolist()
        return total(count_entities([self._gold_tags[i] for i in chosen], [predicted[i] for i in chosen]))
