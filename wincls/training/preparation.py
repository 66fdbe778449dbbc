"""Everything that stands before the first step: corpora read and checked, tables and networks made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from wincls.config import Config, Data, Word
from wincls.corpus.conll import Corpus, read_corpus
from wincls.corpus.schemes import OUTSIDE, SCHEMES, convert, entities, split_tag
from wincls.errors import DataError, nearest
from wincls.features.cooccurrence import cooccurrence_vectors
from wincls.features.lookup import TokenTables, count_forms, count_keys, word_key
from wincls.features.vectors import fit_preprocessing, read_vectors
from wincls.features.vocabulary import UNKNOWN, SortedWords, Vocabulary
from wincls.features.windows import FormIndex, Stream, lay_out
from wincls.network.scorer import FixedRows, Scorer
from wincls.tagger.decoding import Decoder
from wincls.tagger.evaluation import entity_names
from wincls.tagger.tagger import form_rows
from wincls.tagger.two_stage import passage_numbers

Array = np.ndarray

_TABLE_DEVIATION = 0.1  # of the numbers that a table of features begins with
_HELD_OUT = "sentences held out of it"
_RUN = 1000  # tokens in a run of sentences that is held out
_LEAST_COVERAGE = 0.05  # share of training tokens below which vectors are of no use


class Coverage(NamedTuple):
    """How far a vector file covers a corpus: shares of distinct words and of tokens."""

    words: float
    tokens: float


class WordVectors(NamedTuple):
    """What words begin with, from a file or from the training text.

    rows: rows of the word table that have a vector; matrix: (rows, dimension). From a file only:
    further: the vectors of words that the training data do not hold, which lie behind the table and
    are not trained; coverage.
    """

    rows: list[int]
    matrix: Array
    further: FixedRows | None = None
    coverage: Coverage | None = None


class Encoded(NamedTuple):
    """A corpus as numbers: its stream, and for every token its tag's number, 0 for O."""

    stream: Stream
    tags: Array

    def of(self, chosen: Array) -> Encoded:
        """Some of its sentences; chosen: (sentences,) bool."""
        starts, lengths = self.stream.starts[chosen], self.stream.lengths[chosen]
        tags = self.tags[np.repeat(chosen, self.stream.lengths)]
        return Encoded(self.stream._replace(starts=starts, lengths=lengths), tags)


@dataclass(frozen=True)
class Prepared:
    """What training works on.

    train, dev and test are as they were read; encoded: train with the tags of `decoder`, and dev behind it;
    judges: (dev sentences,) the network that is judged on the sentence and does not learn from it;
    None if no network learns from dev, and each is judged on all of it; rows: (forms + 1, tables),
    see form_rows; word_numbers: (forms + 1,), see FormIndex; form_counts: of what is learnt from;
    vector_rows: rows of the word table that begin with a vector from a file.
    """

    train: Corpus
    dev: Corpus
    test: Corpus | None
    decoder: Decoder
    tables: TokenTables
    scorers: list[Scorer]
    rows: Array
    word_numbers: Array
    encoded: Encoded
    judges: Array | None
    form_counts: Counter[str]
    forms: list[str]
    vector_rows: list[int]
    coverage: Coverage | None

    @cached_property
    def encoded_dev(self) -> Encoded:
        return self.encoded.of(np.arange(len(self.encoded.stream.lengths)) >= len(self.train.sentences))

    def learnt_by(self, network: int) -> Encoded:
        """What a network learns from: train, and of dev what others are judged on."""
        learnt = np.ones(len(self.train.sentences) + len(self.dev.sentences), dtype=bool)
        learnt[len(self.train.sentences) :] = False if self.judges is None else self.judges != network
        return self.encoded.of(learnt)

    def judging(self, network: int) -> Array:
        """(dev sentences,) whether a network is judged on the sentence."""
        everything = np.ones(len(self.dev.sentences), dtype=bool)
        return everything if self.judges is None else self.judges == network

    def names_known_in_dev(self) -> list[frozenset[str]]:
        """For each sentence of dev the names that a network has learnt from that is judged on it."""
        if self.judges is None:
            return [self.known_names()] * len(self.dev.sentences)
        names = [self.known_names(network) for network in range(len(self.scorers))]
        return [names[judge] for judge in self.judges.tolist()]

    def known_names(self, network: int | None = None) -> frozenset[str]:
        """The names of all entities that a network, or if None any, learns from."""
        learnt = list(self.train.sentences)
        if self.judges is not None:
            learnt += [
                sentence
                for sentence, judge in zip(self.dev.sentences, self.judges.tolist(), strict=True)
                if judge != network
            ]
        return frozenset(
            name for sentence in learnt for name in entity_names(sentence.words, entities(sentence.tags))
        )


def prepare(config: Config, rng: np.random.Generator) -> Prepared:
    """Read the corpora and vectors of a configuration and make the networks with their first weights.

    Raises DataError for anything in the files that cannot be used.
    """
    train, dev, test = read_corpora(config.data, rng)
    types = tuple(sorted(train.types))
    if not types and not (dev.types and config.data.dev is None):
        raise DataError(
            f"{train.path}: every tag is O; there is nothing to learn; check data.tag_column and data.types"
        )
    for corpus in (dev, test):
        if corpus is not None:
            _check_types(corpus, train)

    judges = None
    if config.training.learn_from_dev and config.model.networks > 1:
        lengths = np.array([len(sentence.words) for sentence in dev.sentences])
        judges = appoint_judges(lengths, config.model.networks)
    both = Corpus(train.path, [*train.sentences, *dev.sentences], train.scheme)
    learnt = train if judges is None else both
    form_counts = count_forms(sentence.words for sentence in learnt.sentences)
    others = count_forms(sentence.words for corpus in (dev, test) if corpus for sentence in corpus.sentences)
    tables, vectors = make_tables(config, form_counts, others)
    fixed = {"word": vectors.further} if vectors and vectors.further else {}
    read_rows = vectors.rows if vectors else []
    if vectors is None and config.features.word.pretrain:
        vectors = pretrain_words(train, tables.vocabularies["word"], config.features.word.dimension, rng)
    scorers = [
        replace(
            make_scorer(
                config, draw_matrices(tables, config.features.dimensions(), vectors, rng), len(types), rng
            ),
            fixed=fixed,
        )
        for _ in range(config.model.networks)
    ]
    index = FormIndex()
    decoder = Decoder(SCHEMES[config.labels.scheme], types)
    encoded = encode(both, decoder, config.window.size, index)
    return Prepared(
        train, dev, test, decoder, tables, scorers, form_rows(tables, index),
        index.word_numbers, encoded, judges, form_counts, index.forms,
        read_rows, vectors and vectors.coverage,
    )  # fmt: skip


def appoint_judges(lengths: Array, networks: int) -> Array:
    """(sentences,) the network that is judged on each sentence of dev, and does not learn from it.

    A network's sentences follow on each other and are about as many tokens as any other's; of very
    few sentences some networks get none. Were they scattered, it would learn from their neighbours,
    which hold the same names, and its scores would look better than they are on new text.
    """
    middle = np.cumsum(lengths) - lengths / 2
    return np.minimum((middle * networks / lengths.sum()).astype(np.int64), networks - 1)


def read_corpora(data: Data, rng: np.random.Generator) -> tuple[Corpus, Corpus, Corpus | None]:
    """Train, dev and test; without a dev file a share of train is dev, see draw_held_out."""

    def read(path: str) -> Corpus:
        return read_corpus(path, data.columns, data.scheme, data.illegal_tags == "lenient", data.types)

    train = read(data.train)
    unknown = sorted(set(data.types or ()) - train.types.keys())
    if unknown:
        kinds = read_corpus(data.train, data.columns, data.scheme, lenient=True).types
        raise DataError(
            f"data.types: {unknown[0]} does not occur in {data.train}, which has "
            f"{', '.join(sorted(kinds)) or 'no entity'}{nearest(unknown[0], kinds)}"
        )
    test = read(data.test) if data.test else None
    if data.dev:
        return train, read(data.dev), test
    if len(train.sentences) < 2:
        raise DataError(f"{train.path}: one sentence only, none to hold out; give data.dev or more sentences")
    lengths = np.array([len(sentence.words) for sentence in train.sentences])
    drawn = draw_held_out(lengths, data.held_out, rng)
    dev = [sentence for sentence, out in zip(train.sentences, drawn, strict=True) if out]
    rest = [sentence for sentence, out in zip(train.sentences, drawn, strict=True) if not out]
    held_out_path = f"{train.path} ({_HELD_OUT})"
    return train._replace(sentences=rest), Corpus(held_out_path, dev, train.scheme), test


def draw_held_out(lengths: Array, share: float, rng: np.random.Generator) -> Array:
    """(sentences,) whether a sentence is held out: together about `share` of the tokens.

    What is held out are runs of sentences of about 1,000 tokens (in a small corpus a fifth of what
    is wanted), so that they are new to the trained tagger, as text of other documents is: a
    sentence drawn by itself would have its neighbours, with the same names, in the training data.
    """
    wanted = share * lengths.sum()
    run_of = passage_numbers(lengths, max(1, round(min(_RUN, wanted / 5))))  # (sentences,)
    if not run_of[-1]:  # one run only; two or more sentences
        run_of = np.arange(len(lengths))
    tokens = np.bincount(run_of, weights=lengths)  # in each run
    order = rng.permutation(len(tokens))
    runs = 1 + int(np.searchsorted(np.cumsum(tokens[order]), wanted))
    drawn = np.zeros(len(tokens), dtype=bool)
    drawn[order[: min(runs, len(tokens) - 1)]] = True
    return drawn[run_of]


def make_tables(
    config: Config, form_counts: Counter[str], other_forms: Counter[str]
) -> tuple[TokenTables, WordVectors | None]:
    """The vocabularies of all tables, and the word vectors if any are read from a file.

    form_counts: of the training corpus; other_forms: of dev and test, whose words are looked up in
    the vector file (and nowhere else).
    """
    vocabularies: dict[str, Vocabulary] = {}
    further, vectors = None, None
    for table in config.features.dimensions():
        counts = count_keys(form_counts, table)
        least = 1 if table in ("word", "caps") else config.features.min_count
        vocabularies[table] = Vocabulary.counted(counts, least)
        if table == "word" and config.features.word.vectors:
            others = count_keys(other_forms, table)
            further, vectors = read_word_vectors(config.features.word, counts, vocabularies[table], others)
    return TokenTables(vocabularies, further), vectors


def read_word_vectors(
    settings: Word, counts: Counter[str], known: Vocabulary, other_words: Counter[str]
) -> tuple[SortedWords, WordVectors]:
    """The words that only the vector file knows, and all vectors.

    counts: of the training words, which are those of the vocabulary `known`; other_words: which are
    looked up in the file whatever their rank.
    """
    assert settings.vectors is not None
    vectors = read_vectors(settings.vectors, counts.keys() | other_words.keys(), settings.most_frequent)
    covered = [word for word in vectors.words if word in known]
    coverage = Coverage(len(covered) / len(counts), sum(counts[word] for word in covered) / counts.total())
    if coverage.tokens < _LEAST_COVERAGE:
        raise DataError(
            f"{settings.vectors}: has vectors for {coverage.tokens:.1%} of the training tokens only "
            f"(words are looked up in lower case); are these vectors of the corpus's language, with "
            f"lower-cased words?"
        )
    training = np.array([word in known for word in vectors.words])
    weights = np.array([counts[word] for word in covered], dtype=np.float64)
    mean, M = fit_preprocessing(vectors.matrix[training], weights, settings.preprocess)
    matrix = vectors.matrix if settings.preprocess == "none" else (vectors.matrix - mean) @ M
    others = np.flatnonzero(~training)
    further, order = SortedWords.sort([vectors.words[i] for i in others.tolist()])
    fixed = FixedRows.of(matrix[others[order]])
    return further, WordVectors(known.rows(covered), matrix[training], fixed, coverage)


def pretrain_words(train: Corpus, known: Vocabulary, dimension: int, rng: np.random.Generator) -> WordVectors:
    """What the text of the training corpus tells of its words without its tags.

    Networks may learn from dev too, but are judged on it: its text is to be as new as its tags.
    """
    sentences = ([word_key(form) for form in sentence.words] for sentence in train.sentences)
    words, matrix = cooccurrence_vectors(sentences, dimension, rng)
    return WordVectors(known.rows(words), matrix)


def draw_matrices(
    tables: TokenTables, dimensions: Mapping[str, int], vectors: WordVectors | None, rng: np.random.Generator
) -> dict[str, Array]:
    """What the tables of a network begin with: small random numbers, and the vectors that words have."""
    matrices = {}
    for table, vocabulary in tables.vocabularies.items():
        given = vectors if table == "word" else None
        dimension = given.matrix.shape[1] if given else dimensions[table]
        matrices[table] = _TABLE_DEVIATION * rng.standard_normal((len(vocabulary), dimension))
        if given:
            matrices[table][given.rows] = given.matrix
            matrices[table][UNKNOWN] = 0.0
    return matrices


def make_scorer(
    config: Config,
    matrices: Mapping[str, Array],
    n_types: int,
    rng: np.random.Generator,
    dtype: np.typing.DTypeLike = np.float32,
) -> Scorer:
    """A scorer with the configuration's layers over the given tables, biases 0."""
    scheme = SCHEMES[config.labels.scheme]
    n_labels = len(scheme.tags([str(i) for i in range(n_types)])) - config.loss.ranks
    parameters = {f"L.{table}": matrix for table, matrix in matrices.items()}
    width = sum(matrix.shape[1] for matrix in matrices.values())
    if config.window.combine == "concatenate":
        width *= 2 * config.window.size + 1
    draw = config.model.initializer.draw
    for k, units in enumerate(config.model.hidden, start=1):
        parameters[f"W{k}"] = draw(rng, units, width)
        parameters[f"b{k}"] = np.zeros(units)
        width = units
    parameters["U"] = draw(rng, n_labels, width).T
    if not config.loss.ranks:
        parameters["c"] = np.zeros(n_labels)
    return Scorer(
        {name: np.ascontiguousarray(array, dtype=dtype) for name, array in parameters.items()},
        tuple(matrices),
        config.model.activation,
        config.window.combine,
        frozenset() if config.features.word.train else frozenset(["word"]),
    )


def encode(corpus: Corpus, decoder: Decoder, window: int, index: FormIndex) -> Encoded:
    """Lay a corpus out, and number its tags as the decoder does."""
    numbers = {name: number for number, name in enumerate(decoder.tags)}
    stream = lay_out([sentence.words for sentence in corpus.sentences], window, index)
    tags = (numbers[tag] for sentence in corpus.sentences for tag in convert(sentence.tags, decoder.scheme))
    dtype = np.int8 if len(decoder.tags) < 128 else np.int16
    return Encoded(stream, np.fromiter(tags, dtype=dtype, count=corpus.tokens))


def _check_types(corpus: Corpus, train: Corpus) -> None:
    missing = corpus.types.keys() - train.types.keys()
    if not missing:
        return
    line, tag = next(
        (line, tag)
        for sentence in corpus.sentences
        for line, tag in zip(sentence.lines, sentence.tags, strict=True)
        if tag != OUTSIDE and split_tag(tag)[1] in missing
    )
    kind, known = split_tag(tag)[1], ", ".join(sorted(train.types))
    if corpus.path.endswith(f"({_HELD_OUT})"):
        raise DataError(
            f"{train.path}:{line}: all sentences with type {kind} were held out for development, which "
            f"leaves {known or 'no type'} to learn; give a file as data.dev, or lower data.held_out"
        )
    raise DataError(
        f"{corpus.path}:{line}: type {kind} does not occur in {train.path}, which has {known}; "
        "mend the tag, or list the types to use in data.types"
    )
