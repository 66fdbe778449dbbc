"""How annotated files are read, whatever their format, and what all readers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wincls.corpus.columns import Columns
from wincls.corpus.documents import Corpus
from wincls.corpus.notes import Notes
from wincls.corpus.row_reader import NO_WORD
from wincls.corpus.schemes import OUTSIDE, is_inner
from wincls.corpus.tag_columns import Rows, decode_sentences
from wincls.errors import DataError
from wincls.options import option
from wincls.visible import shorten


@dataclass(frozen=True)
class Headers:
    """The columns of csv files by their headers."""

    word: str | None = option(None, "header of the words; null recognizes word, token, text, form and others")
    tag: str | None = option(
        None, "header of the tags; null recognizes tag, label, ner, entity, iob and others"
    )
    sentence: str | None = option(
        None, "header of the sentence numbers; null recognizes Sentence #, sentence_id, sent and others"
    )
    document: str | None = option(
        None, "header of the document names; null recognizes document, doc_id, file and others"
    )


@dataclass(frozen=True)
class Reading:
    """How annotated files are read.

    columns: of column files; its encoding holds for all formats.
    headers: of csv files.
    scheme, lenient, keep_labels: see columns.read_corpus.
    strict: raise DataError for what would be skipped or repaired.
    tag_names: the tags that numbers stand for.
    """

    columns: Columns = Columns()
    headers: Headers = Headers()
    scheme: str = "auto"
    lenient: bool = False
    keep_labels: tuple[str, ...] | None = None
    strict: bool = False
    tag_names: tuple[str, ...] | None = None

    def decode(self, path: str, rows: Sequence[Rows], notes: Notes) -> Corpus:
        """The entities of tagged words."""
        return decode_sentences(
            path, rows, self.scheme, self.lenient, self.keep_labels, notes, self.tag_names
        )


def clean_row(
    word: str, tag: str, place: str, notes: Notes, tag_before: str = OUTSIDE
) -> tuple[str, str] | None:
    """A word and its tag without white space around them; None for a row without a word, which is noted.

    Raises DataError for a word without a tag, and for a tag without a word unless it is O or goes on with the
    entity of the tag before.
    """
    parts, tag = word.split(), tag.strip()
    if not parts:
        is_inside = is_inner(tag_before, tag)
        if tag not in ("", OUTSIDE) and not is_inside:
            raise DataError(f"{place}: {NO_WORD.format(shorten(tag))}")
        notes.add(f"row without a word{' inside an entity' * is_inside} skipped", place)
        return None
    if not tag:
        raise DataError(f"{place}: the word '{shorten(word)}' has no tag; every word needs one, such as O")
    if not tag.isprintable():
        shown = shorten(repr(tag))
        raise DataError(f"{place}: the tag {shown} has a character that cannot be printed; remove it")
    if any(each.isspace() and each != " " for each in word.strip()):
        notes.add("line break or tab in a word read as a space", place)
    return " ".join(parts), tag
