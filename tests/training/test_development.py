from itertools import pairwise

import numpy as np
import pytest

from wincls.corpus.schemes import SCHEMES, Entity
from wincls.corpus.tag_set import TagSet
from wincls.decision import CalibratedDecision, ThresholdDecision
from wincls.evaluation.counts import Counts, count_entities, micro
from wincls.features.windows import FormIndex, lay_out
from wincls.tagger.calibration import first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.decoding import Decoder
from wincls.training import decisions
from wincls.training.cross_fitting import assign_folds
from wincls.training.data import Encoded
from wincls.training.development import Development
from wincls.training.fit_calibration import fit_calibration

SCHEME = SCHEMES["IOBES"]
TAG_SET = TagSet(SCHEME, ["LOC", "PER"])
DECODER = Decoder(TAG_SET)
NAMES = TAG_SET.tags
LENGTHS = np.random.default_rng(1).integers(2, 9, size=40)
INDEX = FormIndex()
STREAM = lay_out([[f"word{n}" for n in range(length)] for length in LENGTHS], 1, INDEX)
WORDS = INDEX.word_numbers[STREAM.tokens[STREAM.centers]]
BLOCKS = (1, 30)  # tokens
FOLDS = assign_folds(LENGTHS, 2, True)
IN_FOLD = [np.repeat(FOLDS.fold == fold, LENGTHS) for fold in (0, 1)]


def some_gold(rng, lengths=LENGTHS):
    """Legal tag numbers: one entity of one or two tokens in each sentence."""
    tags = []
    for length in lengths:
        sentence, label = ["O"] * length, rng.choice(["LOC", "PER"])
        size = rng.integers(1, min(2, length) + 1)
        start = rng.integers(length - size + 1)
        sentence[start : start + size] = [f"S-{label}"] if size == 1 else [f"B-{label}", f"E-{label}"]
        tags += [NAMES.index(tag) for tag in sentence]
    return np.array(tags, dtype=np.int16)


GOLD = some_gold(np.random.default_rng(2))


def scores_of(tags, noise, rng):
    """Scores of two ensemble members that are right about `tags` as far as the noise lets them."""
    right = np.eye(len(NAMES))[tags][:, 1:]  # O has no score
    return (right + noise * rng.standard_normal((2, *right.shape))).astype(np.float32)


def epochs_of(seed=3, noises=(1.5, 0.7, 0.9, 0.6, 0.8)):
    rng = np.random.default_rng(seed)
    return [scores_of(GOLD, noise, rng) for noise in noises]


def sentences_of(tags, lengths=LENGTHS):
    """The tags of every sentence by name."""
    return [[NAMES[number] for number in part] for part in np.split(tags, np.cumsum(lengths)[:-1])]


def entities_of(tags, lengths=LENGTHS):
    return TAG_SET.entities(tags, lengths)


def development(gold=GOLD, block=1):
    encoded = Encoded(STREAM, gold)
    return Development(encoded, WORDS, entities_of(gold), DECODER, FOLDS, CalibratedDecision(block))


def run(gold, epochs, block=1):
    developed = development(gold, block)
    for scores in epochs:
        developed.add_epoch(scores)
    return developed


def keys_of(block):
    return words_in_blocks(WORDS, context_blocks(LENGTHS, block))


def log_probabilities(scores, shown, block):
    """Of all tokens, after calibration on those that are shown."""
    mean, keys = scores.mean(axis=0), keys_of(block)
    fitted = fit_calibration(scores[0], mean, keys, GOLD, TAG_SET.type_ids, block, shown)
    first = first_stage(fitted.first, scores[0], keys)
    blocks = context_blocks(LENGTHS, block)
    return second_stage(fitted, first, mean[first.candidates], blocks, TAG_SET.type_ids)


def decoded_after(scores, shown, block):
    return entities_of(DECODER.best(log_probabilities(scores, shown, block), LENGTHS))


def inside(entities, fold):
    """The entities of the sentences of a fold."""
    return [each for each, its_fold in zip(entities, FOLDS.fold, strict=True) if its_fold == fold]


def counts_of(gold, predicted, fold=None):
    gold = entities_of(gold)
    if fold is not None:
        gold, predicted = inside(gold, fold), inside(predicted, fold)
    return micro(count_entities(gold, predicted))


def relabelled(gold, fold, how, rng):
    """The gold tags with those of one fold replaced by something else."""
    changed = gold.copy()
    own = IN_FOLD[fold]
    if how == "permuted":
        changed[own] = rng.permutation(gold[own])
    elif how == "other entities":
        changed[own] = some_gold(rng)[own]
    else:
        changed[own] = 0
    return changed


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("how", ["other entities", "all outside"])
@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_the_gold_tags_of_a_fold_never_change_what_is_predicted_for_it(seed, fold, how, block):
    epochs, rng = epochs_of(seed), np.random.default_rng(100 + seed)
    changed = relabelled(GOLD, fold, how, rng)
    first, second = (run(gold, epochs, block) for gold in (GOLD, changed))
    assert not np.array_equal(GOLD, changed)

    assert inside(first.cross_fitted(), fold) == inside(second.cross_fitted(), fold)
    for before, after in zip(first.epochs, second.epochs, strict=True):
        assert inside(before.entities, fold) == inside(after.entities, fold)
        assert before.fold_f1[fold] == after.fold_f1[fold]
    # The other fold is decoded by a calibration that has seen the change.
    assert any(
        inside(before.entities, 1 - fold) != inside(after.entities, 1 - fold)
        for before, after in zip(first.epochs, second.epochs, strict=True)
    )


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("how", ["permuted", "other entities", "all outside"])
@pytest.mark.parametrize("fold", [0, 1, 2])
def test_with_three_folds_each_is_decoded_with_the_calibration_of_the_two_others(fold, how, block):
    folds = assign_folds(LENGTHS, 3, True)
    token_fold = np.repeat(folds.fold, LENGTHS)
    own = folds.fold == fold

    def developed(tags):
        developed = Development(
            Encoded(STREAM, tags), WORDS, entities_of(GOLD), DECODER, folds, CalibratedDecision(block),
        )  # fmt: skip
        for scores in epochs_of():
            developed.add_epoch(scores)
        return developed

    def chosen(entities, which):
        return [each for each, taken in zip(entities, which, strict=True) if taken]

    first = developed(GOLD)
    scores = epochs_of()[0]
    decoded = decoded_after(scores, token_fold != fold, block)
    epoch = first.epochs[0]
    assert chosen(epoch.entities, own) == chosen(decoded, own)
    counts = micro(count_entities(chosen(entities_of(GOLD), ~own), chosen(decoded, ~own)))
    assert epoch.fold_f1[fold] == pytest.approx(counts.f1)

    tags, inside_fold = GOLD.copy(), token_fold == fold
    rng = np.random.default_rng(9)
    tags[inside_fold] = {
        "permuted": rng.permutation(GOLD[inside_fold]),
        "other entities": some_gold(rng)[inside_fold],
        "all outside": 0,
    }[how]
    second = developed(tags)
    assert chosen(first.cross_fitted(), own) == chosen(second.cross_fitted(), own)
    for before, after in zip(first.epochs, second.epochs, strict=True):
        assert chosen(before.entities, own) == chosen(after.entities, own)
        assert before.fold_f1[fold] == after.fold_f1[fold]
    assert any(
        chosen(before.entities, ~own) != chosen(after.entities, ~own)
        for before, after in zip(first.epochs, second.epochs, strict=True)
    )


@pytest.mark.parametrize("block", BLOCKS)
def test_a_fold_is_decoded_with_the_calibration_of_the_other(block):
    scores = epochs_of()[0]
    epoch = development(block=block).add_epoch(scores)
    for fold in (0, 1):
        decoded = decoded_after(scores, IN_FOLD[1 - fold], block)
        assert inside(epoch.entities, fold) == inside(decoded, fold)


def test_an_epoch_is_scored_over_all_folds():
    epoch = development().add_epoch(epochs_of()[0])
    assert epoch.counts == counts_of(GOLD, epoch.entities)
    assert epoch.counts.gold == len(LENGTHS)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_figure_that_chooses_for_a_fold_is_of_the_other_folds_and_their_calibration(block):
    scores = epochs_of()[0]
    epoch = development(block=block).add_epoch(scores)
    for fold in (0, 1):
        decoded = decoded_after(scores, IN_FOLD[1 - fold], block)
        assert epoch.fold_f1[fold] == pytest.approx(counts_of(GOLD, decoded, 1 - fold).f1)


@pytest.mark.parametrize("good_fold", [0, 1])
def test_each_fold_is_tagged_by_the_epoch_that_the_other_fold_finds_best(good_fold):
    """The first epoch is good on one fold and bad on the other, the second the reverse."""
    rng = np.random.default_rng(0)
    good, bad = scores_of(GOLD, 0.2, rng), scores_of(GOLD, 2.0, rng)
    in_good_fold = IN_FOLD[good_fold][None, :, None]
    developed = run(GOLD, [np.where(in_good_fold, good, bad), np.where(in_good_fold, bad, good)])
    first, second = developed.epochs
    assert first.fold_f1[1 - good_fold] > second.fold_f1[1 - good_fold]
    # So the fold on which the first epoch is bad gets it: that is what "not chosen on it" costs.
    chosen = developed.cross_fitted()
    assert inside(chosen, 1 - good_fold) == inside(first.entities, 1 - good_fold)


def test_epochs_are_chosen_by_means_over_three():
    developed = run(GOLD, epochs_of())

    def smoothed(f1):
        return [f1[0], np.mean(f1[:2]), np.mean(f1[:3]), np.mean(f1[1:4]), np.mean(f1[2:])]

    f1 = [epoch.counts.f1 for epoch in developed.epochs]
    assert [epoch.smoothed_f1 for epoch in developed.epochs] == pytest.approx(smoothed(f1))
    for fold in (0, 1):
        best = int(np.argmax(smoothed([epoch.fold_f1[fold] for epoch in developed.epochs])))
        assert inside(developed.cross_fitted(), fold) == inside(developed.epochs[best].entities, fold)


def test_of_equal_epochs_the_first_is_chosen():
    good = scores_of(GOLD, 0.0, np.random.default_rng(0))
    developed = run(GOLD, [good, 3 * good])
    assert developed.epochs[0].fold_f1 == developed.epochs[1].fold_f1 == [1.0, 1.0]
    developed.epochs[1] = developed.epochs[1]._replace(entities=[[] for _ in LENGTHS])
    assert any(developed.cross_fitted())


def test_of_epochs_that_find_nothing_correct_the_last_is_chosen():
    developed = run(0 * GOLD, epochs_of()[:2])
    assert [epoch.fold_f1 for epoch in developed.epochs] == [[0.0, 0.0]] * 2
    developed.epochs[1] = developed.epochs[1]._replace(entities=entities_of(GOLD))
    assert developed.cross_fitted() == entities_of(GOLD)


def test_the_cross_fitted_entities_of_a_single_epoch_are_its_own():
    developed = run(GOLD, epochs_of()[:1])
    assert developed.cross_fitted() == developed.epochs[0].entities


def test_the_calibration_for_everything_else_is_fitted_on_all_folds():
    scores = epochs_of()[0]
    calibration = development(block=30).decision(scores)
    fitted = fit_calibration(scores[0], scores.mean(axis=0), keys_of(30), GOLD, TAG_SET.type_ids, 30)
    for stage, expected in zip(calibration[:2], fitted[:2], strict=True):
        np.testing.assert_allclose(stage.A, expected.A, atol=1e-5)
        np.testing.assert_allclose(stage.b, expected.b, atol=1e-5)
    for fold in (0, 1):
        changed = relabelled(GOLD, fold, "all outside", np.random.default_rng(0))
        other = development(changed, block=30).decision(scores)
        for stage, before in zip(other[:2], calibration[:2], strict=True):
            assert not np.allclose(stage.A, before.A, atol=1e-3)


def test_earlier_epochs_change_nothing_but_rounding():
    epochs = epochs_of()
    developed, fresh = run(GOLD, epochs[:-1]), development()
    one, other = developed.add_epoch(epochs[-1]).entities, fresh.add_epoch(epochs[-1]).entities
    assert np.mean([a == b for a, b in zip(one, other, strict=True)]) > 0.95


def test_tags_are_legal(monkeypatch):
    """Entities that do not overlap could come from illegal tags too, so the tags themselves are looked at."""
    decoded, entities = [], TAG_SET.entities
    monkeypatch.setattr(
        TAG_SET, "entities", lambda tags, lengths: decoded.append(tags) or entities(tags, lengths)
    )
    run(GOLD, epochs_of(noises=(3.0, 5.0)))
    assert len(decoded) >= 2 * 2  # folds and epochs
    for tags in decoded:
        for sentence in sentences_of(tags):
            assert all(SCHEME.may_follow(*pair) for pair in pairwise(["O", *sentence, "O"]))


def test_entities_do_not_overlap():
    for epoch in run(GOLD, epochs_of(noises=(3.0, 5.0))).epochs:
        for entities in epoch.entities:
            assert all(a.end <= b.start for a, b in pairwise(entities))


def test_entities_are_counted_as_the_file_has_them():
    """In IO two adjacent entities are one to the decoder, but two to the figures."""
    lengths = np.array([2, 2])
    stream = lay_out([["Ada", "Bob"], ["Ada", "sings"]], 1, FormIndex())
    tags = np.array([1, 1, 1, 0], dtype=np.int16)
    gold = [[Entity(0, 1, "PER"), Entity(1, 2, "PER")], [Entity(0, 1, "PER")]]
    developed = Development(
        Encoded(stream, tags),
        np.arange(4),
        gold,
        Decoder(TagSet(SCHEMES["IO"], ["PER"])),
        assign_folds(lengths, 1, False),
        CalibratedDecision(1),
    )
    assert developed.add_epoch([20.0 * tags[:, None] - 10.0]).counts == Counts(correct=1, predicted=2, gold=3)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("members", [1, 2, 3])
@pytest.mark.parametrize("lengths", [[1], [1, 1], [5], [3, 1, 1]])
def test_a_very_small_development_set_can_be_used(lengths, members, block):
    stream = lay_out([["word"] * n for n in lengths], 2, FormIndex())
    lengths = np.array(lengths)
    gold = some_gold(np.random.default_rng(0), lengths)
    developed = Development(
        Encoded(stream, gold),
        np.ones(int(lengths.sum()), dtype=int),
        entities_of(gold, lengths),
        DECODER,
        assign_folds(lengths, members, True),
        CalibratedDecision(block),
    )
    scores = scores_of(gold, 0.1, np.random.default_rng(1))
    epoch = developed.add_epoch(scores)
    assert epoch.counts.gold == len(lengths)
    assert len(developed.cross_fitted()) == len(lengths)
    for stage in developed.decision(scores)[:2]:
        assert np.isfinite(stage.A).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_temperature_is_the_best_of_those_tried(seed):
    scores = scores_of(GOLD, 0.7, np.random.default_rng(seed))
    calibration = development().decision(scores)
    # Worked out again, fold by fold.
    log_p = np.empty((len(GOLD), len(NAMES)))
    for fold in (0, 1):
        log_p[IN_FOLD[fold]] = log_probabilities(scores, IN_FOLD[1 - fold], 1)[IN_FOLD[fold]]
    tags = DECODER.best(log_p, LENGTHS)

    def brier(temperature):
        found = DECODER.entities(log_p, tags, LENGTHS, temperature)
        gold = entities_of(GOLD)
        pairs = zip(found, gold, strict=True)
        return sum((each.score - (each.entity in its)) ** 2 for some, its in pairs for each in some)

    assert brier(calibration.temperature) <= min(map(brier, (0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0))) + 1e-6


def test_pieces_change_no_result(monkeypatch):
    epochs = epochs_of()
    whole = run(GOLD, epochs, block=20)
    monkeypatch.setattr(decisions, "_PIECE_NUMBERS", 1)  # a piece for each block
    in_pieces = run(GOLD, epochs, block=20)
    assert len(in_pieces._fits.pieces) > len(whole._fits.pieces) == 1
    for one, other in zip(whole.epochs, in_pieces.epochs, strict=True):
        assert one == other
    one, other = whole.decision(epochs[-1]), in_pieces.decision(epochs[-1])
    assert one.temperature == other.temperature
    assert pytest.approx(other.second.A, abs=1e-4) == one.second.A
    assert one.shares == pytest.approx(other.shares, abs=1e-6)


def test_the_temperature_is_fitted_to_some_sentences_if_there_are_many(monkeypatch):
    epochs, looked_at = epochs_of(), []

    def fitted(find, gold):
        looked_at.append((len(find(1.0)), gold))
        return 1.0

    monkeypatch.setattr(decisions, "fit_temperature", fitted)
    monkeypatch.setattr(decisions, "_TEMPERATURE_NUMBERS", len(GOLD) * len(TAG_SET) // 3)
    run(GOLD, epochs).decision(epochs[-1])
    gold = entities_of(GOLD)
    assert looked_at == [(len(gold[::4]), gold[::4])] or looked_at == [(len(gold[::3]), gold[::3])]


@pytest.mark.parametrize("block", BLOCKS)
def test_scored_entities_are_out_of_fold_with_the_temperature_of_the_decision(block):
    scores = scores_of(GOLD, 0.7, np.random.default_rng(0))
    developed = run(GOLD, [scores], block)
    decision = developed.decision(scores)
    found = developed.scored(decision, scores)
    assert found.sentences.tolist() == list(range(len(LENGTHS)))
    assert [[each.entity for each in its] for its in found.entities] == developed.epochs[0].entities
    log_p = np.empty((len(GOLD), len(NAMES)))
    for fold in (0, 1):
        log_p[IN_FOLD[fold]] = log_probabilities(scores, IN_FOLD[1 - fold], block)[IN_FOLD[fold]]
    tags = DECODER.best(log_p, LENGTHS)
    expected = DECODER.entities(log_p, tags, LENGTHS, decision.temperature)
    for one, other in zip(found.entities, expected, strict=True):
        assert [each.score for each in one] == pytest.approx([each.score for each in other], abs=1e-5)


def test_scored_entities_are_of_some_sentences_if_there_are_many(monkeypatch):
    scores = scores_of(GOLD, 0.7, np.random.default_rng(0))
    developed = run(GOLD, [scores])
    decision = developed.decision(scores)
    monkeypatch.setattr(decisions, "_TEMPERATURE_NUMBERS", len(GOLD) * len(TAG_SET) // 3)
    found = developed.scored(decision, scores)
    assert len(found.entities) == len(found.sentences) < len(LENGTHS) / 2
    assert set(np.diff(found.sentences)) in ({3}, {4})


@pytest.mark.parametrize("decision", [ThresholdDecision(), ThresholdDecision(0.5)])
def test_scored_entities_of_a_threshold_are_out_of_fold(decision):
    scores = scores_of(GOLD, 1.0, np.random.default_rng(0))
    gold = entities_of(GOLD)
    developed = Development(Encoded(STREAM, GOLD), WORDS, gold, DECODER, FOLDS, decision)
    developed.add_epoch(scores)
    found = developed.scored(developed.decision(scores), scores)
    assert [[each.entity for each in its] for its in found.entities] == developed.epochs[0].entities
    assert all(each.score > (decision.value or -10) for its in found.entities for each in its)
