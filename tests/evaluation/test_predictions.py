from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import seqeval.scheme
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores

from tests.evaluation.conlleval import conlleval
from wincls.corpus.columns import Columns
from wincls.corpus.predictions import read_predictions
from wincls.evaluation.evaluate import Evaluation
from wincls.evaluation.predictions import evaluate_predictions

Pairs = list[tuple[list[str], list[str]]]
Write = Callable[..., Path]


def random_pairs(prefixes: str, seed: int, sentences: int = 40) -> Pairs:
    """Gold tags and predicted ones that are often the same; most of them are illegal."""
    rng = random.Random(seed)
    tags = ["O", "O", *(f"{prefix}-{label}" for prefix in prefixes for label in ("A", "B", "x-y"))]
    pairs = []
    for _ in range(sentences):
        gold = rng.choices(tags, k=rng.randint(1, 9))
        pairs.append((gold, [tag if rng.random() < 0.7 else rng.choice(tags) for tag in gold]))
    return pairs


def scored(write: Write, pairs: Pairs, scheme: str = "auto") -> Evaluation:
    sentences = ("".join(f"w {a} {b}\n" for a, b in zip(*pair, strict=True)) for pair in pairs)
    path = write("\n".join(sentences))
    return evaluate_predictions(read_predictions(str(path), Columns(-1, -2), scheme=scheme))


def test_an_example_by_hand(write: Write) -> None:
    gold = ["B-PER", "I-PER", "O", "B-LOC", "O"]
    found = ["B-PER", "I-PER", "O", "I-LOC", "B-LOC"]
    evaluation = scored(write, [(gold, found)])
    assert evaluation.lenient == {"LOC": (1, 2, 1), "PER": (1, 1, 1)}
    assert evaluation.strict == {"LOC": (0, 1, 1), "PER": (1, 1, 1)}
    assert evaluation.token_accuracy == 3 / 5


@pytest.mark.parametrize("prefixes", ["BI", "IES", "BIES"])
@pytest.mark.parametrize("seed", range(25))
def test_all_figures_are_those_of_conlleval(write: Write, prefixes: str, seed: int) -> None:
    pairs = random_pairs(prefixes, seed)
    theirs, ours = conlleval(pairs), scored(write, pairs)
    assert {label: counts.gold for label, counts in ours.lenient.items() if counts.gold} == theirs.gold
    figures = {label: (each.precision, each.recall, each.f1) for label, each in ours.lenient.items()}
    figures[""] = (ours.overall.precision, ours.overall.recall, ours.overall.f1)
    assert figures.keys() == theirs.figures.keys()
    for label, its_figures in figures.items():
        assert [100 * each for each in its_figures] == pytest.approx(theirs.figures[label])
    assert ours.token_accuracy == pytest.approx(theirs.accuracy)


@pytest.mark.parametrize("seed", range(5))
def test_the_reference_agrees_with_seqeval(seed: int) -> None:
    pairs = random_pairs("BI", seed)
    gold, found = zip(*pairs, strict=True)
    theirs = precision_recall_fscore_support(list(gold), list(found), average="micro", zero_division=0)
    assert conlleval(pairs).figures[""] == pytest.approx([100 * each for each in theirs[:3]])


@pytest.mark.parametrize(
    ("scheme", "prefixes", "theirs"),
    [("BIO", "BI", "IOB2"), ("IOBES", "BIES", "IOBES"), ("BILOU", "BILU", "BILOU")],
)
@pytest.mark.parametrize("seed", range(10))
def test_the_strict_reading_is_that_of_seqeval(
    write: Write, scheme: str, prefixes: str, theirs: str, seed: int
) -> None:
    pairs = random_pairs(prefixes, seed)
    gold, found = map(list, zip(*pairs, strict=True))
    expected = strict_scores(
        gold, found, average="micro", zero_division=0, scheme=getattr(seqeval.scheme, theirs)
    )
    overall = scored(write, pairs, scheme).overall_strict
    assert (overall.precision, overall.recall, overall.f1) == pytest.approx(expected[:3])
