from __future__ import annotations

import json
import pickle
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wincls.corpus.tokenizer import DEFAULT
from wincls.errors import DataError, ModelError, WinclsError
from wincls.features.profile import Profile
from wincls.network.activations import ACTIVATIONS
from wincls.tagger.archive import write_archive
from wincls.tagger.calibration import Calibration
from wincls.tagger.model_file import Model, load_model, load_tagger, save_model
from wincls.tagger.platt import TypewisePlattScaling
from wincls.tagger.tagger import Tagger

MakeTagger = Callable[..., Tagger]
Arrays = dict[str, np.ndarray]

CONFIG = {"data": {"train": "träin.conll"}, "training": {"epochs": 3}}
SENTENCES = [
    ["Paris", "sleeps", ".", "The", "USA", "1998"],
    ["the"],
    ["TEXAS", "of", "été", "McDonald", "42", "n't"],
]


def exactly(message: str) -> str:
    return rf"^{re.escape(message)}\Z"


@pytest.fixture
def model(tmp_path: Path, make_tagger: MakeTagger) -> Path:
    path = tmp_path / "model.npz"
    save_model(Model(make_tagger(), CONFIG), path)
    return path


def change(path: Path, edit: Callable[[dict[str, Any], Arrays], None]) -> None:
    """Write the model again, with a right digest, after an edit of its settings and arrays."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    settings = json.loads(arrays.pop("settings").tobytes())
    del arrays["digest"], settings["arrays"]
    edit(settings, arrays)
    with path.open("wb") as file:
        write_archive(file, settings, arrays)


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"scheme": "BIO", "labels": ("LOC",), "window": 0},
        {"scheme": "IO", "labels": ("creative-work", "été"), "combine": "mean", "window": 3},
        {"scheme": "BILOU", "classifies": True, "hidden": (5, 4)},
        {"scheme": "IOB1", "hidden": ()},
        {"context_tokens": 5, "ensemble": 3},
        {"ensemble": 2, "pretrained": ["usa", "sleeps", "été", "0000"]},
        {"classifies": True, "scheme": "BIO", "ensemble": 2},
    ],
)
def test_a_loaded_tagger_tags_as_the_saved_one(
    kind: dict[str, Any], tmp_path: Path, make_tagger: MakeTagger
) -> None:
    tagger = make_tagger(**kind)
    save_model(Model(tagger, CONFIG), tmp_path / "m")
    loaded, config, *_ = load_model(tmp_path / "m")
    assert config == CONFIG
    assert loaded.tag(SENTENCES) == tagger.tag(SENTENCES)
    assert (loaded.tag_set.scheme, loaded.labels) == (tagger.tag_set.scheme, tagger.labels)
    assert loaded.window == tagger.window
    assert loaded.decision.context_tokens == tagger.decision.context_tokens
    for scorer, saved in zip(loaded.ensemble, tagger.ensemble, strict=True):
        assert scorer.combine == saved.combine
        assert scorer.activation == saved.activation
        for name, array in saved.parameters.items():
            assert (scorer.parameters[name] == array).all()
    pretrained = loaded.tables.pretrained.words
    assert (pretrained == tagger.tables.pretrained.words).all()
    for scorer in loaded.ensemble if len(pretrained) else ():
        expected = tagger.ensemble[0].quantized["word"]
        for array, saved_array in zip(scorer.quantized["word"], expected, strict=True):
            assert (array == saved_array).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_kept_with_its_parameters(
    name: str, tmp_path: Path, make_tagger: MakeTagger
) -> None:
    activation = ACTIVATIONS[name](k=0.3) if name == "leaky_relu" else ACTIVATIONS[name]()
    save_model(Model(make_tagger(activation=activation), {}), tmp_path / "m")
    assert load_tagger(tmp_path / "m").ensemble[0].activation == activation


def test_keys_of_any_script_are_kept(tmp_path: Path, make_tagger: MakeTagger) -> None:
    keys = ["naïve", "北\u2028京", "\u0085", "a b", "\r"]
    save_model(Model(make_tagger(words=keys), {}), tmp_path / "m")
    assert load_tagger(tmp_path / "m").tables.vocabularies["word"].keys == keys


@pytest.mark.parametrize("names", [{"Paris", "São Paulo", "a\u2028b"}, {"Paris"}, set()])
def test_entity_strings_seen_in_training_are_kept(
    names: set[str], tmp_path: Path, make_tagger: MakeTagger
) -> None:
    save_model(Model(make_tagger(seen=frozenset(names)), {}), tmp_path / "m")
    assert load_tagger(tmp_path / "m").seen == names


def test_the_same_tagger_gives_the_same_bytes(tmp_path: Path, make_tagger: MakeTagger) -> None:
    names = [f"name {i}" for i in range(1000)]
    for name, known in (("a", names), ("b", names[::-1])):
        save_model(Model(make_tagger(seen=frozenset(known)), CONFIG), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_name_of_a_file_is_taken_as_it_is(tmp_path: Path, make_tagger: MakeTagger) -> None:
    save_model(Model(make_tagger(), {}), tmp_path / "tagger")
    assert [path.name for path in tmp_path.iterdir()] == ["tagger"]


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path, make_tagger: MakeTagger) -> None:
    path = tmp_path / "missing" / "model.npz"
    message = f"{path}: cannot be written (No such file or directory); choose another place with --output"
    with pytest.raises(WinclsError, match=exactly(message)):
        save_model(Model(make_tagger(), {}), path)


def test_the_tokenizer_and_what_is_familiar_are_kept(tmp_path: Path, make_tagger: MakeTagger) -> None:
    tagger = make_tagger()
    tagger.tokenizer = replace(DEFAULT, word_joiners="'", prefixes=("l'",), whole=("e-mail", "“”"))
    tagger.familiar = Profile(0.25, ("LATIN", "HAN"), 4.5)
    save_model(Model(tagger, {}), tmp_path / "m")
    loaded = load_tagger(tmp_path / "m")
    assert (loaded.tokenizer, loaded.familiar) == (tagger.tokenizer, tagger.familiar)
    sent = pickle.loads(pickle.dumps(loaded))
    assert (sent.tokenizer, sent.familiar) == (tagger.tokenizer, tagger.familiar)
    (sentence,) = loaded("l'US-led e-mail").sentences
    assert sentence.tokens == ["l'", "US", "-", "led", "e-mail"]


# Damage.


def load_or_refuse(path: Path) -> Tagger | None:
    """The tagger, or None if the file is refused in one line; anything else fails the test."""
    try:
        return load_tagger(path)
    except ModelError as error:
        assert str(error).startswith(f"{path}: ")
        assert "\n" not in str(error)
        return None


def test_a_file_cut_short_anywhere_is_refused(model: Path) -> None:
    whole = model.read_bytes()
    for size in [*range(0, 200), *range(200, len(whole), 41), *range(len(whole) - 100, len(whole))]:
        model.write_bytes(whole[:size])
        assert load_or_refuse(model) is None, size


def test_a_flipped_bit_is_refused_or_does_no_harm(model: Path) -> None:
    whole = model.read_bytes()
    expected = load_tagger(model).tag(SENTENCES)
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.choice(len(whole), 500, replace=False):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        model.write_bytes(damaged)
        tagger = load_or_refuse(model)
        refused += tagger is None
        assert tagger is None or tagger.tag(SENTENCES) == expected, place
    assert refused > 250


def test_a_flipped_bit_in_the_directory_of_the_archive_is_refused_or_does_no_harm(model: Path) -> None:
    whole = model.read_bytes()
    expected = load_tagger(model).tag(SENTENCES)
    directory = whole.index(b"PK\x01\x02")
    for place in range(directory, directory + 46):  # the fixed part of its first entry
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            model.write_bytes(damaged)
            tagger = load_or_refuse(model)
            assert tagger is None or tagger.tag(SENTENCES) == expected, (place, bit)


def test_random_bytes_after_the_magic_number_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for size in (0, 10, 1000):
        (tmp_path / "m").write_bytes(b"PK\x03\x04" + rng.bytes(size))
        assert load_or_refuse(tmp_path / "m") is None


@pytest.mark.parametrize("content", [b"", b"P", b"model: 1\n", b"\x93NUMPY\x01\x00"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m"
    path.write_bytes(content)
    message = f"{path}: not a model file of wincls; give the model.npz that training wrote"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m"
    message = f"{path}: no such file; check the path (relative paths start at the current folder)"
    with pytest.raises(DataError, match=exactly(message)):
        load_tagger(path)


NO_MODEL = "an archive, but not a model file of wincls; give the model.npz of a training"


def test_another_npz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(ModelError, match=exactly(f"{path}: {NO_MODEL}")):
        load_tagger(path)


def test_another_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    with pytest.raises(ModelError, match=exactly(f"{path}: {NO_MODEL}")):
        load_tagger(path)


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[]", "null", "[" * 100_000], ids=lambda text: text[:4] or "empty"
)
def test_an_npz_with_other_settings_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, settings=np.frombuffer(text.encode(), dtype=np.uint8))
    assert load_or_refuse(path) is None


def test_a_member_that_is_no_array_is_refused(model: Path) -> None:
    for name in ("settings", "keys/word", "0/U", "platt/first/A"):
        path = model.with_name("m.npz")
        with zipfile.ZipFile(model) as whole, zipfile.ZipFile(path, "w") as changed:
            for each in whole.namelist():
                changed.writestr(each, b"{}" if each == f"{name}.npy" else whole.read(each))
        assert load_or_refuse(path) is None, name


def test_another_version_is_refused(model: Path) -> None:
    change(model, lambda settings, arrays: settings.update(version=1))
    message = f"{model}: model format 1; this program reads 7; train the model again"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(model)


class Bomb:
    """Makes a file if it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["settings", "keys/word", "0/U", "platt/first/A", "extra"])
def test_objects_are_never_unpickled(model: Path, name: str) -> None:
    traces = model.with_name("exploded")
    with np.load(model) as archive:
        arrays = {each: archive[each] for each in archive.files}
    np.savez(model, **(arrays | {name: np.array([Bomb(traces)], dtype=object)}))
    with pytest.raises(ModelError, match="not a model that this program can read"):
        load_tagger(model)
    assert not traces.exists()


OVERFLOW_S = "parameters are not finite, or so large that scores overflow"
OVERFLOW_P = "the calibration is not finite, or so large that probabilities overflow"
CALIBRATED = {"name": "calibrated", "typewise": False, "context_tokens": 5, "temperature": 1.0}


def exchange(path: Path, part: str, value: Any) -> None:
    """Exchange an array ("0/U") or a setting ("window") of a model."""
    if "/" in part or part == "type_shares":
        change(path, lambda settings, arrays: arrays.update({part: np.asarray(value)}))
    else:
        change(path, lambda settings, arrays: settings.update({part: value}))


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("0/W1", np.zeros((6, 28), np.float32), "0/W1 is float32 (6, 28), expected float32 (6, 27)"),
        ("0/U", np.zeros((6, 10), np.float32), "0/U is float32 (6, 10), expected float32 (6, 8)"),
        ("0/c", np.zeros(9, np.float32), "0/U is float32 (6, 8), expected float32 (6, 9)"),
        ("0/L.word", np.zeros((6, 3), np.float32), "L.word has 6 rows, expected 7"),
        ("0/L.caps", np.zeros((6, 2), np.float32), "0/W1 is float32 (6, 27), expected float32 (6, 24)"),
        ("0/X", np.zeros(1, np.float32), "0/X is not expected"),
        ("decision", CALIBRATED | {"context_tokens": 0}, "context_tokens is out of range"),
        ("decision", CALIBRATED | {"temperature": 0}, "temperature is out of range"),
        ("decision", CALIBRATED | {"temperature": float("nan")}, "NaN in the settings"),
        ("decision", {"name": "calibrated", "typewise": False, "context_tokens": 5}, "'temperature'"),
        ("decision", {"name": "plain"}, "type_shares is not expected"),
        ("decision", {"name": "plain", "threshold": float("inf")}, "Infinity in the settings"),
        ("decision", {"name": "coin"}, "unknown decision"),
        ("platt/second/A", np.zeros((9, 9)), "platt/second/A is float64 (9, 9), expected float64 (9, 17)"),
        ("platt/second/b", np.full(9, np.nan), OVERFLOW_P),
        ("0/b1", np.zeros(6), "0/b1 is float64 (6,), expected float32 (6,)"),
        ("0/b1", np.full(6, np.nan, np.float32), OVERFLOW_S),
        ("0/U", np.full((6, 8), 1e38, np.float32), OVERFLOW_S),
        ("0/U", np.full((6, 8), 1e12, np.float32), OVERFLOW_S),
        ("platt/first/A", np.full((9, 8), 1e11), OVERFLOW_P),
        ("labels", ["LOC", "LOC"], "one of the labels is there twice"),
        ("labels", ["LOC", "P\x1b[2JER"], "a label is empty, too long, or has control characters"),
        ("labels", ["LOC", ""], "a label is empty, too long, or has control characters"),
        ("window", True, "window is out of range"),
        ("ensemble", 10**400, "ensemble is out of range"),
        ("ensemble", 1.0, "ensemble is out of range"),
        ("tables", ["word", "word"], "one of the tables is there twice"),
        ("keys/word", np.frombuffer(b"a\nb\nc\na\nd", np.uint8), "a key of word is there twice"),
        ("platt/first/A", np.zeros((9, 9)), "platt/first/A is float64 (9, 9), expected float64 (9, 8)"),
        ("type_shares", np.ones(2), "type_shares is float64 (2,), expected float64 (3,)"),
        ("type_shares", np.array([0.5, 0.5, 0.0]), "the shares of the types are out of range"),
        ("type_shares", np.array([0.5, 0.5, np.nan]), "the shares of the types are out of range"),
        ("platt/first/b", np.zeros(8), "platt/first/b is float64 (8,), expected float64 (9,)"),
        ("keys/word", np.frombuffer(b"a", np.uint8), "L.word has 7 rows, expected 3"),
        ("window", 101, "window is out of range"),
        ("window", -1, "window is out of range"),
        ("window", 2, "0/W1 is float32 (6, 27), expected float32 (6, 45)"),
        ("combine", "sum", "unknown combine"),
        ("combine", "mean", "0/W1 is float32 (6, 27), expected float32 (6, 9)"),
        ("labels", ["LOC"], "0/U is float32 (6, 8), expected float32 (6, 4)"),
        ("scheme", "BIO", "0/U is float32 (6, 8), expected float32 (6, 4)"),
        ("scheme", "IOE", "unknown scheme"),
        ("activation", {"name": "step"}, "'step'"),
        ("tables", ["word", "caps", "suffix1", "shape"], "keys/shape is missing"),
        ("tokenizer", {}, "'word_joiners'"),
        ("tokenizer", DEFAULT.settings() | {"runs": 1}, "tokenizer.runs has another type"),
        ("tokenizer", DEFAULT.settings() | {"whole": "a"}, "tokenizer.whole is not a list of strings"),
        ("familiar", {"unknown": 2, "scripts": [], "length": 4}, "familiar is out of range"),
    ],
)
def test_parts_that_do_not_fit_are_refused(model: Path, part: str, value: Any, reason: str) -> None:
    exchange(model, part, value)
    message = f"{model}: not a model that this program can read ({reason}); train it again"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(model)


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("1/X", np.zeros(1, np.float32), "1/X is not expected"),
        ("1/b1", np.zeros(3, np.float32), "1/W1 is float32 (6, 27), expected float32 (3, 27)"),
        ("1/L.word", np.zeros((6, 3), np.float32), "L.word has 6 rows, expected 7"),
        ("1/U", np.full((6, 8), np.inf, np.float32), OVERFLOW_S),
        ("ensemble", 0, "ensemble is out of range"),
        ("ensemble", 17, "ensemble is out of range"),
        ("ensemble", 3, "2/L.word is missing"),
        ("pretrained/words", np.array([b"b", b"a", b"c"]), "pretrained words are not in order"),
        ("pretrained/words", np.array([b"a", b"a", b"c"]), "pretrained words are not in order"),
        ("pretrained/words", np.array(["a", "b", "c"]), "unknown data type of an array"),
        ("pretrained/words", np.array([b"a", b"b"]), "pretrained/codes is int8 (3, 3), expected int8 (2, 3)"),
        (
            "pretrained/codes",
            np.zeros((3, 3), np.float32),
            "pretrained/codes is float32 (3, 3), expected int8 (3, 3)",
        ),
        (
            "pretrained/codes",
            np.zeros((3, 4), np.int8),
            "pretrained/codes is int8 (3, 4), expected int8 (3, 3)",
        ),
        (
            "pretrained/codes",
            np.zeros((2, 3), np.int8),
            "pretrained/codes is int8 (2, 3), expected int8 (3, 3)",
        ),
        ("pretrained/scales", np.ones(3), "pretrained/scales is float64 (3,), expected float32 (3,)"),
        ("pretrained/scales", np.full(3, np.nan, np.float32), OVERFLOW_S),
        ("pretrained/scales", np.full(3, 3e38, np.float32), OVERFLOW_S),
    ],
)
def test_ensembles_and_pretrained_words_that_do_not_fit_are_refused(
    tmp_path: Path, make_tagger: MakeTagger, part: str, value: Any, reason: str
) -> None:
    path = tmp_path / "m.npz"
    save_model(Model(make_tagger(ensemble=2, pretrained=["rome", "oslo", "lima"]), CONFIG), path)
    exchange(path, part, value)
    with pytest.raises(
        ModelError,
        match=exactly(f"{path}: not a model that this program can read ({reason}); train it again"),
    ):
        load_tagger(path)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("0/b1", 0.0),
        ("0/b1", np.zeros(7, np.float32)),
        ("platt/first/A", np.full((9, 8), np.nan)),
        ("platt/first/b", np.full(9, np.inf)),
        ("platt/first/b", np.full(9, "x")),
        ("keys/word", np.array([255], np.uint8)),
        ("window", float("inf")),
        ("window", None),
        ("labels", None),
        ("tables", []),
        ("tables", ["word", "caps"]),
        ("tables", ["word", "suffixes"]),
        ("activation", None),
        ("activation", {}),
        ("activation", {"name": "leaky_relu", "k": 2}),
        ("config", None),
        ("scheme", ["BIO"]),
    ],
)
def test_anything_else_is_refused_in_one_line(model: Path, part: str, value: Any) -> None:
    exchange(model, part, value)
    assert load_or_refuse(model) is None


@pytest.mark.parametrize(
    "name",
    [
        "scheme",
        "labels",
        "window",
        "decision",
        "ensemble",
        "combine",
        "activation",
        "tables",
        "config",
    ],
)
def test_a_missing_setting_is_refused(model: Path, name: str) -> None:
    change(model, lambda settings, arrays: settings.pop(name))
    message = f"{model}: not a model that this program can read ('{name}'); train it again"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(model)


def test_ensembles_with_and_without_a_score_for_outside_are_refused(
    tmp_path: Path, make_tagger: MakeTagger
) -> None:
    path = tmp_path / "m.npz"
    save_model(Model(make_tagger(ensemble=2), CONFIG), path)

    def edit(settings: dict[str, Any], arrays: Arrays) -> None:
        arrays["1/U"], arrays["1/c"] = np.zeros((6, 9), np.float32), np.zeros(9, np.float32)

    change(path, edit)
    reason = "not all ensemble members have a score for O"
    message = f"{path}: not a model that this program can read ({reason}); train it again"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(path)


def test_very_many_types_are_refused_at_once(model: Path) -> None:
    """Before anything is made that grows with their square."""
    exchange(model, "labels", [f"type{n}" for n in range(100_000)])
    with pytest.raises(ModelError, match="100,000 labels; at most 500"):
        load_tagger(model)


def test_a_missing_array_is_refused(model: Path) -> None:
    whole = model.read_bytes()
    with np.load(model) as archive:
        names = sorted(set(archive.files) - {"settings", "digest"})
    for name in names:
        model.write_bytes(whole)
        change(model, lambda settings, arrays, name=name: arrays.pop(name))
        assert load_or_refuse(model) is None, name


MANY = {"scheme": "IOBES", "labels": tuple(f"T{i}" for i in range(10))}


def with_typewise_platt(tagger: Tagger) -> Tagger:
    rng = np.random.default_rng(7)
    decision = tagger.decision
    assert isinstance(decision, Calibration)
    first = TypewisePlattScaling(rng.normal(size=(10, 1, 4, 4)), np.zeros((41, 0)), rng.normal(size=41))
    second = TypewisePlattScaling(
        rng.normal(size=(10, 2, 4, 4)), rng.normal(size=(41, 1)), rng.normal(size=41)
    )
    tagger.decision = decision._replace(first=first, second=second)
    return tagger


def test_a_calibration_of_many_tags_tags_as_before(tmp_path: Path, make_tagger: MakeTagger) -> None:
    tagger = with_typewise_platt(make_tagger(**MANY))
    save_model(Model(tagger, CONFIG), tmp_path / "model.npz")
    assert load_tagger(tmp_path / "model.npz").tag(SENTENCES) == tagger.tag(SENTENCES)


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("platt/first/own", np.zeros((10, 2, 4, 4)), "platt/first/own is float64 (10, 2, 4, 4), expected"),
        ("platt/second/outside", np.zeros((41, 0)), "platt/second/outside is float64 (41, 0), expected"),
        ("platt/second/own", np.full((10, 2, 4, 4), np.nan), "the calibration is not finite"),
    ],
)
def test_a_calibration_of_many_tags_has_to_fit(
    part: str, value: np.ndarray, reason: str, tmp_path: Path, make_tagger: MakeTagger
) -> None:
    path = tmp_path / "model.npz"
    save_model(Model(with_typewise_platt(make_tagger(**MANY)), CONFIG), path)
    exchange(path, part, value)
    with pytest.raises(ModelError, match=re.escape(reason)):
        load_model(path)
