"""CoNLL-U: ten columns separated by tabs, the word in the second, more in the last (MISC).

Multiword tokens (1-2) and empty nodes (1.1) have rows of their own, which are no tokens.
"""

from __future__ import annotations

import re

COLUMNS = 10
_ID = re.compile(r"\d+(?:[-.]\d+)?")
_NO_TOKEN = re.compile(r"\d+([-.])\d+")
_GLOBAL_COLUMNS = re.compile(r"#\s*global\.columns\s*=\s*(.*)")


def is_first_row(text: str) -> bool:
    """Whether a file whose first row this is seems to be CoNLL-U."""
    fields = text.split("\t")
    return len(fields) == COLUMNS and _ID.fullmatch(fields[0]) is not None


def form_column(comment: str) -> int:
    """The index of the column of words that "# global.columns = ID FORM ..." names; 0 if it does not."""
    match = _GLOBAL_COLUMNS.match(comment)
    names = match[1].split() if match else []
    return names.index("FORM") if "FORM" in names[1:] and names[0] == "ID" else 0


def skipped(identifier: str) -> str:
    """Why the row with this ID is no token; empty if it is one."""
    match = _NO_TOKEN.fullmatch(identifier)
    if match is None:
        return ""
    return (
        "row of a multiword token (such as 1-2) skipped"
        if match[1] == "-"
        else ("row of an empty node (such as 1.1) skipped")
    )


def value_of(misc: str, key: str) -> str | None:
    """The value of a key in "SpaceAfter=No|name=B-PER"; None if it is not there."""
    for part in misc.split("|"):
        name, found, value = part.partition("=")
        if found and name.strip() == key:
            return value
    return None


def keys_of(misc: str) -> list[str]:
    return [part.partition("=")[0] for part in misc.split("|") if "=" in part]


def no_space_after(misc: str) -> bool:
    return "SpaceAfter=No" in misc and value_of(misc, "SpaceAfter") == "No"
