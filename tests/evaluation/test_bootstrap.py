from __future__ import annotations

import numpy as np
import pytest

from wincls.corpus.schemes import Entity
from wincls.evaluation.bootstrap import confidence_interval, label_intervals


def corpus(seed: int, labels: str, sentences: int = 200) -> list[list[Entity]]:
    rng = np.random.default_rng(seed)
    return [
        [Entity(i, i + 1, str(rng.choice(list(labels)))) for i in range(4) if rng.random() < 0.4]
        for _ in range(sentences)
    ]


def only(entities: list[list[Entity]], label: str) -> list[list[Entity]]:
    return [[each for each in its if each.label == label] for its in entities]


def test_interval_of_a_label_is_that_of_the_corpus_with_this_label_alone() -> None:
    gold, predicted = corpus(1, "AAB"), corpus(2, "AAB")
    found = label_intervals(gold, predicted)
    assert list(found) == ["A", "B"]
    for label, interval in found.items():
        assert interval == pytest.approx(confidence_interval(only(gold, label), only(predicted, label)))
        assert 0 < interval[0] < interval[1] < 1


def test_interval_of_a_label_that_is_always_right_or_only_predicted() -> None:
    gold = [[Entity(0, 1, "A")]] * 5
    predicted = [[Entity(0, 1, "A"), Entity(1, 2, "B")]] * 5
    assert label_intervals(gold, predicted) == {"A": (1.0, 1.0), "B": (0.0, 0.0)}


def test_no_entities_have_no_intervals() -> None:
    assert label_intervals([[], []], [[], []]) == {}
