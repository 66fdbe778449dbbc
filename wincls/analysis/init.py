"""A first configuration for annotated files: their format, columns, scheme and types are recognized."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wincls.corpus.column_checks import CHUNKS, UNREAD_LAYER
from wincls.corpus.data_options import Data
from wincls.corpus.documents import Corpus
from wincls.corpus.encoding_guess import encoding_of
from wincls.corpus.formats import read_files
from wincls.corpus.paths import find_files
from wincls.errors import DataError, WinclsError
from wincls.files import open_binary
from wincls.options import build
from wincls.visible import visible

_NAMES = {
    "test": r"test\w?|eval|gold",
    "dev": "dev|devel|development|valid|validation|val|testa",
    "train": "train|training|trn",
}
_SPLITS = {
    split: re.compile(rf"(?:^|[^a-z])(?:{names})(?:[^a-z]|$)", re.IGNORECASE)
    for split, names in (("dev", _NAMES["dev"]), *_NAMES.items())
}
_MOST_COLUMNS = 6
_SENTENCES = 200  # whose words are looked at
_TAG_KEY = re.compile(r"(?:^|[\t|])([\w:-]+)=(?:O|[BIESLUM]-[^|\s]+)\s*(?=[|\n\r])", re.MULTILINE)
_HEAD = 1 << 14  # bytes of the first file that are looked at
_OTHER_COLUMN = re.compile(re.escape(UNREAD_LAYER) + r" (\d+)")
_PREFIX = re.compile(r"\(data\.word_prefix: '(.+)' removes it\)")


class Proposal(NamedTuple):
    """What is proposed.

    data: the keys of the section "data", the files first.
    corpora: as they are read with them, by split.
    """

    data: dict[str, Any]
    corpora: dict[str, Corpus]


def propose(files: Mapping[str, Any]) -> Proposal:
    """How to read some files, which is tried out; files: by split, see split_of.

    Raises DataError if they cannot be read, or hold no entity.
    """
    encoding, place = _encoding(files.values())
    failure: WinclsError | None = None
    for attempt in _attempts(files["train"]):
        keys = {**attempt, **encoding}
        data = build(Data, {**files, **keys})
        try:
            train = read_files(data.train, data.reading, data.format)
            if better := _noted_keys(train):
                keys |= better
                data = build(Data, {**files, **keys})
                train = read_files(data.train, data.reading, data.format)
            if not train.labels:
                noted = f" ({train.notes.line()})" if train.notes else ""
                raise DataError(f"{train.path}: no entity found; is the file annotated?{noted}")
            if "tag_column" in keys and set(train.labels) <= CHUNKS:
                raise DataError(f"{train.path}: the tags of column {keys['tag_column']} are those of chunks")
            if "scheme" in keys and any(label.startswith(("B-", "I-")) for label in train.labels):
                raise DataError(f"{train.path}: tags with prefixes and others are mixed")
            if not _are_words(train):
                raise DataError(
                    f"{train.path}: the words of the first column are no words; set data.word_column"
                )
            corpora = {"train": train}
            for split in ("dev", "test"):
                if split in files:
                    corpora[split] = read_files(files[split], data.reading, data.format)
        except WinclsError as error:
            failure = failure or error
            continue
        if encoding and train.notes is not None:
            train.notes.add(f"file that is not UTF-8, read as {encoding['encoding']}", place)
        return Proposal({**files, **keys}, corpora)
    assert failure is not None
    raise failure


def _encoding(splits: Iterable[str | Sequence[str]]) -> tuple[dict[str, str], str]:
    """The key for the likely encoding of the first file that is not UTF-8, if it has one, and its path."""
    for path in (path for split in splits for path in find_files(split) if Path(path).is_file()):
        with open_binary(path) as file:
            encoding = encoding_of(file.read())
        if encoding:
            return {"encoding": encoding}, path
    return {}, ""


def _noted_keys(train: Corpus) -> dict[str, Any]:
    """Keys that the notes suggest: for the column with the most entities, and for a prefix of all words."""
    found: dict[str, Any] = {}
    most = train.labels.total()
    for note in train.notes or ():
        if (column := _OTHER_COLUMN.match(note.what)) and note.times > most:
            found["tag_column"], most = int(column[1]), note.times
        elif prefix := _PREFIX.search(note.what):
            found["word_prefix"] = prefix[1]
    return found


def _are_words(corpus: Corpus) -> bool:
    """Whether words are not numbers, nor all the same."""
    words = [word for sentence in corpus.sentences[:_SENTENCES] for word in sentence.words]
    return sum(map(str.isdecimal, words)) < 0.5 * len(words) and (len(words) < 20 or len(set(words)) > 2)


def split_of(paths: Sequence[str]) -> dict[str, Any]:
    """Which files are train, dev and test, by their names; else by their order."""
    files = list(dict.fromkeys(path for each in paths for path in find_files(each)))
    if len(paths) == 1 and Path(paths[0]).is_dir() and any(path.endswith(".ann") for path in files):
        return {"train": paths[0]}  # a brat folder is one corpus
    named: dict[str, list[str]] = {}
    for path in files:
        split = next((name for name, known in _SPLITS.items() if known.search(Path(path).name)), None)
        named.setdefault(split or "", []).append(path)
    if "train" not in named:
        if len(files) > 3:
            return {"train": files}
        return dict(zip(("train", "dev", "test"), files, strict=False))
    found = {split: named[split] for split in ("train", "dev", "test") if split in named}
    return {split: its[0] if len(its) == 1 else its for split, its in found.items()}


def _attempts(train: str | Sequence[str]) -> Iterator[dict[str, Any]]:
    """Keys with which the files may be readable, the plainest first."""
    first = find_files(train)[0]
    with open_binary(first) as file:
        head = file.read(_HEAD)
    has_tabs = b"\t" in head
    delimiters: list[dict[str, Any]] = [{"delimiter": "tab"}, {}] if has_tabs else [{}]
    if head.startswith(b"#begin document"):  # CoNLL-2012 (OntoNotes)
        yield {"word_column": 4, "tag_column": 11}
    keys = dict.fromkeys(_TAG_KEY.findall(head.decode("utf-8", errors="replace")))
    for delimiter in delimiters:
        yield delimiter
        if delimiter or not has_tabs:
            yield from ({"word_column": 2, "tag_key": key, "delimiter": "tab"} for key in keys)
        for word in range(1, _MOST_COLUMNS):
            if word > 1:
                yield {"word_column": word, **delimiter}
            for tag in (*range(word + 1, _MOST_COLUMNS), *range(1, word)):
                yield {"word_column": word, "tag_column": tag, **delimiter}
    yield {"scheme": "IO"}


def yaml_text(proposal: Proposal) -> str:
    """The configuration, with comments."""
    data, corpora = proposal
    train = corpora["train"]
    types = train.labels
    title = f"{train.format}, {train.scheme.name}, {len(types)} entity type{'s' * (len(types) != 1)}"
    lines = [f"# Made by wincls init: {title}.", "", "data:"]
    for key, value in data.items():
        shown = value if not isinstance(value, str) else _quoted(value)
        shown = f"[{', '.join(map(_quoted, value))}]" if isinstance(value, list) else shown
        lines.append(f"  {key}: {shown}{_size(key, corpora)}")
    if "dev" not in data:
        lines.append("  dev: null # a tenth of train is held out")
    counts = ", ".join(f"{label} {count:,}" for label, count in types.most_common(8))
    lines.append(f"  types: null # all: {counts}{' ...' * (len(types) > 8)}")
    lines += [
        "",
        "features:",
        "  word:",
        "    vectors: null # word vectors improve F1 the most: a file of GloVe, word2vec or fastText",
        "    dimension: 50 # of vectors that are learned from train alone",
        "",
        "training:",
        "  epochs: 15 # at most; the epoch with the best F1 on dev is kept",
    ]
    return "\n".join(lines) + "\n"


def _size(key: str, corpora: Mapping[str, Corpus]) -> str:
    if key not in corpora:
        return ""
    corpus = corpora[key]
    entities = corpus.labels.total()
    return f" # {len(corpus.sentences):,} sentences, {corpus.tokens:,} tokens, {entities:,} entities"


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[\w./\\-][\w./\\ -]*", text) and not text.endswith(" ")
    # YAML reads the escapes of JSON and of Python.
    return text if plain else visible(json.dumps(text, ensure_ascii=False))
