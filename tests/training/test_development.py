from itertools import pairwise

import numpy as np
import pytest
from wincls.tagger.evaluation import Counts, count_entities, total
from wincls.tagger.two_stage import Scored, fit_two_stage
from wincls.training.preparation import Encoded

from wincls.corpus.schemes import SCHEMES, entities
from wincls.features.windows import FormIndex, lay_out
from wincls.tagger.decoding import Decoder
from wincls.tagger.tagger import entities_of
from wincls.training.development import Development, folds

SCHEME = SCHEMES["IOBES"]
DECODER = Decoder(SCHEME, ["LOC", "PER"])
NAMES = DECODER.tags
LENGTHS = np.random.default_rng(1).integers(2, 9, size=40)
INDEX = FormIndex()
STREAM = lay_out([[f"word{n}" for n in range(length)] for length in LENGTHS], 1, INDEX)
WORDS = INDEX.word_numbers[STREAM.tokens[STREAM.centres]]
PASSAGES = (1, 30)  # tokens
FOLD = folds(LENGTHS)
IN_FOLD = [np.repeat(fold == FOLD, LENGTHS) for fold in (0, 1)]


def some_gold(rng, lengths=LENGTHS):
    """Legal tag numbers: one entity of one or two tokens in each sentence."""
    tags = []
    for length in lengths:
        sentence, kind = ["O"] * length, rng.choice(["LOC", "PER"])
        size = rng.integers(1, min(2, length) + 1)
        start = rng.integers(length - size + 1)
        sentence[start : start + size] = [f"S-{kind}"] if size == 1 else [f"B-{kind}", f"E-{kind}"]
        tags += [NAMES.index(tag) for tag in sentence]
    return np.array(tags, dtype=np.int16)


GOLD = some_gold(np.random.default_rng(2))


def scores_of(tags, noise, rng):
    """Scores of two networks that are right about `tags` as far as the noise lets them."""
    right = np.eye(len(NAMES))[tags][:, 1:]  # O has no score
    return (right + noise * rng.standard_normal((2, *right.shape))).astype(np.float32)


def epochs_of(seed=3, noises=(1.5, 0.7, 0.9, 0.6, 0.8)):
    rng = np.random.default_rng(seed)
    return [scores_of(GOLD, noise, rng) for noise in noises]


def sentences_of(tags, lengths=LENGTHS):
    """The tags of every sentence by name."""
    return [[NAMES[number] for number in part] for part in np.split(tags, np.cumsum(lengths)[:-1])]


def development(gold=GOLD, passage=1, of_taggings=False):
    encoded = Encoded(STREAM, gold)
    return Development(encoded, INDEX.word_numbers, sentences_of(gold), DECODER, passage, of_taggings)


def run(gold, epochs, passage=1, of_taggings=False):
    developed = development(gold, passage, of_taggings)
    for scores in epochs:
        developed.add_epoch(scores)
    return developed


def as_scored(scores):
    return Scored(scores[0], lambda at: scores.mean(axis=0)[at], WORDS, LENGTHS)


def decoded_after(scores, shown, passage):
    """The tags that a calibrator fitted where `shown` gives the tokens."""
    scored = as_scored(scores)
    fitted = fit_two_stage(scored, GOLD, DECODER, passage, shown=shown)
    return DECODER.best(fitted.log_probabilities(scored), LENGTHS)


def counts_of(gold, predicted, fold=None):
    taken = [i for i in range(len(LENGTHS)) if fold in (None, FOLD[i])]
    gold_tags, predicted_tags = sentences_of(gold), sentences_of(predicted)
    return total(count_entities([gold_tags[i] for i in taken], [predicted_tags[i] for i in taken]))


def relabelled(gold, fold, how, rng):
    """The gold tags with those of one fold replaced by something else."""
    changed = gold.copy()
    inside = IN_FOLD[fold]
    if how == "permuted":
        changed[inside] = rng.permutation(gold[inside])
    elif how == "other entities":
        changed[inside] = some_gold(rng)[inside]
    else:
        changed[inside] = 0
    return changed


def test_runs_of_sentences_fall_to_the_folds_by_turns():
    """Each run ends with the sentence that brings it to a tenth of all tokens, or to 250."""
    assert folds(np.full(40, 5)).tolist() == 5 * (4 * [0] + 4 * [1])
    assert folds(np.full(600, 50)).tolist() == 60 * (5 * [0] + 5 * [1])
    assert folds(np.array([3])).tolist() == [0]
    assert folds(np.array([3, 2])).tolist() == [0, 1]
    assert folds(np.array([2, 3, 60])).tolist() == [0, 1, 0]  # else one run, and no other fold


@pytest.mark.parametrize("passage", PASSAGES)
@pytest.mark.parametrize("how", ["permuted", "other entities", "all outside"])
@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("of_taggings", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_gold_tags_of_a_fold_never_change_what_is_predicted_for_it(seed, of_taggings, fold, how, passage):
    epochs, rng = epochs_of(seed), np.random.default_rng(100 + seed)
    changed = relabelled(GOLD, fold, how, rng)
    first, second = (run(gold, epochs, passage, of_taggings) for gold in (GOLD, changed))
    inside, outside = IN_FOLD[fold], IN_FOLD[1 - fold]
    assert not np.array_equal(GOLD[inside], changed[inside])

    assert np.array_equal(first.honest_tags()[inside], second.honest_tags()[inside])
    for before, after in zip(first.epochs, second.epochs, strict=True):
        assert np.array_equal(before.tags[inside], after.tags[inside])
        assert before.own_f1[1 - fold] == after.own_f1[1 - fold]
    # The other fold is decoded by a calibrator that has seen the change.
    assert any(
        not np.array_equal(before.tags[outside], after.tags[outside])
        for before, after in zip(first.epochs, second.epochs, strict=True)
    )


@pytest.mark.parametrize("passage", PASSAGES)
def test_a_fold_is_decoded_with_the_calibrator_of_the_other(passage):
    scores = epochs_of()[0]
    epoch = development(passage=passage).add_epoch(scores)
    for fold in (0, 1):
        decoded = decoded_after(scores, IN_FOLD[1 - fold], passage)
        assert np.array_equal(epoch.tags[IN_FOLD[fold]], decoded[IN_FOLD[fold]])


def test_an_epoch_is_scored_over_both_folds():
    epoch = development().add_epoch(epochs_of()[0])
    assert epoch.counts == counts_of(GOLD, epoch.tags)
    assert epoch.counts.gold == len(LENGTHS)


@pytest.mark.parametrize("passage", PASSAGES)
def test_a_folds_own_figure_is_of_its_own_calibrator(passage):
    scores = epochs_of()[0]
    epoch = development(passage=passage).add_epoch(scores)
    for fold in (0, 1):
        decoded = decoded_after(scores, IN_FOLD[fold], passage)
        assert epoch.own_f1[fold] == pytest.approx(counts_of(GOLD, decoded, fold).f1)


@pytest.mark.parametrize("good_fold", [0, 1])
def test_each_fold_is_tagged_by_the_epoch_that_the_other_fold_finds_best(good_fold):
    """The first epoch is good on one fold and bad on the other, the second the reverse."""
    rng = np.random.default_rng(0)
    good, bad = scores_of(GOLD, 0.2, rng), scores_of(GOLD, 2.0, rng)
    in_good_fold = IN_FOLD[good_fold][None, :, None]
    developed = run(GOLD, [np.where(in_good_fold, good, bad), np.where(in_good_fold, bad, good)])
    first, second = developed.epochs
    assert first.own_f1[good_fold] > second.own_f1[good_fold]
    assert second.own_f1[1 - good_fold] > first.own_f1[1 - good_fold]
    # So each fold gets the epoch that is bad on it: that is what "not chosen on it" costs.
    assert np.array_equal(developed.honest_tags(), np.where(IN_FOLD[good_fold], second.tags, first.tags))


def test_epochs_are_chosen_by_means_over_three():
    developed = run(GOLD, epochs_of())
    f1 = [epoch.counts.f1 for epoch in developed.epochs]
    expected = [f1[0], np.mean(f1[:2]), np.mean(f1[:3]), np.mean(f1[1:4]), np.mean(f1[2:])]
    assert [epoch.steady_f1 for epoch in developed.epochs] == pytest.approx(expected)
    for fold in (0, 1):
        f1 = [epoch.own_f1[fold] for epoch in developed.epochs]
        steady = [epoch.own_steady_f1[fold] for epoch in developed.epochs]
        assert steady == pytest.approx(
            [f1[0], np.mean(f1[:2]), np.mean(f1[:3]), np.mean(f1[1:4]), np.mean(f1[2:])]
        )
        inside = IN_FOLD[1 - fold]
        chosen = developed.epochs[int(np.argmax(steady))].tags
        assert np.array_equal(developed.honest_tags()[inside], chosen[inside])


def test_of_equal_epochs_the_first_is_chosen():
    good = scores_of(GOLD, 0.0, np.random.default_rng(0))
    developed = run(GOLD, [good, 3 * good])
    assert developed.epochs[0].own_f1 == developed.epochs[1].own_f1 == (1.0, 1.0)
    developed.epochs[1].tags[:] = 0
    assert developed.honest_tags().any()


def test_of_epochs_that_are_right_of_nothing_the_last_is_chosen():
    developed = run(0 * GOLD, epochs_of()[:2])
    assert [epoch.own_f1 for epoch in developed.epochs] == [(0.0, 0.0)] * 2
    developed.epochs[1].tags[:] = GOLD
    assert np.array_equal(developed.honest_tags(), GOLD)


def test_the_honest_tags_are_the_tags_of_the_only_epoch():
    developed = run(GOLD, epochs_of()[:1])
    assert np.array_equal(developed.honest_tags(), developed.epochs[0].tags)


def test_the_calibrator_for_everything_else_is_fitted_on_both_folds():
    scores = epochs_of()[0]
    calibrator = development(passage=30).calibrate(scores)
    fitted = fit_two_stage(as_scored(scores), GOLD, DECODER, 30)
    for stage, expected in zip(calibrator[:2], fitted[:2], strict=True):
        np.testing.assert_allclose(stage.A, expected.A, atol=1e-5)
        np.testing.assert_allclose(stage.b, expected.b, atol=1e-5)
    for fold in (0, 1):
        changed = relabelled(GOLD, fold, "all outside", np.random.default_rng(0))
        other = development(changed, passage=30).calibrate(scores)
        for stage, before in zip(other[:2], calibrator[:2], strict=True):
            assert not np.allclose(stage.A, before.A, atol=1e-3)


def test_earlier_epochs_leave_no_trace_but_rounding():
    epochs = epochs_of()
    developed, fresh = run(GOLD, epochs[:-1]), development()
    assert (developed.add_epoch(epochs[-1]).tags == fresh.add_epoch(epochs[-1]).tags).mean() > 0.99


def test_tags_are_legal():
    for epoch in run(GOLD, epochs_of(noises=(3.0, 5.0))).epochs:
        for tags in sentences_of(epoch.tags):
            assert all(SCHEME.may_follow(*pair) for pair in pairwise(["O", *tags, "O"]))


def test_entities_are_counted_as_the_file_has_them():
    """In IO two entities side by side are one to the calibrator, but two to the figures."""
    stream = lay_out([["Ada", "Bob"], ["Ada", "sings"]], 1, FormIndex())
    gold = np.array([1, 1, 1, 0], dtype=np.int16)
    encoded = Encoded(stream, gold)
    decoder = Decoder(SCHEMES["IO"], ["PER"])
    developed = Development(encoded, np.arange(4), [["B-PER", "B-PER"], ["B-PER", "O"]], decoder, 1, False)
    assert developed.add_epoch([20.0 * gold[:, None] - 10.0]).counts == Counts(correct=1, predicted=2, gold=3)


@pytest.mark.parametrize("passage", PASSAGES)
@pytest.mark.parametrize("lengths", [[1], [1, 1], [5], [3, 1, 1]])
@pytest.mark.parametrize("of_taggings", [False, True])
def test_a_very_small_development_set_will_do(of_taggings, lengths, passage):
    stream = lay_out([["word"] * n for n in lengths], 2, FormIndex())
    gold = some_gold(np.random.default_rng(0), lengths)
    developed = Development(
        Encoded(stream, gold),
        np.arange(2),
        sentences_of(gold, lengths),
        DECODER,
        passage,
        of_taggings,
    )
    scores = scores_of(gold, 0.1, np.random.default_rng(1))
    epoch = developed.add_epoch(scores)
    assert epoch.counts.gold == len(lengths)
    assert developed.honest_tags().shape == gold.shape
    for stage in developed.calibrate(scores)[:2]:
        assert np.isfinite(stage.A).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_temperature_is_the_best_of_those_tried(seed):
    scores = scores_of(GOLD, 0.7, np.random.default_rng(seed))
    calibrator = development().calibrate(scores)
    # Worked out again, fold by fold.
    log_p = np.empty((len(GOLD), len(NAMES)))
    for fold in (0, 1):
        other = fit_two_stage(as_scored(scores), GOLD, DECODER, 1, shown=IN_FOLD[1 - fold])
        log_p[IN_FOLD[fold]] = other.log_probabilities(as_scored(scores))[IN_FOLD[fold]]
    tags = DECODER.best(log_p, LENGTHS)

    def brier(temperature):
        total = 0.0
        found = entities_of(DECODER, log_p, tags, LENGTHS, temperature)
        for words, some in zip(sentences_of(GOLD), found, strict=True):
            gold = [tuple(each) for each in entities(words)]
            total += sum((each.score - (tuple(each[:3]) in gold)) ** 2 for each in some)
        return total

    assert brier(calibrator.temperature) <= min(map(brier, (0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0))) + 1e-9
