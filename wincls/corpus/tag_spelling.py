"""How tags are spelled: other separators, prefixes after the label, no labels, BMES, bare labels.

Tags are brought into the one form "B-LOC" before they are decoded. A spelling has to hold for all tags of a
file, so that a corpus is never read as something that it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from wincls.corpus.schemes import OUTSIDE, PREFIXES, SCHEMES
from wincls.errors import DataError

UNTYPED = "ENTITY"
"""The label of tags without one."""

_OUTSIDE = frozenset(("o", "0", "_", "-", "*"))  # other spellings of O
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_SEPARATORS = f"{_HYPHENS}_/.:|"
_LETTERS = "BIESLUMW"
_FIRST = re.compile(rf"([{_LETTERS}])([{re.escape(_SEPARATORS)}])(.+)", re.DOTALL)
_LAST = re.compile(rf"(.+)([{re.escape(_SEPARATORS)}])([{_LETTERS}])", re.DOTALL)


class Spelling(NamedTuple):
    """How the tags of a file are read.

    tags: the canonical form of each tag.
    notes: what was guessed, by tag; the first place of such a tag is where the note is put.
    """

    tags: dict[str, str]
    notes: dict[str, str]


def find_spelling(
    seen: Mapping[str, object], scheme: str, first_places: Mapping[str, str], path: str
) -> Spelling:
    """The spelling of a file's tags.

    seen: the distinct tags.
    scheme: the scheme asked for, or "auto".
    first_places: file:line of the first of each tag.

    Raises DataError if the tags are of no one spelling.
    """
    others = {tag for tag in seen if tag != OUTSIDE}
    prefixed = {tag: match for tag in others if (match := _FIRST.fullmatch(tag))}
    suffixed = {tag: match for tag in others if (match := _LAST.fullmatch(tag))}
    outside = {tag for tag in others if tag in _OUTSIDE}
    rest = others - outside
    allowed = PREFIXES if scheme == "auto" else frozenset(SCHEMES[scheme].moves)
    is_bare = not rest or not (outside or prefixed or rest & set(_LETTERS))
    if others and is_bare and OUTSIDE not in seen and scheme in ("auto", "IO"):
        raise DataError(f"{path}: no tag is O, so these cannot be entity tags; check data.tag_column")
    if not rest:
        return Spelling(dict.fromkeys(outside, OUTSIDE), _outside_notes(outside))
    if scheme == "IO" and any(not tag.startswith("I-") for tag in rest):
        return _bare(others)
    parts: dict[str, tuple[str, str, str]] = {}
    is_last = False
    if rest <= prefixed.keys():
        parts = {tag: (match[1], match[2], match[3]) for tag, match in prefixed.items()}
    elif rest <= suffixed.keys() and any(suffixed[tag][3] == "B" for tag in rest):
        parts, is_last = {tag: (match[3], match[2], match[1]) for tag, match in suffixed.items()}, True
    if parts and all(_canonical(prefix) in allowed for prefix, _, _ in parts.values()):
        return _with_prefixes(parts, outside, is_last)
    if rest <= set(_LETTERS) and {_canonical(tag) for tag in rest} <= allowed:
        tags = {tag: f"{_canonical(tag)}-{UNTYPED}" for tag in rest} | dict.fromkeys(outside, OUTSIDE)
        notes = dict.fromkeys(rest, f"tag without a type read as one of type {UNTYPED}")
        return Spelling(tags, notes | _outside_notes(outside))
    if any(tag in prefixed or tag in _LETTERS for tag in rest) or scheme not in ("auto", "IO"):
        fitting = {
            tag for tag, match in prefixed.items() if match[2] == "-" and _canonical(match[1]) in allowed
        }
        wrong = min(rest - fitting or rest, key=lambda tag: _line(first_places[tag]))
        raise DataError(
            f"{first_places[wrong]}: unknown tag '{wrong}'; a tag is O or one of the prefixes "
            f"{', '.join(sorted(allowed - {OUTSIDE}))}, a hyphen and a label, as B-LOC"
            "; check data.tag_column and data.scheme (IO, if these are types)"
        )
    return _bare(others)


def _with_prefixes(
    parts: dict[str, tuple[str, str, str]], outside: set[str], is_last: bool = False
) -> Spelling:
    """parts: prefix, separator and label of each tag; is_last: whether the prefix is written last."""
    tags = {tag: f"{_canonical(prefix)}-{label}" for tag, (prefix, _, label) in parts.items()}
    notes = {}
    for tag, (_, separator, _) in parts.items():
        if is_last:
            notes[tag] = "tag with its prefix after the type, as PER-B, read as B-PER"
        elif separator != "-":
            notes[tag] = f"tag with the separator {_named(separator)} read as with a hyphen"
    return Spelling(tags | dict.fromkeys(outside, OUTSIDE), notes | _outside_notes(outside))


def _outside_notes(outside: set[str]) -> dict[str, str]:
    return {tag: f"tag '{tag}' read as O" for tag in outside}


def _bare(tags: set[str]) -> Spelling:
    """Bare types are read as IO; what may be a slip is noted."""
    by_case: dict[str, list[str]] = {}
    for tag in sorted(tags):
        by_case.setdefault(tag.casefold(), []).append(tag)
    notes = {tag: f"type '{tag}' looks like O" for tag in tags if tag in _OUTSIDE}
    for variants in by_case.values():
        for tag in variants[1:]:
            notes[tag] = f"type '{tag}' differs from '{variants[0]}' only in case"
    return Spelling({tag: f"I-{tag.removeprefix('I-')}" for tag in tags}, notes)


def _line(place: str) -> int:
    """The line number of a place."""
    return int(place.rpartition(":")[2])


def _canonical(prefix: str) -> str:
    return {"W": "S"}.get(prefix, prefix)


def _named(separator: str) -> str:
    return f"U+{ord(separator):04X}" if ord(separator) > 127 else f"'{separator}'"
