"""The corpora of a configuration: reading, checks, the held-out part, and conversion to numbers."""

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
_RUN = 1000  # tokens in a run of sentences that are held out together


class Corpora(NamedTuple):
    """The training, development and test data; test is None if there are none."""

    train: Corpus
    dev: Corpus
    test: Corpus | None


class Encoded(NamedTuple):
    """A corpus as numbers.

    stream: its forms.
    tags: (tokens,) tag numbers, 0 for O.
    """

    stream: Stream
    tags: Array

    def select(self, sentences: Array) -> Encoded:
        """The selected sentences; sentences: (sentences,) bool."""
        starts, lengths = self.stream.starts[sentences], self.stream.lengths[sentences]
        tags = self.tags[np.repeat(sentences, self.stream.lengths)]
        return Encoded(self.stream._replace(starts=starts, lengths=lengths), tags)


def encode(corpus: Corpus, tag_set: TagSet, window: int, index: FormIndex) -> Encoded:
    """Convert a corpus to form numbers and tag numbers.

    window: C, the number of words on each side of a center.
    index: numbers the forms; new forms are added to it.
    """
    stream = lay_out([sentence.words for sentence in corpus.sentences], window, index)
    return Encoded(stream, tag_set.encode([s.entities for s in corpus.sentences], stream.lengths))


def read_corpora(data: Data, rng: np.random.Generator) -> Corpora:
    """Read the files. Without a dev file, a share of train is held out, see :func:`draw_held_out`.

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
        corpora = Corpora(*hold_out(train, data.held_out, rng), test)
    check_labels(corpora)
    return corpora


def draw_held_out(lengths: Array, share: float, rng: np.random.Generator) -> Array:
    """(sentences,) bool, whether a sentence is held out: a random part with about `share` of the tokens.

    lengths: (sentences,) in tokens.

    Runs of sentences are held out, of about 1,000 tokens each, or of a fifth of the held-out tokens in a
    small corpus. If single sentences were drawn, the training data would contain their neighbors with the
    same entities, and they would be easier than new text.
    """
    wanted = share * lengths.sum()
    run_of = group_segments(lengths, max(1, round(min(_RUN, wanted / 5))))  # (sentences,)
    if not run_of[-1]:  # a single run, so each sentence becomes a run
        run_of = np.arange(len(lengths))
    tokens = np.bincount(run_of, weights=lengths)  # of each run
    order = rng.permutation(len(tokens))
    runs = 1 + int(np.searchsorted(np.cumsum(tokens[order]), wanted))
    drawn = np.zeros(len(tokens), dtype=bool)
    drawn[order[: min(runs, len(tokens) - 1)]] = True
    return drawn[run_of]


def _read(data: Data, paths: str | Sequence[str]) -> Corpus:
    return read_files(paths, data.reading, data.format)


def hold_out(train: Corpus, share: float, rng: np.random.Generator) -> tuple[Corpus, Corpus]:
    """The rest of train, and its held-out part, see :func:`draw_held_out`.

    Raises DataError if there is only one sentence.
    """
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


def check_labels(corpora: Corpora) -> None:
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
    noted = f" ({train.notes.line()})" if train.notes else ""
    raise DataError(
        f"{train.path}: every tag is O; there is nothing to learn; check data.tag_column and data.types"
        f"{noted}"
    )
