"""Tagged text as brackets, columns or JSON lines. A new format is one function and one entry in FORMATS."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wincls.corpus.schemes import SCHEMES
from wincls.tagger.documents import TaggedSentence

_COLORS = ("green", "blue", "magenta", "yellow", "cyan", "red")


class Context(NamedTuple):
    """What a format can use in addition to the sentences.

    text: the text of the block, with the sentences.
    offset: the offset of its first character in the file.
    file: the name of the file.
    mark: formats an entity in text.
    """

    text: str
    offset: int
    file: str
    mark: Mark


Mark = Callable[[str, str], str]
"""Maps the label and the text of an entity to its form in the output."""


def brackets(label: str, text: str) -> str:
    """[LOC Paris]"""
    return f"[{label} {text}]"


def colors(labels: Sequence[str]) -> Mark:
    """Brackets in terminal colors; each label has its own color."""
    import click

    color = {label: _COLORS[i % len(_COLORS)] for i, label in enumerate(labels)}
    return lambda label, text: click.style(brackets(label, text), fg=color.get(label, "white"), bold=True)


def format_text(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """The text with its entities marked; nothing else is changed."""
    parts, done = [], 0
    for sentence in sentences:
        offset = sentence.start - context.offset
        for entity in sentence.ents:
            start = offset + entity.start
            parts += [context.text[done:start], context.mark(entity.label, entity.text)]
            done = offset + entity.end
    return "".join([*parts, context.text[done:]])


def format_conll(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """One token per line (word, tab, BIO tag), and an empty line after each sentence."""
    rows = []
    for sentence in sentences:
        tokens = sentence.tokens
        tags = SCHEMES["BIO"].encode([each.entity for each in sentence.entities], len(tokens))
        rows += [f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True)]
        rows.append("\n")
    return "".join(rows)


_string = json.JSONEncoder(ensure_ascii=False).encode  # ten times faster than encoding whole objects


def format_jsonl(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """One JSON object per sentence in Prodigy's layout: text, spans, and the file and offset in meta."""
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
