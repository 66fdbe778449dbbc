"""The trained tagger: sentences in, entities and their probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wincls.corpus.schemes import OUTSIDE, SCHEMES, Entity, Scheme, entities
from wincls.features.lookup import TokenTables
from wincls.features.vocabulary import PADDING
from wincls.features.windows import FormIndex, Stream, lay_out, number_distinct
from wincls.network.scorer import Scorer
from wincls.tagger.calibration import Calibrator
from wincls.tagger.decoding import Decoder

Array = np.ndarray

_BLOCK = 4096  # windows scored at a time


class ScoredEntity(NamedTuple):
    """An entity (type, first token, token after the last) and the probability that it stands there."""

    type: str
    start: int
    end: int
    score: float


class Tagged(NamedTuple):
    """A sentence's tags in BIO, and its entities."""

    tags: list[str]
    entities: list[ScoredEntity]

    @classmethod
    def of(cls, entities: list[ScoredEntity], length: int) -> Tagged:
        """The tagging of a sentence of `length` tokens with these entities."""
        spans = [Entity(each.type, each.start, each.end) for each in entities]
        return cls(SCHEMES["BIO"].encode(spans, length), entities)

    def at_least(self, score: float) -> Tagged:
        """The same without the entities of a lower score."""
        return self.of([each for each in self.entities if each.score >= score], len(self.tags))


@dataclass(frozen=True)
class Tagger:
    """Everything that tagging needs.

    scheme and types make up the labels that the scorer has columns for (after O, if it has one);
    window is C, the words on each side of a centre.
    """

    tables: TokenTables
    scorer: Scorer
    calibrator: Calibrator
    scheme: Scheme
    types: tuple[str, ...]
    window: int

    @property
    def tag_names(self) -> list[str]:
        """O and the labels, in the order of the probabilities."""
        return tag_names(self.scheme, self.types)

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        """Tag tokenised sentences; every sentence needs at least one token."""
        if not sentences:
            return []
        names = self.tag_names
        decoder = Decoder(self.scheme, names)
        index = FormIndex()
        stream = lay_out(sentences, self.window, index)
        scores = score_stream(self.scorer, form_rows(self.tables, index), stream)
        log_p = self.calibrator.log_probabilities(scores)
        numbers = decoder.best(log_p, stream.lengths)
        posteriors = decoder.posteriors(np.exp(log_p), stream.lengths)
        tagged = []
        start = 0
        for length in stream.lengths:
            found = [
                ScoredEntity(*entity, posteriors.of(entity, start, int(length)))
                for entity in entities([names[number] for number in numbers[start : start + length]])
            ]
            tagged.append(Tagged.of(found, int(length)))
            start += length
        return tagged


def tag_names(scheme: Scheme, types: Sequence[str]) -> list[str]:
    """O and every tag of `scheme` for `types`; a tag's number is its place here."""
    return [OUTSIDE, *scheme.tags(types)]


def form_rows(tables: TokenTables, index: FormIndex) -> Array:
    """(forms + 1, tables) table rows of every numbered form; those of the padding token come first."""
    padding = np.full((1, len(tables.names)), PADDING, dtype=np.int32)
    return np.concatenate([padding, tables.rows(index.forms)])


def score_stream(scorer: Scorer, rows: Array, stream: Stream) -> Array:
    """(tokens, scores) of every window of a stream; rows: see :func:`form_rows`."""
    centres = stream.centres
    blocks = []
    for i in range(0, len(centres), _BLOCK):
        distinct, windows = number_distinct(stream.windows(centres[i : i + _BLOCK]), len(rows))
        blocks.append(scorer.forward(rows[distinct], windows).scores)
    return np.concatenate(blocks)
