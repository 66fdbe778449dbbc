import numpy as np
import pytest

from wincls.network.activations import ReLU
from wincls.network.dropout import dropout_mask
from wincls.network.scorer import Scorer


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("drop", [0.1, 0.5, 0.75])
def test_dropout_is_0_or_1_over_keep_and_preserves_the_expectation(drop, dtype):
    mask = dropout_mask(np.random.default_rng(0), (500, 400), drop, np.dtype(dtype))
    assert mask.shape == (500, 400)
    assert mask.dtype == dtype
    values, counts = np.unique(mask, return_counts=True)
    np.testing.assert_allclose(values, [0.0, 1 / (1 - drop)], rtol=1e-4)
    assert counts[0] / mask.size == pytest.approx(drop, abs=0.005)
    assert mask.mean() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("drop", [1e-9, 0.999999999])
def test_any_rate_below_1_can_be_used(drop):
    assert np.isfinite(dropout_mask(np.random.default_rng(0), (20, 20), drop, np.dtype(np.float32))).all()


def test_dropout_of_0_is_no_mask_and_draws_nothing():
    rng = np.random.default_rng(0)
    assert dropout_mask(rng, (3, 3), 0.0, np.dtype(np.float32)) is None
    assert rng.random() == np.random.default_rng(0).random()


def test_dropout_follows_the_generator():
    first, second, other = (
        dropout_mask(np.random.default_rng(seed), (20, 20), 0.5, np.dtype(np.float64)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def scorer_with(hidden, dtype=np.float32):
    """Two tables of 3 + 2 numbers a token; only the shapes and the dtype of its parameters matter here."""
    parameters = {"L.word": np.zeros((6, 3), dtype), "L.caps": np.zeros((4, 2), dtype)}
    width = 15
    for k, units in enumerate(hidden, start=1):
        parameters |= {f"W{k}": np.zeros((units, width), dtype), f"b{k}": np.zeros(units, dtype)}
        width = units
    parameters["U"] = np.zeros((width, 2), dtype)
    return Scorer(parameters, ("word", "caps"), ReLU())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden", [[], [4], [4, 3]])
def test_a_scorer_draws_a_mask_for_its_tokens_and_one_for_each_hidden_layer(hidden, dtype):
    masks = scorer_with(hidden, dtype).draw_dropout(7, 30, 0.25, 0.5, np.random.default_rng(0))
    assert masks.tokens.shape == (7, 5)
    assert [mask.shape for mask in masks.hidden] == [(30, units) for units in hidden]
    assert {mask.dtype for mask in (masks.tokens, *masks.hidden)} == {np.dtype(dtype)}
    assert set(masks.tokens.ravel().tolist()) == {0.0, float(dtype(4 / 3))}
    assert all(set(mask.ravel().tolist()) == {0.0, 2.0} for mask in masks.hidden)


def test_each_rate_of_dropout_is_switched_off_by_itself():
    scorer = scorer_with([4, 3])
    tokens, hidden = scorer.draw_dropout(7, 30, 0.0, 0.5, np.random.default_rng(0))
    assert tokens is None
    assert all(mask is not None for mask in hidden)
    tokens, hidden = scorer.draw_dropout(7, 30, 0.5, 0.0, np.random.default_rng(0))
    assert tokens is not None
    assert hidden == [None, None]


def test_a_scorer_draws_other_masks_for_each_batch_and_layer():
    rng, scorer = np.random.default_rng(0), scorer_with([20, 20])
    first, second = (scorer.draw_dropout(7, 30, 0.5, 0.5, rng) for _ in range(2))
    assert not np.array_equal(first.tokens, second.tokens)
    assert not np.array_equal(first.hidden[0], second.hidden[0])
    assert not np.array_equal(first.hidden[0], first.hidden[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masks_drop_their_own_rates(dtype):
    masks = scorer_with([300, 200], dtype).draw_dropout(50, 70, 0.5, 0.2, np.random.default_rng(0))
    assert np.unique(masks.tokens).tolist() == [0.0, 2.0]
    np.testing.assert_allclose(np.unique(masks.hidden[1]), [0.0, 1.25], rtol=1e-4)
    assert (masks.tokens == 0).mean() == pytest.approx(0.5, abs=0.1)
    assert (masks.hidden[0] == 0).mean() == pytest.approx(0.2, abs=0.02)


def test_without_dropout_there_are_no_masks():
    assert scorer_with([3]).draw_dropout(5, 7, 0.0, 0.0, np.random.default_rng(0)) == (None, [None])
    assert scorer_with([]).draw_dropout(5, 7, 0.0, 0.5, np.random.default_rng(0)) == (None, [])
