"""Header rows of column files: names of columns in place of a token."""

from __future__ import annotations

from collections.abc import Sequence

_WORDS = frozenset(
    ("word", "words", "token", "tokens", "form", "text", "term", "surface", "token_text", "#word", "#token")
)
_TAGS = frozenset(
    ("tag", "tags", "label", "labels", "ner", "ne", "ner_tag", "ner_tags", "nertag", "netag", "ne-tag",
     "ner-tag", "entity", "entities", "iob", "iob2", "bio", "named_entity", "misc", "annotation", "class")
)  # fmt: skip


def is_header(fields: Sequence[str], word: int, tag: int) -> bool:
    """Whether a row names columns; word, tag: the columns of words and tags."""
    return fields[word].strip().lower() in _WORDS and fields[tag].strip().lower() in _TAGS
