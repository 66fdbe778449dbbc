from itertools import pairwise, product

import numpy as np
import pytest

from wincls.network.losses import (
    LOSSES,
    CrossEntropy,
    MaxMargin,
    MulticlassHinge,
    Pairs,
    StructuredHinge,
    log_softmax,
    with_outside,
)


def pairs(*triples):
    return Pairs(*np.array(triples, dtype=np.int64).reshape(-1, 3).T)


@pytest.mark.parametrize(
    ("s", "s_c", "J", "active"),
    [
        (2.0, 0.5, 0.0, False),  # 1 + 0.5 - 2 < 0: outside the margin
        (2.0, 1.5, 0.5, True),  # 1 + 1.5 - 2: ahead, but inside the margin
        (2.0, 1.0, 0.0, False),  # exactly on it
        (0.5, 2.0, 2.5, True),  # 1 + 2 - 0.5: behind
    ],
)
def test_max_margin_costs_what_is_inside_the_margin(s, s_c, J, active):
    outcome = MaxMargin()(np.array([[s], [s_c]]), pairs((0, 0, 1)))
    assert outcome.value == J
    assert outcome.ds.tolist() == ([[-1.0], [1.0]] if active else [[0.0], [0.0]])  # eq. 46
    assert (outcome.unsatisfied, outcome.compared) == (int(active), 1)
    assert outcome.active.tolist() == [active]


@pytest.mark.parametrize(("margin", "J"), [(0.25, 0.0), (0.5, 0.0), (2.0, 1.5)])
def test_max_margin_uses_its_delta(margin, J):
    assert MaxMargin(margin)(np.array([[1.0], [0.5]]), pairs((0, 0, 1))).value == J


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
    assert (outcome.unsatisfied, outcome.compared) == (2, 3)
    assert outcome.active.tolist() == [True, True, False]


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
    assert (outcome.unsatisfied, outcome.compared) == (3, 5)
    assert outcome.active.tolist() == [True, True, True, False, False]


def test_max_margin_without_pairs_costs_nothing():
    outcome = MaxMargin()(np.ones((2, 3)), pairs())
    assert outcome.value == 0.0
    assert outcome.ds.tolist() == np.zeros((2, 3)).tolist()
    assert (outcome.unsatisfied, outcome.compared) == (0, 0)


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
    outcome = MulticlassHinge()(np.array([scores]), np.array([right]))
    assert outcome.value == J
    assert outcome.ds.tolist() == [ds]
    assert (outcome.unsatisfied, outcome.compared) == (int(J > 0), 1)


def test_multiclass_hinge_is_the_mean_over_windows():
    scores = np.array([[2.0, 1.5, 0.0], [5.0, 0.0, 0.0]])
    outcome = MulticlassHinge(margin=2.0)(scores, np.array([0, 1]))
    assert outcome.value == (1.5 + 7.0) / 2  # 2 + 1.5 - 2 and 2 + 5 - 0
    assert outcome.ds.tolist() == [[-0.5, 0.5, 0.0], [0.5, -0.5, 0.0]]
    assert (outcome.unsatisfied, outcome.compared) == (2, 2)


def test_cross_entropy_worked_by_hand():
    # softmax of (ln 1, ln 3) is (1/4, 3/4): J = ln 4 for class 0, ln 4/3 for class 1.
    scores = np.log([[1.0, 3.0], [1.0, 3.0]])
    outcome = CrossEntropy()(scores, np.array([0, 1]))
    assert outcome.value == pytest.approx((np.log(4.0) + np.log(4.0 / 3.0)) / 2)
    # (p - e_y) / 2 windows
    np.testing.assert_allclose(outcome.ds, [[-0.375, 0.375], [0.125, -0.125]], rtol=0, atol=1e-15)
    assert (outcome.unsatisfied, outcome.compared) == (1, 2)


def test_cross_entropy_of_equal_scores_is_the_log_of_the_classes():
    assert CrossEntropy()(np.full((4, 5), 3.0), np.arange(4)).value == pytest.approx(np.log(5.0))


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
    if loss.ranks:
        triples = [(rng.integers(labels), *rng.choice(windows, 2, replace=False)) for _ in range(10)]
        return pairs(*triples)
    return rng.integers(labels, size=windows)


@pytest.mark.parametrize("name", LOSSES)
def test_ds_is_the_centred_difference_of_the_value(name):
    rng, step = np.random.default_rng(3), 1e-6
    loss = LOSSES[name]()
    scores = 2.0 * rng.standard_normal((6, 4))
    target = a_target(loss, rng, *scores.shape)
    ds = loss(scores, target).ds
    for place in np.ndindex(scores.shape):
        right, left = scores.copy(), scores.copy()
        right[place] += step
        left[place] -= step
        difference = (loss(right, target).value - loss(left, target).value) / (2 * step)
        assert ds[place] == pytest.approx(difference, abs=1e-8)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_keep_float32_and_leave_the_scores_alone(name):
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((6, 4)).astype(np.float32)
    before = scores.copy()
    outcome = LOSSES[name]()(scores, a_target(LOSSES[name], rng, 6, 4))
    assert outcome.ds.dtype == np.float32
    assert isinstance(outcome.value, float)
    assert np.array_equal(scores, before)


@pytest.mark.parametrize("name", LOSSES)
def test_scores_that_are_not_numbers_give_a_loss_that_is_not_a_number(name):
    # The training loop recognises divergence by the value of the loss.
    rng = np.random.default_rng(0)
    with np.errstate(invalid="ignore"):
        outcome = LOSSES[name]()(np.full((6, 4), np.nan), a_target(LOSSES[name], rng, 6, 4))
    assert np.isnan(outcome.value)


def taggings(length):
    """Those with O, B and I (0, 1, 2) in which I stands behind B or I."""
    return [y for y in product(range(3), repeat=length) if (0, 2) not in pairwise((0, *y))]


def best(scores, lengths):
    """The best tagging of each sentence, by trying all of them."""
    ends = np.cumsum(lengths)
    sentences = [scores[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    found = [max(taggings(len(s)), key=lambda y: s[np.arange(len(s)), y].sum()) for s in sentences]
    return np.concatenate(found)


def test_structured_hinge_worked_by_hand():
    scores = np.array([[0.0, 2.0, 9.0], [0.0, 0.5, 1.0]])
    # True is B O: 2 + 0. Rivals, with 1 for each wrong tag: O O 0 + 1, O B 0.5 + 2, B B 2.5 + 1 and
    # B I 3 + 1, the best; I may not begin, whatever its score.
    outcome = StructuredHinge()(scores, np.array([1, 0]), np.array([2]), best)
    assert outcome.value == 2.0
    assert outcome.ds.tolist() == [[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]]
    assert (outcome.unsatisfied, outcome.compared) == (1, 2)


def test_structured_hinge_of_a_tagging_that_keeps_the_margin_is_0():
    scores = np.array([[0.0, 3.0, 0.0], [0.0, -2.0, -2.0]])
    outcome = StructuredHinge()(scores, np.array([1, 0]), np.array([2]), best)
    assert outcome.value == 0.0
    assert not outcome.ds.any()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("weight", "margin"), [(1.0, 1.0), (0.5, 1.0), (1.0, 3.0)])
def test_structured_hinge_is_what_the_worst_tagging_costs(seed, weight, margin):
    rng = np.random.default_rng(seed)
    lengths = np.array([3, 1, 4, 2])
    scores = 2 * rng.normal(size=(10, 3))
    tags = best(rng.normal(size=(10, 3)), lengths)
    outcome = StructuredHinge(weight, margin)(scores, tags, lengths, best)

    total = 0.0
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        own, t, places = scores[end - length : end], tags[end - length : end], np.arange(length)
        costs = [margin * (t != y).sum() + own[places, y].sum() for y in map(np.array, taggings(length))]
        total += max(costs) - own[places, t].sum()
    assert outcome.value == pytest.approx(weight * total / (tags != 0).sum())

    def cost(at, step):
        moved = scores.copy()
        moved[at] += step
        return StructuredHinge(weight, margin)(moved, tags, lengths, best).value

    numeric = [(cost(at, 1e-6) - cost(at, -1e-6)) / 2e-6 for at in np.ndindex(scores.shape)]
    np.testing.assert_allclose(outcome.ds.ravel(), numeric, atol=1e-7)


def test_structured_hinge_of_sentences_without_a_label():
    scores = np.array([[0.0, 1.0, -5.0]])
    outcome = StructuredHinge()(scores, np.array([0]), np.array([1]), best)
    assert outcome.value == 2.0
    assert outcome.ds.tolist() == [[-1.0, 1.0, 0.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outside_has_the_score_0_if_it_has_none(dtype):
    scores = np.array([[1.0, 2.0]], dtype=dtype)
    assert with_outside(scores, 3).tolist() == [[0.0, 1.0, 2.0]]
    assert with_outside(scores, 3).dtype == dtype
    assert with_outside(scores, 2) is scores


def test_a_further_loss_is_added_and_compares_nothing():
    first = MulticlassHinge()(np.array([[2.0, 1.5]]), np.array([0]))
    second = StructuredHinge(2.0)(np.array([[2.0, 1.5]]), np.array([1]), np.array([1]), best_of_two)
    both = first.plus(second)
    assert both.value == 0.5 + 2 * 1.5
    assert both.ds.tolist() == [[-1.0 + 2.0, 1.0 - 2.0]]
    assert (both.unsatisfied, both.compared) == (1, 1)
    assert both.active.tolist() == [1, 0]


def best_of_two(scores, lengths):
    return scores.argmax(axis=1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 1])
def test_structured_hinge_shows_a_score_that_is_no_number(column, value):
    scores = np.zeros((2, 2))
    scores[1, column] = value
    with np.errstate(invalid="ignore"):
        outcome = StructuredHinge()(scores, np.array([1, 0]), np.array([2]), best_of_two)
    assert not np.isfinite(outcome.value) or value == -np.inf
