from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from wincls.arrays import Array
from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Counts
from wincls.evaluation.significance import NO_COUNTS, compare_counts, sentence_counts

LOC, PER = Entity(0, 1, "LOC"), Entity(1, 2, "PER")


def random_counts(rng: np.random.Generator, sentences: int, b_finds: float = 0.8) -> Array:
    """Counts of two systems that find 80 % of the entities, half of them in the same sentences."""
    gold = rng.poisson(1.0, sentences)
    same = rng.random(sentences) < 0.5
    correct_a = rng.binomial(gold, 0.8)
    correct_b = np.where(same & (b_finds == 0.8), correct_a, rng.binomial(gold, b_finds))
    wrong = rng.poisson(0.2, (2, sentences))
    return np.stack([correct_a, correct_a + wrong[0], correct_b, correct_b + wrong[1], gold], axis=1)


def test_entities_are_counted_by_sentence_and_group() -> None:
    gold = [[LOC, PER], [], [LOC]]
    a = [[LOC], [], [LOC]]
    b = [[LOC, PER], [], [Entity(0, 2, "LOC")]]
    by_label = sentence_counts(gold, a, b, lambda i, entity: entity.label)
    assert {label: counts.tolist() for label, counts in by_label.items()} == {
        "LOC": [[1, 1, 1, 1, 1], [1, 1, 0, 1, 1]],
        "PER": [[0, 0, 1, 1, 1]],
    }
    by_sentence = sentence_counts(gold, a, b, lambda i, entity: f"{i}")
    assert {name: counts.tolist() for name, counts in by_sentence.items()} == {
        "0": [[1, 1, 2, 2, 2]],
        "2": [[1, 1, 0, 1, 1]],
    }


def test_the_difference_is_that_of_f1() -> None:
    # A: 2 of 3 predicted are right, 4 are gold, F1 4/7. B: 3 of 3, F1 6/7.
    counts = np.array([[1, 2, 1, 1, 2], [1, 1, 2, 2, 2]])
    found = compare_counts(counts, 5)
    assert (found.a, found.b) == (Counts(2, 3, 4), Counts(3, 3, 4))
    assert found.f1 == pytest.approx(2 / 7)


def test_p_is_that_of_trying_all_exchanges() -> None:
    counts = np.array([[0, 1, 2, 2, 2], [1, 1, 0, 0, 1], [0, 0, 1, 1, 1], [2, 3, 2, 2, 3], [1, 1, 1, 1, 1]])
    differences = []
    for exchanged in product([False, True], repeat=len(counts)):
        a, predicted_a, b, predicted_b, gold = (
            np.where(np.array(exchanged)[:, None], counts[:, [2, 3, 0, 1, 4]], counts).sum(axis=0).tolist()
        )
        differences.append(2 * b / (predicted_b + gold) - 2 * a / (predicted_a + gold))
    expected = np.mean(np.abs(differences) >= abs(differences[0]) - 1e-12)
    assert 0 < expected < 1
    assert compare_counts(counts, 9).p == pytest.approx(expected, abs=0.02)


def test_the_interval_is_that_of_drawing_sentences() -> None:
    rng = np.random.default_rng(5)
    counts, without = random_counts(rng, 60, b_finds=0.9), 40
    rows = np.vstack([counts, np.zeros((without, 5), dtype=int)])
    drawn = [rows[rng.integers(100, size=100)].sum(axis=0) for _ in range(4000)]
    differences = [2 * b / (p_b + gold) - 2 * a / (p_a + gold) for a, p_a, b, p_b, gold in drawn]
    assert compare_counts(counts, 100).interval == pytest.approx(
        tuple(np.quantile(differences, [0.025, 0.975])), abs=0.01
    )


def test_a_system_does_not_differ_from_itself() -> None:
    counts = random_counts(np.random.default_rng(1), 100)[:, [0, 1, 0, 1, 4]]
    found = compare_counts(counts, 100)
    assert (found.f1, found.interval, found.p) == (0, (0, 0), 1)
    nothing = compare_counts(NO_COUNTS, 10)
    assert (nothing.f1, nothing.interval, nothing.p) == (0, (0, 0), 1)


def test_exchanging_the_systems_changes_only_the_sign() -> None:
    for seed in range(5):
        counts = random_counts(np.random.default_rng(seed), 80, b_finds=0.85)
        one, other = compare_counts(counts, 90), compare_counts(counts[:, [2, 3, 0, 1, 4]], 90)
        assert (other.a, other.b) == (one.b, one.a)
        assert (other.f1, other.p) == (-one.f1, one.p)
        assert other.interval == pytest.approx((-one.interval[1], -one.interval[0]), abs=1e-12)


def test_p_is_uniform_where_systems_are_equally_good() -> None:
    rng = np.random.default_rng(3)
    p = np.array([compare_counts(random_counts(rng, 300), 300, samples=300).p for _ in range(200)])
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):  # within three standard deviations of a share of 200
        assert abs((p <= share).mean() - share) < 3 * np.sqrt(share * (1 - share) / 200)


def test_a_better_system_is_found() -> None:
    rng = np.random.default_rng(4)
    found = compare_counts(random_counts(rng, 300, b_finds=0.95), 300)
    assert found.p < 0.01
    assert 0 < found.interval[0] < found.f1 < found.interval[1]


def test_few_sentences_are_no_evidence() -> None:
    """A is right in 4 sentences, B in none of them: 2 of 16 exchanges give as much. A bootstrap says 4 %."""
    counts = np.array([[1, 1, 0, 0, 1]] * 4 + [[1, 1, 1, 1, 1]] * 10)
    assert compare_counts(counts, 100).p == pytest.approx(2 / 16, abs=0.01)


def test_the_cost_does_not_depend_on_the_number_of_sentences() -> None:
    counts = np.repeat(random_counts(np.random.default_rng(0), 100), 10_000, axis=0)
    found = compare_counts(counts, 10_000_000)
    assert found.interval[1] - found.interval[0] < 0.01
