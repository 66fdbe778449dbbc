from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import random_tagger
from wincls.errors import ModelError
from wincls.features.vocabulary import UNKNOWN
from wincls.tagger.model_file import Model, load_model, save_model
from wincls.training.prepare import prepare
from wincls.training.run import train
from wincls.training.warm_start import Taken, warm_start

EASY = ("optimizer=adam", "schedule={name: constant, rate: 0.02}", "training.patience=20")
GENTLE = ("training.epochs=1", "schedule={name: constant, rate: 0.0001}")


def fit(config, folder="old"):
    list(train(config, output=folder))
    return load_model(f"{folder}/model.npz")


def started(model, config):
    prepared = prepare(config, np.random.default_rng(7))
    return prepared, warm_start(model, prepared, config.window.size, "old/model.npz")


def everything(taken: Taken) -> bool:
    return not taken.left and all(known == total for known, total in taken.rows.values())


def test_training_goes_on_where_it_was(small):
    reports = list(train(small("training.epochs=20", *EASY), output="old"))
    best = max(report.development.f1 for report in reports)
    assert best > 0.9
    (first,) = train(small(*GENTLE, *EASY[:1], "training.seed=5"), init="old/model.npz")
    (cold,) = train(small(*GENTLE, *EASY[:1], "training.seed=5"))
    assert first.development.f1 >= best - 0.02
    assert cold.development.f1 < 0.5


def test_all_parameters_are_taken_where_nothing_differs(small):
    model = fit(small("training.epochs=1", "model.hidden=[10, 6]", "loss=cross_entropy"))
    prepared, taken = started(model, small("model.hidden=[10, 6]", "loss=cross_entropy"))
    assert everything(taken)
    assert taken.layers == ["W1", "W2"]
    assert taken.tags == prepared.tag_set.tags
    for name, array in model.tagger.ensemble[0].parameters.items():
        assert np.array_equal(prepared.ensemble[0].parameters[name], array), name


def test_rows_are_taken_by_key_and_new_words_start_as_unknown(small):
    model = fit(small("training.epochs=1"))
    text = Path("train.conll").read_text()
    Path("train.conll").write_text("Zanzibar\tB-LOC\n.\tO\n\n" + text.replace("Paris", "Berlin"))
    prepared, taken = started(model, small())
    old, new = model.tagger.ensemble[0].parameters["L.word"], prepared.ensemble[0].parameters["L.word"]
    old_words, new_words = model.tagger.tables.vocabularies["word"], prepared.tables.vocabularies["word"]
    assert "berlin" in new_words and "berlin" not in old_words
    for word in new_words.keys:
        assert np.array_equal(new[new_words.row(word)], old[old_words.row(word)]), word
    assert np.array_equal(new[new_words.row("zanzibar")], old[UNKNOWN])
    known = sum(word in old_words for word in new_words.keys)
    assert taken.rows["word"] == (known, len(new_words.keys))


def test_outputs_are_taken_by_tag_so_that_types_can_be_new(small):
    model = fit(small("training.epochs=1"))
    path = Path("train.conll")
    path.write_text("Acme\tB-COMPANY\n.\tO\n\n" + path.read_text())
    prepared, taken = started(model, small())
    old_tags, new_tags = model.tagger.tag_set.tags[1:], prepared.tag_set.tags[1:]
    assert taken.tags == old_tags
    assert len(new_tags) == len(old_tags) + 4
    U, old = prepared.ensemble[0].parameters["U"], model.tagger.ensemble[0].parameters["U"]
    for tag in old_tags:
        assert np.array_equal(U[:, new_tags.index(tag)], old[:, old_tags.index(tag)]), tag
    assert U[:, new_tags.index("S-COMPANY")].any()
    list(train(small(*GENTLE), output="out", init="old/model.npz"))
    assert load_model("out/model.npz").tagger.labels == ("COMPANY", "LOC", "PER")


def test_outputs_of_types_that_are_gone_are_left(small):
    model = fit(small("training.epochs=1"))
    prepared, taken = started(model, small("data.types=[PER]"))
    assert taken.tags == prepared.tag_set.tags[1:]
    columns = [model.tagger.tag_set.tags.index(tag) - 1 for tag in taken.tags]
    expected = model.tagger.ensemble[0].parameters["U"][:, columns]
    assert np.array_equal(prepared.ensemble[0].parameters["U"], expected)


@pytest.mark.parametrize(
    ("setting", "layers", "tags", "left"),
    [
        ("model.activation=tanh", [], 0, {"layers": "activation relu in the model, tanh here"}),
        ("window.size=2", [], 0, {"layers": "the model has window.size 1"}),
        ("features.caps=0", [], 0, {"layers": "the model has other tables"}),
        (
            "features.caps=3",
            [],
            0,
            {"caps": "dimension 2 in the model, 3 here", "layers": "the model's tables"},
        ),
        ("model.hidden=[12]", [], 0, {"W1 and what follows": "hidden layers [10] in the model, [12] here"}),
        (
            "model.hidden=[10, 4]",
            ["W1"],
            0,
            {"W2 and what follows": "hidden layers [10] in the model"},
        ),
        ("labels.scheme=BIO", ["W1"], 4, {}),
        ("loss=cross_entropy", ["W1"], 8, {}),
    ],
)
def test_what_does_not_fit_is_reported_and_starts_at_random(small, setting, layers, tags, left):
    model = fit(small("training.epochs=1"))
    prepared, taken = started(model, small(setting))
    cold = prepare(small(setting), np.random.default_rng(7))
    assert taken.layers == layers
    assert len(taken.tags) == tags
    assert list(taken.left) == list(left)
    for name, reason in left.items():
        assert taken.left[name].startswith(reason)
    if not tags:
        for each, parameters in zip(prepared.ensemble, cold.ensemble, strict=True):
            assert np.array_equal(each.parameters["U"], parameters.parameters["U"])


def test_members_take_from_members(small):
    model = fit(small("training.epochs=1", "model.ensemble=2"))
    prepared, _ = started(model, small("model.ensemble=3"))
    for i, scorer in enumerate(prepared.ensemble):
        expected = model.tagger.ensemble[i % 2].parameters["W1"]
        assert np.array_equal(scorer.parameters["W1"], expected)


def test_a_model_of_which_nothing_fits_is_refused(small):
    save_model(Model(random_tagger(words=["x"], window=2), {}), "old.npz")
    settings = (
        "features.word.dimension=9",
        "features.caps=0",
        "features.shape=0",
        "features.suffixes.dimension=0",
    )
    message = (
        r"^old\.npz: nothing of this model fits the configuration \(word: dimension 3 in the model, 9 here"
    )
    with pytest.raises(ModelError, match=message):
        list(train(small(*settings), output="out", init="old.npz"))
    assert not Path("out").exists()


def test_the_same_start_gives_the_same_bytes(small):
    fit(small("training.epochs=1"))
    for name in ("a", "b"):
        list(train(small(*GENTLE), output=name, init="old/model.npz"))
    assert Path("a/model.npz").read_bytes() == Path("b/model.npz").read_bytes()
