"""Turn the bracketed prose of data/source into column files: ``python data/build.py``.

A line is a sentence, an empty line ends an article, and ``[LOC Paris]`` is an entity. The text is tokenized
in the same way as by ``wincls predict``, so that tokens in training are like those in use.
"""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import Path

from wincls.corpus.columns import DOCUMENT_START, read_corpus
from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.corpus.tokenizer import tokenize

FOLDER = Path(__file__).parent
SPLITS = ("train", "dev", "test")
TYPES = ("PER", "LOC", "ORG", "MISC")
ENTITY = re.compile(rf"\[({'|'.join(TYPES)}) ([^\[\]]+)\]")


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
    parts = tokenize(text)
    ends = list(accumulate(map(len, parts)))
    tokens = list(zip(ends[::2], ends[1::2], strict=False))  # their offsets; the last part is no token
    entities = []
    for label, start, end in marked:
        inside = [i for i, (first, last) in enumerate(tokens) if first < end and start < last]
        first, last = tokens[inside[0]][0], tokens[inside[-1]][1]
        # A compound such as Russian-language has the tag of its name as a whole, as in CoNLL-2003.
        if first != start or (last != end and text[end] != "-"):
            raise ValueError(f"an entity ends inside a word: {line}")
        entities.append(Entity(inside[0], inside[-1] + 1, label))
    tags = SCHEMES["BIO"].encode(entities, len(tokens))
    return list(zip(parts[1::2], tags, strict=True))


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


def counts() -> str:
    """The table of data/README.md."""
    corpora = {split: read_corpus(FOLDER / f"{split}.conll") for split in SPLITS}
    names = {split: entity_names(corpus) for split, corpus in corpora.items()}
    lines = [
        f"| split | articles | sentences | tokens | {' | '.join(TYPES)} | entities not in train |",
        "|---|" + "--:|" * 8,
    ]
    for split, corpus in corpora.items():
        articles = sum(sentence.starts_document for sentence in corpus.sentences)
        new = len(names[split] - names["train"]) / len(names[split])
        cells = [articles, len(corpus.sentences), corpus.tokens, *(corpus.labels[label] for label in TYPES)]
        unseen = "" if split == "train" else f"{new:.0%}"
        lines.append(f"| {split} | {' | '.join(f'{cell:,}' for cell in cells)} | {unseen} |")
    return "\n".join(lines) + "\n"


def entity_names(corpus: Corpus) -> set[str]:
    """The distinct entity strings of a corpus."""
    return {
        " ".join(sentence.words[each.start : each.end])
        for sentence in corpus.sentences
        for each in sentence.entities
    }


def main() -> None:
    for split in SPLITS:
        (FOLDER / f"{split}.conll").write_text(build(split), encoding="utf-8")
    readme = FOLDER / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition("<!-- begin counts -->\n")
    _, _, after = rest.partition("<!-- end counts -->")
    table = f"<!-- begin counts -->\n{counts()}<!-- end counts -->"
    readme.write_text(f"{before}{table}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
