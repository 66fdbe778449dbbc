"""Tag schemes: between the tags of a sentence and its entities.

A tag is "O" or a prefix, a hyphen and an entity type ("B-LOC", "I-creative-work"). A scheme is a
table: the prefix of an entity's only, first, middle and last token, and which prefix may follow
which (Sang and Veenstra 1999; Ratinov and Roth 2009). A new scheme is one entry in SCHEMES.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

OUTSIDE = "O"


class Entity(NamedTuple):
    """An entity of a sentence: its type, its first token, and the token after its last."""

    type: str
    start: int
    end: int


@dataclass(frozen=True)
class Scheme:
    """A tag scheme.

    single, first, inner, last: prefixes of an entity's only, first, middle and last token.
    moves: for each prefix (and "O") the prefixes that may follow it whatever their type, and
    those that may follow it only with the same type. A sentence begins and ends as if behind and
    before "O". adjacent: the first prefix right behind an entity of the same type (IOB1 only).
    """

    name: str
    single: str
    first: str
    inner: str
    last: str
    moves: dict[str, tuple[str, str]]
    adjacent: str = ""

    def encode(self, entities: Iterable[Entity], length: int) -> list[str]:
        """The tags of a sentence of `length` tokens that holds `entities`, which must not overlap.

        IO cannot tell two adjacent entities of one type from one; they merge.
        """
        tags = [OUTSIDE] * length
        before = Entity("", 0, 0)
        for entity in sorted(entities, key=lambda each: each.start):
            middle = entity.end - entity.start - 2
            prefixes = [self.first, *[self.inner] * middle, self.last] if middle >= 0 else [self.single]
            if self.adjacent and before.end == entity.start and before.type == entity.type:
                prefixes[0] = self.adjacent
            tags[entity.start : entity.end] = [f"{prefix}-{entity.type}" for prefix in prefixes]
            before = entity
        return tags

    def may_follow(self, before: str, after: str) -> bool:
        """Whether the tag `after` may stand right behind the tag `before`."""
        prefix, kind = split_tag(before)
        next_prefix, next_kind = split_tag(after)
        any_type, same_type = self.moves[prefix]
        return next_prefix in any_type or (next_prefix in same_type and kind == next_kind)

    def tags(self, types: Iterable[str]) -> list[str]:
        """O, then every other tag of the scheme for the given types, type by type."""
        return [
            OUTSIDE,
            *(f"{prefix}-{kind}" for kind in types for prefix in self.moves if prefix != OUTSIDE),
        ]


SCHEMES: dict[str, Scheme] = {
    "BIO": Scheme(
        "BIO", "B", "B", "I", "I", {"O": ("OB", ""), "B": ("OB", "I"), "I": ("OB", "I")}
    ),
    "IOBES": Scheme(
        "IOBES", "S", "B", "I", "E",
        {"O": ("OBS", ""), "S": ("OBS", ""), "B": ("", "IE"), "I": ("", "IE"), "E": ("OBS", "")},
    ),
    "BILOU": Scheme(
        "BILOU", "U", "B", "I", "L",
        {"O": ("OBU", ""), "U": ("OBU", ""), "B": ("", "IL"), "I": ("", "IL"), "L": ("OBU", "")},
    ),
    "IOB1": Scheme(
        "IOB1", "I", "I", "I", "I", {"O": ("OI", ""), "I": ("OI", "B"), "B": ("OI", "B")}, "B"
    ),
    "IO": Scheme("IO", "I", "I", "I", "I", {"O": ("OI", ""), "I": ("OI", "")}),
}  # fmt: skip

PREFIXES = frozenset("".join("".join(scheme.moves) for scheme in SCHEMES.values()))


def split_tag(tag: str) -> tuple[str, str]:
    """("B", "LOC") of "B-LOC"; ("O", "") of "O"."""
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a tagging as conlleval reads it: leniently, in whatever scheme.

    An entity ends before O, before another type, before B, S or U, and after E, S, L or U;
    whatever else is not O goes on or, with nothing open, begins. So illegal tags still count.
    """
    found: list[Entity] = []
    start, kind = 0, ""  # the open entity; no type means that none is open
    for i, tag in enumerate(tags):
        if tag == OUTSIDE:
            if kind:
                found.append(Entity(kind, start, i))
                kind = ""
            continue
        prefix, next_kind = split_tag(tag)
        if next_kind != kind or prefix in "BSU":
            if kind:
                found.append(Entity(kind, start, i))
            start, kind = i, next_kind
        if prefix in "ESLU":
            found.append(Entity(kind, start, i + 1))
            kind = ""
    if kind:
        found.append(Entity(kind, start, len(tags)))
    return found


def strict_entities(tags: Sequence[str], scheme: Scheme) -> list[Entity]:
    """Only the entities whose every tag is the one that the scheme writes."""
    found = entities(tags)
    expected = scheme.encode(found, len(tags))
    return [each for each in found if expected[each.start : each.end] == list(tags[each.start : each.end])]


def first_illegal(tags: Sequence[str], scheme: Scheme) -> int | None:
    """The first token whose tag is not the one that the scheme writes there, or None."""
    expected = scheme.encode(entities(tags), len(tags))
    return next((i for i, tag in enumerate(tags) if tag != expected[i]), None)


def convert(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """The same entities, written in `scheme`."""
    return scheme.encode(entities(tags), len(tags))
