import numpy as np
import pytest

from wincls.training.cross_fitting import assign_folds


def test_runs_of_sentences_go_to_the_folds_in_turn():
    """Each run ends with the sentence that brings it to 1,000 tokens, or to a quarter of a fold."""
    assert assign_folds(np.full(600, 50), 2, True).fold.tolist() == 15 * (20 * [0] + 20 * [1])
    assert assign_folds(np.full(40, 5), 2, True).fold.tolist() == 4 * (5 * [0] + 5 * [1])
    assert assign_folds(np.full(600, 50), 3, True).fold.tolist() == 10 * (20 * [0] + 20 * [1] + 20 * [2])


@pytest.mark.parametrize("lengths", [[3], [1, 1], [50, 1, 1], [1, 1, 50]])
def test_few_sentences_can_be_dealt_out(lengths):
    assert len(assign_folds(np.array(lengths), 2, True).fold) == len(lengths)


@pytest.mark.parametrize("members", [2, 3, 4])
def test_every_sentence_is_scored_by_exactly_the_member_that_is_not_trained_on_it(members):
    folds = assign_folds(np.random.default_rng(0).integers(1, 60, size=500), members, True)
    trained = np.array([folds.trained_on(member) for member in range(members)])
    scored = np.array([folds.scored_by(member) for member in range(members)])
    assert (scored == ~trained).all()
    assert (scored.sum(axis=0) == 1).all()
    assert folds.scorer_of() == scored.argmax(axis=0).tolist()
    assert scored.any(axis=1).all()


@pytest.mark.parametrize(("members", "asked"), [(1, True), (1, False), (3, False)])
def test_without_training_on_dev_every_member_scores_everything(members, asked):
    folds = assign_folds(np.full(50, 20), members, asked)
    assert not folds.train_on_dev
    assert folds.folds == max(2, members)
    for member in range(members):
        assert not folds.trained_on(member).any()
        assert folds.scored_by(member).all()
    places = folds.places(np.full(50, 20))
    assert [array for array, _ in places] == list(range(members))
    assert all(rows.tolist() == list(range(1000)) for _, rows in places)


def test_the_scores_of_all_members_have_places_in_the_order_of_the_sentences():
    lengths = np.random.default_rng(0).integers(1, 60, size=100)
    folds = assign_folds(lengths, 3, True)
    all_scores = np.random.default_rng(1).normal(size=(int(lengths.sum()), 4))
    merged = np.zeros_like(all_scores)
    for member, (array, rows) in enumerate(folds.places(lengths)):
        assert array == 0
        merged[rows] = all_scores[np.repeat(folds.scored_by(member), lengths)]
    assert np.array_equal(merged, all_scores)


@pytest.mark.parametrize("lengths", [[3, 2], [2, 3, 60], [1, 1, 50]])
@pytest.mark.parametrize("members", [1, 2])
def test_two_or_more_sentences_never_go_to_a_single_fold(lengths, members):
    """Otherwise its calibration would be fitted on nothing, and one member trained on no dev sentence."""
    expected = (np.arange(len(lengths)) % 2).tolist()  # a long sentence at the end must not make one run
    assert assign_folds(np.array(lengths), members, True).fold.tolist() == expected
