from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.reading import read
from wincls.reports.suggestions import SUGGESTION_FORMATS, Suggestion, suggestions_text
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.documents import TaggedSentence

ADA = Suggestion(
    "a.txt",
    TaggedSentence(
        7,
        ["Ada", " ", "Lee", "  ", "saw", " ", "Paris", "", "."],
        [ScoredEntity(0, 2, "PER", 0.123456), ScoredEntity(3, 4, "LOC", 0.9)],
    ),
    1.23456,
)
NONE = Suggestion("b.txt", TaggedSentence(0, ["No", " ", "one", "."], []), 0.5)
SENTENCES = [
    ("Ada Lee saw Paris .", [("Ada Lee", "PER"), ("Paris", "LOC")]),
    ("No one .", []),
]


def records(name: str) -> list[Any]:
    text = suggestions_text([ADA, NONE], name)
    return json.loads(text) if SUGGESTION_FORMATS[name].is_list else list(map(json.loads, text.splitlines()))


def test_prodigy_gets_tokens_with_spans_that_end_with_their_last_token() -> None:
    first, second = records("prodigy")
    assert first["text"] == "Ada Lee  saw Paris."
    assert first["tokens"][1] == {"text": "Lee", "start": 4, "end": 7, "id": 1, "ws": True}
    assert first["tokens"][3] == {"text": "Paris", "start": 13, "end": 18, "id": 3, "ws": False}
    assert first["tokens"][4] == {"text": ".", "start": 18, "end": 19, "id": 4, "ws": False}
    assert first["spans"] == [
        {"start": 0, "end": 7, "token_start": 0, "token_end": 1, "label": "PER", "score": 0.1235},
        {"start": 13, "end": 18, "token_start": 3, "token_end": 3, "label": "LOC", "score": 0.9},
    ]
    assert first["meta"] == {"score": 1.2346, "file": "a.txt", "start": 7}
    assert second["spans"] == []


def test_label_studio_gets_a_list_of_tasks_with_predictions() -> None:
    first, second = records("label-studio")
    assert first["data"] == {"text": "Ada Lee  saw Paris."}
    assert first["meta"] == {"score": 1.2346, "file": "a.txt", "start": 7}
    assert first["predictions"][0]["result"][1] == {
        "id": "e1", "from_name": "label", "to_name": "text", "type": "labels", "score": 0.9,
        "value": {"start": 13, "end": 18, "text": "Paris", "labels": ["LOC"]},
    }  # fmt: skip
    assert second["predictions"][0]["result"] == []


@pytest.mark.parametrize("name", ["prodigy", "doccano"])
def test_lines_are_read_back_as_annotated_text(write: Callable[..., Path], name: str) -> None:
    path = write(suggestions_text([ADA, NONE], name), "tasks.jsonl")
    assert read(path) == (SENTENCES, "")


def test_predictions_of_label_studio_are_read_back_once_an_annotator_has_accepted_them(
    write: Callable[..., Path],
) -> None:
    exported = [task | {"annotations": task["predictions"]} for task in records("label-studio")]
    assert read(write(json.dumps(exported), "export.json")) == (SENTENCES, "")


@pytest.mark.parametrize("name", SUGGESTION_FORMATS)
def test_no_suggestion_is_an_empty_file_or_list(name: str) -> None:
    text = suggestions_text([], name)
    assert text == ("[\n]\n" if SUGGESTION_FORMATS[name].is_list else "")
