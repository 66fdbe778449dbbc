from __future__ import annotations

import json
import pickle
import sys
import time
from dataclasses import replace
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.characters import INVISIBLE, is_ideograph
from wincls.corpus.tokenizer import DEFAULT, Tokenizer

SNIPPETS = [
    *[
        " ",
        "\n",
        " ",
        "-",
        "--",
        "'",
        "’",
        "s",
        "n't",
        "l'",
        "Dr.",
        "A.",
        "3.",
        "3,5",
        "5km",
        "10%",
        "/",
        "_",
    ],
    *[
        "#a",
        "@b",
        "a@b.org",
        "www.x.org",
        ":)",
        "!?",
        "...",
        "\u00ad",
        "\u200b",
        "\u200c",
        "\ufeff",
        "é",
        "Ж.",
    ],
    *[
        "王",
        "か",
        "。",
        "؟",
        "،",
        "नी",
        "।",
        "ก",
        "👩🏽\u200d👧",
        "🇩🇪",
        "٣٫٥",
        "e\u0301",
        "\u0301",
        "\x00",
        "\u202f",
    ],
]
texts = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=3)), max_size=20).map("".join)
signs = st.text("-'/_.,:&·%#@$+!?", max_size=5)
tokenizers = st.builds(
    Tokenizer,
    word_joiners=signs,
    number_joiners=signs,
    word_starters=signs,
    number_starters=signs,
    number_enders=signs,
    runs=signs,
    suffixes=st.sampled_from([(), ("'s", "n't"), ("-se", "'ın")]),
    prefixes=st.sampled_from([(), ("l'", "qu'"), ("s-",)]),
    whole=st.sampled_from([(), (":)", "e-mail", "Dr."), ("’", "é")]),
    split_abbreviations=st.booleans(),
    ordinals=st.booleans(),
    units=st.sampled_from([(), ("km", "m")]),
    single_ideographs=st.booleans(),
    single_characters=st.booleans(),
)


def tokens(text: str, tokenizer: Tokenizer = DEFAULT) -> list[str]:
    return tokenizer.tokenize(text)[1::2]


@given(tokenizers, texts)
def test_joined_the_parts_are_the_text(tokenizer: Tokenizer, text: str) -> None:
    parts = tokenizer.tokenize(text)
    assert "".join(parts) == text
    assert not INVISIBLE.sub("", "".join(parts[::2])).strip()
    for token in parts[1::2]:
        assert token
        assert not any(map(str.isspace, token))
        assert not INVISIBLE.match(token[0])
        assert not INVISIBLE.match(token[-1])


@given(tokenizers, texts, st.sampled_from("\u00ad\u200b\u2060\ufeff\u200e"))
def test_invisible_characters_split_nothing(tokenizer: Tokenizer, text: str, hidden: str) -> None:
    text = INVISIBLE.sub("", text)
    within = hidden.join(text)  # beside white space too
    assert [INVISIBLE.sub("", token) for token in tokens(within, tokenizer)] == tokens(text, tokenizer)


@given(tokenizers, st.text("ab AB.'-,5/_ \n!?#@%", max_size=30))
def test_plain_english_is_cut_as_it_is_beside_other_scripts(tokenizer: Tokenizer, text: str) -> None:
    assert tokens(f"{text} §", tokenizer)[:-1] == tokens(text, tokenizer)
    shown = [token.translate({ord("a"): "à", ord("A"): "À"}) for token in tokens(text, DEFAULT)]
    assert tokens(text.translate({ord("a"): "à", ord("A"): "À"}), DEFAULT) == shown


@given(tokenizers, texts)
def test_what_was_cut_before_changes_nothing(tokenizer: Tokenizer, text: str) -> None:
    fresh = replace(tokenizer).tokenize(text)
    assert tokenizer.tokenize(text) == tokenizer.tokenize(text) == fresh


def test_signs_of_all_scripts_are_tokens_and_letters_of_all_scripts_are_not_split() -> None:
    for point in range(0x80, sys.maxunicode + 1):
        char = chr(point)
        kind = category(char)
        if (
            kind[0] in "PS"
            and char not in "\u2018\u2019\u201b\u2032\u00b4\uff07\u2010\u2011\u2212\ufe63\uff0d"
        ):
            if kind != "Sk" and kind != "Pc" and char not in "\u066b\u066c":
                assert tokens(f"ab{char}cd") == ["ab", char, "cd"], hex(point)
        elif kind[0] in "LM":
            assert tokens(f"ab{char}cd") == [f"ab{char}cd"], hex(point)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("زار الوزير القاهرة، ثم بيروت؛ نعم؟", "زار الوزير القاهرة ، ثم بيروت ؛ نعم ؟"),
        ("वह नई दिल्ली गया।", "वह नई दिल्ली गया ।"),
        ("می\u200cخواهم بروم.", "می\u200cخواهم بروم ."),
        ("க்\u200dஷ தமிழ்!", "க்\u200dஷ தமிழ் !"),
        ("٣٫٥ १२,५००", "٣٫٥ १२,५००"),
        ("А. П. Чехов", "А. П. Чехов"),
        ("Germany´s O’Brien “Paris.”", "Germany ´s O’Brien “ Paris . ”"),
        ("ewe's-milk a_b m² 5️⃣", "ewe 's - milk a_b m² 5️⃣"),
        ("北京,上海。", "北京 , 上海 。"),
    ],
)
def test_other_scripts_by_example(text: str, expected: str) -> None:
    assert tokens(text) == expected.split(" ")


@pytest.mark.parametrize(
    ("switches", "text", "expected"),
    [
        ({"word_joiners": "'"}, "New York-based US-led O'Neill 3-2", "New York - based US - led O'Neill 3-2"),
        ({"word_joiners": "-'/"}, "and/or 1/2", "and/or 1/2"),
        ({"word_joiners": "'"}, "a_b", "a _ b"),
        ({"word_joiners": "-"}, "O'Neill O’Neill", "O ' Neill O ’ Neill"),
        ({"word_joiners": "·"}, "col·lecció", "col·lecció"),
        ({"word_joiners": ":"}, "EU:n sanoi: 1:2", "EU:n sanoi : 1:2"),
        ({"word_joiners": "״"}, "צה״ל ״שלום״", "צה״ל ״ שלום ״"),
        ({"number_joiners": "."}, "1,250.75", "1 , 250.75"),
        ({"number_joiners": ""}, "1,250.75", "1 , 250 . 75"),
        ({"word_starters": ""}, "#tag @name", "# tag @ name"),
        ({"number_starters": ""}, "-5 +3", "- 5 + 3"),
        ({"number_starters": "$"}, "$5 $x", "$5 $ x"),
        ({"number_enders": "%"}, "10% 1.5% %", "10% 1.5% %"),
        ({"units": ("km", "m")}, "5km 5KM 5m 5kmx 5M", "5 km 5 KM 5 m 5kmx 5M"),
        ({"runs": ""}, "no!! ...", "no ! ! . . ."),
        ({"suffixes": ()}, "it's don't", "it's don't"),
        ({"suffixes": ("-me", "-o")}, "disse-me vi-o guarda-chuva", "disse -me vi -o guarda-chuva"),
        (
            {"prefixes": ("l'", "d'", "qu'")},
            "L'homme d’Arras aujourd'hui qu'",
            "L' homme d’ Arras aujourd'hui qu '",
        ),
        (
            {"whole": ("e-mail", ":)"), "word_joiners": ""},
            "e-mail e-mails :) a:)",
            "e-mail e - mails :) a :)",
        ),
        ({"split_abbreviations": True}, "Dr. U.S. J. Roe", "Dr . U . S . J . Roe"),
        ({"abbreviations": ("Sra",)}, "Sra. López, Dr. Roe", "Sra. López , Dr . Roe"),
        ({"ordinals": True}, "am 3. Mai 1998. Er kam um 3.", "am 3. Mai 1998 . Er kam um 3 ."),
        ({"single_ideographs": True}, "王小明2008年去New York。", "王 小 明 2008 年 去 New York 。"),
        ({"single_ideographs": True}, "東京タワーです", "東 京 タ ワ ー で す"),
        ({"single_ideographs": True}, "서울은 한국 2024년", "서 울 은 한 국 2024 년"),
        ({"single_ideographs": True}, "ที่นี่ไทย", "ที่ นี่ ไ ท ย"),
        ({"single_characters": True}, "王2008 APé\u0301", "王 2 0 0 8 A P é\u0301"),
    ],
)
def test_each_switch(switches: dict[str, object], text: str, expected: str) -> None:
    assert tokens(text, replace(DEFAULT, **switches)) == expected.split(" ")


def test_offsets_are_those_of_the_text_with_its_invisible_characters() -> None:
    parts = DEFAULT.tokenize("In \ufeffWash\u00adington\u200b, (Mer\u200bkel)\u2060!")
    assert parts == [
        *[
            "",
            "In",
            " \ufeff",
            "Wash\u00adington",
            "\u200b",
            ",",
            " ",
            "(",
            "",
            "Mer\u200bkel",
            "",
            ")",
            "\u2060",
        ],
        *["!", ""],
    ]


def test_ideographs_are_told_by_their_names() -> None:
    assert all(map(is_ideograph, "王々〇かカｶ㐀𠀀ー"))
    assert not any(map(is_ideograph, "한aก,。"))


@given(tokenizers)
def test_settings_are_read_as_they_were_written(tokenizer: Tokenizer) -> None:
    assert Tokenizer.of(json.loads(json.dumps(tokenizer.settings()))) == tokenizer


@pytest.mark.parametrize("wrong", [{"runs": 3}, {"ordinals": "yes"}, {"suffixes": "s"}, {"whole": [""]}])
def test_settings_of_another_kind_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Tokenizer.of(DEFAULT.settings() | wrong)


def test_a_tokenizer_can_be_sent_to_another_process() -> None:
    tokenizer = replace(DEFAULT, word_joiners="")
    tokenizer.tokenize("a-b")
    assert tokens("a-b", pickle.loads(pickle.dumps(tokenizer))) == ["a", "-", "b"]


@pytest.mark.parametrize(
    "unit", ["a", "1.", "A.", "a-", "'s", "王", "ก", ".", "n't", "@", "a@", "www.", "\u200b", "\u0301"]
)
def test_time_grows_with_the_text(unit: str) -> None:
    def seconds(times: int) -> float:
        text = unit * times
        began = time.process_time()
        Tokenizer(single_ideographs=True).tokenize(text)
        return time.process_time() - began

    seconds(10)
    assert seconds(40_000) < 16 * seconds(10_000) + 0.1  # a quadratic one takes seconds more
    assert seconds(40_000) < 2
