"""Comment lines, and those among them that start a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

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

_NEARLY_ALL = 0.9


def starts_sentence(comment: str) -> bool:
    """Whether a comment stands before a sentence, so that it ends the one before."""
    return _SENTENCE.match(comment) is not None


def starts_document(comment: str) -> bool:
    return _DOCUMENT.match(comment) is not None


def is_metadata(text: str) -> bool:
    """Whether a line is a comment of CoNLL-U and its kin, which needs no setting: "# sent_id = 3"."""
    return _METADATA.match(text) is not None


class SentenceComments(NamedTuple):
    """The comments before the sentences of a file, which may look like rows.

    sign: how they start: "#", or several of these, and perhaps a space; "" if there are none.
    row_parts: how many parts between white space a row has; comments have another number.
    """

    sign: str = ""
    row_parts: int = 0

    def has(self, text: str) -> bool:
        """Whether a line is one of them."""
        parts = len(text.split())
        return bool(self.sign) and text.startswith(self.sign) and 1 < parts != self.row_parts


def find_sentence_comments(lines: Sequence[str], tag_of: Callable[[str], str] | None) -> SentenceComments:
    """Find out how comments before sentences start; lines: the first ones of a file.

    Nearly all lines that start so stand at the beginning, after an empty line or after another comment, have
    more or fewer parts than a row, but more than one, and have the tag of no row.

    tag_of: the tag of a row; None if rows have no tags.
    """
    signed = [line for line in lines if line.startswith("#")]
    rows = [line for line in lines if line and not line.isspace() and not line.startswith("#")]
    if not signed or not rows:
        return SentenceComments()
    parts = Counter(len(line.split()) for line in rows).most_common(1)[0][0]
    first = next((line for line in signed if 1 < len(line.split()) != parts), "")
    if not first:
        return SentenceComments()
    sign = first[: len(first) - len(first.lstrip("#"))]
    found = SentenceComments(sign + " " * first.startswith(f"{sign} "), parts)
    tags = {tag_of(line) for line in rows} if tag_of else frozenset()
    total = comments = 0
    after_empty = True
    for line in lines:
        if line.startswith(found.sign):
            total += 1
            after_empty = after_empty and found.has(line) and not (tag_of and tag_of(line) in tags)
            comments += after_empty
        else:
            after_empty = not line or line.isspace()
    return found if comments >= _NEARLY_ALL * total else SentenceComments()
