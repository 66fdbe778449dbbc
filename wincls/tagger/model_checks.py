"""What fits what in a model file, so that a tagger that was read cannot fail later."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wincls.arrays import Array
from wincls.config import MAX_ENSEMBLE, MAX_WINDOW
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import MAX_LABELS
from wincls.features.vocabulary import SortedWords
from wincls.network.embedding import QuantizedRows
from wincls.network.scorer import Scorer
from wincls.network.window import COMBINE
from wincls.tagger.archive import Layout
from wincls.tagger.model_decision import LARGEST, decision_layouts
from wincls.visible import visible

_TABLE = re.compile(r"word|caps|shape|(?:prefix|suffix)[1-9]")
_LONGEST_LABEL = 200  # characters


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise ValueError or LookupError unless each setting by itself is one that a model can have."""
    for name, low, high in (("ensemble", 1, MAX_ENSEMBLE), ("window", 0, MAX_WINDOW)):
        if type(settings[name]) is not int or not low <= settings[name] <= high:
            raise ValueError(f"{name} is out of range")
    if settings["combine"] not in COMBINE:
        raise ValueError("unknown combine")
    if not isinstance(settings["scheme"], str) or settings["scheme"] not in SCHEMES:
        raise ValueError("unknown scheme")
    for name in ("config", "provenance", "activation", "decision", "tokenizer"):
        if not isinstance(settings[name], dict):
            raise ValueError(f"{name} is not a mapping")
    _check_names("labels", settings["labels"], MAX_LABELS)
    _check_names("tables", settings["tables"], 100)
    if not settings["tables"] or not all(map(_TABLE.fullmatch, settings["tables"])):
        raise ValueError("unknown table")
    for label in settings["labels"]:
        if not label or len(label) > _LONGEST_LABEL or visible(label) != label:
            raise ValueError("a label is empty, too long, or has control characters")


def _check_names(name: str, names: Any, most: int) -> None:
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise ValueError(f"{name} is not a list of names")
    if len(names) > most:
        raise ValueError(f"{len(names):,} {name}; at most {most:,}")
    if len(set(names)) != len(names):
        raise ValueError(f"one of the {name} is there twice")


def check_layouts(settings: Mapping[str, Any], declared: Mapping[str, Layout]) -> dict[str, Layout]:
    """The arrays of a model with these settings, in order.

    Sizes that the settings leave open, such as the units of a layer, are those declared.

    Raises ValueError if others are declared.
    """
    layouts = {}
    for name in ("seen", *(f"keys/{table}" for table in settings["tables"])):
        layouts[name] = Layout("|u1", _shape(declared, name, 1))
    (words,) = _shape(declared, "pretrained/words", 1)
    spelling = declared["pretrained/words"].dtype
    layouts["pretrained/words"] = Layout(spelling if spelling.startswith("|S") else "|S1", (words,))
    if words:
        _, dimension = _shape(declared, "0/L.word", 2)
        layouts["pretrained/codes"] = Layout("|i1", (words, dimension))
        layouts["pretrained/scales"] = Layout("<f4", (words,))
    tags = len(SCHEMES[settings["scheme"]].tags(settings["labels"]))
    outputs = []
    for member in range(settings["ensemble"]):
        shapes = _parameter_shapes(settings, declared, f"{member}/", tags)
        outputs.append(shapes["U"][1])
        layouts |= {f"{member}/{name}": Layout("<f4", shape) for name, shape in shapes.items()}
    if len(set(outputs)) > 1:
        raise ValueError("not all ensemble members have a score for O")
    layouts |= decision_layouts(settings["decision"], outputs[0], tags, len(settings["labels"]))
    for name in [*layouts, *declared]:
        if name not in layouts or name not in declared:
            raise ValueError(f"{name} is {'missing' if name in layouts else 'not expected'}")
        if layouts[name] != declared[name]:
            raise ValueError(f"{name} is {declared[name]}, expected {layouts[name]}")
    return layouts


def _parameter_shapes(
    settings: Mapping[str, Any], declared: Mapping[str, Layout], prefix: str, tags: int
) -> dict[str, tuple[int, ...]]:
    """The shapes of a scorer's parameters by name, in the order of its layers."""
    shapes: dict[str, tuple[int, ...]] = {}
    for table in settings["tables"]:
        shapes[f"L.{table}"] = _shape(declared, f"{prefix}L.{table}", 2)
    width = sum(shape[1] for shape in shapes.values())
    if settings["combine"] == "concatenate":
        width *= 2 * settings["window"] + 1
    k = 1
    while f"{prefix}b{k}" in declared:
        (units,) = _shape(declared, f"{prefix}b{k}", 1)
        shapes |= {f"W{k}": (units, width), f"b{k}": (units,)}
        width, k = units, k + 1
    # O has a score or none; where there is an output bias, it has.
    has_bias = f"{prefix}c" in declared
    has_outside = has_bias or _shape(declared, f"{prefix}U", 2)[1] == tags
    shapes["U"] = (width, tags if has_outside else tags - 1)
    if has_bias:
        shapes["c"] = (tags,)
    if not all(size for shape in shapes.values() for size in shape) and tags > 1:
        raise ValueError("a parameter is empty")
    return shapes


def _shape(declared: Mapping[str, Layout], name: str, dimensions: int) -> tuple[int, ...]:
    if name not in declared:
        raise ValueError(f"{name} is missing")
    if len(declared[name].shape) != dimensions:
        raise ValueError(f"{name} is {declared[name]}, expected {dimensions} dimension(s)")
    return declared[name].shape


def check_keys(table: str, keys: Sequence[str], rows: int) -> None:
    """Raise ValueError unless there is a row for each key, after padding and unknown."""
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key of {table} is there twice")
    if rows != len(keys) + 2:
        raise ValueError(f"L.{table} has {rows:,} rows, expected {len(keys) + 2:,}")


def check_pretrained(words: SortedWords) -> None:
    """Raise ValueError unless words can be searched by bisection."""
    if not (words.words[1:] > words.words[:-1]).all():
        raise ValueError("pretrained words are not in order")


def largest_score(scorer: Scorer) -> float:
    """A bound of the absolute values of a scorer's inputs, hidden units and scores.

    It takes the largest number of each dimension of a table for every word, and adds up absolute
    values. All activations satisfy |f(z)| <= max(1, |z|).

    Raises ValueError if it is above LARGEST, or a parameter is not finite.
    """
    parameters = scorer.parameters
    with np.errstate(over="ignore", invalid="ignore"):
        x = np.concatenate([_largest(parameters[f"L.{t}"], scorer.quantized.get(t)) for t in scorer.tables])
        bounds = [float(x.max(initial=0))]
        layers = [(parameters[f"W{k}"], parameters[f"b{k}"]) for k in range(1, len(scorer.hidden) + 1)]
        for W, b in [*layers, (parameters["U"].T, parameters.get("c", np.zeros(1)))]:
            if len(x) < W.shape[1]:  # the vector of a token, once for each position of the window
                x = np.tile(x, W.shape[1] // len(x))
            x = np.maximum(np.abs(W).astype(float) @ x + np.abs(b), 1.0)
            bounds.append(float(x.max(initial=0)))
    if not all(bound <= LARGEST for bound in bounds):  # NaN is not
        raise ValueError("parameters are not finite, or so large that scores overflow")
    return bounds[-1]


def _largest(matrix: Array, quantized: QuantizedRows | None) -> Array:
    """(dimension,) of the absolute values in each dimension of a table."""
    largest = np.maximum(matrix.max(axis=0), -matrix.min(axis=0)).astype(float)
    if quantized and len(quantized.scales):
        largest = np.maximum(largest, 128 * float(np.abs(quantized.scales).max()))
    return largest
