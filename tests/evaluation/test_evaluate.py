from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as lenient_scores
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores
from seqeval.scheme import IOB2, IOBES
from wincls.tagger.evaluation import (
    Counts,
    Evaluation,
    Mistake,
    bootstrap_interval,
    count_by_novelty,
    count_entities,
    evaluate,
    mistakes,
    total,
)

from wincls.corpus.schemes import SCHEMES, Entity
from wincls.tagger import evaluation as module

BIO = SCHEMES["BIO"]
TYPES = ("LOC", "PER", "creative-work")
PREFIXES = {"BIO": "BI", "IOBES": "BIES"}
THEIRS = {"BIO": IOB2, "IOBES": IOBES}

Taggings = list[list[str]]


def split(*taggings: str) -> Taggings:
    return [tags.split() for tags in taggings]


def test_an_evaluation_by_example() -> None:
    gold = split("B-PER I-PER O B-LOC", "B-LOC O", "O")
    predicted = split("B-PER I-PER O B-PER", "B-LOC I-LOC", "B-PER")
    # Found: PER 0-2, right. Wrong: PER 3-4 for LOC 3-4, LOC 0-2 for LOC 0-1, PER for nothing.
    by_type = {"LOC": Counts(0, 1, 2), "PER": Counts(1, 3, 1)}
    evaluation = evaluate(gold, predicted, BIO)
    assert evaluation == Evaluation(
        lenient=by_type,
        strict=by_type,
        confusion=Counter(
            {
                ("PER", "PER"): 2,
                ("O", "O"): 1,
                ("LOC", "PER"): 1,
                ("LOC", "LOC"): 1,
                ("O", "LOC"): 1,
                ("O", "PER"): 1,
            }
        ),
        accuracy=4 / 7,
        sentences=3,
        tokens=7,
        interval=bootstrap_interval(gold, predicted),
        novelty={},
    )


def test_shares_of_counts() -> None:
    counts = Counts(correct=2, predicted=4, gold=5)
    assert counts.precision == 2 / 4
    assert counts.recall == 2 / 5
    assert counts.f1 == pytest.approx(2 * (2 / 4) * (2 / 5) / (2 / 4 + 2 / 5))


@pytest.mark.parametrize("counts", [Counts(), Counts(0, 3, 0), Counts(0, 0, 3), Counts(0, 2, 2)])
def test_shares_of_nothing_are_0(counts: Counts) -> None:
    assert (counts.precision, counts.recall, counts.f1) == (0, 0, 0)


def test_the_total_is_over_entities_not_over_types() -> None:
    assert total({"A": Counts(1, 2, 3), "B": Counts(10, 20, 30)}) == Counts(11, 22, 33)
    assert total({}) == Counts()


def test_no_sentences_score_0() -> None:
    evaluation = evaluate([], [], BIO)
    assert (evaluation.overall, evaluation.accuracy, evaluation.tokens) == (Counts(), 0.0, 0)


def test_types_are_in_alphabetical_order() -> None:
    counts = count_entities(split("B-Z B-A"), split("B-M B-A"))
    assert counts == {"A": Counts(1, 1, 1), "M": Counts(0, 1, 0), "Z": Counts(0, 0, 1)}
    assert list(counts) == ["A", "M", "Z"]


def test_a_tag_is_right_only_as_a_whole() -> None:
    evaluation = evaluate(split("B-A I-A O"), split("B-A B-A O"), BIO)
    assert evaluation.accuracy == 2 / 3
    assert evaluation.confusion == {("A", "A"): 2, ("O", "O"): 1}


def test_the_same_entity_in_another_sentence_is_another_entity() -> None:
    assert count_entities(split("B-A O", "O O"), split("O O", "B-A O")) == {"A": Counts(0, 1, 1)}


@pytest.mark.parametrize(
    ("gold", "predicted", "lenient", "strict"),
    [
        ("B-A I-A O", "I-A I-A O", Counts(1, 1, 1), Counts(0, 0, 1)),
        ("I-A I-A O", "B-A I-A O", Counts(1, 1, 1), Counts(0, 1, 0)),
        ("I-A O", "I-A O", Counts(1, 1, 1), Counts(0, 0, 0)),
        ("B-A I-A", "B-A B-A", Counts(0, 2, 1), Counts(0, 2, 1)),
        ("B-A B-A", "B-A I-A", Counts(0, 1, 2), Counts(0, 1, 2)),
    ],
)
def test_where_the_two_readings_part(gold: str, predicted: str, lenient: Counts, strict: Counts) -> None:
    evaluation = evaluate(split(gold), split(predicted), BIO)
    assert (evaluation.overall, evaluation.overall_strict) == (lenient, strict)


def test_taggings_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        evaluate(split("O", "O"), split("O"), BIO)
    with pytest.raises(ValueError, match="zip"):
        evaluate(split("O O"), split("O"), BIO)


def test_names_are_counted_by_whether_training_held_them() -> None:
    words = split("Ada Byron saw Paris", "Paris")
    gold = split("B-PER I-PER O B-LOC", "B-PER")
    predicted = split("B-PER O O B-LOC", "B-LOC")
    # Found: "Ada", wrong and new; "Paris" in the first sentence. Missed: "Ada Byron" and Paris the person.
    expected = {"seen": Counts(1, 2, 2), "unseen": Counts(0, 1, 1)}
    known = [{"Paris"}, {"Paris", "London"}]
    assert count_by_novelty(words, gold, predicted, known) == expected
    assert evaluate(gold, predicted, BIO, words, known).novelty == expected


def test_what_is_known_may_differ_between_sentences() -> None:
    words, tags = split("Paris", "Paris"), split("B-LOC", "B-LOC")
    counts = {"seen": Counts(1, 1, 1), "unseen": Counts(1, 1, 1)}
    assert count_by_novelty(words, tags, tags, [{"Paris"}, set()]) == counts


@pytest.mark.parametrize(("predicted", "interval"), [("B-A", (1, 1)), ("O", (0, 0)), ("B-B", (0, 0))])
def test_without_variation_the_interval_is_a_point(predicted: str, interval: tuple[float, float]) -> None:
    assert bootstrap_interval(split("B-A") * 20, split(predicted) * 20) == interval
    assert bootstrap_interval([], []) == (0, 0)


def test_the_interval_is_that_of_the_binomial_where_sentences_are_coins() -> None:
    """Half of 400 names are right: F1 is their share, with a deviation of 1/2 / sqrt(400) = 0.025."""
    gold, predicted = split("B-A") * 400, split("B-A") * 200 + split("B-B") * 200
    low, high = bootstrap_interval(gold, predicted)
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.008)
    assert bootstrap_interval(gold, predicted) == (low, high)
    narrow = bootstrap_interval(gold, predicted, share=0.5)
    assert low < narrow[0] < 0.5 < narrow[1] < high


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("B-A I-A O", "B-A I-A O", []),
        ("B-A I-A O", "B-A O O", [("boundary", ("A", 0, 2), ("A", 0, 1))]),
        ("B-A I-A O", "B-B I-B O", [("type", ("A", 0, 2), ("B", 0, 2))]),
        ("B-A I-A O", "O B-B I-B", [("boundary and type", ("A", 0, 2), ("B", 1, 3))]),
        ("B-A O O", "O O O", [("missed", ("A", 0, 1), None)]),
        ("O O O", "O B-A O", [("invented", None, ("A", 1, 2))]),
        ("B-A O O", "O O B-A", [("missed", ("A", 0, 1), None), ("invented", None, ("A", 2, 3))]),
        (
            "B-A B-A I-A I-A",
            "B-A I-A I-A I-A",
            [("missed", ("A", 0, 1), None), ("boundary", ("A", 1, 4), ("A", 0, 4))],
        ),
    ],
)
def test_mistakes_by_example(gold: str, predicted: str, expected: list) -> None:
    assert mistakes(gold.split(), predicted.split()) == [
        Mistake(kind, a and Entity(*a), b and Entity(*b)) for kind, a, b in expected
    ]


# The scorer against seqeval, which is held against conlleval.


def assert_scores_are_seqevals(gold: Taggings, predicted: Taggings, scheme: str) -> None:
    with patch.object(module, "bootstrap_interval"):  # which takes longest
        evaluation = evaluate(gold, predicted, SCHEMES[scheme])
    arguments = {"average": None, "zero_division": 0}
    strict_arguments = {**arguments, "scheme": THEIRS[scheme]}
    for ours, score, options in (
        (evaluation.lenient, lenient_scores, arguments),
        (evaluation.strict, strict_scores, strict_arguments),
    ):
        assert list(ours) == sorted(ours)
        theirs = np.transpose(score(gold, predicted, **options))
        mine = [(each.precision, each.recall, each.f1, each.gold) for each in ours.values()]
        assert np.allclose(mine or np.zeros((0, 4)), theirs)
        # How many were predicted is how many there were to find with the two sides exchanged.
        assert [each.predicted for each in ours.values()] == score(predicted, gold, **options)[3].tolist()
        overall = total(ours)
        micro = score(gold, predicted, **(options | {"average": "micro"}))[:3]
        assert np.allclose((overall.precision, overall.recall, overall.f1), micro)


@pytest.mark.parametrize("scheme", ["BIO", "IOBES"])
def test_scores_of_random_taggings_are_seqevals(scheme: str) -> None:
    """10,000 gold taggings in 200 corpora, and each with a third of its tags drawn anew."""
    rng = np.random.default_rng(8)
    names = np.array(["O", "O", *(f"{prefix}-{kind}" for kind in TYPES for prefix in PREFIXES[scheme])])
    correct = 0
    for _ in range(200):
        gold, predicted = [], []
        for length in rng.integers(1, 9, 50):
            tags = rng.choice(names, length)
            gold.append(tags.tolist())
            predicted.append(np.where(rng.random(length) < 1 / 3, rng.choice(names, length), tags).tolist())
        assert_scores_are_seqevals(gold, predicted, scheme)
        correct += total(count_entities(gold, predicted)).correct
    assert correct > 1000


@st.composite
def pairs_of_taggings(draw: st.DrawFn, scheme: str) -> tuple[Taggings, Taggings]:
    tags = st.sampled_from(["O", *(f"{prefix}-{kind}" for kind in TYPES for prefix in PREFIXES[scheme])])
    pairs = draw(st.lists(st.lists(st.tuples(tags, tags), min_size=1, max_size=8), min_size=1, max_size=4))
    return [[a for a, _ in pair] for pair in pairs], [[b for _, b in pair] for pair in pairs]


@pytest.mark.parametrize("scheme", ["BIO", "IOBES"])
@given(st.data())
def test_scores_of_any_taggings_are_seqevals(scheme: str, data: st.DataObject) -> None:
    assert_scores_are_seqevals(*data.draw(pairs_of_taggings(scheme)), scheme)


@given(pairs_of_taggings("BIO"))
def test_mistakes_and_right_entities_make_up_all_entities(pair: tuple[Taggings, Taggings]) -> None:
    correct, predicted, gold = total(count_entities(*pair))
    found = [each for tags in zip(*pair, strict=True) for each in mistakes(*tags)]
    assert correct + sum(each.gold is not None for each in found) == gold
    assert correct + sum(each.predicted is not None for each in found) == predicted


@given(pairs_of_taggings("BIO"))
def test_exchanging_the_sides_exchanges_precision_and_recall(pair: tuple[Taggings, Taggings]) -> None:
    with patch.object(module, "bootstrap_interval"):
        forth, back = evaluate(*pair, BIO), evaluate(*pair[::-1], BIO)
    assert (forth.overall.precision, forth.overall.f1) == (back.overall.recall, back.overall.f1)
    assert forth.accuracy == back.accuracy
    assert {(b, a): n for (a, b), n in forth.confusion.items()} == back.confusion
    assert forth.confusion.total() == forth.tokens
