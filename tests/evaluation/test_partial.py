from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Counts, count_entities, micro
from wincls.evaluation.partial import MEASURES, partial_credits


def credits(gold: list[Entity], predicted: list[Entity]) -> dict[str, float]:
    return {name: each.correct for name, each in partial_credits([gold], [predicted]).items()}


@pytest.mark.parametrize(
    ("predicted", "strict", "exact", "partial", "type_"),
    [
        ((2, 4, "PER"), 1, 1, 1, 1),
        ((2, 4, "LOC"), 0, 1, 1, 0),
        ((2, 3, "PER"), 0, 0, 0.5, 1),
        ((1, 5, "PER"), 0, 0, 0.5, 1),
        ((3, 5, "LOC"), 0, 0, 0.5, 0),
        ((0, 2, "PER"), 0, 0, 0, 0),
        ((4, 6, "PER"), 0, 0, 0, 0),
    ],
)
def test_credit_of_one_predicted_entity(
    predicted: tuple[int, int, str], strict: float, exact: float, partial: float, type_: float
) -> None:
    assert credits([Entity(2, 4, "PER")], [Entity(*predicted)]) == {
        "strict": strict,
        "exact": exact,
        "partial": partial,
        "type": type_,
    }


def test_a_predicted_entity_over_two_gold_ones_matches_one_of_them() -> None:
    """[New York] [City Hall] is tagged as one: one of the two is matched, the other is missed."""
    gold = [Entity(0, 2, "LOC"), Entity(2, 4, "ORG")]
    assert credits(gold, [Entity(0, 4, "ORG")]) == {"strict": 0, "exact": 0, "partial": 0.5, "type": 1}
    # The mirror image: two predicted entities in one gold one.
    assert credits([Entity(0, 4, "ORG")], gold) == {"strict": 0, "exact": 0, "partial": 0.5, "type": 1}


def test_matches_are_those_with_the_most_credit() -> None:
    """From the left, (0, 2) would take (0, 3); then (2, 3) and (3, 5) would leave half a match each."""
    gold = [Entity(0, 3, "A"), Entity(3, 5, "B")]
    predicted = [Entity(0, 2, "B"), Entity(2, 4, "A"), Entity(4, 5, "B")]
    # partial: two halves; type: (2, 4) with the first, (4, 5) with the second.
    assert credits(gold, predicted) == {"strict": 0, "exact": 0, "partial": 1.0, "type": 2}


def test_figures_by_hand() -> None:
    """Of three gold and four predicted entities one is right, one has another end, one another type."""
    gold = [[Entity(0, 1, "A"), Entity(3, 5, "A")], [Entity(0, 1, "B")], []]
    predicted = [[Entity(0, 1, "A"), Entity(3, 4, "A")], [Entity(0, 1, "A")], [Entity(2, 3, "A")]]
    found = partial_credits(gold, predicted)
    assert found == {
        "strict": Counts(1, 4, 3),
        "exact": Counts(2, 4, 3),
        "partial": Counts(2.5, 4, 3),
        "type": Counts(2, 4, 3),
    }
    assert (found["partial"].precision, found["partial"].recall) == (2.5 / 4, 2.5 / 3)
    assert found["partial"].f1 == pytest.approx(2 * (2.5 / 4) * (2.5 / 3) / (2.5 / 4 + 2.5 / 3))


def test_without_entities_all_figures_are_0() -> None:
    for each in partial_credits([[], []], [[], []]).values():
        assert (each, each.precision, each.recall, each.f1) == (Counts(), 0, 0, 0)


@st.composite
def entities(draw: st.DrawFn) -> list[Entity]:
    bounds = sorted(draw(st.sets(st.integers(0, 9), max_size=8)))
    spans = [(a, b) for a, b in pairwise(bounds) if draw(st.booleans())]
    return [Entity(a, b, draw(st.sampled_from("AB"))) for a, b in spans]


def best_by_trying_all(gold: list[Entity], predicted: list[Entity], name: str) -> float:
    pairs = [(a, b) for a in gold for b in predicted if a.start < b.end and b.start < a.end]
    return max(
        (
            sum(MEASURES[name](a, b) for a, b in some)
            for n in range(len(pairs) + 1)
            for some in combinations(pairs, n)
            if len({a for a, _ in some}) == len({b for _, b in some}) == n
        ),
        default=0.0,
    )


@given(entities(), entities())
def test_no_alignment_one_to_one_has_more_credit(gold: list[Entity], predicted: list[Entity]) -> None:
    found = credits(gold, predicted)
    for name in MEASURES:
        assert found[name] == best_by_trying_all(gold, predicted, name)
    assert found["strict"] == micro(count_entities([gold], [predicted])).correct


def test_a_gold_entity_over_many_predicted_ones_takes_linear_time() -> None:
    many = [Entity(i, i + 1, "A") for i in range(50_000)]
    assert credits([Entity(0, 50_000, "A")], many)["type"] == 1
