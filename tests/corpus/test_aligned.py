from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from wincls.corpus.aligned import Aligned, read_aligned
from wincls.corpus.columns import Columns
from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.errors import DataError

Write = Callable[..., Path]
WORDS = [["Ada", "saw", "New", "York", "."], ["U.S.", "-based", "Acme", "won"]]
GOLD = Corpus(
    "gold.conll",
    [Sentence(WORDS[0], (), range(1, 6), True), Sentence(WORDS[1], (), range(7, 11), False)],
    SCHEMES["BIO"],
)


def aligned(write: Write, content: str, name: str = "a.jsonl", reading: Reading = Reading()) -> Aligned:
    return read_aligned(str(write(content, name)), GOLD, reading)


def lines(*records: tuple[str, list[tuple[int, int, str]]]) -> str:
    return "".join(
        json.dumps({"text": text, "spans": [{"start": a, "end": b, "label": label} for a, b, label in spans]})
        + "\n"
        for text, spans in records
    )


def error(write: Write, content: str, name: str = "a.jsonl") -> str:
    with pytest.raises(DataError) as caught:
        aligned(write, content, name)
    return str(caught.value).replace(str(write("", "x").parent) + "/", "")


def test_the_last_column_has_the_predicted_tags(write: Write) -> None:
    tags = [["B-PER", "O", "B-LOC", "I-LOC", "O"], ["O", "O", "S-ORG", "O"]]
    rows = [
        "".join(f"{word}\tB-X\t{tag}\n" for word, tag in zip(*pair, strict=True))
        for pair in zip(WORDS, tags, strict=True)
    ]
    found = aligned(write, "\n".join(rows), "a.conll")
    assert found.entities == [[Entity(0, 1, "PER"), Entity(2, 4, "LOC")], [Entity(2, 3, "ORG")]]
    assert not any("column" in note.what for note in found.notes)
    reading = Reading(Columns(word=2, tag=1), keep_labels=("LOC",))
    rows = [
        "".join(f"O\t{word}\t{tag}\n" for word, tag in zip(*pair, strict=True))
        for pair in zip(WORDS, tags, strict=True)
    ]
    assert aligned(write, "\n".join(rows), "a.conll", reading).entities == [[Entity(2, 4, "LOC")], []]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Ada\tO\nsees\tO\n", "a.conll:2: found 'sees', but gold.conll:2 has 'saw'; predictions need the"),
        ("Ada\tO\n", "a.conll:1: a sentence of 1 tokens, but that at gold.conll:1 has 5; predictions need"),
    ],
)
def test_other_tokens_are_an_error_with_both_places(write: Write, content: str, message: str) -> None:
    assert error(write, content, "a.conll").startswith(message)


def test_another_number_of_sentences_is_an_error(write: Write) -> None:
    rows = ["".join(f"{word}\tO\n" for word in words) for words in WORDS]
    assert error(write, rows[0], "a.conll").startswith(
        "a.conll: ends before the sentence at gold.conll:7, 'U.S. -based Acme won'; predictions need"
    )
    assert error(write, "\n".join([*rows, "x\tO\n"]), "a.conll").startswith(
        "a.conll:12: a sentence after the last one; predictions need the sentences and tokens of gold.conll"
    )


TEXT = ("Ada saw New York.", [(0, 3, "PER"), (8, 16, "LOC")])


def test_spans_become_entities_of_the_tokens_whatever_spaces_the_text_has(write: Write) -> None:
    second = [Entity(0, 1, "LOC"), Entity(2, 3, "ORG")]
    for text, spans in (
        ("U.S.-based Acme won", [(0, 4, "LOC"), (11, 15, "ORG")]),
        ("U.S. -based\n\u200bAcme  won ", [(0, 4, "LOC"), (12, 17, "ORG")]),
    ):
        found = aligned(write, lines(TEXT, (text, spans)))
        assert found.entities == [[Entity(0, 1, "PER"), Entity(2, 4, "LOC")], second]
        assert found.notes == []


def test_records_may_be_cut_differently_than_sentences(write: Write) -> None:
    whole = ("Ada saw New York. U.S.-based Acme won", [(8, 16, "LOC"), (29, 33, "ORG")])
    expected = [[Entity(2, 4, "LOC")], [Entity(2, 3, "ORG")]]
    assert aligned(write, lines(whole)).entities == expected
    parts = [("Ada saw", []), ("New York", [(0, 8, "LOC")]), (".U.S.-based Acme won", [(12, 16, "ORG")])]
    assert aligned(write, lines(*parts)).entities == expected
    as_list = json.dumps([json.loads(line) for line in lines(*parts).splitlines()], indent=1)
    assert aligned(write, as_list, "a.json").entities == expected


def test_the_layout_of_spacy_is_read(write: Write) -> None:
    """Doc.to_json."""
    records = [
        {
            "text": "Ada saw New York.",
            "ents": [{"start": 8, "end": 16, "label": "LOC"}],
            "tokens": [{"id": 0}],
        },
        {"text": "U.S.-based Acme won", "ents": []},
    ]
    found = aligned(write, "".join(json.dumps(each) + "\n" for each in records))
    assert found.entities == [[Entity(2, 4, "LOC")], []]


def test_words_with_tags_in_json_are_compared_token_by_token(write: Write) -> None:
    records = [{"tokens": words, "ner_tags": ["B-X", *["O"] * (len(words) - 1)]} for words in WORDS]
    content = "".join(json.dumps(each) + "\n" for each in records)
    assert aligned(write, content).entities == [[Entity(0, 1, "X")]] * 2
    message = "a.jsonl:2: found 'U.S.', but gold.conll:7 has 'U.S.x'"
    other = [GOLD.sentences[0], GOLD.sentences[1]._replace(words=["U.S.x", *WORDS[1][1:]])]
    with pytest.raises(DataError, match=message.replace(".", r"\.")):
        read_aligned(str(write(content, "a.jsonl")), GOLD._replace(sentences=other), Reading())


def test_overlapping_and_repeated_spans_are_read(write: Write) -> None:
    spans = [(8, 16, "LOC"), (8, 16, "LOC"), (12, 16, "ORG")]
    found = aligned(write, lines((TEXT[0], spans), ("U.S.-based Acme won", [])))
    assert found.entities == [[Entity(2, 4, "LOC"), Entity(3, 4, "ORG")], []]


@pytest.mark.parametrize("span", [(0, 3), (1, 4), (1, 2)])
def test_a_span_that_cuts_a_token_is_widened_and_noted(write: Write, span: tuple[int, int]) -> None:
    spans = [(*span, "LOC"), (4, 15, "ORG")]
    found = aligned(write, lines(TEXT, ("U.S.-based Acme won", spans)))
    assert found.entities[1] == [Entity(0, 1, "LOC"), Entity(1, 3, "ORG")]
    (note,) = found.notes
    assert (note.what, note.times) == ("span that cuts a token widened to the token", 1)


def test_a_span_across_a_sentence_end_equals_no_entity(write: Write) -> None:
    found = aligned(write, lines(("Ada saw New York. U.S.-based Acme won", [(12, 22, "LOC")])))
    assert found.entities == [[Entity(3, 6, "LOC")], []]
    assert "across a sentence end" in found.notes[0].what


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (
            [("Ada saw Old York.", [])],
            "a.jsonl:1: found 'Old York.', but gold.conll:3 has 'New York .'; predictions need the text of",
        ),
        (
            [TEXT, ("U.S.-based Acme won it", [])],
            "a.jsonl:2: found 'it', but the text ends there; predictions need",
        ),
        (
            [TEXT],
            "a.jsonl: the text ends too early; gold.conll:7 has 'U.S. -based Acme won'; predictions need",
        ),
    ],
)
def test_another_text_is_an_error_with_both_places(write: Write, records: list, message: str) -> None:
    assert error(write, lines(*records)).startswith(message)


def test_a_text_without_spans_is_an_error(write: Write) -> None:
    content = lines(TEXT) + json.dumps({"text": "U.S.-based Acme won"}) + "\n"
    assert error(write, content) == (
        "a.jsonl:2: text without annotation skipped; each text needs spans, which may be an empty list"
    )


def test_types_that_are_not_read_in_the_corpus_are_left_out(write: Write) -> None:
    found = aligned(
        write, lines(TEXT, ("U.S.-based Acme won", [(0, 4, "LOC")])), reading=Reading(keep_labels=("PER",))
    )
    assert found.entities == [[Entity(0, 1, "PER")], []]
