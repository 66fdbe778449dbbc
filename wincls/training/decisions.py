"""Fits the decision of a configuration to development scores.

Scores are lists of (tokens, scores) arrays, one for each ensemble member that scores a token (see
CrossFitting.places). `shown`, (tokens,) bool, says whether the gold tag of a token may be used; None means
all.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import numpy as np

from wincls.arrays import Array, offsets_of, ranges
from wincls.corpus.schemes import Entity
from wincls.corpus.tag_set import Spans, TagSet
from wincls.decision import ArgmaxDecision, CalibratedDecision, Decision
from wincls.tagger.calibration import Calibration, first_stage, second_stage
from wincls.tagger.context import Piece, context_blocks, pieces, words_in_blocks
from wincls.tagger.decoding import Decoder, ScoredEntity
from wincls.tagger.plain import Plain, best_labels
from wincls.tagger.tagger import mean_scores
from wincls.training.fit_calibration import fit_calibration, fit_temperature

_CANDIDATES = 100  # number of thresholds that are tried in each round
_PIECE_NUMBERS = 4_000_000  # tokens times tags of a piece that is worked on at a time, about
_TEMPERATURE_NUMBERS = 8_000_000  # tokens times tags that the temperature is fitted to, about


class Fits(Protocol):
    """The interface for fitting a decision to a text and applying it to the same text."""

    def fit(self, scores: Sequence[Array], shown: Array | None = None, start: Any = None) -> Any:
        """Fit the decision; start: an earlier decision from which the search may start."""
        ...

    def tags(self, decision: Any, scores: Sequence[Array]) -> Array:
        """(tokens,) tag numbers with a decision."""
        ...

    def final(self, scores: Sequence[Array], token_fold: Array, gold: Sequence[Sequence[Entity]]) -> Any:
        """Fit the decision for other text to all tokens.

        token_fold: (tokens,) the fold of each token.
        gold: the gold entities of each sentence.
        """
        ...

    def scored(self, decision: Any, scores: Sequence[Array], token_fold: Array) -> OutOfFold:
        """The entities of each sentence, with a decision that is fitted to the other folds.

        decision: from :meth:`final`.
        token_fold: (tokens,) the fold of each token.
        """
        ...


class OutOfFold(NamedTuple):
    """Entities with their scores, out of fold.

    sentences: (chosen,) sentence numbers; all, or as many as fit into memory, at even distances.
    entities: of each of these sentences.
    """

    sentences: Array
    entities: list[list[ScoredEntity]]


class FitsCalibration(NamedTuple):
    """Fits the calibration (fit_calibration.py).

    gold_tags: (tokens,) tag numbers.
    lengths: (sentences,) in tokens.
    blocks: (tokens,) the number of each token's context block.
    keys: (tokens,) see context.words_in_blocks.
    pieces: what is worked on at a time, see context.pieces.
    decoder: of the tags.
    context_tokens: see Calibration.
    """

    gold_tags: Array
    lengths: Array
    blocks: Array
    keys: Array
    pieces: Sequence[Piece]
    decoder: Decoder
    context_tokens: int

    def fit(
        self, scores: Sequence[Array], shown: Array | None = None, start: Calibration | None = None
    ) -> Calibration:
        return fit_calibration(
            scores[0], mean_scores(scores), self.keys, self.gold_tags, self.decoder.tag_set.type_ids,
            self.context_tokens, shown, start, self.pieces,
        )  # fmt: skip

    def tags(self, decision: Calibration, scores: Sequence[Array]) -> Array:
        found = [
            self.decoder.best(self._log_p(decision, scores, piece), self.lengths[piece.sentences])
            for piece in self.pieces
        ]
        return np.concatenate(found)

    def final(
        self, scores: Sequence[Array], token_fold: Array, gold: Sequence[Sequence[Entity]]
    ) -> Calibration:
        """The calibration on all tokens, with the temperature that suits out-of-fold probabilities."""
        with ThreadPoolExecutor(1) as other:
            on_all = other.submit(self.fit, scores)
            chosen, log_p, tags = self._out_of_fold(scores, token_fold)
        lengths = self.lengths[chosen]

        def find(temperature: float) -> list[list[ScoredEntity]]:
            return self.decoder.entities(log_p, tags, lengths, temperature)

        temperature = fit_temperature(find, [gold[i] for i in chosen.tolist()])
        return on_all.result()._replace(temperature=temperature)

    def scored(self, decision: Calibration, scores: Sequence[Array], token_fold: Array) -> OutOfFold:
        chosen, log_p, tags = self._out_of_fold(scores, token_fold)
        entities = self.decoder.entities(log_p, tags, self.lengths[chosen], decision.temperature)
        return OutOfFold(chosen, entities)

    def _out_of_fold(self, scores: Sequence[Array], token_fold: Array) -> tuple[Array, Array, Array]:
        """(chosen,) sentence numbers, and the log-probabilities and best tags of their tokens, out of fold.

        If the probabilities of all tokens are too many, some sentences at even distances have to do.
        """
        step = -(-len(token_fold) * len(self.decoder.tag_set) // _TEMPERATURE_NUMBERS)
        looked_at = np.arange(0, len(self.lengths), max(1, step))  # sentences
        rows = ranges(offsets_of(self.lengths)[looked_at], self.lengths[looked_at])  # their tokens
        log_p = np.empty((len(rows), len(self.decoder.tag_set)), dtype=scores[0].dtype)
        for fold in range(int(token_fold.max(initial=0)) + 1):
            out_of_fold = token_fold == fold
            calibration = self.fit(scores, ~out_of_fold)
            for piece in self.pieces:
                first, last = np.searchsorted(rows, [piece.tokens.start, piece.tokens.stop])
                at = first + np.flatnonzero(out_of_fold[rows[first:last]])
                if len(at):
                    log_p[at] = self._log_p(calibration, scores, piece)[rows[at] - piece.tokens.start]
        return looked_at, log_p, self.decoder.best(log_p, self.lengths[looked_at])

    def _log_p(self, calibration: Calibration, scores: Sequence[Array], piece: Piece) -> Array:
        """(tokens, tags) log-probabilities of a piece."""
        tokens = piece.tokens
        first = first_stage(calibration.first, scores[0][tokens], self.keys[tokens])
        mean = mean_scores([each[tokens][first.candidates] for each in scores])
        blocks = self.blocks[tokens] - self.blocks[tokens.start]
        return second_stage(calibration, first, mean, blocks, self.decoder.tag_set.type_ids)


class FitsThreshold(NamedTuple):
    """Selects the threshold with the best F1, or returns a fixed decision.

    gold_tags: (tokens,) tag numbers.
    lengths: (sentences,) in tokens.
    tag_set: the tags.
    fixed: the fixed decision; None to select a threshold.
    """

    gold_tags: Array
    lengths: Array
    tag_set: TagSet
    fixed: Plain | None

    def fit(self, scores: Sequence[Array], shown: Array | None = None, start: Plain | None = None) -> Plain:
        if self.fixed is not None:
            return self.fixed
        mean, gold_tags, lengths = mean_scores(scores), self.gold_tags, self.lengths
        if shown is not None:  # it covers whole sentences
            mean, gold_tags, lengths = mean[shown], gold_tags[shown], lengths[shown[offsets_of(lengths)]]
        return Plain(best_threshold(mean, gold_tags, lengths, self.tag_set))

    def tags(self, decision: Plain, scores: Sequence[Array]) -> Array:
        return decision.tags(mean_scores(scores), len(self.tag_set))

    def final(self, scores: Sequence[Array], token_fold: Array, gold: Sequence[Sequence[Entity]]) -> Plain:
        return self.fit(scores)

    def scored(self, decision: Plain, scores: Sequence[Array], token_fold: Array) -> OutOfFold:
        mean = mean_scores(scores)
        sentence_fold = token_fold[offsets_of(self.lengths)]
        found: list[list[ScoredEntity]] = [[] for _ in self.lengths]
        for fold in range(int(token_fold.max(initial=0)) + 1):
            chosen = np.flatnonzero(sentence_fold == fold)
            fitted = self.fit(scores, token_fold != fold)
            entities = fitted.entities(mean[token_fold == fold], self.lengths[chosen], self.tag_set)
            for i, its in zip(chosen.tolist(), entities, strict=True):
                found[i] = its
        return OutOfFold(np.arange(len(self.lengths)), found)


def fits(decision: Decision, tags: Array, lengths: Array, words: Array, decoder: Decoder) -> Fits:
    """The object that fits the decision of a configuration.

    tags: (tokens,) gold tag numbers.
    lengths: (sentences,) in tokens.
    words: (tokens,) word numbers, see FormIndex.
    decoder: for the tag set of the model.
    """
    if isinstance(decision, CalibratedDecision):
        blocks = context_blocks(lengths, decision.context_tokens)
        keys = words_in_blocks(words, blocks)
        cut = pieces(blocks, lengths, max(1, _PIECE_NUMBERS // len(decoder.tag_set)))
        return FitsCalibration(tags, lengths, blocks, keys, cut, decoder, decision.context_tokens)
    if isinstance(decision, ArgmaxDecision):
        return FitsThreshold(tags, lengths, decoder.tag_set, Plain())
    fixed = None if decision.value is None else Plain(decision.value)
    return FitsThreshold(tags, lengths, decoder.tag_set, fixed)


def best_threshold(scores: Array, gold_tags: Array, lengths: Array, tag_set: TagSet) -> float:
    """The threshold with the best F1 of entities, or the highest such threshold.

    scores: (tokens, scores), sentence after sentence.
    gold_tags: (tokens,).
    lengths: (sentences,).

    The candidates are the midpoints between neighboring scores. First, 100 candidates are tried, evenly
    spaced by rank. Then, 100 candidates between the two neighbors of the best one are tried, and so on.
    """
    label, margin = best_labels(scores, len(tag_set))
    ranked = np.unique(margin)[::-1].astype(float)  # in descending order
    if not len(ranked):
        return 0.0
    # The first threshold is above all scores and finds nothing, the last is below all and finds everything.
    cuts = np.concatenate([ranked[:1] + 1, (ranked[:-1] + ranked[1:]) / 2, ranked[-1:] - 1])
    gold = tag_set.decode(gold_tags, lengths)
    n_gold = len(gold.start)
    gold_keys = _keys(gold, len(gold_tags), len(tag_set.labels))

    def f1(threshold: float) -> float:
        found = tag_set.decode(np.where(margin > threshold, label, 0), lengths)
        correct = np.isin(_keys(found, len(gold_tags), len(tag_set.labels)), gold_keys).sum()
        return 2.0 * float(correct) / max(1, len(found.start) + n_gold)

    first, last = 0, len(cuts) - 1
    while True:
        tried = np.unique(np.linspace(first, last, _CANDIDATES).astype(np.int64))
        best = int(np.argmax([f1(float(cuts[i])) for i in tried]))
        if len(tried) == last - first + 1:
            return float(cuts[tried[best]])
        first, last = int(tried[max(0, best - 1)]), int(tried[min(len(tried) - 1, best + 1)])


def _keys(spans: Spans, n_tokens: int, n_labels: int) -> Array:
    """(entities,) a number that is equal only for the same span and type."""
    return (spans.start * (n_tokens + 1) + spans.end) * n_labels + spans.types
