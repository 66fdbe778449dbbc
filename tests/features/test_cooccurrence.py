import random
from unittest.mock import patch

import numpy as np
import pytest

from wincls.features import cooccurrence as module
from wincls.features.cooccurrence import (
    Sparse,
    cooccurrence_vectors,
    count_neighbors,
    left_factors,
    positive_mutual_information,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def dense(matrix):
    full = np.zeros(matrix.shape)
    full[matrix.rows, matrix.columns] = matrix.values
    return full


def sparse(full):
    rows, columns = np.nonzero(full)
    return Sparse(rows, columns, full[rows, columns], full.shape)


def some_matrix(seed, shape=(7, 9)):
    full = rng(seed).normal(size=shape)
    full[rng(seed + 1).random(shape) < 0.6] = 0
    return full


def some_sentences(n=400):
    """Fruit is eaten and tools are used, now and then in one sentence with a city."""
    draw = random.Random(0)
    fruit, tools, cities = ["apple", "pear", "plum"], ["saw", "axe", "drill"], ["oslo", "lima"]
    patterns = [
        "we ate FRUIT again",
        "she ate ripe FRUIT",
        "he used TOOL well",
        "use the TOOL in CITY",
        "in CITY",
    ]
    examples = {"FRUIT": fruit, "TOOL": tools, "CITY": cities}
    sentences = (draw.choice(patterns).split() for _ in range(n))
    return [[draw.choice(examples.get(word, [word])) for word in sentence] for sentence in sentences]


# Sparse matrices


@pytest.mark.parametrize("entries", [1, 2, 3, 100])
@pytest.mark.parametrize("seed", range(5))
def test_a_sparse_product_is_the_product(seed, entries):
    full, Y = some_matrix(seed), rng(9).normal(size=(9, 4))
    with patch.object(module, "_ENTRIES", entries):
        np.testing.assert_allclose(sparse(full) @ Y, full @ Y, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_transposed_matrix_is_by_rows_again(seed):
    full = some_matrix(seed)
    transposed = sparse(full).transposed()
    assert np.array_equal(dense(transposed), full.T)
    assert (np.diff(transposed.rows) >= 0).all()


# Counting


def test_neighbors_are_counted_by_side_and_distance():
    """a b a c: b has an a before it and one after it, next to it; the c stands two places on."""
    a, b, c = 0, 1, 2
    counts = dense(count_neighbors([np.array([a, b, a, c, -1, -1, -1])], 3))
    before, after = counts[:, :3], counts[:, 3:]
    assert before.tolist() == [[1 / 2, 1, 0], [1, 0, 0], [1 + 1 / 3, 1 / 2, 0]]
    assert after.tolist() == before.T.tolist()


def test_the_fourth_word_is_no_neighbor():
    counts = dense(count_neighbors([np.array([0, 2, 2, 2, 1, -1, -1, -1])], 3))
    assert counts[0, 3 + 1] == counts[1, 0] == 0
    assert counts[0, 3 + 2] == 1 + 1 / 2 + 1 / 3


def test_only_the_most_frequent_words_count_as_neighbors():
    with patch.object(module, "_NEIGHBORS", 1):
        counts = dense(count_neighbors([np.array([0, 1, 0, 2])], 3))
    assert counts.tolist() == [[1 / 2, 1 / 2], [1, 1], [1 + 1 / 3, 0]]


@pytest.mark.parametrize("at_a_time", [1, 7])
def test_how_many_sentences_are_counted_at_a_time_changes_nothing(at_a_time):
    whole = cooccurrence_vectors(some_sentences(), 5, rng())
    with patch.object(module, "_SENTENCES", at_a_time):
        parts = cooccurrence_vectors(some_sentences(), 5, rng())
    assert parts.words == whole.words
    np.testing.assert_allclose(parts.matrix, whole.matrix, atol=1e-4)


def test_sentences_are_not_crossed():
    apart = cooccurrence_vectors([["a"], ["b"], ["a"], ["b"]], 2, rng())
    assert apart.words == ["a", "b"]
    assert not apart.matrix.any()


# Information


def test_information_is_the_logarithm_of_more_often_than_by_chance():
    full = np.array([[4.0, 1.0, 0.0], [1.0, 4.0, 2.0]])
    found = dense(positive_mutual_information(sparse(full)))
    words, neighbors = full.sum(axis=1), full.sum(axis=0) ** 0.75
    share = neighbors / neighbors.sum()
    for i in range(2):
        for j in range(3):
            expected = words[i] * share[j]
            value = np.log(full[i, j] / expected) if full[i, j] > expected else 0.0
            assert found[i, j] == pytest.approx(value, abs=1e-6)
    assert (found > 0).sum() == 3


# Factors


@pytest.mark.parametrize("rank", [1, 3, 7])
@pytest.mark.parametrize("seed", range(3))
def test_factors_are_those_of_the_singular_value_decomposition(seed, rank):
    full = some_matrix(seed)
    U, S, _ = np.linalg.svd(full, full_matrices=False)
    factors = left_factors(sparse(full), rank, rng())
    expected = U[:, :rank] * S[:rank] @ U[:, :rank].T  # whose signs are free
    np.testing.assert_allclose(factors @ factors.T, expected, atol=1e-4)


def test_the_directions_in_which_a_larger_matrix_varies_most_are_found():
    full = some_matrix(1, (60, 80)) + 10 * np.outer(rng(2).normal(size=60), rng(3).normal(size=80))
    U, S, _ = np.linalg.svd(full)
    with patch.object(module, "_OVERSAMPLING", 5):
        factors = left_factors(sparse(full), 1, rng())
    assert abs(factors[:, 0] @ U[:, 0]) == pytest.approx(np.sqrt(S[0]), rel=1e-4)


# Vectors


def test_words_in_the_same_company_get_similar_vectors():
    words, matrix, _ = cooccurrence_vectors(some_sentences(), 6, rng())
    vectors = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    vector = dict(zip(words, vectors, strict=True))
    for one, other, stranger in (("apple", "pear", "axe"), ("saw", "drill", "plum"), ("oslo", "lima", "ate")):
        assert vector[one] @ vector[other] > 0.8
        assert vector[one] @ vector[stranger] < 0.5


def test_the_most_frequent_word_comes_first_and_a_word_that_stands_once_is_left_out():
    vectors = cooccurrence_vectors([["b", "a", "b"], ["c", "a", "once", "b", "c"]], 2, rng())
    assert vectors.words == ["b", "a", "c"]
    assert vectors.matrix.shape == (3, 2)


def test_there_is_a_most_of_words():
    with patch.object(module, "_MOST_WORDS", 4):
        assert len(cooccurrence_vectors(some_sentences(), 3, rng()).words) == 4


def test_all_vectors_are_of_one_length():
    """Their numbers deviate from 0 by 0.3, whatever the dimension: 0.3^2 = length^2 / dimension."""
    lengths = np.linalg.norm(cooccurrence_vectors(some_sentences(), 4, rng()).matrix, axis=1)
    np.testing.assert_allclose(lengths, 0.3 * 4**0.5, rtol=1e-5)


@pytest.mark.parametrize("sentences", [[], [[]], [["once", "only"]], [["a"], ["a"]], [["a", "a"]]])
def test_text_that_tells_nothing_gives_zeros(sentences):
    vectors = cooccurrence_vectors(sentences, 3, rng())
    assert vectors.matrix.shape == (len(vectors.words), 3)
    assert not vectors.matrix[:, 1:].any()


def test_more_numbers_than_words_are_0():
    vectors = cooccurrence_vectors([["a", "b"], ["b", "a", "c"], ["c", "a"]], 50, rng())
    assert vectors.matrix.any()
    assert not vectors.matrix[:, 6:].any()


def test_the_same_text_gives_the_same_vectors():
    first, second = (cooccurrence_vectors(some_sentences(), 5, rng(4)) for _ in range(2))
    assert np.array_equal(first.matrix, second.matrix)
