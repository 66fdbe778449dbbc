"""Tagged text as brackets, columns, JSON lines or a web page. A new format is one entry in FORMATS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from wincls.corpus.schemes import SCHEMES, Scheme
from wincls.reports import html
from wincls.tagger.documents import Ent, TaggedSentence
from wincls.visible import visible_text

_COLORS = ("green", "blue", "magenta", "yellow", "cyan", "red")


class Context(NamedTuple):
    """What a format can use in addition to the sentences.

    text: the text of the block, with the sentences.
    offset: the offset of its first character in the file.
    file: the name of the file.
    mark: how an entity is shown in text.
    scheme: of tags in columns.
    show: how other text is shown in text.
    """

    text: str
    offset: int
    file: str
    mark: Mark
    scheme: Scheme = SCHEMES["BIO"]
    show: Callable[[str], str] = str


Mark = Callable[[str, str], str]
"""Maps the label and the text of an entity to its form in the output."""


def brackets(label: str, text: str) -> str:
    """[LOC Paris]"""
    return f"[{label} {text}]"


def colors(labels: Sequence[str]) -> Mark:
    """Brackets in terminal colors, around visible text; each label has its own color."""
    import click

    color = {label: _COLORS[i % len(_COLORS)] for i, label in enumerate(labels)}

    def mark(label: str, text: str) -> str:
        return click.style(brackets(label, visible_text(text)), fg=color.get(label, "white"), bold=True)

    return mark


def format_text(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """The text with its entities marked."""
    parts, done = [], 0
    for start, entity in _entities(sentences, context):
        parts += [context.show(context.text[done:start]), context.mark(entity.label, entity.text)]
        done = start + len(entity.text)
    return "".join([*parts, context.show(context.text[done:])])


def format_html(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """The text for a web page, with its entities marked."""
    parts, done = [], 0
    for start, entity in _entities(sentences, context):
        parts += [html.escaped(context.text[done:start]), html.marked(entity)]
        done = start + len(entity.text)
    return "".join([*parts, html.escaped(context.text[done:])])


def _entities(sentences: Sequence[TaggedSentence], context: Context) -> Iterator[tuple[int, Ent]]:
    """The entities, each with its offset in the context's text."""
    for sentence in sentences:
        offset = sentence.start - context.offset
        for entity in sentence.ents:
            yield offset + entity.start, entity


def format_conll(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """Word, tab, tag, a token a line, and an empty line after each sentence."""
    rows = []
    for sentence in sentences:
        tokens = sentence.tokens
        tags = context.scheme.encode([each.entity for each in sentence.entities], len(tokens))
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


def format_doccano(sentences: Sequence[TaggedSentence], context: Context) -> str:
    """One JSON object a sentence, in doccano's layout: its text, and its entities as label."""
    return "".join(_doccano_line(sentence) for sentence in sentences)


def _doccano_line(sentence: TaggedSentence) -> str:
    spans = ", ".join(f"[{each.start}, {each.end}, {_string(each.label)}]" for each in sentence.ents)
    return f'{{"text": {_string(sentence.text)}, "label": [{spans}]}}\n'


class Format(NamedTuple):
    """A format, and what stands around the output of the sentences.

    about: what it is, for the help.
    extension: of the name of a file in it.
    sentences: consecutive sentences of a file to text.
    end_of_file: what a file's output ends with before that of another file.
    head, tail: what the whole begins with, from the labels, and ends with.
    file_head, file_tail: what a file's output begins with, from the file's name, and ends with.
    """

    about: str
    extension: str
    sentences: Callable[[Sequence[TaggedSentence], Context], str]
    end_of_file: str = ""
    head: Callable[[Sequence[str]], str] = lambda labels: ""
    tail: str = ""
    file_head: Callable[[str], str] = lambda name: ""
    file_tail: str = ""


FORMATS: dict[str, Format] = {
    "text": Format("entities in [TYPE brackets]", ".txt", format_text, "\n"),
    "conll": Format("a word and its tag a line", ".conll", format_conll, "\n\n"),
    "jsonl": Format("a sentence a line with its entities as spans", ".jsonl", format_jsonl),
    "html": Format(
        "a web page", ".html", format_html,
        head=html.head, tail=html.TAIL, file_head=html.file_head, file_tail=html.FILE_TAIL,
    ),
    "doccano": Format("a sentence a line as doccano imports it", ".jsonl", format_doccano),
}  # fmt: skip
