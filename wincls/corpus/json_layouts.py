"""What annotation tools write for a text, as JSON: one function for each layout, listed in LAYOUTS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wincls.corpus.json_spans import cleaned, read_json_spans
from wincls.corpus.notes import Notes
from wincls.corpus.reading import clean_row
from wincls.corpus.schemes import OUTSIDE
from wincls.corpus.spans import Span
from wincls.errors import DataError
from wincls.visible import shorten

_TEXT_KEYS = ("text", "data", "sentence", "content", "raw", "document", "originalText")
_SPAN_KEYS = (
    "spans",
    "entities",
    "ents",
    "label",
    "labels",
    "annotation",
    "annotations",
    "denotations",
    "ner",
)
_WORD_KEYS = ("tokens", "words", "tokenized_text")
_WORD_SPAN_KEYS = ("ner", "entities", "spans")
_TAG_KEYS = ("ner_tags", "tags", "labels", "ner", "entities")
_NOT_ANNOTATED = "text without annotation skipped"


class TextRecord(NamedTuple):
    """A text with spans.

    document: what it has in common with the texts of the same document; None if it is one by itself.
    is_sentence: whether it is one sentence, and not to be split.
    """

    text: str
    spans: Sequence[Span]
    document: object = None
    is_sentence: bool = False


class TaggedWords(NamedTuple):
    """A sentence with a tag for each word; document: see TextRecord."""

    words: list[str]
    tags: list[str]
    document: object = ""


class Skipped(NamedTuple):
    """A record that is not read; why: as Notes say it."""

    why: str


Record = TextRecord | TaggedWords | Skipped


class Layout(NamedTuple):
    """A layout of records.

    fits: whether a record has it.
    read: reads a record; its place is for messages.
    """

    fits: Callable[[Any], bool]
    read: Callable[[Any, str, Notes], Record]


def read_record(record: Any, place: str, notes: Notes) -> Record:
    """Read a record in the first layout that fits.

    Raises DataError if none fits, or if the record is not as it should be in its layout.
    """
    for layout in LAYOUTS.values():
        if layout.fits(record):
            return layout.read(record, place, notes)
    found = f"keys {shorten(', '.join(map(str, record)), 60)}" if isinstance(record, dict) else "no object"
    raise DataError(f"{place}: a record with {found}; known are the layouts of {', '.join(LAYOUTS)}")


def _read_words(record: Any, place: str, notes: Notes) -> Record:
    word_key = next(key for key in _WORD_KEYS if _is_strings(record.get(key)))
    tag_key = next(key for key in _TAG_KEYS if _is_tags(record.get(key)))
    words, tags = record[word_key], record[tag_key]
    tags = [str(tag) if type(tag) is int else tag for tag in tags]
    if not all(isinstance(tag, str) for tag in tags):
        raise DataError(f"{place}: {tag_key} has a value that is no string; write tags such as B-PER and O")
    if len(words) != len(tags):
        raise DataError(
            f"{place}: {len(words)} {word_key}, but {len(tags)} {tag_key}; give each word one tag"
        )
    kept: list[tuple[str, str]] = []
    for word, tag in zip(words, tags, strict=True):
        pair = clean_row(cleaned(word, place, notes), tag, place, notes, kept[-1][1] if kept else OUTSIDE)
        kept += [pair] if pair is not None else []
    document = next((record[key] for key in ("document_id", "doc_id", "document") if key in record), "")
    return TaggedWords([word for word, _ in kept], [cleaned(tag, place, notes) for _, tag in kept], document)


def _read_word_spans(record: Any, place: str, notes: Notes) -> Record:
    """Words with spans of words: [0, 1, "PER"] with the last word, or an object with the word after it."""
    words = [cleaned(word, place, notes) for word in next(filter(_is_strings, map(record.get, _WORD_KEYS)))]
    spans = next(record[key] for key in _WORD_SPAN_KEYS if _is_word_spans(record.get(key)))
    tags = [OUTSIDE] * len(words)
    for given, span in ((each, span) for each in spans for span in read_json_spans([each], place, notes)):
        end = span.end + isinstance(given, list)
        if not 0 <= span.start < end <= len(words):
            raise DataError(
                f"{place}: {shorten(repr(given), 60)} is no span of the {len(words)} words; a list has the "
                "first and the last word, from 0, an object the first word and the one after the last"
            )
        if any(tag != OUTSIDE for tag in tags[span.start : end]):
            raise DataError(
                f"{place}: {shorten(repr(given), 60)} overlaps another span; a token has one type"
            )
        tags[span.start : end] = [f"B-{span.label}", *[f"I-{span.label}"] * (end - span.start - 1)]
    if any(not word.strip() for word in words):
        raise DataError(f"{place}: a word is empty; every word needs a character")
    return TaggedWords(words, tags)


def _read_spacy(record: Any, place: str, notes: Notes) -> Record:
    text, annotation = record[:2]
    if "entities" not in annotation:
        return Skipped(_NOT_ANNOTATED)
    return _text_record(text, annotation["entities"], place, notes)


def _read_label_studio(record: Any, place: str, notes: Notes) -> Record:
    annotations = record.get("annotations", record.get("completions"))
    if not isinstance(annotations, list):
        return Skipped(_NOT_ANNOTATED)
    complete = [each for each in annotations if isinstance(each, dict) and not each.get("was_cancelled")]
    if len(complete) < len(annotations):
        notes.add("canceled annotation skipped", place, len(annotations) - len(complete))
    if not complete:
        return Skipped(_NOT_ANNOTATED)
    if len(complete) > 1:
        notes.add("annotation after the first one of a text skipped", place, len(complete) - 1)
    results = complete[0].get("result")
    values = []
    for result in results if isinstance(results, list) else []:
        value = result.get("value") if isinstance(result, dict) else None
        kind = result.get("type", "labels") if isinstance(result, dict) else None
        if isinstance(value, dict) and "start" in value and isinstance(kind, str) and kind.endswith("labels"):
            values.append({"labels": value.get(kind), **value})
    data = record["data"]
    strings = [key for key in data if isinstance(data[key], str)]
    key = "text" if "text" in strings else strings[0] if len(strings) == 1 else None
    if key is None:
        raise DataError(
            f"{place}: no text in data, which has {shorten(', '.join(data))}; name one of them text"
        )
    return _text_record(data[key], values, place, notes)


def _read_text(record: Any, place: str, notes: Notes) -> Record:
    if record.get("answer", "accept") != "accept":
        return Skipped("text whose answer is reject or ignore skipped")
    text = next(record[key] for key in _TEXT_KEYS if isinstance(record.get(key), str))
    spans = next((record[key] for key in _SPAN_KEYS if record.get(key) is not None), None)
    if spans is None:
        is_annotated = record.get("answer") == "accept" or "annotation_id" in record  # Prodigy, Label Studio
        return TextRecord(text, ()) if is_annotated else Skipped(_NOT_ANNOTATED)
    found = _text_record(text, spans, place, notes)
    meta = record.get("meta")
    if isinstance(meta, dict) and isinstance(meta.get("file"), str) and type(meta.get("start")) is int:
        return found._replace(document=meta["file"], is_sentence=True)  # as predict writes it
    return found


def _text_record(text: str, spans: Any, place: str, notes: Notes) -> TextRecord:
    return TextRecord(cleaned(text, place, notes), read_json_spans(spans, place, notes))


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _has_words(record: Any) -> bool:
    return (
        isinstance(record, dict)
        and any(_is_strings(record.get(key)) for key in _WORD_KEYS)
        and any(map(_is_tags, map(record.get, _TAG_KEYS)))
    )


def _is_tags(value: Any) -> bool:
    """Whether a value is a list of tags, or of what should be tags."""
    return (
        isinstance(value, list) and bool(value) and not any(isinstance(each, (list, dict)) for each in value)
    )


def _is_word_spans(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, (list, dict)) for each in value)


def _has_word_spans(record: Any) -> bool:
    return (
        isinstance(record, dict)
        and any(map(_is_strings, map(record.get, _WORD_KEYS)))
        and any(map(_is_word_spans, map(record.get, _WORD_SPAN_KEYS)))
    )


def _is_spacy(record: Any) -> bool:
    return (
        isinstance(record, list)
        and len(record) >= 2
        and isinstance(record[0], str)
        and isinstance(record[1], dict)
    )


def _is_label_studio(record: Any) -> bool:
    return isinstance(record, dict) and isinstance(record.get("data"), dict)


def _has_text(record: Any) -> bool:
    return isinstance(record, dict) and any(isinstance(record.get(key), str) for key in _TEXT_KEYS)


def has_spans(value: Any) -> bool:
    """Whether a value is a text with spans, whatever else it has."""
    return _has_text(value) and any(value.get(key) is not None for key in _SPAN_KEYS)


LAYOUTS = {
    "Hugging Face datasets (tokens, ner_tags)": Layout(_has_words, _read_words),
    "GLiNER and SpERT (tokens, ner or entities)": Layout(_has_word_spans, _read_word_spans),
    "spaCy ([text, {entities}])": Layout(_is_spacy, _read_spacy),
    "Label Studio (data, annotations)": Layout(_is_label_studio, _read_label_studio),
    "Prodigy, doccano, CLUENER, Dataturks, LightTag, PubAnnotation, Rasa, predict (text, spans or label)": (
        Layout(_has_text, _read_text)
    ),
}
