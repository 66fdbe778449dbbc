"""Tagging and scoring an annotated corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import Entity, Scheme
from wincls.evaluation.counts import Entities
from wincls.evaluation.evaluate import Evaluation, evaluate
from wincls.progress import phase
from wincls.tagger.decoding import ScoredEntity, at_least
from wincls.tagger.tagger import Tagger


def tag_corpus(tagger: Tagger, corpus: Corpus) -> list[list[Entity]]:
    """The entities of each sentence, restricted to what the tag scheme of the corpus can express."""
    return [[each.entity for each in entities] for entities in score_corpus(tagger, corpus)]


def score_corpus(
    tagger: Tagger, corpus: Corpus, min_scores: Mapping[str, float] | None = None
) -> list[list[ScoredEntity]]:
    """The entities of each sentence with their scores, restricted as by :func:`tag_corpus`.

    min_scores: see decoding.at_least.
    """
    with phase(f"tagging {corpus.path}", corpus.tokens, " tokens") as advance:
        found = tagger.tag([sentence.words for sentence in corpus.sentences], advance=advance)
    return [
        expressible(at_least(entities, min_scores or {}), corpus.scheme, len(sentence.words))
        for entities, sentence in zip(found, corpus.sentences, strict=True)
    ]


def expressible(entities: Sequence[ScoredEntity], scheme: Scheme, length: int) -> list[ScoredEntity]:
    """The entities as a scheme can write them, see Scheme.expressible.

    The score of merged entities is the smallest of theirs.

    length: of the sentence, in tokens.
    """
    merged = scheme.expressible([each.entity for each in entities], length)
    if len(merged) == len(entities):
        return list(entities)
    scores = [
        min(each.score for each in entities if entity.start <= each.start < entity.end) for entity in merged
    ]
    return [ScoredEntity(*entity, score) for entity, score in zip(merged, scores, strict=True)]


def evaluate_tagged(tagger: Tagger, corpus: Corpus, predicted: Sequence[Entities]) -> Evaluation:
    """Score the entities that a tagger found; predicted: of each sentence."""
    return evaluate(corpus.sentences, predicted, [tagger.seen] * len(corpus.sentences))
