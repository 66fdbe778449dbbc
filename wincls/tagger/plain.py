"""Plain decisions: the scores alone decide (lecture 3, eq. 4; "Binary classification for NER Location").

Each token is decided by itself. Where the tags do not fit each other they are read leniently, as conlleval
reads them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.corpus.tag_set import TagSet
from wincls.network.lattice import with_outside
from wincls.tagger.decoding import ScoredEntity, scored_entities


class Plain(NamedTuple):
    """A decision by scores.

    threshold: a token gets the label with the largest score if that is above the threshold, else O. Scores
        are relative to the score of O where O has one. None: the class with the largest score (argmax,
        eq. 4).
    """

    threshold: float | None = None

    def tags(self, scores: Array, n_tags: int) -> Array:
        """(tokens,) tag numbers.

        scores: (tokens, n_tags), or (tokens, n_tags - 1) where O has none; argmax then takes it to be 0.
        """
        if self.threshold is None:
            return with_outside(scores, n_tags).argmax(axis=1)
        label, margin = best_labels(scores, n_tags)
        return np.where(margin > self.threshold, label, 0)

    def entities(self, scores: Array, lengths: Array, tag_set: TagSet) -> list[list[ScoredEntity]]:
        """The entities of each sentence; the score of one is the smallest margin of its tokens.

        scores: (tokens, scores), sentence after sentence.
        lengths: (sentences,).
        """
        tags = self.tags(scores, len(tag_set))
        spans = tag_set.decode(tags, lengths)
        complete = with_outside(scores, len(tag_set))
        margin = complete[np.arange(len(tags)), tags] - complete[:, 0]  # (tokens,)
        places = zip(spans.start.tolist(), spans.end.tolist(), strict=True)
        smallest = np.array([margin[start:end].min() for start, end in places])  # (entities,)
        return scored_entities(spans, smallest, lengths, tag_set.labels)


def best_labels(scores: Array, n_tags: int) -> tuple[Array, Array]:
    """The tag number of each token's best label (never O), and its margin over O, each (tokens,).

    scores: see Plain.tags.
    """
    complete = with_outside(scores, n_tags)
    label = 1 + complete[:, 1:].argmax(axis=1)
    return label, complete[np.arange(len(label)), label] - complete[:, 0]
