"""Tagged text as brackets, columns or JSON lines. A new format is one function and one entry in FORMATS."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wincls.corpus.schemes import SCHEMES
from wincls.tagger.documents import TaggedSentence

_COLORS = ("green", "blue", "magenta", "yellow", "cyan", "red")


class Context(NamedTuple):
    """What a format may show besides the sentences.

    text: the text between and around the sentences, which start at their offsets in it.
    offset: the offset of its first character in the file.
    file: the name of the file.
    mark: how an entity is shown in text.
    """

    text: str
    offset: int
    file: str
    mark: Mark


Mark = Callable[[str, str], str]
"""From an entity's label and text to how it is shown."""


def brackets(label: str, text: str) -> str:
    """[LOC Paris]"""
    return f"[{label} {text}]"


def colors(labels: Sequence[str]) -> Mark:
    """Brackets in terminal colors, one for each label."""
    import click

    color = {label: _COLORS[i % len(_COLORS)] for i, label in enumerate(labels)}
    return lambda label, text: click.style(brackets(label, text), fg=color.get(label, "white"), bold=True)


def format_text(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """The text with its entities marked and nothing else changed."""
    parts, done = [], 0
    for sentence in sentences:
        offset = sentence.start - context.offset
        for entity in sentence.ents:
            start = offset + entity.start
            parts += [context.text[done:start], context.mark(entity.label, entity.text)]
            done = offset + entity.end
    return "".join([*parts, context.text[done:]])


def format_conll(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """Word, tab, BIO tag, a token a line, and an empty line after each sentence."""
    rows = []
    for sentence in sentences:
        tokens = sentence.tokens
        tags = SCHEMES["BIO"].encode([each.entity for each in sentence.entities], len(tokens))
        rows += [f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True)]
        rows.append("\n")
    return "".join(rows)


_string = json.JSONEncoder(ensure_ascii=False).encode  # ten times as fast for strings as for objects


def format_jsonl(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """One JSON object a sentence, in Prodigy's layout: its text, its spans, and where it is from."""
    file = _string(context.file)
    return "".join(_json_line(sentence, file) for sentence in sentences)


def _json_line(sentence: TaggedSentence, file: str) -> str:
    spans = ", ".join(
        f'{{"label": {_string(label)}, "start": {start}, "end": {end}, "text": {_string(text)}, '
        f'"score": {round(score, 4)}}}'
        for text, label, start, end, score in sentence.ents
    )
    meta = f'{{"file": {file}, "start": {sentence.start}}}'
    return f'{{"text": {_string(sentence.text)}, "spans": [{spans}], "meta": {meta}}}\n'


FORMATS: dict[str, Callable[[Sequence[TaggedSentence], Context], str]] = {
    "text": format_text,
    "conll": format_conll,
    "jsonl": format_jsonl,
}
