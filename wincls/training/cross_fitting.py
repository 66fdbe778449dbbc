"""Cross-fitting: who trains on which development sentences, and who is scored on them.

The development data serve three purposes: they choose the epoch, they fit the calibration, and the
members of an ensemble are trained on them too. One partition into folds keeps the three apart:

* with K members there are K folds; member k trains on all folds but fold k, and scores fold k, so that
  every development sentence is scored out of fold;
* fold k is decoded with a calibration that was fitted on the other folds, at the epoch that was best on
  the other folds.

A single network does not train on the development data; two folds then serve the calibration alone.

Runs of neighboring sentences, about 1,000 tokens each, go to the folds in turn. Were single sentences
dealt out, a network would train on the neighbors of the sentences that it scores, which hold the same
names, and its scores would look better than they are on new text; were folds contiguous, each would be
calibrated on another kind of text. One dependence is left: what is fitted on the other folds uses scores
of networks that were trained on this fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, group_segments

_RUN = 1000  # tokens in a run of sentences that goes to one fold


class CrossFitting(NamedTuple):
    """The folds of the development sentences.

    fold: (sentences,) the fold of each.
    folds: how many there are.
    members: of the ensemble.
    train_on_dev: whether each member trains on the folds that are not its own.
    """

    fold: Array
    folds: int
    members: int
    train_on_dev: bool

    def trained_on(self, member: int) -> Array:
        """(sentences,) bool, whether a member trains on the sentence."""
        if not self.train_on_dev:
            return np.zeros(len(self.fold), dtype=bool)
        return self.fold != member

    def scored_by(self, member: int) -> Array:
        """(sentences,) bool, whether a member scores the sentence."""
        return ~self.trained_on(member)

    def scorer_of(self) -> list[int]:
        """For each sentence a member that scores it."""
        return self.fold.tolist() if self.train_on_dev else [0] * len(self.fold)

    def merge(self, scores: Sequence[Array], lengths: Array) -> list[Array]:
        """The scores of all development tokens, by member; a single array if each is scored by one.

        scores: of each member, (tokens that it scores, scores).
        lengths: (sentences,) in tokens.
        """
        if not self.train_on_dev:
            return list(scores)
        member_of = np.repeat(self.fold, lengths)  # (tokens,)
        merged = np.empty((len(member_of), scores[0].shape[1]), dtype=scores[0].dtype)
        for member, its_scores in enumerate(scores):
            merged[member_of == member] = its_scores
        return [merged]


def assign_folds(lengths: Array, members: int, train_on_dev: bool) -> CrossFitting:
    """Deal runs of development sentences out to the folds.

    lengths: (sentences,) in tokens. Each fold of small data gets about four runs; of very few sentences
        some folds get none.
    """
    folds = max(2, members)
    run_of = group_segments(lengths, max(1, min(_RUN, int(lengths.sum()) // (4 * folds))))
    if not run_of[-1]:  # a single run would leave all other folds empty
        run_of = np.arange(len(lengths))
    fold = run_of % folds
    return CrossFitting(fold, folds, members, train_on_dev and members > 1)
