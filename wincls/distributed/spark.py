"""Functions for Spark: to rows with a text, they add its entities. Spark and pandas are not imported here.

A worker process loads the model once. A text is tagged as a document of its own, so partitions
do not matter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import tee
from pathlib import Path
from typing import Any

from wincls.tagger.documents import Doc
from wincls.tagger.model_file import load_tagger
from wincls.tagger.tagger import Tagger

ENTITIES = "array<struct<text: string, label: string, start: int, end: int, score: double>>"
"""The type of the added column; start and end are character offsets in the text."""


def tag_rows(model: str, column: str = "text") -> Callable[[Iterator[Any]], Iterator[tuple[Any, ...]]]:
    """A function for RDD.mapPartitions: to each row, it adds a last field with the entities of its text.

    model: the path of a model file, or the name of one that was given to SparkContext.addFile.
    column: the field with the text. Where it is null, the entities are null.

    The function raises DataError or ModelError if the model cannot be loaded.
    """

    def tag(rows: Iterator[Any]) -> Iterator[tuple[Any, ...]]:
        rows, others = tee(rows)  # apart by as many rows as are tagged at once
        for row, entities in zip(rows, _entities(model, (each[column] for each in others)), strict=True):
            yield (*row, entities)

    return tag


def tag_frames(model: str, column: str = "text") -> Callable[[Iterator[Any]], Iterator[Any]]:
    """A function for DataFrame.mapInPandas: to each data frame, it adds a last column `entities`.

    model, column: see :func:`tag_rows`.
    """

    def tag(frames: Iterator[Any]) -> Iterator[Any]:
        for frame in frames:
            yield frame.assign(entities=list(_entities(model, frame[column])))

    return tag


def _entities(model: str, texts: Iterable[Any]) -> Iterator[list[dict[str, Any]] | None]:
    """The entities of each text as ENTITIES says; None for what is no text."""
    texts, others = tee(texts)
    docs = _tagger(model).pipe(text if isinstance(text, str) else "" for text in others)
    for text, doc in zip(texts, docs, strict=True):
        yield _structs(doc) if isinstance(text, str) else None


def _structs(doc: Doc) -> list[dict[str, Any]]:
    return [each._asdict() | {"score": float(each.score)} for each in doc.ents]


def _tagger(model: str) -> Tagger:
    path = model
    if not Path(path).exists():
        from pyspark import SparkFiles

        path = SparkFiles.get(model)
    try:
        changed = os.stat(path).st_mtime_ns  # noqa: PTH116 - as exact as there is
    except OSError:
        changed = 0
    return _loaded(path, changed)


@lru_cache(maxsize=1)
def _loaded(path: str, changed: int) -> Tagger:
    return load_tagger(path)
