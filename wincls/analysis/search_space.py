"""The space that `wincls tune` searches: for each configuration key, a range or a list of values.

A space is written in YAML, a key a line:

    window.size: {low: 1, high: 4}
    schedule.rate: {low: 0.0005, high: 0.01, log: true}
    model.hidden: [[100], [200], [400]]
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wincls.config import Config, make_config
from wincls.errors import ConfigError
from wincls.options import plain
from wincls.settings import with_settings
from wincls.yaml_text import read_mapping


class Range(NamedTuple):
    """Numbers from low to high; log: drawn on a logarithmic scale. Integers if both ends are."""

    low: float
    high: float
    log: bool = False

    @property
    def ends(self) -> list[Any]:
        return [self.low, self.high]


class Choices(NamedTuple):
    """Values of any kind."""

    values: Sequence[Any]

    @property
    def ends(self) -> list[Any]:
        return list(self.values)


Space = Mapping[str, Range | Choices]
"""By key path of the configuration."""


def default_space(config: Config) -> Space:
    """Sizes, dropout, learning rate and feature tables around the values of a configuration."""
    features, regularization = config.features, config.regularization
    space: dict[str, Range | Choices] = {
        "window.size": Range(max(0, config.window.size - 1), config.window.size + 2),
        "schedule.rate": Range(config.schedule.rate / 4, config.schedule.rate * 4, log=True),
        "regularization.dropout_input": Range(0.0, max(0.6, regularization.dropout_input)),
        "regularization.unknown_rate": Range(0.0, max(0.3, regularization.unknown_rate)),
        "features.caps": Choices(sorted({0, 5, features.caps})),
        "features.shape": Choices(sorted({0, 10, features.shape})),
        "features.prefixes.dimension": Choices(sorted({0, 10, features.prefixes.dimension})),
        "features.suffixes.dimension": Choices(sorted({0, 10, 20, features.suffixes.dimension})),
    }
    if config.model.hidden:
        sizes = {(100,), (200,), (400,), config.model.hidden}
        space["model.hidden"] = Choices([list(each) for each in sorted(sizes)])
        space["regularization.dropout_hidden"] = Range(0.0, max(0.7, regularization.dropout_hidden))
    return space


def read_space(path: str, config: Config) -> Space:
    """Read a space from a YAML file and check it against a configuration.

    Raises ConfigError naming the file and the key.
    """
    space = {str(key): _dimension(value, f"{path}: {key}") for key, value in read_mapping(path).items()}
    if not space:
        raise ConfigError(f"{path}: found no keys; write a line for each, such as window.size: [1, 2, 3]")
    for key, dimension in space.items():
        if key.split(".")[0] == "data":
            raise ConfigError(f"{path}: {key}: the data stay the same in all trials; leave it out")
        for value in dimension.ends:
            try:
                with_values(config, {key: value})
            except ConfigError as error:
                raise ConfigError(f"{path}: {error}") from None
    return space


def with_values(config: Config, values: Mapping[str, Any]) -> Config:
    """The configuration with other values of some keys. Raises ConfigError if they do not fit."""
    settings = [f"{key}={json.dumps(value)}" for key, value in values.items()]
    return make_config(with_settings(plain(config), settings))


def _dimension(given: Any, place: str) -> Range | Choices:
    if isinstance(given, list) and given:
        return Choices(given)
    if not isinstance(given, Mapping) or not {"low", "high"} <= given.keys() <= {"low", "high", "log"}:
        raise ConfigError(
            f"{place}: found {given!r}; give a list of values, or a range such as {{low: 0, high: 0.5}}, "
            "with log: true for a logarithmic scale"
        )
    low, high, log = given["low"], given["high"], given.get("log", False)
    numbers = all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in (low, high))
    if not numbers or not low < high or not isinstance(log, bool) or (log and low <= 0):
        raise ConfigError(
            f"{place}: found low {low}, high {high}; low must be a number below high, and above 0 with log"
        )
    return Range(low, high, log)
