"""Where a model comes from: what it was trained on and with, and how well it did.

Nothing here differs between two runs with the same seed on the same files.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wincls import __version__
from wincls.corpus.data_options import Data
from wincls.corpus.documents import Corpus
from wincls.corpus.paths import find_files
from wincls.errors import ConfigError
from wincls.evaluation.evaluate import Evaluation
from wincls.files import digest
from wincls.reports.records import counts_record
from wincls.tagger.model_file import Model
from wincls.training.data import Corpora

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def describe_data(data: Data, corpora: Corpora) -> dict[str, Any]:
    """Counts of the corpora, and digests of their files, by train, dev and test.

    What is held out of train has no digest of its own, nor has what is no regular file.
    """
    read = {name: (corpus, getattr(data, name)) for name, corpus in corpora._asdict().items() if corpus}
    return {name: _describe(corpus, path) for name, (corpus, path) in read.items()}


def provenance(
    data: dict[str, Any],
    epochs: dict[str, int],
    dev: Evaluation,
    test: Evaluation | None,
    init: Model | None,
    date: str | None,
) -> dict[str, Any]:
    """What a model file says about its training.

    data: see describe_data.
    epochs: the best one, and how many there were.
    dev, test: final scores.
    init: the model that training started from.
    date: see date_of_training.

    Weights depend on the number of threads that multiply matrices, so the settings for these are here;
    null where the library decides.
    """  # fmt: skip
    scores = {"dev": _scores(dev)} | ({"test": _scores(test)} if test else {})
    return {
        "wincls": __version__,
        "numpy": np.__version__,
        "threads": {name: os.environ.get(name) for name in _THREADS},
        "data": data,
        **epochs,
        "scores": scores,
        "init": init and init.digest,
        "date": date,
    }


def date_of_training(given: str | None) -> str | None:
    """The date that a model is to bear: the one given, else that of SOURCE_DATE_EPOCH, else none.

    Raises ConfigError if SOURCE_DATE_EPOCH is no time.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if given or not seconds:
        return given
    try:
        return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))
    except (ValueError, OverflowError):
        raise ConfigError(
            f"SOURCE_DATE_EPOCH: found {seconds[:60]!r}; allowed is a number of seconds since 1970"
        ) from None


def _describe(corpus: Corpus, paths: str | Sequence[str] | None) -> dict[str, Any]:
    return {
        "file": corpus.path,
        "blake2b": _digest(paths) if paths else None,
        "sentences": len(corpus.sentences),
        "tokens": corpus.tokens,
        "entities": dict(sorted(corpus.labels.items())),
    }


def _digest(paths: str | Sequence[str]) -> str | list[str] | None:
    """The digest of a file, or those of several; None if one can be read only once."""
    files = find_files(paths)
    if not all(Path(path).is_file() for path in files):
        return None
    digests = list(map(digest, files))
    return digests[0] if len(digests) == 1 else digests


def _scores(evaluation: Evaluation) -> dict[str, Any]:
    types = {label: counts_record(counts) for label, counts in evaluation.lenient.items()}
    return {"all": counts_record(evaluation.overall), "types": types}
