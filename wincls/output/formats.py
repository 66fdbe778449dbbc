"""Tagged text as brackets, columns or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wincls.tagger.tagger import ScoredEntity

_COLOURS = ("green", "blue", "magenta", "yellow", "cyan", "red")


class TaggedSentence(NamedTuple):
    """A tagged sentence on its way out.

    text: the sentence as it stood; start: its place in its file, in characters; tokens: places in
    `text`; tags: BIO; entities: as places of tokens.
    """

    text: str
    start: int
    tokens: Sequence[tuple[int, int]]
    tags: Sequence[str]
    entities: Sequence[ScoredEntity]


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
    parts, done = [], 0
    for entity in sentence.entities:
        start, end = sentence.tokens[entity.start][0], sentence.tokens[entity.end - 1][1]
        parts += [sentence.text[done:start], mark(entity.type, sentence.text[start:end])]
        done = end
    return "".join([*parts, sentence.text[done:]])


def conll_lines(sentence: TaggedSentence) -> str:
    """Word, tab, BIO tag, a token a line, and an empty line."""
    rows = (
        f"{sentence.text[start:end]}\t{tag}\n"
        for (start, end), tag in zip(sentence.tokens, sentence.tags, strict=True)
    )
    return "".join([*rows, "\n"])


def json_line(sentence: TaggedSentence, file: str | None = None) -> str:
    """One JSON object: text, its place in the file, and entities as places in the text."""
    entities = []
    for entity in sentence.entities:
        start, end = sentence.tokens[entity.start][0], sentence.tokens[entity.end - 1][1]
        entities.append(
            {
                "type": entity.type,
                "start": start,
                "end": end,
                "text": sentence.text[start:end],
                "score": round(entity.score, 4),
            }
        )
    record: dict[str, object] = {"file": file} if file is not None else {}
    record |= {"start": sentence.start, "text": sentence.text, "entities": entities}
    return json.dumps(record, ensure_ascii=False) + "\n"
