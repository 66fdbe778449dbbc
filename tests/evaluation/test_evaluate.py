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

from wincls.corpus.documents import Sentence
from wincls.corpus.schemes import SCHEMES, Entity, decode, illegal_positions
from wincls.corpus.tag_columns import Rows, decode_sentences
from wincls.evaluation import evaluate as module
from wincls.evaluation.bootstrap import confidence_interval
from wincls.evaluation.counts import Average, Counts, count_entities, macro, micro
from wincls.evaluation.evaluate import Evaluation, count_by_novelty, evaluate
from wincls.evaluation.mistakes import Mistake, find_mistakes

TYPES = ("LOC", "PER", "creative-work")
PREFIXES = {"BIO": "BI", "IOBES": "BIES"}
THEIRS = {"BIO": IOB2, "IOBES": IOBES}

TagSequences = list[list[str]]


def split(*sequences: str) -> TagSequences:
    return [tags.split() for tags in sequences]


def entities(sequences: TagSequences) -> list[list[Entity]]:
    return [decode(tags) for tags in sequences]


def regular(sequences: TagSequences, scheme: str) -> list[list[Entity]]:
    """The entities whose tags are those that the scheme writes."""
    found = []
    for tags in sequences:
        illegal = illegal_positions(tags, SCHEMES[scheme])
        found.append([e for e in decode(tags) if not any(e.start <= i < e.end for i in illegal)])
    return found


def sentences(
    sequences: TagSequences, scheme: str = "BIO", words: TagSequences | None = None
) -> list[Sentence]:
    """Annotated sentences, as they are read from a file."""
    words = words or [["w"] * len(tags) for tags in sequences]
    rows = [
        Rows(its_words, tags, range(len(tags)), False)
        for its_words, tags in zip(words, sequences, strict=True)
    ]
    return decode_sentences("file", rows, scheme, lenient=True).sentences


def test_an_evaluation_by_example() -> None:
    gold = split("B-PER I-PER O B-LOC", "B-LOC O", "O")
    predicted = split("B-PER I-PER O B-PER", "B-LOC I-LOC", "B-PER")
    # Found: PER 0-2, correct. Wrong: PER 3-4 for LOC 3-4, LOC 0-2 for LOC 0-1, PER for nothing.
    by_type = {"LOC": Counts(0, 1, 2), "PER": Counts(1, 3, 1)}
    evaluation = evaluate(sentences(gold), entities(predicted))
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
        token_accuracy=4 / 7,
        sentences=3,
        tokens=7,
        interval=confidence_interval(entities(gold), entities(predicted)),
        by_novelty={},
        partial={
            "strict": Counts(1, 4, 3),
            "exact": Counts(2, 4, 3),
            "partial": Counts(2.5, 4, 3),
            "type": Counts(2, 4, 3),
        },
    )


def test_shares_of_counts() -> None:
    counts = Counts(correct=2, predicted=4, gold=5)
    assert counts.precision == 2 / 4
    assert counts.recall == 2 / 5
    assert counts.f1 == pytest.approx(2 * (2 / 4) * (2 / 5) / (2 / 4 + 2 / 5))


@pytest.mark.parametrize("counts", [Counts(), Counts(0, 3, 0), Counts(0, 0, 3), Counts(0, 2, 2)])
def test_shares_of_nothing_are_0(counts: Counts) -> None:
    assert (counts.precision, counts.recall, counts.f1) == (0, 0, 0)


def test_the_micro_average_is_over_entities_and_the_macro_average_over_types() -> None:
    counts = {"A": Counts(1, 2, 4), "B": Counts(20, 20, 20)}
    assert micro(counts) == Counts(21, 22, 24)
    assert macro(counts) == Average(0.75, 0.625, (2 / 6 + 1) / 2)
    assert micro({}) == Counts()
    assert macro({}) == Average(0, 0, 0)


def test_no_sentences_score_0() -> None:
    evaluation = evaluate([], [])
    assert (evaluation.overall, evaluation.token_accuracy, evaluation.tokens) == (Counts(), 0.0, 0)


def test_types_are_in_alphabetical_order() -> None:
    counts = count_entities(entities(split("B-Z B-A")), entities(split("B-M B-A")))
    assert counts == {"A": Counts(1, 1, 1), "M": Counts(0, 1, 0), "Z": Counts(0, 0, 1)}
    assert list(counts) == ["A", "M", "Z"]


def test_a_tag_is_right_only_as_a_whole() -> None:
    evaluation = evaluate(sentences(split("B-A I-A O")), entities(split("B-A B-A O")))
    assert evaluation.token_accuracy == 2 / 3
    assert evaluation.confusion == {("A", "A"): 2, ("O", "O"): 1}


def test_the_same_entity_in_another_sentence_is_another_entity() -> None:
    gold, predicted = entities(split("B-A O", "O O")), entities(split("O O", "B-A O"))
    assert count_entities(gold, predicted) == {"A": Counts(0, 1, 1)}


@pytest.mark.parametrize(
    ("gold", "predicted", "lenient", "strict"),
    [
        ("I-A I-A O", "B-A I-A O", Counts(1, 1, 1), Counts(0, 1, 0)),
        ("B-A I-A", "B-A B-A", Counts(0, 2, 1), Counts(0, 2, 1)),
        ("B-A B-A", "B-A I-A", Counts(0, 1, 2), Counts(0, 1, 2)),
    ],
)
def test_where_the_two_readings_differ(gold: str, predicted: str, lenient: Counts, strict: Counts) -> None:
    evaluation = evaluate(sentences(split(gold)), entities(split(predicted)))
    assert (evaluation.overall, evaluation.overall_strict) == (lenient, strict)


def test_gold_and_predicted_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        evaluate(sentences(split("O", "O")), entities(split("O")))


def test_entities_are_counted_by_whether_training_had_them() -> None:
    words = split("Ada Byron saw Paris", "Paris")
    gold = split("B-PER I-PER O B-LOC", "B-PER")
    predicted = split("B-PER O O B-LOC", "B-LOC")
    # Found: "Ada", wrong and new; "Paris" in the first sentence. Missed: "Ada Byron" and Paris the person.
    expected = {"seen": Counts(1, 2, 2), "unseen": Counts(0, 1, 1)}
    known = [{"Paris"}, {"Paris", "London"}]
    annotated = sentences(gold, words=words)
    assert count_by_novelty(annotated, entities(predicted), known) == expected
    assert evaluate(annotated, entities(predicted), known).by_novelty == expected


def test_what_is_known_may_differ_between_sentences() -> None:
    gold = sentences(split("B-LOC", "B-LOC"), words=split("Paris", "Paris"))
    counts = {"seen": Counts(1, 1, 1), "unseen": Counts(1, 1, 1)}
    assert count_by_novelty(gold, [each.entities for each in gold], [{"Paris"}, set()]) == counts


@pytest.mark.parametrize(("predicted", "interval"), [("B-A", (1, 1)), ("O", (0, 0)), ("B-B", (0, 0))])
def test_without_variation_the_interval_is_a_point(predicted: str, interval: tuple[float, float]) -> None:
    gold = entities(split("B-A") * 20)
    assert confidence_interval(gold, entities(split(predicted) * 20)) == interval
    assert confidence_interval([], []) == (0, 0)


def test_the_interval_is_that_of_the_binomial_where_sentences_are_coins() -> None:
    """Half of 400 entities are correct: F1 is their share, with a deviation of 1/2 / sqrt(400) = 0.025."""
    gold = entities(split("B-A") * 400)
    predicted = entities(split("B-A") * 200 + split("B-B") * 200)
    low, high = confidence_interval(gold, predicted)
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.008)
    assert confidence_interval(gold, predicted) == (low, high)
    narrow = confidence_interval(gold, predicted, share=0.5)
    assert low < narrow[0] < 0.5 < narrow[1] < high


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("B-A I-A O", "B-A I-A O", []),
        ("B-A I-A O", "B-A O O", [("boundary", (0, 2, "A"), (0, 1, "A"))]),
        ("B-A I-A O", "B-B I-B O", [("type", (0, 2, "A"), (0, 2, "B"))]),
        ("B-A I-A O", "O B-B I-B", [("boundary and type", (0, 2, "A"), (1, 3, "B"))]),
        ("B-A O O", "O O O", [("missed", (0, 1, "A"), None)]),
        ("O O O", "O B-A O", [("spurious", None, (1, 2, "A"))]),
        ("B-A O O", "O O B-A", [("missed", (0, 1, "A"), None), ("spurious", None, (2, 3, "A"))]),
        (
            "B-A B-A I-A I-A",
            "B-A I-A I-A I-A",
            [("missed", (0, 1, "A"), None), ("boundary", (1, 4, "A"), (0, 4, "A"))],
        ),
    ],
)
def test_mistakes_by_example(gold: str, predicted: str, expected: list) -> None:
    assert find_mistakes(decode(gold.split()), decode(predicted.split())) == [
        Mistake(kind, a and Entity(*a), b and Entity(*b)) for kind, a, b in expected
    ]


# The scorer against seqeval, which is held against conlleval.


def assert_scores_are_seqevals(gold: TagSequences, predicted: TagSequences, scheme: str) -> None:
    with patch.object(module, "confidence_interval"):  # which takes longest
        evaluation = evaluate(sentences(gold, scheme), entities(predicted))
    # Predictions of a tagger are always regular; those of seqeval's comparison need not be.
    strict = count_entities(regular(gold, scheme), regular(predicted, scheme))
    arguments = {"average": None, "zero_division": 0}
    strict_arguments = {**arguments, "scheme": THEIRS[scheme]}
    for ours, score, options in (
        (evaluation.lenient, lenient_scores, arguments),
        (strict, strict_scores, strict_arguments),
    ):
        assert list(ours) == sorted(ours)
        theirs = np.transpose(score(gold, predicted, **options))
        mine = [(each.precision, each.recall, each.f1, each.gold) for each in ours.values()]
        assert np.allclose(mine or np.zeros((0, 4)), theirs)
        # How many were predicted is how many there were to find with the two sides exchanged.
        assert [each.predicted for each in ours.values()] == score(predicted, gold, **options)[3].tolist()
        overall = micro(ours)
        theirs_micro = score(gold, predicted, **(options | {"average": "micro"}))[:3]
        assert np.allclose((overall.precision, overall.recall, overall.f1), theirs_micro)


def assert_strict_scores_are_seqevals(gold: TagSequences, predicted: TagSequences, scheme: str) -> None:
    """Of predictions as the scheme writes them, for which the strict reading is that of seqeval."""
    written = [SCHEMES[scheme].encode(decode(tags), len(tags)) for tags in predicted]
    with patch.object(module, "confidence_interval"):
        strict = evaluate(sentences(gold, scheme), entities(written)).strict
    options = {"average": None, "zero_division": 0, "scheme": THEIRS[scheme]}
    theirs = np.transpose(strict_scores(gold, written, **options))
    mine = [(each.precision, each.recall, each.f1, each.gold) for each in strict.values()]
    assert np.allclose(mine or np.zeros((0, 4)), theirs)
    assert [each.predicted for each in strict.values()] == strict_scores(written, gold, **options)[3].tolist()


@pytest.mark.parametrize("scheme", ["BIO", "IOBES"])
def test_scores_of_random_tag_sequences_are_seqevals(scheme: str) -> None:
    """5,000 gold tag sequences in 100 corpora, and each with a third of its tags drawn again."""
    rng = np.random.default_rng(8)
    names = np.array(["O", "O", *(f"{prefix}-{label}" for label in TYPES for prefix in PREFIXES[scheme])])
    correct = 0
    for _ in range(100):
        gold, predicted = [], []
        for length in rng.integers(1, 9, 50):
            tags = rng.choice(names, length)
            gold.append(tags.tolist())
            predicted.append(np.where(rng.random(length) < 1 / 3, rng.choice(names, length), tags).tolist())
        assert_scores_are_seqevals(gold, predicted, scheme)
        assert_strict_scores_are_seqevals(gold, predicted, scheme)
        correct += micro(count_entities(entities(gold), entities(predicted))).correct
    assert correct > 500


@st.composite
def pairs_of_sequences(draw: st.DrawFn, scheme: str) -> tuple[TagSequences, TagSequences]:
    tags = st.sampled_from(["O", *(f"{prefix}-{label}" for label in TYPES for prefix in PREFIXES[scheme])])
    pairs = draw(st.lists(st.lists(st.tuples(tags, tags), min_size=1, max_size=8), min_size=1, max_size=4))
    return [[a for a, _ in pair] for pair in pairs], [[b for _, b in pair] for pair in pairs]


@pytest.mark.parametrize("scheme", ["BIO", "IOBES"])
@given(st.data())
def test_scores_of_any_tag_sequences_are_seqevals(scheme: str, data: st.DataObject) -> None:
    gold, predicted = data.draw(pairs_of_sequences(scheme))
    assert_scores_are_seqevals(gold, predicted, scheme)
    assert_strict_scores_are_seqevals(gold, predicted, scheme)


@given(pairs_of_sequences("BIO"))
def test_mistakes_and_correct_entities_make_up_all_entities(pair: tuple[TagSequences, TagSequences]) -> None:
    both = entities(pair[0]), entities(pair[1])
    correct, predicted, gold = micro(count_entities(*both))
    found = [each for sides in zip(*both, strict=True) for each in find_mistakes(*sides)]
    assert correct + sum(each.gold is not None for each in found) == gold
    assert correct + sum(each.predicted is not None for each in found) == predicted


@given(pairs_of_sequences("BIO"))
def test_exchanging_the_sides_exchanges_precision_and_recall(pair: tuple[TagSequences, TagSequences]) -> None:
    with patch.object(module, "confidence_interval"):
        forth = evaluate(sentences(pair[0]), entities(pair[1]))
        back = evaluate(sentences(pair[1]), entities(pair[0]))
    assert (forth.overall.precision, forth.overall.f1) == (back.overall.recall, back.overall.f1)
    assert forth.token_accuracy == back.token_accuracy
    assert {(b, a): n for (a, b), n in forth.confusion.items()} == back.confusion
    assert forth.confusion.total() == forth.tokens
