from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.features.tables import (
    Spelling,
    TokenTables,
    caps,
    count_forms,
    count_keys,
    feature_function,
    shape,
    word_key,
)
from wincls.features.vocabulary import UNKNOWN, SortedWords, Vocabulary

TABLES = ["word", "caps", "shape", "prefix1", "prefix4", "suffix1", "suffix4"]


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("paris", "lower"),
        ("café-2", "lower"),
        ("Paris", "title"),
        ("Élan", "title"),
        ("Pryce-bowen", "title"),
        ("NASA", "upper"),
        ("U.S.", "upper"),
        ("B-52", "initial"),
        ("J.", "initial"),
        ("iPhone", "mixed"),
        ("McDonald", "mixed"),
        ("Pryce-Bowen", "mixed"),
        ("1998", "digits"),
        ("3-2", "digits"),
        ("...", "none"),
        ("👍", "none"),
    ],
)
def test_capitalization_of_forms(form: str, kind: str) -> None:
    assert caps(Spelling.of(form)) == kind


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("Paris", "Aaa"),
        ("McDonald", "AaAaa"),
        ("U.S.", "A.A."),
        ("NASA", "AA"),
        ("Pryce-Bowen", "Aaa-Aaa"),
        ("1,250.75", "0,00.00"),
        ("10", "00"),
        ("......", ".."),
        ("naïve", "aa"),
        ("Éa٣", "Aa0"),
    ],
)
def test_shapes(form: str, expected: str) -> None:
    assert shape(Spelling.of(form)) == expected


@pytest.mark.parametrize(
    ("table", "form", "key"),
    [
        ("word", "PARIS-1998", "paris-1998"),
        ("prefix3", "Paris", "par"),
        ("prefix3", "It", "it"),
        ("prefix3", "19th", "00t"),
        ("suffix3", "ParIS", "ris"),
        ("suffix3", "It", "it"),
        ("suffix3", "May1998", "000"),
        ("caps", "Paris", "title"),
        ("shape", "Paris", "Aaa"),
    ],
)
def test_keys_of_tables(table: str, form: str, key: str) -> None:
    assert feature_function(table)(Spelling.of(form)) == key


def test_a_table_that_there_is_not_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        feature_function("color")


def test_spellings_are_worked_out_once() -> None:
    assert Spelling.of("A1-٣٢É") == ("A1-٣٢É", "a1-٣٢é", "a0-00é")
    assert Spelling.of("Été") == ("Été", "été", "été")


def test_rows_are_those_of_the_keys_in_the_order_of_the_tables() -> None:
    tables = TokenTables(
        {
            "suffix1": Vocabulary(["s", "e"]),
            "word": Vocabulary(["paris", "the"]),
            "caps": Vocabulary(["title", "lower"]),
        }
    )
    assert tables.names == ("suffix1", "word", "caps")
    rows = tables.rows(["Paris", "the", "THE", "Gas"])
    assert rows.dtype == np.int32
    assert rows.tolist() == [[2, 2, 2], [3, 3, 3], [3, 3, UNKNOWN], [2, UNKNOWN, 2]]


def test_only_an_unknown_word_is_tried_with_its_digits_as_0() -> None:
    tables = TokenTables({"word": Vocabulary(["0000", "1998", "a0"])})
    assert tables.rows(["1998", "1999", "0000", "A7", "12"])[:, 0].tolist() == [3, 2, 2, 4, UNKNOWN]


def test_no_forms_have_no_rows() -> None:
    assert TokenTables({"word": Vocabulary(["a"]), "caps": Vocabulary([])}).rows([]).shape == (0, 2)


def test_keys_are_counted_as_often_as_their_forms_occur() -> None:
    forms = count_forms([["The", "the", "Cat"], [], ["the"]])
    assert forms == Counter({"the": 2, "The": 1, "Cat": 1})
    assert count_keys(forms, "word") == Counter({"the": 3, "cat": 1})
    assert count_keys(forms, "caps") == Counter({"lower": 2, "title": 2})


@given(st.lists(st.text(min_size=1), min_size=1))
def test_no_counted_form_is_unknown_in_any_table(forms: list[str]) -> None:
    counts = count_forms([forms])
    tables = TokenTables({name: Vocabulary.counted(count_keys(counts, name)) for name in TABLES})
    rows = tables.rows(forms)
    assert (rows > UNKNOWN).all()
    for column, name in enumerate(TABLES):
        keys = tables.vocabularies[name].keys
        assert [keys[row - 2] for row in rows[:, column]] == [
            feature_function(name)(Spelling.of(form)) for form in forms
        ]


def test_pretrained_words_have_rows_after_those_of_the_table() -> None:
    tables = TokenTables(
        {"caps": Vocabulary(["lower"]), "word": Vocabulary(["paris", "0000"])},
        SortedWords.sort(["oslo", "lima", "b00"])[0],
    )
    forms = ["Paris", "OSLO", "lima", "1998", "B-52", "B52", "quito"]
    assert tables.rows(forms)[:, 1].tolist() == [2, 6, 5, 3, UNKNOWN, 4, UNKNOWN]
    assert tables.rows(forms)[:, 0].tolist() == [1, 1, 2, 1, 1, 1, 2]


FOLDED = [
    *((char, "'") for char in "\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc\uff07"),
    *((char, '"') for char in "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02"),
    *((char, "-") for char in "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"),
    *((char, "--") for char in "\u2014\u2015"),
]


@pytest.mark.parametrize(
    ("typographic", "plain"),
    [
        *FOLDED,
        ("O\u2019Brien", "O'Brien"),
        ("\u2019s", "'s"),
        ("\u00b4s", "'s"),
        ("\u201c", '"'),
        ("\u00bb", '"'),
        ("New\u2013York", "New-York"),
        ("Jean\u2011Luc", "Jean-Luc"),
        ("\u2014", "--"),
    ],
)
def test_typographic_quotes_and_dashes_are_looked_up_as_their_plain_forms(
    typographic: str, plain: str
) -> None:
    assert Spelling.of(typographic) == Spelling.of(plain)
    assert word_key(typographic) == plain.lower()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("char", "plain"), FOLDED)
def test_a_form_with_a_typographic_character_has_the_keys_of_its_plain_form(
    table: str, char: str, plain: str
) -> None:
    key = feature_function(table)
    for form in ("{}", "O{}Brien", "{}90s", "Ada{}", "É{}b"):
        assert key(Spelling.of(form.format(char))) == key(Spelling.of(form.format(plain)))


@pytest.mark.parametrize(("char", "plain"), FOLDED)
def test_typographic_forms_have_the_rows_of_their_plain_forms(char: str, plain: str) -> None:
    """Whether the word is in the table, pretrained, or found only with its digits as 0."""
    pretrained = SortedWords.sort([f"c{plain}d"])[0]
    tables = TokenTables({"word": Vocabulary([f"a{plain}b", f"{plain}00s"])}, pretrained)
    typographic = [f"A{char}b", f"c{char}d", f"{char}90s"]
    assert tables.rows(typographic)[:, 0].tolist() == [2, 4, 3]
    assert tables.rows([form.replace(char, plain) for form in typographic])[:, 0].tolist() == [2, 4, 3]


def test_typographic_and_plain_forms_are_counted_under_one_key() -> None:
    forms = count_forms([["It", "\u2019s", "'s", "\u02bcS"]])
    assert count_keys(forms, "word") == Counter({"'s": 3, "it": 1})


@pytest.mark.parametrize("form", ["café", "naïve", "…", "·", "€5", "北京", "\u2022", "a_b", "`"])
def test_other_characters_are_looked_up_as_they_are(form: str) -> None:
    assert word_key(form) == form
    assert Spelling.of(form).form == form


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ("Wash\u00adington", "washington"),
        ("Mer\u200bkel", "merkel"),
        ("Brussels\u2060", "brussels"),
        ("\ufeffParis\u200e", "paris"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("Germany´s", "germany's"),
        ("Wash\u200cington", "washington"),
        ("Paris\u200d", "paris"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("خانه\u200c", "خانه"),
        ("க்\u200dஷ", "க்\u200dஷ"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\u200b", "\u200b"),
    ],
)
def test_forms_are_looked_up_in_nfc_without_invisible_characters(form: str, key: str) -> None:
    assert word_key(form) == key


@pytest.mark.parametrize("table", ["caps", "shape", "prefix3", "suffix2"])
def test_no_table_sees_invisible_characters(table: str) -> None:
    function = feature_function(table)
    assert function(Spelling.of("\ufeffWash\u00ading\u200bton\u2060")) == function(Spelling.of("Washington"))


def test_known_words_are_those_with_a_row() -> None:
    tables = TokenTables({"caps": Vocabulary(["lower"]), "word": Vocabulary(["paris", "00"])})
    assert tables.known(["Paris", "par\u00adis", "42", "x"]) == [True, True, True, False]
    assert tables.known([]) == []
