"""Settings such as "training.epochs=20", applied to a plain configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wincls.errors import ConfigError
from wincls.yaml_text import parse_yaml

_STRUCTURE = "\"'[{"  # what a quoted text, a list or a mapping begins with
_INDICATORS = "#%@`&*!|>?:-"


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
    """A copy of a plain configuration with one "key.path=value" applied.

    The value is YAML, or text as it stands where YAML would lose it: see :func:`_parsed`.
    """
    path, equals, value = setting.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise ConfigError(f"--set {setting}: write key.path=value, such as training.epochs=20")
    return _set(given, keys, _parsed(value.lstrip(), f"--set {path}"))


def _parsed(value: str, place: str) -> Any:
    """A value as YAML, or as it stands if it can only be meant so.

    That is so for one of punctuation alone ("#", "%"), for text with something after it that YAML takes
    for a comment ("a #1.conll"), and for text that begins with a character with which YAML's plain text
    cannot begin, if it is not YAML ("@a.conll", "*.conll").
    """
    begin = value[:1]
    has_structure = begin in _STRUCTURE or value.strip() == "~"
    if begin and not has_structure and not re.search(r"\w", value):
        return value
    try:
        parsed = parse_yaml(value, place)
    except ConfigError:
        if begin and begin in _INDICATORS and "\n" not in value:
            return value
        raise
    if has_structure or "\n" in value:
        return parsed
    is_lost = parsed is None and value.strip().lower() not in ("", "null")
    has_comment = isinstance(parsed, str) and re.search(r"\s#", value)
    return value if is_lost or has_comment else parsed


def _set(given: Any, keys: list[str], value: Any) -> dict[str, Any]:
    key, *rest = keys
    if isinstance(given, str):  # a choice given as a name; now one of its parameters is set
        given = {"name": given}
    mapping = dict(given) if isinstance(given, dict) else {}
    mapping[key] = _set(mapping.get(key), rest, value) if rest else value
    return mapping
