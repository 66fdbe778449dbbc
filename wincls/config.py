"""The configuration: all keys of a YAML file, each with its meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wincls.corpus.data_options import Data, check_data
from wincls.corpus.schemes import SCHEMES
from wincls.decision import DECISIONS, ArgmaxDecision, CalibratedDecision, Decision
from wincls.errors import ConfigError
from wincls.features.preprocessing import PREPROCESSING
from wincls.network.activations import ACTIVATIONS, Activation, ReLU, Tanh
from wincls.network.initializers import INITIALIZERS, Initializer, Xavier
from wincls.network.losses import LOSSES, Loss, MaxMargin, StructuredHinge
from wincls.network.window import COMBINE
from wincls.optim.optimizers import OPTIMIZERS, Adam, Rule
from wincls.optim.schedules import SCHEDULES, Linear, Schedule
from wincls.options import build, choice, option, plain
from wincls.settings import with_settings
from wincls.yaml_text import dump_yaml, read_mapping

BATCHES = ("sentences", "windows")
MAX_ENSEMBLE = 16
MAX_WINDOW = 20
MOST_FOR_RELU = 300
"""Tags. With more, the scores of all labels are pushed below that of O before a label has been seen often,
and hidden units that cannot be negative end at 0 for all entities, from where nothing is learned."""
MAX_DIMENSION = 10_000  # of vectors and layers

RENAMED = {
    "model.networks": "model.ensemble",
    "sentence_loss": "structured_hinge",
    "sampling.corrupted": "loss.corrupted",
    "sampling.batches": "training.batches",
    "calibration.context_tokens": "decision.context_tokens",
    "calibration.passage": "decision.context_tokens",
    "training.learn_from_dev": "training.train_on_dev",
}
"""Keys of earlier versions and their new names."""


@dataclass(frozen=True)
class Labels:
    """The tag scheme of the scorer."""

    scheme: str = option(
        "IOBES",
        "tag scheme of the scorer, which has a score for each prefix of the scheme with each entity type",
        among=tuple(SCHEMES),
    )


@dataclass(frozen=True)
class Window:
    """The window around the center token."""

    size: int = option(2, "C, number of words on each side of the center", least=0, most=MAX_WINDOW)
    combine: str = option("concatenate", "how the token vectors of a window are combined", among=COMBINE)


@dataclass(frozen=True)
class Word:
    """The table of word vectors."""

    dimension: int = option(
        50, "length of the vectors if they are not read from a file", least=1, most=MAX_DIMENSION
    )
    vectors: str | None = option(
        None, "text file of GloVe, word2vec or fastText vectors, may be .gz; null for none"
    )
    most_frequent: int = option(
        400_000,
        "number of words at the beginning of the vector file (the most frequent ones) that are kept even "
        "if the corpora do not have them",
        least=0,
    )
    preprocess: tuple[str, ...] = option(
        (),
        "preprocessing steps, in this order, for vectors that are read or pretrained; they are fitted to the "
        "training words: center subtracts the mean, normalize divides each dimension by its standard "
        "deviation, whiten removes correlations; [center, whiten] is the lecture's whitening",
        among=tuple(PREPROCESSING),
    )
    pretrain: bool = option(
        True,
        "whether vectors that are not read from a file are pretrained on the training text; false "
        "initializes them with small random numbers",
    )
    train: bool = option(True, "whether training also updates the word vectors (x = Le, eq. 12)")


@dataclass(frozen=True)
class Affix:
    """Tables of prefixes or suffixes."""

    lengths: tuple[int, ...] = option(
        (1, 2, 3, 4), "lengths in letters; each length has its own table", least=1, most=9
    )
    dimension: int = option(
        10, "dimension of each table; 0 switches the tables off", least=0, most=MAX_DIMENSION
    )


@dataclass(frozen=True)
class Features:
    """The tables whose rows are concatenated to the vector of a token."""

    word: Word = option(Word(), "word vectors")
    caps: int = option(
        5, "dimension of the capitalization table; 0 switches it off", least=0, most=MAX_DIMENSION
    )
    prefixes: Affix = option(Affix(), "tables of the first letters of a word")
    suffixes: Affix = option(Affix(), "tables of the last letters of a word")
    shape: int = option(
        10,
        "dimension of the table of word shapes such as Aa-00; 0 switches it off",
        least=0,
        most=MAX_DIMENSION,
    )
    min_count: int = option(
        2, "prefixes, suffixes and shapes with a lower count in the training data are unknown", least=1
    )

    def dimensions(self) -> dict[str, int]:
        """The tables that are switched on, in order, with their configured dimensions."""
        tables = {"word": self.word.dimension, "caps": self.caps, "shape": self.shape}
        for name, affix in (("prefix", self.prefixes), ("suffix", self.suffixes)):
            tables |= {f"{name}{length}": affix.dimension for length in affix.lengths}
        return {name: dimension for name, dimension in tables.items() if dimension}


@dataclass(frozen=True)
class Model:
    """The layers of the scorer."""

    hidden: tuple[int, ...] = option(
        (200,),
        "number of units of each hidden layer; [] for a linear classifier",
        least=1,
        most=MAX_DIMENSION,
    )
    ensemble: int = option(
        2, "number of networks in the ensemble, which are trained in parallel", least=1, most=MAX_ENSEMBLE
    )
    activation: Activation | None = choice(
        None,
        f"activation f of the hidden layers; null is relu, or tanh for more than {MOST_FOR_RELU} tags",
        ACTIVATIONS,
    )
    initializer: Initializer = choice(Xavier(), "initialization of the weight matrices", INITIALIZERS)

    def activation_for(self, n_tags: int) -> Activation:
        """The activation of a network with so many tags."""
        return self.activation or (ReLU() if n_tags <= MOST_FOR_RELU else Tanh())


@dataclass(frozen=True)
class Regularization:
    """Regularization of the weights."""

    l2: float = option(
        0.0, "lambda, factor of the squared norms of the weight matrices (eq. 52, corrected)", least=0
    )
    l1: float = option(0.0, "factor of the sum of the absolute values of the weight matrices", least=0)
    penalize_tables: bool = option(
        False, "whether l2 and l1 also penalize the table rows that a batch uses; biases are never penalized"
    )
    dropout_input: float = option(0.3, "dropout rate of token vectors", least=0, below=1)
    dropout_hidden: float = option(0.5, "dropout rate of hidden units", least=0, below=1)
    unknown_rate: float = option(
        0.1, "probability that a word is replaced by the unknown word in training", least=0, most=1
    )
    unknown_below: int | None = option(
        None,
        "unknown_rate applies only to words with at most this count in training; null for all",
        least=1,
    )


@dataclass(frozen=True)
class Training:
    """Number of epochs, batches, random seed."""

    epochs: int = option(15, "largest number of passes over the training data", least=1, most=10**6)
    patience: int = option(
        5,
        "training stops after this number of epochs without a better development F1 (mean of an epoch and "
        "the two before it)",
        least=1,
    )
    batches: str = option(
        "sentences",
        "sentences: a batch has all windows of some sentences, about batch_size windows; windows: a batch "
        "has batch_size single windows (for max_margin, true windows) from the whole training data, as in "
        "the lecture",
        among=BATCHES,
    )
    batch_size: int = option(512, "number of windows in a batch; see training.batches", least=1, most=10**6)
    train_on_dev: bool = option(
        True,
        "whether the ensemble members are also trained on the development data, each on all folds except "
        "one; a single network never is",
    )
    fan_in_scaling: bool = option(
        False,
        "whether the learning rate of each layer, biases included, is divided by the square root of its "
        "fan-in (Collobert, section 2.7); tables keep the full rate, because their input is one-hot",
    )
    dense_updates: bool = option(
        False,
        "whether every step updates all rows of a table; false updates only the rows that the batch uses, "
        "and leaves the state of momentum, rmsprop and adam for the other rows as it is (lazy updates)",
    )
    seed: int = option(1, "seed of all random numbers", least=0, most=2**32 - 1)


@dataclass(frozen=True)
class Config:
    """All settings of a training run."""

    data: Data = option(..., "the corpora")
    labels: Labels = option(Labels(), "the tags that have scores")
    window: Window = option(Window(), "the window around the center token")
    features: Features = option(Features(), "the tables of token features")
    model: Model = option(Model(), "the layers of the scorer")
    loss: Loss = choice(MaxMargin(), "the loss of windows", LOSSES)
    structured_hinge: StructuredHinge = option(
        StructuredHinge(), "the max-margin loss of whole sentences, added to the loss of windows"
    )
    optimizer: Rule = choice(Adam(), "the update rule", OPTIMIZERS)
    schedule: Schedule = choice(Linear(), "the schedule of the learning rate", SCHEDULES)
    regularization: Regularization = option(Regularization(), "penalties, dropout, unknown words")
    decision: Decision = choice(CalibratedDecision(), "how scores become entities", DECISIONS)
    training: Training = option(Training(), "number of epochs, batches, seed")


def load_config(path: str | Path, settings: Iterable[str] = ()) -> Config:
    """Read a YAML file and apply "key.path=value" settings to it.

    Raises ConfigError with the place in the file or the path of the key, what was found and what is allowed.
    """
    return make_config(with_settings(read_mapping(path), settings))


def make_config(given: Mapping[str, Any]) -> Config:
    """Check a plain mapping and convert it to a Config.

    Raises ConfigError with the key's path, what was found and what is allowed.
    """
    if isinstance(given, Mapping):
        _check_renamed(given)
    config: Config = build(Config, given)
    check_data(config.data)
    _check_combinations(config)
    return config


def _check_renamed(given: Mapping[str, Any]) -> None:
    """Refuse keys of earlier versions."""
    for old, new in RENAMED.items():
        section, _, key = old.partition(".")
        keys = given.get(section)
        if section in given and (not key or (isinstance(keys, Mapping) and key in keys)):
            raise ConfigError(f"{old}: unknown key; did you mean '{new}'?")


def _check_combinations(config: Config) -> None:
    """Refuse choices that do not fit each other."""
    if config.structured_hinge.weight and config.training.batches != "sentences":
        raise ConfigError(
            f"structured_hinge.weight: {config.structured_hinge.weight:g} needs whole sentences, but "
            f"training.batches is {config.training.batches}; set structured_hinge.weight: 0, or "
            "training.batches: sentences"
        )
    scores_outside = config.structured_hinge.weight or not isinstance(config.loss, MaxMargin)
    if isinstance(config.decision, ArgmaxDecision) and not scores_outside:
        raise ConfigError(
            "decision: argmax needs a score for O, which loss: max_margin alone does not train; use "
            "decision: threshold, or loss: cross_entropy"
        )
    word = config.features.word
    if word.preprocess and not word.vectors and not word.pretrain:
        raise ConfigError(
            f"features.word.preprocess: [{', '.join(word.preprocess)}] needs word vectors, but "
            "features.word.vectors is null and features.word.pretrain is false; set one of them, or "
            "features.word.preprocess: []"
        )


def dump_config(config: Config) -> str:
    """The whole configuration as YAML, with all defaults."""
    return dump_yaml(plain(config))
