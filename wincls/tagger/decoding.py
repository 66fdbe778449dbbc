"""From tag probabilities of single tokens to the entities of a sentence and their probabilities.

The model assumes that the tags of a sentence are independent given the windows, except that the tag
sequence must be legal. So P(tags) is proportional to the product of the tokens' probabilities for a legal
sequence, and 0 for all others. Viterbi finds the best sequence. Forward and backward sums give the
probability that exactly these tokens are an entity of exactly this type (network/lattice.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, offsets_of, ranges, segments_of
from wincls.corpus.schemes import Entity
from wincls.corpus.tag_set import Spans, TagSet
from wincls.network.lattice import Lattice, Moves

_LEAST = 1e-100  # smaller probabilities are replaced by this, so that a legal sequence never has mass 0


class ScoredEntity(NamedTuple):
    """An entity and its score.

    start, end: its first token, and the token after its last one, in the sentence.
    label: its type.
    score: the probability that exactly these tokens are an entity of this type; see Plain.entities for plain
        decisions.
    """

    start: int
    end: int
    label: str
    score: float

    @property
    def entity(self) -> Entity:
        """The same without its score."""
        return Entity(self.start, self.end, self.label)


def at_least(entities: Sequence[ScoredEntity], min_scores: Mapping[str, float]) -> list[ScoredEntity]:
    """The entities without those whose score is smaller than that of their label in `min_scores`.

    Entities of a label that is not in `min_scores` are kept.
    """
    return [each for each in entities if each.score >= min_scores.get(each.label, -math.inf)]


class Decoder:
    """Finds the best legal tag sequences of a tag set, and the probabilities of entities."""

    def __init__(self, tag_set: TagSet):
        self.tag_set = tag_set
        self.lattice = Lattice(tag_set.allowed)
        borders = tag_set.allowed & ~tag_set.continues  # between an entity and what is not of it
        self._before, self._after = Moves(borders), Moves(borders.T)

    def best(self, log_p: Array, lengths: Array) -> Array:
        """(tokens,) the most probable legal tag sequence of each sentence.

        log_p: (tokens, tags) log-probabilities, sentence after sentence.
        lengths: (sentences,) in tokens.
        """
        return self.lattice.best(log_p, lengths)

    def entities(
        self, log_p: Array, tags: Array, lengths: Array, temperature: float = 1.0
    ) -> list[list[ScoredEntity]]:
        """The entities of each sentence, with their probabilities.

        log_p: (tokens, tags) log-probabilities, sentence after sentence.
        tags: (tokens,) legal tag sequences.
        lengths: (sentences,).
        temperature: see Calibration.
        """
        spans = self.tag_set.decode(tags, lengths)
        if not len(spans.start):
            return [[] for _ in range(len(lengths))]
        # Sums are computed only for the sentences that have entities.
        starts = offsets_of(lengths)
        found, index = np.unique(segments_of(spans.start, starts), return_inverse=True)
        p = np.exp(log_p[ranges(starts[found], lengths[found])].astype(float) / temperature)
        moved = (offsets_of(lengths[found]) - starts[found])[index]
        scores = self.span_probabilities(
            p, lengths[found], Spans(spans.types, spans.start + moved, spans.end + moved)
        )
        return scored_entities(spans, scores, lengths, self.tag_set.labels)

    def entropies(self, log_p: Array, lengths: Array, temperature: float = 1.0) -> Array:
        """(tokens,) the entropy, in nats, of the tag of each token over the legal tag sequences.

        log_p, lengths, temperature: see :meth:`entities`.
        """
        p = np.maximum(np.exp(log_p.astype(float) / temperature), _LEAST)
        sums = self.lattice.sums(p, lengths)
        marginals = sums.forward * sums.backward  # (tokens, tags)
        marginals /= marginals.sum(axis=1, keepdims=True)
        entropies = np.empty(len(p))
        entropies[sums.order] = -(marginals * np.log(np.maximum(marginals, _LEAST))).sum(axis=1)
        return np.maximum(entropies, 0.0)

    def span_probabilities(self, p: Array, lengths: Array, spans: Spans) -> Array:
        """(entities,) the probability that exactly these tokens are an entity of this type.

        p: (tokens, tags) probabilities, sentence after sentence.
        lengths: (sentences,).
        spans: the entities, with positions in p.
        """
        sums = self.lattice.sums(np.maximum(p, _LEAST, dtype=float), lengths)
        # entering[t]: mass of the prefixes before token t, for an entity that starts at t with each tag.
        # leaving[t]: mass of the suffixes from token t on, for an entity that ends at t - 1 with each tag.
        # Both are (tokens + 1, tags).
        entering, leaving = np.ones((2, len(p) + 1, p.shape[1]))
        entering[sums.order + 1] = self._before.sum(sums.forward)
        leaving[sums.order] = self._after.sum(sums.p * sums.backward)
        starts = offsets_of(lengths)
        entering[starts], leaving[starts + lengths] = self.lattice.allowed[0], 1.0
        inside = np.empty_like(sums.p)
        inside[sums.order] = sums.p

        types, start, end = spans
        size, tags = end - start, self.tag_set
        single = size == 1
        first = np.where(single, tags.single[types], tags.first[types])
        probability = inside[start, first] * entering[start, first]
        if tags.adjacent is not None:
            adjacent = tags.adjacent[types]
            probability += inside[start, adjacent] * entering[start, adjacent]
        for i in range(1, int(size.max(initial=0)) - 1):
            longer = np.flatnonzero(size > i + 1)
            probability[longer] *= inside[start[longer] + i, tags.inner[types[longer]]]
        last = np.where(single, first, tags.last[types])
        probability *= np.where(single, 1.0, inside[end - 1, last]) * leaving[end, last]
        return np.minimum(probability, 1.0)


def scored_entities(
    spans: Spans, scores: Array, lengths: Array, labels: Sequence[str]
) -> list[list[ScoredEntity]]:
    """The entities of each sentence, with token offsets in it.

    spans: the entities, with token offsets in the text.
    scores: (entities,).
    lengths: (sentences,).
    labels: of the types.
    """
    sentences: list[list[ScoredEntity]] = [[] for _ in range(len(lengths))]
    starts = offsets_of(lengths)
    sentence = segments_of(spans.start, starts)  # (entities,)
    start, end = spans.start - starts[sentence], spans.end - starts[sentence]
    columns = (sentence, start, end, spans.types, scores)
    for i, first, stop, type_id, score in zip(*(column.tolist() for column in columns), strict=True):
        sentences[i].append(ScoredEntity(first, stop, labels[type_id], score))
    return sentences
