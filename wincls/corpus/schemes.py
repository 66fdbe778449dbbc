"""Tag schemes: between the tags of a sentence and its entities.

A tag is "O" or a prefix, a hyphen and an entity label ("B-LOC", "I-creative-work"). A scheme is a
table: the prefix of an entity's only, first, middle and last token, and which prefix may follow which
(Sang and Veenstra 1999; Ratinov and Roth 2009). A new scheme is one entry in SCHEMES, or in READ_SCHEMES
if it is only for reading files; all that is known of prefixes elsewhere is derived from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

OUTSIDE = "O"


class Entity(NamedTuple):
    """An entity of a sentence: its first token, the token after its last, and its label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Scheme:
    """A tag scheme.

    single, first, inner, last: prefixes of an entity's only, first, middle and last token.
    moves: for each prefix (and "O") the prefixes that may follow it whatever their label, and those
        that may follow it only with the same label. A sentence starts and ends as if after and
        before "O".
    adjacent: the first prefix right after an entity of the same label (IOB1 only).
    before_adjacent: the last prefix right before an entity of the same label (IOE1 only).
    """

    name: str
    single: str
    first: str
    inner: str
    last: str
    moves: dict[str, tuple[str, str]]
    adjacent: str = ""
    before_adjacent: str = ""

    def encode(self, entities: Iterable[Entity], length: int) -> list[str]:
        """The tags of a sentence of `length` tokens that holds `entities`, which must not overlap.

        IO cannot tell two adjacent entities of one label from one; they merge.
        """
        tags = [OUTSIDE] * length
        before = Entity(0, 0, "")
        for entity in sorted(entities):
            middle = entity.end - entity.start - 2
            prefixes = [self.first, *[self.inner] * middle, self.last] if middle >= 0 else [self.single]
            if before.end == entity.start and before.label == entity.label:
                prefixes[0] = self.adjacent or prefixes[0]
                if self.before_adjacent:
                    tags[before.end - 1] = f"{self.before_adjacent}-{before.label}"
            tags[entity.start : entity.end] = [f"{prefix}-{entity.label}" for prefix in prefixes]
            before = entity
        return tags

    def expressible(self, entities: Sequence[Entity], length: int) -> list[Entity]:
        """The entities as the scheme can write them: in IO, adjacent ones of one label merge."""
        if self.adjacent or self.before_adjacent or self.first != self.inner:
            return list(entities)
        return decode(self.encode(entities, length))

    def may_follow(self, before: str, after: str) -> bool:
        """Whether the tag `after` may come right after the tag `before`."""
        prefix, label = split_tag(before)
        next_prefix, next_label = split_tag(after)
        any_label, same_label = self.moves[prefix]
        return next_prefix in any_label or (next_prefix in same_label and label == next_label)

    def tags(self, labels: Iterable[str]) -> list[str]:
        """O, then every other tag of the scheme for the given labels, label by label."""
        prefixes = [prefix for prefix in self.moves if prefix != OUTSIDE]
        return [OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in prefixes)]


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
"""Schemes that a scorer can use; files too."""


def _five(name: str, single: str, first: str, inner: str, last: str) -> Scheme:
    """A scheme with a prefix of its own for each of the four places."""
    closed, opened = (f"O{first}{single}", ""), ("", f"{inner}{last}")
    return Scheme(
        name, single, first, inner, last,
        {"O": closed, single: closed, first: opened, inner: opened, last: closed},
    )  # fmt: skip


READ_SCHEMES: dict[str, Scheme] = SCHEMES | {
    "IOE1": Scheme(
        "IOE1", "I", "I", "I", "I",
        {"O": ("OIE", ""), "I": ("OIE", ""), "E": ("", "IE")}, before_adjacent="E",
    ),
    "IOE2": Scheme(
        "IOE2", "E", "I", "I", "E", {"O": ("OIE", ""), "I": ("", "IE"), "E": ("OIE", "")}
    ),
    "BMES": _five("BMES", "S", "B", "M", "E"),
    "BMEWO": _five("BMEWO", "W", "B", "M", "E"),
    "BIEWO": _five("BIEWO", "W", "B", "I", "E"),
}  # fmt: skip
"""Schemes that a file can be in."""

PREFIXES = frozenset(prefix for scheme in READ_SCHEMES.values() for prefix in scheme.moves)


def _prefixes(*fields: str) -> set[str]:
    return {getattr(scheme, field) for scheme in READ_SCHEMES.values() for field in fields} - {""}


ALWAYS_STARTS = frozenset(_prefixes("single", "first", "adjacent") - _prefixes("inner", "last"))
"""Prefixes with which an entity starts in every scheme that has them."""
ALWAYS_ENDS = frozenset(_prefixes("single", "last", "before_adjacent") - _prefixes("first", "inner"))
"""Prefixes with which an entity ends in every scheme that has them."""
_INNER = frozenset(_prefixes("inner"))


@lru_cache(maxsize=1 << 12)
def split_tag(tag: str) -> tuple[str, str]:
    """("B", "LOC") of "B-LOC"; ("O", "") of "O"."""
    prefix, _, label = tag.partition("-")
    return prefix, label


def continues(before: str, after: str) -> bool:
    """Whether the second of two neighboring tags belongs to the same entity as the first."""
    (prefix, label), (next_prefix, next_label) = split_tag(before), split_tag(after)
    same = bool(label) and label == next_label
    return same and prefix not in ALWAYS_ENDS and next_prefix not in ALWAYS_STARTS


def is_inner(before: str, tag: str) -> bool:
    """Whether a tag goes on with the entity of the tag before and, in every scheme, does not end it."""
    return split_tag(tag)[0] in _INNER and continues(before, tag)


def decode(tags: Sequence[str]) -> list[Entity]:
    """The entities of a tag sequence as conlleval reads it: leniently, in whatever scheme.

    An entity ends before O, before another label, before a prefix that always starts an entity, and
    after one that always ends it. Any other tag but O continues the open entity or, if none is open,
    starts one. So illegal tags still count.
    """
    found: list[Entity] = []
    start, open_label = 0, ""  # of the open entity; no label means that none is open
    for i, tag in enumerate(tags):
        if tag == OUTSIDE:
            if open_label:
                found.append(Entity(start, i, open_label))
                open_label = ""
            continue
        prefix, label = split_tag(tag)
        if label != open_label or prefix in ALWAYS_STARTS:
            if open_label:
                found.append(Entity(start, i, open_label))
            start, open_label = i, label
        if prefix in ALWAYS_ENDS:
            found.append(Entity(start, i + 1, open_label))
            open_label = ""
    if open_label:
        found.append(Entity(start, len(tags), open_label))
    return found


def illegal_positions(tags: Sequence[str], scheme: Scheme) -> list[int]:
    """The tokens whose tag is not the one that the scheme writes there."""
    expected = scheme.encode(decode(tags), len(tags))
    return [i for i, (tag, right) in enumerate(zip(tags, expected, strict=True)) if tag != right]
