"""What several test modules need."""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # as the command does; every processor has a test process already

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from wincls.config import Config, load_config
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.features.tables import TokenTables
from wincls.features.vocabulary import SortedWords, Vocabulary
from wincls.network.activations import Activation, HardTanh
from wincls.network.embedding import QuantizedRows
from wincls.network.scorer import Scorer
from wincls.tagger.calibration import Calibration
from wincls.tagger.plain import Plain
from wincls.tagger.platt import PlattScaling
from wincls.tagger.tagger import Tagger

# The same examples in every run, and no limit on the time of one: a busy machine is no failure.
settings.register_profile("wincls", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("wincls")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, so that at the end no process waits for another."""
    items.sort(key=lambda item: "test_readme.py" not in item.nodeid)


TABLES = {
    "word": ["paris", "texas", "the", "of", "0"],
    "caps": ["lower", "title", "upper", "none"],
    "suffix1": list("aeiouyndrst0"),
}


def random_tagger(
    scheme: str = "IOBES",
    labels: Sequence[str] = ("LOC", "PER"),
    window: int = 1,
    hidden: Sequence[int] = (6,),
    combine: str = "concatenate",
    classifies: bool = False,
    activation: Activation = HardTanh(),
    words: Sequence[str] = TABLES["word"],
    seen: frozenset[str] = frozenset(),
    context_tokens: int = 1000,
    ensemble: int = 1,
    pretrained: Sequence[str] = (),
    decision: Plain | None = None,
) -> Tagger:
    """A tagger with random parameters, small enough to be worked out by hand, that finds entities everywhere.

    classifies: with a score for O and an output bias, as after a loss that classifies.
    pretrained: words that are not trained.
    decision: instead of a random calibration.
    """
    rng = np.random.default_rng(0)
    sorted_words = SortedWords.sort(pretrained)[0]
    vocabularies = {name: Vocabulary(keys) for name, keys in (TABLES | {"word": words}).items()}
    tables = TokenTables(vocabularies, sorted_words)
    vectors = np.random.default_rng(1).normal(size=(len(sorted_words), 3))
    quantized = {"word": QuantizedRows.of(vectors)}
    parameters = {f"L.{name}": rng.normal(size=(len(each), 3)) for name, each in vocabularies.items()}
    width = 3 * len(TABLES) * (2 * window + 1 if combine == "concatenate" else 1)
    for k, units in enumerate(hidden, start=1):
        parameters |= {f"W{k}": rng.normal(size=(units, width)), f"b{k}": rng.normal(size=units)}
        width = units
    tag_set = TagSet(SCHEMES[scheme], labels)
    n_tags = len(tag_set)
    n_scores = n_tags if classifies else n_tags - 1
    parameters["U"] = rng.normal(size=(width, n_scores))
    if classifies:
        parameters["c"] = rng.normal(size=n_scores)
    parameters = {name: array.astype(np.float32) for name, array in parameters.items()}
    scorers = [Scorer(parameters, tables.names, activation, combine, quantized=quantized)]
    for _ in range(1, ensemble):
        others = {name: rng.normal(size=array.shape).astype(np.float32) for name, array in parameters.items()}
        scorers.append(Scorer(others, tables.names, activation, combine, quantized=quantized))
    first = PlattScaling(rng.normal(size=(n_tags, n_scores)), rng.normal(size=n_tags))
    second = PlattScaling(rng.normal(size=(n_tags, n_scores + n_tags)), rng.normal(size=n_tags))
    calibration = Calibration(first, second, np.full(len(labels) + 1, 1 / (len(labels) + 1)), context_tokens)
    return Tagger(tables, scorers, tag_set, decision or calibration, window, seen)


@pytest.fixture(scope="session")
def make_tagger() -> Callable[..., Tagger]:
    return random_tagger


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file and give its path; texts are written as UTF-8, line ends as they are."""

    def write_file(content: str | bytes, name: str = "file.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


SMALL = """\
data: {train: train.conll, dev: dev.conll}
window: {size: 1}
features:
  word: {dimension: 8}
  caps: 2
  shape: 2
  prefixes: {dimension: 0}
  suffixes: {lengths: [2], dimension: 3}
model: {hidden: [10], ensemble: 1}
training: {epochs: 2, batch_size: 30}
"""


def column_text(sentences: int, seed: int) -> str:
    """A column file of random sentences that name people and places, in BIO."""
    rng = random.Random(seed)
    people = ["Ada", "Bob", "Carla", "Dmitri", "Elin", "Farid"]
    places = [["Paris"], ["Rome"], ["Oslo"], ["Lima"], ["New", "York"]]
    patterns = [
        "PER lives in LOC .",
        "In LOC it rains .",
        "The train to LOC was late .",
        "PER PER met PER .",
        "No one came .",
    ]
    written = []
    for _ in range(sentences):
        rows = []
        for word in rng.choice(patterns).split():
            if word == "PER":
                rows.append(f"{rng.choice(people)}\tB-PER")
            elif word == "LOC":
                rows += [f"{part}\t{'I' if i else 'B'}-LOC" for i, part in enumerate(rng.choice(places))]
            else:
                rows.append(f"{word}\tO")
        written.append("\n".join(rows) + "\n")
    return "\n".join(written)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of a test, with three column files and small.yaml, which trains on them."""
    for name, sentences, seed in (("train", 40, 1), ("dev", 16, 2), ("test", 8, 3)):
        (tmp_path / f"{name}.conll").write_text(column_text(sentences, seed))
    (tmp_path / "small.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small(folder: Path) -> Callable[..., Config]:
    """The configuration of small.yaml with settings such as "training.epochs=3"."""
    return lambda *settings: load_config("small.yaml", settings)
