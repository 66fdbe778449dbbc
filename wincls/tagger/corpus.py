"""Tagging and scoring an annotated corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import Entity
from wincls.evaluation.evaluate import Evaluation, evaluate
from wincls.tagger.decoding import ScoredEntity, at_least
from wincls.tagger.tagger import Tagger


def tag_corpus(tagger: Tagger, corpus: Corpus) -> list[list[Entity]]:
    """The entities of each sentence, restricted to what the tag scheme of the corpus can express."""
    return [[each.entity for each in entities] for entities in score_corpus(tagger, corpus)]


def score_corpus(
    tagger: Tagger, corpus: Corpus, min_scores: Mapping[str, float] | None = None
) -> list[list[ScoredEntity]]:
    """The entities of each sentence with their scores, restricted as by :func:`tag_corpus`.

    Entities that the scheme merges have the smallest of their scores.

    min_scores: see decoding.at_least.
    """
    found = tagger.tag([sentence.words for sentence in corpus.sentences])
    return [
        _expressible(at_least(entities, min_scores or {}), corpus, len(sentence.words))
        for entities, sentence in zip(found, corpus.sentences, strict=True)
    ]


def evaluate_tagger(tagger: Tagger, corpus: Corpus) -> Evaluation:
    """Tag a corpus and score the entities that were found."""
    return evaluate(corpus.sentences, tag_corpus(tagger, corpus), [tagger.seen] * len(corpus.sentences))


def _expressible(entities: Sequence[ScoredEntity], corpus: Corpus, length: int) -> list[ScoredEntity]:
    merged = corpus.scheme.expressible([each.entity for each in entities], length)
    if len(merged) == len(entities):
        return list(entities)
    return [
        ScoredEntity(*one, min(each.score for each in entities if one.start <= each.start < one.end))
        for one in merged
    ]
