from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from wincls.corpus.learn_tokenizer import learn_tokenizer
from wincls.corpus.sentences import split_sentences
from wincls.corpus.tokenizer import DEFAULT, Tokenizer
from wincls.corpus.tokenizer_check import agreement, detokenize, spans
from wincls.corpus.tokenizer_evidence import Evidence

# Each sentence as text, and as a corpus with hyphens apart has it.
HYPHENS_APART = """\
The New York-based firm sued.
The New York - based firm sued .
Al-Zaman's U.S.-led forces didn't leave Paris, he said.
Al - Zaman 's U.S. - led forces did n't leave Paris , he said .
"It's 50%," Dr. Smith told the BBC (London) at 10:30.
" It 's 50 % , " Dr. Smith told the BBC ( London ) at 10:30 .
An e-mail from J. Roe: "Buy 1,250 of A&B/C-D!"
An e-mail from J. Roe : " Buy 1,250 of A & B / C - D ! "
Send an e-mail to Anglo-Dutch traders...
Send an e-mail to Anglo - Dutch traders ...
"""
LINES = HYPHENS_APART.splitlines()
CORPUS = [line.split(" ") for line in LINES[1::2]]


def learned(*sentences: str, times: int = 5) -> Tokenizer:
    return learn_tokenizer([sentence.split(" ") for sentence in sentences] * times)


def cut(text: str, tokenizer: Tokenizer) -> str:
    return " ".join(tokenizer.tokenize(text)[1::2])


def test_text_is_cut_as_a_corpus_with_hyphens_apart() -> None:
    tokenizer = learn_tokenizer(CORPUS)
    assert [cut(text, tokenizer) for text in LINES[::2]] == LINES[1::2]
    assert cut("US-led London-Paris, e-mail", tokenizer) == "US - led London - Paris , e-mail"
    assert cut("US-led London-Paris, e-mail", DEFAULT) == "US-led London-Paris , e-mail"


def test_the_text_of_a_corpus_can_be_guessed_from_its_tokens() -> None:
    tokenizer = learn_tokenizer(CORPUS)
    guessed = [detokenize(words, tokenizer) for words in CORPUS]
    assert guessed[:3] == LINES[:6:2]
    assert [cut(text, tokenizer) for text in guessed] == LINES[1::2]


def test_a_corpus_without_evidence_leaves_the_defaults() -> None:
    tokenizer = learned("Ada lives in Paris .", "No one came .")
    assert tokenizer == DEFAULT
    assert learn_tokenizer([]) == DEFAULT


@pytest.mark.parametrize(
    ("corpus", "text", "expected"),
    [
        (["a US - led firm", "an Anglo - Dutch one"], "New York-based", "New York - based"),
        (["a US-led firm - so what"], "New York-based", "New York-based"),
        (["and/or is one"], "his/hers", "his/hers"),
        (["the John 's car", "it 's"], "Bob's", "Bob 's"),
        (["the John's car", "it's"], "Bob's", "Bob's"),
        (["do not don't"], "can't", "can't"),
        (["L' homme n' est qu' un", "l' an d' or"], "L’or d'Arras jusqu'à", "L’ or d' Arras jusqu'à"),
        (["l'homme est d'or"], "l'an", "l'an"),
        (["dell' arte e nell' anno"], "dell'anno", "dell' anno"),
        (["disse -me que vi -o guarda-chuva"], "vi-me", "vi -me"),
        (["s- a dus într-un an"], "s-a", "s- a"),
        (["Ankara'da İstanbul'un oldu"], "Bursa'da", "Bursa'da"),
        (["la col·lecció"], "intel·ligent", "intel·ligent"),
        (["EU:n komissio : hyvä"], "YK:n: hyvä", "YK:n : hyvä"),
        (["צה״ל בא"], "רמטכ״ל", "רמטכ״ל"),
        (["# tag by @ name"], "#x @y", "# x @ y"),
        (["#tag by @name"], "#x @y", "#x @y"),
        (["it cost $5 or $7.50"], "$9", "$9"),
        (["up 10% or 5%"], "7%", "7%"),
        (["5 km or 7 km"], "9km", "9 km"),
        (["5km or 7km"], "9km", "9km"),
        (["3 . 5 or 0 . 7"], "1.25", "1 . 25"),
        (["1 / 2 or 3 / 4"], "5/6", "5 / 6"),
        (["no ! ! ! really ! !"], "so!!", "so ! !"),
        (["what ) ) ok", ":-) ha"], "yes :-)", "yes :-)"),
        (["Yahoo! and C++ win"], "Yahoo! wow! C++", "Yahoo! wow ! C++"),
        (["王 小 明 到 上 海 。"], "他去New York。", "他 去 New York 。"),
        (["東 京 タ ワ ー"], "カメラ", "カ メ ラ"),
        (["王 2 0 0 8 A P"], "京2012", "京 2 0 1 2"),
        (["Sra. López ve al Sr. Gil ."], "Sra. Mora.", "Sra. Mora ."),
        (["Dr . Smith met Dr . Roe .", "So it is ."], "Dr. Who", "Dr . Who"),
        (["am 3. Mai kam er zum 1. FC"], "am 5. Juni", "am 5. Juni"),
        (["c'est bon .", "il est là , est ce"], "il est.", "il est ."),
    ],
)  # fmt: skip
def test_each_switch_is_learned(corpus: Sequence[str], text: str, expected: str) -> None:
    assert cut(text, learned(*corpus)) == expected


@pytest.mark.parametrize(
    ("corpus", "sentences"),
    [
        (["am 3. Mai siegt der 1. FC ."], ["Er kam am 5. Juni zum 2. VfB.", "Ja."]),
        (["am 3 . Mai siegt der 1 . FC .", "Ja .", "Nein ."], ["Er kam am 5. Juni zum 2. VfB.", "Ja."]),
        (["la Sra. López ve .", "Sí ."], ["La Sra. Mora ve.", "Sí."]),
        (["la Sra . López ve .", "Sí .", "No ."], ["La Sra. Mora ve.", "Sí."]),
        (["г. Москва и ул. Ленина .", "Да ."], ["Это г. Киев.", "Да."]),
        (["Τι είναι ;", "Ναι ."], ["Τι είναι;", "Ναι."]),
    ],
)
def test_sentences_end_as_those_of_the_corpus(corpus: Sequence[str], sentences: list[str]) -> None:
    found = split_sentences(" ".join(sentences), learned(*corpus))
    assert [each.text for each in found] == sentences


def test_words_that_start_sentences_are_learned() -> None:
    words = ["Der", "Die", "Das", "Ein", "Er", "Sie", "Es", "Und", "Aber", "Wenn"]
    corpus = [f"{word} kam und {word.lower()} {word.lower()} ging ." for word in words]
    assert set(learned(*corpus).starters) == set(words)


def test_agreement_counts_tokens_that_would_be_cut_differently() -> None:
    tokenizer = learn_tokenizer(CORPUS)
    assert agreement(tokenizer, CORPUS) == (sum(map(len, CORPUS)), 0, ())
    # e-mail is known, of which there are two, and Dr.; its period is a token then.
    found = agreement(replace(tokenizer, whole=(), abbreviations=()), CORPUS)
    assert (found.different, found.examples) == (3, ("e-mail", "Dr."))
    assert agreement(DEFAULT, []).share == 0


def test_spans_do_not_count_white_space() -> None:
    assert spans(["a", "1 000", "b"]) == [(0, 1), (1, 5), (5, 6)]


@pytest.mark.parametrize(
    ("corpus", "script"),
    [
        ("ผม รัก ประเทศไทย มาก", "THAI"),
        ("ຂ້ອຍ ຮັກ ລາວ", "LAO"),
        ("ខ្ញុំ ស្រឡាញ់ កម្ពុជា", "KHMER"),
        ("ကျွန်တော် မြန်မာ ချစ်", "MYANMAR"),
        ("小明 昨天 到 上海", "HAN"),
        ("小 明 昨 天", ""),
        ("Ada lives in 上海", ""),
        ("مرحبا بكم", ""),
        ("नई दिल्ली", ""),
    ],
)
def test_scripts_without_spaces_are_told(corpus: str, script: str) -> None:
    sentences = [corpus.split(" "), ["1998", "."]] if script else [corpus.split(" ")]
    assert Evidence(sentences).spaceless_script() == script


def test_words_that_a_corpus_joins_by_underscores_have_spaces_in_text() -> None:
    sentences = [["Ông", "Trần_Bình", "đến", "Hà_Nội", "."], ["@a_b", "x_1", "_"]]
    assert detokenize(sentences[0], DEFAULT) == "Ông Trần Bình đến Hà Nội."
    found = agreement(DEFAULT, sentences)
    assert (found.different, found.examples) == (2, ("Hà_Nội", "Trần_Bình"))
