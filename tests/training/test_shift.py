from __future__ import annotations

import random
import re

import numpy as np
import pytest

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.training.data import Corpora
from wincls.training.shift import count_blocks, shift_warnings


def corpus(
    path: str, seed: int, entities: float = 0.2, people: float = 0.5, new: float = 0.0, tokens: int = 3000
) -> Corpus:
    """Random sentences of ten words.

    entities: the share of words that are entities, of which people are PER and the others LOC.
    new: the share of words that no other corpus has.
    """
    rng = random.Random(seed)
    sentences = []
    for n in range(tokens // 10):
        words, found = [], []
        for i in range(10):
            words.append(f"{path}{n}x{i}" if rng.random() < new else f"w{rng.randrange(50)}")
            if rng.random() < entities:
                found.append(Entity(i, i + 1, "PER" if rng.random() < people else "LOC"))
        sentences.append(Sentence(words, found, range(10), n == 0))
    return Corpus(path, sentences, SCHEMES["BIO"])


def warnings(dev: Corpus, has_vectors: bool = True, train: Corpus | None = None) -> str:
    return "\n".join(shift_warnings(Corpora(train or corpus("train", 1), dev, None), has_vectors))


def test_data_of_the_same_kind_are_not_said_to_differ() -> None:
    assert [warnings(corpus("dev", seed)) for seed in range(2, 12)] == [""] * 10


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"entities": 0.4}, r"of its tokens belong to entities \(train: "),
        ({"entities": 0.1}, r"of its tokens belong to entities \(train: "),
        ({"people": 0.9}, r"of its entities are (PER|LOC) \(train: "),
        ({"new": 0.15}, r"of its words are new \(between parts of train: 0%\)"),
    ],
    ids=["more entities", "fewer entities", "types", "words"],
)
def test_what_differs_is_named(changes: dict[str, float], difference: str) -> None:
    message = warnings(corpus("dev", 2, **changes))  # type: ignore[arg-type]
    assert message.startswith("dev is unlike train: ")
    assert message.count(";") == 0
    assert re.search(difference, message), message


def test_a_part_of_train_is_never_said_to_differ() -> None:
    assert warnings(corpus("train (held-out part)", 2, entities=0.5)) == ""


def test_very_small_data_are_not_compared() -> None:
    assert warnings(corpus("dev", 2, entities=0.5, tokens=300)) == ""


def test_a_difference_of_one_document_is_chance() -> None:
    # A fifth of dev, which is two of its ten blocks, has only entities.
    usual, odd = corpus("dev", 2, tokens=2400), corpus("dev", 3, entities=1.0, tokens=600)
    dev = usual._replace(sentences=[*usual.sentences, *odd.sentences])
    train = corpus("train", 1)
    some = corpus("train", 4, entities=1.0, tokens=300)
    assert warnings(dev, train=train._replace(sentences=[*train.sentences, *some.sentences])) == ""


def test_many_unknown_words_ask_for_vectors_if_there_are_none() -> None:
    dev = corpus("dev", 2, new=0.3, tokens=400)
    assert warnings(dev, has_vectors=False).endswith(
        "of the words of dev do not occur in train; word vectors of other text would help: set "
        "features.word.vectors."
    )
    assert warnings(dev, has_vectors=True) == ""
    assert warnings(corpus("dev", 2, new=0.1, tokens=400), has_vectors=False) == ""


def test_words_are_unknown_to_a_block_of_train_if_no_other_block_has_them() -> None:
    def sentence(*words: str) -> Sentence:
        return Sentence([*words, *["."] * (100 - len(words))], [Entity(0, 2, "PER")], range(100), False)

    train = Corpus("train", [sentence("a", "b", "b"), sentence("a", "c")], SCHEMES["BIO"])
    dev = Corpus("dev", [sentence("C", "d", "7")], SCHEMES["BIO"])
    blocks = count_blocks(train, dev, ["LOC", "PER"])
    assert blocks.is_dev.tolist() == [False, False, True]
    assert blocks.words.tolist() == [3, 2, 2]
    assert blocks.unknown.tolist() == [2, 1, 1]  # b and b; c; d
    assert blocks.inside.tolist() == [2, 2, 2]
    np.testing.assert_array_equal(blocks.types, [[0, 1], [0, 1], [0, 1]])
