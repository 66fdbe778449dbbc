"""Column files: one token a line, an empty line between sentences (the CoNLL shared tasks)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import BinaryIO, NamedTuple

from wincls.corpus.schemes import OUTSIDE, PREFIXES, SCHEMES, Scheme, first_illegal, split_tag
from wincls.errors import DataError
from wincls.files import open_binary

DELIMITERS = ("whitespace", "tab", "space")
DOCUMENT_START = "-DOCSTART-"


@dataclass(frozen=True)
class Columns:
    """Where the words and the tags stand.

    word, tag: column numbers, 1 the first from the left, -1 the first from the right; tag 0 means
    that there are no tags. delimiter: "whitespace" (any run of blanks and tabs), "tab" or
    "space" (exactly one). comment: lines that begin so are skipped; "" for none.
    """

    word: int = 1
    tag: int = -1
    delimiter: str = "whitespace"
    comment: str = ""
    encoding: str = "utf-8"

    @property
    def word_index(self) -> int:
        """Where the word stands among a row's fields, counted as Python does."""
        return _index(self.word)

    @property
    def tag_index(self) -> int:
        """Where the tag stands among a row's fields, counted as Python does."""
        return _index(self.tag)


# The options are those of the commands that take no configuration.
_SET_COLUMNS = (
    "set data.word_column, data.tag_column, data.delimiter or data.comment "
    "(--word-column, --tag-column, --delimiter, --comment)"
)


class Sentence(NamedTuple):
    """A sentence of a column file.

    words and tags: one for each token; lines: the file's line number of each token;
    starts_document: whether a document begins here.
    """

    words: list[str]
    tags: list[str]
    lines: Sequence[int]
    starts_document: bool


class Corpus(NamedTuple):
    """The sentences of a file, with their tags as read, and the scheme these are written in."""

    path: str
    sentences: list[Sentence]
    scheme: Scheme

    @property
    def tokens(self) -> int:
        return sum(len(sentence.words) for sentence in self.sentences)

    @property
    def types(self) -> Counter[str]:
        """How many tokens bear each entity type."""
        kinds = (split_tag(tag)[1] for sentence in self.sentences for tag in sentence.tags)
        return Counter(kind for kind in kinds if kind)


class Line(NamedTuple):
    """A line of a column file: its number, its text without the line end, and its fields.

    fields is None for a line that is no token: empty, a comment, or a document start. All of these
    end a sentence, but for comments.
    """

    number: int
    text: str
    fields: list[str] | None
    is_comment: bool = False

    @property
    def ends_sentence(self) -> bool:
        return self.fields is None and not self.is_comment


def read_corpus(
    path: str | Path,
    columns: Columns = Columns(),
    scheme: str = "auto",
    lenient: bool = False,
    keep_types: Iterable[str] | None = None,
) -> Corpus:
    """Read a tagged file.

    scheme: the tags' scheme by name, or "auto" to find the one that fits every sentence.
    lenient: read tags that are illegal in the scheme as conlleval does, instead of refusing them.
    keep_types: only these entity types; all others become O.

    Raises DataError with file:line for anything that cannot be read as what it should be.
    """
    path = str(path)
    with open_binary(path) as file:
        sentences = list(read_sentences(lines_of(file, path, columns), path, columns))
    if not sentences:
        raise DataError(
            f"{path}: holds no sentence; one token a line is needed, empty lines between sentences"
        )
    sentences = _with_prefixes(path, sentences, scheme)
    found = _scheme_of(path, sentences, scheme, lenient)
    if keep_types is not None:
        keep = frozenset(keep_types)
        sentences = [_only(sentence, keep) for sentence in sentences]
    return Corpus(path, sentences, found)


def lines_of(file: BinaryIO, path: str, columns: Columns) -> Iterator[Line]:
    """The lines of a column file, decoded and cut into fields. CRLF and a byte order mark are fine.

    Raises DataError for a byte that cannot be decoded, a NUL, an empty word or tag, or a row that
    is too short or, where a column is counted from the right, of another width than the first, and
    if words and tags turn out to stand in the same column.
    """
    split = _splitter(columns.delimiter)
    needed = max(abs(columns.word), abs(columns.tag), 2 if columns.tag else 1)
    equal_widths = columns.word < 0 or columns.tag < 0
    width = 0
    for number, raw in enumerate(file, start=1):
        text = _decoded(raw, number, path, columns.encoding)
        if not text.strip() or (columns.comment and text.startswith(columns.comment)):
            yield Line(number, text, None, is_comment=bool(text.strip()))
            continue
        fields = split(text)
        if fields[0] == DOCUMENT_START:
            yield Line(number, text, None)
            continue
        if len(fields) < needed or (equal_widths and width and len(fields) != width):
            raise DataError(_ragged(path, number, len(fields), needed, width, columns))
        if not width:
            width = len(fields)
            if columns.tag and abs(columns.word_index - columns.tag_index) == width:
                raise DataError(_same_column(path, number, width, columns))
        if not fields[columns.word_index].strip() or (columns.tag and not fields[columns.tag_index]):
            raise DataError(f"{path}:{number}: an empty word or tag; every row needs both")
        yield Line(number, text, fields)


def read_sentences(lines: Iterable[Line], path: str, columns: Columns) -> Iterator[Sentence]:
    """Group lines into sentences; comments do not end a sentence."""
    word, tag = columns.word_index, columns.tag_index
    words: list[str] = []
    tags: list[str] = []
    numbers: list[int] = []
    starts, begun = True, False
    without_entity: dict[int, list[str]] = {}

    def sentence() -> Sentence:
        # Copies have no room to grow, as the lists have that are appended to.
        compact = range(numbers[0], numbers[-1] + 1)
        lines = compact if len(compact) == len(numbers) else numbers.copy()
        outside = tags.count(OUTSIDE) == len(tags)  # such tags are shared with others as long
        its_tags = without_entity.setdefault(len(tags), tags.copy()) if outside else tags.copy()
        return Sentence(words.copy(), its_tags, lines, starts)

    for line in lines:
        if line.fields is not None:
            words.append(intern(line.fields[word]))  # a repeated word costs a pointer
            numbers.append(line.number)
            if columns.tag:
                tags.append(intern(line.fields[tag]))
            continue
        new_document = DOCUMENT_START in line.text or line.text.startswith("# newdoc")
        if words and line.ends_sentence:
            yield sentence()
            for each in (words, tags, numbers):
                each.clear()
            starts = False
        begun = begun or new_document
        if begun and not words:
            starts, begun = True, False
    if words:
        yield sentence()


def _decoded(raw: bytes, number: int, path: str, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}:{number}: byte {error.start + 1} of the line is 0x{raw[error.start]:02x}, "
            f"which is not {encoding}; save the file as {encoding}, "
            "or set data.encoding (--encoding) to what it is"
        ) from None
    if "\0" in text:
        raise DataError(f"{path}:{number}: holds a NUL character; this is no text file, or is damaged")
    if "\r" in text.rstrip("\r\n"):
        raise DataError(
            f"{path}:{number}: a carriage return within the line; save the file with line ends LF or CRLF"
        )
    if number == 1:
        text = text.removeprefix("\ufeff")
    return text.rstrip("\n").rstrip("\r")


def _splitter(delimiter: str) -> Callable[[str], list[str]]:
    if delimiter == "tab":
        return lambda text: text.split("\t")
    if delimiter == "space":
        return lambda text: text.split(" ")
    return re.compile(r"[^ \t]+").findall


def _index(column: int) -> int:
    return column - 1 if column > 0 else column


def _ragged(path: str, number: int, found: int, needed: int, width: int, columns: Columns) -> str:
    what = f"{path}:{number}: {found} column{'s' * (found != 1)} (delimiter: {columns.delimiter})"
    if found < needed:
        allowed = f"at least {needed} are needed for word column {columns.word}"
        allowed += f" and tag column {columns.tag}" if columns.tag else ""
    else:
        allowed = f"the rows before have {width}, and columns are counted from the right"
    return f"{what}; {allowed}; mend the row, or {_SET_COLUMNS}"


def _same_column(path: str, number: int, width: int, columns: Columns) -> str:
    return (
        f"{path}:{number}: word column {columns.word} and tag column {columns.tag} are the same of {width} "
        f"columns (delimiter: {columns.delimiter}); {_SET_COLUMNS}"
    )


def _with_prefixes(path: str, sentences: list[Sentence], scheme: str) -> list[Sentence]:
    """Check every tag's form. Where no tag has a hyphen, bare types are read as IO ("LOC" as "I-LOC")."""
    seen = {tag for sentence in sentences for tag in sentence.tags} - {OUTSIDE}
    allowed = PREFIXES if scheme == "auto" else frozenset(SCHEMES[scheme].moves)
    if not seen <= PREFIXES and scheme in ("auto", "IO") and not any("-" in tag for tag in seen):
        if not any(OUTSIDE in sentence.tags for sentence in sentences):
            raise DataError(f"{path}: no tag is O, so these can be no tags of names; check data.tag_column")
        bare = {tag: intern(f"I-{tag}") for tag in seen} | {OUTSIDE: OUTSIDE}
        return [each._replace(tags=[bare[tag] for tag in each.tags]) for each in sentences]
    wrong = {tag for tag in seen if split_tag(tag)[0] not in allowed - {OUTSIDE} or not split_tag(tag)[1]}
    if wrong:
        line, tag = next(
            (line, tag)
            for sentence in sentences
            for line, tag in zip(sentence.lines, sentence.tags, strict=True)
            if tag in wrong
        )
        raise DataError(
            f"{path}:{line}: unknown tag '{tag}'; a tag is O or one of the prefixes "
            f"{', '.join(sorted(allowed - {OUTSIDE}))}, a hyphen and a type, as B-LOC"
            "; check data.tag_column and data.scheme"
        )
    return sentences


def _scheme_of(path: str, sentences: list[Sentence], name: str, lenient: bool) -> Scheme:
    """The named scheme, or the first that writes every sentence as it is."""
    used = {split_tag(tag)[0] for sentence in sentences for tag in sentence.tags}
    if name != "auto":
        candidates = [SCHEMES[name]]
    else:
        # IO before IOB1 and BIO before IOBES: the simplest table that has all the prefixes.
        order = ("IO", "BIO", "IOB1", "IOBES", "BILOU")
        candidates = [SCHEMES[each] for each in order if used <= set(SCHEMES[each].moves)]
        if not candidates:
            raise DataError(_mixed(path, sentences, used))
    failures = []
    for scheme in candidates:
        failure = _first_failure(sentences, scheme)
        if failure is None:
            return scheme
        failures.append(failure)
    if lenient:
        return candidates[0]
    line, what = max(failures, key=lambda each: each[0])
    tried = " or ".join(each.name for each in candidates)
    raise DataError(
        f"{path}:{line}: {what} is not legal in {tried} (mixed schemes?); "
        "mend the tags, or set data.illegal_tags to lenient to read them as conlleval does"
    )


def _first_failure(sentences: list[Sentence], scheme: Scheme) -> tuple[int, str] | None:
    for sentence in sentences:
        tags = sentence.tags
        if first_illegal(tags, scheme) is None:
            continue
        for i, tag in enumerate(tags):
            if not scheme.may_follow(tags[i - 1] if i else OUTSIDE, tag):
                place = f"behind {tags[i - 1]}" if i else "at the start of a sentence"
                return sentence.lines[i], f"tag {tag} {place}"
        return sentence.lines[-1], f"tag {tags[-1]} at the end of a sentence"
    return None


def _mixed(path: str, sentences: list[Sentence], used: set[str]) -> str:
    """The message for prefixes that no scheme has together; names the line that spoils it."""
    seen: set[str] = set()
    for sentence in sentences:
        for line, tag in zip(sentence.lines, sentence.tags, strict=True):
            seen.add(split_tag(tag)[0])
            if not any(seen <= set(scheme.moves) for scheme in SCHEMES.values()):
                others = ", ".join(sorted(seen - {OUTSIDE, split_tag(tag)[0]}))
                return (
                    f"{path}:{line}: tag {tag} mixes schemes: no scheme has its prefix together with {others}"
                    " above; use one of BIO, IOB1, IOBES, BILOU, IO throughout"
                )
    raise AssertionError(f"no line mixes {used}")


def _only(sentence: Sentence, keep: frozenset[str]) -> Sentence:
    kept = [tag if split_tag(tag)[1] in keep else OUTSIDE for tag in sentence.tags]
    return sentence._replace(tags=kept)
