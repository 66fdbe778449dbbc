"""Tables of token features: the keys of a word form in each table (Collobert et al. 2011, section 3.2).

A word form has one key in each table: its lower-case spelling, its capitalization, its first and last
letters, and its shape. The keys depend only on the form, so they are computed once for each distinct form.
A new feature is one function and one line in :func:`feature_function`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.corpus.characters import INVISIBLE, JOINERS
from wincls.features.vocabulary import PADDING, UNKNOWN, SortedWords, Vocabulary

_DIGITS = re.compile(r"\d")
_IDLE_JOINERS = re.compile(rf"(^|[^{JOINERS}])([{JOINERS}]+)(?=(.?))", re.DOTALL)
_REPEATED = re.compile(r"(.)\1{2,}")
_ASCII_CLASSES = dict.fromkeys(range(65, 91), "A")
_ASCII_CLASSES |= dict.fromkeys(range(97, 123), "a")
_ASCII_CLASSES |= dict.fromkeys(range(48, 58), "0")

# Typographic quotes, apostrophes and dashes have the keys of their plain forms, since most corpora and
# vector files have only these.
_PLAIN = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc\uff07"), "'")
_PLAIN |= dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02"), '"')
_PLAIN |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-")
_PLAIN |= dict.fromkeys(map(ord, "\u2014\u2015"), "--")


class Spelling(NamedTuple):
    """How a word form is looked up: plain, in lower case, and in lower case with every digit as 0.

    form: in NFC, with plain quotes and dashes, without invisible characters. ZWNJ and ZWJ are kept
        where they can change what is read: between letters without case, as in Persian, and in emoji.
    """

    form: str
    lower: str
    digitless: str

    @classmethod
    def of(cls, form: str) -> Spelling:
        form = form if form.isascii() else _plain(form)
        lower = form.lower()
        return cls(form, lower, lower if lower.isalpha() else _DIGITS.sub("0", lower))


def _plain(form: str) -> str:
    visible = _IDLE_JOINERS.sub(_joiner, INVISIBLE.sub("", form))
    return unicodedata.normalize("NFC", visible).translate(_PLAIN) or form


def _joiner(match: re.Match[str]) -> str:
    """A joiner where it can matter, otherwise nothing."""
    before, joiner, after = match.groups()
    if not after or before.isascii() or before.lower() != before.upper():
        return before
    return before + joiner


def word(spelling: Spelling) -> str:
    """The lower-case form: the word table has one row for Apple and apple; the caps table differs."""
    return spelling.lower


def word_key(form: str) -> str:
    """The key of a form in the word table."""
    return word(Spelling.of(form))


def caps(spelling: Spelling) -> str:
    """lower, upper, title, mixed or initial (a single capital letter); digits or none without letters."""
    form = spelling.form
    if form.islower():
        return "lower"
    if form.isupper():
        return "upper" if sum(map(str.isalpha, form)) > 1 else "initial"
    if not any(map(str.isalpha, form)):
        return "digits" if any(map(str.isdigit, form)) else "none"
    return "title" if form[0].isupper() and form[1:] == form[1:].lower() else "mixed"


def shape(spelling: Spelling) -> str:
    """The form with letters as A or a and digits as 0; runs of three or more become two: Aa-00."""
    form = spelling.form
    if form.isascii():
        classes = form.translate(_ASCII_CLASSES)
    else:
        classes = "".join(
            "A" if char.isupper() else "a" if char.isalpha() else "0" if char.isdigit() else char
            for char in form
        )
    return _cut_runs(classes)


@lru_cache(1 << 14)  # few shapes for many forms
def _cut_runs(classes: str) -> str:
    return _REPEATED.sub(r"\1\1", classes)


def prefix(length: int, spelling: Spelling) -> str:
    """The first `length` letters in lower case, digits as 0; the whole form if it is shorter."""
    return spelling.digitless[:length]


def suffix(length: int, spelling: Spelling) -> str:
    """The last `length` letters in lower case, digits as 0; the whole form if it is shorter."""
    return spelling.digitless[-length:]


def feature_function(table: str) -> Callable[[Spelling], str]:
    """The function that returns the key in a table: word, caps, shape, prefixN or suffixN."""
    if table.startswith("prefix"):
        return partial(prefix, int(table.removeprefix("prefix")))
    if table.startswith("suffix"):
        return partial(suffix, int(table.removeprefix("suffix")))
    return {"word": word, "caps": caps, "shape": shape}[table]


class TokenTables:
    """The vocabularies of all tables.

    vocabularies: by table name, in the order in which the vectors are concatenated.
    pretrained: words that have a pretrained vector but are not in the training data. Their rows are numbered
        after those of the word vocabulary.
    """

    def __init__(self, vocabularies: Mapping[str, Vocabulary], pretrained: SortedWords | None = None):
        self.vocabularies = dict(vocabularies)
        self.pretrained = SortedWords.sort([])[0] if pretrained is None else pretrained
        self._functions = {name: feature_function(name) for name in self.vocabularies}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.vocabularies)

    def padding_row(self) -> Array:
        """(1, tables) rows of the padding token."""
        return np.full((1, len(self.names)), PADDING, dtype=np.int32)

    def rows(self, forms: Sequence[str]) -> Array:
        """(forms, tables) row numbers.

        A word is looked up as it is spelled, then in lower case, then with its digits as 0.
        """
        spellings = [Spelling.of(form) for form in forms]
        rows = np.empty((len(forms), len(self.names)), dtype=np.int32)
        for column, (name, vocabulary) in enumerate(self.vocabularies.items()):
            if name == "word":
                rows[:, column] = self._word_rows_of(spellings)
            else:
                rows[:, column] = vocabulary.rows(map(self._functions[name], spellings))
        return rows

    def known(self, forms: Sequence[str]) -> list[bool]:
        """Whether each form has a row of its own in the word table, as it is or with its digits as 0."""
        return [row != UNKNOWN for row in self._word_rows_of([Spelling.of(form) for form in forms])]

    def _word_rows_of(self, spellings: Sequence[Spelling]) -> list[int]:
        rows = self._word_rows([spelling.form for spelling in spellings])
        for key in (word, _digitless):
            unknown = np.flatnonzero(rows == UNKNOWN).tolist()
            rows[unknown] = self._word_rows([key(spellings[i]) for i in unknown])
        found: list[int] = rows.tolist()
        return found

    def _word_rows(self, words: Sequence[str]) -> Array:
        vocabulary = self.vocabularies["word"]
        rows: Array = np.array(vocabulary.rows(words), dtype=np.int64)
        unknown = np.flatnonzero(rows == UNKNOWN)
        found = self.pretrained.indices([words[i] for i in unknown.tolist()])
        rows[unknown] = np.where(found < 0, UNKNOWN, len(vocabulary) + found)
        return rows


def _digitless(spelling: Spelling) -> str:
    return spelling.digitless


def count_keys(form_counts: Counter[str], table: str) -> Counter[str]:
    """The count of each key of a table, from the count of each form."""
    function, counts = feature_function(table), Counter[str]()
    for form, count in form_counts.items():
        counts[function(Spelling.of(form))] += count
    return counts


def count_forms(sentences: Iterable[Sequence[str]]) -> Counter[str]:
    """The count of each word form."""
    counts = Counter[str]()
    for words in sentences:
        counts.update(words)
    return counts
