"""Cross-fitting: which member is trained on which development sentences, and which member scores them.

The development data have three uses: they select the epoch, the calibration is fitted to them, and the
members of an ensemble are trained on them. A single partition into folds keeps these uses apart:

* With K members, there are K folds. Member k is trained on all folds except fold k and scores fold k. So
  every development sentence is scored out of fold.
* Fold k is decoded with a calibration that was fitted to the other folds, at the epoch that was best on the
  other folds.

A single network is not trained on the development data. There are still two folds, for the calibration and
the choice of the epoch.

Runs of neighboring sentences, of about 1,000 tokens each, go to the folds in turn. If single sentences went
to the folds, a network would be trained on the neighbors of the sentences that it scores. These have the
same entities, so its scores would be better than on new text. If each fold were one contiguous part, its
calibration would be fitted to a different kind of text. One dependency remains: the calibration for a fold
uses scores of networks that were trained on this fold.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, group_segments

_RUN = 1000  # tokens in a run of sentences that goes to one fold


class CrossFitting(NamedTuple):
    """The folds of the development sentences.

    fold: (sentences,) the fold of each sentence.
    folds: the number of folds.
    members: the number of ensemble members.
    train_on_dev: whether each member is trained on all folds except its own.
    """

    fold: Array
    folds: int
    members: int
    train_on_dev: bool

    def trained_on(self, member: int) -> Array:
        """(sentences,) bool, whether a member is trained on the sentence."""
        if not self.train_on_dev:
            return np.zeros(len(self.fold), dtype=bool)
        return self.fold != member

    def scored_by(self, member: int) -> Array:
        """(sentences,) bool, whether a member scores the sentence."""
        return ~self.trained_on(member)

    def scorer_of(self) -> list[int]:
        """For each sentence, the index of a member that scores it."""
        return self.fold.tolist() if self.train_on_dev else [0] * len(self.fold)

    def places(self, lengths: Array) -> list[tuple[int, Array]]:
        """Where the scores of each member belong: the number of an array, and the rows of its tokens in it.

        If the members are trained on dev, each token is scored by one member, and all scores are in one
        (tokens, scores) array. Otherwise, each member has an array.

        lengths: (sentences,) in tokens.
        """
        return [
            (0 if self.train_on_dev else member, np.flatnonzero(np.repeat(self.scored_by(member), lengths)))
            for member in range(self.members)
        ]


def assign_folds(lengths: Array, members: int, train_on_dev: bool) -> CrossFitting:
    """Assign runs of development sentences to the folds, in turn.

    lengths: (sentences,) in tokens. In small data, each fold gets about four shorter runs. With very few
        sentences, some folds are empty.
    members: the number of ensemble members.
    train_on_dev: the key training.train_on_dev.
    """
    folds = max(2, members)
    run_of = group_segments(lengths, max(1, min(_RUN, int(lengths.sum()) // (4 * folds))))
    if not run_of[-1]:  # a single run, which would leave the other folds empty
        run_of = np.arange(len(lengths))
    fold = run_of % folds
    return CrossFitting(fold, folds, members, train_on_dev and members > 1)
