from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wincls.tagger.archive import load_tagger, save_tagger

from wincls.errors import DataError, ModelError, WinclsError
from wincls.network.activations import ACTIVATIONS
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
    save_tagger(make_tagger(), path, CONFIG)
    return path


def change(path: Path, edit: Callable[[dict[str, Any], Arrays], None]) -> None:
    """Write the model again after an edit of its settings and arrays."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    settings = json.loads(arrays.pop("settings").tobytes())
    edit(settings, arrays)
    text = json.dumps(settings).encode()
    np.savez(path, settings=np.frombuffer(text, dtype=np.uint8), **arrays)


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"scheme": "BIO", "types": ("LOC",), "window": 0},
        {"scheme": "IO", "types": ("creative-work", "été"), "combine": "mean", "window": 3},
        {"scheme": "BILOU", "classifies": True, "hidden": (5, 4)},
        {"scheme": "IOB1", "hidden": ()},
        {"passage": 5, "networks": 3},
        {"networks": 2, "further": ["usa", "sleeps", "été", "0000"]},
        {"of_taggings": True, "networks": 2},
        {"of_taggings": True, "classifies": True, "scheme": "BIO"},
    ],
)
def test_a_loaded_tagger_tags_as_the_saved_one(
    kind: dict[str, Any], tmp_path: Path, make_tagger: MakeTagger
) -> None:
    tagger = make_tagger(**kind)
    save_tagger(tagger, tmp_path / "m", CONFIG)
    loaded, config = load_tagger(tmp_path / "m")
    assert config == CONFIG
    assert loaded.tag(SENTENCES) == tagger.tag(SENTENCES)
    assert (loaded.decoder.scheme, loaded.decoder.types) == (tagger.decoder.scheme, tagger.decoder.types)
    assert loaded.window == tagger.window
    assert loaded.calibrator.passage == tagger.calibrator.passage
    assert loaded.calibrator.of_taggings == bool(kind.get("of_taggings"))
    for scorer, saved in zip(loaded.scorers, tagger.scorers, strict=True):
        assert scorer.combine == saved.combine
        assert scorer.activation == saved.activation
        for name, array in saved.parameters.items():
            assert (scorer.parameters[name] == array).all()
    further = loaded.tables.further.words
    assert (further == tagger.tables.further.words).all()
    for scorer in loaded.scorers if len(further) else ():
        for array, saved_array in zip(scorer.fixed["word"], tagger.scorers[0].fixed["word"], strict=True):
            assert (array == saved_array).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_kept_with_its_parameters(
    name: str, tmp_path: Path, make_tagger: MakeTagger
) -> None:
    activation = ACTIVATIONS[name](k=0.3) if name == "leaky_relu" else ACTIVATIONS[name]()
    save_tagger(make_tagger(activation=activation), tmp_path / "m", {})
    assert load_tagger(tmp_path / "m").tagger.scorers[0].activation == activation


def test_keys_of_any_script_are_kept(tmp_path: Path, make_tagger: MakeTagger) -> None:
    keys = ["naïve", "北\u2028京", "\u0085", "a b", "\r"]
    save_tagger(make_tagger(words=keys), tmp_path / "m", {})
    assert load_tagger(tmp_path / "m").tagger.tables.vocabularies["word"].keys == keys


@pytest.mark.parametrize("names", [{"Paris", "São Paulo", "a\u2028b"}, {"Paris"}, set()])
def test_names_known_from_training_are_kept(names: set[str], tmp_path: Path, make_tagger: MakeTagger) -> None:
    save_tagger(make_tagger(known_names=frozenset(names)), tmp_path / "m", {})
    assert load_tagger(tmp_path / "m").tagger.known_names == names


def test_the_same_tagger_gives_the_same_bytes(tmp_path: Path, make_tagger: MakeTagger) -> None:
    names = [f"name {i}" for i in range(1000)]
    for name, known in (("a", names), ("b", names[::-1])):
        save_tagger(make_tagger(known_names=frozenset(known)), tmp_path / name, CONFIG)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_name_of_a_file_is_taken_as_it_is(tmp_path: Path, make_tagger: MakeTagger) -> None:
    save_tagger(make_tagger(), tmp_path / "tagger", {})
    assert [path.name for path in tmp_path.iterdir()] == ["tagger"]


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path, make_tagger: MakeTagger) -> None:
    path = tmp_path / "missing" / "model.npz"
    message = f"{path}: cannot be written (No such file or directory); choose another place with --output"
    with pytest.raises(WinclsError, match=exactly(message)):
        save_tagger(make_tagger(), path, {})


# Damage.


def load_or_refuse(path: Path) -> Tagger | None:
    """The tagger, or None if the file is refused in one line; anything else fails the test."""
    try:
        return load_tagger(path).tagger
    except ModelError as error:
        assert str(error).startswith(f"{path}: ")
        assert "\n" not in str(error)
        return None


def test_a_file_cut_short_anywhere_is_refused(model: Path) -> None:
    whole = model.read_bytes()
    for size in [*range(0, 200), *range(200, len(whole), 41), *range(len(whole) - 100, len(whole))]:
        model.write_bytes(whole[:size])
        assert load_or_refuse(model) is None, size


@pytest.mark.parametrize("compressed", [False, True])  # by somebody who repacked it
def test_a_flipped_bit_is_refused_or_does_no_harm(model: Path, compressed: bool) -> None:
    if compressed:
        with np.load(model) as archive:
            arrays = dict(archive)
        np.savez_compressed(model, **arrays)
    whole = model.read_bytes()
    expected = load_tagger(model).tagger.tag(SENTENCES)
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
    expected = load_tagger(model).tagger.tag(SENTENCES)
    directory = whole.index(b"PK\x01\x02")
    for place in range(directory, directory + 46):  # the fixed part of its first entry
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            model.write_bytes(damaged)
            tagger = load_or_refuse(model)
            assert tagger is None or tagger.tag(SENTENCES) == expected, (place, bit)


def test_random_bytes_behind_the_magic_number_are_refused(tmp_path: Path) -> None:
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


NO_MODEL = "an archive, but no model file of wincls; give the model.npz of a training"


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
    for name in ("settings", "keys/word", "0/U", "first/A"):
        path = model.with_name("m.npz")
        with zipfile.ZipFile(model) as whole, zipfile.ZipFile(path, "w") as changed:
            for each in whole.namelist():
                changed.writestr(each, b"{}" if each == f"{name}.npy" else whole.read(each))
        assert load_or_refuse(path) is None, name


def test_another_version_is_refused(model: Path) -> None:
    change(model, lambda settings, arrays: settings.update(version=1))
    message = f"{model}: model format 1; this program reads 5; train the model anew"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(model)


class Bomb:
    """Makes a file if it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["settings", "keys/word", "0/U", "first/A", "extra"])
def test_objects_are_never_unpickled(model: Path, name: str) -> None:
    traces = model.with_name("exploded")
    with np.load(model) as archive:
        arrays = {each: archive[each] for each in archive.files}
    np.savez(model, **(arrays | {name: np.array([Bomb(traces)], dtype=object)}))
    message = f"{model}: not a model that this program can read (Object arrays cannot be loaded"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}"):
        load_tagger(model)
    assert not traces.exists()


def exchange(path: Path, part: str, value: Any) -> None:
    """Exchange an array ("0/U") or a setting ("window") of a model."""
    if "/" in part:
        change(path, lambda settings, arrays: arrays.update({part: np.asarray(value)}))
    else:
        change(path, lambda settings, arrays: settings.update({part: value}))


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("0/W1", np.zeros((6, 28), np.float32), "W1 is (6, 28), expected (6, 27)"),
        ("0/U", np.zeros((6, 9), np.float32), "U is (6, 9), expected (6, 8)"),
        ("0/c", np.zeros(9, np.float32), "U is (6, 8), expected (6, 9)"),
        ("0/L.word", np.zeros((6, 3), np.float32), "L.word is (6, 3), expected (7, 3)"),
        ("0/L.caps", np.zeros((6, 2), np.float32), "W1 is (6, 27), expected (6, 24)"),
        ("0/X", np.zeros(1, np.float32), "X is (1,), expected None"),
        ("passage", 0, "no such passage"),
        ("temperature", 0, "no such temperature"),
        ("temperature", float("nan"), "no such temperature"),
        ("second/A", np.zeros((9, 9)), "the calibrator does not fit the labels"),
        ("second/b", np.full(9, np.nan), "the calibrator's numbers are not finite"),
        ("0/b1", np.zeros(6), "parameters are not finite 32-bit numbers"),
        ("0/b1", np.full(6, np.nan, np.float32), "parameters are not finite 32-bit numbers"),
        ("first/A", np.zeros((9, 9)), "the calibrator does not fit the labels"),
        ("second/rates", np.zeros(9), "no such rates of types"),
        ("second/rates", np.array([0.9, 0.1, 0.0]), "no such rates of types"),
        ("second/rates", np.full(3, np.nan), "no such rates of types"),
        ("first/b", np.zeros(8), "the calibrator does not fit the labels"),
        ("keys/word", np.frombuffer(b"a", np.uint8), "L.word is (7, 3), expected (3, 3)"),
        ("of_taggings", "false", "of_taggings is neither true nor false"),
        ("of_taggings", None, "of_taggings is neither true nor false"),
        ("window", 101, "no such window"),
        ("window", -1, "no such window"),
        ("window", 2, "W1 is (6, 27), expected (6, 45)"),
        ("combine", "sum", "no such window"),
        ("combine", "mean", "W1 is (6, 27), expected (6, 9)"),
        ("types", ["LOC"], "U is (6, 8), expected (6, 4)"),
        ("scheme", "BIO", "U is (6, 8), expected (6, 4)"),
        ("scheme", "IOE", "'IOE'"),
        ("activation", {"name": "step"}, "'step'"),
        ("tables", ["word", "caps", "suffix1", "shape"], "'keys/shape'"),
    ],
)
def test_parts_that_do_not_fit_are_refused(model: Path, part: str, value: Any, reason: str) -> None:
    exchange(model, part, value)
    message = f"{model}: not a model that this program can read ({reason}); train it anew"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(model)


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("1/X", np.zeros(1, np.float32), "X is (1,), expected None"),
        ("1/b1", np.zeros(3, np.float32), "W1 is (6, 27), expected (3, 27)"),
        ("1/L.word", np.zeros((6, 3), np.float32), "L.word is (6, 3), expected (7, 3)"),
        ("1/U", np.full((6, 8), np.inf, np.float32), "parameters are not finite 32-bit numbers"),
        ("networks", 0, "no such number of networks"),
        ("networks", 17, "no such number of networks"),
        ("networks", 3, "'L.word'"),
        ("further/words", np.array([b"b", b"a", b"c"]), "further words are not in order"),
        ("further/words", np.array([b"a", b"a", b"c"]), "further words are not in order"),
        ("further/words", np.array(["a", "b", "c"]), "further words are not in order"),
        ("further/words", np.array([b"a", b"b"]), "further vectors do not fit their words"),
        ("further/codes", np.zeros((3, 3), np.float32), "further vectors are of another type"),
        ("further/codes", np.zeros((3, 4), np.int8), "further vectors are of another dimension"),
        ("further/codes", np.zeros((2, 3), np.int8), "further vectors are of another dimension"),
        ("further/scales", np.ones(3), "further vectors are of another type"),
        ("further/scales", np.full(3, np.nan, np.float32), "further vectors do not fit their words"),
        ("further/scales", np.full(3, 3e38, np.float32), "further vectors do not fit their words"),
    ],
)
def test_networks_and_further_words_that_do_not_fit_are_refused(
    tmp_path: Path, make_tagger: MakeTagger, part: str, value: Any, reason: str
) -> None:
    path = tmp_path / "m.npz"
    save_tagger(make_tagger(networks=2, further=["rome", "oslo", "lima"]), path, CONFIG)
    exchange(path, part, value)
    with pytest.raises(
        ModelError, match=exactly(f"{path}: not a model that this program can read ({reason}); train it anew")
    ):
        load_tagger(path)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("0/b1", 0.0),
        ("0/b1", np.zeros(7, np.float32)),
        ("first/A", np.full((9, 8), np.nan)),
        ("first/b", np.full(9, np.inf)),
        ("first/b", np.full(9, "x")),
        ("keys/word", np.array([255], np.uint8)),
        ("window", float("inf")),
        ("window", None),
        ("types", None),
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
        "types",
        "window",
        "passage",
        "temperature",
        "of_taggings",
        "networks",
        "combine",
        "activation",
        "tables",
        "config",
    ],
)
def test_a_missing_setting_is_refused(model: Path, name: str) -> None:
    change(model, lambda settings, arrays: settings.pop(name))
    message = f"{model}: not a model that this program can read ('{name}'); train it anew"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(model)


def test_networks_with_and_without_a_score_for_outside_are_refused(
    tmp_path: Path, make_tagger: MakeTagger
) -> None:
    path = tmp_path / "m.npz"
    save_tagger(make_tagger(networks=2), path, CONFIG)

    def edit(settings: dict[str, Any], arrays: Arrays) -> None:
        arrays["1/U"], arrays["1/c"] = np.zeros((6, 9), np.float32), np.zeros(9, np.float32)

    change(path, edit)
    reason = "not all networks have a score for O"
    message = f"{path}: not a model that this program can read ({reason}); train it anew"
    with pytest.raises(ModelError, match=exactly(message)):
        load_tagger(path)


def test_very_many_types_are_refused_at_once(model: Path) -> None:
    """Before anything is made that grows with their square."""
    exchange(model, "types", [f"type{n}" for n in range(100_000)])
    with pytest.raises(ModelError, match="U is"):
        load_tagger(model)


def test_a_missing_array_is_refused(model: Path) -> None:
    whole = model.read_bytes()
    with np.load(model) as archive:
        names = sorted(set(archive.files) - {"settings"})
    for name in names:
        model.write_bytes(whole)
        change(model, lambda settings, arrays, name=name: arrays.pop(name))
        assert load_or_refuse(model) is None, name
