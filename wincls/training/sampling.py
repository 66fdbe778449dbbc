"""True and corrupted windows: which are scored in a step, and which are compared.

A window is true for a label if its centre bears the label, and corrupted for it if not (lecture
3, "Binary classification for NER Location"). For every true window several corrupted ones are
sampled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.features.windows import Stream, centres_of, first_tokens_of, sentences_of
from wincls.network.losses import Pairs

Array = np.ndarray

NO_LABEL = -1  # of a window whose centre is outside all entities


class Batch(NamedTuple):
    """centres: (windows,) places in the stream; target: Pairs of them, or a class for each.

    tags: (windows,) the centres' tag numbers, 0 for no label; lengths: of the sentences that the
    windows make up, None for single windows.
    """

    centres: Array
    target: Pairs | Array
    tags: Array
    lengths: Array | None

    @property
    def compares(self) -> bool:
        """Whether a loss of windows has anything to do: of pairs there may be none."""
        return not isinstance(self.target, Pairs) or len(self.target.label) > 0


class Sampler:
    """Draws the batches of an epoch.

    stream: the corpus; labels: (tokens,) the label's number of every token, NO_LABEL for none.
    ranks: whether the loss compares pairs; if not, targets are classes, 0 for no label.
    batches, size, corrupted, entity_share: see config.Sampling and config.Training.
    """

    def __init__(
        self,
        stream: Stream,
        labels: Array,
        ranks: bool,
        batches: str,
        size: int,
        corrupted: int,
        entity_share: float,
    ):
        self.labels = labels
        self.ranks = ranks
        self.by_sentence = batches == "sentences"
        self.size = size
        self.corrupted = corrupted
        self.entity_share = entity_share
        self._stream = stream
        self._first_tokens = first_tokens_of(stream.lengths)
        self._true = np.flatnonzero(labels != NO_LABEL)

    def epoch(self, rng: np.random.Generator) -> list[Array]:
        """The epoch's steps in random order: the numbers of the sentences (or tokens) of each."""
        if self.by_sentence:
            order = rng.permutation(len(self._stream.lengths))
            ends = np.cumsum(self._stream.lengths[order])
            steps = max(1, round(int(ends[-1]) / self.size))
            cuts = np.searchsorted(ends, np.arange(1, steps) * ends[-1] / steps)
            return [part for part in np.split(order, cuts) if len(part)]
        order = rng.permutation(self._true if self.ranks else len(self.labels))
        return [order[i : i + self.size] for i in range(0, len(order), self.size)]

    def tokens(self, part: Array) -> Array:
        """The token numbers of a step of :meth:`epoch`."""
        if self.by_sentence:
            return centres_of(self._first_tokens[part], self._stream.lengths[part])
        return part

    def batch(self, part: Array, rng: np.random.Generator) -> Batch:
        """The windows to score in a step of :meth:`epoch`."""
        tokens = self.tokens(part)
        if not self.ranks:
            return self._batch(part, tokens, self.labels[tokens] + 1)
        if self.by_sentence:
            labels = self.labels[tokens]
            true = np.flatnonzero(labels != NO_LABEL)
            pairs = draw_pairs(labels, true, true, self.corrupted, self.entity_share, rng)
        else:
            pairs = draw_pairs(self.labels, tokens, self._true, self.corrupted, self.entity_share, rng)
            tokens, numbers = np.unique(np.concatenate(pairs[1:]), return_inverse=True)
            true, corrupted = np.split(numbers, 2)
            pairs = Pairs(pairs.label, true, corrupted)
        return self._batch(part, tokens, pairs)

    def _batch(self, part: Array, tokens: Array, target: Pairs | Array) -> Batch:
        lengths = self._stream.lengths[part] if self.by_sentence else None
        return Batch(self._places(part, tokens), target, self.labels[tokens] + 1, lengths)

    def _places(self, part: Array, tokens: Array) -> Array:
        """Where in the stream the tokens of a step stand, by their numbers."""
        if self.by_sentence:  # all of the sentences in `part`
            return centres_of(self._stream.starts[part], self._stream.lengths[part])
        sentence = sentences_of(tokens, self._first_tokens)
        return self._stream.starts[sentence] + tokens - self._first_tokens[sentence]


def draw_pairs(
    labels: Array, true: Array, entities: Array, corrupted: int, entity_share: float, rng: np.random.Generator
) -> Pairs:
    """Pair each true window with `corrupted` windows that do not bear its label.

    labels: (windows,) of all windows to draw from; true: windows to be paired; entities: windows
    that hold any label, from which `entity_share` of the corrupted ones are drawn.
    """
    true = np.repeat(true, corrupted)  # (pairs,)
    label = labels[true]
    drawn = rng.integers(len(labels), size=len(true))
    # A window that bears the label is not corrupted: draw again, at first among the entities if it was
    # drawn there. If ten rounds find no other, hardly any window lacks the label, and the pair is left out.
    if entity_share and len(true):
        again = np.flatnonzero(rng.random(len(true)) < entity_share)
        for _ in range(10):
            drawn[again] = rng.choice(entities, len(again))
            again = again[labels[drawn[again]] == label[again]]
    for _ in range(10):
        again = np.flatnonzero(labels[drawn] == label)
        if not len(again):
            break
        drawn[again] = rng.integers(len(labels), size=len(again))
    kept = labels[drawn] != label
    return Pairs(label[kept], true[kept], drawn[kept])
