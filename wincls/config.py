"""The configuration: what a YAML file may say, each key documented where it is declared."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wincls.corpus.conll import DELIMITERS, Columns
from wincls.corpus.schemes import SCHEMES
from wincls.errors import ConfigError, WinclsError
from wincls.features.vectors import PREPROCESSING
from wincls.files import open_binary
from wincls.network.activations import ACTIVATIONS, Activation, ReLU
from wincls.network.initializers import INITIALIZERS, Xavier
from wincls.network.losses import LOSSES, Loss, MaxMargin, StructuredHinge
from wincls.network.scorer import COMBINE, MOST_NETWORKS
from wincls.optim.optimizers import OPTIMIZERS, Adam, Rule
from wincls.optim.schedules import SCHEDULES, Linear, Schedule
from wincls.options import build, choice, option, plain

BATCHES = ("sentences", "windows")


@dataclass(frozen=True)
class Data:
    """The corpora and how their columns are to be read."""

    train: str = option(..., "column file to train on")
    dev: str | None = option(
        None,
        "column file to stop and calibrate on, and to learn from (training.learn_from_dev); null holds "
        "out a part of train",
    )
    test: str | None = option(None, "column file that is only scored, once, at the end")
    held_out: float = option(0.1, "share of train's tokens held out where dev is null", above=0, below=1)
    word_column: int = option(1, "column of the words: 1 is the first, -1 the last")
    tag_column: int = option(-1, "column of the tags: 1 is the first, -1 the last")
    delimiter: str = option("whitespace", "what separates columns (whitespace: any run)", among=DELIMITERS)
    comment: str = option("", "lines that begin so are skipped; empty for none")
    encoding: str = option("utf-8", "encoding of the column files", among=("utf-8", "latin-1", "cp1252"))
    scheme: str = option("auto", "scheme of the tags as they are", among=("auto", *SCHEMES))
    illegal_tags: str = option(
        "error", "what to do with a tag that its scheme forbids", among=("error", "lenient")
    )
    types: tuple[str, ...] | None = option(None, "entity types to learn, all others become O; null for all")

    @property
    def columns(self) -> Columns:
        return Columns(self.word_column, self.tag_column, self.delimiter, self.comment, self.encoding)


@dataclass(frozen=True)
class Labels:
    """What the scorer has a score for."""

    scheme: str = option("IOBES", "a score for each prefix of this scheme and type", among=tuple(SCHEMES))


@dataclass(frozen=True)
class Window:
    """The words around the centre."""

    size: int = option(2, "C, words on each side of the centre", least=0, most=20)
    combine: str = option("concatenate", "how a window's token vectors become one", among=COMBINE)


@dataclass(frozen=True)
class Word:
    """The table of word vectors."""

    dimension: int = option(50, "length of the vectors where none are read from a file", least=1)
    vectors: str | None = option(None, "GloVe, word2vec or fastText text file, may be .gz; null for none")
    most_frequent: int = option(
        400_000, "words of the vector file to keep besides those of the corpora", least=0
    )
    preprocess: str = option("none", "of read vectors, fitted on the training words", among=PREPROCESSING)
    pretrain: bool = option(
        True,
        "whether vectors that are not read from a file begin with what the words' neighbours in the "
        "training text tell (else with small random numbers)",
    )
    train: bool = option(True, "whether the vectors are trained too (x = Le, eq. 12)")


@dataclass(frozen=True)
class Affix:
    """Tables of first or last letters."""

    lengths: tuple[int, ...] = option((1, 2, 3, 4), "numbers of letters, one table for each", least=1, most=9)
    dimension: int = option(10, "length of the vectors; 0 switches the tables off", least=0)


@dataclass(frozen=True)
class Features:
    """The tables that a token's vector is concatenated from."""

    word: Word = option(Word(), "word vectors")
    caps: int = option(5, "dimension of the capitalisation table; 0 switches it off", least=0)
    prefixes: Affix = option(Affix(), "first letters")
    suffixes: Affix = option(Affix(), "last letters")
    shape: int = option(10, "dimension of the table of shapes such as Aa-00; 0 switches it off", least=0)
    min_count: int = option(2, "affixes and shapes seen less often in train are unknown", least=1)

    def dimensions(self) -> dict[str, int]:
        """The tables that are switched on, in order, with their dimensions (the word table's as set)."""
        tables = {"word": self.word.dimension, "caps": self.caps, "shape": self.shape}
        for name, affix in (("prefix", self.prefixes), ("suffix", self.suffixes)):
            tables |= {f"{name}{length}": affix.dimension for length in affix.lengths}
        return {name: dimension for name, dimension in tables.items() if dimension}


@dataclass(frozen=True)
class Model:
    """The scorer's layers."""

    hidden: tuple[int, ...] = option(
        (200,), "units of each hidden layer; [] for a linear classifier", least=1
    )
    networks: int = option(
        2,
        "networks that are trained side by side; the first looks for names, all together judge them",
        least=1,
        most=MOST_NETWORKS,
    )
    activation: Activation = choice(ReLU(), "f of the hidden layers", ACTIVATIONS)
    initializer: Any = choice(Xavier(), "how weight matrices begin", INITIALIZERS)


@dataclass(frozen=True)
class Sampling:
    """How windows come together in a step."""

    batches: str = option(
        "sentences",
        "sentences: all windows of whole sentences, about batch_size of them; windows: batch_size "
        "single windows (max_margin: true windows) from anywhere, as in the lecture",
        among=BATCHES,
    )
    corrupted: int = option(100, "K, corrupted windows for each true one (max_margin)", least=1)
    entity_share: float = option(
        0.0, "share of corrupted windows drawn among those that hold another entity", least=0, most=1
    )


@dataclass(frozen=True)
class Regularization:
    """What holds the weights back."""

    l2: float = option(0.0, "lambda of the squared weights (eq. 52), never of biases", least=0)
    l1: float = option(0.0, "lambda of the absolute weights, never of biases", least=0)
    dropout_input: float = option(0.3, "share of token-vector components dropped", least=0, below=1)
    dropout_hidden: float = option(0.5, "share of hidden units dropped", least=0, below=1)
    unknown_rate: float = option(0.1, "chance of a word to be taken for the unknown word", least=0, most=1)
    unknown_below: int | None = option(
        None, "only words seen at most so often are taken for unknown; null for all", least=1
    )


@dataclass(frozen=True)
class Calibration:
    """How scores become probabilities, on the development data."""

    passage: int = option(
        3000,
        "tokens of a passage, in which what is said of a word elsewhere counts, and how frequent each "
        "type is; 1: each sentence is one",
        least=1,
        most=10**6,
    )


@dataclass(frozen=True)
class Training:
    """How long, how much at a time, from which random numbers."""

    epochs: int = option(15, "passes over the training data at most", least=1)
    patience: int = option(
        5, "epochs without a better development F1 (mean of three epochs) before stopping", least=1
    )
    batch_size: int = option(512, "windows in a step; see sampling.batches", least=1)
    learn_from_dev: bool = option(
        True,
        "whether each of several networks learns from the development data too, all but the part that "
        "it is judged on; a single network is judged on all of it",
    )
    fan_in_scaling: bool = option(
        False, "divide each layer's rate by the root of its fan-in (Collobert, section 2.7)"
    )
    seed: int = option(1, "of all random numbers", least=0, most=2**32 - 1)


@dataclass(frozen=True)
class Config:
    """Everything that a training run depends on."""

    data: Data = option(..., "the corpora")
    labels: Labels = option(Labels(), "what is scored")
    window: Window = option(Window(), "the words around the centre")
    features: Features = option(Features(), "tables of token features")
    model: Model = option(Model(), "the scorer's layers")
    loss: Loss = choice(MaxMargin(), "the loss of windows", LOSSES)
    sentence_loss: StructuredHinge = option(
        StructuredHinge(), "the max-margin loss of whole sentences, which is added to it (a structured hinge)"
    )
    sampling: Sampling = option(Sampling(), "how windows come together in a step")
    optimizer: Rule = choice(Adam(), "the update rule", OPTIMIZERS)
    schedule: Schedule = choice(Linear(), "the learning rate over time", SCHEDULES)
    regularization: Regularization = option(Regularization(), "what holds the weights back")
    calibration: Calibration = option(Calibration(), "how scores become probabilities")
    training: Training = option(Training(), "how long, how much at a time")


def load_config(path: str | Path, settings: Iterable[str] = ()) -> Config:
    """Read a YAML file and apply "key.path=value" settings to it.

    Raises ConfigError with the file's place or the key's path, what was found and what is allowed.
    """
    try:
        with open_binary(path) as file:
            text = file.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
    except WinclsError as error:
        raise ConfigError(str(error)) from None
    given = parse_yaml(text, str(path))
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: holds no mapping; needed are keys such as 'data:', one a line")
    return make_config(with_settings(given, settings))


def make_config(given: Mapping[str, Any]) -> Config:
    """Check a plain mapping and make a Config of it."""
    config = build(Config, given)
    for key in ("word_column", "tag_column"):
        if not getattr(config.data, key):
            raise ConfigError(f"data.{key}: found 0; columns are counted from 1, or from the right from -1")
    if config.data.word_column == config.data.tag_column:
        raise ConfigError(f"data.tag_column: {config.data.tag_column} is the column of the words too")
    if config.sentence_loss.weight and config.sampling.batches != "sentences":
        raise ConfigError(
            f"sentence_loss.weight: {config.sentence_loss.weight:g} needs whole sentences, but "
            f"sampling.batches is {config.sampling.batches}; set sentence_loss.weight: 0, or "
            "sampling.batches: sentences"
        )
    if config.data.types == ():
        raise ConfigError("data.types: an empty list; name at least one type, or null for all")
    return config


def dump_config(config: Config) -> str:
    """The whole configuration as YAML, every default written out."""
    text: str = yaml.dump(plain(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


def with_settings(given: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """A copy of a plain configuration with settings applied in turn; none may undo an earlier one."""
    applied: list[str] = []
    for setting in settings:
        path = setting.partition("=")[0].strip()
        if lost := [each for each in applied if each.startswith(f"{path}.")]:
            raise ConfigError(f"--set {setting}: undoes the {lost[0]} set before it; give it first")
        applied.append(path)
        given = with_setting(given, setting)
    return given


def with_setting(given: dict[str, Any], setting: str) -> dict[str, Any]:
    """A copy of a plain configuration with one "key.path=value" applied; the value is YAML."""
    path, equals, value = setting.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise ConfigError(f"--set {setting}: needed is key.path=value, such as training.epochs=20")
    return _set(given, keys, parse_yaml(value, f"--set {path}"))


def _set(given: Any, keys: list[str], value: Any) -> dict[str, Any]:
    key, *rest = keys
    if isinstance(given, str):  # a choice by its name alone, of which a parameter is now set
        given = {"name": given}
    mapping = dict(given) if isinstance(given, dict) else {}
    mapping[key] = _set(mapping.get(key), rest, value) if rest else value
    return mapping


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: 1e-3 is a number, 010 and a date are not, no key may stand twice."""

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        value = super().construct_scalar(node)
        if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
            problem = "half of a surrogate pair is no character"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return value


class _Dumper(yaml.SafeDumper):
    """Writes what _Loader reads as the same."""


for _class in (_Loader, _Dumper):
    _class.yaml_implicit_resolvers = {
        first: [each for each in resolvers if each[0].rsplit(":")[-1] not in ("timestamp", "int")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _class.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9]\d*)$"), list("-+0123456789")
    )
    _class.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),
        list("-+.0123456789"),
    )


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Plain style folds some line ends; quotes with escapes keep every character.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _unique_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key_node, _ in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key that is no text", key_node.start_mark)
        if key_node.value in seen:
            problem = f"key '{key_node.value}' stands twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        seen.add(key_node.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def parse_yaml(text: str, place: str) -> Any:
    """Parse YAML text, or raise ConfigError with its place, line and column."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(
            f"{place}{where}: no valid YAML ({error.problem}); check indentation and quotes"
        ) from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # PyYAML's constructors let such errors through for a tag that does not fit its value.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(f"{place}: no valid YAML ({reason}); check tags and quotes") from None
