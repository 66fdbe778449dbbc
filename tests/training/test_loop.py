from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from wincls.corpus.columns import read_corpus
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.errors import TrainingError
from wincls.evaluation.counts import Counts
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.network.losses import LOSSES
from wincls.optim.optimizers import OPTIMIZERS
from wincls.optim.schedules import SCHEDULES
from wincls.options import plain
from wincls.tagger.model_file import Model, load_tagger, save_model
from wincls.training.loop import Training
from wincls.training.member import score_blocks
from wincls.training.prepare import prepare
from wincls.training.processes import Workers

PLAIN = "regularization={dropout_input: 0, dropout_hidden: 0, unknown_rate: 0, l2: 0, l1: 0}"
ONE_STEP = ("training.batch_size=100000", "training.epochs=1")
SGD = ("optimizer=sgd", "schedule={name: constant, rate: 0.1}")


def begin(config):
    """A training that is ready for its first epoch."""
    rng = np.random.default_rng(config.training.seed)
    return Training(config, prepare(config, rng), rng)


@pytest.fixture
def training(small):
    return lambda *settings: begin(small(*settings))


@pytest.fixture
def trained(training):
    """A training of which all epochs are over."""

    def run(*settings):
        begun = training(*settings)
        begun.reports = list(begun.epochs())
        return begun

    return run


def parameters_of(training):
    return {name: array.copy() for name, array in training.members[0].scorer.parameters.items()}


def same(first, second):
    return all(np.array_equal(array, second[name]) for name, array in first.items())


def change(training, name):
    """How far training moved a parameter."""
    before = parameters_of(training)[name]
    list(training.epochs())
    return training.members[0].scorer.parameters[name] - before


def changed_tags(sentence):
    """The lines of a sentence with other tags."""
    rows = [row.split("\t") for row in sentence.split("\n")]
    return "\n".join(f"{word}\t{'B-PER' if tag == 'O' else 'O'}" for word, tag in rows)


# The same again


def model_bytes(config, path):
    begun = begin(config)
    list(begun.epochs())
    save_model(Model(begun.tagger(), {}), path)
    return path.read_bytes()


BATCHES = [
    ["training.batches=sentences"],
    ["training.batches=sentences", "structured_hinge.weight=0"],
    ["training.batches=windows", "structured_hinge.weight=0"],
]


@pytest.mark.parametrize("batches", BATCHES, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_seed_decides_every_byte_of_the_model(small, tmp_path, loss, batches):
    config = small(f"loss={loss}", *batches, "data.dev=null")
    first = model_bytes(config, tmp_path / "first.npz")
    assert model_bytes(config, tmp_path / "second.npz") == first
    other = replace(config, training=replace(config.training, seed=2))
    assert model_bytes(other, tmp_path / "third.npz") != first


ALONE = "training.train_on_dev=false"


def test_members_differ_by_their_random_numbers_and_are_kept_together(training):
    begun = training("model.ensemble=3", ALONE)
    assert len(begun.members) == 3
    reports = list(begun.epochs())
    tokens = begun.prepared.corpora.train.tokens
    assert [report.windows for report in reports] == [3 * tokens, 3 * tokens]
    weights = [scorer.parameters["W1"] for scorer in begun.tagger().ensemble]
    assert len(weights) == 3
    for i in range(3):
        assert not np.array_equal(weights[i], weights[i - 1])
    # What is known of the words before training is the same for all: here, nothing but their rows.
    rows = [scorer.parameters["L.word"].shape for scorer in begun.tagger().ensemble]
    assert rows[0] == rows[1] == rows[2]


def test_how_many_train_beside_it_changes_no_network(training):
    """A network's random numbers do not depend on those of the others, nor on where it is trained."""
    one, three = (training(f"model.ensemble={n}", ALONE, "training.epochs=1") for n in (1, 3))
    begin = parameters_of(one)
    for name, array in begin.items():  # what is drawn for three members begins otherwise
        three.members[0].scorer.parameters[name][:] = array
    three.members[0]._rng.bit_generator.state = one.members[0]._rng.bit_generator.state
    for begun in (one, three):
        list(begun.epochs())
    assert same(one.best.parameters[0], three.best.parameters[0])
    assert not same(begin, one.best.parameters[0])


def scores_by_member(training):
    """The scores of all development tokens by each network as it was kept."""
    prepared = training.prepared
    return [
        np.concatenate(list(score_blocks(scorer, prepared.rows, prepared.encoded_dev.stream)))
        for scorer in training.tagger().ensemble
    ]


def scores_developed(training, monkeypatch):
    """What the epochs of a training give its development."""
    seen, add_epoch = [], training.development.add_epoch
    monkeypatch.setattr(
        training.development,
        "add_epoch",
        lambda scores, *rest: seen.append(scores) or add_epoch(scores, *rest),
    )
    list(training.epochs())
    return seen


def test_development_scores_are_those_of_all_members(training, monkeypatch):
    begun = training("model.ensemble=2", "training.epochs=1", ALONE)
    (scores,) = scores_developed(begun, monkeypatch)
    assert len(scores) == 2
    for each, expected in zip(scores, scores_by_member(begun), strict=True):
        assert np.array_equal(each, expected)


# Learning from the development data


@pytest.mark.parametrize("members", [2, 3])
def test_a_development_token_is_scored_by_the_member_that_is_not_trained_on_it(
    training, monkeypatch, members
):
    begun = training(f"model.ensemble={members}", "training.epochs=1")
    (scores,) = scores_developed(begun, monkeypatch)
    assert len(scores) == 1
    by_member = scores_by_member(begun)
    scored_by = np.repeat(begun.prepared.folds.fold, begun.prepared.encoded_dev.stream.lengths)
    assert set(scored_by.tolist()) == set(range(members))
    for number, expected in enumerate(by_member):
        inside = scored_by == number
        np.testing.assert_allclose(scores[0][inside], expected[inside], atol=1e-5)
        assert not np.allclose(scores[0][~inside], expected[~inside], atol=1e-3)


def test_every_member_is_trained_on_what_the_others_score(training):
    begun = training("model.ensemble=2", "training.epochs=1")
    (report,) = begun.epochs()
    assert report.windows == 2 * begun.prepared.corpora.train.tokens + begun.prepared.corpora.dev.tokens


@pytest.mark.parametrize("member", [0, 1])
def test_the_gold_tags_of_what_a_member_scores_change_nothing_in_it(training, folder, write, member):
    settings = ("model.ensemble=2", "training.epochs=2", "training.patience=2")
    first = training(*settings)
    sentences = (folder / "dev.conll").read_text().rstrip("\n").split("\n\n")
    changed = [
        changed_tags(sentence) if fold == member else sentence
        for sentence, fold in zip(sentences, first.prepared.folds.fold.tolist(), strict=True)
    ]
    write("\n\n".join(changed), "dev.conll")
    second = training(*settings)
    with Workers(first.members) as one, Workers(second.members) as other:
        for epoch in (1, 2):
            scores = {one: [], other: []}

            def scored(workers, number, _, block, scores=scores):
                if number == member:
                    scores[workers].append(block)

            before, after = (
                each.epoch(epoch, lambda *_: None, partial(scored, each)) for each in (one, other)
            )
            assert same(before[member].parameters, after[member].parameters)
            assert np.array_equal(*(np.concatenate(blocks) for blocks in scores.values()))
            assert not same(before[1 - member].parameters, after[1 - member].parameters)


def test_what_only_the_scored_sentences_have_is_unknown_to_a_member(training, write):
    write("Ada\tB-PER\nsings\tO\n\nQuuxy\tB-PER\nwins\tO\n", "dev.conll")
    begun = training("model.ensemble=2", "training.epochs=1", "features.min_count=1")
    assert begun.prepared.folds.fold.tolist() == [0, 1]
    list(begun.epochs())
    row = begun.prepared.tables.rows(["Quuxy"])[0]
    tables = begun.prepared.tables.names
    for number, scorer in enumerate(begun.tagger().ensemble):
        word = scorer.parameters["L.word"]
        assert np.array_equal(word[row[tables.index("word")]], word[UNKNOWN]) == (number == 1)
        suffix = scorer.parameters["L.suffix2"]
        assert np.array_equal(suffix[row[tables.index("suffix2")]], suffix[UNKNOWN]) == (number == 1)


def test_a_vector_from_a_file_stays_what_it_is_for_a_member_that_is_not_trained_on_its_word(training, write):
    vectors = {"in": "0 1 0", "quuxy": "1 2 3", "the": "0 0 1", ".": "1 0 0"}
    write("".join(f"{word} {numbers}\n" for word, numbers in vectors.items()), "vectors.txt")
    write("Ada\tB-PER\nsings\tO\n\nQuuxy\tB-PER\nwins\tO\n", "dev.conll")
    begun = training("model.ensemble=2", "features.word.vectors=vectors.txt", PLAIN)
    list(begun.epochs())
    row = begun.prepared.tables.rows(["Quuxy"])[0, 0]
    trained, untrained = (scorer.parameters["L.word"][row] for scorer in begun.tagger().ensemble)
    assert untrained.tolist() == [1, 2, 3]
    assert trained.tolist() != [1, 2, 3]


def test_the_entities_that_are_seen_are_those_that_were_trained_on(training, write):
    write("Zoe\tB-PER\nsings\tO\n\nOmsk\tB-LOC\nwins\tO\n", "dev.conll")
    prepared = training("model.ensemble=2").prepared
    assert {"Zoe", "Omsk", "Ada"} <= prepared.seen()
    first, second = prepared.seen_in_dev()
    assert ("Zoe" in first, "Omsk" in first) == (False, True)
    assert ("Zoe" in second, "Omsk" in second) == (True, False)
    alone = training("model.ensemble=2", ALONE).prepared
    assert not {"Zoe", "Omsk"} & alone.seen()
    assert alone.seen_in_dev() == 2 * [alone.seen()]


@pytest.mark.parametrize(
    "setting",
    [
        "loss=cross_entropy",
        "loss.margin=3",
        "labels.scheme=BIO",
        "window.size=2",
        "window.combine=mean",
        "features.word.dimension=9",
        "features.word.train=false",
        "features.caps=0",
        "features.shape=0",
        "features.suffixes.lengths=[3]",
        "features.prefixes.dimension=2",
        "features.min_count=9",
        "model.hidden=[9]",
        "model.activation=tanh",
        "model.initializer=small_random",
        "structured_hinge.weight=0",
        "structured_hinge.weight=2",
        "structured_hinge.margin=0.01",
        "loss.corrupted=2",
        "optimizer=momentum",
        "optimizer=rmsprop",
        "schedule.name=exponential",
        "schedule.rate=0.5",
        "regularization.l2=0.1",
        "regularization.l1=0.1",
        "regularization.dropout_input=0.9",
        "regularization.dropout_hidden=0.9",
        "regularization.unknown_rate=0.9",
        "regularization={unknown_rate: 0.9, unknown_below: 1}",
        "training.epochs=3",
        "training.batch_size=7",
        "training.fan_in_scaling=true",
        "training.dense_updates=true",
        "optimizer.bias_correction=false",
        "features.word.preprocess=[center]",
        "features.word.preprocess=[normalize]",
        "features.word.preprocess=[center, whiten]",
        "loss.margin=0",
        "regularization={l2: 0.1, penalize_tables: true}",
        "data.held_out=0.5",
        "data.types=[LOC]",
    ],
)
def test_every_setting_changes_what_is_learned(trained, setting):
    check_change(trained, [], setting)


def test_the_way_of_batching_changes_what_is_learned(trained):
    check_change(trained, ["structured_hinge.weight=0"], "training.batches=windows")


def check_change(trained, settings, setting):
    base = ["loss=max_margin", "data.dev=null", "optimizer=adam", PLAIN, "schedule.name=linear", *settings]
    first, second = parameters_of(trained(*base)), parameters_of(trained(*base, setting))
    assert first.keys() != second.keys() or not all(
        array.shape == second[name].shape and np.array_equal(array, second[name])
        for name, array in first.items()
    )


# What an epoch reports


def test_an_epoch_reports_what_happened_in_it(training):
    begun = training(
        "loss=cross_entropy", "schedule={name: exponential, rate: 0.3, k: 0.5}", "training.epochs=3"
    )
    calls = []
    for epoch, report in enumerate(begun.epochs(lambda *call: calls.append(call)), start=1):
        windows, losses = zip(*calls, strict=True)
        steps = len(calls)
        assert steps > 1
        assert report.epoch == epoch
        assert sum(windows) == report.windows == begun.prepared.corpora.train.tokens
        assert losses[-1] == pytest.approx(report.loss)
        assert report.rate == pytest.approx(0.3 * np.exp(-0.5 * (epoch - 1 / steps)))
        assert 0 <= report.violations <= 1
        assert report.seconds > 0
        assert report.development_seconds > 0
        assert report.development == begun.development.epochs[-1].counts
        calls.clear()
    assert epoch == 3


def test_training_lowers_the_loss_and_the_share_of_margin_violations(trained):
    easy = ("loss=max_margin", PLAIN, "optimizer=adam", "schedule={name: constant, rate: 0.01}")
    first, *_, last = trained(*easy, "training.epochs=10", "training.patience=10").reports
    assert last.loss < 0.5 * first.loss
    assert last.violations < 0.5 * first.violations


@pytest.mark.parametrize("weight", [0, 1])
def test_a_sentence_without_entities_counts_in_the_structured_hinge_only(trained, weight):
    """There is no window of it to be compared, but a wrong tag sequence of it should score less than none."""
    done = trained("training.batch_size=1", "training.epochs=1", f"structured_hinge.weight={weight}")
    sentences = done.prepared.corpora.train.sentences
    without = sum(len(sentence.words) for sentence in sentences if not sentence.entities)
    assert without
    assert done.reports[0].windows == done.prepared.corpora.train.tokens - (0 if weight else without)


def test_the_penalty_is_part_of_the_loss(training):
    def first_loss(**penalty):
        begun = training(
            *ONE_STEP, PLAIN, *(f"regularization.{key}={value}" for key, value in penalty.items())
        )
        weights = [begun.members[0].scorer.parameters[name] for name in ("W1", "U")]
        if penalty.get("penalize_tables"):
            weights += [
                begun.members[0].scorer.parameters[f"L.{table}"][np.unique(begun.prepared.rows[:, i])]
                for i, table in enumerate(begun.members[0].scorer.tables)
            ]
        squares = sum(float((array.astype(float) ** 2).sum()) for array in weights)
        absolutes = sum(float(np.abs(array).sum()) for array in weights)
        return next(begun.epochs()).loss, squares, absolutes

    loss, squares, absolutes = first_loss()
    assert first_loss(l2=0.1)[0] == pytest.approx(loss + 0.1 * squares, rel=1e-4)
    assert first_loss(l1=0.01)[0] == pytest.approx(loss + 0.01 * absolutes, rel=1e-4)
    found, more_squares, _ = first_loss(l2=0.1, penalize_tables="true")
    assert more_squares > 1.1 * squares
    assert found == pytest.approx(loss + 0.1 * more_squares, rel=1e-4)


def test_all_of_them_may_be_read_before_the_training_is_asked_for_its_tagger(trained):
    done = trained()
    assert [report.epoch for report in done.reports] == [1, 2]
    assert done.tagger().labels == ("LOC", "PER")


# Which epoch is kept, and when to stop


def with_figures(training, monkeypatch, *f1):
    """Let the development F1 of the epochs be what is given, in percent."""
    add_epoch, figures = training.development.add_epoch, iter(f1)

    def scripted(scores, scoring):
        # 2 * correct / (100 + 100) = correct / 100
        counts = Counts(next(figures), 100, 100)
        return add_epoch(scores, scoring)._replace(counts=counts, smoothed_f1=counts.f1)

    monkeypatch.setattr(training.development, "add_epoch", scripted)


def test_the_best_epoch_is_kept_with_its_own_weights_and_calibration(training, monkeypatch):
    begun = training("training.epochs=4")
    with_figures(begun, monkeypatch, 30, 60, 60, 50)
    weights, best, scores = [], [], []
    add_epoch = begun.development.add_epoch
    monkeypatch.setattr(
        begun.development, "add_epoch", lambda each, *rest: scores.append(each) or add_epoch(each, *rest)
    )
    for report in begun.epochs():
        weights.append(parameters_of(begun))
        best.append(report.best)
    assert best == [True, True, False, False]
    assert (begun.best.epoch, begun.best.smoothed_f1) == (2, 0.6)
    kept = begun.tagger()
    assert same(weights[1], kept.ensemble[0].parameters)
    assert not same(weights[1], weights[3])
    expected = begun.development.decision(scores[1])
    assert np.array_equal(kept.decision.first.A, expected.first.A)
    assert not np.array_equal(kept.decision.first.A, begun.development.decision(scores[3]).first.A)


def test_until_an_entity_is_found_the_last_epoch_is_the_best_and_patience_does_not_begin(
    training, monkeypatch
):
    begun = training("training.epochs=9", "training.patience=2")
    with_figures(begun, monkeypatch, 0, 0, 0, 0, 10, 0, 0)
    assert [report.best for report in begun.epochs()] == [True] * 5 + [False] * 2
    assert begun.best.epoch == 5


def test_a_training_that_finds_nothing_goes_on_to_its_last_epoch(training, monkeypatch):
    begun = training("training.epochs=4", "training.patience=1")
    with_figures(begun, monkeypatch, 0, 0, 0, 0)
    assert [report.best for report in begun.epochs()] == [True] * 4
    assert begun.best.epoch == 4


@pytest.mark.parametrize(
    ("patience", "epochs"),
    [(1, [1, 2, 3]), (2, [1, 2, 3, 4, 5, 6]), (3, list(range(1, 8))), (99, list(range(1, 9)))],
)
def test_training_stops_when_patience_is_over(training, monkeypatch, patience, epochs):
    begun = training("training.epochs=8", f"training.patience={patience}")
    with_figures(begun, monkeypatch, 10, 20, 20, 30, 25, 30, 29, 28)
    assert [report.epoch for report in begun.epochs()] == epochs


def test_without_an_epoch_there_is_no_tagger(training):
    with pytest.raises(TrainingError) as caught:
        training().tagger()
    assert str(caught.value) == "training ended before its first epoch; there is no model"


def test_a_training_stopped_in_an_epoch_has_the_tagger_of_the_best_before(training):
    begun, seen = training("training.epochs=3"), []

    def stop(windows, loss):
        if seen:
            raise KeyboardInterrupt  # after the first step of the second epoch

    def run():
        for _ in begun.epochs(stop):
            seen.append(parameters_of(begun))

    with pytest.raises(KeyboardInterrupt):
        run()
    assert len(seen) == 1
    assert not same(seen[0], begun.members[0].scorer.parameters)
    assert same(seen[0], begun.tagger().ensemble[0].parameters)


def test_a_loss_that_is_no_number_ends_the_training(training):
    begun = training(
        "optimizer=sgd", "schedule={name: constant, rate: 1e30}", "training.batch_size=30", PLAIN
    )
    steps = []
    with pytest.raises(TrainingError) as caught:
        list(begun.epochs(lambda windows, loss: steps.append(loss)))
    assert str(caught.value).startswith(f"epoch 1, step {len(steps) + 1} of ")
    assert str(caught.value).endswith(
        ", training has diverged; lower schedule.rate (now 1e+30) or use another optimizer"
    )
    assert np.isfinite(steps).all()


def test_scores_that_are_no_numbers_end_the_training(training):
    begun = training("optimizer=sgd", "schedule={name: constant, rate: 1e30}", *ONE_STEP)
    with pytest.raises(TrainingError) as caught, np.errstate(over="ignore", invalid="ignore"):
        list(begun.epochs())
    assert str(caught.value) == (
        "epoch 1: scores are not finite, training has diverged; "
        "lower schedule.rate (now 1e+30) or use another optimizer"
    )


# What is trained


@pytest.mark.parametrize("train", ["true", "false"])
def test_only_a_frozen_word_table_stays_as_it_was(training, train):
    begun = training(f"features.word.train={train}", PLAIN)
    before = parameters_of(begun)
    list(begun.epochs())
    moved = {
        name
        for name, array in begun.members[0].scorer.parameters.items()
        if not np.array_equal(array, before[name])
    }
    assert moved == before.keys() - ({"L.word"} if train == "false" else set())


UNKNOWN_ALL = "regularization={dropout_input: 0, dropout_hidden: 0, unknown_rate: 1}"


def test_a_word_taken_for_unknown_does_not_learn_and_the_unknown_word_does(training):
    moved = change(training(*SGD, UNKNOWN_ALL), "L.word").any(axis=1)
    assert np.flatnonzero(moved).tolist() == [PADDING, UNKNOWN]


def test_no_word_is_taken_for_unknown_at_rate_0(training):
    moved = change(training(*SGD, PLAIN), "L.word").any(axis=1)
    assert not moved[UNKNOWN]
    assert moved[2:].all()


def test_other_tables_learn_whether_or_not_the_word_is_unknown(training):
    assert change(training(*SGD, UNKNOWN_ALL), "L.suffix2")[2:].any(axis=1).all()


def test_only_words_seen_at_most_so_often_are_taken_for_unknown(training, write):
    names = "\n\n".join(f"{word}\tB-{label}\nit\tO" for word, label in [
        ("Ada", "PER"), ("Rome", "LOC"), ("ADA", "PER"), ("Oslo", "LOC"), ("Oslo", "LOC"), ("oslo", "LOC"),
    ])  # fmt: skip
    write(names, "train.conll")
    begun = training(*SGD, UNKNOWN_ALL, "regularization.unknown_below=2", "data.dev=train.conll")
    words = begun.prepared.tables.vocabularies["word"].keys
    moved = change(begun, "L.word")[2:].any(axis=1)
    # Forms are counted in lower case: ada twice, rome once, oslo three times.
    assert {word for word, it in zip(words, moved, strict=True) if it} == {"oslo", "it"}


def test_tagging_never_takes_a_known_word_for_unknown(trained):
    done = trained(UNKNOWN_ALL)
    rows = done.prepared.rows[:, 0]
    assert (rows[1:] != UNKNOWN).sum() > 10


def test_fan_in_scaling_divides_each_layers_steps_by_the_root_of_its_inputs(training):
    step = (*ONE_STEP, *SGD, PLAIN, "loss=cross_entropy", "model.hidden=[10, 6]")
    fan_ins = {"W1": 45, "b1": 45, "W2": 10, "b2": 10, "U": 6, "c": 6, "L.word": 1}
    first, second = training(*step), training(*step, "training.fan_in_scaling=true")
    before = parameters_of(first)
    for each in (first, second):
        list(each.epochs())
    for name, fan_in in fan_ins.items():
        slow, fast = (each.members[0].scorer.parameters[name] - before[name] for each in (second, first))
        np.testing.assert_allclose(slow * np.sqrt(fan_in), fast, atol=1e-5)
        assert fast.any()


# The learning rate


def rates_of_updates(begun, monkeypatch):
    """The rates of all updates of a training, and the batches of its epochs."""
    rates, parts = [], []
    member = begun.members[0]
    step, epoch = member._optimizer.step, member._sampler.epoch

    def spy_on_parts(rng):
        parts.append(epoch(rng))
        return parts[-1]

    monkeypatch.setattr(member._optimizer, "step", lambda g, alpha: rates.append(alpha) or step(g, alpha))
    monkeypatch.setattr(member._sampler, "epoch", spy_on_parts)
    reports = list(begun.epochs())
    return rates, parts, reports


EPOCHS = 3
ANNEALED = ("training.batch_size=20", f"training.epochs={EPOCHS}", "training.patience=9", "optimizer=sgd")


def test_a_schedule_of_iterations_counts_updates_over_all_epochs(training, monkeypatch):
    schedule = "schedule={name: annealing, rate: 0.1, factor: 0.5, every: 7, unit: iterations}"
    rates, parts, reports = rates_of_updates(training(*ANNEALED, schedule), monkeypatch)
    steps = len(parts[0])
    assert steps > 7
    assert steps % 7
    assert rates == [0.1 * 0.5 ** (t // 7) for t in range(EPOCHS * steps)]
    assert [report.rate for report in reports] == [rates[n * steps - 1] for n in range(1, EPOCHS + 1)]


def test_a_schedule_of_epochs_counts_them_in_exact_fractions(training, monkeypatch):
    schedule = "schedule={name: annealing, rate: 0.1, factor: 0.5, every: 0.3}"
    rates, parts, reports = rates_of_updates(training(*ANNEALED, schedule), monkeypatch)
    steps = len(parts[0])
    # Step t of all is at t / steps epochs.
    assert rates == [0.1 * 0.5 ** (10 * t // (3 * steps)) for t in range(EPOCHS * steps)]
    assert [report.rate for report in reports] == [rates[n * steps - 1] for n in range(1, EPOCHS + 1)]


def test_batches_with_nothing_to_compare_are_no_iterations_but_take_time_of_the_epoch(training, monkeypatch):
    one_by_one = (*ANNEALED, "training.batch_size=1", "structured_hinge.weight=0", "training.epochs=2")
    by_iterations = "schedule={name: hyperbolic, rate: 0.1, tau: 5, unit: iterations}"
    rates, parts, _ = rates_of_updates(training(*one_by_one, by_iterations), monkeypatch)
    assert len(rates) < len(parts[0]) + len(parts[1])
    assert rates == pytest.approx([0.1 * 5 / max(t, 5) for t in range(len(rates))], rel=1e-15)

    begun = training(*one_by_one, "schedule={name: hyperbolic, rate: 0.1, tau: 0.2}")
    rates, parts, _ = rates_of_updates(begun, monkeypatch)
    sentences = begun.prepared.corpora.train.sentences
    times = [
        epoch + i / len(parts[epoch])
        for epoch in range(2)
        for i, part in enumerate(parts[epoch])
        if any(sentences[n].entities for n in part)
    ]
    assert rates == pytest.approx([0.1 * 0.2 / max(t, 0.2) for t in times], rel=1e-12)


@pytest.mark.parametrize("unit", ["epochs", "iterations"])
def test_a_straight_line_ends_at_the_last_step_in_both_units(training, monkeypatch, unit):
    schedule = f"schedule={{name: linear, rate: 0.1, unit: {unit}}}"
    rates, *_ = rates_of_updates(training(*ANNEALED, schedule), monkeypatch)
    assert rates == pytest.approx([0.1 * (1 - t / len(rates)) for t in range(len(rates))], rel=1e-12)


# Dense updates


def test_dense_updates_move_rows_that_a_batch_does_not_use(training):
    """After the first step Adam's means move every row that any batch has used."""

    def differing(*settings):
        """Whether dense updates lead to other tables."""
        base = ("training.epochs=1", "training.batch_size=20", PLAIN, *settings)
        lazy, dense = training(*base), training(*base, "training.dense_updates=true")
        return not np.array_equal(change(lazy, "L.word"), change(dense, "L.word"))

    assert differing("optimizer=adam")
    assert differing("optimizer=momentum")
    assert not differing("optimizer=adagrad")
    assert not differing("optimizer=sgd")


# What comes out


def test_the_tagger_is_of_the_configuration(trained):
    tagger = trained("window.size=2", "labels.scheme=BILOU", "model.activation=tanh").tagger()
    assert (tagger.window, tagger.tag_set.scheme.name, tagger.labels) == (2, "BILOU", ("LOC", "PER"))
    assert type(tagger.ensemble[0].activation).__name__ == "Tanh"


def test_the_development_figures_are_those_of_the_cross_fitted_entities(trained, monkeypatch):
    done = trained()
    sentences = done.prepared.corpora.dev.sentences
    gold = [list(sentence.entities) for sentence in sentences]
    tokens = done.prepared.corpora.dev.tokens
    outside = tokens - sum(entity.end - entity.start for entities in gold for entity in entities)
    for found, f1, accuracy in ((gold, 1.0, 1.0), ([[] for _ in gold], 0.0, outside / tokens)):
        monkeypatch.setattr(done.development, "cross_fitted", lambda found=found: found)
        evaluation = done.evaluate_development()
        assert evaluation.overall.f1 == f1
        assert evaluation.token_accuracy == pytest.approx(accuracy)
        assert (evaluation.sentences, evaluation.tokens) == (16, tokens)


@pytest.mark.parametrize("fold", [0, 1])
def test_the_gold_tags_of_a_fold_never_change_what_is_predicted_there(trained, folder, write, fold):
    settings = ("training.epochs=8", "training.patience=8", "optimizer=adam", "schedule.rate=0.02")
    first = trained(*settings)
    sentences = (folder / "dev.conll").read_text().rstrip("\n").split("\n\n")
    in_fold = (first.prepared.folds.fold == fold).tolist()
    assert 0 < sum(in_fold) < len(in_fold)
    changed = [
        changed_tags(sentence) if inside else sentence
        for sentence, inside in zip(sentences, in_fold, strict=True)
    ]
    write("\n\n".join(changed), "dev.conll")
    second = trained(*settings)
    one, other = first.development.cross_fitted(), second.development.cross_fitted()
    assert [a for a, inside in zip(one, in_fold, strict=True) if inside] == [
        b for b, inside in zip(other, in_fold, strict=True) if inside
    ]


def test_development_figures_count_the_entities_of_the_file(trained, write):
    write("Ada\tB-PER\nBob\tB-PER\nsing\tO\n\nRome\tB-LOC\n", "dev.conll")
    adjacent = (Entity(0, 1, "PER"), Entity(1, 2, "PER"))
    assert read_corpus("dev.conll").sentences[0].entities == adjacent
    evaluation = trained("labels.scheme=IO").evaluate_development()
    assert evaluation.overall.gold == 3


# Odd corpora and members


ODD = {
    "one sentence": "Ada\tB-PER\nsings\tO\nin\tO\nNew\tB-LOC\nYork\tI-LOC\n",
    "one token": "Ada\tB-PER\n\nsings\tO\n\nRome\tB-LOC\n\nhere\tO\n",
    "one type": "Ada\tB-PER\nsings\tO\n\nBob\tB-PER\nSmith\tI-PER\n",
    "no outside": "Ada\tB-PER\n\nBob\tB-PER\n",
}


@pytest.fixture
def check_odd(trained, write, tmp_path):
    """Train for an epoch and tag with the model as it is read back."""

    def run(corpus, *settings):
        write(ODD[corpus], "odd.conll")
        done = trained("data={train: odd.conll, dev: odd.conll}", "training.epochs=1", *settings)
        assert np.isfinite(done.reports[0].loss)
        assert all(np.isfinite(array).all() for array in done.members[0].scorer.parameters.values())
        save_model(Model(done.tagger(), plain(done.config)), tmp_path / "model.npz")
        tagged = load_tagger(tmp_path / "model.npz").tag([["Ada"], ["in", "New", "York", "unheard"]])
        assert [
            all(each.end <= length for each in found) for found, length in zip(tagged, (1, 4), strict=True)
        ]

    return run


NETWORKS = [
    "window.size=0",
    "window.size=20",
    "window.combine=mean",
    "model.hidden=[]",
    "model.hidden=[5, 4, 3]",
    "model.ensemble=3",
]


@pytest.mark.parametrize("batches", BATCHES, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("corpus", ODD)
def test_odd_corpora_and_members_can_be_trained(check_odd, corpus, network, loss, batches):
    check_odd(corpus, network, f"loss={loss}", *batches)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("corpus", ODD)
def test_odd_corpora_can_be_learned_in_every_scheme(check_odd, corpus, scheme):
    check_odd(corpus, f"labels.scheme={scheme}")


@pytest.mark.parametrize("corpus", ODD)
def test_the_smallest_batches_can_be_used(check_odd, corpus):
    check_odd(corpus, "training.batch_size=1", "loss.corrupted=1")


@pytest.mark.parametrize(
    "setting", [*(f"optimizer={n}" for n in OPTIMIZERS), *(f"schedule={n}" for n in SCHEDULES)]
)
def test_every_optimizer_and_schedule_can_be_used(trained, setting):
    assert np.isfinite([report.loss for report in trained(setting).reports]).all()
