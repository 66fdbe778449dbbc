from __future__ import annotations

import json
from typing import Any

import click
import pytest

from wincls.corpus.schemes import SCHEMES
from wincls.reports.formats import FORMATS, Context, brackets, colors
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.documents import TaggedSentence

SENTENCE = TaggedSentence(
    start=105,
    parts=["Ada", "  ", "Lovelace", " ", "left", " ", "São", " ", "Paulo", "", "."],
    entities=[ScoredEntity(0, 2, "PER", 0.98765), ScoredEntity(3, 5, "LOC", 0.5)],
)
ADJACENT = TaggedSentence(
    start=105,
    parts=["USA", "", "Paris"],
    entities=[ScoredEntity(0, 1, "A", 1.0), ScoredEntity(1, 2, "B", 1.0)],
)


def written(name: str, *sentences: TaggedSentence, **context: Any) -> str:
    text = "".join(sentence.text for sentence in sentences)
    given = Context(text, sentences[0].start, "a.txt", brackets)._replace(**context)
    return FORMATS[name].sentences(sentences, given)


def test_entities_are_in_brackets_and_nothing_else_is_changed() -> None:
    assert written("text", SENTENCE) == "[PER Ada  Lovelace] left [LOC São Paulo]."
    around = Context(f"# {SENTENCE.text}\n", 103, "a.txt", brackets)
    assert FORMATS["text"].sentences([SENTENCE], around) == "# [PER Ada  Lovelace] left [LOC São Paulo].\n"


def test_entities_may_be_adjacent() -> None:
    assert written("text", ADJACENT) == "[A USA][B Paris]"


def test_a_sentence_without_entities_is_its_text() -> None:
    assert written("text", SENTENCE._replace(entities=[])) == "Ada  Lovelace left São Paulo."


def test_any_mark_can_be_used() -> None:
    marked = written("text", SENTENCE, mark=lambda label, text: f"<{label}>{text}</{label}>")
    assert marked == "<PER>Ada  Lovelace</PER> left <LOC>São Paulo</LOC>."


def test_columns_are_a_word_and_its_tag() -> None:
    assert written("conll", SENTENCE) == (
        "Ada\tB-PER\nLovelace\tI-PER\nleft\tO\nSão\tB-LOC\nPaulo\tI-LOC\n.\tO\n\n"
    )


def test_a_json_line_by_example() -> None:
    assert written("jsonl", SENTENCE) == (
        '{"text": "Ada  Lovelace left São Paulo.", "spans": ['
        '{"label": "PER", "start": 0, "end": 13, "text": "Ada  Lovelace", "score": 0.9877}, '
        '{"label": "LOC", "start": 19, "end": 28, "text": "São Paulo", "score": 0.5}], '
        '"meta": {"file": "a.txt", "start": 105}}\n'
    )


def test_columns_have_the_tags_of_the_scheme() -> None:
    rows = written("conll", SENTENCE, scheme=SCHEMES["IOBES"]).splitlines()
    assert [row.split("\t")[1] for row in rows if row] == ["B-PER", "E-PER", "O", "B-LOC", "E-LOC", "O"]


def test_a_line_for_doccano_by_example() -> None:
    line = written("doccano", SENTENCE)
    assert line == '{"text": "Ada  Lovelace left São Paulo.", "label": [[0, 13, "PER"], [19, 28, "LOC"]]}\n'
    record = json.loads(line)
    assert [record["text"][start:end] for start, end, _ in record["label"]] == ["Ada  Lovelace", "São Paulo"]


def test_a_web_page_has_the_text_with_its_entities_marked() -> None:
    assert written("html", SENTENCE) == (
        '<mark data-type="PER" title="PER 0.9877">Ada  Lovelace</mark> left '
        '<mark data-type="LOC" title="LOC 0.5000">São Paulo</mark>.'
    )


def test_json_stays_on_one_line() -> None:
    sentence = TaggedSentence(0, ["a", "\n", '"b"', "\r\t", "c"], [])
    line = written("jsonl", sentence)
    assert line.count("\n") == 1
    assert json.loads(line)["text"] == sentence.text


@pytest.mark.parametrize("name", FORMATS)
def test_several_sentences_are_written_in_order(name: str) -> None:
    second = SENTENCE._replace(start=SENTENCE.start + len(SENTENCE.text))
    both = written(name, SENTENCE, second)
    assert both == written(name, SENTENCE) + written(name, second)


def test_every_label_has_a_color_of_its_own() -> None:
    mark = colors(["LOC", "PER"])
    location, person = mark("LOC", "Paris"), mark("PER", "Paris")
    assert click.unstyle(location) == brackets("LOC", "Paris") == "[LOC Paris]"
    assert location.replace("LOC", "PER") != person
    assert location == click.style("[LOC Paris]", fg="green", bold=True)


def test_colors_repeat_when_there_are_more_labels() -> None:
    mark = colors([f"T{i}" for i in range(7)])
    assert mark("T6", "x") == mark("T0", "x").replace("T0", "T6")
    assert mark("unknown", "x") == click.style("[unknown x]", fg="white", bold=True)
