"""Declared options: frozen dataclasses whose fields carry their meaning and their range.

Everything a configuration can select is a frozen dataclass made with :func:`option`. A choice
among several (an optimizer, a loss, ...) is a dict from names to such classes, handed to
:func:`choice`. :func:`build` turns plain mappings into them strictly, :func:`plain` turns them
back, :func:`describe` lists every key for the reference.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from wincls.errors import ConfigError, nearest

_MISSING = dataclasses.MISSING
_NAMES = {int: "an integer", float: "a number", str: "a string", bool: "true or false"}


def option(
    default: Any,
    meaning: str,
    *,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
    below: float | None = None,
    among: tuple[str, ...] | None = None,
) -> Any:
    """Declare one key: default, meaning, and range (least/most inclusive, above/below not).

    For a list the range holds for every element. `default` may be ``...`` for a required key.
    """
    metadata = {
        "meaning": meaning,
        "range": {"least": least, "most": most, "above": above, "below": below},
        "among": among,
    }
    return _field(default, metadata)


def choice(default: Any, meaning: str, registry: Mapping[str, type]) -> Any:
    """Declare a key that selects one class of `registry` by name, with that class's own keys.

    In YAML either the name alone, or a mapping with ``name`` and the parameters; without a name
    they are the default's. If the default is None, null is allowed too.
    """
    return _field(default, {"meaning": meaning, "registry": registry})


def _field(default: Any, metadata: dict[str, Any]) -> Any:
    if default is ...:
        return dataclasses.field(metadata=metadata)
    if dataclasses.is_dataclass(default):  # frozen, so that all may share it
        return dataclasses.field(default_factory=lambda: default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def build(cls: type, given: Any, path: str = "") -> Any:
    """Make a `cls` from a plain mapping, refusing every key, type and value not declared.

    Raises ConfigError naming the key's path, what was found and what is allowed.
    """
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise ConfigError(f"{path or 'config'}: found {_show(given)}; allowed is a mapping of keys")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for key in given:
        if key not in fields:
            known = f"known here are {', '.join(fields)}" if fields else "this choice has no keys of its own"
            raise ConfigError(f"{_join(path, key)}: unknown key; {known}{nearest(str(key), fields)}")
    hints = typing.get_type_hints(cls)
    values = {}
    for name, field in fields.items():
        where = _join(path, name)
        if name in given:
            values[name] = _value(field, hints[name], given[name], where)
        elif field.default is _MISSING and field.default_factory is _MISSING:
            raise ConfigError(f"{where}: required, but missing ({field.metadata['meaning']})")
    return cls(**values)


def plain(options: Any) -> Any:
    """The plain mapping that :func:`build` makes the same options from; complete, no default left out."""
    if not dataclasses.is_dataclass(options):
        return list(options) if isinstance(options, tuple) else options
    mapping = {}
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        registry = field.metadata.get("registry")
        mapping[field.name] = plain(value)
        if registry is not None and value is not None:
            mapping[field.name] = {"name": name_of(registry, value), **mapping[field.name]}
    return mapping


def describe(cls: type, path: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield (key path, default, allowed, meaning) for every key below `cls`."""
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        where, hint = _join(path, field.name), hints[field.name]
        registry, meaning = field.metadata.get("registry"), field.metadata["meaning"]
        if registry:
            default = _default(field)
            names = registry if default else [*registry, "null"]
            yield where, name_of(registry, default) if default else "null", " | ".join(names), meaning
            for name, option_class in registry.items():
                for key, default, allowed, about in describe(option_class):
                    yield f"{where}.{key} ({name})", default, allowed, about
        elif dataclasses.is_dataclass(hint):
            yield where, "", "mapping", meaning
            yield from describe(typing.cast(type, hint), where)
        else:
            value = _default(field)
            shown = "required" if value is _MISSING else _show(plain(value))
            yield where, shown, _allowed(hint, field.metadata), meaning


def name_of(registry: Mapping[str, type], value: Any) -> str:
    """The name under which `registry` has the class of `value`."""
    return next(name for name, option_class in registry.items() if type(value) is option_class)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not _MISSING:
        return field.default_factory()
    return field.default


def _value(field: dataclasses.Field[Any], hint: Any, given: Any, where: str) -> Any:
    registry = field.metadata.get("registry")
    if registry is not None:
        return _chosen(registry, given, where, _default(field))
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), given, where)
    found = _converted(hint, given)
    if found is _MISSING or not _in_range(found, field.metadata):
        allowed = _allowed(hint, field.metadata)
        raise ConfigError(
            f"{where}: found {_show(given)}; allowed is {allowed}{_how_to_fix(field, hint, given)}"
        )
    return found


def _how_to_fix(field: dataclasses.Field[Any], hint: Any, given: Any) -> str:
    if given is None and _default(field) is _MISSING:
        return "; this key is required"
    among = field.metadata["among"]
    if isinstance(given, list):
        of_strings = any(each == tuple[str, ...] for each in (hint, *typing.get_args(hint)))
        if of_strings and among is None and not all(isinstance(each, str) for each in given):
            return "; YAML reads words such as NO, on or null as other values: put them in quotes"
        wrong = (each for each in given if isinstance(each, str) and each not in (among or [each]))
        return nearest(next(wrong, ""), among or ())
    if given is None or isinstance(given, Mapping):
        return ""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    elements = [each for each in options if typing.get_origin(each) is tuple]
    if elements and str not in options:
        return _list_to_write(elements[0], field.metadata, given)
    if among:
        return nearest(str(given), among)
    return "; put it in quotes" if hint is str or (elements and str in options) else ""


def _list_to_write(hint: Any, metadata: Mapping[str, Any], given: Any) -> str:
    """What to write where a list is needed and a single value was given."""
    found = _converted(hint, [given])
    if found is not _MISSING and _in_range(found, metadata):
        return f"; write [{given}]"
    among = metadata["among"]
    if among:
        return f"; write a list such as [{', '.join(among[:2])}], or [] for none"
    return "; write a list, or [] for none"


def _chosen(registry: Mapping[str, type], given: Any, where: str, default: Any) -> Any:
    if not given and default is None:
        return None
    mapping = {"name": given} if isinstance(given, str) else given
    if not isinstance(mapping, Mapping):
        raise ConfigError(
            f"{where}: found {_show(given)}; allowed is one of the names {', '.join(registry)}, "
            "or a mapping with 'name' and its parameters"
        )
    name = mapping.get("name") if "name" in mapping or default is None else name_of(registry, default)
    if not isinstance(name, str) or name not in registry:
        raise ConfigError(
            f"{where}: unknown name {_show(name)}; known are {', '.join(registry)}"
            f"{nearest(str(name), registry)}"
        )
    parameters = {key: value for key, value in mapping.items() if key != "name"}
    return build(registry[name], parameters, where)


def _converted(hint: Any, given: Any) -> Any:
    """`given` as the type that `hint` asks for, or _MISSING; 1 is accepted for 1.0, true is not a number."""
    if isinstance(hint, types.UnionType):
        options = (_converted(each, given) for each in typing.get_args(hint))
        return next((each for each in options if each is not _MISSING), _MISSING)
    if hint is type(None):
        return None if given is None else _MISSING
    if typing.get_origin(hint) is tuple:
        if not isinstance(given, (list, tuple)):
            return _MISSING
        elements = tuple(_converted(typing.get_args(hint)[0], each) for each in given)
        return _MISSING if any(each is _MISSING for each in elements) else elements
    if hint is float and isinstance(given, (int, float)) and not isinstance(given, bool):
        return float(given) if abs(given) <= sys.float_info.max else _MISSING  # nan is not either
    return given if type(given) is hint else _MISSING


def _in_range(found: Any, metadata: Mapping[str, Any]) -> bool:
    if found is None:
        return True
    if isinstance(found, tuple):
        return all(_in_range(each, metadata) for each in found)
    if metadata["among"] is not None:
        return found in metadata["among"]
    if isinstance(found, (int, float)):
        limits = metadata["range"]
        return (
            (limits["least"] is None or found >= limits["least"])
            and (limits["most"] is None or found <= limits["most"])
            and (limits["above"] is None or found > limits["above"])
            and (limits["below"] is None or found < limits["below"])
        )
    return True


def _allowed(hint: Any, metadata: Mapping[str, Any]) -> str:
    if isinstance(hint, types.UnionType):
        options = [each for each in typing.get_args(hint) if each is not type(None)]
        allowed = ", or ".join(_allowed(each, metadata) for each in options)
        return f"{allowed}, or null" if len(options) < len(typing.get_args(hint)) else allowed
    if typing.get_origin(hint) is tuple:
        return f"a list, each {_allowed(typing.get_args(hint)[0], metadata)}"
    if metadata["among"] is not None:
        return " | ".join(metadata["among"])
    words = {"least": "at least", "most": "at most", "above": "above", "below": "below"}
    limits = [f"{words[key]} {limit}" for key, limit in metadata["range"].items() if limit is not None]
    return " ".join([_NAMES[hint], *[" and ".join(limits)] * bool(limits)])


def _join(path: str, key: object) -> str:
    name = str(key) if str(key).isprintable() else repr(key)
    return f"{path}.{name}" if path else name


def _show(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, int) and abs(value) > 10**60:
        return "an integer of more than 60 digits"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
