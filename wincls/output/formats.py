"""Tagged text as brackets, columns or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from wincls.tagger.tagger import ScoredEntity, Tagged

_COLOURS = ("green", "blue", "magenta", "yellow", "cyan", "red")


class TaggedSentence(NamedTuple):
    """A tagged sentence on its way out.

    text: the text that it stands in; start, end: its place there; text_start: the place of the
    text in its file, in characters; tokens: places in the text; tagged: its entities.
    """

    text: str
    start: int
    end: int
    text_start: int
    tokens: Sequence[tuple[int, int]]
    tagged: Tagged

    def entities(self) -> Iterator[tuple[ScoredEntity, int, int]]:
        """Every entity with its place in the text."""
        for entity in self.tagged.entities:
            yield entity, self.tokens[entity.start][0], self.tokens[entity.end - 1][1]


_encode = json.JSONEncoder(ensure_ascii=False).encode

Mark = Callable[[str, str], str]
"""From an entity's type and text to how it is shown."""


def brackets(kind: str, text: str) -> str:
    """[LOC Paris]"""
    return f"[{kind} {text}]"


def colours(types: Sequence[str]) -> Mark:
    """Brackets in the terminal's colours, one for each type."""
    import click

    colour = {kind: _COLOURS[i % len(_COLOURS)] for i, kind in enumerate(types)}
    return lambda kind, text: click.style(brackets(kind, text), fg=colour.get(kind, "white"), bold=True)


def marked_text(sentence: TaggedSentence, mark: Mark = brackets) -> str:
    """The sentence with its entities marked and nothing else changed."""
    parts, done = [], sentence.start
    for entity, start, end in sentence.entities():
        parts += [sentence.text[done:start], mark(entity.type, sentence.text[start:end])]
        done = end
    return "".join([*parts, sentence.text[done : sentence.end]])


def conll_lines(sentence: TaggedSentence) -> str:
    """Word, tab, BIO tag, a token a line, and an empty line."""
    rows = (
        f"{sentence.text[start:end]}\t{tag}\n"
        for (start, end), tag in zip(sentence.tokens, sentence.tagged.tags, strict=True)
    )
    return "".join([*rows, "\n"])


def json_line(sentence: TaggedSentence, file: str | None = None) -> str:
    """One JSON object: the sentence, its place in the file, and entities as places in the sentence."""
    found = [
        {
            "type": entity.type,
            "start": start - sentence.start,
            "end": end - sentence.start,
            "text": sentence.text[start:end],
            "score": round(entity.score, 4),
        }
        for entity, start, end in sentence.entities()
    ]
    record: dict[str, object] = {"file": file} if file is not None else {}
    record["start"] = sentence.text_start + sentence.start
    record["text"] = sentence.text[sentence.start : sentence.end]
    record["entities"] = found
    return _encode(record) + "\n"
