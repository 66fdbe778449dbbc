"""The initial networks: vocabularies, word vectors and random weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.config import Config, Word
from wincls.corpus.documents import Corpus
from wincls.errors import DataError
from wincls.features.cooccurrence import cooccurrence_vectors
from wincls.features.preprocessing import fit_preprocessing
from wincls.features.tables import TokenTables, count_forms, count_keys, word_key
from wincls.features.vectors import read_vectors
from wincls.features.vocabulary import UNKNOWN, SortedWords, Vocabulary
from wincls.network.embedding import QuantizedRows
from wincls.network.scorer import Scorer

_TABLE_DEVIATION = 0.1  # standard deviation of the initial numbers of a feature table
_LEAST_COVERAGE = 0.05  # smallest share of training tokens with a vector; below it, the file is an error


class Coverage(NamedTuple):
    """The shares of the distinct training words and of the training tokens that have a vector in a file."""

    words: float
    tokens: float


class WordVectors(NamedTuple):
    """Initial word vectors, from a file or from the training text.

    rows: the rows of the word table that have a vector.
    matrix: (rows, dimension) their vectors.
    pretrained: vectors of words that are not in the training data; they are numbered after the word table and
        not trained. None if the vectors are not from a file.
    coverage: the coverage of the training data. None if the vectors are not from a file.
    """

    rows: list[int]
    matrix: Array
    pretrained: QuantizedRows | None = None
    coverage: Coverage | None = None


def make_tables(
    config: Config, form_counts: Counter[str], other_forms: Counter[str]
) -> tuple[TokenTables, WordVectors | None]:
    """The vocabularies of all tables, and the word vectors if any are read from a file.

    form_counts: counts of the forms in the training data.
    other_forms: counts of the forms in the other corpora. They are used only to select words of the vector
        file.

    Raises DataError for a vector file that cannot be used.
    """
    vocabularies: dict[str, Vocabulary] = {}
    pretrained, vectors = None, None
    for table in config.features.dimensions():
        counts = count_keys(form_counts, table)
        least = 1 if table in ("word", "caps") else config.features.min_count
        vocabularies[table] = Vocabulary.counted(counts, least)
        if table == "word" and config.features.word.vectors:
            others = count_keys(other_forms, table)
            pretrained, vectors = read_word_vectors(config.features.word, counts, vocabularies[table], others)
    return TokenTables(vocabularies, pretrained), vectors


def read_word_vectors(
    settings: Word, counts: Counter[str], known: Vocabulary, other_words: Counter[str]
) -> tuple[SortedWords, WordVectors]:
    """The words that have a vector but are not in the training data, and all vectors.

    counts: counts of the training words.
    known: the vocabulary of these words.
    other_words: words that are read from the file even if they are not frequent there.

    Raises DataError if the file cannot be read, or has vectors for too few training tokens.
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
    matrix = vectors.matrix
    if settings.preprocess:
        matrix = fit_preprocessing(matrix[training], weights, settings.preprocess)(matrix)
    others = np.flatnonzero(~training)
    pretrained, order = SortedWords.sort([vectors.words[i] for i in others.tolist()])
    quantized = QuantizedRows.of(matrix[others[order]])
    return pretrained, WordVectors(known.rows(covered), matrix[training], quantized, coverage)


def pretrain_words(settings: Word, train: Corpus, known: Vocabulary, rng: np.random.Generator) -> WordVectors:
    """Word vectors from the text of the training corpus, preprocessed.

    The development text is not used, even if networks are trained on it, since its sentences are also scored
    and should be as new as other text.
    """
    sentences = ([word_key(form) for form in sentence.words] for sentence in train.sentences)
    words, matrix = cooccurrence_vectors(sentences, settings.dimension, rng)
    if settings.preprocess:
        counts = count_keys(count_forms(sentence.words for sentence in train.sentences), "word")
        weights = np.array([counts[word] for word in words], dtype=np.float64)
        matrix = fit_preprocessing(matrix, weights, settings.preprocess)(matrix)
    return WordVectors(known.rows(words), matrix)


def make_ensemble(
    config: Config,
    tables: TokenTables,
    vectors: WordVectors | None,
    n_tags: int,
    rng: np.random.Generator,
) -> list[Scorer]:
    """The members of the ensemble with their initial weights; n_tags: the number of tags, O included."""
    quantized = {"word": vectors.pretrained} if vectors and vectors.pretrained else {}
    dimensions = config.features.dimensions()
    return [
        replace(
            make_scorer(config, draw_matrices(tables, dimensions, vectors, rng), n_tags, rng),
            quantized=quantized,
        )
        for _ in range(config.model.ensemble)
    ]


def draw_matrices(
    tables: TokenTables, dimensions: Mapping[str, int], vectors: WordVectors | None, rng: np.random.Generator
) -> dict[str, Array]:
    """The initial tables of a network: the given word vectors, and small random numbers elsewhere."""
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
    n_tags: int,
    rng: np.random.Generator,
    dtype: np.typing.DTypeLike = np.float32,
) -> Scorer:
    """A scorer with the layers of the configuration on the given tables. Biases are 0.

    matrices: (entries, dimension) by table name.
    n_tags: the number of tags, O included.
    """
    n_scores = config.loss.n_scores(n_tags)
    parameters = {f"L.{table}": matrix for table, matrix in matrices.items()}
    width = sum(matrix.shape[1] for matrix in matrices.values())
    if config.window.combine == "concatenate":
        width *= 2 * config.window.size + 1
    draw = config.model.initializer.draw
    for k, units in enumerate(config.model.hidden, start=1):
        parameters[f"W{k}"] = draw(rng, units, width)
        parameters[f"b{k}"] = np.zeros(units)
        width = units
    parameters["U"] = draw(rng, n_scores, width).T
    if config.loss.bias:
        parameters["c"] = np.zeros(n_scores)
    return Scorer(
        {name: np.ascontiguousarray(array, dtype=dtype) for name, array in parameters.items()},
        tuple(matrices),
        config.model.activation,
        config.window.combine,
        frozenset() if config.features.word.train else frozenset(["word"]),
    )
