from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.network.lattice import Lattice
from wincls.network.losses import (
    LOSSES,
    Classes,
    CrossEntropy,
    MaxMargin,
    MulticlassHinge,
    Pairs,
    StructuredHinge,
    TagSequences,
    log_softmax,
)


def pairs(*triples):
    return Pairs(*np.array(triples, dtype=np.int64).reshape(-1, 3).T)


def classes(*tags):
    """The right tags of all windows."""
    return Classes(np.arange(len(tags)), np.array(tags))


@pytest.mark.parametrize(
    ("s", "s_c", "J", "violated"),
    [
        (2.0, 0.5, 0.0, False),  # 1 + 0.5 - 2 < 0: outside the margin
        (2.0, 1.5, 0.5, True),  # 1 + 1.5 - 2: ahead, but inside the margin
        (2.0, 1.0, 0.0, False),  # exactly on it
        (0.5, 2.0, 2.5, True),  # 1 + 2 - 0.5: outscored
    ],
)
def test_max_margin_costs_what_is_inside_the_margin(s, s_c, J, violated):
    outcome = MaxMargin()(np.array([[s], [s_c]]), pairs((0, 0, 1)))
    assert outcome.value == J
    assert outcome.ds.tolist() == ([[-1.0], [1.0]] if violated else [[0.0], [0.0]])  # eq. 46
    assert (outcome.violations, outcome.compared) == (int(violated), 1)
    assert outcome.pieces.tolist() == [violated]


@pytest.mark.parametrize(("margin", "J"), [(0.25, 0.0), (0.5, 0.0), (2.0, 1.5)])
def test_max_margin_uses_its_delta(margin, J):
    assert MaxMargin(margin)(np.array([[1.0], [0.5]]), pairs((0, 0, 1))).value == J


@pytest.mark.parametrize(
    ("s", "s_c", "J", "violated"),
    [
        (2.0, 1.5, 0.0, False),  # ahead by however little
        (1.0, 1.0, 0.0, False),  # equal scores, as at the beginning of training where all are 0
        (0.5, 2.0, 1.5, True),  # 2 - 0.5
    ],
)
def test_max_margin_without_a_margin_is_the_lesser_form(s, s_c, J, violated):
    outcome = MaxMargin(margin=0.0)(np.array([[s], [s_c]]), pairs((0, 0, 1)))  # eq. 42
    assert outcome.value == J
    assert outcome.ds.tolist() == ([[-1.0], [1.0]] if violated else [[0.0], [0.0]])
    assert outcome.violations == int(violated)


@pytest.mark.parametrize(
    ("scores", "J", "ds"),
    [
        ([2.0, 1.5, 0.0], 0.0, [0.0, 0.0, 0.0]),  # ahead by however little
        ([1.0, 1.0, 0.0], 0.0, [0.0, 0.0, 0.0]),
        ([1.0, 0.0, 3.0], 2.0, [-1.0, 0.0, 1.0]),  # 3 - 1
    ],
)
def test_multiclass_hinge_without_a_margin(scores, J, ds):
    outcome = MulticlassHinge(margin=0.0)(np.array([scores]), classes(0))
    assert outcome.value == J
    assert outcome.ds.tolist() == [ds]
    assert outcome.violations == int(J > 0)


@pytest.mark.parametrize(
    ("norm", "J", "share_3", "share_4"),
    [
        (1.0, 7.0, 1.0, 1.0),  # 3 + 4, as in the lecture
        (2.0, 5.0, 0.6, 0.8),  # sqrt(9 + 16); 3/5 and 4/5
        (100.0, 4.0, 0.0, 1.0),  # nearly the hardest pair alone
    ],
)
def test_max_margin_of_several_pairs_is_the_norm_of_their_costs(norm, J, share_3, share_4):
    # s = 1 against s_c = 3, 4 and 0: costs 1 + 3 - 1 = 3, 4 and 0
    scores = np.array([[1.0], [3.0], [4.0], [0.0]])
    outcome = MaxMargin(norm=norm)(scores, pairs((0, 0, 1), (0, 0, 2), (0, 0, 3)))
    assert outcome.value == pytest.approx(J, abs=1e-9)
    np.testing.assert_allclose(
        outcome.ds, [[-share_3 - share_4], [share_3], [share_4], [0.0]], rtol=0, atol=1e-9
    )
    assert (outcome.violations, outcome.compared) == (2, 3)
    assert outcome.pieces.tolist() == [True, True, False]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("norm", [1.0, 2.0, 10.0, 100.0])
@pytest.mark.parametrize("cost", [1e-6, 0.01, 1.0, 1000.0])
def test_one_corrupted_window_makes_the_lectures_loss_whatever_the_norm(cost, norm, dtype):
    scores = np.array([[1.0], [cost]], dtype=dtype)
    cost = float(1 + scores[1, 0] - scores[0, 0])
    outcome = MaxMargin(norm=norm)(scores, pairs((0, 0, 1)))
    assert outcome.value == pytest.approx(cost, rel=1e-5)
    np.testing.assert_allclose(outcome.ds, [[-1.0], [1.0]], rtol=1e-5)


def test_max_margin_is_the_mean_over_true_windows_of_all_labels():
    scores = np.array(
        [
            [1.0, 0.0, 7.0],
            [3.0, 1.0, 7.0],
            [4.0, 0.5, 7.0],
            [0.0, 3.0, 7.0],
        ]
    )
    # label 0, window 0: 1 + 3 - 1 = 3 and 1 + 4 - 1 = 4, norm 5
    # label 1, window 1: 1 + 0.5 - 1 = 0.5 and 1 + 0 - 1 = 0, norm 0.5
    # label 1, window 3: 1 + 0.5 - 3 < 0
    compared = pairs((0, 0, 1), (0, 0, 2), (1, 1, 2), (1, 1, 0), (1, 3, 2))
    outcome = MaxMargin(norm=2.0)(scores, compared)
    assert outcome.value == pytest.approx((5 + 0.5 + 0) / 3)
    np.testing.assert_allclose(
        3 * outcome.ds,
        [
            [-0.6 - 0.8, 0.0, 0.0],
            [0.6, -1.0, 0.0],  # corrupted for label 0, true for label 1
            [0.8, 1.0, 0.0],
            [0.0, 0.0, 0.0],
        ],
        rtol=0,
        atol=1e-15,
    )
    assert (outcome.violations, outcome.compared) == (3, 5)
    assert outcome.pieces.tolist() == [True, True, True, False, False]


def test_max_margin_without_pairs_costs_nothing():
    outcome = MaxMargin()(np.ones((2, 3)), pairs())
    assert outcome.value == 0.0
    assert outcome.ds.tolist() == np.zeros((2, 3)).tolist()
    assert (outcome.violations, outcome.compared) == (0, 0)


@pytest.mark.parametrize(
    ("scores", "right", "J", "ds"),
    [
        ([2.0, 1.5, 0.0], 0, 0.5, [-1.0, 1.0, 0.0]),  # 1 + 1.5 - 2; only the best rival counts
        ([2.0, 1.0, 0.0], 0, 0.0, [0.0, 0.0, 0.0]),  # on the margin
        ([3.0, 1.0, 0.0], 0, 0.0, [0.0, 0.0, 0.0]),  # outside
        ([2.0, 1.5, 4.0], 1, 3.5, [0.0, -1.0, 1.0]),  # 1 + 4 - 1.5
    ],
)
def test_multiclass_hinge_compares_with_the_best_rival(scores, right, J, ds):
    outcome = MulticlassHinge()(np.array([scores]), classes(right))
    assert outcome.value == J
    assert outcome.ds.tolist() == [ds]
    assert (outcome.violations, outcome.compared) == (int(J > 0), 1)


def test_multiclass_hinge_is_the_mean_over_windows():
    scores = np.array([[2.0, 1.5, 0.0], [5.0, 0.0, 0.0]])
    outcome = MulticlassHinge(margin=2.0)(scores, classes(0, 1))
    assert outcome.value == (1.5 + 7.0) / 2  # 2 + 1.5 - 2 and 2 + 5 - 0
    assert outcome.ds.tolist() == [[-0.5, 0.5, 0.0], [0.5, -0.5, 0.0]]
    assert (outcome.violations, outcome.compared) == (2, 2)


def test_another_rival_is_another_piece_of_the_multiclass_hinge():
    one, other = (MulticlassHinge()(np.array([scores]), classes(0)) for scores in ([0, 1.0, 2], [0, 2.0, 1]))
    assert one.value == other.value
    assert not np.array_equal(one.pieces, other.pieces)


def test_cross_entropy_worked_by_hand():
    # softmax of (ln 1, ln 3) is (1/4, 3/4): J = ln 4 for class 0, ln 4/3 for class 1.
    scores = np.log([[1.0, 3.0], [1.0, 3.0]])
    outcome = CrossEntropy()(scores, classes(0, 1))
    assert outcome.value == pytest.approx((np.log(4.0) + np.log(4.0 / 3.0)) / 2)
    # (p - e_y) / 2 windows
    np.testing.assert_allclose(outcome.ds, [[-0.375, 0.375], [0.125, -0.125]], rtol=0, atol=1e-15)
    assert (outcome.violations, outcome.compared) == (1, 2)


def test_cross_entropy_of_equal_scores_is_the_log_of_the_classes():
    assert CrossEntropy()(np.full((4, 5), 3.0), classes(0, 1, 2, 3)).value == pytest.approx(np.log(5.0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_softmax_cannot_overflow(dtype):
    f = np.array([[1000.0, -1000.0], [-1000.0, -1000.0]], dtype=dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        log_p = log_softmax(f)
    np.testing.assert_allclose(log_p, [[0.0, -2000.0], [-np.log(2.0)] * 2], rtol=1e-6)
    assert log_p.dtype == dtype


def test_log_softmax_does_not_change_if_a_constant_is_added_to_a_row():
    f = np.random.default_rng(0).standard_normal((3, 4))
    shifted = f + np.array([[5.0], [-7.0], [0.0]])
    np.testing.assert_allclose(log_softmax(shifted), log_softmax(f), rtol=0, atol=1e-14)
    np.testing.assert_allclose(np.exp(log_softmax(f)).sum(axis=1), 1.0)


def a_target(loss, rng, windows, labels):
    if isinstance(loss, MaxMargin):
        triples = [(rng.integers(labels), *rng.choice(windows, 2, replace=False)) for _ in range(10)]
        return pairs(*triples)
    return classes(*rng.integers(labels, size=windows))


@pytest.mark.parametrize("name", LOSSES)
def test_ds_is_the_centered_difference_of_the_value(name):
    rng, step = np.random.default_rng(3), 1e-6
    loss = LOSSES[name]()
    scores = 2.0 * rng.standard_normal((6, 4))
    target = a_target(loss, rng, *scores.shape)
    ds = loss(scores, target).ds
    for index in np.ndindex(scores.shape):
        right, left = scores.copy(), scores.copy()
        right[index] += step
        left[index] -= step
        difference = (loss(right, target).value - loss(left, target).value) / (2 * step)
        assert ds[index] == pytest.approx(difference, abs=1e-8)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_keep_float32_and_leave_the_scores_alone(name):
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((6, 4)).astype(np.float32)
    before = scores.copy()
    outcome = LOSSES[name]()(scores, a_target(LOSSES[name](), rng, 6, 4))
    assert outcome.ds.dtype == np.float32
    assert isinstance(outcome.value, float)
    assert np.array_equal(scores, before)


@pytest.mark.parametrize("name", LOSSES)
def test_scores_that_are_not_numbers_give_a_loss_that_is_not_a_number(name):
    # The training loop recognizes divergence by the value of the loss.
    rng = np.random.default_rng(0)
    with np.errstate(invalid="ignore"):
        outcome = LOSSES[name]()(np.full((6, 4), np.nan), a_target(LOSSES[name](), rng, 6, 4))
    assert np.isnan(outcome.value)


# O, B and I (0, 1, 2), in which I comes after B or I.
BIO = Lattice(np.array([[True, True, False], [True, True, True], [True, True, True]]))
ANY_OF_TWO = Lattice(np.ones((2, 2), dtype=bool))
ANY = Lattice(np.ones((3, 3), dtype=bool))


def legal_sequences(length):
    return [y for y in product(range(3), repeat=length) if (0, 2) not in pairwise((0, *y))]


def best(scores, lengths):
    """The best legal sequence of each sentence, by trying all of them."""
    ends = np.cumsum(lengths)
    sentences = [scores[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    found = [max(legal_sequences(len(s)), key=lambda y: s[np.arange(len(s)), y].sum()) for s in sentences]
    return np.concatenate(found)


def sequences(tags, lengths, lattice=BIO):
    return TagSequences(np.array(tags), np.array(lengths), lattice)


def test_structured_hinge_worked_by_hand():
    scores = np.array([[0.0, 2.0, 9.0], [0.0, 0.5, 1.0]])
    # True is B O: 2 + 0. Rivals, with 1 for each wrong tag: O O 0 + 1, O B 0.5 + 2, B B 2.5 + 1 and
    # B I 3 + 1, the best; I may not begin, whatever its score.
    outcome = StructuredHinge()(scores, sequences([1, 0], [2]))
    assert outcome.value == 2.0
    assert outcome.ds.tolist() == [[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]]
    assert (outcome.violations, outcome.compared) == (1, 2)


def test_structured_hinge_of_a_sequence_that_keeps_the_margin_is_0():
    scores = np.array([[0.0, 3.0, 0.0], [0.0, -2.0, -2.0]])
    outcome = StructuredHinge()(scores, sequences([1, 0], [2]))
    assert outcome.value == 0.0
    assert not outcome.ds.any()


def test_another_rival_is_another_piece_of_the_structured_hinge():
    one, other = (
        StructuredHinge()(np.array([s]), sequences([0], [1], ANY)) for s in ([0, 1.0, 2], [0, 2.0, 1])
    )
    assert one.value == other.value
    assert not np.array_equal(one.pieces, other.pieces)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("weight", "margin"), [(1.0, 1.0), (0.5, 1.0), (1.0, 3.0)])
def test_structured_hinge_is_what_the_worst_sequence_costs(seed, weight, margin):
    rng = np.random.default_rng(seed)
    lengths = np.array([3, 1, 4, 2])
    scores = 2 * rng.normal(size=(10, 3))
    tags = best(rng.normal(size=(10, 3)), lengths)
    outcome = StructuredHinge(weight, margin)(scores, sequences(tags, lengths))

    total = 0.0
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        own, t, tokens = scores[end - length : end], tags[end - length : end], np.arange(length)
        costs = [
            margin * (t != y).sum() + own[tokens, y].sum() for y in map(np.array, legal_sequences(length))
        ]
        total += max(costs) - own[tokens, t].sum()
    assert outcome.value == pytest.approx(weight * total / (tags != 0).sum())

    def cost(at, step):
        moved = scores.copy()
        moved[at] += step
        return StructuredHinge(weight, margin)(moved, sequences(tags, lengths)).value

    numeric = [(cost(at, 1e-6) - cost(at, -1e-6)) / 2e-6 for at in np.ndindex(scores.shape)]
    np.testing.assert_allclose(outcome.ds.ravel(), numeric, atol=1e-7)


def test_structured_hinge_of_sentences_without_a_label():
    scores = np.array([[0.0, 1.0, -5.0]])
    outcome = StructuredHinge()(scores, sequences([0], [1]))
    assert outcome.value == 2.0
    assert outcome.ds.tolist() == [[-1.0, 1.0, 0.0]]


@pytest.mark.parametrize(
    ("column", "value"), [(0, np.nan), (1, np.nan), (0, np.inf), (1, np.inf), (0, -np.inf)]
)
def test_structured_hinge_shows_a_score_that_is_not_a_number(column, value):
    scores = np.zeros((2, 2))
    scores[1, column] = value
    with np.errstate(invalid="ignore"):
        outcome = StructuredHinge()(scores, sequences([1, 0], [2], ANY_OF_TWO))
    assert not np.isfinite(outcome.value)


def test_structured_hinge_of_a_wrong_tag_that_is_out_of_the_question():
    outcome = StructuredHinge()(np.array([[0.0, 0.0], [0.0, -np.inf]]), sequences([1, 0], [2], ANY_OF_TWO))
    assert outcome.value == 1.0  # the first tag alone can be wrong


def test_structured_hinge_without_scores_for_o_takes_them_for_0():
    rng = np.random.default_rng(0)
    scores = 2 * rng.normal(size=(6, 3))
    scores[:, 0] = 0.0
    target = sequences(best(rng.normal(size=(6, 3)), [4, 2]), [4, 2])
    whole, narrow = StructuredHinge()(scores, target), StructuredHinge()(scores[:, 1:], target)
    assert whole.ds.any()
    assert narrow.value == whole.value
    assert narrow.ds.tolist() == whole.ds[:, 1:].tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_scores", [2, 3])
def test_structured_hinge_keeps_the_type_of_the_scores_and_leaves_them_alone(n_scores, dtype):
    scores = np.random.default_rng(0).normal(size=(5, n_scores)).astype(dtype)
    before = scores.copy()
    outcome = StructuredHinge()(scores, sequences([1, 2, 0, 0, 1], [3, 2]))
    assert outcome.ds.shape == scores.shape
    assert outcome.ds.dtype == dtype
    assert isinstance(outcome.value, float)
    assert np.array_equal(scores, before)


# Targets.

K = 3
# A quarter of the tokens bears one of three labels.
TAGS = np.random.default_rng(8).choice(4, size=390, p=[0.75, 0.1, 0.1, 0.05])


def drawn_pairs(tags, anchors=None, corrupted=K, seed=0):
    loss = MaxMargin(corrupted=corrupted)
    anchors = loss.anchors(tags) if anchors is None else anchors
    return loss.targets(tags, anchors, np.random.default_rng(seed))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64])
def test_true_windows_bear_the_label_and_corrupted_windows_never_do(dtype):
    tags = TAGS.astype(dtype)
    for seed in range(20):
        label, true, corrupted = drawn_pairs(tags, seed=seed)
        assert np.array_equal(tags[true], label + 1)
        assert (tags[corrupted] != label + 1).all()
        assert (label >= 0).all()


def test_every_anchor_occurs_with_k_corrupted_windows():
    assert Counter(drawn_pairs(TAGS).true.tolist()) == dict.fromkeys(np.flatnonzero(TAGS).tolist(), K)
    some = np.flatnonzero(TAGS)[::3]
    assert Counter(drawn_pairs(TAGS, some).true.tolist()) == dict.fromkeys(some.tolist(), K)


def test_corrupted_windows_of_some_anchors_are_drawn_from_all_windows():
    some = np.flatnonzero(TAGS)[:2]
    drawn = set(drawn_pairs(TAGS, some, corrupted=3000).corrupted.tolist())
    assert drawn == set(np.flatnonzero((TAGS[some[0]] != TAGS) | (TAGS[some[1]] != TAGS)).tolist())


def test_every_other_window_may_be_drawn_as_corrupted():
    tags = np.array([1, 2, 0, 2, 1, 0])
    drawn = drawn_pairs(tags, np.array([0]), corrupted=6000)
    assert (drawn.true == 0).all()
    windows, counts = np.unique(drawn.corrupted, return_counts=True)
    assert windows.tolist() == [1, 2, 3, 5]
    np.testing.assert_allclose(counts / 6000, 0.25, atol=0.02)


def test_corrupted_windows_hold_other_entities_as_often_as_the_text_does():
    # Half of the entities bear the true label.
    tags = np.where(np.arange(1000) < 900, 0, 1 + np.arange(1000) % 2)
    pairs = drawn_pairs(tags, corrupted=100)
    # Drawn among all windows without the label, 50 in 950 hold an entity.
    assert (tags[pairs.corrupted] != 0).mean() == pytest.approx(50 / 950, abs=0.015)


def test_where_there_are_no_other_entities_any_other_window_is_drawn():
    tags = np.where(np.arange(100) < 90, 0, 1)
    entities = np.flatnonzero(tags)
    pairs = drawn_pairs(tags)
    assert np.array_equal(pairs.true, np.repeat(entities, K))
    assert (tags[pairs.corrupted] == 0).all()


def test_a_text_in_which_every_window_bears_the_label_has_nothing_to_compare():
    assert not drawn_pairs(np.ones(390, dtype=np.int64))


def test_a_text_without_any_label_has_nothing_to_compare():
    assert not drawn_pairs(np.zeros(390, dtype=np.int64))
    assert not drawn_pairs(np.zeros(0, dtype=np.int64))
    assert drawn_pairs(TAGS)


def test_pairs_follow_the_generator():
    first, same, other = (drawn_pairs(TAGS, seed=seed) for seed in (1, 1, 2))
    assert all(map(np.array_equal, first, same))
    assert not np.array_equal(first.corrupted, other.corrupted)


@given(
    tags=st.lists(st.integers(0, 3), min_size=1, max_size=30),
    corrupted=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_pairs_compare_a_window_of_the_label_with_one_of_another(tags, corrupted, seed):
    tags = np.array(tags)
    pairs = drawn_pairs(tags, corrupted=corrupted, seed=seed)
    assert np.array_equal(tags[pairs.true], pairs.label + 1)
    assert (tags[pairs.corrupted] != pairs.label + 1).all()
    assert all(count <= corrupted for count in Counter(pairs.true.tolist()).values())


def test_compact_pairs_compare_the_same_windows():
    pairs = drawn_pairs(TAGS, np.flatnonzero(TAGS)[:5])
    windows, compact = pairs.compact()
    assert windows.tolist() == sorted({*pairs.true.tolist(), *pairs.corrupted.tolist()})
    assert np.array_equal(compact.label, pairs.label)
    assert np.array_equal(windows[compact.true], pairs.true)
    assert np.array_equal(windows[compact.corrupted], pairs.corrupted)


def test_compact_pairs_cost_the_same():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(len(TAGS), 3))
    pairs = drawn_pairs(TAGS, np.flatnonzero(TAGS)[:5])
    windows, compact = pairs.compact()
    whole, small = MaxMargin()(scores, pairs), MaxMargin()(scores[windows], compact)
    assert small.value == pytest.approx(whole.value)
    np.testing.assert_allclose(small.ds, whole.ds[windows])
    assert not np.delete(whole.ds, windows, axis=0).any()


CLASSIFYING = [name for name in LOSSES if name != "max_margin"]


@pytest.mark.parametrize("name", CLASSIFYING)
def test_losses_of_classes_get_every_window_with_its_tag(name):
    loss, rng = LOSSES[name](), np.random.default_rng(0)
    target = loss.targets(TAGS, loss.anchors(TAGS), rng)
    assert np.array_equal(target.windows, np.arange(len(TAGS)))
    assert np.array_equal(target.tags, TAGS)
    some = np.array([7, 3, 100])
    assert [each.tolist() for each in loss.targets(TAGS, some, rng)] == [some.tolist(), TAGS[some].tolist()]


@pytest.mark.parametrize("name", CLASSIFYING)
def test_losses_of_classes_have_something_to_compare_in_a_text_without_any_label(name):
    loss, nothing = LOSSES[name](), np.zeros(5, dtype=np.int64)
    assert loss.targets(nothing, loss.anchors(nothing), np.random.default_rng(0))
    assert not loss.targets(nothing, np.zeros(0, dtype=np.int64), np.random.default_rng(0))


@pytest.mark.parametrize("name", CLASSIFYING)
def test_losses_of_classes_look_only_at_the_windows_of_the_target(name):
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(6, 4))
    target = Classes(np.array([4, 1, 2]), np.array([0, 3, 1]))
    whole = LOSSES[name]()(scores, target)
    windows, compact = target.compact()
    small = LOSSES[name]()(scores[windows], compact)
    assert windows.tolist() == [4, 1, 2]
    assert small.value == pytest.approx(whole.value)
    np.testing.assert_allclose(small.ds, whole.ds[windows])
    assert not whole.ds[[0, 3, 5]].any()
    assert (whole.violations, whole.compared) == (small.violations, small.compared)
    assert whole.compared == 3


def test_sequences_of_no_windows_are_nothing_to_compare():
    assert not sequences([], [])
    assert sequences([0], [1])


@pytest.mark.parametrize(
    ("name", "n_scores", "bias"),
    [("max_margin", 4, False), ("multiclass_hinge", 5, True), ("cross_entropy", 5, True)],
)
def test_only_losses_of_classes_have_a_score_for_o_and_an_output_bias(name, n_scores, bias):
    loss = LOSSES[name]()
    assert loss.n_scores(5) == n_scores
    assert loss.bias == bias
