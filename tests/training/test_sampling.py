from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.config import BATCHES
from wincls.features.windows import FormIndex, lay_out
from wincls.training.sampling import NO_LABEL, Sampler, draw_pairs

K = 3
LENGTHS = np.random.default_rng(7).integers(1, 12, size=60)
TOKENS = int(LENGTHS.sum())
# A quarter of the tokens bears one of three labels.
LABELS = np.random.default_rng(8).choice(4, size=TOKENS, p=[0.75, 0.1, 0.1, 0.05]) - 1
STREAM = lay_out([["word"] * n for n in LENGTHS], 2, FormIndex())
TOKEN_AT = {place: token for token, place in enumerate(STREAM.centers.tolist())}


def sampler(batches, labels=LABELS, ranks=True, size=40, corrupted=K, entity_share=0.0):
    return Sampler(STREAM, labels, ranks, batches, size, corrupted, entity_share)


def batches_of(sampler, seed=0):
    rng = np.random.default_rng(seed)
    return [sampler.batch(part, rng) for part in sampler.epoch(rng)]


def steps_of(sampler, rng):
    """The token numbers of the steps of an epoch."""
    return [sampler.tokens(part) for part in sampler.epoch(rng)]


def tokens_of(batch):
    return np.array([TOKEN_AT[place] for place in batch.centers.tolist()])


@pytest.mark.parametrize("entity_share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("mode", BATCHES)
def test_true_windows_hold_the_label_and_corrupted_windows_never_do(mode, entity_share):
    for batch in batches_of(sampler(mode, entity_share=entity_share)):
        tokens, (label, true, corrupted) = tokens_of(batch), batch.target
        assert np.array_equal(LABELS[tokens[true]], label)
        assert (LABELS[tokens[corrupted]] != label).all()
        assert (label != NO_LABEL).all()


@pytest.mark.parametrize("entity_share", [0.0, 0.5])
@pytest.mark.parametrize("mode", BATCHES)
def test_every_true_window_occurs_once_an_epoch_with_k_corrupted_ones(mode, entity_share):
    compared = Counter()
    for batch in batches_of(sampler(mode, entity_share=entity_share)):
        in_batch = Counter(tokens_of(batch)[batch.target.true].tolist())
        assert not compared.keys() & in_batch.keys()
        compared += in_batch
    assert compared == dict.fromkeys(np.flatnonzero(LABELS != NO_LABEL).tolist(), K)


@pytest.mark.parametrize("ranks", [True, False])
@pytest.mark.parametrize("mode", BATCHES)
def test_no_window_is_scored_twice_in_a_batch(mode, ranks):
    for batch in batches_of(sampler(mode, ranks=ranks)):
        assert len(np.unique(batch.centers)) == len(batch.centers)


@pytest.mark.parametrize("ranks", [True, False])
@pytest.mark.parametrize("mode", BATCHES)
def test_a_batch_has_the_tags_of_its_windows_and_the_lengths_of_its_sentences(mode, ranks):
    for batch in batches_of(sampler(mode, ranks=ranks)):
        tokens = tokens_of(batch)
        assert np.array_equal(batch.tags, LABELS[tokens] + 1)
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
    for batch in batches_of(sampler(mode, ranks=False)):
        tokens = tokens_of(batch)
        assert np.array_equal(batch.target, LABELS[tokens] + 1)  # 0 is no label
        seen.extend(tokens.tolist())
    assert sorted(seen) == list(range(TOKENS))


@pytest.mark.parametrize("ranks", [True, False])
def test_batches_of_windows_have_the_size(ranks):
    steps = steps_of(sampler("windows", ranks=ranks, size=7), np.random.default_rng(0))
    total = (LABELS != NO_LABEL).sum() if ranks else TOKENS
    assert [len(step) for step in steps[:-1]] == [7] * (len(steps) - 1)
    assert sum(len(step) for step in steps) == total
    assert 1 <= len(steps[-1]) <= 7


@pytest.mark.parametrize("ranks", [True, False])
def test_batches_of_sentences_hold_all_windows_of_whole_sentences(ranks):
    ends = np.cumsum(LENGTHS)
    sentences = {tuple(range(end - n, end)) for end, n in zip(ends.tolist(), LENGTHS.tolist(), strict=True)}
    steps = steps_of(sampler("sentences", ranks=ranks), np.random.default_rng(0))
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


@pytest.mark.parametrize("entity_share", [0.0, 1.0])
@pytest.mark.parametrize("mode", BATCHES)
def test_a_corpus_in_which_every_window_bears_the_label_has_nothing_to_compare(mode, entity_share):
    everything = np.zeros(TOKENS, dtype=np.int64)
    batches = batches_of(sampler(mode, everything, entity_share=entity_share))
    assert {batch.compares for batch in batches} == {False}


@pytest.mark.parametrize("entity_share", [0.0, 1.0])
def test_sentences_without_any_label_have_nothing_to_compare(entity_share):
    nothing = np.full(TOKENS, NO_LABEL)
    batches = batches_of(sampler("sentences", nothing, entity_share=entity_share))
    assert {batch.compares for batch in batches} == {False}
    assert batches_of(sampler("windows", nothing, entity_share=entity_share)) == []


def test_what_is_to_be_classified_is_always_compared():
    nothing = np.full(TOKENS, NO_LABEL)
    assert {batch.compares for batch in batches_of(sampler("sentences", nothing, ranks=False))} == {True}


def test_every_other_window_may_be_drawn_as_corrupted():
    labels = np.array([0, 1, NO_LABEL, 1, 0, NO_LABEL])
    rng = np.random.default_rng(0)
    drawn = draw_pairs(labels, np.array([0]), np.array([0, 1, 3, 4]), 6000, 0.0, rng)
    assert (drawn.true == 0).all()
    windows, counts = np.unique(drawn.corrupted, return_counts=True)
    assert windows.tolist() == [1, 2, 3, 5]
    np.testing.assert_allclose(counts / 6000, 0.25, atol=0.02)


# Half of the entities bear the true label, so that half of the first draws have to be repeated.
MANY = np.where(np.arange(1000) < 900, NO_LABEL, np.arange(1000) % 2)


@pytest.mark.parametrize("entity_share", [0.0, 0.3, 1.0])
def test_the_entity_share_of_corrupted_windows_holds_another_entity(entity_share):
    entities = np.flatnonzero(MANY != NO_LABEL)
    pairs = draw_pairs(MANY, entities, entities, 100, entity_share, np.random.default_rng(0))
    # Of the others, drawn among all windows without the label, 50 in 950 hold an entity.
    expected = entity_share + (1 - entity_share) * 50 / 950
    assert (MANY[pairs.corrupted] != NO_LABEL).mean() == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize("mode", BATCHES)
def test_batches_are_drawn_with_the_entity_share(mode):
    for batch in batches_of(sampler(mode, entity_share=1.0, size=1000)):
        corrupted = LABELS[tokens_of(batch)[batch.target.corrupted]]
        assert (corrupted != NO_LABEL).mean() > 0.99


def test_where_there_are_no_other_entities_any_other_window_is_drawn():
    labels = np.where(np.arange(100) < 90, NO_LABEL, 0)
    entities = np.flatnonzero(labels == 0)
    pairs = draw_pairs(labels, entities, entities, K, 1.0, np.random.default_rng(0))
    assert np.array_equal(pairs.true, np.repeat(entities, K))
    assert (labels[pairs.corrupted] == NO_LABEL).all()


@given(
    labels=st.lists(st.integers(NO_LABEL, 2), min_size=1, max_size=30),
    corrupted=st.integers(1, 4),
    entity_share=st.sampled_from([0.0, 0.5, 1.0]),
    seed=st.integers(0, 1000),
)
def test_pairs_compare_a_window_of_the_label_with_one_of_another(labels, corrupted, entity_share, seed):
    labels = np.array(labels)
    true = np.flatnonzero(labels != NO_LABEL)
    pairs = draw_pairs(labels, true, true, corrupted, entity_share, np.random.default_rng(seed))
    assert np.array_equal(labels[pairs.true], pairs.label)
    assert (labels[pairs.corrupted] != pairs.label).all()
    assert all(count <= corrupted for count in Counter(pairs.true.tolist()).values())
