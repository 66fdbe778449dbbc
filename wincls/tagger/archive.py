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
from wincls.features.vocabulary import SortedWords, Vocabulary
from wincls.files import open_binary, replacing
from wincls.network.activations import ACTIVATIONS
from wincls.network.scorer import COMBINE, MOST_NETWORKS, FixedRows, Scorer
from wincls.options import build, plain
from wincls.tagger.calibration import Calibrator
from wincls.tagger.decoding import Decoder
from wincls.tagger.tagger import Tagger
from wincls.tagger.two_stage import TwoStageCalibrator

Array = np.ndarray

FORMAT = "wincls model"
VERSION = 5


def save_tagger(tagger: Tagger, path: str | Path, config: dict[str, Any]) -> None:
    """Write a model file; the same tagger and config give the same bytes."""
    activation = tagger.scorers[0].activation
    name = next(key for key, each in ACTIVATIONS.items() if type(activation) is each)
    settings = {
        "format": FORMAT,
        "version": VERSION,
        "scheme": tagger.decoder.scheme.name,
        "types": list(tagger.decoder.types),
        "window": tagger.window,
        "passage": tagger.calibrator.passage,
        "temperature": tagger.calibrator.temperature,
        "of_taggings": tagger.calibrator.of_taggings,
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
    arrays["further/words"] = tagger.tables.further.words
    if len(tagger.tables.further):
        arrays["further/codes"], arrays["further/scales"] = tagger.scorers[0].fixed["word"]
    for number, scorer in enumerate(tagger.scorers):
        for name, array in scorer.parameters.items():
            arrays[f"{number}/{name}"] = np.ascontiguousarray(array)
    for stage, calibrator in (("first", tagger.calibrator.first), ("second", tagger.calibrator.second)):
        arrays[f"{stage}/A"], arrays[f"{stage}/b"] = calibrator
    arrays["second/rates"] = tagger.calibrator.rates
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
    if not 1 <= int(settings["networks"]) <= MOST_NETWORKS:
        raise ValueError("no such number of networks")
    further, fixed = _further(arrays)
    scorers = [
        Scorer(_parameters(arrays, number), tuple(tables), activation, settings["combine"], fixed=fixed)
        for number in range(int(settings["networks"]))
    ]
    first, second = (Calibrator(arrays[f"{stage}/A"], arrays[f"{stage}/b"]) for stage in ("first", "second"))
    passage, temperature = int(settings["passage"]), float(settings["temperature"])
    scheme, types, window = SCHEMES[settings["scheme"]], tuple(settings["types"]), int(settings["window"])
    names = frozenset(filter(None, _text(arrays["names"]).split("\n")))
    tags = len(scheme.tags(types))
    for scorer in scorers:
        _check_scorer(scorer, tables, tags, window)
    scores = scorers[0].parameters["U"].shape[1]
    if any(scorer.parameters["U"].shape[1] != scores for scorer in scorers):
        raise ValueError("not all networks have a score for O")
    if not isinstance(settings["of_taggings"], bool):
        raise ValueError("of_taggings is neither true nor false")
    calibrator = TwoStageCalibrator(
        first,
        second,
        passage,
        arrays["second/rates"],
        Decoder(scheme, types),
        settings["of_taggings"],
        temperature,
    )
    _check_calibrator(calibrator, scores, tags)
    tagger = Tagger(TokenTables(tables, further), scorers, calibrator, window, names)
    return Loaded(tagger, dict(settings["config"]))


def _parameters(arrays: dict[str, Array], number: int) -> dict[str, Array]:
    """The parameters of one network."""
    prefix = f"{number}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _further(arrays: dict[str, Array]) -> tuple[SortedWords, dict[str, FixedRows]]:
    """The words that have a vector but were not trained on, and their vectors."""
    words = arrays["further/words"]
    if words.dtype.kind != "S" or words.ndim != 1 or not (words[1:] > words[:-1]).all():
        raise ValueError("further words are not in order")
    if not len(words):
        return SortedWords(words), {}
    vectors = FixedRows(arrays["further/codes"], arrays["further/scales"])
    if vectors.codes.dtype != np.int8 or vectors.scales.dtype != np.float32:
        raise ValueError("further vectors are of another type")
    if vectors.scales.shape != words.shape or not (np.abs(vectors.scales) <= 1e30).all():
        raise ValueError("further vectors do not fit their words")
    return SortedWords(words), {"word": vectors}


def _check_scorer(scorer: Scorer, tables: dict[str, Vocabulary], tags: int, window: int) -> None:
    """Raise ValueError unless all arrays fit each other, so that tagging cannot fail later."""
    parameters = scorer.parameters
    if not all(array.dtype == np.float32 and np.isfinite(array).all() for array in parameters.values()):
        raise ValueError("parameters are not finite 32-bit numbers")
    expected: dict[str, tuple[int, ...]] = {}
    token = 0
    for table, vocabulary in tables.items():
        dimension = parameters[f"L.{table}"].shape[1]
        fixed = scorer.fixed.get(table)
        if fixed and fixed.codes.shape != (len(fixed.scales), dimension):
            raise ValueError("further vectors are of another dimension")
        expected[f"L.{table}"] = (len(vocabulary), dimension)
        token += dimension
    if scorer.combine not in COMBINE or not 0 <= window <= 100:
        raise ValueError("no such window")
    width = token * (2 * window + 1 if scorer.combine == "concatenate" else 1)
    for k in range(1, scorer.hidden_layers + 1):
        units = len(parameters[f"b{k}"])
        expected |= {f"W{k}": (units, width), f"b{k}": (units,)}
        width = units
    scores = tags if "c" in parameters else tags - 1
    expected["U"] = (width, scores)
    if "c" in parameters:
        expected["c"] = (scores,)
    found = {name: array.shape for name, array in parameters.items()}
    if found != expected:
        name = next(each for each in [*found, *expected] if found.get(each) != expected.get(each))
        raise ValueError(f"{name} is {found.get(name)}, expected {expected.get(name)}")


def _check_calibrator(calibrator: TwoStageCalibrator, scores: int, tags: int) -> None:
    """Raise ValueError unless the calibrator fits so many scores and tags."""
    if not 1 <= calibrator.passage < 2**31:
        raise ValueError("no such passage")
    if not 0.01 <= calibrator.temperature <= 100:
        raise ValueError("no such temperature")
    rates = calibrator.rates
    if rates.shape != (len(calibrator.decoder.types) + 1,) or not ((rates > 0) & (rates <= 1)).all():
        raise ValueError("no such rates of types")
    second_scores = tags - 1 if calibrator.of_taggings else scores
    for stage, inputs in ((calibrator.first, scores), (calibrator.second, second_scores + tags)):
        if stage.A.shape != (tags, inputs) or stage.b.shape != (tags,):
            raise ValueError("the calibrator does not fit the labels")
        if not (np.isfinite(stage.A).all() and np.isfinite(stage.b).all()):
            raise ValueError("the calibrator's numbers are not finite")


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def _text(array: Array) -> str:
    return array.astype(np.uint8, copy=False).tobytes().decode("utf-8")
