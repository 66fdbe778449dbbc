"""The projection cache: first-layer projections of the word forms that have been tagged.

The first layer of a known form then costs only a few additions. When there are too many forms, rare ones are
evicted. The results do not depend on the contents of the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wincls.arrays import Array
from wincls.features.tables import TokenTables
from wincls.features.windows import FormIndex, Stream, lay_out
from wincls.network.scorer import Scorer
from wincls.progress import Advance, ignore

_BLOCK = 256  # windows that are scored at once: their hidden layer fits the cache of a core
_MEMORY = 11 << 24  # approximate size of the projections in bytes at which forms are evicted


class ProjectionCache:
    """Scores windows with cached projections.

    tables, ensemble: see Tagger.
    size: C, the number of words on each side of a center.
    """

    def __init__(self, tables: TokenTables, ensemble: Sequence[Scorer], size: int):
        self._tables = tables
        self._ensemble = ensemble
        self._size = size
        # Forms that may be kept. Room is made when it is needed: a model that is only loaded takes none.
        positions = 2 * size + 1
        units = sum(scorer.first_units for scorer in ensemble)
        self._most = max(_BLOCK, _MEMORY // (positions * units * 4))
        self._projections: list[Array] = [
            np.empty((positions, 0, scorer.first_units), dtype=np.float32) for scorer in ensemble
        ]
        self._index = FormIndex()
        self._counts = np.zeros(0, dtype=np.int64)  # count of each form; the padding token is the first

    def lay_out(self, sentences: Sequence[Sequence[str]]) -> Stream:
        """Put sentences into one array, and add the projections of their new forms to the cache."""
        if not len(self._counts):
            self._add(self._tables.padding_row())
        if len(self._counts) > self._most:
            self._evict()
        stream = lay_out(sentences, self._size, self._index)
        self._add(self._tables.rows(self._index.forms[len(self._counts) - 1 :]))
        self._counts += np.bincount(stream.tokens, minlength=len(self._counts))
        return stream

    def words(self, stream: Stream) -> Array:
        """(tokens,) word numbers, see FormIndex.word_numbers."""
        return self._index.word_numbers[stream.tokens[stream.centers]]

    def scores(self, member: int, stream: Stream, centers: Array, advance: Advance = ignore) -> Array:
        """(centers, scores) of an ensemble member.

        centers: (centers,) positions in the stream.
        advance: called with the number of centers after each block of them.
        """
        scorer, projections = self._ensemble[member], self._projections[member]

        def block(part: Array) -> Array:
            scores = scorer.scores(projections, stream.windows(part))
            advance(len(part))
            return scores

        return in_blocks(block, centers)

    def _add(self, rows: Array) -> None:
        """Compute the projections of new forms; rows: (forms, tables) table rows."""
        known = len(self._counts)
        needed = known + len(rows)
        for member, (scorer, projections) in enumerate(zip(self._ensemble, self._projections, strict=True)):
            if needed > projections.shape[1]:
                positions, _, units = projections.shape
                most = max(needed, min(2 * needed, 2 * self._most))
                room = np.empty((positions, most, units), dtype=np.float32)
                room[:, :known] = projections[:, :known]
                self._projections[member] = room
            scorer.project_tokens(rows, self._projections[member][:, known:needed])
        self._counts = np.concatenate([self._counts, np.zeros(len(rows), dtype=np.int64)])

    def _evict(self) -> None:
        """Keep the most frequent forms that occurred more than once since the last eviction.

        At most half of the allowed number of forms are kept.
        """
        by_count = 1 + np.argsort(-self._counts[1:], kind="stable")[: self._most // 2]
        kept = by_count[self._counts[by_count] > 1]
        forms, self._index = self._index.forms, FormIndex()
        self._index.numbers([forms[number - 1] for number in kept.tolist()])
        for projections in self._projections:
            for at_position in projections:
                at_position[1 : len(kept) + 1] = at_position[kept]
        self._counts = np.zeros(len(kept) + 1, dtype=np.int64)


def in_blocks(scores: Callable[[Array], Array], windows: Array) -> Array:
    """Apply `scores` to blocks of windows, and concatenate the results."""
    parts = [scores(windows[i : i + _BLOCK]) for i in range(0, max(1, len(windows)), _BLOCK)]
    return np.concatenate(parts)
