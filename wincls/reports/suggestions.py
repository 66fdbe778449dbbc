"""Suggested sentences as annotation tools import them. A new tool is one entry in SUGGESTION_FORMATS."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from wincls.tagger.documents import TaggedSentence


class Suggestion(NamedTuple):
    """A sentence with the entities that a model found.

    file: where it is from; sentence.start is its place there.
    score: the larger, the more worthwhile to annotate.
    """

    file: str
    sentence: TaggedSentence
    score: float

    @property
    def meta(self) -> dict[str, Any]:
        """What tools keep with the text."""
        return {"score": round(self.score, 4), "file": self.file, "start": self.sentence.start}


def prodigy_record(suggestion: Suggestion) -> dict[str, Any]:
    """A task of Prodigy: text, tokens, spans and meta. The last token of a span belongs to it."""
    sentence = suggestion.sentence
    ends = list(accumulate(map(len, sentence.parts)))
    tokens = []
    for i, text in enumerate(sentence.tokens):
        has_space = bool("".join(sentence.parts[2 * i + 1 : 2 * i + 2]))
        end = ends[2 * i]
        tokens.append({"text": text, "start": end - len(text), "end": end, "id": i, "ws": has_space})
    spans = [
        {
            "start": ent.start, "end": ent.end, "token_start": entity.start, "token_end": entity.end - 1,
            "label": ent.label, "score": round(ent.score, 4),
        }
        for ent, entity in zip(sentence.ents, sentence.entities, strict=True)
    ]  # fmt: skip
    return {"text": sentence.text, "tokens": tokens, "spans": spans, "meta": suggestion.meta}


def doccano_record(suggestion: Suggestion) -> dict[str, Any]:
    """A text of doccano with its labels; other keys become metadata."""
    sentence = suggestion.sentence
    labels = [[ent.start, ent.end, ent.label] for ent in sentence.ents]
    return {"text": sentence.text, "label": labels, **suggestion.meta}


def label_studio_record(suggestion: Suggestion) -> dict[str, Any]:
    """A task of Label Studio with a prediction; the names are those of its template for named entities."""
    sentence = suggestion.sentence
    result = [
        {
            "id": f"e{i}", "from_name": "label", "to_name": "text", "type": "labels",
            "score": round(ent.score, 4),
            "value": {"start": ent.start, "end": ent.end, "text": ent.text, "labels": [ent.label]},
        }
        for i, ent in enumerate(sentence.ents)
    ]  # fmt: skip
    prediction = {"model_version": "wincls", "result": result}
    return {"data": {"text": sentence.text}, "meta": suggestion.meta, "predictions": [prediction]}


class SuggestionFormat(NamedTuple):
    """What a tool imports.

    about: for the help.
    record: makes the object of a suggestion.
    is_list: whether the file is one JSON list, rather than a line for each object.
    """

    about: str
    record: Callable[[Suggestion], dict[str, Any]]
    is_list: bool = False


SUGGESTION_FORMATS = {
    "prodigy": SuggestionFormat("JSON lines with text, tokens, spans and meta", prodigy_record),
    "doccano": SuggestionFormat("JSON lines with text and label", doccano_record),
    "label-studio": SuggestionFormat("a JSON list of tasks with predictions", label_studio_record, True),
}


def suggestions_text(suggestions: Sequence[Suggestion], name: str) -> str:
    """The suggestions in a format; name: in SUGGESTION_FORMATS."""
    form = SUGGESTION_FORMATS[name]
    lines = [json.dumps(form.record(each), ensure_ascii=False) for each in suggestions]
    if form.is_list:
        return "[\n" + ",\n".join(lines) + "\n" * bool(lines) + "]\n"
    return "".join(f"{line}\n" for line in lines)
