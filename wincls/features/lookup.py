"""Tables of token features: what is looked up for a word (Collobert et al. 2011, section 3.2).

A word form has one key in every table: its lower-cased spelling for the word table, the kind of
its capitals, its first and last letters, its shape. All keys depend on the form alone, so they
are worked out once for each distinct form. A new feature is one function and one line in
:func:`feature_functions`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from wincls.features.vocabulary import UNKNOWN, Vocabulary

Array = np.ndarray

_DIGITS = re.compile(r"\d")
_REPEATED = re.compile(r"(.)\1{2,}")


def word_key(form: str) -> str:
    """Lower case: the word table does not tell Apple from apple; the caps table does."""
    return form.lower()


def digitless(key: str) -> str:
    """The key with every digit written 0, under which unseen numbers are looked up."""
    return _DIGITS.sub("0", key)


def caps(form: str) -> str:
    """The kind of a form's capitals: lower, Initial, UPPER, miXed, initial with a dot, or none."""
    letters = [char for char in form if char.isalpha()]
    if not letters:
        return "digits" if any(char.isdigit() for char in form) else "none"
    if form.islower():
        return "lower"
    if form.isupper():
        return "initial" if len(letters) == 1 else "upper"
    return "title" if form[0].isupper() and form[1:] == form[1:].lower() else "mixed"


def shape(form: str) -> str:
    """The form with letters as A and a, digits as 0, and runs of three or more cut to two: Xx-00."""
    kinds = "".join(
        "A" if char.isupper() else "a" if char.isalpha() else "0" if char.isdigit() else char for char in form
    )
    return _REPEATED.sub(r"\1\1", kinds)


def prefix(length: int) -> Callable[[str], str]:
    """The first `length` letters in lower case, digits as 0; the whole form if it is shorter."""
    return lambda form: digitless(form[:length].lower())


def suffix(length: int) -> Callable[[str], str]:
    """The last `length` letters in lower case, digits as 0; the whole form if it is shorter."""
    return lambda form: digitless(form[-length:].lower())


def feature_function(table: str) -> Callable[[str], str]:
    """The function from a form to its key in the table called word, caps, shape, prefixN or suffixN."""
    if table.startswith("prefix"):
        return prefix(int(table.removeprefix("prefix")))
    if table.startswith("suffix"):
        return suffix(int(table.removeprefix("suffix")))
    return {"word": word_key, "caps": caps, "shape": shape}[table]


class TokenTables:
    """The vocabularies of all tables, in the order in which their vectors are concatenated."""

    def __init__(self, vocabularies: Mapping[str, Vocabulary]):
        self.vocabularies = dict(vocabularies)
        self._functions = {name: feature_function(name) for name in self.vocabularies}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.vocabularies)

    def rows(self, forms: Sequence[str]) -> Array:
        """(forms, tables) row numbers. A word the table lacks is tried with its digits as 0."""
        rows = np.empty((len(forms), len(self.names)), dtype=np.int32)
        for column, (name, vocabulary) in enumerate(self.vocabularies.items()):
            function = self._functions[name]
            rows[:, column] = [vocabulary.row(function(form)) for form in forms]
            if name == "word":
                for i in np.flatnonzero(rows[:, column] == UNKNOWN).tolist():
                    rows[i, column] = vocabulary.row(digitless(function(forms[i])))
        return rows


def count_keys(form_counts: Counter[str], table: str) -> Counter[str]:
    """How often each key of a table occurs, from how often each form does."""
    function, counts = feature_function(table), Counter[str]()
    for form, count in form_counts.items():
        counts[function(form)] += count
    return counts


def count_forms(sentences: Iterable[Sequence[str]]) -> Counter[str]:
    """How often each word form occurs."""
    counts = Counter[str]()
    for words in sentences:
        counts.update(words)
    return counts
