"""The initial networks: vocabularies, word vectors and random weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.config import Config, Word
from wincls.corpus.documents import Corpus, Sentence
from wincls.errors import DataError
from wincls.features.cooccurrence import cooccurrence_vectors
from wincls.features.preprocessing import fit_preprocessing
from wincls.features.tables import Spelling, TokenTables, count_forms, count_keys, word_key
from wincls.features.vectors import ReadVectors, VectorFile, read_vectors
from wincls.features.vocabulary import UNKNOWN, SortedWords, Vocabulary
from wincls.network.embedding import QuantizedRows
from wincls.network.scorer import Scorer

_TABLE_DEVIATION = 0.1  # standard deviation of the initial numbers of a feature table
_LEAST_COVERAGE = 0.05  # smallest share of training tokens with a vector; below it, the file is an error


class Coverage(NamedTuple):
    """The shares of distinct words, of tokens and of entity tokens that have a vector in a file."""

    words: float
    tokens: float
    entity_tokens: float


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
    config: Config,
    form_counts: Counter[str],
    other_forms: Counter[str],
    entity_forms: Counter[str],
    read: ReadVectors = read_vectors,
) -> tuple[TokenTables, WordVectors | None]:
    """The vocabularies of all tables, and the word vectors if any are read from a file.

    form_counts: counts of the forms in the training data.
    entity_forms: counts of the forms of entity tokens in the training data.
    other_forms: counts of the forms in the other corpora. They are used only to select words of the vector
        file.
    read: reads vectors.

    Raises DataError for a vector file that cannot be used.
    """
    vocabularies: dict[str, Vocabulary] = {}
    pretrained, vectors = None, None
    for table in config.features.dimensions():
        least = 1 if table in ("word", "caps") else config.features.min_count
        if table == "word" and config.features.word.vectors:
            vocabularies[table], pretrained, vectors = read_word_vectors(
                config.features.word, form_counts, other_forms, entity_forms, read
            )
        else:
            vocabularies[table] = Vocabulary.counted(count_keys(form_counts, table), least)
    return TokenTables(vocabularies, pretrained), vectors


def read_word_vectors(
    settings: Word,
    form_counts: Counter[str],
    other_forms: Counter[str],
    entity_forms: Counter[str],
    read: ReadVectors,
) -> tuple[Vocabulary, SortedWords, WordVectors]:
    """The vocabulary of the word table, the words with pretrained vectors only, and all vectors.

    A form that has a vector as it is spelled has a row of its own, so Apple and apple differ if they differ
    in the file. All other forms have the row of their lower case.

    form_counts, other_forms, entity_forms, read: see make_tables. These forms are looked up whatever their
        rank in the file.

    Raises DataError if the file cannot be read, or has vectors for too few training tokens.
    """
    assert settings.vectors is not None
    vectors = read(settings.vectors, _looked_up(form_counts | other_forms), settings.most_frequent)
    in_file = set(vectors.words)
    counts = _count_words(form_counts, in_file)
    known = Vocabulary.counted(counts)
    covered = [word for word in vectors.words if word in known]
    coverage = Coverage(
        len(covered) / len(counts),
        _covered_share(counts, in_file),
        _covered_share(_count_words(entity_forms, in_file), in_file),
    )
    if coverage.tokens < _LEAST_COVERAGE:
        raise DataError(
            f"{settings.vectors}: has vectors for {coverage.tokens:.1%} of the training tokens only "
            f"(words are looked up as they are, then in lower case); are these vectors of the corpus's "
            f"language?"
        )
    training = np.array([word in known for word in vectors.words])
    weights = np.array([counts[word] for word in covered], dtype=np.float64)
    matrix = vectors.matrix
    if settings.preprocess:
        matrix = fit_preprocessing(matrix[training], weights, settings.preprocess)(matrix)
    # A word that looking up would spell in another way cannot be reached.
    reachable = np.array([Spelling.of(word).form == word for word in vectors.words])
    others = np.flatnonzero(~training & reachable)
    pretrained, order = SortedWords.sort([vectors.words[i] for i in others.tolist()])
    quantized = QuantizedRows.of(matrix[others[order]])
    return known, pretrained, WordVectors(known.rows(covered), matrix[training], quantized, coverage)


def shared_vectors(sentences: Iterable[Sentence]) -> VectorFile:
    """Reads vectors for several trainings on some of these sentences."""
    return VectorFile(_looked_up(count_forms(sentence.words for sentence in sentences)))


def _looked_up(forms: Iterable[str]) -> set[str]:
    """The words that forms are looked up as in a vector file."""
    return {each for form in forms for each in Spelling.of(form)[:2]}


def _count_words(form_counts: Counter[str], in_file: Collection[str]) -> Counter[str]:
    """How often each key of the word table occurs; see read_word_vectors."""
    counts = Counter[str]()
    for form, count in form_counts.items():
        spelling = Spelling.of(form)
        counts[spelling.form if spelling.form in in_file else spelling.lower] += count
    return counts


def _covered_share(counts: Counter[str], in_file: Collection[str]) -> float:
    """The share of the tokens that have a vector."""
    return sum(count for word, count in counts.items() if word in in_file) / max(1, counts.total())


def pretrain_words(settings: Word, train: Corpus, known: Vocabulary, rng: np.random.Generator) -> WordVectors:
    """Word vectors from the text of the training corpus, preprocessed.

    The development text is not used, even if networks are trained on it, since its sentences are also scored
    and should be as new as other text.
    """
    sentences = ([word_key(form) for form in sentence.words] for sentence in train.sentences)
    vectors = cooccurrence_vectors(sentences, settings.dimension, rng)
    words, matrix = vectors.words, vectors.matrix
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
        config.model.activation_for(n_tags),
        config.window.combine,
        frozenset() if config.features.word.train else frozenset(["word"]),
    )
