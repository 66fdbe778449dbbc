from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wincls.corpus.schemes import SCHEMES, illegal_positions
from wincls.corpus.tag_set import TagSet
from wincls.network import lattice as lattice_module
from wincls.network.lattice import Lattice, Moves, with_outside
from wincls.network.losses import log_softmax

CASES = [  # longer sentences only where there are not too many sequences to try
    (scheme, labels, 5 if len(labels) == 1 else 4) for scheme in SCHEMES for labels in (("A",), ("A", "B"))
]
every_case = pytest.mark.parametrize(
    ("name", "labels", "longest"), CASES, ids=[f"{name}-{''.join(labels)}" for name, labels, _ in CASES]
)


@cache
def legal_sequences(name, labels, length):
    """(sequences, length) tag numbers of all sequences that the scheme can write."""
    tags = SCHEMES[name].tags(labels)
    numbers = product(range(len(tags)), repeat=length)
    return np.array(
        [each for each in numbers if not illegal_positions([tags[i] for i in each], SCHEMES[name])]
    )


def lattice_of(name, labels):
    return Lattice(TagSet(SCHEMES[name], labels).allowed)


def random_log_p(rng, tokens, tags):
    return log_softmax(2.0 * rng.normal(size=(tokens, tags)))


def in_order(sums):
    """The rows of p, forward and backward, token by token."""
    rows = np.argsort(sums.order)
    return sums.p[rows], sums.forward[rows], sums.backward[rows]


def marginals(lattice, p, lengths):
    """(tokens, tags) from the sums: a tag's share of the mass of all legal sequences."""
    _, forward, backward = in_order(lattice.sums(p, lengths))
    mass = forward * backward
    return mass / mass.sum(axis=1, keepdims=True)


def slices(lengths):
    ends = np.cumsum(lengths)
    return [slice(end - length, end) for end, length in zip(ends, lengths, strict=True)]


@every_case
def test_viterbi_finds_the_best_of_all_legal_sequences(name, labels, longest):
    rng = np.random.default_rng(1)
    lattice = lattice_of(name, labels)
    for length in range(1, longest + 1):
        sequences = legal_sequences(name, labels, length)
        for _ in range(20):
            log_p = random_log_p(rng, length, lattice.tags)
            scores = log_p[np.arange(length), sequences].sum(axis=1)
            best = lattice.best(log_p, np.array([length]))
            assert best.tolist() == sequences[scores.argmax()].tolist()


@every_case
def test_marginal_probabilities_are_sums_over_legal_sequences(name, labels, longest):
    rng = np.random.default_rng(5)
    lattice = lattice_of(name, labels)
    lengths = np.arange(1, longest + 1)
    scores = rng.normal(size=(int(lengths.sum()), lattice.tags))
    found = marginals(lattice, np.exp(scores), lengths)
    for own, length in zip(slices(lengths), lengths, strict=True):
        sequences = legal_sequences(name, labels, length)
        p = np.exp(scores[own][np.arange(length), sequences].sum(axis=1))
        mass = np.array([np.bincount(tags, p, lattice.tags) for tags in sequences.T]) / p.sum()
        np.testing.assert_allclose(found[own], mass, rtol=1e-9, atol=1e-12)


@every_case
def test_probabilities_of_neighboring_tags_are_sums_over_legal_sequences(name, labels, longest):
    """P(a at t, b at t + 1) = forward(a) allowed(a, b) p(b) backward(b), with no more to be divided by."""
    rng = np.random.default_rng(2)
    lattice = lattice_of(name, labels)
    lengths = np.arange(1, longest + 1)
    log_p = random_log_p(rng, int(lengths.sum()), lattice.tags)
    p, forward, backward = in_order(lattice.sums(np.exp(log_p), lengths))
    for own, length in zip(slices(lengths), lengths, strict=True):
        sequences = legal_sequences(name, labels, length)
        shares = np.exp(log_p[own][np.arange(length), sequences].sum(axis=1))
        shares /= shares.sum()
        for t in range(own.start, own.stop - 1):
            expected = np.zeros((lattice.tags, lattice.tags))
            i = t - own.start
            np.add.at(expected, (sequences[:, i], sequences[:, i + 1]), shares)
            found = forward[t, :, None] * lattice.allowed * (p[t + 1] * backward[t + 1])
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@every_case
def test_sums_do_not_depend_on_the_scale_of_a_token(name, labels, longest):
    rng = np.random.default_rng(6)
    lattice = lattice_of(name, labels)
    lengths = np.array([longest, 2])
    p = np.exp(random_log_p(rng, int(lengths.sum()), lattice.tags))
    multiples = rng.uniform(0.01, 100.0, size=(len(p), 1))
    for one, other in zip(lattice.sums(p, lengths), lattice.sums(multiples * p, lengths), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@every_case
def test_sentences_worked_on_together_are_as_alone(name, labels, longest):
    rng = np.random.default_rng(3)
    lattice = lattice_of(name, labels)
    lengths = np.array([2, 5, 1, 1, 4, 5, 3, 9])
    log_p = random_log_p(rng, lengths.sum(), lattice.tags)
    together = lattice.best(log_p, lengths)
    sums = in_order(lattice.sums(np.exp(log_p), lengths))
    for own, length in zip(slices(lengths), lengths, strict=True):
        alone = lattice.best(log_p[own], np.array([length]))
        assert together[own].tolist() == alone.tolist()
        own_sums = in_order(lattice.sums(np.exp(log_p[own]), np.array([length])))
        for one, other in zip(sums, own_sums, strict=True):
            np.testing.assert_allclose(one[own], other, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", SCHEMES)
@given(st.data())
def test_the_best_sequence_is_legal_and_marginals_are_probabilities(name, data):
    tag_set = TagSet(SCHEMES[name], ("A", "B"))
    lattice = Lattice(tag_set.allowed)
    lengths = np.array(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5)))
    shape = (int(lengths.sum()), lattice.tags)
    log_p = log_softmax(data.draw(arrays.arrays(np.float64, shape, elements=st.floats(-50, 50))))
    best = lattice.best(log_p, lengths)
    found = marginals(lattice, np.exp(log_p), lengths)
    assert (found >= 0).all()
    assert (found <= 1).all()
    for own in slices(lengths):
        assert illegal_positions([tag_set.tags[i] for i in best[own]], SCHEMES[name]) == []


@given(st.data())
def test_any_table_of_moves_is_obeyed(data):
    """Tag 0 may follow and precede every tag, as in the schemes; all else is up to the table."""
    n = data.draw(st.integers(1, 4))
    allowed = data.draw(arrays.arrays(bool, (n, n)))
    allowed[0], allowed[:, 0] = True, True
    length = data.draw(st.integers(1, 4))
    scores = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(length, n))
    legal = [
        y for y in product(range(n), repeat=length) if all(allowed[pair] for pair in pairwise((0, *y, 0)))
    ]
    expected = max(legal, key=lambda y: scores[np.arange(length), y].sum())
    assert Lattice(allowed).best(scores, np.array([length])).tolist() == list(expected)


def test_an_open_entity_at_the_end_is_illegal():
    """Worked out by hand: O O has 0.4 * 0.35 = 0.14, B-A E-A 0.6 * 0.15 = 0.09, all else is open or 0."""
    lattice = lattice_of("IOBES", ["A"])
    p = np.array([[0.4, 1e-100, 0.6, 1e-100, 1e-100], [0.35, 1e-100, 0.5, 1e-100, 0.15]])
    assert lattice.best(np.log(p), np.array([2])).tolist() == [0, 0]
    expected = [[0.14, 0, 0.09, 0, 0], [0.14, 0, 0, 0, 0.09]]
    np.testing.assert_allclose(marginals(lattice, p, np.array([2])), np.array(expected) / 0.23, atol=1e-12)


def test_viterbi_takes_probabilities_of_0():
    p = np.array([[0.4, 0.0, 0.6, 0.0, 0.0], [0.35, 0.0, 0.5, 0.0, 0.15]])
    with np.errstate(divide="ignore"):
        assert lattice_of("IOBES", ["A"]).best(np.log(p), np.array([2])).tolist() == [0, 0]


def test_mass_on_illegal_sequences_alone_leaves_a_legal_one():
    """An inner tag first and an open one last."""
    log_p = log_softmax(np.array([[0.0, 0.0, 0.0, 900.0, 0.0], [0.0, 0.0, 900.0, 0.0, 0.0]]))
    best = lattice_of("IOBES", ["A"]).best(log_p, np.array([2]))
    tags = SCHEMES["IOBES"].tags(["A"])
    assert illegal_positions([tags[i] for i in best], SCHEMES["IOBES"]) == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_of_unlikely_tags_are_finite_and_keep_their_type(dtype):
    """The scores of the most extreme tokens that are let through: 1e-6 of the best tag of the token."""
    lattice = lattice_of("IOBES", ["A", "B"])
    p = np.full((3, lattice.tags), 1e-6, dtype=dtype)
    p[0, 0], p[2, 2] = 1, 1
    sums = lattice.sums(p, np.array([2, 1]))
    assert {each.dtype for each in sums[1:]} == {np.dtype(dtype)}
    assert all(np.isfinite(each).all() for each in sums)
    assert np.isfinite(marginals(lattice, p, np.array([2, 1]))).all()


def test_a_long_sentence_neither_underflows_nor_overflows():
    rng = np.random.default_rng(4)
    lattice = lattice_of("BIO", ["A"])
    log_p = random_log_p(rng, 3000, 3)
    lengths = np.array([3000])
    assert len(lattice.best(log_p, lengths)) == 3000
    p, forward, backward = in_order(lattice.sums(np.exp(log_p), lengths))
    assert all(np.isfinite(each).all() for each in (p, forward, backward))
    np.testing.assert_allclose(forward[:-1].sum(axis=1), 1.0)
    # The mass of all sequences is 1 at each token: nothing is left to be divided by.
    np.testing.assert_allclose((forward * backward).sum(axis=1), 1.0)


def test_scores_are_left_as_they_are():
    rng = np.random.default_rng(0)
    lattice = lattice_of("IOBES", ["A"])
    scores, lengths = rng.normal(size=(9, 5)), np.array([4, 3, 2])
    before = scores.copy()
    lattice.best(scores, lengths)
    assert np.array_equal(scores, before)
    p = np.exp(scores)
    lattice.sums(p, lengths)
    assert np.array_equal(p, np.exp(before))


def test_no_sentences_have_no_tags():
    lattice = lattice_of("BIO", ["A"])
    none = np.array([], dtype=np.int64)
    assert lattice.best(np.zeros((0, 3)), none).shape == (0,)
    sums = lattice.sums(np.zeros((0, 3)), none)
    assert sums.order.shape == (0,)
    assert sums.forward.shape == sums.backward.shape == sums.p.shape == (0, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outside_has_the_score_0_if_it_has_none(dtype):
    scores = np.array([[1.0, 2.0]], dtype=dtype)
    assert with_outside(scores, 3).tolist() == [[0.0, 1.0, 2.0]]
    assert with_outside(scores, 3).dtype == dtype
    assert with_outside(scores, 2) is scores


@given(data=st.data())
def test_moves_are_maxima_and_sums_over_what_may_come_before(data):
    n = data.draw(st.integers(1, 6))
    table = data.draw(arrays.arrays(bool, (n, n)))
    values = np.random.default_rng(0).normal(size=(3, n))
    for dense in (0, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lattice_module, "_DENSE", dense)
            moves = Moves(table)
        assert moves.sum(values) == pytest.approx(values @ table)
        expected = np.where(table, values[:, :, None], -np.inf).max(axis=1)
        assert moves.largest(values).tolist() == expected.tolist()


@pytest.mark.parametrize("scheme", ["BIO", "IOBES"])
def test_sums_over_many_tags_are_those_of_the_whole_table(scheme, monkeypatch):
    many = [f"T{i}" for i in range(40)]
    rng, lengths = np.random.default_rng(3), np.array([5, 1, 9])
    sparse = lattice_of(scheme, many)
    monkeypatch.setattr(lattice_module, "_DENSE", 10**9)
    dense = lattice_of(scheme, many)
    p = np.exp(random_log_p(rng, 15, sparse.tags))
    for one, other in zip(sparse.sums(p, lengths), dense.sums(p, lengths), strict=True):
        assert one == pytest.approx(other, rel=1e-12)
