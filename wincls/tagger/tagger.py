"""The trained tagger: text or sentences in, entities with probabilities out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from wincls.arrays import Array
from wincls.corpus.tag_set import TagSet
from wincls.corpus.tokenizer import DEFAULT, Tokenizer
from wincls.features.profile import Profile
from wincls.features.tables import TokenTables
from wincls.features.windows import Stream
from wincls.network.scorer import Scorer
from wincls.progress import Advance, ignore
from wincls.tagger.cache import ProjectionCache
from wincls.tagger.calibration import Calibration, first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.decoding import Decoder, ScoredEntity
from wincls.tagger.documents import Doc, batches_of_texts, tag_texts
from wincls.tagger.parallel import map_ordered
from wincls.tagger.plain import Plain


class Tagger:
    """Finds entities. It can be pickled and sent to another process.

    tables: the vocabularies of the token tables.
    ensemble: scorers of the same shape. All have a score for each tag, or all have none for O.
    tag_set: the tags.
    decision: makes entities from scores.
    window: C, words on each side of a center.
    seen: the entity strings of the training data. Tagging does not use them; evaluation reports on them.
    tokenizer: cuts text as the training data is cut.
    familiar: what the training data looks like. Tagging does not use it; predict warns by it.
    recall_bias: this is subtracted from the log-odds of O of every token before a calibrated decision chooses
        the tags. Positive values find more entities, negative ones fewer. The scores of entities stay the
        calibrated probabilities, without the bias.
    """

    def __init__(
        self,
        tables: TokenTables,
        ensemble: Sequence[Scorer],
        tag_set: TagSet,
        decision: Calibration | Plain,
        window: int,
        seen: frozenset[str] = frozenset(),
        tokenizer: Tokenizer = DEFAULT,
        familiar: Profile | None = None,
        recall_bias: float = 0.0,
    ):
        self.tables = tables
        self.ensemble = tuple(ensemble)
        self.tag_set = tag_set
        self.decision = decision
        self.window = window
        self.seen = seen
        self.tokenizer = tokenizer
        self.familiar = familiar
        self.recall_bias = recall_bias
        self.decoder = Decoder(tag_set)
        self._cache = ProjectionCache(tables, self.ensemble, window)

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (self.tables, self.ensemble, self.tag_set, self.decision, self.window, self.seen)
        return Tagger, (*fields, self.tokenizer, self.familiar, self.recall_bias)

    @property
    def labels(self) -> tuple[str, ...]:
        """The entity types that the tagger finds."""
        return self.tag_set.labels

    def __call__(self, text: str) -> Doc:
        """Find the entities of a text. Sentences and tokens are the same as with ``wincls predict``."""
        (doc,) = tag_texts(self, [text])
        return doc

    def pipe(self, texts: Iterable[str], jobs: int = 1) -> Iterator[Doc]:
        """Tag texts independently of each other, in order. Only a few texts are in memory at once.

        jobs: the number of processes.

        Raises WinclsError if a process dies.
        """
        for docs in map_ordered(tag_texts, batches_of_texts(texts), self, jobs):
            yield from docs

    def tag(
        self,
        sentences: Sequence[Sequence[str]],
        documents: Sequence[int] | None = None,
        advance: Advance = ignore,
    ) -> list[list[ScoredEntity]]:
        """Find the entities of tokenized sentences.

        sentences: each needs at least one token.
        documents: the number of sentences of each document; None for a single document. The entities of a
            sentence depend on neighboring sentences of the same document (see context.py).
        advance: called with the number of tokens whenever some have been scored.

        Returns the entities of each sentence, with token offsets.

        Raises ValueError if the numbers in `documents` do not add up to the number of sentences.
        """
        if not sentences:
            return []
        stream = self._cache.lay_out(sentences)
        if isinstance(self.decision, Plain):
            return self.decision.entities(self._mean_scores(stream, advance), stream.lengths, self.tag_set)
        log_p = self._log_probabilities(stream, self.decision, documents, advance)
        return self._entities(stream, log_p, self.decision)

    def tag_with_entropies(
        self, sentences: Sequence[Sequence[str]], documents: Sequence[int] | None = None
    ) -> tuple[list[list[ScoredEntity]], list[Array]]:
        """The entities of each sentence, as :meth:`tag` finds them, and the entropies of its tokens.

        sentences, documents: see :meth:`tag`.

        Returns the entities, and for each sentence the (tokens,) entropies, see Decoder.entropies.

        Raises ValueError if the decision is not calibrated, or as :meth:`tag` does.
        """
        calibration = self._calibration()
        if not sentences:
            return [], []
        stream = self._cache.lay_out(sentences)
        log_p = self._log_probabilities(stream, calibration, documents)
        entropies = self.decoder.entropies(log_p, stream.lengths, calibration.temperature)
        of_sentences = np.split(entropies, np.cumsum(stream.lengths)[:-1])
        return self._entities(stream, log_p, calibration), of_sentences

    def log_probabilities(
        self, sentences: Sequence[Sequence[str]], documents: Sequence[int] | None = None
    ) -> Array:
        """(tokens, tags): the calibrated log-probability of each tag of each token, given the text.

        sentences, documents: see :meth:`tag`; at least one sentence.

        Raises ValueError if the decision is not calibrated, or as :meth:`tag` does.
        """
        return self._log_probabilities(self._cache.lay_out(sentences), self._calibration(), documents)

    def scores(self, sentences: Sequence[Sequence[str]]) -> Array:
        """(tokens, scores): the mean scores over the ensemble of the windows of tokenized sentences."""
        return self._mean_scores(self._cache.lay_out(sentences))

    def _calibration(self) -> Calibration:
        """The decision, if it has probabilities. Raises ValueError if not."""
        if isinstance(self.decision, Plain):
            raise ValueError("the scores of a plain decision are no probabilities")
        return self.decision

    def _entities(self, stream: Stream, log_p: Array, calibration: Calibration) -> list[list[ScoredEntity]]:
        """The entities of each sentence; log_p: (tokens, tags) log-probabilities."""
        tags = self.decoder.best(_biased(log_p, self.recall_bias), stream.lengths)
        return self.decoder.entities(log_p, tags, stream.lengths, calibration.temperature)

    def _log_probabilities(
        self,
        stream: Stream,
        calibration: Calibration,
        documents: Sequence[int] | None,
        advance: Advance = ignore,
    ) -> Array:
        blocks = context_blocks(stream.lengths, calibration.context_tokens, documents)
        keys = words_in_blocks(self._cache.words(stream), blocks)
        scores = self._cache.scores(0, stream, stream.centers, advance)
        first = first_stage(calibration.first, scores, keys)
        candidates = first.candidates
        others = [
            self._cache.scores(member, stream, stream.centers[candidates])
            for member in range(1, len(self.ensemble))
        ]
        mean = mean_scores([scores[candidates], *others])
        return second_stage(calibration, first, mean, blocks, self.tag_set.type_ids)

    def _mean_scores(self, stream: Stream, advance: Advance = ignore) -> Array:
        """(tokens, scores) mean scores over the ensemble; advance: see :meth:`tag`."""
        advances = [advance] + [ignore] * (len(self.ensemble) - 1)
        return mean_scores(
            [self._cache.scores(i, stream, stream.centers, each) for i, each in enumerate(advances)]
        )


def _biased(log_p: Array, recall_bias: float) -> Array:
    """(tokens, tags) log_p with lower log-odds of O, up to a constant for each token."""
    if not recall_bias:
        return log_p
    biased = log_p.copy()
    biased[:, 0] -= recall_bias
    return biased


def mean_scores(scores: Sequence[Array]) -> Array:
    """(tokens, scores): the mean over ensemble members; the scores themselves if there is one."""
    if len(scores) == 1:
        return scores[0]
    total = scores[0].copy()
    for each in scores[1:]:
        total += each
    return total / np.float32(len(scores))
