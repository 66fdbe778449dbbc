"""The model file: one .npz that holds everything tagging needs, and nothing that could run.

It is a zip of plain arrays. Texts (settings as JSON, vocabularies one key a line) are arrays of
UTF-8 bytes. It is read with pickling off, so a file from a stranger cannot execute anything.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wincls.corpus.schemes import SCHEMES
from wincls.errors import ModelError, WinclsError
from wincls.features.lookup import TokenTables
from wincls.features.vocabulary import Vocabulary
from wincls.files import open_binary, replacing
from wincls.network.activations import ACTIVATIONS
from wincls.network.scorer import COMBINE, MOST_NETWORKS, Scorer
from wincls.options import build, plain
from wincls.tagger.calibration import Calibrator
from wincls.tagger.tagger import Tagger, tag_names
from wincls.tagger.two_stage import TwoStageCalibrator

Array = np.ndarray

FORMAT = "wincls model"
VERSION = 2


def save_tagger(tagger: Tagger, path: str | Path, config: dict[str, Any]) -> None:
    """Write a model file; the same tagger and config give the same bytes."""
    activation = tagger.scorers[0].activation
    name = next(key for key, each in ACTIVATIONS.items() if type(activation) is each)
    settings = {
        "format": FORMAT,
        "version": VERSION,
        "scheme": tagger.scheme.name,
        "types": list(tagger.types),
        "window": tagger.window,
        "passage": tagger.calibrator.passage,
        "temperature": tagger.calibrator.temperature,
        "combine": tagger.scorers[0].combine,
        "activation": {"name": name, **plain(activation)},
        "tables": list(tagger.tables.names),
        "networks": len(tagger.scorers),
        "config": config,
    }
    arrays = {"settings": _bytes(json.dumps(settings, ensure_ascii=False))}
    arrays["names"] = _bytes("\n".join(sorted(tagger.known_names)))
    for table, vocabulary in tagger.tables.vocabularies.items():
        arrays[f"keys/{table}"] = _bytes("\n".join(vocabulary.keys))
    first, *others = (scorer.parameters for scorer in tagger.scorers)
    arrays |= {f"0/{name}": np.ascontiguousarray(array) for name, array in first.items()}
    for number, parameters in enumerate(others, start=1):
        for name, array in parameters.items():
            # Words that did not occur in training have the same vector in all networks.
            rows = np.flatnonzero((array != first[name]).reshape(len(array), -1).any(axis=1))
            arrays[f"{number}/{name}"] = array[rows]
            arrays[f"{number}/{name}/rows"] = rows.astype(np.int32)
    for stage, calibrator in (("first", tagger.calibrator.first), ("second", tagger.calibrator.second)):
        arrays[f"{stage}/A"], arrays[f"{stage}/b"] = calibrator
    with replacing(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


class Loaded(NamedTuple):
    """A tagger and the plain configuration it was trained with."""

    tagger: Tagger
    config: dict[str, Any]


def load_tagger(path: str | Path) -> Loaded:
    """Read a model file.

    Raises ModelError if it is damaged, of another format or version, or holds objects;
    DataError if it cannot be opened.
    """
    with open_binary(path) as file:
        try:
            if file.read(2) != b"PK":
                raise ModelError(
                    f"{path}: not a model file of wincls; give the model.npz that training wrote"
                )
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            return _tagger_from(arrays, str(path))
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, MemoryError, RuntimeError) as error:
            raise ModelError(f"{path}: damaged model file ({error}); copy it again or train anew") from None
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ModelError(
                f"{path}: not a model that this program can read ({reason}); train it anew"
            ) from None


def _tagger_from(arrays: dict[str, Array], path: str) -> Loaded:
    settings = json.loads(_text(arrays["settings"])) if "settings" in arrays else {}
    if not isinstance(settings, dict) or settings.get("format") != FORMAT:
        raise ModelError(f"{path}: an archive, but no model file of wincls; give the model.npz of a training")
    if settings["version"] != VERSION:
        raise ModelError(
            f"{path}: model format {settings['version']}; this program reads {VERSION}; train the model anew"
        )
    tables = {
        table: Vocabulary(text.split("\n") if (text := _text(arrays[f"keys/{table}"])) else [])
        for table in settings["tables"]
    }
    chosen = dict(settings["activation"])
    try:
        activation = build(ACTIVATIONS[chosen.pop("name")], chosen)
    except WinclsError as error:
        raise ValueError(str(error)) from None
    scorers = [
        Scorer(parameters, tuple(tables), activation, settings["combine"])
        for parameters in _networks(arrays, int(settings["networks"]))
    ]
    stages = [Calibrator(arrays[f"{stage}/A"], arrays[f"{stage}/b"]) for stage in ("first", "second")]
    passage, temperature = int(settings["passage"]), float(settings["temperature"])
    calibrator = TwoStageCalibrator(stages[0], stages[1], passage, temperature)
    scheme, types = SCHEMES[settings["scheme"]], tuple(settings["types"])
    names = frozenset(filter(None, _text(arrays["names"]).split("\n")))
    for scorer in scorers:
        _check(scorer, tables, calibrator, tag_names(scheme, types), int(settings["window"]))
    tagger = Tagger(TokenTables(tables), scorers, calibrator, scheme, types, int(settings["window"]), names)
    return Loaded(tagger, dict(settings["config"]))


def _networks(arrays: dict[str, Array], networks: int) -> list[dict[str, Array]]:
    """The parameters of each network; a further one's are written where they differ from the first's."""
    first = {name.removeprefix("0/"): array for name, array in arrays.items() if name.startswith("0/")}
    if not 1 <= networks <= MOST_NETWORKS:
        raise ValueError("no such number of networks")
    found = [first]
    for number in range(1, networks):
        parameters = {}
        for name, array in first.items():
            rows, values = arrays[f"{number}/{name}/rows"], arrays[f"{number}/{name}"]
            fits = values.dtype == array.dtype and values.shape == (len(rows), *array.shape[1:])
            if not (fits and (rows >= 0).all() and (rows < len(array)).all()):
                raise ValueError(f"{number}/{name} does not fit its rows")
            parameters[name] = array.copy()
            parameters[name][rows] = values
        found.append(parameters)
    return found


def _check(
    scorer: Scorer,
    tables: dict[str, Vocabulary],
    calibrator: TwoStageCalibrator,
    tags: list[str],
    window: int,
) -> None:
    """Raise ValueError unless all arrays fit each other, so that tagging cannot fail later."""
    parameters = scorer.parameters
    if not all(array.dtype == np.float32 and np.isfinite(array).all() for array in parameters.values()):
        raise ValueError("parameters are not finite 32-bit numbers")
    expected: dict[str, tuple[int, ...]] = {}
    token = 0
    for table, vocabulary in tables.items():
        dimension = parameters[f"L.{table}"].shape[1]
        expected[f"L.{table}"] = (len(vocabulary), dimension)
        token += dimension
    if scorer.combine not in COMBINE or not 0 <= window <= 100:
        raise ValueError("no such window")
    width = token * (2 * window + 1 if scorer.combine == "concatenate" else 1)
    for k in range(1, scorer.hidden_layers + 1):
        units = len(parameters[f"b{k}"])
        expected |= {f"W{k}": (units, width), f"b{k}": (units,)}
        width = units
    scores = len(tags) if "c" in parameters else len(tags) - 1
    expected["U"] = (width, scores)
    if "c" in parameters:
        expected["c"] = (scores,)
    found = {name: array.shape for name, array in parameters.items()}
    if found != expected:
        name = next(each for each in found.keys() | expected.keys() if found.get(each) != expected.get(each))
        raise ValueError(f"{name} is {found.get(name)}, expected {expected.get(name)}")
    if not 1 <= calibrator.passage < 2**31:
        raise ValueError("no such passage")
    if not 0.01 <= calibrator.temperature <= 100:
        raise ValueError("no such temperature")
    for stage, inputs in ((calibrator.first, scores), (calibrator.second, scores + len(tags))):
        if stage.A.shape != (len(tags), inputs) or stage.b.shape != (len(tags),):
            raise ValueError("the calibrator does not fit the labels")
        if not (np.isfinite(stage.A).all() and np.isfinite(stage.b).all()):
            raise ValueError("the calibrator's numbers are not finite")


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def _text(array: Array) -> str:
    return array.astype(np.uint8, copy=False).tobytes().decode("utf-8")
