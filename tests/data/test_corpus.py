"""The corpus that comes with wincls: what it holds, and that it is what it was built from."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from wincls.corpus.columns import Columns, read_corpus
from wincls.corpus.documents import Corpus
from wincls.corpus.tokenizer import tokenize

DATA = Path(__file__).parents[2] / "data"
SPLITS = ("train", "dev", "test")
Name = tuple[str, tuple[str, ...]]  # a type and words


@pytest.fixture(scope="module")
def corpora() -> dict[str, Corpus]:
    return {
        split: read_corpus(DATA / f"{split}.conll", Columns(delimiter="tab"), scheme="BIO")
        for split in SPLITS
    }


@pytest.fixture(scope="module")
def build() -> dict[str, Any]:
    return runpy.run_path(str(DATA / "build.py"))


def names(corpus: Corpus) -> set[Name]:
    return {
        (entity.label, tuple(sentence.words[entity.start : entity.end]))
        for sentence in corpus.sentences
        for entity in sentence.entities
    }


@pytest.mark.parametrize(("split", "least"), [("train", 700), ("dev", 200), ("test", 200)])
def test_there_are_sentences_enough(corpora: dict[str, Corpus], split: str, least: int) -> None:
    assert len(corpora[split].sentences) >= least


@pytest.mark.parametrize("split", SPLITS)
def test_every_label_is_there_and_no_other(corpora: dict[str, Corpus], split: str) -> None:
    labels = corpora[split].labels
    assert set(labels) == {"PER", "LOC", "ORG", "MISC"}
    assert min(labels.values()) >= 20
    tokens = Counter[str]()
    for sentence in corpora[split].sentences:
        for entity in sentence.entities:
            tokens[entity.label] += entity.end - entity.start
    assert set(tokens) == set(labels)
    assert min(tokens.values()) >= 50


@pytest.mark.parametrize("split", SPLITS)
def test_sentences_stand_in_documents(corpora: dict[str, Corpus], split: str) -> None:
    starts = [sentence.starts_document for sentence in corpora[split].sentences]
    assert starts[0]
    assert len(starts) / 30 < sum(starts) < len(starts) / 3


def test_no_sentence_stands_in_two_splits(corpora: dict[str, Corpus]) -> None:
    train, dev, test = ({tuple(each.words) for each in corpora[split].sentences} for split in SPLITS)
    assert not train & dev
    assert not train & test
    assert not dev & test


def test_at_least_half_of_the_names_to_find_are_new(corpora: dict[str, Corpus]) -> None:
    for split in ("dev", "test"):
        known = {words for _, words in names(corpora["train"])}
        to_find = {words for _, words in names(corpora[split])}
        assert len(to_find - known) >= len(to_find) / 2


@pytest.mark.parametrize("split", SPLITS)
def test_the_hard_cases_occur(corpora: dict[str, Corpus], split: str) -> None:
    found = names(corpora[split])
    for kind, words in [
        ("ORG", "First National Bank"),
        ("ORG", "National Bank"),  # "at first National Bank shares dipped"
        ("ORG", "Future School"),
        ("LOC", "Paris"),
        ("PER", "Paris"),
        ("LOC", "Texas"),
    ]:
        assert (kind, tuple(words.split())) in found


@pytest.mark.parametrize("split", SPLITS)
def test_the_columns_are_what_the_source_gives(build: dict[str, Any], split: str) -> None:
    assert (DATA / f"{split}.conll").read_bytes() == build["build"](split).encode()


@pytest.mark.parametrize("split", SPLITS)
def test_words_are_cut_as_plain_text_is(corpora: dict[str, Corpus], split: str) -> None:
    for sentence in corpora[split].sentences:
        for word in sentence.words:
            assert not any(char.isspace() for char in word)
    source = (DATA / "source" / f"{split}.txt").read_text(encoding="utf-8")
    lines = [line for line in source.split("\n") if line.strip()]
    assert len(lines) == len(corpora[split].sentences)


def test_brackets_become_columns(build: dict[str, Any]) -> None:
    assert build["columns"]("[PER Ada Byron]'s [MISC Russian]-language U.S. [LOC Paris].") == [
        ("Ada", "B-PER"),
        ("Byron", "I-PER"),
        ("'s", "O"),
        ("Russian-language", "B-MISC"),
        ("U.S.", "O"),
        ("Paris", "B-LOC"),
        (".", "O"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a [LOC Par]is", "an entity ends inside a word: a [LOC Par]is"),
        ("anti[LOC Paris]", "an entity ends inside a word: anti[LOC Paris]"),
        ("a [LOCC Paris]", "a bracket that is no entity: a [LOCC Paris]"),
        ("a [LOC Paris", "a bracket that is no entity: a [LOC Paris"),
    ],
)
def test_a_slip_in_the_source_is_refused(build: dict[str, Any], line: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        build["columns"](line)
    assert str(caught.value) == message


def test_the_sample_text_can_be_cut() -> None:
    text = (DATA / "sample.txt").read_text(encoding="utf-8")
    assert len(tokenize(text)) > 600
