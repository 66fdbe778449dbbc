"""Predicted entities of an annotated corpus, read from a file of any system.

A file with tokens (columns, csv, JSON with tokens) needs the sentences and tokens of the corpus. A file of
JSON texts with spans needs the same text, however it is cut into records and whatever spaces it has: its
visible characters are compared with those of the corpus, and spans become entities of the corpus's tokens.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, zip_longest
from typing import Any, NamedTuple

from wincls.corpus.characters import INVISIBLE
from wincls.corpus.column_checks import UNREAD_LAYER
from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.formats import read_files, recognize
from wincls.corpus.json_files import json_records, read_records
from wincls.corpus.json_layouts import Skipped, TaggedWords, TextRecord, read_record
from wincls.corpus.notes import Note, Notes
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import Entity
from wincls.corpus.spans import AnnotatedText, in_characters
from wincls.errors import DataError
from wincls.visible import shorten

PREDICTED_COLUMN = -1
_UNSEEN = re.compile(rf"\s+|{INVISIBLE.pattern}")
_SHOWN = 30  # characters of a text in a message


class Aligned(NamedTuple):
    """What was read.

    entities: of each sentence of the corpus. They may overlap. An entity that goes on after the end of its
        sentence ends beyond the sentence's last token, so it is equal to no gold entity.
    notes: what was skipped or repaired.
    """

    entities: list[list[Entity]]
    notes: Sequence[Note]


def read_aligned(path: str, gold: Corpus, reading: Reading) -> Aligned:
    """Read predicted entities for the sentences of an annotated corpus.

    path: of the file; its format is recognized.
    reading: of the corpus. In column files, the predicted tags are in the last column.

    Raises DataError with file:line if the file has other sentences, tokens or text than the corpus.
    """
    name = recognize(path, reading.headers)
    if name in ("json", "jsonl"):
        records = json_records(path, reading.columns.encoding, name == "jsonl")
        first = next(records, None)
        if first is not None and not _has_words(first[1], f"{path}:{first[0]}"):
            return _align_texts(path, chain([first], records), gold, reading)
    columns = replace(reading.columns, tag=PREDICTED_COLUMN, tag_key="")
    predicted = read_files(path, replace(reading, columns=columns, scheme="auto", lenient=True), name)
    for mine, theirs in zip_longest(gold.sentences, predicted.sentences):
        _check_sentence(gold, mine, predicted, theirs)
    notes = [note for note in predicted.notes or () if not note.what.startswith(UNREAD_LAYER)]  # of gold tags
    return Aligned([list(each.entities) for each in predicted.sentences], notes)


def _has_words(record: Any, place: str) -> bool:
    return isinstance(read_record(record, place, Notes()), TaggedWords)


def _check_sentence(gold: Corpus, mine: Sentence | None, predicted: Corpus, theirs: Sentence | None) -> None:
    """Raise DataError if two sentences have different tokens; None is after the last sentence."""
    advice = f"predictions need the sentences and tokens of {gold.path}"
    if theirs is None:
        assert mine is not None
        raise DataError(
            f"{predicted.path}: ends before the sentence at {gold.place(mine, 0)}, "
            f"'{shorten(' '.join(mine.words), _SHOWN)}'; {advice}"
        )
    if mine is None:
        raise DataError(f"{predicted.place(theirs, 0)}: a sentence after the last one; {advice}")
    if mine.words == theirs.words:
        return
    i = next(
        (i for i, pair in enumerate(zip(mine.words, theirs.words, strict=False)) if pair[0] != pair[1]), -1
    )
    if i >= 0:
        raise DataError(
            f"{predicted.place(theirs, i)}: found '{shorten(theirs.words[i], _SHOWN)}', but "
            f"{gold.place(mine, i)} has '{shorten(mine.words[i], _SHOWN)}'; {advice}"
        )
    raise DataError(
        f"{predicted.place(theirs, 0)}: a sentence of {len(theirs.words)} tokens, but that at "
        f"{gold.place(mine, 0)} has {len(mine.words)}; {advice}"
    )


class _Visible:
    """The visible characters of a corpus, without spaces, and its tokens in them.

    text: the characters.
    starts: the offset of each token, and of the end.
    """

    def __init__(self, corpus: Corpus):
        self.corpus = corpus
        words = [_UNSEEN.sub("", word) for sentence in corpus.sentences for word in sentence.words]
        self.text = "".join(words)
        self.starts = [0, *accumulate(map(len, words))]
        self._sentences = [0, *accumulate(len(sentence.words) for sentence in corpus.sentences)]

    def find(self, token: int) -> tuple[int, int]:
        """The sentence of a token, and its number there."""
        sentence = bisect_right(self._sentences, token) - 1
        return sentence, token - self._sentences[sentence]

    def covered(self, start: int, end: int) -> tuple[int, int]:
        """The first token that some characters cover, and the token after the last."""
        return bisect_right(self.starts, start) - 1, bisect_left(self.starts, end)

    def place(self, offset: int) -> str:
        """Where a character is, with the text from there."""
        sentence, token = self.find(bisect_right(self.starts, offset) - 1)
        found = self.corpus.sentences[sentence]
        return f"{self.corpus.place(found, token)} has '{shorten(' '.join(found.words[token:]), _SHOWN)}'"


def _align_texts(path: str, records: Iterator[tuple[int, Any]], gold: Corpus, reading: Reading) -> Aligned:
    notes = Notes()
    visible = _Visible(gold)
    entities: list[list[Entity]] = [[] for _ in gold.sentences]
    done = 0  # characters
    for line, found in read_records(path, records, notes):
        place = f"{path}:{line}"
        if isinstance(found, Skipped):
            raise DataError(f"{place}: {found.why}; each text needs spans, which may be an empty list")
        if isinstance(found, TaggedWords):
            raise DataError(f"{place}: texts with spans and words with tags are mixed; write two files")
        before = [0, *accumulate(not _UNSEEN.match(char) for char in found.text)]  # visible characters
        _check_text(found, before, visible, done, place)
        for span in in_characters(AnnotatedText(found.text, found.spans, line), notes):
            if reading.keep_labels is not None and span.label not in reading.keep_labels:
                continue
            start, end = done + before[span.start], done + before[span.end]
            if start == end:
                notes.add("span of white space left out", place)
                continue
            first, after = visible.covered(start, end)
            if visible.starts[first] != start or visible.starts[after] != end:
                notes.add("span that cuts a token widened to the token", place)
            sentence, token = visible.find(first)
            entity = Entity(token, token + after - first, span.label)
            if entity.end > len(gold.sentences[sentence].words):
                notes.add("span across a sentence end, which is counted as wrong", place)
            entities[sentence].append(entity)
        done += before[-1]
    if done < len(visible.text):
        raise DataError(
            f"{path}: the text ends too early; {visible.place(done)}; predictions need the whole text of "
            f"{gold.path}"
        )
    return Aligned([sorted(set(each)) for each in entities], notes.notes)


def _check_text(record: TextRecord, before: list[int], visible: _Visible, done: int, place: str) -> None:
    """Raise DataError unless the visible characters of a record are the next ones of the corpus."""
    text = _UNSEEN.sub("", record.text)
    if visible.text.startswith(text, done):
        return
    rest = visible.text[done : done + len(text)]
    same = next((i for i, pair in enumerate(zip(text, rest, strict=False)) if pair[0] != pair[1]), len(rest))
    at = bisect_right(before, same) - 1
    if done + same == len(visible.text):
        there = "the text ends there"
    else:
        there = visible.place(done + same)
    raise DataError(
        f"{place}: found '{shorten(record.text[at:], _SHOWN)}', but {there}; predictions need the text of "
        f"{visible.corpus.path} in its order"
    )
