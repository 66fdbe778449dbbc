"""The windows of each training step."""

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
    target: the target of the loss of windows.
    tags: (windows,) tag numbers of the centers, 0 for O.
    lengths: (sentences,) in tokens, if the batch consists of whole sentences; None for single windows.
    """

    centers: Array
    target: Any
    tags: Array
    lengths: Array | None


class Sampler:
    """Draws the batches of an epoch.

    encoded: the training data.
    loss: draws the targets.
    by_sentence: whether a batch consists of whole sentences. If not, it consists of single windows from the
        whole training data.
    size: the number of windows in a batch. It is approximate for whole sentences; for single windows with
        max-margin, it counts true windows.
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
        """The number of batches in an epoch; sentences that are longer than a batch can reduce it."""
        if self._by_sentence:
            return max(1, round(int(self._stream.lengths.sum()) / self._size))
        return math.ceil(len(self._anchors) / self._size)

    def epoch(self, rng: np.random.Generator) -> list[Array]:
        """The sentence numbers (for single windows, token numbers) of each batch, in random order."""
        if self._by_sentence:
            order = rng.permutation(len(self._stream.lengths))
            ends = np.cumsum(self._stream.lengths[order])
            cuts = np.searchsorted(ends, np.arange(1, self.steps) * ends[-1] / self.steps)
            return [part for part in np.split(order, cuts) if len(part)]
        order = rng.permutation(self._anchors)
        return [order[i : i + self._size] for i in range(0, len(order), self._size)]

    def batch(self, part: Array, rng: np.random.Generator) -> Batch:
        """The batch for a part from :meth:`epoch`."""
        if self._by_sentence:
            lengths = self._stream.lengths[part]
            tags = self._tags[ranges(self._offsets[part], lengths)]
            target = self._loss.targets(tags, self._loss.anchors(tags), rng)
            return Batch(ranges(self._stream.starts[part], lengths), target, tags, lengths)
        tokens, target = self._loss.targets(self._tags, part, rng).compact()
        sentence = segments_of(tokens, self._offsets)
        centers = self._stream.starts[sentence] + tokens - self._offsets[sentence]
        return Batch(centers, target, self._tags[tokens], None)
