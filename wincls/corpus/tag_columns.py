"""From the tags of a column file to entities: the scheme is found and every tag is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from sys import intern
from typing import NamedTuple

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import (
    OUTSIDE,
    SCHEMES,
    Scheme,
    decode,
    illegal_positions,
    split_tag,
)
from wincls.corpus.tag_spelling import find_spelling
from wincls.errors import DataError

# IO before IOB1 and BIO before IOBES: the simplest table that has all the prefixes comes first.
_ORDER = ("IO", "BIO", "IOB1", "IOE2", "IOBES", "BILOU", "BMES")


class Rows(NamedTuple):
    """A sentence as it is written in a column file.

    words and tags: one for each token; no tags if the columns have none.
    lines: the file's line number of each token.
    starts_document: whether a document starts here.
    glued: the tokens after which there is no space, as far as the file says so.
    """

    words: list[str]
    tags: list[str]
    lines: Sequence[int]
    starts_document: bool
    glued: Sequence[int] = ()


def decode_sentences(
    path: str,
    rows: Sequence[Rows],
    scheme_name: str = "auto",
    lenient: bool = False,
    keep_labels: Iterable[str] | None = None,
    notes: Notes | None = None,
) -> Corpus:
    """Find the spelling and the scheme of a file's tags, check them, and read the entities.

    scheme_name, lenient, keep_labels: see columns.read_corpus.
    notes: get what was guessed about the spelling, and the tags that are illegal.

    Raises DataError with file:line for a tag that is unknown or, unless lenient, illegal.
    """
    notes = Notes() if notes is None else notes
    rows = _canonical(path, rows, scheme_name, notes)
    scheme = _find_scheme(path, rows, scheme_name, lenient)
    keep = None if keep_labels is None else frozenset(keep_labels)

    def sentence(row: Rows) -> Sentence:
        if row.tags.count(OUTSIDE) == len(row.tags):
            return Sentence(row.words, (), row.lines, row.starts_document, glued=row.glued)
        entities = [each for each in decode(row.tags) if keep is None or each.label in keep]
        illegal = illegal_positions(row.tags, scheme) if lenient else ()
        for i in illegal:
            notes.add(
                f"tag that {scheme.name} does not allow there, read as conlleval reads it",
                f"{path}:{row.lines[i]}",
            )
        irregular = [each for each in entities if any(each.start <= i < each.end for i in illegal)]
        return Sentence(
            row.words, tuple(entities), row.lines, row.starts_document, tuple(irregular), glued=row.glued
        )

    return Corpus(path, [sentence(row) for row in rows], scheme)


def _canonical(path: str, rows: Sequence[Rows], scheme: str, notes: Notes) -> Sequence[Rows]:
    """The rows with their tags as "B-LOC" (see tag_spelling.py)."""
    counts = Counter(tag for row in rows for tag in row.tags)
    first: dict[str, str] = {}
    if any(tag != OUTSIDE for tag in counts):
        missing = counts.keys() - {OUTSIDE}
        for row in rows:
            if not missing.isdisjoint(row.tags):
                for line, tag in zip(row.lines, row.tags, strict=True):
                    first.setdefault(tag, f"{path}:{line}")
                missing = missing - first.keys()
                if not missing:
                    break
    spelling = find_spelling(counts, scheme, first, path)
    for tag, note in sorted(spelling.notes.items(), key=lambda each: first[each[0]]):
        notes.add(note, first[tag], counts[tag])
    for tag in spelling.tags:
        if not tag.isprintable():
            raise DataError(
                f"{first[tag]}: the tag {tag!r} has a character that cannot be printed; remove it"
            )
    if all(tag == each for tag, each in spelling.tags.items()):
        return rows
    canonical = {tag: intern(each) for tag, each in ({OUTSIDE: OUTSIDE} | spelling.tags).items()}
    return [row._replace(tags=[canonical[tag] for tag in row.tags]) for row in rows]


def _find_scheme(path: str, rows: Sequence[Rows], name: str, lenient: bool) -> Scheme:
    """The named scheme, or the first that writes every sentence as it is."""
    used = {split_tag(tag)[0] for row in rows for tag in row.tags}
    candidates = [SCHEMES[each] for each in (_ORDER if name == "auto" else [name])]
    if name == "auto":
        candidates = [scheme for scheme in candidates if used <= set(scheme.moves)]
        if not candidates:
            raise DataError(_mixed(path, rows))
    failures = []
    for scheme in candidates:
        failure = _first_failure(rows, scheme)
        if failure is None:
            return scheme
        failures.append(failure)
    if lenient:
        return min(
            candidates, key=lambda scheme: sum(bool(illegal_positions(row.tags, scheme)) for row in rows)
        )
    line, what = max(failures, key=lambda each: each[0])
    tried = " or ".join(each.name for each in candidates)
    raise DataError(
        f"{path}:{line}: {what} is not legal in {tried} (mixed schemes?); "
        "fix the tags, or set data.illegal_tags to lenient to read them as conlleval does"
    )


def _first_failure(rows: Sequence[Rows], scheme: Scheme) -> tuple[int, str] | None:
    """The line and the description of the first tag that the scheme does not allow."""
    for row in rows:
        tags = row.tags
        if not illegal_positions(tags, scheme):
            continue
        for i, tag in enumerate(tags):
            if not scheme.may_follow(tags[i - 1] if i else OUTSIDE, tag):
                place = f"after {tags[i - 1]}" if i else "at the start of a sentence"
                return row.lines[i], f"tag {tag} {place}"
        return row.lines[-1], f"tag {tags[-1]} at the end of a sentence"
    return None


def _mixed(path: str, rows: Sequence[Rows]) -> str:
    """The message for prefixes that no scheme has together; names the first line that mixes them."""
    seen: set[str] = set()
    for line, tag in _tags_of(rows):
        prefix, _ = split_tag(tag)
        others = ", ".join(sorted(seen - {OUTSIDE, prefix}))
        seen.add(prefix)
        if not any(seen <= set(scheme.moves) for scheme in SCHEMES.values()):
            return (
                f"{path}:{line}: tag {tag} mixes schemes: no scheme has its prefix together with {others}"
                f" above; use one of {', '.join(SCHEMES)} throughout"
            )
    raise AssertionError("no line mixes schemes")


def _tags_of(rows: Sequence[Rows]) -> Iterator[tuple[int, str]]:
    for row in rows:
        yield from zip(row.lines, row.tags, strict=True)
