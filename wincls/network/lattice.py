"""Legal tag sequences of sentences: the best one, and sums over all of them.

A (tags, tags) table says which tag may follow which. A sentence starts as if after tag 0 and ends as if
before tag 0. The Viterbi algorithm (Viterbi 1967) finds the best legal sequence. Forward and backward sums
(Rabiner 1989) give marginal probabilities over all legal sequences.

Sentences are worked on side by side, a position at a time. Most tags may follow the same tags (in
IOBES everything that begins may follow everything that is closed), so a step takes one maximum or sum
for each distinct set of predecessors rather than for each tag, and costs no more than the tags of all sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, offsets_of, ranges, segments_of

_DENSE = 64  # sums use the whole table unless it has so many times more places than all sets have members


class Moves:
    """Maxima and sums over the tags that may come before each tag.

    table: (tags, tags) bool, whether the second tag may come after the first.
    """

    def __init__(self, table: Array):
        # The distinct sets of tags that may come before a tag: members of all sets, one set after the
        # other; where each starts; and the set of each tag, the number after the last for an empty one.
        keys = [key.tobytes() for key in np.packbits(table.T, axis=1)]
        filled = table.any(axis=0)
        first = {keys[tag]: tag for tag in np.flatnonzero(filled)[::-1].tolist()}
        numbers, self._members = np.nonzero(table.T[list(first.values())])
        self._starts = np.searchsorted(numbers, np.arange(len(first)))
        set_of = {key: i for i, key in enumerate(first)}
        self._set_of = np.array([set_of.get(key, len(first)) for key in keys])
        self._table = table.astype(float) if _DENSE * len(self._members) > table.size else None

    def largest(self, values: Array) -> Array:
        """(rows, tags) the largest value before each tag, -inf if none; values: (rows, tags)."""
        return self._over_sets(np.maximum, values, -np.inf)

    def sum(self, values: Array) -> Array:
        """(rows, tags) the sum of the values before each tag; values: (rows, tags)."""
        if self._table is not None:
            return values @ self._table.astype(values.dtype, copy=False)
        return self._over_sets(np.add, values, 0.0)

    def _over_sets(self, operation: np.ufunc, values: Array, of_none: float) -> Array:
        of_sets = np.full((len(values), len(self._starts) + 1), of_none, dtype=values.dtype)
        if len(self._starts):
            operation.reduceat(values[:, self._members], self._starts, axis=1, out=of_sets[:, :-1])
        return of_sets[:, self._set_of]


class Lattice:
    """The legal tag sequences.

    allowed: (tags, tags) bool, whether the second tag may follow the first.
    """

    def __init__(self, allowed: Array):
        self.allowed = allowed
        self.tags = len(allowed)
        self._before = Moves(allowed)
        self._after = Moves(allowed.T)

    def best(self, scores: Array, lengths: Array) -> Array:
        """The legal sequence of every sentence with the largest sum of scores.

        scores: (tokens, tags), sentence after sentence.
        lengths: (sentences,).
        Returns (tokens,) tag numbers.

        If the best tags of the single tokens make a legal sequence, which is the usual case, this is the best
        one. Viterbi runs only on the other sentences.
        """
        tags = scores.argmax(axis=1)  # (tokens,)
        starts = offsets_of(lengths)
        ends = starts + lengths - 1
        before = np.concatenate(([0], tags[:-1]))
        before[starts] = 0
        illegal = ~self.allowed[before, tags]
        illegal[ends] |= ~self.allowed[tags[ends], 0]
        open_sentences = np.unique(segments_of(np.flatnonzero(illegal), starts))
        if len(open_sentences):
            tokens = ranges(starts[open_sentences], lengths[open_sentences])
            tags[tokens] = self._viterbi(scores[tokens], lengths[open_sentences])
        return tags

    def _viterbi(self, scores: Array, lengths: Array) -> Array:
        positions = Positions(lengths)
        total = np.empty((positions.longest, positions.sentences, self.tags), dtype=scores.dtype)
        for t, tokens in positions:
            here = total[t, : len(tokens)]  # of the best prefix that ends with each tag
            if t == 0:
                here[:] = np.where(self.allowed[0], scores[tokens], -np.inf)
            else:
                before = total[t - 1, : len(tokens)]
                np.add(self._before.largest(before), scores[tokens], out=here)
        tags = np.zeros(positions.tokens, dtype=np.int16)
        last = total[positions.ordered_lengths - 1, np.arange(positions.sentences)]
        current = np.where(self.allowed[:, 0], last, -np.inf).argmax(axis=1)  # (sentences,)
        for t, tokens in positions.backwards():
            n = len(tokens)
            tags[tokens] = current[:n]
            if t:
                may_precede = self.allowed.T[current[:n]]  # (sentences, tags)
                current[:n] = np.where(may_precede, total[t - 1, :n], -np.inf).argmax(axis=1)
        return tags

    def sums(self, p: Array, lengths: Array) -> Sums:
        """Forward and backward sums over the legal sequences, scaled at each token.

        p: (tokens, tags) probabilities, up to a factor for each token, sentence after sentence; none is 0.
        lengths: (sentences,).
        """
        positions = Positions(lengths)
        order = positions.order
        p = p[order]
        forward = np.empty_like(p)
        backward = np.empty_like(p)
        scale = np.empty_like(p[:, 0])
        alpha = np.tile(np.eye(self.tags, dtype=p.dtype)[0], (positions.sentences, 1))  # as if after tag 0
        for part in positions.parts:
            alpha = self._before.sum(alpha[: part.stop - part.start])
            alpha *= p[part]
            scale[part] = alpha.sum(axis=1)
            alpha /= scale[part, None]
            forward[part] = alpha
        # Sequences that end inside an entity are illegal: their mass is removed at the last token.
        last = positions.last
        scale[last] *= forward[last][:, self.allowed[:, 0]].sum(axis=1)
        p = p / scale[:, None]
        beta = np.zeros((positions.sentences, self.tags), dtype=p.dtype)
        beta[:, 0] = 1.0  # as if before tag 0
        for part in reversed(positions.parts):
            here = beta[: part.stop - part.start]
            backward[part] = self._after.sum(here)
            np.multiply(backward[part], p[part], out=here)
        return Sums(order, p, forward, backward)


class Sums(NamedTuple):
    """Sums over the legal sequences of each sentence, with one row for each token.

    order: (tokens,) the token of each row.
    p: (tokens, tags) probabilities, divided by the scale of the token.
    forward: (tokens, tags) mass of the legal prefixes up to the token that end with each tag.
    backward: (tokens, tags) mass of the legal suffixes after the token that may follow each tag.
    """

    order: Array
    p: Array
    forward: Array
    backward: Array


class Positions:
    """Yields each position t with the token numbers at t, for all sentences that reach t.

    lengths: (sentences,). The sentences are ordered by length, the longest first.
    """

    def __init__(self, lengths: Array):
        order = np.argsort(-lengths, kind="stable")
        self.starts = offsets_of(lengths)[order]
        self.ordered_lengths = lengths[order]
        self.sentences = len(lengths)
        self.tokens = int(lengths.sum())
        self.longest = int(lengths.max(initial=0))
        # For each t, how many sentences have more than t tokens.
        self._reach = np.searchsorted(-self.ordered_lengths, -np.arange(self.longest), side="left")
        self._ends = np.cumsum(self._reach)

    @property
    def order(self) -> Array:
        """(tokens,) all token numbers, position by position."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *(tokens for _, tokens in self)])

    @property
    def parts(self) -> list[slice]:
        """The slice of `order` for each position."""
        return [slice(start, end) for start, end in pairwise([0, *self._ends.tolist()])]

    @property
    def last(self) -> Array:
        """(sentences,) the index in `order` of the last token of each sentence, longest sentence first."""
        last_position = self.ordered_lengths - 1
        return self._ends[last_position] - self._reach[last_position] + np.arange(self.sentences)

    def __iter__(self) -> Iterator[tuple[int, Array]]:
        for t in range(self.longest):
            yield t, self.starts[: self._reach[t]] + t

    def backwards(self) -> Iterator[tuple[int, Array]]:
        for t in reversed(range(self.longest)):
            yield t, self.starts[: self._reach[t]] + t


def with_outside(scores: Array, n_tags: int) -> Array:
    """(tokens, n_tags) scores; a column of zeros for O, tag 0, is added if O has no score.

    scores: (tokens, n_tags), or (tokens, n_tags - 1) without O.
    """
    if scores.shape[1] == n_tags:
        return scores
    return np.concatenate([np.zeros((len(scores), 1), dtype=scores.dtype), scores], axis=1)
