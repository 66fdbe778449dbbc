"""The training examples of Rasa, in Markdown or YAML: list items with entities such as [New York](city)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from wincls.corpus.marks import Mark, Places, spaces
from wincls.corpus.notes import Notes
from wincls.visible import shorten

_RASA = re.compile(r"\[([^\[\]\n]+)\](?:\((?!\w+://)([A-Za-z_][\w.-]*)(?::[^()\n]*)?\)|(\{[^{}\n]*\}))")
_ITEM = re.compile(r"\s*[-*+] +")
_SECTION = re.compile(r"\s*(?:##|-) *(intent|synonym|lookup|regex) *:")  # the heading of a list


def has_rasa(text: str) -> bool:
    """Whether a list item has an entity."""
    return any(_ITEM.match(line) and any(map(_rasa_type, _RASA.finditer(line))) for line in text.split("\n"))


def rasa_items(text: str, place: Places, notes: Notes) -> str:
    """The text with spaces for all but the list items of intents; the other lines are noted."""
    section = ""

    def replace(match: re.Match[str]) -> str:
        nonlocal section
        item, line = _ITEM.match(match[0]), match[0]
        heading = _SECTION.match(line)
        section = heading[1] if heading else section
        if item and not heading and section in ("", "intent"):
            return spaces(item) + line[item.end() :]
        if line.strip():
            is_alone = item is None or heading
            what = "line that is no list item" if is_alone else f"list item of a {section}"
            notes.add(f"{what} skipped", f"{place(match.start())}, {shorten(line.strip())}")
        return spaces(match)

    return re.sub(r"[^\n]+", replace, text)


def rasa_marks(text: str, place: Places, notes: Notes) -> Iterator[Mark]:
    """The entities in order."""
    for match in _RASA.finditer(text):
        if label := _rasa_type(match):
            yield Mark(match.start(), match.start(1), match.end(1), match.end(), label)


def _rasa_type(match: re.Match[str]) -> str:
    """The entity type of a mark; empty if it is none."""
    if match[2]:
        return match[2]
    try:
        label = json.loads(match[3]).get("entity")
    except (ValueError, RecursionError):
        return ""
    return label if isinstance(label, str) else ""
