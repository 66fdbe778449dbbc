"""The corpora of a configuration: read, checked, held out, and turned into numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, group_segments
from wincls.corpus.data_options import Data
from wincls.corpus.documents import Corpus
from wincls.corpus.formats import read_files
from wincls.corpus.paths import show_paths
from wincls.corpus.tag_set import MAX_LABELS, TagSet
from wincls.errors import DataError, nearest
from wincls.features.windows import FormIndex, Stream, lay_out

_HELD_OUT = "held-out part"
_RUN = 1000  # tokens in a run of sentences that is held out


class Corpora(NamedTuple):
    """The training, development and test data as they were read."""

    train: Corpus
    dev: Corpus
    test: Corpus | None


class Encoded(NamedTuple):
    """A corpus as numbers.

    stream: its words.
    tags: (tokens,) tag numbers, 0 for O.
    """

    stream: Stream
    tags: Array

    def select(self, sentences: Array) -> Encoded:
        """Some of its sentences; sentences: (sentences,) bool."""
        starts, lengths = self.stream.starts[sentences], self.stream.lengths[sentences]
        tags = self.tags[np.repeat(sentences, self.stream.lengths)]
        return Encoded(self.stream._replace(starts=starts, lengths=lengths), tags)


def encode(corpus: Corpus, tag_set: TagSet, window: int, index: FormIndex) -> Encoded:
    """Lay a corpus out, and number its tags."""
    stream = lay_out([sentence.words for sentence in corpus.sentences], window, index)
    return Encoded(stream, tag_set.encode([s.entities for s in corpus.sentences], stream.lengths))


def read_corpora(data: Data, rng: np.random.Generator) -> Corpora:
    """Read the files; without a dev file a share of train is held out, see draw_held_out.

    Raises DataError for anything in the files that cannot be used.
    """
    train = _read(data, data.train)
    unknown = sorted(set(data.types or ()) - train.labels.keys())
    if unknown:
        reading = replace(data.reading, lenient=True, keep_labels=None, strict=False)
        found = read_files(data.train, reading, data.format).labels
        raise DataError(
            f"data.types: {unknown[0]} does not occur in {show_paths(data.train)}, which has "
            f"{', '.join(sorted(found)) or 'no entity'}{nearest(unknown[0], found)}"
        )
    test = _read(data, data.test) if data.test else None
    if data.dev:
        corpora = Corpora(train, _read(data, data.dev), test)
    else:
        corpora = Corpora(*_hold_out(train, data.held_out, rng), test)
    _check_labels(corpora)
    return corpora


def draw_held_out(lengths: Array, share: float, rng: np.random.Generator) -> Array:
    """(sentences,) bool, whether a sentence is held out: together about `share` of the tokens.

    Runs of sentences of about 1,000 tokens are held out (in a small corpus, of a fifth of what is
    wanted), so that they are new to the trained tagger, as text of other documents is: a sentence
    drawn by itself would have its neighbors, with the same names, in the training data.
    """
    wanted = share * lengths.sum()
    run_of = group_segments(lengths, max(1, round(min(_RUN, wanted / 5))))  # (sentences,)
    if not run_of[-1]:  # one run only; two or more sentences
        run_of = np.arange(len(lengths))
    tokens = np.bincount(run_of, weights=lengths)  # in each run
    order = rng.permutation(len(tokens))
    runs = 1 + int(np.searchsorted(np.cumsum(tokens[order]), wanted))
    drawn = np.zeros(len(tokens), dtype=bool)
    drawn[order[: min(runs, len(tokens) - 1)]] = True
    return drawn[run_of]


def _read(data: Data, paths: str | Sequence[str]) -> Corpus:
    return read_files(paths, data.reading, data.format)


def _hold_out(train: Corpus, share: float, rng: np.random.Generator) -> tuple[Corpus, Corpus]:
    """The rest of train, and its held-out part."""
    if len(train.sentences) < 2:
        raise DataError(f"{train.path}: one sentence only, none to hold out; give data.dev or more sentences")
    drawn = draw_held_out(np.array([len(s.words) for s in train.sentences]), share, rng).tolist()
    dev = [sentence for sentence, out in zip(train.sentences, drawn, strict=True) if out]
    rest = [sentence for sentence, out in zip(train.sentences, drawn, strict=True) if not out]
    held_out = Corpus(f"{train.path} ({_HELD_OUT})", dev, train.scheme, format=train.format)
    return train._replace(sentences=rest), held_out


def is_held_out(dev: Corpus) -> bool:
    """Whether the development data are a part of the training files."""
    return dev.path.endswith(f"({_HELD_OUT})")


def _check_labels(corpora: Corpora) -> None:
    """Raise DataError if there is nothing to learn, or too much."""
    train, dev, _ = corpora
    if len(train.labels) > MAX_LABELS:
        raise DataError(
            f"{train.path}: {len(train.labels):,} entity types; at most {MAX_LABELS} can be learned; list "
            "the types to use in data.types"
        )
    if train.labels:
        return
    if is_held_out(dev) and dev.labels:
        raise DataError(
            f"{train.path}: all entities are in the held-out part; give a file as data.dev, or lower "
            "data.held_out"
        )
    raise DataError(
        f"{train.path}: every tag is O; there is nothing to learn; check data.tag_column and data.types"
    )
