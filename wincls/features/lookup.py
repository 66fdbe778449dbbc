"""Tables of token features: what is looked up for a word (Collobert et al. 2011, section 3.2).

A word form has one key in every table: its lower-cased spelling for the word table, the kind of
its capitals, its first and last letters, its shape. All keys depend on the form alone, so they
are worked out once for each distinct form. A new feature is one function and one line in
:func:`feature_function`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from wincls.features.vocabulary import UNKNOWN, SortedWords, Vocabulary

Array = np.ndarray

_DIGITS = re.compile(r"\d")
_REPEATED = re.compile(r"(.)\1{2,}")
_ASCII_KINDS = dict.fromkeys(range(65, 91), "A")
_ASCII_KINDS |= dict.fromkeys(range(97, 123), "a")
_ASCII_KINDS |= dict.fromkeys(range(48, 58), "0")


class Spelling(NamedTuple):
    """A word form as it stands, in lower case, and in lower case with every digit as 0."""

    form: str
    lower: str
    digitless: str

    @classmethod
    def of(cls, form: str) -> Spelling:
        lower = form.lower()
        return cls(form, lower, lower if lower.isalpha() else _DIGITS.sub("0", lower))


def word(spelling: Spelling) -> str:
    """Lower case: the word table does not tell Apple from apple; the caps table does."""
    return spelling.lower


def word_key(form: str) -> str:
    """The key of a form in the word table."""
    return word(Spelling.of(form))


def caps(spelling: Spelling) -> str:
    """The kind of a form's capitals: lower, UPPER, Title, miXed, one initial; or digits, or none."""
    form = spelling.form
    if form.islower():
        return "lower"
    if form.isupper():
        return "upper" if sum(map(str.isalpha, form)) > 1 else "initial"
    if not any(map(str.isalpha, form)):
        return "digits" if any(map(str.isdigit, form)) else "none"
    return "title" if form[0].isupper() and form[1:] == form[1:].lower() else "mixed"


def shape(spelling: Spelling) -> str:
    """The form with letters as A and a, digits as 0, and runs of three or more cut to two: Aa-00."""
    form = spelling.form
    if form.isascii():
        kinds = form.translate(_ASCII_KINDS)
    else:
        kinds = "".join(
            "A" if char.isupper() else "a" if char.isalpha() else "0" if char.isdigit() else char
            for char in form
        )
    return _cut_runs(kinds)


@lru_cache(1 << 14)  # few shapes for many forms
def _cut_runs(kinds: str) -> str:
    return _REPEATED.sub(r"\1\1", kinds)


def prefix(length: int, spelling: Spelling) -> str:
    """The first `length` letters in lower case, digits as 0; the whole form if it is shorter."""
    return spelling.digitless[:length]


def suffix(length: int, spelling: Spelling) -> str:
    """The last `length` letters in lower case, digits as 0; the whole form if it is shorter."""
    return spelling.digitless[-length:]


def feature_function(table: str) -> Callable[[Spelling], str]:
    """The function to the key in the table called word, caps, shape, prefixN or suffixN."""
    if table.startswith("prefix"):
        return partial(prefix, int(table.removeprefix("prefix")))
    if table.startswith("suffix"):
        return partial(suffix, int(table.removeprefix("suffix")))
    return {"word": word, "caps": caps, "shape": shape}[table]


class TokenTables:
    """The vocabularies of all tables, in the order in which their vectors are concatenated.

    further: words that training did not see but that have a vector; their rows of the word table
    follow on those of its vocabulary.
    """

    def __init__(self, vocabularies: Mapping[str, Vocabulary], further: SortedWords | None = None):
        self.vocabularies = dict(vocabularies)
        self.further = SortedWords.sort([])[0] if further is None else further
        self._functions = {name: feature_function(name) for name in self.vocabularies}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.vocabularies)

    def rows(self, forms: Sequence[str]) -> Array:
        """(forms, tables) row numbers. A word the table lacks is tried with its digits as 0."""
        spellings = [Spelling.of(form) for form in forms]
        rows = np.empty((len(forms), len(self.names)), dtype=np.int32)
        for column, (name, vocabulary) in enumerate(self.vocabularies.items()):
            keys = list(map(self._functions[name], spellings))
            if name == "word":
                rows[:, column] = self._word_rows(keys)
                unknown = np.flatnonzero(rows[:, column] == UNKNOWN)
                rows[unknown, column] = self._word_rows([spellings[i].digitless for i in unknown.tolist()])
            else:
                rows[:, column] = vocabulary.rows(keys)
        return rows

    def _word_rows(self, words: Sequence[str]) -> Array:
        vocabulary = self.vocabularies["word"]
        rows = np.array(vocabulary.rows(words), dtype=np.int64)
        unknown = np.flatnonzero(rows == UNKNOWN)
        places = self.further.places([words[i] for i in unknown.tolist()])
        rows[unknown] = np.where(places < 0, UNKNOWN, len(vocabulary) + places)
        return rows


def count_keys(form_counts: Counter[str], table: str) -> Counter[str]:
    """How often each key of a table occurs, from how often each form does."""
    function, counts = feature_function(table), Counter[str]()
    for form, count in form_counts.items():
        counts[function(Spelling.of(form))] += count
    return counts


def count_forms(sentences: Iterable[Sequence[str]]) -> Counter[str]:
    """How often each word form occurs."""
    counts = Counter[str]()
    for words in sentences:
        counts.update(words)
    return counts
