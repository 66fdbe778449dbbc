"""The trained tagger: sentences in, entities and their probabilities out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from wincls.corpus.schemes import SCHEMES, Entity
from wincls.features.lookup import TokenTables
from wincls.features.vocabulary import PADDING
from wincls.features.windows import (
    FormIndex,
    Stream,
    centres_of,
    first_tokens_of,
    lay_out,
    number_distinct,
    sentences_of,
)
from wincls.network.scorer import Scorer
from wincls.tagger.decoding import Decoder, Spans
from wincls.tagger.two_stage import Scored, TwoStageCalibrator

Array = np.ndarray

_BLOCK = 256  # windows scored at a time: their hidden layer fits a core's cache
_MEMORY = 11 << 24  # bytes of products after which some are forgotten, about


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

    Each scorer has a column for every tag of the calibrator's decoder, or for all but O; scorers are
    of the same shape; window is C, the words on each side of a centre; known_names are the entity
    names that the training data held, which tagging does not use but scoring reports on.

    A tagger remembers the word forms that it has met, with their first-layer products, so that a
    common word costs a few additions. When they are too many it forgets the rare ones; what it
    remembers changes no result.
    """

    def __init__(
        self,
        tables: TokenTables,
        scorers: Sequence[Scorer],
        calibrator: TwoStageCalibrator,
        window: int,
        known_names: frozenset[str] = frozenset(),
    ):
        self.tables = tables
        self.scorers = tuple(scorers)
        self.calibrator = calibrator
        self.window = window
        self.known_names = known_names
        self._memory = FormMemory(tables, self.scorers, window)

    @property
    def decoder(self) -> Decoder:
        return self.calibrator.decoder

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        """Tag tokenised sentences of one text; every sentence needs at least one token."""
        if not sentences:
            return []
        scored = self._memory.scored(sentences)
        lengths = scored.lengths
        log_p = self.calibrator.log_probabilities(scored)
        numbers = self.decoder.best(log_p, lengths)
        found = entities_of(self.decoder, log_p, numbers, lengths, self.calibrator.temperature)
        return [Tagged(length, each) for length, each in zip(lengths.tolist(), found, strict=True)]


class FormMemory:
    """Word forms met while tagging, with the products of each scorer's first layer for them."""

    def __init__(self, tables: TokenTables, scorers: Sequence[Scorer], size: int):
        self._tables = tables
        self._scorers = scorers
        self._size = size
        # Forms that may be remembered, and room for those that a last block adds to them; memory
        # that is not written to is not taken.
        places = 2 * size + 1
        self._most = max(_BLOCK, _MEMORY // (places * sum(each.first_units for each in scorers) * 4))
        self._products: list[Array] = [
            np.empty((places, 2 * self._most, each.first_units), dtype=np.float32) for each in scorers
        ]
        self._index = FormIndex()
        self._met = np.zeros(0, dtype=np.int64)  # how often each form was met; the padding token is the first
        self._learn(padding_row(self._tables))

    def scored(self, sentences: Sequence[Sequence[str]]) -> Scored:
        """The scores of all windows of the sentences; of the further scorers, those that are asked for."""
        if len(self._met) > self._most:
            self._forget()
        stream = lay_out(sentences, self._size, self._index)
        self._learn(self._tables.rows(self._index.forms[len(self._met) - 1 :]))
        self._met += np.bincount(stream.tokens, minlength=len(self._met))
        centres = stream.centres

        def scores(number: int, centres: Array) -> Array:
            scorer, products = self._scorers[number], self._products[number]
            return in_blocks(lambda part: scorer.scores(products, stream.windows(part)), centres)

        first = scores(0, centres)

        def mean_at(tokens: Array) -> Array:
            others = [scores(number, centres[tokens]) for number in range(1, len(self._scorers))]
            return mean_scores([first[tokens], *others])

        return Scored(first, mean_at, self._index.word_numbers[stream.tokens[centres]], stream.lengths)

    def _learn(self, rows: Array) -> None:
        """Work out the products of further forms, given as (forms, tables) rows."""
        known = len(self._met)
        needed = known + len(rows)
        for number, (scorer, products) in enumerate(zip(self._scorers, self._products, strict=True)):
            if needed > products.shape[1]:
                places, _, units = products.shape
                room = np.empty((places, 2 * needed, units), dtype=np.float32)
                room[:, :known] = products[:, :known]
                self._products[number] = room
            scorer.place_products(rows, self._products[number][:, known:needed])
        self._met = np.concatenate([self._met, np.zeros(len(rows), dtype=np.int64)])

    def _forget(self) -> None:
        """Forget all forms but those that were met more than once since the last time, at most half."""
        by_count = 1 + np.argsort(-self._met[1:], kind="stable")[: self._most // 2]
        kept = by_count[self._met[by_count] > 1]
        forms, self._index = self._index.forms, FormIndex()
        self._index.numbers([forms[number - 1] for number in kept.tolist()])
        for products in self._products:
            for at_place in products:
                at_place[1 : len(kept) + 1] = at_place[kept]
        self._met = np.zeros(len(kept) + 1, dtype=np.int64)


def entities_of(
    decoder: Decoder, log_p: Array, numbers: Array, lengths: Array, temperature: float
) -> list[list[ScoredEntity]]:
    """The entities of each sentence, with their probabilities.

    log_p: (tokens, tags), sentence after sentence; numbers: (tokens,) tag numbers; lengths:
    (sentences,); temperature: see TwoStageCalibrator.
    """
    sentences: list[list[ScoredEntity]] = [[] for _ in range(len(lengths))]
    spans = decoder.spans(numbers, lengths)
    if not len(spans.first):
        return sentences
    # Only sentences that hold an entity are looked at further.
    starts = first_tokens_of(lengths)
    sentence = sentences_of(spans.first, starts)  # (entities,)
    found, place = np.unique(sentence, return_inverse=True)
    p = np.exp(log_p[centres_of(starts[found], lengths[found])].astype(float) / temperature)
    moved = (first_tokens_of(lengths[found]) - starts[found])[place]
    scores = decoder.posteriors(p, lengths[found]).of(
        Spans(spans.types, spans.first + moved, spans.behind + moved)
    )
    first, behind = spans.first - starts[sentence], spans.behind - starts[sentence]
    columns = (sentence, spans.types, first, behind, scores)
    for i, kind, start, end, score in zip(*(column.tolist() for column in columns), strict=True):
        sentences[i].append(ScoredEntity(decoder.types[kind], start, end, score))
    return sentences


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
    return in_blocks(lambda part: scorer.scores(products, part), windows)


def mean_scores(scores: Sequence[Array]) -> Array:
    """(tokens, scores): the mean over several scorers."""
    total = scores[0].copy()
    for each in scores[1:]:
        total += each
    return total / np.float32(len(scores))


def in_blocks(scores: Callable[[Array], Array], windows: Array) -> Array:
    """The scores of many windows, a block at a time."""
    parts = [scores(windows[i : i + _BLOCK]) for i in range(0, max(1, len(windows)), _BLOCK)]
    return np.concatenate(parts)
