from __future__ import annotations

from collections.abc import Callable

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import SCHEMES
from wincls.progress import Advance, ignore
from wincls.tagger.corpus import score_corpus, tag_corpus
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.tagger import Tagger

WORDS = ["Paris", "of", "Texas"]
PARIS = ScoredEntity(0, 1, "LOC", 0.9)


class Finds:
    """Stands for a tagger that finds two adjacent entities and one more."""

    def tag(self, sentences: list[list[str]], advance: Advance = ignore) -> list[list[ScoredEntity]]:
        found = [
            ScoredEntity(0, 1, "LOC", 0.9),
            ScoredEntity(1, 2, "LOC", 0.4),
            ScoredEntity(2, 3, "PER", 0.5),
        ]
        return [found for _ in sentences]


def corpus(scheme: str) -> Corpus:
    return Corpus("a.conll", [Sentence(WORDS, (), range(3), True)], SCHEMES[scheme])


def test_entities_that_the_scheme_merges_have_the_smallest_of_their_scores() -> None:
    assert score_corpus(Finds(), corpus("IO")) == [
        [ScoredEntity(0, 2, "LOC", 0.4), ScoredEntity(2, 3, "PER", 0.5)]
    ]
    assert score_corpus(Finds(), corpus("BIO")) == Finds().tag([WORDS])


def test_entities_below_the_minimum_score_of_their_type_are_left_out_before_they_merge() -> None:
    assert score_corpus(Finds(), corpus("IO"), {"LOC": 0.5, "PER": 0.51}) == [
        [ScoredEntity(0, 1, "LOC", 0.9)]
    ]
    assert score_corpus(Finds(), corpus("IO"), {"PER": 0.5}) == score_corpus(Finds(), corpus("IO"))


def test_entities_without_scores_are_the_same(make_tagger: Callable[..., Tagger]) -> None:
    tagger = make_tagger()
    for scheme in SCHEMES:
        scored = score_corpus(tagger, corpus(scheme))
        assert tag_corpus(tagger, corpus(scheme)) == [[each.entity for each in some] for some in scored]
