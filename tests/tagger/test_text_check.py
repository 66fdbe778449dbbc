from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pytest

from wincls.corpus.text import cut_pieces
from wincls.features.profile import Profile
from wincls.tagger import text_check as module
from wincls.tagger.tagger import Tagger
from wincls.tagger.text_check import TextCheck


@pytest.fixture
def tagger(make_tagger: Callable[..., Tagger]) -> Tagger:
    tagger = make_tagger()
    tagger.familiar = Profile(1.0, ("LATIN",), 5.0)
    return tagger


def warnings(tagger: Tagger, text: str, wrapped: bool = False) -> list[str]:
    check = TextCheck(tagger, wrapped)
    check.add_pieces(cut_pieces([text], wrapped))
    return list(check.warnings())


def test_text_with_hard_line_ends_is_told(tagger: Tagger) -> None:
    text = "The mayor of this town has\nsaid that he will not go to the\nsea. His wife stays.\n" * 10
    assert warnings(tagger, text) == ["69% of the lines end in mid-sentence; try --wrapped."]
    assert warnings(tagger, text, wrapped=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "He came.\nshe left!\n" * 20,
        "A heading\n\nIt is long.\n" * 20,
        "has\nsaid\n" * 5,
        "Он да.\n「はい。」\n" * 20,
    ],
)
def test_whole_sentences_headings_and_few_lines_are_no_such_text(tagger: Tagger, text: str) -> None:
    tagger.familiar = Profile(1.0, ("LATIN", "CYRILLIC", "HIRAGANA"), 50.0)
    assert warnings(tagger, text) == []


def test_text_is_cut_by_the_tokenizer_of_the_model(tagger: Tagger) -> None:
    tagger.familiar = Profile(0.0, ("LATIN",), 5.0)
    (line,) = warnings(tagger, "The-the-the zz-xx zz-yy.\n" * 20)
    assert line.startswith("100% of the words are unknown")


def test_a_model_without_figures_warns_of_nothing(make_tagger: Callable[..., Tagger]) -> None:
    assert warnings(make_tagger(), "ж ж ж\n" * 100) == []


def test_only_the_first_words_are_looked_at(tagger: Tagger) -> None:
    with patch.object(module, "_ENOUGH", 50):
        check = TextCheck(tagger)
        check.add_pieces(cut_pieces(["word " * 60]))
        check.add_sentences([["ж"] * 1000])
        assert list(check.warnings()) == []
