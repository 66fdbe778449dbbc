from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from wincls.reports.explanation import explanation_record, explanation_text, number
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.explain import Explanation, WindowWord

TOKENS = ["in", "New", "York"]
LABELS, TAGS, TABLES = ["B-LOC", "I-LOC"], ["O", "B-LOC", "I-LOC"], ["word", "caps"]
YORK = Explanation(
    token=12,
    sentence=1,
    window=[WindowWord("New", False), WindowWord("York", True), WindowWord(None, False)],
    scores=np.array([0.5, 1.25]),
    positions=np.array([[0.1, 1.0], [0.2, -20.0], [0.3, 0.0]]),
    tables=np.array([[0.4, 3.0], [0.5, 0.00001234]]),
    probabilities=np.array([0.25, 0.0, 0.75]),
    entity=ScoredEntity(1, 3, "LOC", 0.87654321),
)


def text(explanation: Explanation = YORK, labels: Sequence[str] = LABELS, **options: object) -> list[str]:
    return explanation_text(explanation, TOKENS, labels, TAGS, TABLES, **options).splitlines()  # type: ignore[arg-type]


def test_an_explanation_is_a_block_of_aligned_lines() -> None:
    assert text() == [
        "13 York: [LOC New York] 0.8765",
        "  window                 New   [York?]     <pad>",
        "  I-LOC by word         1.00     -20.0         0",
        "  I-LOC by feature  word     3.00  caps 1.23e-05",
        "  score             I-LOC  1.25  B-LOC 0.500",
        "  probability       I-LOC 0.7500  O     0.2500  B-LOC 0.0000",
    ]


def test_another_label_is_shown_besides_the_best() -> None:
    assert text(label="I-LOC") == text()
    assert text(label="B-LOC")[2:6] == [
        "  I-LOC by word         1.00     -20.0         0",
        "  B-LOC by word        0.100     0.200     0.300",
        "  I-LOC by feature  word     3.00  caps 1.23e-05",
        "  B-LOC by feature  word    0.400  caps    0.500",
    ]


def test_a_token_outside_and_a_tagger_without_probabilities() -> None:
    lines = text(YORK._replace(entity=None, probabilities=None))
    assert lines[0] == "13 York: O"
    assert not any("probability" in line for line in lines)


def test_only_the_five_best_labels_are_shown_unless_all_are_asked_for() -> None:
    labels = [f"B-{kind}" for kind in "ABCDEFG"]
    many = YORK._replace(
        scores=np.arange(7.0), positions=np.zeros((3, 7)), tables=np.zeros((2, 7)), probabilities=None
    )
    (line,) = [line for line in text(many, labels) if line.startswith("  score")]
    assert line.split()[1::2] == ["B-G", "B-F", "B-E", "B-D", "B-C"]
    whole = " ".join(line for line in text(many, labels, all_labels=True) if line.startswith("  score"))
    assert [f"B-{kind}" in whole for kind in "ABCDEFG"] == [True] * 7


def test_wide_windows_are_cut_into_lines_of_a_hundred_columns() -> None:
    words = [WindowWord(f"word{i}", False) for i in range(31)]
    wide = YORK._replace(window=words, positions=np.full((31, 2), -0.123))
    lines = text(wide)
    assert max(map(len, lines)) <= 100
    shown = [line.split()[1:] for line in lines if line.startswith("  window")]
    assert [word.strip("[]") for part in shown for word in part] == [word.token for word in words]
    assert sum(line.count("-0.123") for line in lines) == 31


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (1.23456, "1.23"), (-123.456, "-123"), (0.00123456, "0.00123"), (1e-6, "1.00e-06")],
)
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_record_has_everything_and_counts_from_one() -> None:
    record = explanation_record(YORK, TOKENS, 10, LABELS, TAGS, TABLES)
    assert json.loads(json.dumps(record)) == {
        "number": 13,
        "token": "York",
        "sentence": 2,
        "window": [
            {"token": "New", "unknown": False},
            {"token": "York", "unknown": True},
            {"token": None, "unknown": False},
        ],
        "scores": {"B-LOC": 0.5, "I-LOC": 1.25},
        "contributions": {
            "B-LOC": {"positions": [0.1, 0.2, 0.3], "tables": {"word": 0.4, "caps": 0.5}},
            "I-LOC": {"positions": [1.0, -20.0, 0.0], "tables": {"word": 3.0, "caps": 0.00001234}},
        },
        "probabilities": {"O": 0.25, "B-LOC": 0.0, "I-LOC": 0.75},
        "entity": {"label": "LOC", "first": 12, "last": 13, "tokens": ["New", "York"], "score": 0.87654321},
    }
    outside = explanation_record(YORK._replace(entity=None), TOKENS, 10, LABELS, TAGS, TABLES)
    assert outside["entity"] is None
