from __future__ import annotations

import json

import click
import pytest
from wincls.output.formats import TaggedSentence, brackets, colours, conll_lines, json_line, marked_text

from wincls.tagger.tagger import ScoredEntity, Tagged

SENTENCE = TaggedSentence(
    start=105,
    parts=["Ada", "  ", "Lovelace", " ", "left", " ", "São", " ", "Paulo", "", "."],
    tagged=Tagged(6, [ScoredEntity("PER", 0, 2, 0.98765), ScoredEntity("LOC", 3, 5, 0.5)]),
)
SIDE_BY_SIDE = TaggedSentence(
    start=0,
    parts=["USA", "", "Paris"],
    tagged=Tagged(2, [ScoredEntity("A", 0, 1, 1.0), ScoredEntity("B", 1, 2, 1.0)]),
)


def test_entities_stand_in_brackets_and_nothing_else_is_changed() -> None:
    assert marked_text(SENTENCE) == "[PER Ada  Lovelace] left [LOC São Paulo]."


def test_entities_may_touch() -> None:
    assert marked_text(SIDE_BY_SIDE) == "[A USA][B Paris]"


def test_a_sentence_without_entities_is_its_text() -> None:
    assert marked_text(SENTENCE._replace(tagged=Tagged(6, []))) == "Ada  Lovelace left São Paulo."


def test_any_mark_will_do() -> None:
    assert marked_text(SENTENCE, lambda kind, text: f"<{kind}>{text}</{kind}>") == (
        "<PER>Ada  Lovelace</PER> left <LOC>São Paulo</LOC>."
    )


def test_columns_are_a_word_and_its_tag() -> None:
    assert conll_lines(SENTENCE) == (
        "Ada\tB-PER\nLovelace\tI-PER\nleft\tO\nSão\tB-LOC\nPaulo\tI-LOC\n.\tO\n\n"
    )


def test_columns_need_a_tag_for_every_token() -> None:
    with pytest.raises(ValueError, match="zip"):
        conll_lines(SENTENCE._replace(tagged=Tagged(1, [])))


def test_a_json_line_by_example() -> None:
    assert json_line(SENTENCE) == (
        '{"start": 105, "text": "Ada  Lovelace left São Paulo.", "entities": ['
        '{"type": "PER", "start": 0, "end": 13, "text": "Ada  Lovelace", "score": 0.9877}, '
        '{"type": "LOC", "start": 19, "end": 28, "text": "São Paulo", "score": 0.5}]}\n'
    )


def test_a_json_line_names_its_file_on_request() -> None:
    assert list(json.loads(json_line(SENTENCE, "a.txt"))) == ["file", "start", "text", "entities"]
    assert json.loads(json_line(SENTENCE, "a.txt"))["file"] == "a.txt"


def test_json_stays_on_one_line() -> None:
    sentence = TaggedSentence(0, ["a", "\n", '"b"', "\r\t", "c"], Tagged(3, []))
    line = json_line(sentence)
    assert line.count("\n") == 1
    assert json.loads(line)["text"] == sentence.text


def test_every_type_has_a_colour_of_its_own() -> None:
    mark = colours(["LOC", "PER"])
    location, person = mark("LOC", "Paris"), mark("PER", "Paris")
    assert click.unstyle(location) == brackets("LOC", "Paris") == "[LOC Paris]"
    assert location.replace("LOC", "PER") != person
    assert location == click.style("[LOC Paris]", fg="green", bold=True)


def test_colours_begin_anew_when_there_are_more_types() -> None:
    mark = colours([f"T{i}" for i in range(7)])
    assert mark("T6", "x") == mark("T0", "x").replace("T0", "T6")
    assert mark("unknown", "x") == click.style("[unknown x]", fg="white", bold=True)
