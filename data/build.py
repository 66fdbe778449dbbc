"""Turn the bracketed prose of data/source into column files: ``python data/build.py``.

A line is a sentence, an empty line ends an article, ``[LOC Paris]`` is an entity. Words are cut
as ``wincls predict`` cuts plain text, so that a model sees in training what it will see in use.
"""

from __future__ import annotations

import re
from pathlib import Path

from wincls.corpus.conll import DOCUMENT_START
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.corpus.text import tokenize

FOLDER = Path(__file__).parent
ENTITY = re.compile(r"\[(PER|LOC|ORG|MISC) ([^\[\]]+)\]")


def columns(line: str) -> list[tuple[str, str]]:
    """The words and BIO tags of a bracketed sentence."""
    text, marked, done = "", [], 0
    for match in ENTITY.finditer(line):
        text += line[done : match.start()]
        marked.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        done = match.end()
    text += line[done:]
    if "[" in text or "]" in text:
        raise ValueError(f"a bracket that is no entity: {line}")
    tokens = tokenize(text)
    entities = []
    for kind, start, end in marked:
        inside = [i for i, (first, last) in enumerate(tokens) if first < end and start < last]
        first, last = tokens[inside[0]][0], tokens[inside[-1]][1]
        # A compound such as Russian-language bears its name's tag as a whole, as in CoNLL-2003.
        if first != start or (last != end and text[end] != "-"):
            raise ValueError(f"an entity ends inside a word: {line}")
        entities.append(Entity(kind, inside[0], inside[-1] + 1))
    tags = SCHEMES["BIO"].encode(entities, len(tokens))
    return [(text[start:end], tag) for (start, end), tag in zip(tokens, tags, strict=True)]


def build(split: str) -> str:
    """The column file of a split."""
    lines = (FOLDER / "source" / f"{split}.txt").read_text(encoding="utf-8").split("\n")
    parts, in_article = [], False
    for line in lines:
        if line.strip() and not in_article:
            parts.append(f"{DOCUMENT_START}\tO\n\n")
        in_article = bool(line.strip())
        if in_article:
            parts.append("".join(f"{word}\t{tag}\n" for word, tag in columns(line)) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    for split in ("train", "dev", "test"):
        (FOLDER / f"{split}.conll").write_text(build(split), encoding="utf-8")
