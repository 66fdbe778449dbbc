"""Tagging and scoring an annotated corpus."""

from __future__ import annotations

from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import Entity
from wincls.evaluation.evaluate import Evaluation, evaluate
from wincls.tagger.tagger import Tagger


def tag_corpus(tagger: Tagger, corpus: Corpus) -> list[list[Entity]]:
    """The entities of each sentence, restricted to what the tag scheme of the corpus can express."""
    found = tagger.tag([sentence.words for sentence in corpus.sentences])
    return [
        corpus.scheme.expressible([each.entity for each in entities], len(sentence.words))
        for entities, sentence in zip(found, corpus.sentences, strict=True)
    ]


def evaluate_tagger(tagger: Tagger, corpus: Corpus) -> Evaluation:
    """Tag a corpus and score the entities that were found."""
    return evaluate(corpus.sentences, tag_corpus(tagger, corpus), [tagger.seen] * len(corpus.sentences))
