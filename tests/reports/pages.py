"""Pages for tests: of a corpus that is made up, without a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.evaluation.bootstrap import label_intervals
from wincls.evaluation.evaluate import evaluate
from wincls.evaluation.reliability import reliability
from wincls.evaluation.thresholds import Curve
from wincls.evaluation.window_scores import compare_windows
from wincls.reports.mistake_cards import mistake_cards
from wincls.reports.page import Figures, Page, ScoredEntities

RECORDS = [
    {
        "epoch": i,
        "loss": 1 / i,
        "violations": 0.5 / i,
        "development": {"precision": 0.5, "recall": 0.4, "f1": 0.4 + 0.1 * i},
    }
    for i in (1, 2, 3)
]


def corpus_of(sentences: Sequence[tuple[str, Sequence[Entity]]], path: str = "dev.conll") -> Corpus:
    """A corpus of sentences with their gold entities, a token a line."""
    line = 1
    read = []
    for text, entities in sentences:
        words = text.split(" ")
        read.append(Sentence(words, entities, range(line, line + len(words)), False))
        line += len(words) + 1
    return Corpus(path, read, SCHEMES["BIO"])


def page_of(corpus: Corpus, predicted: Sequence[Sequence[Entity]], **changes: Any) -> Page:
    """A page with every part."""
    gold = [sentence.entities for sentence in corpus.sentences]
    evaluation = evaluate(corpus.sentences, predicted)
    rng = np.random.default_rng(0)
    scores = rng.random(50)
    correct = rng.random(50) < scores
    curve = Curve(-np.sort(-scores), np.arange(1, 51), np.cumsum(correct[np.argsort(-scores)]), 30)
    windows = compare_windows(rng.normal(size=(60, 2)), rng.integers(-1, 2, size=60), 1.0)
    page = Page(
        title=f"wincls eval: {corpus.path}",
        labels=sorted(corpus.labels),
        facts=[("F1", "50.00")],
        corpora=[Figures(corpus.path, evaluation, label_intervals(gold, predicted))],
        mistakes=mistake_cards(corpus, predicted),
        data=[("dev", corpus.path, len(corpus.sentences), corpus.tokens, corpus.labels.total())],
        records=RECORDS,
        best=2,
        windows=windows,
        windows_of="Windows of the test.",
        scored=ScoredEntities("Entities.", curve, reliability(scores, correct)),
        notes=["dev.conll: a note"],
        config="data:\n  train: x\n",
        card="model  a card\n",
    )
    return page._replace(**changes)


EXAMPLE = corpus_of(
    [
        ("Ada Lovelace lived in London .", [Entity(0, 2, "PER"), Entity(4, 5, "LOC")]),
        ("Paris is a name .", [Entity(0, 1, "PER")]),
        ("Bob came .", []),
        ("IBM of Armonk fell .", [Entity(0, 3, "ORG")]),
    ]
)
PREDICTED = [
    [Entity(0, 1, "PER"), Entity(4, 5, "LOC")],  # boundary
    [Entity(0, 1, "LOC")],  # type
    [Entity(0, 1, "PER")],  # spurious
    [],  # missed
]
