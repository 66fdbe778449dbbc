"""Decisions by scores alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.schemes import SCHEMES, decode
from wincls.corpus.tag_set import TagSet
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.plain import Plain
from wincls.tagger.tagger import Tagger

MakeTagger = Callable[..., Tagger]
TAG_SET = TagSet(SCHEMES["IO"], ["LOC", "PER"])

SENTENCES = [["Paris", ",", "Texas"], ["the", "north", "of", "Paris"], ["Ada"]]

#   O, I-LOC, I-PER
SCORES = np.array([[0.5, 2.0, 1.0], [3.0, 1.0, 2.5], [0.0, -1.0, -0.25], [1.0, 1.0, 0.0], [0.0, 0.5, 0.75]])


def test_argmax_takes_the_class_with_the_largest_score():
    assert Plain().tags(SCORES, 3).tolist() == [1, 0, 0, 0, 2]


def test_argmax_takes_a_missing_score_of_outside_to_be_0():
    assert Plain().tags(SCORES[:, 1:], 3).tolist() == [1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("threshold", "tags"),
    [(0.0, [1, 0, 0, 0, 2]), (-0.3, [1, 0, 2, 1, 2]), (0.75, [1, 0, 0, 0, 0]), (0.7499, [1, 0, 0, 0, 2])],
)
def test_threshold_is_on_the_margin_of_the_best_label_over_outside(threshold, tags):
    assert Plain(threshold).tags(SCORES, 3).tolist() == tags


def test_threshold_is_on_the_score_itself_where_outside_has_none():
    assert Plain(1.5).tags(SCORES[:, 1:], 3).tolist() == [1, 2, 0, 0, 0]


def test_entities_have_the_smallest_margin_of_their_tokens_as_score():
    scores = np.array([[0.0, 3.0, 0.0], [0.5, 2.5, 1.0], [0.0, 0.0, 4.0], [0.0, 1.0, 0.0]])
    found = Plain().entities(scores, np.array([3, 1]), TAG_SET)
    assert found == [
        [ScoredEntity(0, 2, "LOC", 2.0), ScoredEntity(2, 3, "PER", 4.0)],
        [ScoredEntity(0, 1, "LOC", 1.0)],
    ]


@pytest.mark.parametrize("scheme", list(SCHEMES))
@given(data=st.data())
def test_illegal_sequences_are_read_as_conlleval_does(scheme, data):
    tag_set = TagSet(SCHEMES[scheme], ["LOC", "PER"])
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    size = sum(lengths)
    tags = np.array(data.draw(st.lists(st.integers(0, len(tag_set) - 1), min_size=size, max_size=size)))
    found = Plain().entities(np.eye(len(tag_set))[tags], np.array(lengths), tag_set)
    parts = np.split(tags, np.cumsum(lengths)[:-1])
    expected = [decode([tag_set.tags[tag] for tag in part]) for part in parts]
    assert [[each.entity for each in some] for some in found] == expected


@pytest.mark.parametrize("classifies", [False, True])
@pytest.mark.parametrize("threshold", [None, 0.5])
def test_tagger_averages_scores_over_the_ensemble_and_uses_nothing_else(
    make_tagger: MakeTagger, classifies: bool, threshold: float | None
) -> None:
    tagger = make_tagger(scheme="IO", classifies=classifies, ensemble=2, decision=Plain(threshold))
    expected = []
    for words in SENTENCES:  # each by itself: no context, no neighbors
        rows = np.concatenate([tagger.tables.padding_row(), tagger.tables.rows(words)])
        at = np.arange(1, len(words) + 1)
        window = np.stack([np.where(at == 1, 0, at - 1), at, np.where(at == len(words), 0, at + 1)], axis=1)
        mean = sum(scorer.forward(rows, window).scores for scorer in tagger.ensemble) / 2
        outside = mean[:, 0] if classifies else np.zeros(len(words))
        labels = mean[:, 1:] if classifies else mean
        margin = labels.max(axis=1) - outside
        chosen = np.where(margin > (threshold or 0), 1 + labels.argmax(axis=1), 0)
        expected.append(decode([tagger.tag_set.tags[tag] for tag in chosen]))
    found = tagger.tag(SENTENCES)
    assert [[each.entity for each in some] for some in found] == expected
    assert any(expected)
    assert not all(len(some) == len(words) for some, words in zip(expected, SENTENCES, strict=True))
