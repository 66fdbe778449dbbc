from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Counts, count_entities, micro
from wincls.evaluation.thresholds import Choice, Want, choose, overall_curve, table_scores, threshold_curves

GOLD = [[Entity(0, 1, "A"), Entity(2, 3, "A")], [Entity(0, 1, "A"), Entity(1, 2, "B")], [Entity(5, 6, "A")]]
# A: correct .9, wrong .8, correct .8, correct .5, wrong .4; B: wrong .7. Two gold entities are missed.
PREDICTED = [
    [Entity(0, 1, "A"), Entity(2, 3, "A"), Entity(3, 4, "A")],
    [Entity(0, 1, "A"), Entity(2, 3, "B")],
    [Entity(7, 8, "A")],
]
SCORES = [[0.9, 0.5, 0.8], [0.8, 0.7], [0.4]]
CURVES = threshold_curves(GOLD, PREDICTED, SCORES)


def test_counts_are_those_of_entities_with_at_least_each_distinct_score() -> None:
    a, b = CURVES["A"], CURVES["B"]
    assert a.scores.tolist() == [0.9, 0.8, 0.5, 0.4]
    assert (a.predicted.tolist(), a.correct.tolist(), a.gold) == ([1, 3, 4, 5], [1, 2, 3, 3], 4)
    assert a.precision.tolist() == [1, 2 / 3, 3 / 4, 3 / 5]
    assert a.recall.tolist() == [1 / 4, 2 / 4, 3 / 4, 3 / 4]
    assert a.f1.tolist() == pytest.approx([2 / 5, 4 / 7, 6 / 8, 6 / 9])
    assert (b.predicted.tolist(), b.correct.tolist(), b.gold) == ([1], [0], 1)


def test_the_curve_of_all_types_is_that_of_all_entities() -> None:
    overall = overall_curve(CURVES)
    assert overall.scores.tolist() == [0.9, 0.8, 0.7, 0.5, 0.4]
    assert (overall.predicted.tolist(), overall.correct.tolist()) == ([1, 3, 4, 5, 6], [1, 2, 2, 3, 3])
    assert overall.gold == 5


def test_an_entity_is_kept_at_its_own_score_and_left_out_above() -> None:
    a = CURVES["A"]
    assert a.at(0.8) == Counts(2, 3, 4)
    assert a.at(0.80001) == Counts(1, 1, 4)
    assert a.at(0.0) == Counts(3, 5, 4)
    assert a.at(0.95) == Counts(0, 0, 4)


def test_the_best_f1_is_chosen_with_a_short_number_that_keeps_the_same_entities() -> None:
    assert choose(CURVES["A"]) == Choice(0.5, Counts(3, 4, 4), True)
    curves = threshold_curves(
        [[Entity(0, 1, "A")]], [[Entity(0, 1, "A"), Entity(1, 2, "A")]], [[0.7381, 0.61]]
    )
    assert choose(curves["A"]) == Choice(0.7, Counts(1, 1, 1), True)
    curves = threshold_curves(
        [[Entity(0, 1, "A")]], [[Entity(0, 1, "A"), Entity(1, 2, "A")]], [[0.7381, 0.7379]]
    )
    assert choose(curves["A"]) == Choice(0.738, Counts(1, 1, 1), True)


def test_a_wanted_precision_is_reached_with_the_highest_recall() -> None:
    assert choose(CURVES["A"], Want("precision", 0.7)) == Choice(0.5, Counts(3, 4, 4), True)
    assert choose(CURVES["A"], Want("precision", 0.75)) == Choice(0.5, Counts(3, 4, 4), True)
    assert choose(CURVES["A"], Want("precision", 0.76)) == Choice(0.9, Counts(1, 1, 4), True)


def test_a_wanted_recall_is_reached_with_the_highest_precision() -> None:
    assert choose(CURVES["A"], Want("recall", 0.5)) == Choice(0.5, Counts(3, 4, 4), True)
    assert choose(CURVES["A"], Want("recall", 0.2)) == Choice(0.9, Counts(1, 1, 4), True)


def test_what_cannot_be_reached_is_said_and_the_closest_is_chosen() -> None:
    assert choose(CURVES["A"], Want("recall", 0.9)) == Choice(0.5, Counts(3, 4, 4), False)
    assert choose(overall_curve(CURVES), Want("recall", 0.61)) == Choice(0.5, Counts(3, 5, 5), False)
    assert choose(CURVES["B"], Want("precision", 0.1)) == Choice(0.0, Counts(0, 1, 1), False)


def test_nothing_is_chosen_where_nothing_was_predicted() -> None:
    curves = threshold_curves([[Entity(0, 1, "A")]], [[]], [[]])
    assert choose(curves["A"]) is None
    assert curves["A"].at(0.5) == Counts(0, 0, 1)
    assert choose(overall_curve({})) is None
    assert table_scores(curves["A"]) == []


def test_tables_show_round_probabilities_and_quantiles_of_other_scores() -> None:
    assert table_scores(CURVES["A"]) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]
    entities = [[Entity(i, i + 1, "A") for i in range(101)]]
    (curve,) = threshold_curves(entities, entities, [[float(i) for i in range(101)]]).values()
    assert table_scores(curve, most=5) == [0, 25, 50, 75, 100]
    (curve,) = threshold_curves([[]], [[Entity(0, 1, "A"), Entity(1, 2, "A")]], [[1.2345, 1.21]]).values()
    assert table_scores(curve) == [1, 1.23]


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list, list, list]:
    spans = [Entity(i, i + 1, label) for i in range(6) for label in "AB"]
    gold = draw(st.lists(st.lists(st.sampled_from(spans), unique=True), min_size=1, max_size=4))
    predicted = [draw(st.lists(st.sampled_from(spans), unique=True)) for _ in gold]
    scores = [[draw(st.sampled_from([0.1, 0.25, 0.333, 0.5, 1.0])) for _ in each] for each in predicted]
    return gold, predicted, scores


@given(tagged())
def test_every_figure_is_that_of_the_entities_left(data: tuple[list, list, list]) -> None:
    gold, predicted, scores = data
    curves = threshold_curves(gold, predicted, scores)
    overall = overall_curve(curves)
    for least in (0.0, 0.1, 0.2, 0.25, 0.333, 0.4, 0.5, 0.9, 1.0):
        left = [
            [each for each, score in zip(*sentence, strict=True) if score >= least]
            for sentence in zip(predicted, scores, strict=True)
        ]
        expected = count_entities(gold, left)
        assert overall.at(least) == micro(expected)
        for label, curve in curves.items():
            assert curve.at(least) == expected.get(label, Counts())


@given(tagged(), st.sampled_from([None, Want("precision", 0.5), Want("recall", 0.5)]))
def test_no_other_score_is_better_than_the_chosen_one(
    data: tuple[list, list, list], want: Want | None
) -> None:
    curve = overall_curve(threshold_curves(*data))
    choice = choose(curve, want)
    everything = [curve.at(score) for score in curve.scores.tolist()]
    if choice is None:
        assert not everything
        return
    assert curve.at(choice.min_score) == choice.counts
    if want is None:
        assert choice.counts.f1 == max(each.f1 for each in everything)
        return
    able = [each for each in everything if getattr(each, want.figure) >= want.least]
    assert choice.reached == bool(able)
    if able:
        other = "recall" if want.figure == "precision" else "precision"
        assert getattr(choice.counts, other) == max(getattr(each, other) for each in able)
    else:
        assert getattr(choice.counts, want.figure) == max(getattr(each, want.figure) for each in everything)


def test_many_entities_take_little_time() -> None:
    entities = [[Entity(i, i + 1, "A") for i in range(200)]] * 500
    scores = np.random.default_rng(0).random((500, 200)).tolist()
    (curve,) = threshold_curves(entities, entities, scores).values()
    assert (len(curve.scores), int(curve.correct[-1])) == (100_000, 100_000)
