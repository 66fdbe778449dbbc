"""From tag probabilities of single tokens to the best legal tagging of a sentence.

The tags of a sentence are taken to be independent given its windows, except that a tagging has to
be legal: P(tags) is proportional to the product of the tokens' probabilities over the legal
taggings of the sentence, and 0 for all others. Viterbi (1967) finds the best one; the
forward-backward sums give the probability that just this entity stands just here.

Sentences are worked on side by side, a place at a time. Most tags may follow the same tags (in
IOBES everything that begins may follow everything that is closed), so a step takes one maximum,
or sum, for each distinct set of predecessors rather than for each pair of tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from wincls.corpus.schemes import OUTSIDE, Entity, Scheme

Array = np.ndarray


class _Step(NamedTuple):
    """Tags that share one set of predecessors (or, backwards, of successors)."""

    targets: Array
    sources: Array


class Decoder:
    """Decodes with the legal moves of `scheme` among `tags`, of which the first must be "O"."""

    def __init__(self, scheme: Scheme, tags: Sequence[str]):
        if tags[0] != OUTSIDE:
            raise ValueError("the first tag has to be O")
        self.scheme = scheme
        self.tags = list(tags)
        self._numbers = {tag: i for i, tag in enumerate(tags)}
        allowed = np.array([[scheme.may_follow(before, after) for after in tags] for before in tags])
        self._allowed = allowed  # (before, after)
        self._forward = _steps(allowed)
        self._backward = _steps(allowed.T)

    def best(self, log_p: Array, lengths: Array) -> Array:
        """The most probable legal tagging of every sentence (Viterbi).

        log_p: (tokens, tags) log-probabilities, sentence after sentence; lengths: (sentences,).
        Returns (tokens,) tag numbers.
        """
        places = _Places(lengths)
        score = np.full((places.longest, places.sentences, len(self.tags)), -np.inf, dtype=log_p.dtype)
        back = np.zeros(score.shape, dtype=np.int16)
        for t, tokens in places:
            n, log_p_here = len(tokens), log_p[tokens]  # (sentences, tags)
            if t == 0:
                score[0, :n] = np.where(self._allowed[0], log_p_here, -np.inf)
                continue
            for targets, sources in self._forward:
                before = score[t - 1, :n][:, sources]  # (sentences, sources)
                arg = before.argmax(axis=1)
                best = before[np.arange(n), arg]
                score[t, :n][:, targets] = best[:, None] + log_p_here[:, targets]
                back[t, :n][:, targets] = sources[arg][:, None]
        return self._trace(score, back, places)

    def _trace(self, score: Array, back: Array, places: _Places) -> Array:
        tags = np.zeros(places.tokens, dtype=np.int16)
        may_end = self._allowed[:, 0]
        last = np.where(may_end, score[places.ordered_lengths - 1, np.arange(places.sentences)], -np.inf)
        current = last.argmax(axis=1)  # (sentences,)
        for t, tokens in places.backwards():
            here = np.arange(len(tokens))
            tags[tokens] = current[: len(tokens)]
            if t:
                current[: len(tokens)] = back[t, here, current[: len(tokens)]]
        return tags

    def posteriors(self, p: Array, lengths: Array) -> Posteriors:
        """Forward and backward sums over the legal taggings (Rabiner 1989), scaled at each token.

        p: (tokens, tags) probabilities, sentence after sentence; lengths: (sentences,).
        """
        places = _Places(lengths)
        before = np.zeros(p.shape)  # mass of the legal beginnings that may go on with each tag
        after = np.zeros(p.shape)  # mass of the legal ends that may follow each tag
        scale = np.ones(len(p))
        alpha = np.tile(np.eye(len(self.tags))[0], (places.sentences, 1))  # as if behind O
        for _, tokens in places:
            alpha = alpha[: len(tokens)]
            incoming = _summed(self._forward, alpha)
            before[tokens] = incoming
            alpha = incoming * p[tokens]
            scale[tokens] = alpha.sum(axis=1)
            alpha /= scale[tokens][:, None]
        beta = np.zeros((places.sentences, len(self.tags)))
        beta[:, 0] = 1.0  # as if before O
        for _, tokens in places.backwards():
            n = len(tokens)
            after[tokens] = _summed(self._backward, beta[:n])
            beta[:n] = after[tokens] * p[tokens] / scale[tokens][:, None]
        # The last step of each sentence has no token behind it to be scaled by.
        return Posteriors(self, p, before, after, scale)


class Posteriors(NamedTuple):
    """Sums over legal taggings from which the probability of any entity follows."""

    decoder: Decoder
    p: Array
    before: Array
    after: Array
    scale: Array

    def of(self, entity: Entity, first_token: int, length: int) -> float:
        """The probability that exactly `entity` stands in the sentence whose first token is given."""
        scheme, numbers = self.decoder.scheme, self.decoder._numbers
        tags = [numbers[tag] for tag in scheme.encode([entity], length)[entity.start : entity.end]]
        start, end = first_token + entity.start, first_token + entity.end
        inside = float(np.prod(self.p[range(start, end), tags] / self.scale[start:end]))
        outside_after = float(self.after[end - 1, 0])  # what may follow O does not go on with the entity
        return min(1.0, float(self.before[start, tags[0]]) * inside * outside_after)


class _Places:
    """Token numbers, place by place, of the sentences that are long enough, the longest first."""

    def __init__(self, lengths: Array):
        order = np.argsort(-lengths, kind="stable")
        self.starts = (np.cumsum(lengths) - lengths)[order]
        self.ordered_lengths = lengths[order]
        self.sentences = len(lengths)
        self.tokens = int(lengths.sum())
        self.longest = int(lengths.max(initial=0))
        # How many sentences have more than t tokens.
        self._reach = np.searchsorted(-self.ordered_lengths, -np.arange(self.longest), side="left")

    def __iter__(self) -> Iterator[tuple[int, Array]]:
        for t in range(self.longest):
            yield t, self.starts[: self._reach[t]] + t

    def backwards(self) -> Iterator[tuple[int, Array]]:
        for t in reversed(range(self.longest)):
            yield t, self.starts[: self._reach[t]] + t


def _steps(allowed: Array) -> list[_Step]:
    """Group the columns of `allowed` that are alike."""
    groups: dict[bytes, list[int]] = {}
    for target in range(allowed.shape[1]):
        groups.setdefault(allowed[:, target].tobytes(), []).append(target)
    return [_Step(np.array(targets), np.flatnonzero(allowed[:, targets[0]])) for targets in groups.values()]


def _summed(steps: list[_Step], mass: Array) -> Array:
    """(sentences, tags): for each tag the mass of the tags that may stand beside it."""
    total = np.zeros_like(mass)
    for targets, sources in steps:
        total[:, targets] = mass[:, sources].sum(axis=1, keepdims=True)
    return total
