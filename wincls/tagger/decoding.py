"""From tag probabilities of single tokens to the best legal tagging of a sentence.

The tags of a sentence are taken to be independent given its windows, except that a tagging has to
be legal: P(tags) is proportional to the product of the tokens' probabilities over the legal
taggings of the sentence, and 0 for all others. Viterbi (1967) finds the best one; the
forward-backward sums give the probability that just this entity stands just here.

Sentences are worked on side by side, a place at a time. Most tags may follow the same tags (in
IOBES everything that begins may follow everything that is closed), so a step of Viterbi takes one
maximum for each distinct set of predecessors rather than for each tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from wincls.corpus.schemes import Scheme, split_tag
from wincls.features.windows import centres_of, first_tokens_of, sentences_of
from wincls.network.losses import with_outside

Array = np.ndarray

_NEGLIGIBLE = 1e-6  # probability that is all the same as 0
_LEAST = 1e-100  # probabilities below are taken for this, so that some legal tagging always has mass


class _Predecessors(NamedTuple):
    """The distinct sets of tags that may stand before a tag.

    tags: of all sets, one set after the other; starts: where each begins; of: (tags,) each tag's set.
    """

    tags: Array
    starts: Array
    of: Array


class _EntityTags(NamedTuple):
    """(types,) numbers of the tags of an entity's tokens; adjacent: see Scheme."""

    single: Array
    first: Array
    inner: Array
    last: Array
    adjacent: Array | None


class Spans(NamedTuple):
    """Entities of a text as (entities,) arrays: type numbers, first tokens, tokens behind the last."""

    types: Array
    first: Array
    behind: Array


class Decoder:
    """Decodes with the legal moves of a scheme among its tags for some entity types.

    tags: their names, O first; a tag's number is its place there. kinds: (tags,) the number of each
    tag's type, which is its place in `types` counted from 1, and 0 for O.
    """

    def __init__(self, scheme: Scheme, types: Iterable[str]):
        self.scheme = scheme
        self.types = tuple(types)
        self.tags = tags = scheme.tags(self.types)
        self.kinds = np.array([0, *(1 + self.types.index(split_tag(tag)[1]) for tag in tags[1:])])

        def numbers(prefix: str) -> Array:
            return np.array([tags.index(f"{prefix}-{kind}") for kind in self.types], dtype=np.int64)

        self._entity_tags = _EntityTags(
            numbers(scheme.single),
            numbers(scheme.first),
            numbers(scheme.inner),
            numbers(scheme.last),
            numbers(scheme.adjacent) if scheme.adjacent else None,
        )
        allowed = np.array([[scheme.may_follow(before, after) for after in tags] for before in tags])
        self._allowed = allowed  # (before, after)
        goes_on = np.array([[_goes_on(before, after) for after in tags] for before in tags])
        self._borders = (allowed & ~goes_on).astype(float)  # where one entity or O ends and another begins
        self._before = _predecessors(allowed)

    def best(self, log_p: Array, lengths: Array) -> Array:
        """The most probable legal tagging of every sentence.

        log_p: (tokens, tags) log-probabilities, sentence after sentence; lengths: (sentences,).
        Returns (tokens,) tag numbers.

        Where the most probable tag of each token happens to make a legal sentence, as it mostly
        does, that is the best one; Viterbi has to look at the other sentences only.
        """
        tags = log_p.argmax(axis=1)  # (tokens,)
        starts = first_tokens_of(lengths)
        before = np.concatenate(([0], tags[:-1]))
        before[starts] = 0  # a sentence begins as if behind O
        illegal = ~self._allowed[before, tags]
        illegal[starts + lengths - 1] |= ~self._allowed[tags[starts + lengths - 1], 0]  # and ends before O
        doubtful = np.unique(sentences_of(np.flatnonzero(illegal), starts))
        if len(doubtful):
            tokens = centres_of(starts[doubtful], lengths[doubtful])
            tags[tokens] = self._viterbi(log_p[tokens], lengths[doubtful])
        return tags

    def _viterbi(self, log_p: Array, lengths: Array) -> Array:
        places = _Places(lengths)
        score = np.empty((places.longest, places.sentences, len(self.tags)), dtype=log_p.dtype)
        for t, tokens in places:
            here = score[t, : len(tokens)]  # of the best beginnings that end with each tag
            if t == 0:
                here[:] = np.where(self._allowed[0], log_p[tokens], -np.inf)
            else:
                before = score[t - 1, : len(tokens)]
                best = np.maximum.reduceat(before[:, self._before.tags], self._before.starts, axis=1)
                np.add(best[:, self._before.of], log_p[tokens], out=here)
        return self._trace(score, places)

    def spans(self, tags: Array, lengths: Array) -> Spans:
        """The entities of legal taggings; tags: (tokens,) tag numbers, sentence after sentence."""
        begins = np.ones(len(tags) + 1, dtype=bool)  # whether something else begins at a token
        begins[1:-1] = self._borders[tags[:-1], tags[1:]]
        begins[first_tokens_of(lengths)] = True
        inside = tags > 0
        first = np.flatnonzero(begins[:-1] & inside)
        return Spans(self.kinds[tags[first]] - 1, first, np.flatnonzero(begins[1:] & inside) + 1)

    def _trace(self, score: Array, places: _Places) -> Array:
        tags = np.zeros(places.tokens, dtype=np.int16)
        may_end = self._allowed[:, 0]
        last = np.where(may_end, score[places.ordered_lengths - 1, np.arange(places.sentences)], -np.inf)
        current = last.argmax(axis=1)  # (sentences,)
        for t, tokens in places.backwards():
            n = len(tokens)
            tags[tokens] = current[:n]
            if t:
                may_precede = self._allowed.T[current[:n]]  # (sentences, tags)
                current[:n] = np.where(may_precede, score[t - 1, :n], -np.inf).argmax(axis=1)
        return tags

    def posteriors(self, p: Array, lengths: Array) -> Posteriors:
        """What the probability of any entity follows from.

        p: (tokens, tags) probabilities, sentence after sentence; lengths: (sentences,).
        """
        sums = self._sums(np.maximum(p, _LEAST, dtype=float), lengths)
        # What stands behind token t - 1 and before token t, with a 1 at the ends of sentences.
        entering, leaving = np.ones((2, len(p) + 1, len(self.tags)))
        entering[sums.order + 1] = sums.begun @ self._borders
        leaving[sums.order] = (sums.inside * sums.ahead) @ self._borders.T
        starts = first_tokens_of(lengths)
        entering[starts], leaving[starts + lengths] = self._allowed[0], 1.0
        inside = np.empty_like(sums.inside)
        inside[sums.order] = sums.inside
        return Posteriors(self._entity_tags, inside, entering, leaving)

    def log_odds(self, scores: Array, lengths: Array) -> Array:
        """(tokens, tags - 1) log P(tag) / P(O) of each token, where only legal taggings are possible.

        A tagging's probability is proportional to the exponential of the sum of its scores. scores:
        (tokens, tags), or (tokens, tags - 1) where O has the score 0; lengths: (sentences,).
        No tag is taken to be less likely, by its score alone, than 1e-6 of the best of its token, and
        1e-6 is added to every P.
        """
        scores = with_outside(scores, len(self.tags))
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        sums = self._sums(np.maximum(p, _NEGLIGIBLE), lengths)
        marginal = sums.begun * sums.ahead
        marginal /= marginal.sum(axis=1, keepdims=True)
        log_p = np.log(marginal + _NEGLIGIBLE)
        odds = np.empty((len(scores), len(self.tags) - 1), dtype=scores.dtype)
        odds[sums.order] = log_p[:, 1:] - log_p[:, :1]
        return odds

    def _sums(self, p: Array, lengths: Array) -> _Sums:
        """Forward and backward sums over the legal taggings (Rabiner 1989), scaled at each token.

        p: (tokens, tags) probabilities, or multiples of them, sentence after sentence, none of them 0;
        lengths: (sentences,).
        """
        places, moves = _Places(lengths), self._allowed.astype(p.dtype)
        order = places.order
        p = p[order]
        begun = np.empty_like(p)
        ahead = np.empty_like(p)
        scale = np.empty_like(p[:, 0])
        alpha = np.tile(np.eye(len(self.tags), dtype=p.dtype)[0], (places.sentences, 1))  # as if behind O
        for part in places.parts:
            alpha = alpha[: part.stop - part.start] @ moves
            alpha *= p[part]
            scale[part] = alpha.sum(axis=1)
            alpha /= scale[part, None]
            begun[part] = alpha
        # Taggings that end within an entity are illegal: their mass is taken out at the last token.
        last = places.last
        scale[last] *= begun[last][:, self._allowed[:, 0]].sum(axis=1)
        inside = p / scale[:, None]
        beta = np.zeros((places.sentences, len(self.tags)), dtype=p.dtype)
        beta[:, 0] = 1.0  # as if before O
        for part in reversed(places.parts):
            here = beta[: part.stop - part.start]
            np.matmul(here, moves.T, out=ahead[part])
            np.multiply(ahead[part], inside[part], out=here)
        return _Sums(order, inside, begun, ahead)


class _Sums(NamedTuple):
    """Sums over the legal taggings of each sentence, place by place.

    order: (tokens,) the token that each row of the others is of; inside: (tokens, tags) a tag's
    probability over the scale; begun: (tokens, tags) mass of the legal beginnings that end with each
    tag at the token; ahead: (tokens, tags) mass of the legal ends that may follow the tag, the token
    itself not included.
    """

    order: Array
    inside: Array
    begun: Array
    ahead: Array


class Posteriors(NamedTuple):
    """Sums over legal taggings from which the probability of any entity follows.

    tags: of entities; inside: (tokens, tags) a token's tag probability over the scale; entering:
    (tokens + 1, tags) mass of the beginnings up to a token, itself not included, behind which an
    entity may begin with each tag; leaving: (tokens + 1, tags) mass of the ends from a token on
    before which an entity may have ended with each tag.
    """

    tags: _EntityTags
    inside: Array
    entering: Array
    leaving: Array

    def of(self, spans: Spans) -> Array:
        """(entities,) the probability that exactly this entity stands there."""
        kinds, first, behind = spans
        lengths = behind - first
        single = lengths == 1
        begin = np.where(single, self.tags.single[kinds], self.tags.first[kinds])
        probability = self.inside[first, begin] * self.entering[first, begin]
        if self.tags.adjacent is not None:
            adjacent = self.tags.adjacent[kinds]
            probability += self.inside[first, adjacent] * self.entering[first, adjacent]
        for place in range(1, int(lengths.max(initial=0)) - 1):
            on = np.flatnonzero(lengths > place + 1)
            probability[on] *= self.inside[first[on] + place, self.tags.inner[kinds[on]]]
        end = np.where(single, begin, self.tags.last[kinds])
        probability *= np.where(single, 1.0, self.inside[behind - 1, end]) * self.leaving[behind, end]
        return np.minimum(probability, 1.0)


class _Places:
    """Token numbers, place by place, of the sentences that are long enough, the longest first."""

    def __init__(self, lengths: Array):
        order = np.argsort(-lengths, kind="stable")
        self.starts = first_tokens_of(lengths)[order]
        self.ordered_lengths = lengths[order]
        self.sentences = len(lengths)
        self.tokens = int(lengths.sum())
        self.longest = int(lengths.max(initial=0))
        # How many sentences have more than t tokens.
        self._reach = np.searchsorted(-self.ordered_lengths, -np.arange(self.longest), side="left")
        self._ends = np.cumsum(self._reach)

    @property
    def order(self) -> Array:
        """(tokens,) all of them, place by place."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *(tokens for _, tokens in self)])

    @property
    def parts(self) -> list[slice]:
        """Where each place's tokens stand in `order`."""
        return [slice(start, end) for start, end in pairwise([0, *self._ends.tolist()])]

    @property
    def last(self) -> Array:
        """(sentences,) where the last token of each, the longest first, stands in `order`."""
        last_place = self.ordered_lengths - 1
        return self._ends[last_place] - self._reach[last_place] + np.arange(self.sentences)

    def __iter__(self) -> Iterator[tuple[int, Array]]:
        for t in range(self.longest):
            yield t, self.starts[: self._reach[t]] + t

    def backwards(self) -> Iterator[tuple[int, Array]]:
        for t in reversed(range(self.longest)):
            yield t, self.starts[: self._reach[t]] + t


def _goes_on(before: str, after: str) -> bool:
    """Whether the second of two tags belongs to the same entity as the first."""
    (prefix, kind), (next_prefix, next_kind) = split_tag(before), split_tag(after)
    return bool(kind) and kind == next_kind and prefix not in "ESLU" and next_prefix not in "BSU"


def _predecessors(allowed: Array) -> _Predecessors:
    """From (before, after), in which every tag may stand behind some."""
    sets, of = np.unique(allowed.T, axis=0, return_inverse=True)
    numbers, tags = np.nonzero(sets)
    return _Predecessors(tags, np.searchsorted(numbers, np.arange(len(sets))), of.reshape(-1))
