"""Which windows are scored in a step."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from wincls.arrays import Array, offsets_of, ranges, segments_of
from wincls.network.losses import Loss
from wincls.training.data import Encoded


class Batch(NamedTuple):
    """The windows of a step.

    centers: (windows,) positions in the stream.
    target: of the loss of windows.
    tags: (windows,) the centers' tag numbers, 0 for O.
    lengths: (sentences,) of the sentences that the windows make up, None for single windows.
    """

    centers: Array
    target: Any
    tags: Array
    lengths: Array | None


class Sampler:
    """Draws the batches of an epoch.

    encoded: what is trained on.
    loss: draws the targets.
    by_sentence: whether a batch consists of whole sentences, or of single windows from anywhere.
    size: windows in a batch (max-margin by single windows: true windows), about.
    """

    def __init__(self, encoded: Encoded, loss: Loss, by_sentence: bool, size: int):
        self._stream, self._tags = encoded
        self._loss = loss
        self._by_sentence = by_sentence
        self._size = size
        self._offsets = offsets_of(self._stream.lengths)
        self._anchors = loss.anchors(self._tags)

    @property
    def steps(self) -> int:
        """Batches in an epoch; sentences that are longer than a batch can make them fewer."""
        if self._by_sentence:
            return max(1, round(int(self._stream.lengths.sum()) / self._size))
        return math.ceil(len(self._anchors) / self._size)

    def epoch(self, rng: np.random.Generator) -> list[Array]:
        """The parts of an epoch in random order: the numbers of the sentences (or tokens) of each batch."""
        if self._by_sentence:
            order = rng.permutation(len(self._stream.lengths))
            ends = np.cumsum(self._stream.lengths[order])
            cuts = np.searchsorted(ends, np.arange(1, self.steps) * ends[-1] / self.steps)
            return [part for part in np.split(order, cuts) if len(part)]
        order = rng.permutation(self._anchors)
        return [order[i : i + self._size] for i in range(0, len(order), self._size)]

    def batch(self, part: Array, rng: np.random.Generator) -> Batch:
        """The windows to score for a part of :meth:`epoch`."""
        if self._by_sentence:
            lengths = self._stream.lengths[part]
            tags = self._tags[ranges(self._offsets[part], lengths)]
            target = self._loss.targets(tags, self._loss.anchors(tags), rng)
            return Batch(ranges(self._stream.starts[part], lengths), target, tags, lengths)
        tokens, target = self._loss.targets(self._tags, part, rng).compact()
        sentence = segments_of(tokens, self._offsets)
        centers = self._stream.starts[sentence] + tokens - self._offsets[sentence]
        return Batch(centers, target, self._tags[tokens], None)
