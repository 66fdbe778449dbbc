"""Settings such as "training.epochs=20", applied to a plain configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wincls.errors import ConfigError
from wincls.yaml_text import parse_yaml


def with_settings(given: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """A copy of a plain configuration with settings applied in order.

    Raises ConfigError if a setting is malformed or overwrites an earlier one.
    """
    applied: list[str] = []
    for setting in settings:
        path = setting.partition("=")[0].strip()
        if lost := [each for each in applied if each.startswith(f"{path}.")]:
            raise ConfigError(f"--set {setting}: overwrites the {lost[0]} set before it; give it first")
        applied.append(path)
        given = with_setting(given, setting)
    return given


def with_setting(given: dict[str, Any], setting: str) -> dict[str, Any]:
    """A copy of a plain configuration with one "key.path=value" applied; the value is YAML."""
    path, equals, value = setting.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise ConfigError(f"--set {setting}: write key.path=value, such as training.epochs=20")
    return _set(given, keys, parse_yaml(value, f"--set {path}"))


def _set(given: Any, keys: list[str], value: Any) -> dict[str, Any]:
    key, *rest = keys
    if isinstance(given, str):  # a choice given as a name; now one of its parameters is set
        given = {"name": given}
    mapping = dict(given) if isinstance(given, dict) else {}
    mapping[key] = _set(mapping.get(key), rest, value) if rest else value
    return mapping
