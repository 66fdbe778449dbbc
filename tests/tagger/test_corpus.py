"""Tagging annotated corpora."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import SCHEMES
from wincls.tagger.corpus import expressible, tag_corpus, tag_corpus_scored
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.tagger import Tagger

WORDS = [["Paris", "of", "Texas", "the", "USA"], ["the", "of", "Texas"]]


@pytest.mark.parametrize("scheme", ["BIO", "IO", "IOBES"])
def test_scored_entities_are_those_without_scores(make_tagger: Callable[..., Tagger], scheme: str) -> None:
    sentences = [Sentence(words, (), range(len(words)), False) for words in WORDS]
    corpus, tagger = Corpus("file", sentences, SCHEMES[scheme]), make_tagger()
    scored = tag_corpus_scored(tagger, corpus)
    assert [[each.entity for each in its] for its in scored] == tag_corpus(tagger, corpus)
    if scheme != "IO":
        assert scored == tagger.tag(WORDS)


def test_the_score_of_merged_entities_is_the_smallest() -> None:
    entities = [
        ScoredEntity(0, 2, "PER", 0.9), ScoredEntity(2, 3, "PER", 0.4), ScoredEntity(3, 4, "LOC", 0.3),
        ScoredEntity(5, 6, "LOC", 0.7),
    ]  # fmt: skip
    assert expressible(entities, SCHEMES["BIO"], 7) == entities
    assert expressible(entities, SCHEMES["IO"], 7) == [ScoredEntity(0, 3, "PER", 0.4), *entities[2:]]
