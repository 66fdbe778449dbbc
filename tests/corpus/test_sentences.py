from __future__ import annotations

from dataclasses import replace

import pytest

from wincls.corpus.characters import SENTENCE_TERMINALS
from wincls.corpus.sentences import split_sentences
from wincls.corpus.tokenizer import DEFAULT, Tokenizer

CHINESE = replace(DEFAULT, single_ideographs=True)


@pytest.mark.parametrize("terminal", sorted(SENTENCE_TERMINALS - {"."}))
def test_terminators_of_all_scripts_end_sentences(terminal: str) -> None:
    assert [each.text for each in split_sentences(f"Ab cd{terminal} Ef.")] == [f"Ab cd{terminal}", "Ef."]


@pytest.mark.parametrize(
    ("sentences", "between", "tokenizer"),
    [
        (["王小明昨天到上海。", "他住在北京。"], "", CHINESE),
        (["王小明昨天到上海！", "他住在北京？", "好。"], "", DEFAULT),
        (["他说：“好。”", "然后走了。"], "", CHINESE),
        (["「はい。」", "彼は言った。"], "", CHINESE),
        (["北京在哪里?", "在这里!", "好。"], "", CHINESE),
        (["زار القاهرة، ثم بيروت.", "هل عاد؟", "نعم؛ عاد."], " ", DEFAULT),
        (["वह गया।", "क्या वह लौटा?", "हाँ॥", "फिर।"], " ", DEFAULT),
        (["မြန်မာ။", "နိုင်ငံ။"], "", DEFAULT),
        (["А. П. Чехов родился.", "Он жил."], " ", DEFAULT),
        (["Die Sra. López kam am 3. Mai zum 1. FC Köln.", "Er ging."], " ", replace(
            DEFAULT, abbreviations=("Sra",), ordinals=True)),
        (["Sra. López kam am 3. Mai.", "Er ging."], " ", replace(
            DEFAULT, abbreviations=("Sra",), split_abbreviations=True, ordinals_go_on=True)),
        (["Τι είναι;", "Ναι."], " ", replace(DEFAULT, sentence_ends=";")),
        (["He came\u200b.", "She left."], " \u200b", DEFAULT),
    ],
)  # fmt: skip
def test_sentences_of_other_scripts(sentences: list[str], between: str, tokenizer: Tokenizer) -> None:
    found = [each.text for each in split_sentences(between.join(sentences), tokenizer)]
    assert found == sentences
