"""The corpora of a configuration: read, checked, held out, and turned into numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, group_segments
from wincls.config import Data
from wincls.corpus.columns import read_corpus
from wincls.corpus.documents import Corpus
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
        found = read_corpus(data.train, data.columns, data.scheme, lenient=True).labels
        raise DataError(
            f"data.types: {unknown[0]} does not occur in {data.train}, which has "
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


def _read(data: Data, path: str) -> Corpus:
    return read_corpus(path, data.columns, data.scheme, data.illegal_tags == "lenient", data.types)


def _hold_out(train: Corpus, share: float, rng: np.random.Generator) -> tuple[Corpus, Corpus]:
    """The rest of train, and its held-out part."""
    if len(train.sentences) < 2:
        raise DataError(f"{train.path}: one sentence only, none to hold out; give data.dev or more sentences")
    drawn = draw_held_out(np.array([len(s.words) for s in train.sentences]), share, rng).tolist()
    dev = [sentence for sentence, out in zip(train.sentences, drawn, strict=True) if out]
    rest = [sentence for sentence, out in zip(train.sentences, drawn, strict=True) if not out]
    return train._replace(sentences=rest), Corpus(f"{train.path} ({_HELD_OUT})", dev, train.scheme)


def _check_labels(corpora: Corpora) -> None:
    """Raise DataError if there is nothing to learn, or if dev or test has a label that train lacks."""
    train, dev, test = corpora
    held_out = dev.path.endswith(f"({_HELD_OUT})")
    if not train.labels and not (held_out and dev.labels):
        raise DataError(
            f"{train.path}: every tag is O; there is nothing to learn; check data.tag_column and data.types"
        )
    if len(train.labels) > MAX_LABELS:
        raise DataError(
            f"{train.path}: {len(train.labels):,} entity types; at most {MAX_LABELS} can be learned; list "
            "the types to use in data.types"
        )
    for corpus in (dev, test):
        missing = corpus.labels.keys() - train.labels.keys() if corpus else None
        if not corpus or not missing:
            continue
        line, label = next(
            (sentence.lines[entity.start], entity.label)
            for sentence in corpus.sentences
            for entity in sentence.entities
            if entity.label in missing
        )
        known = ", ".join(sorted(train.labels))
        if corpus is dev and held_out:
            raise DataError(
                f"{train.path}:{line}: all sentences with type {label} are in the held-out part, which "
                f"leaves {known or 'no type'} to learn; give a file as data.dev, or lower data.held_out"
            )
        raise DataError(
            f"{corpus.path}:{line}: type {label} does not occur in {train.path}, which has {known}; "
            "fix the tag, or list the types to use in data.types"
        )
