"""Characters that a terminal would obey are shown as escapes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.errors import WinclsError
from wincls.visible import left, right, visible, visible_text, width_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nError: b", r"a\nError: b"),
        ("\0\a\b\x7f", r"\x00\x07\x08\x7f"),
        ("\x85\x9b31m", r"\x85\x9b31m"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("tab\t", r"tab\t"),
        ("é 東京 👍🏽 \u200d \u00a0 \u200f \\x1b", "é 東京 👍🏽 \u200d \u00a0 \u200f \\x1b"),
    ],
)
def test_control_characters_are_shown_as_escapes_and_no_other(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_text_keeps_its_line_ends_and_tabs() -> None:
    assert visible_text("a\tb\r\nc\nd\re\x1b") == "a\tb\r\nc\nd\\re\\x1b"


@given(st.text())
def test_what_is_shown_has_no_control_characters(text: str) -> None:
    assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in visible(text))
    assert {char for char in visible_text(text) if unicodedata.category(char) == "Cc"} <= set("\n\r\t")


def test_an_error_is_one_line_whatever_it_names() -> None:
    assert str(WinclsError("a\nError: b\x1b[31m")) == r"a\nError: b\x1b[31m"


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("東京", 4), ("ｶﾅ", 2), ("（x）", 5), ("สวัสดี", 4)],
)
def test_the_columns_of_a_text_are_those_of_a_terminal(text: str, width: int) -> None:
    assert width_of(text) == width
    assert left(text, 8) == text + " " * (8 - width)
    assert right(text, 8) == " " * (8 - width) + text
