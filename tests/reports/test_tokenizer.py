from __future__ import annotations

from dataclasses import replace

import pytest

from wincls.corpus.tokenizer import DEFAULT
from wincls.corpus.tokenizer_check import Agreement
from wincls.reports.tokenizer import tokenizer_text


@pytest.mark.parametrize(
    ("switches", "text"),
    [
        ({}, "as English newswire"),
        ({"word_joiners": "'/_"}, "splits hyphens in words, keeps slashes in words"),
        ({"number_joiners": ".:/-'_"}, "splits , in numbers"),
        ({"word_starters": ""}, "splits # @ before words"),
        ({"suffixes": (), "prefixes": ("l'",)}, "splits l', keeps 'd 'll 'm 're 's 've ..."),
        ({"units": ("km",), "ordinals": True}, "splits units from numbers, keeps the period of ordinals"),
        ({"split_abbreviations": True}, "splits the period from abbreviations"),
        (
            {"single_ideographs": True},
            "every ideograph, Hangul syllable and letter of Thai and its kin is a token",
        ),
        ({"single_characters": True, "word_joiners": ""}, "every character is a token"),
    ],
)
def test_a_tokenizer_is_described_by_its_differences(switches: dict[str, object], text: str) -> None:
    shown = tokenizer_text(replace(DEFAULT, **switches), Agreement(1000, 8, ("a",)))
    assert shown == f"{text}; cuts 0.8% of the training tokens differently"
