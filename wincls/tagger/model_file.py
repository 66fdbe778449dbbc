"""The model file: one .npz with everything that tagging needs, and without executable content.

The file is a zip of plain arrays. Strings are arrays of UTF-8 bytes: the settings as JSON, the vocabularies
with one key per line. The file is read without pickle, so a file from a stranger cannot execute code.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.config import MAX_ENSEMBLE
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.errors import ModelError, WinclsError
from wincls.features.tables import TokenTables
from wincls.features.vocabulary import SortedWords, Vocabulary
from wincls.files import open_binary, replacing
from wincls.network.activations import ACTIVATIONS
from wincls.network.embedding import QuantizedRows
from wincls.network.scorer import Scorer
from wincls.network.window import COMBINE
from wincls.options import build, name_of, plain
from wincls.tagger.calibration import Calibration
from wincls.tagger.plain import Plain
from wincls.tagger.platt import PlattScaling
from wincls.tagger.tagger import Tagger

FORMAT = "wincls model"
VERSION = 7


class Model(NamedTuple):
    """A tagger, and the configuration that it was trained with, as a plain mapping."""

    tagger: Tagger
    config: dict[str, Any]


def save_model(model: Model, path: str | Path) -> None:
    """Write a model file. The same model always gives the same bytes.

    Raises WinclsError if it cannot be written.
    """
    with replacing(path) as file:
        write_model(model, file)


def write_model(model: Model, file: BinaryIO) -> None:
    """Write a model to an open file."""
    tagger, config = model
    scorer = tagger.ensemble[0]
    decision, decision_arrays = decision_parts(tagger.decision)
    settings = {
        "format": FORMAT,
        "version": VERSION,
        "scheme": tagger.tag_set.scheme.name,
        "labels": list(tagger.labels),
        "window": tagger.window,
        "combine": scorer.combine,
        "activation": {"name": name_of(ACTIVATIONS, scorer.activation), **plain(scorer.activation)},
        "tables": list(tagger.tables.names),
        "ensemble": len(tagger.ensemble),
        "decision": decision,
        "config": config,
    }
    arrays = {"settings": _bytes(json.dumps(settings, ensure_ascii=False))}
    arrays["seen"] = _bytes("\n".join(sorted(tagger.seen)))
    for table, vocabulary in tagger.tables.vocabularies.items():
        arrays[f"keys/{table}"] = _bytes("\n".join(vocabulary.keys))
    arrays["pretrained/words"] = tagger.tables.pretrained.words
    if len(tagger.tables.pretrained):
        arrays["pretrained/codes"], arrays["pretrained/scales"] = scorer.quantized["word"]
    for number, member in enumerate(tagger.ensemble):
        for name, array in member.parameters.items():
            arrays[f"{number}/{name}"] = np.ascontiguousarray(array)
    arrays |= decision_arrays
    np.savez(file, **arrays)  # type: ignore[arg-type]


def load_model(path: str | Path) -> Model:
    """Read a model file.

    Raises ModelError if the file is damaged, has another format or version, or contains pickled objects, and
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
            return _model_from(arrays, str(path))
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, MemoryError, RuntimeError) as error:
            raise ModelError(f"{path}: damaged model file ({error}); copy it or train it again") from None
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ModelError(
                f"{path}: not a model that this program can read ({reason}); train it again"
            ) from None


def load_tagger(path: str | Path) -> Tagger:
    """Read the tagger of a model file. Raises the same errors as :func:`load_model`."""
    return load_model(path).tagger


def _model_from(arrays: dict[str, Array], path: str) -> Model:
    settings = json.loads(_string(arrays["settings"])) if "settings" in arrays else {}
    if not isinstance(settings, dict) or settings.get("format") != FORMAT:
        raise ModelError(
            f"{path}: an archive, but not a model file of wincls; give the model.npz of a training"
        )
    if settings["version"] != VERSION:
        raise ModelError(
            f"{path}: model format {settings['version']}; this program reads {VERSION}; train the model again"
        )
    vocabularies = {
        table: Vocabulary(text.split("\n") if (text := _string(arrays[f"keys/{table}"])) else [])
        for table in settings["tables"]
    }
    chosen = dict(settings["activation"])
    try:
        activation = build(ACTIVATIONS[chosen.pop("name")], chosen)
    except WinclsError as error:
        raise ValueError(str(error)) from None
    if not 1 <= int(settings["ensemble"]) <= MAX_ENSEMBLE:
        raise ValueError("ensemble is out of range")
    pretrained, quantized = _pretrained(arrays)
    ensemble = [
        Scorer(
            _parameters(arrays, number), tuple(vocabularies), activation, settings["combine"],
            quantized=quantized,
        )
        for number in range(int(settings["ensemble"]))
    ]  # fmt: skip
    scheme, labels, window = SCHEMES[settings["scheme"]], settings["labels"], int(settings["window"])
    n_tags = len(
        scheme.tags(labels)
    )  # checked before the tag set is built, whose memory grows with the square of this
    for scorer in ensemble:
        _check_scorer(scorer, vocabularies, n_tags, window)
    if any(scorer.labels != ensemble[0].labels for scorer in ensemble):
        raise ValueError("not all ensemble members have a score for O")
    tag_set = TagSet(scheme, labels)
    decision = decision_from(settings["decision"], arrays)
    if isinstance(decision, Calibration):
        _check_calibration(decision, ensemble[0].labels, tag_set)
    seen = frozenset(filter(None, _string(arrays["seen"]).split("\n")))
    tables = TokenTables(vocabularies, pretrained)
    tagger = Tagger(tables, ensemble, tag_set, decision, window, seen)
    return Model(tagger, dict(settings["config"]))


def _parameters(arrays: dict[str, Array], number: int) -> dict[str, Array]:
    """The parameters of one ensemble member."""
    prefix = f"{number}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _pretrained(arrays: dict[str, Array]) -> tuple[SortedWords, dict[str, QuantizedRows]]:
    """The words that have a pretrained vector but are not in the training data, and their vectors."""
    words = arrays["pretrained/words"]
    if words.dtype.kind != "S" or words.ndim != 1 or not (words[1:] > words[:-1]).all():
        raise ValueError("pretrained words are not in order")
    if not len(words):
        return SortedWords(words), {}
    vectors = QuantizedRows(arrays["pretrained/codes"], arrays["pretrained/scales"])
    if vectors.codes.dtype != np.int8 or vectors.scales.dtype != np.float32:
        raise ValueError("pretrained vectors have another data type")
    if vectors.scales.shape != words.shape or not (np.abs(vectors.scales) <= 1e30).all():
        raise ValueError("pretrained vectors do not match their words")
    return SortedWords(words), {"word": vectors}


def _check_scorer(scorer: Scorer, tables: dict[str, Vocabulary], tags: int, window: int) -> None:
    """Raise ValueError unless the shapes of all arrays match, so that tagging cannot fail later."""
    parameters = scorer.parameters
    if not all(array.dtype == np.float32 and np.isfinite(array).all() for array in parameters.values()):
        raise ValueError("parameters are not finite 32-bit numbers")
    expected: dict[str, tuple[int, ...]] = {}
    token = 0
    for table, vocabulary in tables.items():
        dimension = parameters[f"L.{table}"].shape[1]
        quantized = scorer.quantized.get(table)
        if quantized and quantized.codes.shape != (len(quantized.scales), dimension):
            raise ValueError("pretrained vectors have another dimension")
        expected[f"L.{table}"] = (len(vocabulary), dimension)
        token += dimension
    if scorer.combine not in COMBINE or not 0 <= window <= 100:
        raise ValueError("window is out of range")
    width = token * (2 * window + 1 if scorer.combine == "concatenate" else 1)
    for k, units in enumerate(scorer.hidden, start=1):
        expected |= {f"W{k}": (units, width), f"b{k}": (units,)}
        width = units
    # O may have a score. With an output bias, it always has one.
    has_outside = "c" in parameters or parameters["U"].shape[1:] == (tags,)
    expected["U"] = (width, tags if has_outside else tags - 1)
    if "c" in parameters:
        expected["c"] = (tags,)
    found = {name: array.shape for name, array in parameters.items()}
    if found != expected:
        name = next(each for each in [*found, *expected] if found.get(each) != expected.get(each))
        raise ValueError(f"{name} is {found.get(name)}, expected {expected.get(name)}")


def decision_parts(decision: Calibration | Plain) -> tuple[dict[str, Any], dict[str, Array]]:
    """A decision as plain settings and arrays by name, for storage."""
    if isinstance(decision, Plain):
        return {"name": "plain", "threshold": decision.threshold}, {}
    first, second, shares, context_tokens, temperature = decision
    settings = {"name": "calibrated", "context_tokens": context_tokens, "temperature": temperature}
    arrays = {"type_shares": shares}
    for stage, platt in (("first", first), ("second", second)):
        arrays[f"platt/{stage}/A"], arrays[f"platt/{stage}/b"] = platt
    return settings, arrays


def decision_from(settings: Mapping[str, Any], arrays: Mapping[str, Array]) -> Calibration | Plain:
    """The decision from the result of :func:`decision_parts`.

    Raises ValueError or LookupError if it is damaged.
    """
    if settings["name"] == "plain":
        threshold = settings["threshold"]
        if threshold is not None and not math.isfinite(float(threshold)):
            raise ValueError("threshold is not finite")
        return Plain(None if threshold is None else float(threshold))
    if settings["name"] != "calibrated":
        raise ValueError("unknown decision")
    first, second = (
        PlattScaling(arrays[f"platt/{stage}/A"], arrays[f"platt/{stage}/b"]) for stage in ("first", "second")
    )
    context_tokens, temperature = int(settings["context_tokens"]), float(settings["temperature"])
    return Calibration(first, second, arrays["type_shares"], context_tokens, temperature)


def _check_calibration(calibration: Calibration, scores: int, tag_set: TagSet) -> None:
    """Raise ValueError unless the calibration matches the number of scores and the tags."""
    tags = len(tag_set)
    if not 1 <= calibration.context_tokens < 2**31:
        raise ValueError("context_tokens is out of range")
    if not 0.01 <= calibration.temperature <= 100:
        raise ValueError("temperature is out of range")
    for platt, inputs in ((calibration.first, scores), (calibration.second, scores + tags)):
        if platt.A.shape != (tags, inputs) or platt.b.shape != (tags,):
            raise ValueError("the calibration does not fit the labels")
        if not (np.isfinite(platt.A).all() and np.isfinite(platt.b).all()):
            raise ValueError("the calibration is not finite")
    shares = calibration.shares
    if shares.shape != (len(tag_set.labels) + 1,) or not ((shares > 0) & (shares <= 1)).all():
        raise ValueError("the shares of the types are out of range")


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def _string(array: Array) -> str:
    return array.astype(np.uint8, copy=False).tobytes().decode("utf-8")
