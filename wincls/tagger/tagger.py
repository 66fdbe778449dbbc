"""The trained tagger: sentences in, entities and their probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wincls.corpus.schemes import OUTSIDE, SCHEMES, Entity, Scheme, entities
from wincls.features.lookup import TokenTables
from wincls.features.vocabulary import PADDING
from wincls.features.windows import FormIndex, Stream, centres_of, lay_out, number_distinct
from wincls.network.scorer import Scorer
from wincls.tagger.decoding import Decoder
from wincls.tagger.two_stage import TwoStageCalibrator

Array = np.ndarray

_BLOCK = 1024  # windows scored at a time: their hidden layer fits a core's cache
_MEMORY = 1 << 27  # bytes of products after which they are forgotten, about


class ScoredEntity(NamedTuple):
    """An entity (type, first token, token after the last) and the probability that it stands there."""

    type: str
    start: int
    end: int
    score: float


class Tagged(NamedTuple):
    """A tagged sentence: its number of tokens and its entities, in order."""

    length: int
    entities: list[ScoredEntity]

    @property
    def tags(self) -> list[str]:
        """The tags in BIO."""
        return SCHEMES["BIO"].encode([Entity(*each[:3]) for each in self.entities], self.length)

    def at_least(self, score: float) -> Tagged:
        """The same without the entities of a lower score."""
        return Tagged(self.length, [each for each in self.entities if each.score >= score])


class Tagger:
    """Everything that tagging needs.

    scheme and types make up the labels that the scorer has columns for (after O, if it has one);
    window is C, the words on each side of a centre; known_names are the entity names that the
    training data held, which tagging does not use but scoring reports on.

    A tagger remembers the word forms that it has met, with their first-layer products, so that a
    common word costs a few additions. When it has met too many it forgets them all and begins
    again; what it remembers changes no result.
    """

    def __init__(
        self,
        tables: TokenTables,
        scorer: Scorer,
        calibrator: TwoStageCalibrator,
        scheme: Scheme,
        types: tuple[str, ...],
        window: int,
        known_names: frozenset[str] = frozenset(),
    ):
        self.tables = tables
        self.scorer = scorer
        self.calibrator = calibrator
        self.scheme = scheme
        self.types = types
        self.window = window
        self.known_names = known_names
        self._decoder = Decoder(scheme, self.tag_names)
        self._memory = FormMemory(tables, scorer, 2 * window + 1)

    @property
    def tag_names(self) -> list[str]:
        """O and the labels, in the order of the probabilities."""
        return tag_names(self.scheme, self.types)

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        """Tag tokenised sentences of one text; every sentence needs at least one token."""
        if not sentences:
            return []
        scores, words, lengths = self._memory.scores(sentences, self.window)
        log_p = self.calibrator.log_probabilities(scores, words, lengths)
        numbers = self._decoder.best(log_p, lengths)
        tagged = [Tagged(length, []) for length in lengths.tolist()]
        starts = np.cumsum(lengths) - lengths
        found = np.unique(np.searchsorted(starts, np.flatnonzero(numbers), side="right") - 1)
        if not len(found):
            return tagged
        # Only sentences that hold an entity are looked at further.
        its_tokens = centres_of(starts[found], lengths[found])
        names = np.array(self.tag_names)[numbers[its_tokens]].tolist()
        posteriors = self._decoder.posteriors(np.exp(log_p[its_tokens]), lengths[found])
        start = 0
        for sentence, length in zip(found.tolist(), lengths[found].tolist(), strict=True):
            for each in entities(names[start : start + length]):
                tagged[sentence].entities.append(ScoredEntity(*each, posteriors.of(each, start, length)))
            start += length
        return tagged


class FormMemory:
    """Word forms met while tagging, with the products of the scorer's first layer for each."""

    def __init__(self, tables: TokenTables, scorer: Scorer, places: int):
        self._tables = tables
        self._scorer = scorer
        # Forms that may be remembered, and room for those that a last block adds to them; memory
        # that is not written to is not taken.
        self._most = max(_BLOCK, _MEMORY // (places * scorer.first_units * 4))
        shape = (places, 2 * self._most, scorer.first_units)
        self._products: Array = np.empty(shape, dtype=np.float32)
        self._known: int
        self._index: FormIndex
        self._forget()

    def scores(self, sentences: Sequence[Sequence[str]], size: int) -> tuple[Array, Array, Array]:
        """(tokens, scores) of all windows of the sentences, the words' numbers, the sentences' lengths."""
        if self._known > self._most:
            self._forget()
        stream = lay_out(sentences, size, self._index)
        self._learn(self._tables.rows(self._index.forms[self._known - 1 :]))
        centres = stream.centres
        blocks = [
            self._scorer.scores(self._products, stream.windows(centres[i : i + _BLOCK]))
            for i in range(0, len(centres), _BLOCK)
        ]
        return np.concatenate(blocks), self._index.word_numbers[stream.tokens[centres]], stream.lengths

    def _learn(self, rows: Array) -> None:
        """Work out the products of further forms, given as (forms, tables) rows."""
        needed = self._known + len(rows)
        if needed > self._products.shape[1]:
            places, _, units = self._products.shape
            room = np.empty((places, 2 * needed, units), dtype=np.float32)
            room[:, : self._known] = self._products[:, : self._known]
            self._products = room
        self._scorer.place_products(rows, self._products[:, self._known : needed])
        self._known = needed

    def _forget(self) -> None:
        """Begin anew, with the padding token only."""
        self._index = FormIndex()
        self._known = 0  # forms with products
        self._learn(padding_row(self._tables))


def tag_names(scheme: Scheme, types: Sequence[str]) -> list[str]:
    """O and every tag of `scheme` for `types`; a tag's number is its place here."""
    return [OUTSIDE, *scheme.tags(types)]


def padding_row(tables: TokenTables) -> Array:
    """(1, tables) rows of the padding token."""
    return np.full((1, len(tables.names)), PADDING, dtype=np.int32)


def form_rows(tables: TokenTables, index: FormIndex) -> Array:
    """(forms + 1, tables) table rows of every numbered form; those of the padding token come first."""
    return np.concatenate([padding_row(tables), tables.rows(index.forms)])


def score_stream(scorer: Scorer, rows: Array, stream: Stream) -> Array:
    """(tokens, scores) of every window of a stream; rows: see :func:`form_rows`."""
    distinct, windows = number_distinct(stream.windows(stream.centres), len(rows))
    products = np.empty((windows.shape[1], len(distinct), scorer.first_units), dtype=np.float32)
    scorer.place_products(rows[distinct], products)
    blocks = [scorer.scores(products, windows[i : i + _BLOCK]) for i in range(0, len(windows), _BLOCK)]
    return np.concatenate(blocks)
