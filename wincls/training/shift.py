"""Whether the development data are unlike the training data, beyond chance.

Neighboring sentences resemble each other, so the unit of chance is a block of consecutive sentences. A
difference counts if it is large, and if few random divisions of all blocks into two parts of the same
numbers of blocks show a larger one (approximate randomization, Noreen 1989).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, group_segments
from wincls.corpus.documents import Corpus, Sentence
from wincls.features.tables import word_key
from wincls.training.data import Corpora, is_held_out

_BLOCKS = 10  # of the development data at least, unless they are very small
_SMALLEST, _LARGEST = 100, 1000  # tokens of a block
_LEAST_BLOCKS = 5
_SAMPLES = 2000
_P = 0.01
_TIMES = 1.5  # larger or smaller
_MORE_UNKNOWN = 0.05
_TYPES = 0.2  # total variation distance of the shares of the types
_MANY_UNKNOWN = 0.2
_LEAST_WORDS = 200


class Blocks(NamedTuple):
    """Counts of blocks of sentences, first those of train, then those of dev.

    is_dev: (blocks,) bool.
    tokens, words, unknown, inside: (blocks,) tokens, words (tokens with a letter first), words that do not
        occur in train outside of the block, and tokens of entities.
    types: (blocks, types) entities.
    """

    is_dev: Array
    tokens: Array
    words: Array
    unknown: Array
    inside: Array
    types: Array


def shift_warnings(corpora: Corpora, has_vectors: bool) -> Iterator[str]:
    """A line if dev is unlike train, and one if many of its words are unknown.

    has_vectors: whether word vectors are read from a file, so that unknown words matter less.
    """
    train, dev, _ = corpora
    labels = sorted(train.labels.keys() | dev.labels.keys())
    blocks = count_blocks(train, dev, labels)
    words = blocks.words[blocks.is_dev].sum()
    unknown = blocks.unknown[blocks.is_dev].sum() / max(1, words)
    if not has_vectors and words >= _LEAST_WORDS and unknown > _MANY_UNKNOWN:
        yield (
            f"{unknown:.0%} of the words of {dev.name} do not occur in {train.name}; word vectors of other "
            "text would help: set features.word.vectors."
        )
    if is_held_out(dev) or blocks.is_dev.sum() < _LEAST_BLOCKS:
        return
    if found := list(_differences(blocks, labels)):
        yield (
            f"{dev.name} is unlike {train.name}: {'; '.join(found)}. If you will not tag such text, leave "
            "out data.dev, so that a part of train is held out instead."
        )


def count_blocks(train: Corpus, dev: Corpus, labels: Sequence[str]) -> Blocks:
    """Count what is in blocks of about the same size; labels: of the types."""
    size = min(max(dev.tokens // _BLOCKS, _SMALLEST), _LARGEST)
    parts = [_cut(corpus.sentences, size) for corpus in (train, dev)]
    keys = [[_words(block) for block in part] for part in parts]
    blocks_with = Counter(word for counts in keys[0] for word in counts)
    unknown = [
        [sum(times for word, times in counts.items() if blocks_with[word] <= own) for counts in part]
        for own, part in ((1, keys[0]), (0, keys[1]))
    ]
    both = [*parts[0], *parts[1]]
    entities = [[entity for sentence in block for entity in sentence.entities] for block in both]
    found = [Counter(entity.label for entity in its) for its in entities]
    return Blocks(
        is_dev=np.arange(len(both)) >= len(parts[0]),
        tokens=np.array([sum(len(sentence.words) for sentence in block) for block in both]),
        words=np.array([counts.total() for part in keys for counts in part]),
        unknown=np.array([*unknown[0], *unknown[1]]),
        inside=np.array([sum(entity.end - entity.start for entity in its) for its in entities]),
        types=np.array([[counts[label] for label in labels] for counts in found]),
    )


def _differences(blocks: Blocks, labels: Sequence[str]) -> Iterator[str]:
    """What differs, with both figures."""
    unknown = _shares(blocks, blocks.unknown[:, None], blocks.words)
    (of_train,), (of_dev,) = unknown
    if (
        of_dev > _TIMES * of_train
        and of_dev > of_train + _MORE_UNKNOWN
        and _p(blocks, lambda given: _gap(given, given.unknown[:, None], given.words)) < _P
    ):
        yield f"{of_dev:.0%} of its words are new (between parts of train: {of_train:.0%})"
    (of_train,), (of_dev,) = _shares(blocks, blocks.inside[:, None], blocks.tokens)
    if (
        not 1 / _TIMES <= (of_dev + 1e-9) / (of_train + 1e-9) <= _TIMES
        and _p(blocks, lambda given: _gap(given, given.inside[:, None], given.tokens)) < _P
    ):
        yield f"{of_dev:.1%} of its tokens belong to entities (train: {of_train:.1%})"
    in_train, in_dev = _shares(blocks, blocks.types, blocks.types.sum(axis=1))
    if (
        0.5 * np.abs(in_train - in_dev).sum() > _TYPES
        and _p(blocks, lambda given: _gap(given, given.types, given.types.sum(axis=1))) < _P
    ):
        most = int(np.abs(in_train - in_dev).argmax())
        yield f"{in_dev[most]:.0%} of its entities are {labels[most]} (train: {in_train[most]:.0%})"


def _shares(blocks: Blocks, counts: Array, totals: Array) -> tuple[Array, Array]:
    """The shares of counts, (blocks, n), in totals, (blocks,), in train and in dev, both (n,)."""
    parts = (~blocks.is_dev, blocks.is_dev)
    of_train, of_dev = (counts[part].sum(axis=0) / max(1, totals[part].sum()) for part in parts)
    return of_train, of_dev


def _gap(blocks: Blocks, counts: Array, totals: Array) -> float:
    of_train, of_dev = _shares(blocks, counts, totals)
    return float(np.abs(of_dev - of_train).sum())


def _p(blocks: Blocks, gap: Callable[[Blocks], float]) -> float:
    """The share of random divisions of the blocks with at least the gap that there is."""
    rng = np.random.default_rng(0)
    observed = gap(blocks) - 1e-12
    larger = sum(
        gap(blocks._replace(is_dev=rng.permutation(blocks.is_dev))) >= observed for _ in range(_SAMPLES)
    )
    return (1 + larger) / (1 + _SAMPLES)


def _cut(sentences: Sequence[Sentence], size: int) -> list[list[Sentence]]:
    """Runs of sentences of at least so many tokens; the last may be smaller."""
    block_of = group_segments(np.array([len(sentence.words) for sentence in sentences]), size)
    blocks: list[list[Sentence]] = [[] for _ in range(int(block_of[-1]) + 1)]
    for sentence, number in zip(sentences, block_of.tolist(), strict=True):
        blocks[number].append(sentence)
    return blocks


def _words(block: Sequence[Sentence]) -> Counter[str]:
    return Counter(word_key(word) for sentence in block for word in sentence.words if word[0].isalpha())
