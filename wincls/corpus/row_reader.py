"""What a line of a column file is: a token, or one of the many things beside tokens.

Ordinary rows are cut by columns.lines_of itself; all others come here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wincls.corpus import comments, conllu
from wincls.corpus.header import is_header
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import OUTSIDE, is_inner
from wincls.errors import DataError
from wincls.visible import shorten

if TYPE_CHECKING:
    from wincls.corpus.columns import Columns

DOCUMENT_START = "-DOCSTART-"
_LOOKED_AT = 2000  # lines by which comments are recognized
_OUTSIDE = (OUTSIDE, "o", "0", "_")  # tags of rows that can be skipped if they have no word

NO_WORD = "tag {} has no word; every tag needs one, except O and one that goes on with an entity"

# The options are those of the commands that take no configuration.
_SET_COLUMNS = (
    "set data.word_column, data.tag_column, data.delimiter or data.comment "
    "(--word-column, --tag-column, --delimiter, --comment)"
)


class Line(NamedTuple):
    """A line of a column file: its number, its text without the line end, and its fields.

    fields is None for a line that is no token: empty, a comment, a document start, or a row that is
    skipped. They end a sentence, except skipped rows and comments that do not stand before a sentence.
    In CoNLL-U, the word stands in the place of the column that was asked for, usually the ID's. A value
    of data.tag_key stands in the place of its column.

    is_comment: whether the line is skipped without ending a sentence.
    no_space: whether no space follows the token in the text.
    """

    number: int
    text: str
    fields: list[str] | None
    is_comment: bool = False
    no_space: bool = False

    @property
    def ends_sentence(self) -> bool:
        return self.fields is None and not self.is_comment


class RowReader:
    """Reads the lines of one file that are not ordinary rows.

    width: the number of fields of an ordinary row; 0 before the first, -1 where no row is ordinary.
    split: cuts a line into fields.
    header: the header row; "" if there is none.
    """

    def __init__(self, path: str, columns: Columns, notes: Notes):
        self.path, self.columns, self.notes = path, columns, notes
        self.split = splitter(columns.delimiter)
        self.width = 0
        self._key = columns.tag_key if columns.tag else ""
        self._needed = max(abs(columns.word), abs(columns.tag), 2 if columns.tag else 1)
        self._first_width = 0
        self._rows = 0
        self._other_widths: dict[int, tuple[int, int]] = {}  # rows of a width, and the first one's line
        self.header = ""
        self._form = 0  # index of the words in CoNLL-U; 0 for another format
        self._multiword: tuple[str, str, bool] = ("", "", False)  # last ID, rest of the form, no space after
        self._keys: dict[str, None] = {}
        self._found_key = False
        self._comments = comments.SentenceComments()
        self._block: Sequence[str] = ()
        self._lines_before, self._line_before = 0, ""

    def start_block(self, lines: Sequence[str], lines_before: int) -> None:
        """Take the next lines of the file; lines_before: how many there were."""
        if not lines_before:
            self._look_ahead(lines)
        self._line_before = self._block[-1] if self._block else ""
        self._block, self._lines_before = lines, lines_before

    def _look_ahead(self, lines: Sequence[str]) -> None:
        """Recognize CoNLL-U, and comments that look like rows; lines: the first ones of the file."""
        columns = self.columns
        if columns.word in (1, 2) and columns.delimiter != "space":
            first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
            self._form = max(map(conllu.form_column, lines[:10]), default=0)
            self._form = self._form or int(conllu.is_first_row(first))
        if self._form:
            self.split = splitter("tab")
            if columns.word - 1 != self._form:
                number = next((i for i, line in enumerate(lines, start=1) if line is first), 1)
                what = f"file in CoNLL-U, words read from column {self._form + 1}"
                self.notes.add(f"{what} (data.word_column: {self._form + 1})", f"{self.path}:{number}")
        else:
            self._comments = comments.find_sentence_comments(
                lines[:_LOOKED_AT], self._tag_in if columns.tag else None
            )

    def comment(self, number: int, text: str) -> Line | None:
        """A line that starts with "#" or the sign of a comment; None if it is none."""
        columns = self.columns
        known = bool(columns.comments) and text.startswith(columns.comments)
        if not known and not self._form:
            if not self._rows and not self.header and is_header(self.split(text)):
                return self._header_row(number, text)
            known = comments.is_metadata(text)
            without_tab = columns.delimiter == "tab" and self._needed > 1 and "\t" not in text
            if not (known or without_tab):
                if not self._comments.has(text):
                    return None
                what = f"line that starts with {self._comments.sign.strip()} and stands before a sentence"
                self.notes.add(f"{what}, skipped", f"{self.path}:{number}")
                return Line(number, text, None)
            if not known:
                self.notes.add("line that starts with # and has no tab, skipped", f"{self.path}:{number}")
        elif not known and "\t" in text and not comments.is_metadata(text):
            return None
        return Line(number, text, None, is_comment=not comments.starts_sentence(text))

    def row(self, number: int, text: str) -> Line:
        """A row that is not an ordinary one, or the first."""
        fields = self.split(text)
        word, tag = self.columns.word_index, self.columns.tag_index
        if fields[0] == DOCUMENT_START or (
            -len(fields) <= word < len(fields) and fields[word] == DOCUMENT_START
        ):
            return Line(number, text, None)
        if (not self._rows and not self.header and is_header(fields)) or text == self.header:
            return self._header_row(number, text)
        no_space = False
        if self._form and len(fields) > self._form:
            reason = conllu.skipped(fields[0])
            if reason:
                return self._skipped(number, text, fields, reason)
            no_space = self._no_space(fields)
            fields[word] = fields[self._form]
        if word == 0 and text[0] in " \t" and len(fields) == (self._first_width or self._needed) - 1:
            fields = ["", *fields]  # runs of spaces hide that the first column is empty
        self._check_width(number, len(fields))
        if self._key:
            fields[tag] = self._tag_of(fields[tag])
        if self.columns.word_prefix:
            fields[word] = fields[word].removeprefix(self.columns.word_prefix) or fields[word]
        if not self.is_complete(fields):
            return self.incomplete(number, text, fields)
        return Line(number, text, fields, no_space=no_space)

    def is_complete(self, fields: list[str]) -> bool:
        """Whether a row has its word and its tag."""
        word = fields[self.columns.word_index]
        return bool(word and not word.isspace() and (not self.columns.tag or fields[self.columns.tag_index]))

    def incomplete(self, number: int, text: str, fields: list[str]) -> Line:
        """A row without a word, skipped if its tag is O or goes on with the entity of the row before.

        Raises DataError for another one, and for a row without a tag.
        """
        columns, place = self.columns, f"{self.path}:{number}"
        tag = fields[columns.tag_index] if columns.tag else OUTSIDE
        if not tag or fields[columns.word_index].strip():
            raise DataError(f"{place}: an empty word or tag; every row needs both")
        if tag in _OUTSIDE:
            self.notes.add("row without a word skipped", place)
            return Line(number, text, None, is_comment=True)
        before = number - self._lines_before - 2  # its index in the block
        if not is_inner(self._tag_in(self._block[before] if before >= 0 else self._line_before), tag):
            raise DataError(f"{place}: {NO_WORD.format(shorten(tag))}")
        self.notes.add("row without a word inside an entity skipped", place)
        return Line(number, text, None, is_comment=True)

    def _tag_in(self, text: str) -> str:
        """The tag in a line; empty if it is not there."""
        fields, tag = self.split(text), self.columns.tag_index
        return fields[tag] if -len(fields) <= tag < len(fields) else ""

    def finish(self, rows: int) -> None:
        """Note what only the whole file tells; rows: how many ordinary rows there were."""
        self._rows += rows
        widths = dict(self._other_widths)
        others = sum(count for count, _ in widths.values())
        usual = max(widths, key=lambda width: widths[width][0], default=0)
        if usual and widths[usual][0] > self._rows - others:
            others = self._rows - widths.pop(usual)[0]
            widths[self._first_width] = (1, 0)  # the first row is one of those that differ
        else:
            usual = self._first_width
        if others:
            what = f"row of another number of columns than {usual}, read all the same"
            first = min(line for _, line in widths.values()) or self._first_line
            self.notes.add(what, f"{self.path}:{first}", others)
        if self._key and self._rows and not self._found_key:
            there = f"the keys there are {', '.join(self._keys)}" if self._keys else "there are no keys there"
            raise DataError(
                f"{self.path}: no row has the key '{self._key}' in column {self.columns.tag}; {there}; "
                "check data.tag_key (--tag-key) and data.tag_column (--tag-column)"
            )

    def _header_row(self, number: int, text: str) -> Line:
        self.header = text
        self.notes.add("header row skipped", f"{self.path}:{number}")
        return Line(number, text, None, is_comment=True)

    def _check_width(self, number: int, found: int) -> None:
        columns, self._rows = self.columns, self._rows + 1
        if found < self._needed:
            raise DataError(too_short(self.path, number, found, self._needed, columns))
        if columns.tag and found == abs(columns.word_index - columns.tag_index):
            raise DataError(_same_column(self.path, number, found, columns))
        if not self._first_width:
            self._first_width, self._first_line = found, number
            plain = not (self._form or self._key or columns.word_prefix)
            self.width = found if plain else -1
        elif found != self._first_width:
            count, first = self._other_widths.get(found, (0, number))
            self._other_widths[found] = count + 1, first

    def _tag_of(self, field: str) -> str:
        value = conllu.value_of(field, self._key)
        if value is None:
            if not self._found_key and len(self._keys) < 10:
                self._keys |= dict.fromkeys(conllu.keys_of(field))
            return "O"
        self._found_key = True
        return value

    def _skipped(self, number: int, text: str, fields: list[str], reason: str) -> Line:
        if "-" in fields[0]:
            last = fields[0].partition("-")[2]
            self._multiword = last, fields[self._form], conllu.no_space_after(fields[-1])
        self.notes.add(reason, f"{self.path}:{number}")
        return Line(number, text, None, is_comment=True)

    def _no_space(self, fields: list[str]) -> bool:
        """Whether no space follows; a multiword token tells it for its last word."""
        last, rest, no_space = self._multiword
        if not last:
            return conllu.no_space_after(fields[-1])
        form = fields[self._form]
        if fields[0] == last:
            self._multiword = "", "", False
            return no_space
        begins = bool(rest) and rest.startswith(form)
        self._multiword = last, rest.removeprefix(form) if begins else "", no_space
        return begins


def splitter(delimiter: str) -> Callable[[str], list[str]]:
    if delimiter == "tab":
        return lambda text: text.split("\t")
    if delimiter == "space":
        return lambda text: text.split(" ")
    return _split_at_runs


def _split_at_runs(text: str) -> list[str]:
    """The parts between runs of spaces and tabs; other white space belongs to the parts."""
    fields = text.replace("\t", " ").split(" ")
    return [field for field in fields if field] if "" in fields else fields


def too_short(path: str, number: int, found: int, needed: int, columns: Columns) -> str:
    """The message for a row without the columns that are asked for."""
    allowed = f"at least {needed} are needed for word column {columns.word}"
    allowed += f" and tag column {columns.tag}" if columns.tag else ""
    return (
        f"{path}:{number}: {found} column{'s' * (found != 1)} (delimiter: {columns.delimiter}); {allowed}; "
        f"fix the row, or {_SET_COLUMNS}"
    )


def _same_column(path: str, number: int, width: int, columns: Columns) -> str:
    return (
        f"{path}:{number}: word column {columns.word} and tag column {columns.tag} are the same of {width} "
        f"columns (delimiter: {columns.delimiter}); {_SET_COLUMNS}"
    )
