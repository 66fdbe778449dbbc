from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.schemes import SCHEMES, Entity, Scheme, continues
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


@every_scheme
@given(st.lists(sentence(), max_size=4))
def test_spans_are_the_entities_counted_through_the_text(
    scheme: Scheme, sentences: list[tuple[list[Entity], int]]
) -> None:
    tag_set = TagSet(scheme, LABELS)
    lengths = np.array([length for _, length in sentences], dtype=np.int64)
    spans = tag_set.decode(tag_set.encode([entities for entities, _ in sentences], lengths), lengths)
    expected, offset = [], 0
    for entities, length in sentences:
        for each in scheme.expressible(entities, length):
            expected.append((LABELS.index(each.label), offset + each.start, offset + each.end))
        offset += length
    assert list(zip(*(column.tolist() for column in spans), strict=True)) == expected


@every_scheme
@given(st.lists(sentence(), min_size=1, max_size=4), st.randoms())
def test_tag_numbers_do_not_depend_on_the_order_of_the_entities(
    scheme: Scheme, sentences: list[tuple[list[Entity], int]], random: Random
) -> None:
    tag_set = TagSet(scheme, LABELS)
    lengths = np.array([length for _, length in sentences], dtype=np.int64)
    shuffled = [random.sample(entities, len(entities)) for entities, _ in sentences]
    numbers = tag_set.encode(shuffled, lengths)
    assert numbers.tolist() == tag_set.encode([entities for entities, _ in sentences], lengths).tolist()


@every_scheme
@given(st.data())
def test_every_legal_sequence_is_written_again_as_it_was_read(scheme: Scheme, data: st.DataObject) -> None:
    """So no two legal sequences mean the same entities."""
    tag_set = TagSet(scheme, LABELS)
    lengths = np.array(data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    tags: list[int] = []
    for length in lengths.tolist():
        before = 0
        for left in range(length, 0, -1):
            after = np.flatnonzero(tag_set.allowed[before])
            if left == 1:
                after = after[tag_set.allowed[after, 0]]
            elif left == 2:
                after = after[tag_set.allowed[after] @ tag_set.allowed[:, 0]]
            before = data.draw(st.sampled_from(after.tolist()))
            tags.append(before)
    numbers = np.array(tags)
    assert tag_set.encode(tag_set.entities(numbers, lengths), lengths).tolist() == tags


@every_scheme
@pytest.mark.parametrize("count", [1, 31, 32, 63, 64, 127, 128, 200])
def test_many_labels_keep_their_numbers(scheme: Scheme, count: int) -> None:
    labels = [f"L{i}" for i in range(count)]
    tag_set = TagSet(scheme, labels)
    sentences = [[Entity(0, 1, label), Entity(1, 4, label)] for label in labels]
    lengths = np.full(count, 5)
    numbers = tag_set.encode(sentences, lengths)
    written = [tag for entities in sentences for tag in scheme.encode(entities, 5)]
    assert [tag_set.tags[number] for number in numbers.tolist()] == written
    assert tag_set.entities(numbers, lengths) == [scheme.expressible(each, 5) for each in sentences]


@every_scheme
def test_no_sentences_have_no_tags_and_no_entities(scheme: Scheme) -> None:
    tag_set = TagSet(scheme, LABELS)
    none = np.zeros(0, dtype=np.int64)
    numbers = tag_set.encode([], none)
    assert numbers.tolist() == []
    assert tag_set.entities(numbers, none) == []


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
            assert tag_set.continues[i, j] == continues(before, after)
