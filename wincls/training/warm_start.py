"""Warm start: training goes on from a model, as far as it fits the configuration.

Rows of tables are taken by key, hidden layers by shape, outputs by tag. A layer is of use only behind the
layers that it was trained with, so one is taken only if all layers before it are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wincls.errors import ModelError
from wincls.features.tables import TokenTables
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.network.activations import ACTIVATIONS
from wincls.network.scorer import Scorer
from wincls.options import name_of
from wincls.tagger.model_file import Model
from wincls.training.prepare import Prepared


class Taken(NamedTuple):
    """What training starts with.

    rows: by table, how many keys were taken, and how many there are.
    layers: names of the layers that were taken.
    tags: those whose output was taken.
    left: for each table or layer that was not taken at all, why.
    """

    rows: dict[str, tuple[int, int]]
    layers: list[str]
    tags: list[str]
    left: dict[str, str]


def warm_start(model: Model, prepared: Prepared, window: int, path: str) -> Taken:
    """Write what fits into the ensemble of `prepared`; member i takes from member i modulo the model's.

    Keys that the model does not know start with its row for unknown keys, except for words with a vector
    from a file.

    Raises ModelError if nothing fits.
    """
    tagger = model.tagger
    results = []
    for i, scorer in enumerate(prepared.ensemble):
        old = tagger.ensemble[i % len(tagger.ensemble)]
        rows, left = _take_tables(old, tagger.tables, scorer, prepared)
        layers: list[str] = []
        tags: list[str] = []
        if reason := _why_no_layer(old, scorer, tagger.window, window):
            left["layers"] = reason
        else:
            layers, reason = _take_hidden(old, scorer)
            if reason:
                left[f"W{len(layers) + 1} and what follows"] = reason
            else:
                tags = _take_output(old, scorer, tagger.tag_set.tags, prepared.tag_set.tags)
        results.append(Taken(rows, layers, tags, left))
    taken = results[0]
    if not taken.layers and not taken.tags and not any(known for known, _ in taken.rows.values()):
        raise ModelError(
            f"{path}: nothing of this model fits the configuration "
            f"({'; '.join(f'{name}: {reason}' for name, reason in taken.left.items())}); "
            "train without --init, or with the model's own features, window and layers"
        )
    return taken


def _take_tables(
    old: Scorer, old_tables: TokenTables, new: Scorer, prepared: Prepared
) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    rows, left = {}, {}
    for table, vocabulary in prepared.tables.vocabularies.items():
        total = len(vocabulary.keys)
        rows[table] = (0, total)
        if table not in old.tables:
            left[table] = "the model has no such table"
            continue
        source, target = old.parameters[f"L.{table}"], new.parameters[f"L.{table}"]
        if source.shape[1] != target.shape[1]:
            left[table] = f"dimension {source.shape[1]} in the model, {target.shape[1]} here"
            continue
        from_file = np.zeros(len(target), dtype=bool)
        if table == "word":
            from_file[prepared.file_rows] = True
        found = np.array(old_tables.vocabularies[table].rows(vocabulary.keys), dtype=np.int64)
        known = np.flatnonzero(found != UNKNOWN)
        target[~from_file] = source[UNKNOWN]
        target[known + 2] = source[found[known]]
        for row in (PADDING, UNKNOWN):
            target[row] = source[row]
        rows[table] = (len(known), total)
    return rows, left


def _why_no_layer(old: Scorer, new: Scorer, old_window: int, window: int) -> str:
    """Why the first layer cannot be taken; empty if it can."""
    if old.tables != new.tables:
        return "the model has other tables"
    if any(old.parameters[f"L.{t}"].shape[1] != new.parameters[f"L.{t}"].shape[1] for t in new.tables):
        return "the model's tables have other dimensions"
    if old.combine != new.combine or (old_window != window and new.combine == "concatenate"):
        return f"the model has window.size {old_window}, combine {old.combine}"
    if old.activation != new.activation and new.hidden:
        names = [name_of(ACTIVATIONS, each.activation) for each in (old, new)]
        return f"activation {names[0]} in the model, {names[1]} here, or with another parameter"
    return ""


def _take_hidden(old: Scorer, new: Scorer) -> tuple[list[str], str]:
    """The names of the hidden layers that are taken, and why the next one, if any, is not."""
    layers: list[str] = []
    for k, units in enumerate(new.hidden, start=1):
        if k > len(old.hidden) or old.hidden[k - 1] != units:
            return layers, f"hidden layers {old.hidden} in the model, {new.hidden} here"
        for name in (f"W{k}", f"b{k}"):
            new.parameters[name][:] = old.parameters[name]
        layers.append(f"W{k}")
    if len(old.hidden) > len(new.hidden):
        return layers, f"hidden layers {old.hidden} in the model, {new.hidden} here"
    return layers, ""


def _take_output(old: Scorer, new: Scorer, old_tags: list[str], new_tags: list[str]) -> list[str]:
    """Take the outputs of the tags that both have; O may have none."""
    old_names = old_tags[len(old_tags) - old.n_scores :]
    new_names = new_tags[len(new_tags) - new.n_scores :]
    both = [tag for tag in new_names if tag in old_names]
    source = np.array([old_names.index(tag) for tag in both], dtype=np.int64)
    target = np.array([new_names.index(tag) for tag in both], dtype=np.int64)
    new.parameters["U"][:, target] = old.parameters["U"][:, source]
    if "c" in old.parameters and "c" in new.parameters:
        new.parameters["c"][target] = old.parameters["c"][source]
    return both
