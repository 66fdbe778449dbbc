"""Checks of what a model will know of the text: word vectors, and how raw text will be cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wincls.analysis.findings import Finding
from wincls.corpus.documents import Corpus
from wincls.corpus.learn_tokenizer import learn_tokenizer
from wincls.corpus.tokenizer_check import agreement
from wincls.features.tables import word_key
from wincls.features.vectors import read_vectors

_FEW = 0.8  # share of tokens with vectors below which the vectors are of another kind of text
_DIFFERENT = 0.02  # share of tokens cut differently from which on entities are lost


def check_vectors(corpora: Mapping[str, Corpus], path: str) -> Iterator[Finding]:
    """How many tokens, and tokens of entities, have a vector; path: of the vectors."""
    keys = {word_key(word) for corpus in corpora.values() for each in corpus.sentences for word in each.words}
    known = set(read_vectors(path, keys).words)
    for split, corpus in corpora.items():
        tokens = covered = inside = covered_inside = 0
        for sentence in corpus.sentences:
            has = [word_key(word) in known for word in sentence.words]
            tokens, covered = tokens + len(has), covered + sum(has)
            for start, end, _ in sentence.entities:
                inside, covered_inside = inside + end - start, covered_inside + sum(has[start:end])
        of_all, of_entities = covered / max(1, tokens), covered_inside / max(1, inside)
        yield Finding(
            "vectors", "look" if of_all < _FEW else "note",
            f"{split}: {of_all:.1%} of the tokens and {of_entities:.1%} of the tokens of entities have a "
            f"vector in {path}",
            "words without a vector are learned from the training data alone; use vectors of such text if "
            "they are many",
        )  # fmt: skip


def check_tokenizer(corpora: Mapping[str, Corpus]) -> Iterator[Finding]:
    """Whether raw text will be cut as the first corpus is cut."""
    split, corpus = next(iter(corpora.items()))
    words = [sentence.words for sentence in corpus.sentences]
    found = agreement(learn_tokenizer(words), words)
    if found.different:
        yield Finding(
            "tokenizer", "problem" if found.share > _DIFFERENT else "note",
            f"{split}: the learned tokenizer would cut {found.share:.1%} of the tokens differently",
            "entities will be lost there in raw text; tokenize such text as the training data is tokenized",
            [str(each) for each in found.examples],
        )  # fmt: skip
