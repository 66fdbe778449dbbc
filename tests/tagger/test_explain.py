from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wincls.arrays import Array
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.network.scorer import Scorer
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.explain import Explanation, WindowWord, explain, row_name, score_labels
from wincls.tagger.plain import Plain
from wincls.tagger.tagger import Tagger

MakeTagger = Callable[..., Tagger]

SENTENCES = [["Paris", "of", "Oslo", "xyz"], ["the"], ["Texas", "of"]]
KINDS = [
    {},
    {"window": 0},
    {"window": 3, "combine": "mean"},
    {"hidden": ()},
    {"hidden": (5, 4), "classifies": True},
    {"ensemble": 2, "pretrained": ("oslo", "rome")},
]


def by_hand(tagger: Tagger, rows: Array) -> Array:
    """The mean scores of one window, as the lecture writes them; rows: (2C + 1, tables)."""
    return np.mean([member_by_hand(tagger, scorer, rows) for scorer in tagger.ensemble], axis=0)


def member_by_hand(tagger: Tagger, scorer: Scorer, rows: Array) -> Array:
    parameters = {name: array.astype(float) for name, array in scorer.parameters.items()}

    def vector(name: str, row: int) -> Array:
        table = parameters[f"L.{name}"]
        if row < len(table):
            return table[row]
        codes, scales = scorer.quantized[name]
        return codes[row - len(table)] * scales[row - len(table)]

    vectors = [np.concatenate(list(map(vector, tagger.tables.names, of_token))) for of_token in rows]
    a = np.concatenate(vectors) if scorer.combine == "concatenate" else np.mean(vectors, axis=0)
    for k in range(1, len(scorer.hidden) + 1):
        a = scorer.activation.f(parameters[f"W{k}"] @ a + parameters[f"b{k}"])
    return parameters["U"].T @ a + parameters.get("c", 0.0)


def window_rows(tagger: Tagger, words: list[str], center: int) -> Array:
    around = range(center - tagger.window, center + tagger.window + 1)
    padding = [PADDING] * len(tagger.tables.names)
    return np.array([tagger.tables.rows([words[i]])[0] if 0 <= i < len(words) else padding for i in around])


def explained(tagger: Tagger) -> list[tuple[Explanation, Array]]:
    """Every explanation with the rows of its window."""
    places = [(words, i) for words in SENTENCES for i in range(len(words))]
    explanations = list(explain(tagger, SENTENCES))
    return [(each, window_rows(tagger, *place)) for each, place in zip(explanations, places, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_are_differences_of_forward_passes(kind: dict, make_tagger: MakeTagger) -> None:
    tagger = make_tagger(**kind)
    for explanation, rows in explained(tagger):
        scores = by_hand(tagger, rows)
        assert np.allclose(explanation.scores, scores, atol=1e-9)
        assert explanation.positions.shape == (2 * tagger.window + 1, len(scores))
        for position, contribution in enumerate(explanation.positions):
            padded = rows.copy()
            padded[position] = PADDING
            assert np.allclose(contribution, scores - by_hand(tagger, padded), atol=1e-9)
        assert explanation.tables.shape == (len(tagger.tables.names), len(scores))
        for table, contribution in enumerate(explanation.tables):
            unknown = rows.copy()
            unknown[:, table] = UNKNOWN
            assert np.allclose(contribution, scores - by_hand(tagger, unknown), atol=1e-9)


def test_a_window_has_padding_at_sentence_ends_and_marks_unknown_words(make_tagger: MakeTagger) -> None:
    tagger = make_tagger(window=2, pretrained=["oslo"])
    explanations = list(explain(tagger, SENTENCES))
    paris, of, oslo = (WindowWord(word, False) for word in SENTENCES[0][:3])
    xyz, padding = WindowWord("xyz", True), WindowWord(None, False)
    assert explanations[0].window == [padding, padding, paris, of, oslo]
    assert explanations[2].window == [paris, of, oslo, xyz, padding]
    assert explanations[4].window == [padding, padding, WindowWord("the", False), padding, padding]
    assert not explanations[4].positions[[0, 1, 3, 4]].any()
    assert [each.sentence for each in explanations] == [0, 0, 0, 0, 1, 2, 2]


def test_only_the_chosen_tokens_are_explained_and_in_the_same_way(make_tagger: MakeTagger) -> None:
    tagger = make_tagger()
    whole = list(explain(tagger, SENTENCES))
    chosen = list(explain(tagger, SENTENCES, [5, 0]))
    assert [each.token for each in chosen] == [5, 0]
    for each in chosen:
        assert each.window == whole[each.token].window
        assert np.allclose(each.positions, whole[each.token].positions)
        assert np.allclose(each.probabilities, whole[each.token].probabilities)


@pytest.mark.parametrize("kind", [*KINDS, {"context_tokens": 1}])
def test_the_probabilities_are_those_that_the_tagger_decides_by(kind: dict, make_tagger: MakeTagger) -> None:
    tagger = make_tagger(**kind)
    explanations = list(explain(tagger, SENTENCES))
    p = np.array([each.probabilities for each in explanations])
    lengths = np.array(list(map(len, SENTENCES)))
    assert np.allclose(p.sum(axis=1), 1)
    log_p = np.log(p)
    expected = tagger.tag(SENTENCES)
    found = tagger.decoder.entities(log_p, tagger.decoder.best(log_p, lengths), lengths)
    assert [[e.entity for e in each] for each in found] == [[e.entity for e in each] for each in expected]
    for some, others in zip(found, expected, strict=True):
        assert [e.score for e in some] == pytest.approx([e.score for e in others], abs=1e-4)


def test_a_token_has_the_entity_that_it_is_in(make_tagger: MakeTagger) -> None:
    tagger = make_tagger(ensemble=2)
    tagged, rest = tagger.tag(SENTENCES), explain(tagger, SENTENCES)
    for words, entities in zip(SENTENCES, tagged, strict=True):
        for i in range(len(words)):
            inside = [each for each in entities if each.start <= i < each.end]
            entity = next(rest).entity
            assert ([] if entity is None else [entity]) == inside
    assert any(tagged)


def test_scores_are_those_of_the_tags_with_or_without_outside(make_tagger: MakeTagger) -> None:
    assert score_labels(make_tagger("IO")) == ["I-LOC", "I-PER"]
    assert score_labels(make_tagger("IO", classifies=True)) == ["O", "I-LOC", "I-PER"]


def test_rows_have_names(make_tagger: MakeTagger) -> None:
    tables = make_tagger(pretrained=["rome", "oslo"]).tables
    rows = tables.rows(["Paris", "Oslo", "Rome", "xyz"])[:, 0].tolist()
    assert [row_name(tables, "word", row) for row in [*rows, 0]] == [
        "paris", "oslo", "rome", "unknown", "padding",
    ]  # fmt: skip
    assert row_name(tables, "caps", 2) == "lower"


@pytest.mark.parametrize("threshold", [None, 0.3])
def test_plain_decisions_have_the_softmax_of_their_scores(make_tagger: MakeTagger, threshold) -> None:
    tagger = make_tagger(classifies=True, decision=Plain(threshold))
    (found,) = explain(tagger, [["Paris"]])
    weights = np.exp(found.scores)
    assert found.probabilities == pytest.approx(weights / weights.sum())
    assert explain_entities(tagger, ["Paris"]) == [found.entity]


def test_without_a_score_for_o_a_plain_decision_has_no_probabilities(make_tagger: MakeTagger) -> None:
    tagger = make_tagger(scheme="IO", labels=("LOC",), decision=Plain(-100.0))
    (found,) = explain(tagger, [["Paris"]])
    assert found.probabilities is None
    assert found.entity is not None
    assert found.entity.score == pytest.approx(found.scores[0], rel=1e-5)


def explain_entities(tagger: Tagger, words: list[str]) -> list[ScoredEntity | None]:
    return [next(iter(tagger.tag([words])[0]), None)]
