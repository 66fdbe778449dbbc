from collections import Counter

import numpy as np
import pytest

from wincls.config import BATCHES
from wincls.features.windows import FormIndex, lay_out
from wincls.network.losses import CrossEntropy, MaxMargin
from wincls.training.data import Encoded
from wincls.training.sampling import Sampler

K = 3
LENGTHS = np.random.default_rng(7).integers(1, 12, size=60)
TOKENS = int(LENGTHS.sum())
# A quarter of the tokens has one of three labels.
TAGS = np.random.default_rng(8).choice(4, size=TOKENS, p=[0.75, 0.1, 0.1, 0.05])
STREAM = lay_out([["word"] * n for n in LENGTHS], 2, FormIndex())
TOKEN_AT = {place: token for token, place in enumerate(STREAM.centers.tolist())}


MAX_MARGIN = MaxMargin(corrupted=K)
each_loss = pytest.mark.parametrize("loss", [MAX_MARGIN, CrossEntropy()], ids=["max_margin", "cross_entropy"])


def sampler(batches, tags=TAGS, loss=MAX_MARGIN, size=40):
    return Sampler(Encoded(STREAM, tags), loss, batches == "sentences", size)


def batches_of(sampler, seed=0):
    rng = np.random.default_rng(seed)
    return [sampler.batch(part, rng) for part in sampler.epoch(rng)]


def steps_of(sampler, rng):
    """The token numbers of the batches of an epoch; of single windows, those that a batch starts from."""
    parts = sampler.epoch(rng)
    if not sampler._by_sentence:
        return parts
    return [tokens_of(sampler.batch(part, np.random.default_rng(0))) for part in parts]


@each_loss
@pytest.mark.parametrize("mode", BATCHES)
@pytest.mark.parametrize("size", [13, 40, 10**6])
def test_the_steps_of_an_epoch_are_known_before_it(mode, loss, size):
    each = sampler(mode, loss=loss, size=size)
    assert each.steps == len(each.epoch(np.random.default_rng(0)))


def test_long_sentences_can_make_an_epoch_shorter():
    each = sampler("sentences", size=2)
    assert each.steps == round(TOKENS / 2) > len(each.epoch(np.random.default_rng(0)))


def tokens_of(batch):
    return np.array([TOKEN_AT[place] for place in batch.centers.tolist()])


@pytest.mark.parametrize("mode", BATCHES)
def test_true_windows_have_the_label_and_corrupted_windows_never_do(mode):
    for batch in batches_of(sampler(mode)):
        tokens, (label, true, corrupted) = tokens_of(batch), batch.target
        assert np.array_equal(TAGS[tokens[true]] - 1, label)
        assert (TAGS[tokens[corrupted]] - 1 != label).all()
        assert (label >= 0).all()


@pytest.mark.parametrize("mode", BATCHES)
def test_every_true_window_occurs_once_an_epoch_with_k_corrupted_ones(mode):
    compared = Counter()
    for batch in batches_of(sampler(mode)):
        in_batch = Counter(tokens_of(batch)[batch.target.true].tolist())
        assert not compared.keys() & in_batch.keys()
        compared += in_batch
    assert compared == dict.fromkeys(np.flatnonzero(TAGS).tolist(), K)


@each_loss
@pytest.mark.parametrize("mode", BATCHES)
def test_no_window_is_scored_twice_in_a_batch(mode, loss):
    for batch in batches_of(sampler(mode, loss=loss)):
        assert len(np.unique(batch.centers)) == len(batch.centers)


@each_loss
@pytest.mark.parametrize("mode", BATCHES)
def test_a_batch_has_the_tags_of_its_windows_and_the_lengths_of_its_sentences(mode, loss):
    for batch in batches_of(sampler(mode, loss=loss)):
        tokens = tokens_of(batch)
        assert np.array_equal(batch.tags, TAGS[tokens])
        if mode == "windows":
            assert batch.lengths is None
            continue
        firsts = tokens[np.cumsum(batch.lengths) - batch.lengths]
        sentences = np.searchsorted(np.cumsum(LENGTHS), firsts, side="right")
        assert np.array_equal(LENGTHS[sentences], batch.lengths)
        assert np.array_equal(firsts, (np.cumsum(LENGTHS) - LENGTHS)[sentences])


def test_batches_of_windows_score_only_what_is_compared():
    for batch in batches_of(sampler("windows", size=5)):
        used = np.union1d(batch.target.true, batch.target.corrupted)
        assert np.array_equal(used, np.arange(len(batch.centers)))


@pytest.mark.parametrize("mode", BATCHES)
def test_losses_that_classify_get_every_window_once_with_its_class(mode):
    seen = []
    for batch in batches_of(sampler(mode, loss=CrossEntropy())):
        tokens = tokens_of(batch)
        assert np.array_equal(batch.target.windows, np.arange(len(tokens)))
        assert np.array_equal(batch.target.tags, TAGS[tokens])
        seen.extend(tokens.tolist())
    assert sorted(seen) == list(range(TOKENS))


@each_loss
def test_batches_of_windows_have_the_size(loss):
    steps = steps_of(sampler("windows", loss=loss, size=7), np.random.default_rng(0))
    total = np.count_nonzero(TAGS) if loss is MAX_MARGIN else TOKENS
    assert [len(step) for step in steps[:-1]] == [7] * (len(steps) - 1)
    assert sum(len(step) for step in steps) == total
    assert 1 <= len(steps[-1]) <= 7


@each_loss
def test_batches_of_sentences_have_all_windows_of_whole_sentences(loss):
    ends = np.cumsum(LENGTHS)
    sentences = {tuple(range(end - n, end)) for end, n in zip(ends.tolist(), LENGTHS.tolist(), strict=True)}
    steps = steps_of(sampler("sentences", loss=loss), np.random.default_rng(0))
    for step in steps:
        first = np.isin(step, ends - LENGTHS)
        parts = np.split(step, np.flatnonzero(first)[1:])
        for part in parts:
            sentences.remove(tuple(part.tolist()))
    assert not sentences


@pytest.mark.parametrize(("size", "steps"), [(1000, 1), (150, 3), (40, 10)])
def test_batches_of_sentences_are_about_of_the_size(size, steps):
    assert TOKENS == 390  # 390 / 150 is nearest to 3, 390 / 40 to 10
    lengths = [len(step) for step in steps_of(sampler("sentences", size=size), np.random.default_rng(0))]
    assert len(lengths) == steps
    assert all(abs(length - TOKENS / steps) <= LENGTHS.max() for length in lengths)


def test_a_batch_size_below_any_sentence_gives_single_sentences():
    steps = steps_of(sampler("sentences", size=1), np.random.default_rng(0))
    assert sorted(len(step) for step in steps) == sorted(LENGTHS.tolist())


@pytest.mark.parametrize("mode", BATCHES)
def test_the_seed_decides_everything(mode):
    first, same, other = (batches_of(sampler(mode), seed) for seed in (1, 1, 2))
    for a, b in zip(first, same, strict=True):
        assert np.array_equal(a.centers, b.centers)
        assert all(map(np.array_equal, a.target, b.target))
    assert not np.array_equal(first[0].centers, other[0].centers)


@pytest.mark.parametrize("mode", BATCHES)
def test_epochs_differ(mode):
    rng = np.random.default_rng(0)
    drawn = sampler(mode)
    assert not np.array_equal(np.concatenate(steps_of(drawn, rng)), np.concatenate(steps_of(drawn, rng)))


@pytest.mark.parametrize("mode", BATCHES)
def test_a_corpus_in_which_every_window_has_the_label_has_nothing_to_compare(mode):
    everything = np.ones(TOKENS, dtype=np.int64)
    batches = batches_of(sampler(mode, everything))
    assert {bool(batch.target) for batch in batches} == {False}


def test_sentences_without_any_label_have_nothing_to_compare():
    nothing = np.zeros(TOKENS, dtype=np.int64)
    batches = batches_of(sampler("sentences", nothing))
    assert {bool(batch.target) for batch in batches} == {False}
    assert batches_of(sampler("windows", nothing)) == []


def test_what_is_to_be_classified_is_always_compared():
    nothing = np.zeros(TOKENS, dtype=np.int64)
    batches = batches_of(sampler("sentences", nothing, loss=CrossEntropy()))
    assert {bool(batch.target) for batch in batches} == {True}
