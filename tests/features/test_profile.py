from __future__ import annotations

import pytest

from wincls.features.profile import Profile, TextCounts

FAMILIAR = Profile(unknown=0.1, scripts=("LATIN",), length=4.0)


def counts(*words: str) -> TextCounts:
    found = TextCounts(lambda forms: [form.islower() for form in forms])
    found.add([list(words[:3]), list(words[3:])])
    return found


def test_figures_are_of_tokens_with_a_letter_first() -> None:
    assert counts("ab", "Cdef", ",", "12", "ж", "ж").profile() == Profile(0.25, ("LATIN", "CYRILLIC"), 2.0)
    assert TextCounts(lambda forms: []).profile() == Profile(0, (), 0)


def test_rare_scripts_are_left_out() -> None:
    assert counts(*["ab"] * 1000, "ж").profile().scripts == ("LATIN",)
    assert counts(*["ab"] * 998, "ж").profile().scripts == ("LATIN", "CYRILLIC")


@pytest.mark.parametrize(
    ("words", "warnings"),
    [
        (["abcd"] * 60, []),
        (["Abcd"] * 18 + ["abcd"] * 42, []),
        (
            ["Abcd"] * 19 + ["abcd"] * 41,
            ["32% of the words are unknown to the model, of the development data 10%; is the text of "
             "another language or domain?"],
        ),
        (["Abcd"] * 49, []),
        (
            ["abcd"] * 53 + ["жд"] * 7,
            ["12% of the words are in a script that the training data has not (Cyrillic); few of their "
             "entities will be found."],
        ),
        (["abcd"] * 54 + ["жд"] * 6, []),
        (
            ["abcdefghijk"] * 60,
            ["words have 11.0 characters on average, those of the development data 4.0; text without spaces "
             "must be tokenized first."],
        ),
    ],
)  # fmt: skip
def test_text_of_another_kind_is_told(words: list[str], warnings: list[str]) -> None:
    assert list(counts(*words).warnings(FAMILIAR)) == warnings


def test_settings_are_read_as_they_were_written() -> None:
    assert Profile.of(FAMILIAR.settings()) == FAMILIAR
    for wrong in ({"unknown": 2}, {"length": float("nan")}, {"unknown": "x"}):
        with pytest.raises(ValueError):
            Profile.of(FAMILIAR.settings() | wrong)
