"""Tags as they are spelled in the wild, and as schemes write them: "B_PER", "PER-B", "b-PER", "B", "0".

A spelling is accepted only if all tags of a file have it, so that labels are never taken for prefixes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from wincls.corpus.schemes import OUTSIDE, PREFIXES
from wincls.visible import shorten

UNTYPED = "ENTITY"
"""The label of entities whose tags have a prefix and no label."""

_LETTERS = "".join(sorted(PREFIXES - {OUTSIDE}))
_SEPARATORS = r"\-_/.:|#+=~@ \u00ad\u2010-\u2015\u2212\uff0d\ufe63"
_CANONICAL = re.compile(rf"[{_LETTERS}]-.+", re.DOTALL)
_PREFIXED = re.compile(rf"([{_LETTERS}])([{_SEPARATORS}])(.+)", re.DOTALL | re.IGNORECASE)
_SUFFIXED = re.compile(rf"(.+)([{_SEPARATORS}])([{_LETTERS}])", re.DOTALL | re.IGNORECASE)
_GLUED = re.compile(rf"([{_LETTERS}])(\w.*)", re.DOTALL)
_BARE = re.compile(rf"([{_LETTERS}])[{_SEPARATORS}]?", re.IGNORECASE)
_LAYERS = re.compile(rf"(O|[{_LETTERS}]-[^|;+,]+)(?:[|;+,](?:O|[{_LETTERS}]-[^|;+,]+))+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
_TWINS = str.maketrans("\u0412\u0406\u0415\u0405\u041c\u041e\u0392\u0399\u0395\u039c\u039f", "BIESMOBIEMO")
_LIKE_OUTSIDE = ("o", "0", "\uff2f", "\u25cb", "\u3007")
_FOR_OUTSIDE = ("_", "-", "*", "OTHER", "OUT", "OUTSIDE", "NONE", "NULL")


class Spelling(NamedTuple):
    """How the tags of a file are read.

    canonical: for each tag, "O" or a prefix, a hyphen and a label.
    scheme: the scheme that follows from the spelling; "" if it is open.
    notes: what was changed, each with the tags that it was done to.
    unknown: tags that cannot be read.
    why: they cannot.
    """

    canonical: dict[str, str]
    scheme: str = ""
    notes: tuple[tuple[str, frozenset[str]], ...] = ()
    unknown: frozenset[str] = frozenset()
    why: str = ""


def spell(tags: Iterable[str], scheme: str = "auto") -> Spelling:
    """Find out how tags are spelled; tags: the distinct ones of a file."""
    seen = frozenset(tags)
    if all(tag == OUTSIDE or _CANONICAL.fullmatch(tag) for tag in seen) and not any(
        "," in tag or "|" in tag or ";" in tag or "+" in tag for tag in seen
    ):
        return Spelling({tag: tag for tag in seen})
    changed: defaultdict[str, set[str]] = defaultdict(set)
    clean = {tag: _cleaned(tag, changed) for tag in seen}
    _find_outside(clean, changed)
    inside = sorted({tag for tag in clean.values() if tag != OUTSIDE})
    result = _read(inside, OUTSIDE in clean.values(), scheme)
    for what, its_tags in result.notes:
        changed[what] |= {tag for tag in seen if clean[tag] in its_tags}
    return result._replace(
        canonical={tag: result.canonical.get(clean[tag], clean[tag]) for tag in seen},
        notes=tuple((what, frozenset(its_tags)) for what, its_tags in changed.items() if its_tags),
        unknown=frozenset(tag for tag in seen if clean[tag] in result.unknown),
    )


def _cleaned(tag: str, changed: defaultdict[str, set[str]]) -> str:
    """Without what cannot be seen, and with one layer only."""
    clean = tag.translate(_INVISIBLE).strip()
    if clean != tag:
        changed["tag with white space or invisible characters, which are removed"].add(tag)
    head = clean[:1].translate(_TWINS)
    if head != clean[:1] and (len(clean) == 1 or re.match(rf"[{_SEPARATORS}]", clean[1:])):
        changed[f"tag with a letter that only looks like {head}, read as {head}"].add(tag)
        clean = head + clean[1:]
    layers = _LAYERS.fullmatch(clean)
    if layers is not None:
        changed["tag with several layers (as B-PER|B-LOC), of which the first is read"].add(tag)
        clean = layers[1]
    return clean or tag


def _find_outside(clean: dict[str, str], changed: defaultdict[str, set[str]]) -> None:
    """Replace other ways to write O."""
    others = {tag for tag in clean.values() if tag != OUTSIDE}
    if all(re.fullmatch("[0-9]+", tag) for tag in others):
        return  # numbers of classes
    alone = {tag for tag in others if tag not in _LIKE_OUTSIDE and tag.upper() not in _FOR_OUTSIDE}
    prefixed = bool(alone) and all(
        _PREFIXED.fullmatch(tag) or _SUFFIXED.fullmatch(tag) or _BARE.fullmatch(tag) for tag in alone
    )
    for tag, now in clean.items():
        is_like = now in _LIKE_OUTSIDE
        if is_like or (prefixed and OUTSIDE not in clean.values() and now.upper() in _FOR_OUTSIDE):
            changed[f"tag '{now}' read as O"].add(tag)
    for what, tags in list(changed.items()):
        if what.endswith("read as O") and not what.startswith("tag with"):
            clean.update(dict.fromkeys(tags, OUTSIDE))


def _read(inside: list[str], has_outside: bool, scheme: str) -> Spelling:
    """The spelling of tags other than O."""
    if not inside:
        return Spelling({})
    if all(map(_BARE.fullmatch, inside)) and scheme != "IO":
        return _typed({tag: (tag[0], UNTYPED) for tag in inside}, f"tag without a type, read as {UNTYPED}")
    prefixed = {tag: (match[1], match[3]) for tag in inside if (match := _PREFIXED.fullmatch(tag))}
    suffixed = {tag: (match[3], match[1]) for tag in inside if (match := _SUFFIXED.fullmatch(tag))}
    if scheme == "IO":
        if not all(tag.startswith("I-") for tag in inside) and len(prefixed) < len(inside):
            return _whole(inside, has_outside, [tag for tag in inside if tag in prefixed], scheme)
        suffixed = {}
    for found in (prefixed, suffixed):
        if len(found) == len(inside):
            return _typed(found)
    if all(re.fullmatch("[0-9]+", tag) for tag in inside):
        return Spelling(
            {},
            unknown=frozenset(inside),
            why="numbers of classes need names; set data.tag_names to [O, B-PER, ...]",
        )
    if scheme not in ("auto", "IO"):
        return Spelling({tag: tag for tag in inside}, unknown=frozenset(set(inside) - _fitting(inside)))
    no_space_after = {tag: (match[1], match[2]) for tag in inside if (match := _GLUED.fullmatch(tag))}
    if len(no_space_after) == len(inside) and _are_glued(no_space_after.values()):
        return _typed(no_space_after)
    alike = [tag for tag in inside if tag in prefixed or tag in suffixed or _BARE.fullmatch(tag)]
    if alike:
        others = set(inside) - set(alike) or set(inside) - _fitting(inside) or alike
        return Spelling({}, unknown=frozenset(others))
    return _whole(inside, has_outside, [], scheme)


def _fitting(tags: Iterable[str]) -> set[str]:
    return {tag for tag in tags if _CANONICAL.fullmatch(tag)}


def _are_glued(tags: Iterable[tuple[str, str]]) -> bool:
    """Whether BPER, IPER, BLOC are prefixes and labels: what is inside has its beginning too."""
    labels: defaultdict[str, set[str]] = defaultdict(set)
    for prefix, label in tags:
        labels[prefix].add(label)
    starts = labels["B"] | labels["S"]
    return bool(labels["I"] | labels["M"] | labels["E"]) and all(
        its_labels <= starts for prefix, its_labels in labels.items()
    )


def _typed(found: dict[str, tuple[str, str]], what: str = "") -> Spelling:
    """Tags with a prefix and a label, noted by how they differ from what schemes write."""
    canonical = {tag: f"{prefix.upper()}-{label}" for tag, (prefix, label) in found.items()}
    styles: dict[str, list[str]] = {}
    for tag, (prefix, label) in found.items():
        if canonical[tag] != tag:
            separator = tag.removeprefix(prefix).removesuffix(label) if tag.startswith(prefix) else tag
            styles.setdefault(f"{separator}{prefix.islower()}" if separator != tag else "suffix", []).append(
                tag
            )
    notes = []
    for its_tags in styles.values():
        example = its_tags[0]
        shown = "".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in example)
        read_as = f"tag like '{shorten(shown)}', read as '{shorten(canonical[example])}'"
        notes.append((what or read_as, frozenset(its_tags)))
    return Spelling(canonical, notes=tuple(notes))


def _whole(inside: list[str], has_outside: bool, alike: list[str], scheme: str) -> Spelling:
    """Labels without prefixes: the scheme IO."""
    if not has_outside:
        return Spelling({}, unknown=frozenset(inside), why="no tag is O")
    notes = []
    with_signs = [tag for tag in inside if re.search(rf"[{_SEPARATORS}]", tag)]
    if with_signs and scheme == "auto":
        what = f"label with a sign, such as '{shorten(with_signs[0])}', read as a whole (data.scheme: IO)"
        notes.append((what, frozenset(with_signs)))
    if alike:
        what = f"label that looks like a prefix and a label, such as '{shorten(alike[0])}', read as a whole"
        notes.append((what, frozenset(alike)))
    return Spelling({tag: f"I-{tag}" for tag in inside}, "IO", tuple(notes))
