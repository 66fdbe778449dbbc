"""From the tags of a column file to entities: the scheme is found and every tag is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import (
    OUTSIDE,
    PREFIXES,
    READ_SCHEMES,
    Entity,
    Scheme,
    decode,
    illegal_positions,
    split_tag,
)
from wincls.corpus.tag_brackets import BracketTags, are_brackets
from wincls.corpus.tag_spelling import Spelling, spell
from wincls.errors import DataError
from wincls.visible import shorten, visible

# IO before IOB1 and BIO before IOBES: the simplest table that has all the prefixes comes first.
_ORDER = ("IO", "BIO", "IOB1", "IOBES", "BILOU", "IOE2", "IOE1", "BMES", "BMEWO", "BIEWO")
_KEY = re.compile(rf"(?:^|\|)([^=|]+)=(?:O|[{''.join(sorted(PREFIXES - {OUTSIDE}))}]-[^|]+)(?:\||$)")


class Rows(NamedTuple):
    """A sentence as it is written in a column file.

    words and tags: one for each token; no tags if the columns have none.
    lines: the file's line number of each token.
    starts_document: whether a document starts here.
    no_space_after: the tokens after which the text has no space, as far as the file says so.
    layers: the tags in other columns.
    """

    words: list[str]
    tags: list[str]
    lines: Sequence[int]
    starts_document: bool
    no_space_after: Sequence[int] = ()
    layers: Sequence[list[str]] = ()


def decode_sentences(
    path: str,
    rows: Sequence[Rows],
    scheme_name: str = "auto",
    lenient: bool = False,
    keep_labels: Iterable[str] | None = None,
    notes: Notes | None = None,
    tag_names: Sequence[str] | None = None,
) -> Corpus:
    """Find the scheme of a file's tags, check them, and read the entities.

    scheme_name, lenient, keep_labels, notes, tag_names: see columns.read_corpus.

    Raises DataError with file:line for a tag that is unknown or, unless lenient, illegal.
    """
    notes = Notes() if notes is None else notes
    if tag_names is not None:
        rows = _named(path, rows, tag_names)
    seen = _distinct_tags(rows)
    if are_brackets(seen):
        rows = _without_brackets(path, rows, lenient, notes)
        seen = _distinct_tags(rows)
    rows, scheme_name = _spelled(path, rows, seen, scheme_name, notes)
    entities = [() if row.tags.count(OUTSIDE) == len(row.tags) else tuple(decode(row.tags)) for row in rows]
    scheme, exact = _find_scheme(path, rows, entities, scheme_name, lenient, notes)
    keep = None if keep_labels is None else frozenset(keep_labels)

    def sentence(row: Rows, its: tuple[Entity, ...]) -> Sentence:
        if keep is not None:
            its = tuple(each for each in its if each.label in keep)
        illegal = illegal_positions(row.tags, scheme) if its and not exact else ()
        irregular = tuple(each for each in its if any(each.start <= i < each.end for i in illegal))
        return Sentence(
            row.words, its, row.lines, row.starts_document, irregular, no_space_after=row.no_space_after
        )

    return Corpus(path, [sentence(*each) for each in zip(rows, entities, strict=True)], scheme)


def _named(path: str, rows: Sequence[Rows], names: Sequence[str]) -> Sequence[Rows]:
    """The rows with names for tags that are numbers."""
    name_of = {str(number): name for number, name in enumerate(names)}
    for line, tag in _tags_of(rows):
        if tag.isdecimal() and tag not in name_of:
            raise DataError(
                f"{path}:{line}: tag {shorten(tag)} has no name; data.tag_names has {len(names)}, "
                f"for 0 to {len(names) - 1}"
            )
    return [row._replace(tags=[name_of.get(tag, tag) for tag in row.tags]) for row in rows]


def _without_brackets(path: str, rows: Sequence[Rows], lenient: bool, notes: Notes) -> Sequence[Rows]:
    """The rows with tags in BIO in place of tags in brackets."""
    brackets = BracketTags()
    rows = [row._replace(tags=brackets.bio(row.tags, row.lines)) for row in rows]
    for what, lines in (
        ("entity in brackets, as (PER* and *), read as BIO", brackets.read),
        ("entity in another one left out", brackets.nested),
        ("bracket without its counterpart; the entity ends with the sentence", brackets.lost),
    ):
        if lines and lines is brackets.lost and not lenient:
            raise DataError(
                f"{path}:{lines[0]}: a bracket without its counterpart in the sentence; "
                "fix the tags, or set data.illegal_tags to lenient to end the entity with the sentence"
            )
        if lines:
            notes.add(what, f"{path}:{lines[0]}", len(lines))
    return rows


def _distinct_tags(rows: Sequence[Rows]) -> set[str]:
    return set().union(*(row.tags for row in rows))


def _spelled(
    path: str, rows: Sequence[Rows], seen: set[str], scheme: str, notes: Notes
) -> tuple[Sequence[Rows], str]:
    """The rows with the tags as schemes write them, and the scheme's name or "auto".

    seen: the distinct tags of the rows.
    """
    hidden = {tag for tag in seen if visible(tag) != tag}
    if hidden:
        line, tag = next((line, tag) for line, tag in _tags_of(rows) if tag in hidden)
        raise DataError(
            f"{path}:{line}: the tag '{shorten(visible(tag))}' has a control character; remove it"
        )
    spelling = spell(seen, scheme)
    allowed = PREFIXES if scheme == "auto" else frozenset(READ_SCHEMES[scheme].moves)
    wrong = spelling.unknown or {
        tag
        for tag, canonical in spelling.canonical.items()
        if canonical != OUTSIDE and (split_tag(canonical)[0] not in allowed or not split_tag(canonical)[1])
    }
    if wrong:
        raise DataError(_unknown(path, rows, spelling, wrong, allowed))
    _note_spelling(path, rows, spelling, notes)
    canonical = spelling.canonical
    changed = {tag for tag in seen if canonical[tag] != tag}
    if changed:
        rows = [
            row if changed.isdisjoint(row.tags) else row._replace(tags=[canonical[tag] for tag in row.tags])
            for row in rows
        ]
    return rows, spelling.scheme or scheme


def _note_spelling(path: str, rows: Sequence[Rows], spelling: Spelling, notes: Notes) -> None:
    for what, tags in spelling.notes:
        lines = [line for line, tag in _tags_of(rows) if tag in tags]
        notes.add(what, f"{path}:{lines[0]}", len(lines))


def _unknown(
    path: str, rows: Sequence[Rows], spelling: Spelling, wrong: Iterable[str], allowed: frozenset[str]
) -> str:
    if spelling.why == "no tag is O":
        key = next((match[1] for tag in sorted(wrong) if (match := _KEY.search(tag))), "")
        if not key:
            return f"{path}: no tag is O, so these cannot be entity tags; check data.tag_column"
    line, tag = next((line, tag) for line, tag in _tags_of(rows) if tag in wrong)
    match = next((match for each in sorted(wrong) if (match := _KEY.search(each))), None)
    if match:
        key = shorten(match[1])
        return (
            f"{path}:{line}: unknown tag '{shorten(tag)}'; the column seems to hold tags as values of "
            f"'{key}'; set data.tag_key (--tag-key) to {key}"
        )
    if spelling.why:
        return f"{path}:{line}: unknown tag '{shorten(tag)}'; {spelling.why}; check data.tag_column"
    return (
        f"{path}:{line}: unknown tag '{shorten(tag)}'; a tag is O or one of the prefixes "
        f"{', '.join(sorted(allowed - {OUTSIDE}))}, a hyphen and a label, as B-LOC"
        "; check data.tag_column and data.scheme (IO reads every tag as a label)"
    )


def _find_scheme(
    path: str,
    rows: Sequence[Rows],
    entities: Sequence[tuple[Entity, ...]],
    name: str,
    lenient: bool,
    notes: Notes,
) -> tuple[Scheme, bool]:
    """The named scheme, or the first that writes every sentence as it is; and whether it does.

    entities: of each row. If lenient, the scheme may be the one with the fewest illegal tags.
    """
    used = {split_tag(tag)[0] for tag in {tag for row in rows for tag in row.tags}}
    candidates = [READ_SCHEMES[each] for each in (_ORDER if name == "auto" else [name])]
    if name == "auto":
        candidates = [scheme for scheme in candidates if used <= set(scheme.moves)]
        if not candidates:
            raise DataError(_mixed(path, rows))
    with_entities = [(row, its) for row, its in zip(rows, entities, strict=True) if its]
    for scheme in candidates:
        if all(scheme.encode(its, len(row.tags)) == row.tags for row, its in with_entities):
            return scheme, True
    failures = [_first_failure([row for row, _ in with_entities], scheme) for scheme in candidates]
    line, what = max(failures, key=lambda each: each[0])
    if not lenient:
        tried = " or ".join(each.name for each in candidates)
        raise DataError(
            f"{path}:{line}: {what} is not legal in {tried} (mixed schemes?); "
            "fix the tags, or set data.illegal_tags to lenient to read them as conlleval does"
        )
    counts = [sum(len(illegal_positions(row.tags, each)) for row, _ in with_entities) for each in candidates]
    best = counts.index(min(counts))
    line, what = failures[best]
    noted = f"tag that is illegal in {candidates[best].name}, read as conlleval does; the first is"
    notes.add(f"{noted} {what.removeprefix('tag ')}", f"{path}:{line}", counts[best])
    return candidates[best], False


def _first_failure(rows: Sequence[Rows], scheme: Scheme) -> tuple[int, str]:
    """The line and the description of the first tag that the scheme does not allow."""
    row = next(row for row in rows if illegal_positions(row.tags, scheme))
    tags = row.tags
    for i, tag in enumerate(tags):
        if not scheme.may_follow(tags[i - 1] if i else OUTSIDE, tag):
            place = f"after {shorten(tags[i - 1])}" if i else "at the start of a sentence"
            return row.lines[i], f"tag {shorten(tag)} {place}"
    return row.lines[-1], f"tag {shorten(tags[-1])} at the end of a sentence"


def _mixed(path: str, rows: Sequence[Rows]) -> str:
    """The message for prefixes that no scheme has together; names the first line that mixes them."""
    seen: set[str] = set()
    for line, tag in _tags_of(rows):
        prefix, _ = split_tag(tag)
        others = ", ".join(sorted(seen - {OUTSIDE, prefix}))
        seen.add(prefix)
        if not any(seen <= set(scheme.moves) for scheme in READ_SCHEMES.values()):
            return (
                f"{path}:{line}: tag {shorten(tag)} mixes schemes: no scheme has its prefix together "
                f"with {others} above; use one of {', '.join(READ_SCHEMES)} throughout"
            )
    raise AssertionError("no line mixes schemes")


def _tags_of(rows: Sequence[Rows]) -> Iterator[tuple[int, str]]:
    for row in rows:
        yield from zip(row.lines, row.tags, strict=True)
