from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.schemes import SCHEMES, Entity, Scheme
from wincls.corpus.tag_set import TagSet

LABELS = ("LOC", "creative-work")
every_scheme = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.name)


@st.composite
def sentence(draw: st.DrawFn) -> tuple[list[Entity], int]:
    """Entities that do not overlap, many of them side by side, and the length of their sentence."""
    found, end = [], 0
    for gap, length, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(LABELS)), max_size=6)
    ):
        found.append(Entity(end + gap, end + gap + length, label))
        end += gap + length
    return found, end + draw(st.integers(0 if end else 1, 2))


@every_scheme
@given(st.lists(sentence(), max_size=4))
def test_tag_numbers_are_those_of_the_tags_that_the_scheme_writes(
    scheme: Scheme, sentences: list[tuple[list[Entity], int]]
) -> None:
    tag_set = TagSet(scheme, LABELS)
    lengths = np.array([length for _, length in sentences], dtype=np.int64)
    numbers = tag_set.encode([entities for entities, _ in sentences], lengths)
    written = [tag for entities, length in sentences for tag in scheme.encode(entities, length)]
    assert [tag_set.tags[number] for number in numbers.tolist()] == written


@every_scheme
@given(st.lists(sentence(), max_size=4))
def test_tag_numbers_are_read_back_as_the_entities_that_the_scheme_can_express(
    scheme: Scheme, sentences: list[tuple[list[Entity], int]]
) -> None:
    tag_set = TagSet(scheme, LABELS)
    lengths = np.array([length for _, length in sentences], dtype=np.int64)
    numbers = tag_set.encode([entities for entities, _ in sentences], lengths)
    assert tag_set.entities(numbers, lengths) == [
        scheme.expressible(entities, length) for entities, length in sentences
    ]


def test_entities_at_a_sentence_end_are_not_adjacent_to_the_next_sentence() -> None:
    tag_set = TagSet(SCHEMES["IOB1"], LABELS)
    one = [Entity(0, 1, "LOC")]
    numbers = tag_set.encode([one, one, [Entity(0, 1, "LOC"), Entity(1, 2, "LOC")]], np.array([1, 1, 2]))
    assert [tag_set.tags[number] for number in numbers] == ["I-LOC", "I-LOC", "I-LOC", "B-LOC"]


@every_scheme
def test_tables_follow_the_scheme(scheme: Scheme) -> None:
    tag_set = TagSet(scheme, LABELS)
    assert len(tag_set) == len(scheme.tags(LABELS))
    assert tag_set.type_ids[0] == 0 and set(tag_set.type_ids) == {0, 1, 2}
    for i, before in enumerate(tag_set.tags):
        for j, after in enumerate(tag_set.tags):
            assert tag_set.allowed[i, j] == scheme.may_follow(before, after)
