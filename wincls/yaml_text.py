"""YAML as people mean it: 1e-3 is a number, 010 and a date are not, and no key may occur twice."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from wincls.errors import ConfigError, WinclsError
from wincls.files import open_binary

_MOST_NODES = 100_000  # of a document, with aliases written out


class _Loader(yaml.SafeLoader):
    """Reads the dialect of the module docstring."""

    def get_single_node(self) -> yaml.Node | None:
        """The node of the document; aliases may not multiply it into one that fills the memory."""
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _size(node, {}) > _MOST_NODES:
            problem = "aliases (*name) repeat each other; write the values out"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return node

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        value = super().construct_scalar(node)
        if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
            problem = "half of a surrogate pair is not a character"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return value


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """The number of nodes below one, with aliases written out; infinite if it contains itself.

    known: sizes by identity.
    """
    if id(node) not in known:
        known[id(node)] = math.inf
        value = node.value if isinstance(node, (yaml.SequenceNode, yaml.MappingNode)) else []
        parts = [part for each in value for part in (each if isinstance(each, tuple) else (each,))]
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]


class _Dumper(yaml.SafeDumper):
    """Writes what _Loader reads back as the same."""


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


def _represent_string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Plain style folds some line ends; quotes with escapes keep every character.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_string)


def _unique_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key_node, _ in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "a key that is not a string", key_node.start_mark
            )
        if key_node.value in seen:
            problem = f"key '{key_node.value}' occurs twice"
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
            f"{place}{where}: not valid YAML ({error.problem}); check indentation and quotes"
        ) from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # PyYAML's constructors let such errors through for a tag that does not fit its value.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(f"{place}: not valid YAML ({reason}); check tags and quotes") from None


def read_mapping(path: str | Path) -> dict[str, Any]:
    """Read a YAML file of keys. Raises ConfigError if it is none."""
    try:
        with open_binary(path) as file:
            text = file.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
    except WinclsError as error:
        raise ConfigError(str(error)) from None
    given = parse_yaml(text, str(path))
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: not a mapping; write keys such as 'data:', one a line")
    return given


def dump_yaml(value: Any) -> str:
    """A plain value as YAML that :func:`parse_yaml` reads back as the same."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text
