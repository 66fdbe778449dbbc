"""CoNLL-U: ten columns, the first a token number, the last with KEY=VALUE pairs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

_ID = re.compile(r"\d+(?:-\d+|\.\d+)?")
_TAG = re.compile(r"O|[BIESLUM]-.+")


def is_conllu(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows are of CoNLL-U."""
    return bool(rows) and all(len(row) == 10 and _ID.fullmatch(row[0]) for row in rows)


def is_skipped_id(number: str) -> bool:
    """Whether a token number is that of a multiword token (1-2) or of an empty node (1.1)."""
    return "-" in number or "." in number


def misc_value(misc: str, key: str) -> str | None:
    """The value of a key in the last column; None if it is not there."""
    if key not in misc:
        return None
    for pair in misc.split("|"):
        name, equals, value = pair.partition("=")
        if equals and name.strip() == key:
            return value.strip()
    return None


def tag_key_of(rows: Sequence[Sequence[str]]) -> str | None:
    """The only key whose values are all tags; None if there is none, or more than one."""
    values: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for pair in row[-1].split("|"):
            name, equals, value = pair.partition("=")
            if equals:
                values[name.strip()].append(value.strip())
    keys = [
        key for key, found in values.items()
        if all(map(_TAG.fullmatch, found)) and any(value != "O" for value in found)
    ]  # fmt: skip
    return keys[0] if len(keys) == 1 else None
