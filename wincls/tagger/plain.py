"""Plain decisions: tags from the scores alone (lecture 3, eq. 4; "Binary classification for NER Location").

Each token is decided independently. Illegal tag sequences are read leniently, in the same way as by
conlleval.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.corpus.tag_set import TagSet
from wincls.network.lattice import with_outside
from wincls.tagger.decoding import ScoredEntity, scored_entities


class Plain(NamedTuple):
    """A decision by scores alone.

    threshold: a token gets the label with the largest score if this score, minus the score of O if O has one,
        is above the threshold, else O. None: the class with the largest score (argmax, eq. 4).
    """

    threshold: float | None = None

    def tags(self, scores: Array, n_tags: int) -> Array:
        """(tokens,) tag numbers.

        scores: (tokens, n_tags), or (tokens, n_tags - 1) if O has no score; for argmax, it is then 0.
        """
        if self.threshold is None:
            return with_outside(scores, n_tags).argmax(axis=1)
        label, margin = best_labels(scores, n_tags)
        return np.where(margin > self.threshold, label, 0)

    def entities(self, scores: Array, lengths: Array, tag_set: TagSet) -> list[list[ScoredEntity]]:
        """The entities of each sentence. The score of an entity is the smallest margin of its tokens over O.

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
    """The tag number of the best label (never O) of each token, and its margin over O, both (tokens,).

    scores: see Plain.tags.
    """
    complete = with_outside(scores, n_tags)
    label = 1 + complete[:, 1:].argmax(axis=1)
    return label, complete[np.arange(len(label)), label] - complete[:, 0]
