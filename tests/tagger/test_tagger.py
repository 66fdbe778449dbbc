from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable
from itertools import islice
from unittest.mock import patch

import numpy as np
import pytest

from wincls.corpus.schemes import SCHEMES, decode
from wincls.features.vocabulary import PADDING
from wincls.features.windows import FormIndex, lay_out
from wincls.tagger import cache as module
from wincls.tagger.cache import ProjectionCache
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.tagger import Tagger, mean_scores
from wincls.training.member import score_blocks

MakeTagger = Callable[..., Tagger]

SENTENCES = [
    ["Paris", "sleeps", ".", "The", "USA", "1998"],
    ["the"],
    ["TEXAS", "of", "été", "McDonald", "42", "n't"],
    ["Paris", "of", "Texas"],
]
KINDS = [{"scheme": scheme} for scheme in SCHEMES] + [
    {"window": 0},
    {"window": 3, "combine": "mean"},
    {"hidden": ()},
    {"hidden": (5, 4), "classifies": True},
    {"ensemble": 3},
]


def scores_of_one_window(tagger: Tagger, words: list[str], center: int, number: int) -> np.ndarray:
    """s = U'f(Wx + b) for one window and ensemble member, as the lecture writes it."""
    scorer, names = tagger.ensemble[number], tagger.tables.names
    parameters = scorer.parameters

    def vector(i: int) -> np.ndarray:
        rows = tagger.tables.rows([words[i]])[0] if 0 <= i < len(words) else [PADDING] * len(names)
        return np.concatenate([parameters[f"L.{name}"][row] for name, row in zip(names, rows, strict=True)])

    vectors = [vector(i) for i in range(center - tagger.window, center + tagger.window + 1)]
    a = np.concatenate(vectors) if scorer.combine == "concatenate" else np.mean(vectors, axis=0)
    for k in range(1, len(scorer.hidden) + 1):
        a = scorer.activation.f(parameters[f"W{k}"] @ a + parameters[f"b{k}"])
    return parameters["U"].T @ a + parameters.get("c", 0.0)


def scores_of(tagger: Tagger, sentences: list[list[str]]) -> list[np.ndarray]:
    """(tokens, scores) of every ensemble member."""
    index = FormIndex()
    stream = lay_out(sentences, tagger.window, index)
    rows = np.concatenate([tagger.tables.padding_row(), tagger.tables.rows(index.forms)])
    return [np.concatenate(list(score_blocks(each, rows, stream))) for each in tagger.ensemble]


def tags_of(found: list[list[ScoredEntity]], sentences: list[list[str]] = SENTENCES) -> list[list[str]]:
    bio = SCHEMES["BIO"]
    return [
        bio.encode([each.entity for each in entities], len(words))
        for entities, words in zip(found, sentences, strict=True)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_token_is_scored_by_its_window(kind: dict, make_tagger: MakeTagger) -> None:
    tagger = make_tagger(**kind)
    for number, scores in enumerate(scores_of(tagger, SENTENCES)):
        expected = [
            scores_of_one_window(tagger, words, i, number) for words in SENTENCES for i in range(len(words))
        ]
        assert np.allclose(scores, expected, atol=1e-5)


def test_windows_may_be_scored_block_by_block(make_tagger: MakeTagger) -> None:
    tagger = make_tagger()
    whole, tagged = scores_of(tagger, SENTENCES), tagger.tag(SENTENCES)
    with patch.object(module, "_BLOCK", 3):
        assert np.allclose(scores_of(tagger, SENTENCES), whole, atol=1e-6)
        again = make_tagger().tag(SENTENCES)
    # Matrix products may round otherwise where they have fewer rows.
    assert tags_of(again) == tags_of(tagged)
    for one, other in zip(again, tagged, strict=True):
        scores = [each.score for each in other]
        assert [each.score for each in one] == pytest.approx(scores, rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_cache_holds_changes_no_score(kind: dict, make_tagger: MakeTagger) -> None:
    tagger = make_tagger(**kind)
    with (
        patch.object(module, "_BLOCK", 3),
        patch.object(module, "_MEMORY", 0),
    ):  # it evicts forms after the third
        small = ProjectionCache(tagger.tables, tagger.ensemble, tagger.window)
    cache = ProjectionCache(tagger.tables, tagger.ensemble, tagger.window)
    for sentences in (
        SENTENCES[:1],
        SENTENCES[1:3],
        SENTENCES[1:2],
        SENTENCES,
        SENTENCES[::-1],
        SENTENCES[3:],
    ):
        expected = scores_of(tagger, sentences)
        for each in (cache, small):
            stream = each.lay_out(sentences)
            assert stream.lengths.tolist() == [len(words) for words in sentences]
            for member, scores in enumerate(expected):
                found = each.scores(member, stream, stream.centers)
                assert np.allclose(found, scores, atol=1e-5)
                assert np.allclose(each.scores(member, stream, stream.centers[::-2]), scores[::-2], atol=1e-5)
            forms = [form.lower() for sentence in sentences for form in sentence]
            numbers = each.words(stream).tolist()
            assert len(numbers) == len(forms)
            assert len(set(zip(forms, numbers, strict=True))) == len(set(forms)) == len(set(numbers))


def test_mean_scores_are_the_mean() -> None:
    scores = np.random.default_rng(0).normal(size=(3, 5, 2)).astype(np.float32)
    assert np.allclose(mean_scores(list(scores)), scores.mean(axis=0))


@pytest.mark.parametrize("kind", KINDS)
def test_entities_are_in_order_and_within_their_sentence(kind: dict, make_tagger: MakeTagger) -> None:
    tagged = make_tagger(**kind).tag(SENTENCES)
    for words, entities in zip(SENTENCES, tagged, strict=True):
        spans = [each.entity for each in entities]
        assert decode(SCHEMES["IOB1"].encode(spans, len(words))) == spans
        assert all(0 <= each.start < each.end <= len(words) for each in entities)
        assert all(0.0 < each.score <= 1.0 for each in entities)
    assert any(tagged)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_that_is_a_context_block_is_tagged_as_if_alone(
    kind: dict, make_tagger: MakeTagger
) -> None:
    tagger = make_tagger(**kind, context_tokens=1)
    for words, together in zip(SENTENCES, tagger.tag(SENTENCES), strict=True):
        (alone,) = tagger.tag([words])
        assert [each.entity for each in alone] == [each.entity for each in together]
        for a, b in zip(alone, together, strict=True):
            assert a.score == pytest.approx(b.score, rel=1e-4)


def test_a_certain_calibration_decides(make_tagger: MakeTagger) -> None:
    """With A = 0 every token has the probabilities softmax(b): BIO, .6 for B-PER, .3 for O."""
    tagger = make_tagger(scheme="BIO", labels=("LOC", "PER"))
    tagger.decision.shares[:] = [0.3, 0.05, 0.65]  # as in this text, so that the prior shift changes nothing
    for platt in tagger.decision[:2]:
        platt.A[:] = 0.0
        platt.b[:] = np.log([0.3, 0.02, 0.03, 0.6, 0.05])
    assert tagger.tag_set.tags == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    (entities,) = tagger.tag([["Paris"]])
    # I-LOC and I-PER may not start a sentence; .6 of the remaining .92 is B-PER.
    assert entities == [ScoredEntity(0, 1, "PER", pytest.approx(0.6 / 0.92))]
    assert isinstance(entities[0].score, float)


def assert_same(found: list[list[ScoredEntity]], expected: list[list[ScoredEntity]]) -> None:
    for some, others in zip(found, expected, strict=True):
        assert [each.entity for each in some] == [each.entity for each in others]
        assert [each.score for each in some] == pytest.approx([each.score for each in others], rel=1e-5)


def test_a_sentence_is_tagged_by_its_context_block(make_tagger: MakeTagger) -> None:
    """Blocks of at least 7 tokens: the first two sentences, then the other two."""
    tagger = make_tagger(context_tokens=7)
    whole = tagger.tag(SENTENCES)
    assert_same(tagger.tag(SENTENCES[:2]) + tagger.tag(SENTENCES[2:]), whole)
    # "The" occurs in both of the first two, "Texas" in both of the others, which now counts.
    alone = make_tagger(context_tokens=1).tag(SENTENCES)
    assert [one != two for one, two in zip(whole, alone, strict=True)] == [True, True, True, True]


def test_documents_tagged_together_are_tagged_as_each_alone(make_tagger: MakeTagger) -> None:
    tagger = make_tagger()
    together = tagger.tag(SENTENCES, documents=[1, 0, 3])
    assert_same(together, tagger.tag(SENTENCES[:1]) + tagger.tag(SENTENCES[1:]))
    assert together != tagger.tag(SENTENCES)


@pytest.mark.parametrize("kind", [{}, {"ensemble": 3}, {"context_tokens": 7}, {"context_tokens": 1}])
@pytest.mark.parametrize("documents", [[1, 3], [2, 2], [4], [1, 1, 1, 1], [0, 3, 0, 1, 0]])
def test_any_division_into_documents_is_tagged_as_each_alone(
    documents: list[int], kind: dict, make_tagger: MakeTagger
) -> None:
    tagger, rest = make_tagger(**kind), iter(SENTENCES)
    alone = [found for size in documents for found in tagger.tag(list(islice(rest, size)))]
    assert_same(tagger.tag(SENTENCES, documents), alone)


@pytest.mark.parametrize("documents", [[2, 5], [4, 1], [1, 1], [], [5, -1]])
def test_documents_of_another_number_of_sentences_are_refused(
    documents: list[int], make_tagger: MakeTagger
) -> None:
    with pytest.raises(ValueError, match=r"documents of \d+ sentences, but 4 sentences are given"):
        make_tagger().tag(SENTENCES, documents)


def test_nothing_is_tagged_as_nothing(make_tagger: MakeTagger) -> None:
    assert make_tagger().tag([]) == []


def test_the_padding_token_has_the_padding_row_in_every_table(make_tagger: MakeTagger) -> None:
    index = FormIndex()
    index.numbers(["Paris", "xyz"])
    tables = make_tagger().tables
    rows = np.concatenate([tables.padding_row(), tables.rows(index.forms)])
    # paris, title, s; unknown, lower, unknown.
    assert rows.tolist() == [[0, 0, 0], [2, 3, 11], [1, 2, 1]]


def test_a_temperature_changes_scores_and_no_tag(make_tagger: MakeTagger) -> None:
    tagger = make_tagger()
    cold = tagger.tag(SENTENCES)
    tagger.decision = tagger.decision._replace(temperature=3.0)
    warm = tagger.tag(SENTENCES)
    assert tags_of(warm) == tags_of(cold)
    scores, tempered = ([entity.score for each in text for entity in each] for text in (cold, warm))
    assert max(tempered) < max(scores)
    assert not any(a == b for a, b in zip(scores, tempered, strict=True))


def test_a_recall_bias_finds_more_tokens_of_entities_and_leaves_scores_as_they_are(
    make_tagger: MakeTagger,
) -> None:
    tagger = make_tagger()
    found = tagger.tag(SENTENCES)
    tokens = []
    for bias in (-30.0, -1.0, 0.0, 1.0, 30.0):
        tagger.recall_bias = bias
        biased = tagger.tag(SENTENCES)
        tokens.append(sum(each.end - each.start for entities in biased for each in entities))
        scores = {(i, each.entity): each.score for i, some in enumerate(found) for each in some}
        for i, entities in enumerate(biased):
            for each in entities:
                assert each.score == scores.get((i, each.entity), each.score)
        if not bias:
            assert biased == found
    assert tokens == sorted(tokens)
    assert (tokens[0], tokens[-1]) == (0, sum(map(len, SENTENCES)))
    assert pickle.loads(pickle.dumps(tagger)).tag(SENTENCES) == biased


def test_memory_for_projections_is_taken_when_it_is_needed(make_tagger):
    tagger = make_tagger(hidden=(3000,), window=5)
    tracemalloc.start()
    try:
        tagger = pickle.loads(pickle.dumps(tagger))
        loaded = tracemalloc.get_traced_memory()[1]
        tagger.tag([["Paris"]])
        assert tracemalloc.get_traced_memory()[1] < loaded + (8 << 20)
    finally:
        tracemalloc.stop()
    assert loaded < 8 << 20


def test_scores_of_sentences_are_means_over_the_ensemble(make_tagger: MakeTagger) -> None:
    tagger = make_tagger(ensemble=2)
    scores = tagger.scores([["Paris", "sleeps"], ["the"]])
    expected = [
        (scores_of_one_window(tagger, words, i, 0) + scores_of_one_window(tagger, words, i, 1)) / 2
        for words in (["Paris", "sleeps"], ["the"])
        for i in range(len(words))
    ]
    assert scores == pytest.approx(np.array(expected), rel=1e-4, abs=1e-5)
