from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, IOBES, Entities

from wincls.corpus.schemes import (
    ALWAYS_ENDS,
    ALWAYS_STARTS,
    PREFIXES,
    READ_SCHEMES,
    SCHEMES,
    Entity,
    Scheme,
    decode,
    illegal_positions,
    split_tag,
)

TYPES = ("LOC", "creative-work")
EXACT = [scheme for scheme in READ_SCHEMES.values() if scheme.name != "IO"]  # those that lose nothing


def first_illegal(tags: Sequence[str], scheme: Scheme) -> int | None:
    return next(iter(illegal_positions(tags, scheme)), None)


def convert(tags: Sequence[str], scheme: Scheme) -> list[str]:
    return scheme.encode(decode(tags), len(tags))


def strict_entities(tags: Sequence[str], scheme: Scheme) -> list[Entity]:
    """The entities whose every tag is the one that the scheme writes."""
    illegal = illegal_positions(tags, scheme)
    return [each for each in decode(tags) if not any(each.start <= i < each.end for i in illegal)]


def named(scheme: Scheme) -> str:
    return scheme.name


every_scheme = pytest.mark.parametrize("scheme", READ_SCHEMES.values(), ids=named)
every_exact_scheme = pytest.mark.parametrize("scheme", EXACT, ids=named)


@st.composite
def annotated(draw: st.DrawFn) -> tuple[list[Entity], int]:
    """Entities that do not overlap, many of them side by side, and the length of their sentence."""
    found, end = [], 0
    for gap, length, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(TYPES)), max_size=6)
    ):
        found.append(Entity(end + gap, end + gap + length, label))
        end += gap + length
    return found, end + draw(st.integers(0, 2))


def tag_sequences(prefixes: str) -> st.SearchStrategy[list[str]]:
    """Any tags, legal or not."""
    tags = ["O", *(f"{prefix}-{label}" for prefix in prefixes for label in TYPES)]
    return st.lists(st.sampled_from(tags), max_size=12)


def all_legal_sequences(scheme: Scheme, length: int) -> list[tuple[str, ...]]:
    tags = scheme.tags(TYPES)
    return [each for each in product(tags, repeat=length) if first_illegal(each, scheme) is None]


# PER of one token, PER of two right after it, LOC of three.
@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("BIO", "B-PER B-PER I-PER O B-LOC I-LOC I-LOC O"),
        ("IOBES", "S-PER B-PER E-PER O B-LOC I-LOC E-LOC O"),
        ("BILOU", "U-PER B-PER L-PER O B-LOC I-LOC L-LOC O"),
        ("IOB1", "I-PER B-PER I-PER O I-LOC I-LOC I-LOC O"),
        ("IO", "I-PER I-PER I-PER O I-LOC I-LOC I-LOC O"),
        ("IOE1", "E-PER I-PER I-PER O I-LOC I-LOC I-LOC O"),
        ("IOE2", "E-PER I-PER E-PER O I-LOC I-LOC E-LOC O"),
        ("BMES", "S-PER B-PER E-PER O B-LOC M-LOC E-LOC O"),
        ("BMEWO", "W-PER B-PER E-PER O B-LOC M-LOC E-LOC O"),
        ("BIEWO", "W-PER B-PER E-PER O B-LOC I-LOC E-LOC O"),
    ],
)
def test_encode_by_example(name: str, tags: str) -> None:
    found = [Entity(0, 1, "PER"), Entity(1, 3, "PER"), Entity(4, 7, "LOC")]
    assert READ_SCHEMES[name].encode(found, 8) == tags.split()
    assert READ_SCHEMES[name].encode(found[::-1], 8) == tags.split()


def test_iob1_writes_b_only_between_neighbors_of_one_label() -> None:
    found = [Entity(0, 1, "PER"), Entity(1, 2, "LOC"), Entity(2, 3, "LOC"), Entity(4, 5, "LOC")]
    assert SCHEMES["IOB1"].encode(found, 5) == ["I-PER", "I-LOC", "B-LOC", "O", "I-LOC"]


@every_exact_scheme
@given(annotated())
def test_what_is_encoded_is_read_back(scheme: Scheme, sentence: tuple[list[Entity], int]) -> None:
    found, length = sentence
    tags = scheme.encode(found, length)
    assert len(tags) == length
    assert decode(tags) == found
    assert strict_entities(tags, scheme) == found
    assert first_illegal(tags, scheme) is None
    assert scheme.expressible(found, length) == found


@given(annotated())
def test_io_merges_neighbors_of_one_label(sentence: tuple[list[Entity], int]) -> None:
    found, length = sentence
    merged: list[Entity] = []
    for each in found:
        if merged and (merged[-1].label, merged[-1].end) == (each.label, each.start):
            merged[-1] = merged[-1]._replace(end=each.end)
        else:
            merged.append(each)
    tags = SCHEMES["IO"].encode(found, length)
    assert decode(tags) == merged
    assert SCHEMES["IO"].expressible(found, length) == merged
    assert strict_entities(tags, SCHEMES["IO"]) == merged


@every_exact_scheme
@given(annotated(), st.sampled_from(EXACT))
def test_converting_there_and_back_changes_nothing(
    scheme: Scheme, sentence: tuple[list[Entity], int], other: Scheme
) -> None:
    tags = scheme.encode(*sentence)
    assert convert(convert(tags, other), scheme) == tags


@every_scheme
def test_may_follow_allows_what_encode_writes_and_nothing_else(scheme: Scheme) -> None:
    written = {
        move
        for length in range(1, 5)
        for tags in all_legal_sequences(scheme, length)
        for move in zip(("O", *tags), (*tags, "O"), strict=True)
    }
    tags = scheme.tags(TYPES)
    assert {move for move in product(tags, tags) if scheme.may_follow(*move)} == written


@every_scheme
def test_a_tag_sequence_of_legal_moves_is_legal(scheme: Scheme) -> None:
    """Which is what lets the decoder look at two tags at a time."""
    tags = scheme.tags(TYPES)
    for length in (1, 2, 3):
        by_moves = [
            each
            for each in product(tags, repeat=length)
            if all(map(scheme.may_follow, ("O", *each), (*each, "O")))
        ]
        assert by_moves == all_legal_sequences(scheme, length)


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("BIO", "O B-X I-X B-Y I-Y"),
        ("IOBES", "O S-X B-X I-X E-X S-Y B-Y I-Y E-Y"),
        ("BILOU", "O U-X B-X I-X L-X U-Y B-Y I-Y L-Y"),
        ("IOB1", "O I-X B-X I-Y B-Y"),
        ("IO", "O I-X I-Y"),
    ],
)
def test_tags_of_a_scheme_go_label_by_label(name: str, tags: str) -> None:
    assert READ_SCHEMES[name].tags(["X", "Y"]) == tags.split()


def test_a_label_may_have_hyphens() -> None:
    assert split_tag("B-creative-work") == ("B", "creative-work")
    assert split_tag("O") == ("O", "")


# What conlleval says, worked out by hand; and what is left if tags have to be as the scheme writes them.
CONLLEVAL = [
    # scheme, tags, read leniently, read strictly
    ("BIO", "", "", ""),
    ("BIO", "O O", "", ""),
    ("BIO", "B-A I-A O", "A:0-2", "A:0-2"),
    ("BIO", "O B-A", "A:1-2", "A:1-2"),
    ("BIO", "I-A", "A:0-1", ""),
    ("BIO", "O I-A I-A", "A:1-3", ""),
    ("BIO", "B-A O I-A", "A:0-1 A:2-3", "A:0-1"),
    ("BIO", "B-A I-B", "A:0-1 B:1-2", "A:0-1"),
    ("BIO", "B-A I-A I-B I-B", "A:0-2 B:2-4", "A:0-2"),
    ("BIO", "B-A I-B I-A", "A:0-1 B:1-2 A:2-3", "A:0-1"),
    ("BIO", "B-A B-A", "A:0-1 A:1-2", "A:0-1 A:1-2"),
    ("BIO", "B-A B-B", "A:0-1 B:1-2", "A:0-1 B:1-2"),
    ("BIO", "I-A B-A", "A:0-1 A:1-2", "A:1-2"),
    ("BIO", "B-A I-A B-A I-A", "A:0-2 A:2-4", "A:0-2 A:2-4"),
    ("IOB1", "I-A I-A B-A I-A", "A:0-2 A:2-4", "A:0-2 A:2-4"),
    ("IOB1", "O B-A", "A:1-2", ""),
    ("IOB1", "I-A B-B", "A:0-1 B:1-2", "A:0-1"),
    ("IOBES", "B-A I-A E-A S-A", "A:0-3 A:3-4", "A:0-3 A:3-4"),
    ("IOBES", "S-A S-A", "A:0-1 A:1-2", "A:0-1 A:1-2"),
    ("IOBES", "B-A I-A", "A:0-2", ""),
    ("IOBES", "B-A", "A:0-1", ""),
    ("IOBES", "E-A", "A:0-1", ""),
    ("IOBES", "I-A E-A", "A:0-2", ""),
    ("IOBES", "E-A E-A", "A:0-1 A:1-2", ""),
    ("IOBES", "S-A I-A", "A:0-1 A:1-2", "A:0-1"),
    ("IOBES", "S-A E-A", "A:0-1 A:1-2", "A:0-1"),
    ("IOBES", "B-A E-A I-A", "A:0-2 A:2-3", "A:0-2"),
    ("IOBES", "B-A S-A", "A:0-1 A:1-2", "A:1-2"),
    ("IOBES", "B-A E-B", "A:0-1 B:1-2", ""),
    ("IOBES", "B-A B-A E-A", "A:0-1 A:1-3", "A:1-3"),
    ("BILOU", "B-A I-A L-A U-B", "A:0-3 B:3-4", "A:0-3 B:3-4"),
    ("BILOU", "L-A U-A L-A", "A:0-1 A:1-2 A:2-3", "A:1-2"),
    ("BILOU", "B-A U-A", "A:0-1 A:1-2", "A:1-2"),
    ("BILOU", "B-A L-A L-A", "A:0-2 A:2-3", "A:0-2"),
    ("BILOU", "U-A I-A", "A:0-1 A:1-2", "A:0-1"),
    ("BMES", "B-A M-A E-A S-A", "A:0-3 A:3-4", "A:0-3 A:3-4"),
    ("BMES", "M-A E-A S-A M-A", "A:0-2 A:2-3 A:3-4", "A:2-3"),
    ("BMEWO", "W-A W-A B-A", "A:0-1 A:1-2 A:2-3", "A:0-1 A:1-2"),
    ("IOE1", "I-A E-A I-A O I-A", "A:0-2 A:2-3 A:4-5", "A:0-2 A:2-3 A:4-5"),
    ("IOE1", "I-A E-A O", "A:0-2", ""),
    ("IOE2", "I-A E-A E-A", "A:0-2 A:2-3", "A:0-2 A:2-3"),
    ("IOE2", "I-A I-A O E-A", "A:0-2 A:3-4", "A:3-4"),
    ("IO", "I-A I-A O I-A I-B", "A:0-2 A:3-4 B:4-5", "A:0-2 A:3-4 B:4-5"),
]


@pytest.mark.parametrize(("name", "tags", "lenient", "strict"), CONLLEVAL)
def test_conlleval_by_example(name: str, tags: str, lenient: str, strict: str) -> None:
    def shown(found: list[Entity]) -> str:
        return " ".join(f"{each.label}:{each.start}-{each.end}" for each in found)

    assert shown(decode(tags.split())) == lenient
    assert shown(strict_entities(tags.split(), READ_SCHEMES[name])) == strict


@given(tag_sequences("BIESLU"))
def test_any_tag_sequence_is_read_as_entities_that_cover_it(tags: list[str]) -> None:
    covered = ["O"] * len(tags)
    end = 0
    for each in decode(tags):
        assert end <= each.start < each.end
        end = each.end
        covered[each.start : each.end] = [each.label] * (each.end - each.start)
    assert covered == [split_tag(tag)[1] or "O" for tag in tags]


@given(tag_sequences("BIES"))
def test_bilou_is_iobes_with_other_letters(tags: list[str]) -> None:
    letters = {"E": "L", "S": "U"}
    renamed = [letters.get(tag[0], tag[0]) + tag[1:] for tag in tags]
    assert decode(renamed) == decode(tags)
    assert strict_entities(renamed, SCHEMES["BILOU"]) == strict_entities(tags, SCHEMES["IOBES"])


@every_scheme
@given(tag_sequences("BIESLU"))
def test_strict_entities_are_among_the_lenient_ones(scheme: Scheme, tags: list[str]) -> None:
    strict, lenient = strict_entities(tags, scheme), decode(tags)
    assert set(strict) <= set(lenient)
    assert (strict == lenient) == (first_illegal(tags, scheme) is None)


@given(tag_sequences("BIES"))
def test_the_lenient_reading_is_that_of_seqeval(tags: list[str]) -> None:
    expected = [(first, last + 1, label) for label, first, last in get_entities(tags)]
    assert [tuple(each) for each in decode(tags)] == expected


@pytest.mark.parametrize(("name", "theirs", "prefixes"), [("BIO", IOB2, "BI"), ("IOBES", IOBES, "BIES")])
@given(st.data())
def test_the_strict_reading_is_that_of_seqeval(
    name: str, theirs: type, prefixes: str, data: st.DataObject
) -> None:
    tags = data.draw(tag_sequences(prefixes))
    expected = [(each.start, each.end, each.tag) for each in Entities([tags], theirs).entities[0]]
    assert [tuple(each) for each in strict_entities(tags, SCHEMES[name])] == expected


@pytest.mark.parametrize(
    ("name", "tags", "place"),
    [
        ("BIO", "O B-A I-A B-A", None),
        ("BIO", "B-A O I-A", 2),
        ("BIO", "B-A I-B", 1),
        ("IOB1", "I-A B-A", None),
        ("IOB1", "I-A O B-A", 2),
        ("IOBES", "O E-A", 1),
        ("IOBES", "S-A I-A E-A", 1),
    ],
)
def test_the_first_illegal_tag_is_found(name: str, tags: str, place: int | None) -> None:
    assert first_illegal(tags.split(), SCHEMES[name]) == place


@pytest.mark.parametrize(
    ("name", "tags", "positions"),
    [
        ("BIO", "O B-A I-A", []),
        ("BIO", "I-A O I-B I-B", [0, 2]),
        ("IOB1", "B-A O B-A B-A", [0, 2]),
        ("IOBES", "E-A O B-A I-A", [0, 3]),
        ("IOBES", "S-A E-A I-B B-B", [1, 2, 3]),
        ("IO", "B-A I-A", [0]),
    ],
)
def test_all_illegal_tags_are_found(name: str, tags: str, positions: list[int]) -> None:
    assert illegal_positions(tags.split(), SCHEMES[name]) == positions


def test_all_prefixes_are_known() -> None:
    assert frozenset("OBIESLUMW") == PREFIXES


def test_which_prefixes_always_start_or_end_an_entity_follows_from_the_tables() -> None:
    assert frozenset("BSUW") == ALWAYS_STARTS
    assert frozenset("SUELW") == ALWAYS_ENDS
