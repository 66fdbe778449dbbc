"""Tags as numbers: the tags of a scheme for some labels, and spans of entities as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, offsets_of, ranges, segments_of
from wincls.corpus.schemes import Entity, Scheme, continues, split_tag

MAX_LABELS = 500  # tables of pairs of tags are made


class Spans(NamedTuple):
    """Entities of a text.

    types: (entities,) label numbers.
    start, end: (entities,) the first token, and the token after the last; tokens are counted through
        the whole text.
    """

    types: Array
    start: Array
    end: Array


class TagSet:
    """The tags of a scheme for some labels, numbered; O is 0.

    tags: their names; a tag's number is its index.
    type_ids: (tags,) the number of each tag's label, which is its index in `labels` plus 1; 0 for O.
    allowed: (tags, tags) whether the second tag may follow the first.
    single, first, inner, last: (labels,) the tags of an entity's tokens.
    adjacent: (labels,) see Scheme; None if the scheme has none.
    continues: (tags, tags) whether the second tag belongs to the same entity as the first, before it.
    """

    def __init__(self, scheme: Scheme, labels: Iterable[str]):
        self.scheme = scheme
        self.labels = tuple(labels)
        self.tags = tags = scheme.tags(self.labels)
        number = {tag: i for i, tag in enumerate(tags)}
        type_of = {label: i for i, label in enumerate(self.labels, start=1)}
        self.type_ids = np.array([0, *(type_of[split_tag(tag)[1]] for tag in tags[1:])])

        def numbers(prefix: str) -> Array:
            return np.array([number[f"{prefix}-{label}"] for label in self.labels], dtype=np.int64)

        self.single, self.first = numbers(scheme.single), numbers(scheme.first)
        self.inner, self.last = numbers(scheme.inner), numbers(scheme.last)
        self.adjacent = numbers(scheme.adjacent) if scheme.adjacent else None
        self.allowed = self._table(scheme.may_follow)
        self.continues = self._table(continues)

    def __len__(self) -> int:
        return len(self.tags)

    def _table(self, related: Callable[[str, str], bool]) -> Array:
        """(tags, tags) whether two tags are related, which depends on their labels only in being the same."""
        of_two = self.scheme.tags(["a", "b"])
        small = np.array([[related(a, b) for b in of_two] for a in of_two])
        prefixes = len(of_two) // 2
        with_a = np.array([0, *(1 + np.arange(len(self) - 1) % prefixes)])
        with_b = with_a + prefixes * (with_a > 0)
        same_label = self.type_ids[:, None] == self.type_ids
        return np.where(same_label, small[with_a][:, with_a], small[with_a][:, with_b])

    def encode(self, sentences: Iterable[Sequence[Entity]], lengths: Array) -> Array:
        """(tokens,) tag numbers of sentences that hold these entities, one sentence after the other.

        Entities of other labels are O.
        """
        tags = np.zeros(int(lengths.sum()), dtype=np.int8 if len(self) < 128 else np.int16)
        type_of = {label: i for i, label in enumerate(self.labels)}
        found = [
            (type_of[entity.label], offset + entity.start, offset + entity.end)
            for entities, offset in zip(sentences, offsets_of(lengths).tolist(), strict=True)
            for entity in sorted(entities)
            if entity.label in type_of
        ]
        spans = Spans(*np.array(found, dtype=np.int64).reshape(-1, 3).T)
        size = spans.end - spans.start
        middle = np.maximum(size - 2, 0)
        tags[ranges(spans.start + 1, middle)] = np.repeat(self.inner[spans.types], middle)
        tags[spans.end - 1] = self.last[spans.types]
        tags[spans.start] = np.where(size == 1, self.single[spans.types], self.first[spans.types])
        if self.adjacent is not None:
            follows = (spans.start[1:] == spans.end[:-1]) & (spans.types[1:] == spans.types[:-1])
            follows &= ~np.isin(spans.start[1:], offsets_of(lengths))  # not across a sentence end
            second = np.flatnonzero(follows) + 1
            tags[spans.start[second]] = self.adjacent[spans.types[second]]
        return tags

    def decode(self, tags: Array, lengths: Array) -> Spans:
        """The entities of tag sequences, illegal ones read as by schemes.decode.

        tags: (tokens,), sentence after sentence.
        """
        is_start = np.ones(len(tags) + 1, dtype=bool)  # whether something else starts at a token
        is_start[1:-1] = ~self.continues[tags[:-1], tags[1:]]
        is_start[offsets_of(lengths)] = True
        inside = tags > 0
        start = np.flatnonzero(is_start[:-1] & inside)
        return Spans(self.type_ids[tags[start]] - 1, start, np.flatnonzero(is_start[1:] & inside) + 1)

    def entities(self, tags: Array, lengths: Array) -> list[list[Entity]]:
        """The entities of each sentence; tags: see :meth:`decode`."""
        found: list[list[Entity]] = [[] for _ in range(len(lengths))]
        types, start, end = self.decode(tags, lengths)
        offsets = offsets_of(lengths)
        sentence = segments_of(start, offsets)
        first = offsets[sentence]
        columns = (sentence, start - first, end - first, types)
        for i, a, b, kind in zip(*(column.tolist() for column in columns), strict=True):
            found[i].append(Entity(a, b, self.labels[kind]))
        return found
