"""Comment lines, and those among them that start a sentence."""

from __future__ import annotations

import re

# "# sent_id = 3", "# newdoc", "# text = He left.", "# id 5239d808 domain=en", "#begin document (a/b)"
_SENTENCE = re.compile(
    r"\W*\s*(?:(?:sent_id|newdoc|newpar|(?:begin|end) document)\b|(?:text|id|sentence|sent)\s*[=:]"
    r"|id\s+\S)"
)
_METADATA = re.compile(
    r"#\s+(?:(?:sent_id|text(?:_\w+)?|global\.columns|s_type|translit)\s*=|(?:newdoc|newpar)\b|id\s*[=:]"
    r"|id\s+\S)|#(?:begin|end) document\b"
)
_DOCUMENT = re.compile(r"\W*\s*(?:newdoc|begin document)\b")


def starts_sentence(comment: str) -> bool:
    """Whether a comment stands before a sentence, so that it ends the one before."""
    return _SENTENCE.match(comment) is not None


def starts_document(comment: str) -> bool:
    return _DOCUMENT.match(comment) is not None


def is_metadata(text: str) -> bool:
    """Whether a line is a comment of CoNLL-U and its kin, which needs no setting: "# sent_id = 3"."""
    return _METADATA.match(text) is not None
