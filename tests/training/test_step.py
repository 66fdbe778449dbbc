from dataclasses import replace

import numpy as np
import pytest

from wincls.config import Regularization, make_config
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.network.activations import ReLU
from wincls.network.lattice import Lattice
from wincls.network.losses import Classes, CrossEntropy, MaxMargin, Pairs, StructuredHinge, TagSequences
from wincls.network.scorer import Scorer
from wincls.optim.optimizers import SGD, Optimizer
from wincls.optim.regularizers import Penalty
from wincls.training.sampling import Batch
from wincls.training.step import compute_step, make_penalty, make_terms

ROWS = np.array([[1], [2], [3]])
WINDOWS = np.array([[0, 1, 2], [1, 2, 0]])  # a true and a corrupted window of the same three words
ONE_PAIR = Pairs(label=np.array([0]), true=np.array([0]), corrupted=np.array([1]))


@pytest.fixture
def scorer():
    parameters = {
        "L.word": np.array([[7.0], [1.0], [2.0], [-1.0]]),
        "W1": np.array([[1.0, 1.0, 0.0], [0.0, 1.0, -1.0]]),
        "b1": np.array([0.0, 1.0]),
        "U": np.array([[1.0], [-0.5]]),
    }
    return Scorer(parameters, ("word",), ReLU())


def max_margin_step(scorer, l2=0.0, l1=0.0, tables=False):
    penalty = make_penalty(scorer, Regularization(l2=l2, l1=l1, penalize_tables=tables))
    return compute_step(scorer, [(MaxMargin(), ONE_PAIR)], ROWS, WINDOWS, None, penalty)


def test_a_step_of_the_lectures_classifier_worked_by_hand(scorer):
    # true:      x   = (1, 2, -1), z   = (3, 4),  a   = (3, 4), s   = 3 - 2 = 1
    # corrupted: x_c = (2, -1, 1), z_c = (1, -1), a_c = (1, 0), s_c = 1
    # J = max(0, 1 + s_c - s) = 1
    outcome = max_margin_step(scorer)
    assert outcome.forward.scores.tolist() == [[1.0], [1.0]]
    assert outcome.value == outcome.losses[0].value == 1.0

    d = outcome.gradients
    assert d["U"].tolist() == [[-2.0], [-4.0]]  # a_c - a
    # delta = -(U o f'(z)) = (-1, 0.5); delta_c = U o f'(z_c) = (1, 0)
    assert d["b1"].tolist() == [0.0, 0.5]
    # delta x^T + delta_c x_c^T = [[-1, -2, 1], [0.5, 1, -0.5]] + [[2, -1, 1], [0, 0, 0]]
    assert d["W1"].tolist() == [[1.0, -3.0, 2.0], [0.5, 1.0, -0.5]]
    # dx = W^T delta = (-1, -0.5, -0.5) and dx_c = W^T delta_c = (1, 1, 0), each on its own words:
    # word 1: -1 + 0; word 2: -0.5 + 1; word 3: -0.5 + 1
    assert d["L.word"].rows.tolist() == [1, 2, 3]
    assert d["L.word"].values.tolist() == [[-1.0], [0.5], [0.5]]


def test_a_step_of_sgd_moves_every_parameter_against_its_gradient(scorer):
    outcome = max_margin_step(scorer)
    Optimizer(SGD(), scorer.parameters).step(outcome.gradients, 0.1)
    np.testing.assert_allclose(scorer.parameters["L.word"], [[7.0], [1.1], [1.95], [-1.05]])
    np.testing.assert_allclose(scorer.parameters["W1"], [[0.9, 1.3, -0.2], [-0.05, 0.9, -0.95]])
    np.testing.assert_allclose(scorer.parameters["b1"], [0.0, 0.95])
    np.testing.assert_allclose(scorer.parameters["U"], [[1.2], [-0.1]])
    assert max_margin_step(scorer).value < outcome.value


def test_a_pair_that_keeps_the_margin_gives_no_gradient(scorer):
    scorer.parameters["U"][:] = [[1.0], [0.0]]  # s = 3, s_c = 1
    outcome = max_margin_step(scorer)
    assert outcome.value == 0.0
    assert not any(outcome.gradients[name].any() for name in ("U", "W1", "b1"))
    assert not outcome.gradients["L.word"].values.any()


def test_the_value_holds_the_penalty_and_the_loss_does_not(scorer):
    # Squares: W 4, U 1.25; absolutes: 4, 1.5. No b and no words.
    outcome = max_margin_step(scorer, l2=0.1, l1=0.01)
    assert outcome.losses[0].value == 1.0
    assert outcome.value == pytest.approx(1.0 + 0.1 * 5.25 + 0.01 * 5.5)
    # Words 1 to 3 have squares 1 + 4 + 1 and absolutes 4; word 0 is not used.
    with_tables = max_margin_step(scorer, l2=0.1, l1=0.01, tables=True)
    assert with_tables.value == pytest.approx(outcome.value + 0.1 * 6 + 0.01 * 4)


def test_tables_are_penalized_on_request_unless_they_are_frozen(scorer):
    scorer.parameters["c"] = np.array([3.0])
    only_matrices, with_tables = Regularization(), Regularization(penalize_tables=True)
    assert make_penalty(scorer, only_matrices).names == ["W1", "U"]
    assert make_penalty(scorer, with_tables).names == ["L.word", "W1", "U"]
    frozen = replace(scorer, frozen=frozenset(["word"]))
    assert make_penalty(frozen, with_tables).names == ["W1", "U"]


@pytest.mark.parametrize("tables", [False, True])
def test_penalties_reach_weights_and_no_biases(scorer, tables):
    scorer.parameters["c"] = np.array([3.0])
    scorer.parameters["b1"] += 5.0

    def gradients(l2):
        terms = [(CrossEntropy(), Classes(np.arange(2), np.array([0, 0])))]
        penalty = make_penalty(scorer, Regularization(l2=l2, penalize_tables=tables))
        return compute_step(scorer, terms, ROWS, WINDOWS, None, penalty).gradients

    plain, penalized = gradients(0.0), gradients(0.1)
    for name in ("b1", "c"):
        assert np.array_equal(penalized[name], plain[name])
    for name in ("W1", "U"):
        np.testing.assert_allclose(penalized[name], plain[name] + 0.2 * scorer.parameters[name])
    np.testing.assert_allclose(
        penalized["L.word"].values, plain["L.word"].values + 0.2 * tables * scorer.parameters["L.word"][1:]
    )


@pytest.mark.parametrize("outside", [True, False])
def test_the_structured_hinge_is_added_to_the_loss_of_windows(scorer, outside):
    """Both windows score 1 for the only label; taken as a sentence, IO tags of which the first is true."""
    if outside:
        scorer.parameters["U"] = np.array([[0.0, 1.0], [0.0, -0.5]])
        scorer.parameters["c"] = np.zeros(2)
    lattice = Lattice(TagSet(SCHEMES["IO"], ["LOC"]).allowed)
    hinge = (StructuredHinge(2.0, 0.5), TagSequences(np.array([1, 0]), np.array([2]), lattice))
    classes = Classes(np.arange(2), np.array([1, 0]))
    term = (CrossEntropy(), classes) if outside else (MaxMargin(), ONE_PAIR)
    alone = compute_step(scorer, [term], ROWS, WINDOWS, None, Penalty(["U"], l2=0.1))
    both = compute_step(scorer, [term, hinge], ROWS, WINDOWS, None, Penalty(["U"], l2=0.1))
    # The best rival tags both, 1 + 1 and 0.5 for what is wrong, against 1. Only the second is wrong.
    assert both.value == pytest.approx(alone.value + 2 * (2.5 - 1))
    a = np.array([1.0, 0.0])  # of the second window, see above
    expected = 2 * np.array([-a, a]).T if outside else 2 * a[:, None]
    np.testing.assert_allclose(both.gradients["U"] - alone.gradients["U"], expected)
    first, expected = both.losses[0], alone.losses[0]
    assert (first.violations, first.compared) == (expected.violations, expected.compared)


def test_a_loss_with_nothing_to_compare_is_left_out(scorer):
    none = np.zeros(0, dtype=int)
    terms = [(MaxMargin(), Pairs(none, none, none))]
    outcome = compute_step(scorer, terms, ROWS, WINDOWS, None, Penalty([]))
    assert (outcome.value, outcome.losses) == (0.0, [])
    assert not outcome.gradients["W1"].any()


@pytest.mark.parametrize(
    ("weight", "lengths", "expected"),
    [
        (2.0, [2, 1], [MaxMargin(), StructuredHinge(2.0)]),
        (0.0, [2, 1], [MaxMargin()]),
        (2.0, None, [MaxMargin()]),  # single windows make up no sentences
    ],
)
def test_the_structured_hinge_is_a_term_of_whole_sentences_unless_it_is_switched_off(
    weight, lengths, expected
):
    config = make_config({"data": {"train": "none"}, "structured_hinge": {"weight": weight}})
    tags, lattice = np.array([1, 0, 0]), Lattice(np.ones((2, 2), dtype=bool))
    batch = Batch(np.arange(3), ONE_PAIR, tags, None if lengths is None else np.array(lengths))
    (first, target), *more = make_terms(config, batch, lattice)
    assert [first, *(loss for loss, _ in more)] == expected
    assert target is ONE_PAIR
    assert all(sequences == (tags, batch.lengths, lattice) for _, sequences in more)
