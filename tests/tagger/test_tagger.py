from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.schemes import SCHEMES, entities
from wincls.features.vocabulary import PADDING
from wincls.features.windows import FormIndex, lay_out
from wincls.tagger import tagger as module
from wincls.tagger.tagger import FormMemory, ScoredEntity, Tagged, Tagger, form_rows, score_stream

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
    {"networks": 3},
]


def scores_of_one_window(tagger: Tagger, words: list[str], centre: int, number: int) -> np.ndarray:
    """s = U'f(Wx + b) for one window and network, as the lecture writes it."""
    scorer, names = tagger.scorers[number], tagger.tables.names
    parameters = scorer.parameters

    def vector(i: int) -> np.ndarray:
        rows = tagger.tables.rows([words[i]])[0] if 0 <= i < len(words) else [PADDING] * len(names)
        return np.concatenate([parameters[f"L.{name}"][row] for name, row in zip(names, rows, strict=True)])

    vectors = [vector(i) for i in range(centre - tagger.window, centre + tagger.window + 1)]
    a = np.concatenate(vectors) if scorer.combine == "concatenate" else np.mean(vectors, axis=0)
    for k in range(1, scorer.hidden_layers + 1):
        a = scorer.activation.f(parameters[f"W{k}"] @ a + parameters[f"b{k}"])
    return parameters["U"].T @ a + parameters.get("c", 0.0)


def scores_of(tagger: Tagger, sentences: list[list[str]]) -> list[np.ndarray]:
    """(tokens, scores) of every network."""
    index = FormIndex()
    stream = lay_out(sentences, tagger.window, index)
    return [score_stream(each, form_rows(tagger.tables, index), stream) for each in tagger.scorers]


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
    assert [each.tags for each in again] == [each.tags for each in tagged]
    for one, other in zip(again, tagged, strict=True):
        scores = [each.score for each in other.entities]
        assert [each.score for each in one.entities] == pytest.approx(scores, rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_tagger_remembers_changes_no_score(kind: dict, make_tagger: MakeTagger) -> None:
    tagger = make_tagger(**kind)
    with (
        patch.object(module, "_BLOCK", 3),
        patch.object(module, "_MEMORY", 0),
    ):  # it forgets all after 3 forms
        forgetful = FormMemory(tagger.tables, tagger.scorers, tagger.window)
    memory = FormMemory(tagger.tables, tagger.scorers, tagger.window)
    for sentences in (
        SENTENCES[:1],
        SENTENCES[1:3],
        SENTENCES[1:2],
        SENTENCES,
        SENTENCES[::-1],
        SENTENCES[3:],
    ):
        expected = scores_of(tagger, sentences)
        for each in (memory, forgetful):
            scored = each.scored(sentences)
            assert np.allclose(scored.first, expected[0], atol=1e-5)
            at = np.arange(len(scored.first))[::-2]
            assert np.allclose(scored.mean_at(at), np.mean(expected, axis=0)[at], atol=1e-5)
            assert scored.lengths.tolist() == [len(words) for words in sentences]
            forms = [form.lower() for sentence in sentences for form in sentence]
            numbers = scored.words.tolist()
            assert len(numbers) == len(forms)
            assert len(set(zip(forms, numbers, strict=True))) == len(set(forms)) == len(set(numbers))


@pytest.mark.parametrize("kind", KINDS)
def test_tags_are_bio_and_say_what_the_entities_say(kind: dict, make_tagger: MakeTagger) -> None:
    tagged = make_tagger(**kind).tag(SENTENCES)
    assert [len(each.tags) for each in tagged] == [len(words) for words in SENTENCES]
    for each in tagged:
        spans = entities(each.tags)
        assert [tuple(entity[:3]) for entity in each.entities] == [tuple(span) for span in spans]
        assert SCHEMES["BIO"].encode(spans, len(each.tags)) == each.tags
        assert all(0.0 < entity.score <= 1.0 for entity in each.entities)
    assert any(each.entities for each in tagged)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_is_tagged_alike_in_any_company_if_it_is_a_passage(
    kind: dict, make_tagger: MakeTagger
) -> None:
    tagger = make_tagger(**kind, passage=1)
    for words, together in zip(SENTENCES, tagger.tag(SENTENCES), strict=True):
        (alone,) = tagger.tag([words])
        assert alone.tags == together.tags
        for a, b in zip(alone.entities, together.entities, strict=True):
            assert a.score == pytest.approx(b.score, rel=1e-4)


def test_a_certain_calibrator_decides(make_tagger: MakeTagger) -> None:
    """With A = 0 every token has the probabilities softmax(b): BIO, .6 for B-PER, .3 for O."""
    tagger = make_tagger(scheme="BIO", types=("LOC", "PER"))
    for stage in tagger.calibrator[:2]:
        stage.A[:] = 0.0
        stage.b[:] = np.log([0.3, 0.02, 0.03, 0.6, 0.05])
    tagger.calibrator.rates[:] = [0.3, 0.05, 0.65]  # as in the text, so that nothing is adapted
    assert tagger.decoder.tags == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    (tagged,) = tagger.tag([["Paris"]])
    # I-LOC and I-PER may not begin a sentence; .6 of the remaining .92 is B-PER.
    assert tagged == Tagged(1, [ScoredEntity("PER", 0, 1, pytest.approx(0.6 / 0.92))])
    assert tagged.tags == ["B-PER"]
    assert isinstance(tagged.entities[0].score, float)


def test_a_sentence_is_tagged_by_its_passage(make_tagger: MakeTagger) -> None:
    """Passages of at least 7 tokens: the first two sentences, then the other two."""
    tagger = make_tagger(passage=7)
    whole = tagger.tag(SENTENCES)
    in_parts = tagger.tag(SENTENCES[:2]) + tagger.tag(SENTENCES[2:])
    assert [each.tags for each in in_parts] == [each.tags for each in whole]
    for part, whole_sentence in zip(in_parts, whole, strict=True):
        scores = [each.score for each in part.entities]
        assert scores == pytest.approx([each.score for each in whole_sentence.entities], rel=1e-5)
    # "The" stands in both of the first two, "Texas" in both of the others, which now counts.
    alone = make_tagger(passage=1).tag(SENTENCES)
    changed = [one != two for one, two in zip(whole, alone, strict=True)]
    assert changed == [True, True, True, True]


def test_nothing_is_tagged_as_nothing(make_tagger: MakeTagger) -> None:
    assert make_tagger().tag([]) == []


def test_entities_below_a_score_are_left_out() -> None:
    tagged = Tagged(4, [ScoredEntity("A", 0, 1, 0.5), ScoredEntity("A", 1, 3, 0.9)])
    assert tagged.tags == ["B-A", "B-A", "I-A", "O"]
    assert tagged.at_least(0.5) == tagged
    assert tagged.at_least(0.51) == Tagged(4, [ScoredEntity("A", 1, 3, 0.9)])
    assert tagged.at_least(0.51).tags == ["O", "B-A", "I-A", "O"]
    assert tagged.at_least(1.0).tags == ["O"] * 4


@given(st.floats(0, 1), st.lists(st.floats(0, 1), max_size=5))
def test_what_is_left_is_what_scores_enough(least: float, scores: list[float]) -> None:
    tagged = Tagged(len(scores), [ScoredEntity("A", i, i + 1, score) for i, score in enumerate(scores)])
    kept = tagged.at_least(least)
    assert [each.score for each in kept.entities] == [score for score in scores if score >= least]
    assert kept.tags == ["B-A" if score >= least else "O" for score in scores]


def test_the_padding_token_has_the_padding_row_in_every_table(make_tagger: MakeTagger) -> None:
    index = FormIndex()
    index.numbers(["Paris", "xyz"])
    rows = form_rows(make_tagger().tables, index)
    # paris, title, s; unknown, lower, unknown.
    assert rows.tolist() == [[0, 0, 0], [2, 3, 11], [1, 2, 1]]


def test_a_temperature_changes_scores_and_no_tag(make_tagger: MakeTagger) -> None:
    tagger = make_tagger()
    cold = tagger.tag(SENTENCES)
    tagger.calibrator = tagger.calibrator._replace(temperature=3.0)
    warm = tagger.tag(SENTENCES)
    assert [each.tags for each in warm] == [each.tags for each in cold]
    scores, tempered = ([entity.score for each in text for entity in each.entities] for text in (cold, warm))
    assert max(tempered) < max(scores)
    assert not any(a == b for a, b in zip(scores, tempered, strict=True))
