"""Suspected annotation errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wincls.analysis.suspects import Suspect, differences, find_suspects, kind_of
from wincls.arrays import Array
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.corpus.tag_set import TagSet
from wincls.tagger.decoding import Decoder

TAGS = TagSet(SCHEMES["BIO"], ["LOC", "PER"])  # O, B-LOC, I-LOC, B-PER, I-PER
DECODER = Decoder(TAGS)


def log_p(*rows: dict[str, float]) -> Array:
    """The tags that a row does not name share the rest of its probability."""
    p = np.empty((len(rows), len(TAGS)))
    for i, row in enumerate(rows):
        p[i] = (1 - sum(row.values())) / (len(TAGS) - len(row))
        for tag, value in row.items():
            p[i, TAGS.tags.index(tag)] = value
    return np.log(p)


def suspects_in(p: Array, *gold: Entity) -> list[Suspect]:
    return find_suspects(p, [gold], np.array([len(p)]), DECODER)


def test_the_score_is_the_mean_log_ratio_of_the_tokens_whose_tags_differ() -> None:
    p = log_p({"B-PER": 0.8, "B-LOC": 0.1}, {"I-PER": 0.6, "I-LOC": 0.2}, {"O": 0.9})
    loc, per = Entity(0, 2, "LOC"), Entity(0, 2, "PER")
    (found,) = suspects_in(p, loc)
    assert found[:4] == (0, "type", (loc,), (per,))
    assert found.score == pytest.approx((math.log(8) + math.log(3)) / 2)


def test_a_missing_entity_is_suspected_and_a_right_one_is_not() -> None:
    p = log_p({"B-PER": 0.8, "O": 0.1}, {"O": 0.9}, {"B-LOC": 0.9})
    (found,) = suspects_in(p, Entity(2, 3, "LOC"))
    assert found == Suspect(0, "missing", (), (Entity(0, 1, "PER"),), pytest.approx(math.log(8)))


def test_an_entity_of_which_nothing_is_found_needs_more_evidence() -> None:
    likely = log_p({"O": 0.9, "B-LOC": 0.02})
    sure = log_p({"O": 0.9999, "B-LOC": 0.00001})
    loc = Entity(0, 1, "LOC")
    assert suspects_in(likely, loc) == []
    (found,) = suspects_in(sure, loc)
    assert (found.kind, found.suggested) == ("spurious", ())
    assert found.score == pytest.approx(math.log(0.9999 / 0.00001) - 5)


def test_another_type_is_suggested_even_if_no_entity_is_more_probable_still() -> None:
    p = log_p({"O": 0.6, "B-PER": 0.3, "B-LOC": 0.01})
    (found,) = suspects_in(p, Entity(0, 1, "LOC"))
    assert found == Suspect(0, "type", (Entity(0, 1, "LOC"),), (Entity(0, 1, "PER"),), found.score)
    assert found.score == pytest.approx(math.log(30))


def test_one_suspect_for_each_place_and_numbers_of_sentences() -> None:
    p = log_p({"O": 0.9}, {"B-PER": 0.9}, {"B-LOC": 0.6, "B-PER": 0.3})
    found = find_suspects(p, [[], [], [Entity(0, 1, "PER")]], np.array([1, 1, 1]), DECODER)
    assert [(each.sentence, each.kind) for each in found] == [(1, "missing"), (2, "type")]


def test_types_that_the_models_do_not_know_are_left_out() -> None:
    assert suspects_in(log_p({"B-PER": 0.9}), Entity(0, 1, "NEW")) == []


def test_entities_that_differ_are_grouped_by_overlap() -> None:
    same, long, short, far = Entity(0, 1, "A"), Entity(2, 6, "A"), Entity(2, 3, "A"), Entity(8, 9, "B")
    other = Entity(4, 7, "B")
    assert differences([same, long, far], [same, short, other]) == [((long,), (short, other)), ((far,), ())]


@pytest.mark.parametrize(
    ("annotated", "suggested", "kind"),
    [
        ([], [Entity(0, 1, "A")], "missing"),
        ([Entity(0, 1, "A")], [], "spurious"),
        ([Entity(0, 1, "A")], [Entity(0, 1, "B")], "type"),
        ([Entity(0, 3, "A")], [Entity(0, 1, "A"), Entity(2, 3, "A")], "boundary"),
        ([Entity(0, 3, "A")], [Entity(0, 2, "B")], "boundary and type"),
    ],
)
def test_kinds(annotated: list[Entity], suggested: list[Entity], kind: str) -> None:
    assert kind_of(annotated, suggested) == kind
