"""From the tags of a column file to entities: the scheme is found and every tag is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import (
    OUTSIDE,
    PREFIXES,
    SCHEMES,
    Scheme,
    decode,
    illegal_positions,
    split_tag,
)
from wincls.errors import DataError

# IO before IOB1 and BIO before IOBES: the simplest table that has all the prefixes comes first.
_ORDER = ("IO", "BIO", "IOB1", "IOBES", "BILOU")


class Rows(NamedTuple):
    """A sentence as it is written in a column file.

    words and tags: one for each token; no tags if the columns have none.
    lines: the file's line number of each token.
    starts_document: whether a document starts here.
    """

    words: list[str]
    tags: list[str]
    lines: Sequence[int]
    starts_document: bool


def decode_sentences(
    path: str,
    rows: Sequence[Rows],
    scheme_name: str = "auto",
    lenient: bool = False,
    keep_labels: Iterable[str] | None = None,
) -> Corpus:
    """Find the scheme of a file's tags, check them, and read the entities.

    scheme_name, lenient, keep_labels: see columns.read_corpus.

    Raises DataError with file:line for a tag that is unknown or, unless lenient, illegal.
    """
    rows = _with_prefixes(path, rows, scheme_name)
    scheme = _find_scheme(path, rows, scheme_name, lenient)
    keep = None if keep_labels is None else frozenset(keep_labels)

    def sentence(row: Rows) -> Sentence:
        if row.tags.count(OUTSIDE) == len(row.tags):
            return Sentence(row.words, (), row.lines, row.starts_document)
        entities = [each for each in decode(row.tags) if keep is None or each.label in keep]
        illegal = illegal_positions(row.tags, scheme) if lenient else ()
        irregular = [each for each in entities if any(each.start <= i < each.end for i in illegal)]
        return Sentence(row.words, tuple(entities), row.lines, row.starts_document, tuple(irregular))

    return Corpus(path, [sentence(row) for row in rows], scheme)


def _with_prefixes(path: str, rows: Sequence[Rows], scheme: str) -> Sequence[Rows]:
    """Check every tag's form. Where no tag has a hyphen, bare labels are read as IO ("LOC" as "I-LOC")."""
    seen = {tag for row in rows for tag in row.tags} - {OUTSIDE}
    allowed = PREFIXES if scheme == "auto" else frozenset(SCHEMES[scheme].moves)
    if not seen <= PREFIXES and scheme in ("auto", "IO") and not any("-" in tag for tag in seen):
        if not any(OUTSIDE in row.tags for row in rows):
            raise DataError(f"{path}: no tag is O, so these cannot be entity tags; check data.tag_column")
        inner = SCHEMES["IO"].inner
        bare = {tag: f"{inner}-{tag}" for tag in seen} | {OUTSIDE: OUTSIDE}
        return [row._replace(tags=[bare[tag] for tag in row.tags]) for row in rows]
    wrong = {tag for tag in seen if split_tag(tag)[0] not in allowed - {OUTSIDE} or not split_tag(tag)[1]}
    if wrong:
        line, tag = next((line, tag) for line, tag in _tags_of(rows) if tag in wrong)
        raise DataError(
            f"{path}:{line}: unknown tag '{tag}'; a tag is O or one of the prefixes "
            f"{', '.join(sorted(allowed - {OUTSIDE}))}, a hyphen and a label, as B-LOC"
            "; check data.tag_column and data.scheme"
        )
    return rows


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
        return candidates[0]
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
