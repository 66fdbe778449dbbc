"""JSON and JSON lines: the records of a file with their line numbers, and the corpus that they make."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.json_layouts import Record, Skipped, TaggedWords, TextRecord, has_spans, read_record
from wincls.corpus.json_spans import are_ends_inclusive
from wincls.corpus.lines import decoded_lines
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.spans import AnnotatedText, read_spans
from wincls.corpus.tag_columns import Rows
from wincls.errors import DataError

_WRAPPERS = ("annotations", "data", "examples", "documents", "records", "train", "common_examples")
_decode = json.JSONDecoder().raw_decode


def read_jsonl(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a file with a JSON value a line, line by line."""
    return _corpus(path, json_records(path, reading.columns.encoding, True), reading, notes)


def read_json(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a file that is one JSON list or object, or several one after the other."""
    return _corpus(path, json_records(path, reading.columns.encoding, False), reading, notes)


def json_records(path: str, encoding: str, is_lines: bool) -> Iterator[tuple[int, Any]]:
    """The records of a file with their line numbers; is_lines: whether it has a JSON value a line."""
    if is_lines:
        return _records_of_lines(path, encoding)
    return _records_of_text(path, "".join(line for _, line in decoded_lines(path, encoding)))


def read_records(path: str, records: Iterable[tuple[int, Any]], notes: Notes) -> list[tuple[int, Record]]:
    """What the records of a file are, with their line numbers.

    If the ends of spans are inclusive, as their own texts show, they are made exclusive, which is noted.

    Raises DataError as read_record does.
    """
    found = [(line, read_record(record, f"{path}:{line}", notes)) for line, record in records]
    texts = [each for _, each in found if isinstance(each, TextRecord)]
    if not are_ends_inclusive((each.text, each.spans) for each in texts):
        return found
    first = next(span for each in texts for span in each.spans)
    count = sum(len(each.spans) for each in texts)
    notes.add("span whose end is inclusive, as the texts of the spans show", first.place, count)
    return [(line, _with_last(each)) for line, each in found]


def _with_last(record: Record) -> Record:
    """The record with one character more at the end of each span."""
    if not isinstance(record, TextRecord):
        return record
    return record._replace(spans=[span._replace(end=span.end + 1) for span in record.spans])


def _corpus(path: str, records: Iterable[tuple[int, Any]], reading: Reading, notes: Notes) -> Corpus:
    """The sentences of the records, which all have spans or all have tags.

    Raises DataError with file:line for a record that cannot be read as what it should be.
    """
    sentences: list[Sentence] = []
    rows: list[Rows] = []
    last: object = None  # the document of the record before
    read = read_records(path, records, notes)
    for line, found in read:
        place = f"{path}:{line}"
        if isinstance(found, Skipped):
            notes.add(found.why, place)
            continue
        if isinstance(found, TaggedWords) if sentences else isinstance(found, TextRecord) and rows:
            raise DataError(f"{place}: texts with spans and words with tags are mixed; write two files")
        starts = found.document is None or found.document != last
        last = found.document
        if isinstance(found, TextRecord):
            annotated = AnnotatedText(found.text, found.spans, line, is_sentence=found.is_sentence)
            own = read_spans(annotated, notes, reading.keep_labels)
            sentences += [each._replace(starts_document=starts and not i) for i, each in enumerate(own)]
        elif found.words:
            rows.append(Rows(found.words, found.tags, [line] * len(found.words), starts))
    return reading.decode(path, rows, notes) if rows else Corpus(path, sentences, SCHEMES["BIO"])


def _records_of_lines(path: str, encoding: str) -> Iterator[tuple[int, Any]]:
    for number, line in decoded_lines(path, encoding):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{path}:{number}: not valid JSON ({_reason(error)}); write one JSON object a line, "
                "or set data.format to json if the file is one list"
            ) from None
        for record in _unwrapped(value):
            yield number, record


def _records_of_text(path: str, text: str) -> Iterator[tuple[int, Any]]:
    """The records; the items of a list at the top are decoded one by one, for their lines."""
    at = line = 0
    in_list = after_value = False
    while True:
        following = _skip(text, at)
        line, at = line + text.count("\n", at, following), following
        if at == len(text):
            if in_list:
                raise DataError(f"{path}:{line + 1}: the list does not end; is the file complete?")
            return
        character = text[at]
        if character == "]" and in_list:
            in_list, at, after_value = False, at + 1, True
        elif character == "," and after_value:
            at, after_value = at + 1, False
        elif character == "[" and not in_list and _next(text, at + 1) in ("[", "{", "]"):
            in_list, at, after_value = True, at + 1, False
        else:
            try:
                value, end = _decode(text, at)
            except (ValueError, RecursionError) as error:
                wrong = line + text.count("\n", at, getattr(error, "pos", at)) + 1
                raise DataError(f"{path}:{wrong}: not valid JSON ({_reason(error)})") from None
            for record in _unwrapped(value):
                yield line + 1, record
            line, at, after_value = line + text.count("\n", at, end), end, True


def _skip(text: str, at: int) -> int:
    """The offset of the next character that is not white space."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _next(text: str, at: int) -> str:
    """The next character that is not white space; empty at the end."""
    following = _skip(text, at)
    return text[following : following + 1]


def _unwrapped(value: Any) -> Iterator[Any]:
    """A record, or the records of a list or of an object around a list."""
    if isinstance(value, list) and value and isinstance(value[0], (list, dict)):
        yield from value
        return
    if isinstance(value, dict) and (sentences := list(_sentences_of_spacy(value))):
        yield from sentences
        return
    if isinstance(value, dict) and isinstance(value.get("rasa_nlu_data"), dict):
        value = value["rasa_nlu_data"]
    if isinstance(value, dict) and "text" not in value and not has_spans(value):
        for key in _WRAPPERS:
            inner = value.get(key)
            if isinstance(inner, list) and not isinstance(value.get("data"), dict):
                yield from (each for each in inner if each is not None)
                return
    yield value


def _sentences_of_spacy(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The sentences of a document in the JSON of spaCy 2: paragraphs of sentences of tokens."""
    for paragraph in _dicts(document.get("paragraphs")):
        for sentence in _dicts(paragraph.get("sentences")):
            tokens = _dicts(sentence.get("tokens"))
            words, tags = [each.get("orth") for each in tokens], [each.get("ner", "O") for each in tokens]
            yield {"tokens": words, "ner": tags, "doc_id": document.get("id")}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, column {error.colno}"
    return "too deeply nested" if isinstance(error, RecursionError) else str(error).split(";")[0]
