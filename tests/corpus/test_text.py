from __future__ import annotations

import re
from io import BytesIO
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus import text as module
from wincls.corpus.characters import INVISIBLE
from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import Piece, cut_pieces, read_text
from wincls.corpus.tokenizer import tokenize
from wincls.errors import DataError

CHUNKS = (1, 2, 7, 1 << 18)

# Anything at all, and what the rules are about more often than chance would have it.
SNIPPETS = [
    *["\n", "\n\n", "\r\n", "\r\n\r\n", "\t", " ", "  ", "\u00a0", "\u2028", "\u200b", "\ufffd"],
    *[".", "...", "?", "!", "…", '"', "'", "’", "“", "”", "(", ")", "-", "--", "@", "#", "+", "`", "[", "]"],
    *["Paris", "is", "it's", "don't", "U.S.", "Dr.", "The", "O'Neill", "1,250.75", "x@y.org", "www.x.org."],
    *["👍🏽", "👩\u200d👧", "🇩🇪", "❤\ufe0f", "e\u0301", "नमस्ते", "北京", "é", "\u0085", "\x1c"],
]
texts = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=4)), max_size=25).map("".join)


def pieces_of(text: str | bytes, wrapped: bool = False, chunk: int = 1 << 18) -> list[Piece]:
    with patch.object(module, "_CHUNK", chunk):
        raw = text.encode() if isinstance(text, str) else text
        return list(cut_pieces(read_text(BytesIO(raw), "f"), wrapped))


def sentences_of(text: str, wrapped: bool, chunk: int) -> list[tuple[int, list[str]]]:
    """The offset of every sentence in the file, and its parts."""
    return [
        (piece.start + sentence.start, sentence.parts)
        for piece in pieces_of(text, wrapped, chunk)
        for sentence in split_sentences(piece.text)
    ]


# Pieces.


@pytest.mark.parametrize("wrapped", [False, True])
@given(texts, st.sampled_from(CHUNKS))
def test_joined_the_pieces_are_the_file(wrapped: bool, text: str, chunk: int) -> None:
    pieces = pieces_of(text, wrapped, chunk)
    text = text.removeprefix("\ufeff")
    assert "".join(piece.text for piece in pieces) == text
    assert all(text.startswith(piece.text, piece.start) for piece in pieces)
    assert all(piece.text for piece in pieces)


@given(texts.filter(lambda text: not text.startswith("\ufeff")))
def test_lines_do_not_depend_on_how_much_is_read_at_a_time(text: str) -> None:
    lines = [Piece(match[0], match.start()) for match in re.finditer(r"[^\n]*\n|[^\n]+", text)]
    for chunk in CHUNKS:
        assert pieces_of(text, chunk=chunk) == lines


@pytest.mark.parametrize("wrapped", [False, True])
@given(texts.filter(lambda text: not text.startswith("\ufeff")))
def test_sentences_do_not_depend_on_how_much_is_read_at_a_time(wrapped: bool, text: str) -> None:
    whole = sentences_of(text, wrapped, CHUNKS[-1])
    for chunk in CHUNKS[:-1]:
        assert sentences_of(text, wrapped, chunk) == whole


@pytest.mark.parametrize("chunk", CHUNKS)
def test_wrapped_paragraphs_end_at_empty_lines_only(chunk: int) -> None:
    paragraphs = ["One\nparagraph.\n\n", "Two\r\nhere.\r\n\r\n", "Three\n \t\n", "\tFour\n"]
    assert [piece.text for piece in pieces_of("".join(paragraphs), True, chunk)] == paragraphs


@pytest.mark.parametrize("chunk", [1, 1 << 18])
def test_blank_lines_stay_with_the_paragraph_before_them(chunk: int) -> None:
    text = "One.\n\n  \n\t\nTwo."
    assert pieces_of(text, True, chunk) == [Piece("One.\n\n  \n\t\n", 0), Piece("Two.", 11)]


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("text", ["", "\ufeff"])
def test_an_empty_file_has_no_pieces(text: str, wrapped: bool) -> None:
    assert pieces_of(text, wrapped) == []


@pytest.mark.parametrize("chunk", [1, 1 << 18])
def test_one_byte_order_mark_is_left_out_and_no_more(chunk: int) -> None:
    assert pieces_of("\ufeffa\n\ufeffb", chunk=chunk) == [Piece("a\n", 0), Piece("\ufeffb", 2)]
    assert pieces_of("\ufeff\ufeffa", chunk=chunk) == [Piece("\ufeffa", 0)]


@pytest.mark.parametrize("wrapped", [False, True])
@given(texts, st.sampled_from(CHUNKS), st.integers(1, 9))
def test_long_lines_are_cut_without_loss(wrapped: bool, text: str, chunk: int, longest: int) -> None:
    with patch.object(module, "_LONGEST_PIECE", longest):
        pieces = pieces_of(text, wrapped, chunk)
    text = text.removeprefix("\ufeff")
    assert "".join(piece.text for piece in pieces) == text
    assert all(text.startswith(piece.text, piece.start) for piece in pieces)
    assert all(0 < len(piece.text) <= longest for piece in pieces)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_long_line_is_cut_after_its_last_space(chunk: int) -> None:
    with patch.object(module, "_LONGEST_PIECE", 10):
        assert [piece.text for piece in pieces_of("one two three four", chunk=chunk)] == [
            "one two ",
            "three four",
        ]
        assert [piece.text for piece in pieces_of("0123456789abcde f", chunk=chunk)] == [
            "0123456789",
            "abcde f",
        ]


def test_a_line_of_a_megabyte_is_read_in_pieces_of_the_longest_size() -> None:
    text = "x" * 1_000_000
    pieces = pieces_of(text)
    assert "".join(piece.text for piece in pieces) == text
    assert max(len(piece.text) for piece in pieces) == 65_536


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3(", b"\xe2\x82(", b"\xed\xa0\x80"])
@given(texts, texts, st.sampled_from(CHUNKS))
def test_a_bad_byte_is_named_with_its_line_and_place(bad: bytes, before: str, after: str, chunk: int) -> None:
    *lines, line = before.encode().split(b"\n")
    message = (
        f"f:{len(lines) + 1}: byte {len(line) + 1} of the line is 0x{bad[0]:02x}, which is not UTF-8; "
        "convert the file to UTF-8 first"
    )
    with pytest.raises(DataError, match=rf"^{re.escape(message)}\Z"):
        pieces_of(before.encode() + bad + after.encode(), chunk=chunk)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_character_cut_off_at_the_end_of_the_file_is_a_bad_byte(chunk: int) -> None:
    message = "f:2: byte 4 of the line is 0xe2, which is not UTF-8; convert the file to UTF-8 first"
    with pytest.raises(DataError, match=rf"^{re.escape(message)}\Z"):
        pieces_of(b"a\ncaf\xe2\x82", chunk=chunk)


def test_lines_before_a_bad_byte_are_there_before_it_is_read() -> None:
    with patch.object(module, "_CHUNK", 2):
        pieces = cut_pieces(read_text(BytesIO(b"a\nb\n\xff"), "f"))
        assert [next(pieces).text, next(pieces).text] == ["a\n", "b\n"]
        with pytest.raises(DataError, match=r"^f:3: byte 1 "):
            next(pieces)


# Tokens.


@given(texts)
def test_tokens_are_just_what_is_visible(text: str) -> None:
    parts = tokenize(text)
    assert "".join(parts) == text
    assert not INVISIBLE.sub("", "".join(parts[::2])).strip()
    assert all(token and not any(map(str.isspace, token)) for token in parts[1::2])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It's John's, isn't it?", "It 's John 's , is n't it ?"),
        ("don’t you’ll they'd've I'M", "do n’t you ’ll they 'd 've I 'M"),
        ("U.S. e.g. p.m.", "U.S. e.g. p.m."),
        ("Dr. Smith vs. Acme Inc. in Sept.", "Dr. Smith vs. Acme Inc. in Sept."),
        ("J. R. Smith", "J. R. Smith"),
        ("plan b. Then", "plan b . Then"),
        ("$1,250.75 at 20:30 on 1/2/2020.", "$ 1,250.75 at 20:30 on 1/2/2020 ."),
        ("1.5m at 8:30pm, 3.Next 2.0beta", "1.5m at 8:30pm , 3 . Next 2.0beta"),
        ("A Ph.D. from a Ph.D. He", "A Ph.D. from a Ph.D. He"),
        ("-5.3 +2 50%", "-5.3 +2 50 %"),
        ("See https://x.org/a?b=c, (www.y.org).", "See https://x.org/a?b=c , ( www.y.org ) ."),
        ("Mail me@a-b.co.uk, first.last+news_1@x.org.", "Mail me@a-b.co.uk , first.last+news_1@x.org ."),
        ("#WNUT @john_doe", "#WNUT @john_doe"),
        ("O'Neill d’Artagnan's rock'n'roll", "O'Neill d’Artagnan 's rock'n'roll"),
        ("Pryce-Bowen 10-year-old 3-2", "Pryce-Bowen 10-year-old 3-2"),
        ("a - b -- c – d", "a - b -- c – d"),
        ("a—b", "a — b"),
        ("\"Yes,\" ``no'' “so”", "\" Yes , \" `` no '' “ so ”"),
        ("What?! No... [sic]", "What ?! No ... [ sic ]"),
        ("AT&T and/or", "AT & T and / or"),
        ("cafe\u0301 naïve नमस्ते 北京", "cafe\u0301 naïve नमस्ते 北京"),
        ("Yes👍🏽 👩🏽\u200d👩\u200d👧 ❤\ufe0f\u200d🔥.", "Yes 👍🏽 👩🏽\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 ."),
        ("👍👎", "👍 👎"),
        ("👍🏽👎🏽❤\ufe0f⚓", "👍🏽 👎🏽 ❤\ufe0f ⚓"),
        ("🇩🇪🇫🇷", "🇩🇪 🇫🇷"),
        ("a\tb\r\nc\u00a0d\u2028e", "a b c d e"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_tokens_by_example(text: str, tokens: str) -> None:
    assert tokenize(text)[1::2] == tokens.split(" ") * bool(tokens)


# Sentences.


@given(texts)
def test_every_token_is_in_one_sentence(text: str) -> None:
    sentences = split_sentences(text)
    assert [token for sentence in sentences for token in sentence.tokens] == tokenize(text)[1::2]
    for sentence in sentences:
        assert text.startswith(sentence.text, sentence.start)


@pytest.mark.parametrize(
    "sentences",
    [
        ["He left.", "She stayed."],
        ["He left!", "Why?", "Who knows..."],
        ["He left…", "She stayed."],
        ["Yes?!", "No!!!"],
        ["Dr. Smith met Mr. J. R. Jones."],
        ["She met Dr. Who in Mt. One."],
        ["He lives in the U.S.", "The end."],
        ["The U.S. Army left."],
        ["She works at Acme Corp.", "It pays."],
        ["Acme Corp. of Texas pays."],
        ["It cost 3.5 dollars. or so it seems."],
        ['"Stop!" he said.', '"Go."', "She went."],
        ["He said: “No.”", "Then he left."],
        ['"No.", he said.'],
        ["(He left.)", "She stayed."],
        ["One.", "(Two.)", "[Three.]"],
        ["Look at end.Next one."],
        ["See www.x.org.", "Next."],
        ["Wow!", "#tag"],
        ["Three men.", "5 women."],
        ["Hello.", "⚓ Ahoy"],
        ["¿Qué?", "¡Sí!"],
        ["Is it?", "– No."],
        ["No stop here"],
    ],
)
def test_sentences_by_example(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [each.text for each in split_sentences(text)] == sentences


def test_a_sentence_goes_on_over_line_ends_within_a_piece() -> None:
    text = "He left\nher. She\r\nstayed."
    first, second = split_sentences(text)
    assert first.text == "He left\nher."
    assert second.text == "She\r\nstayed."


def test_a_sentence_of_more_than_500_tokens_is_cut() -> None:
    assert [len(each.tokens) for each in split_sentences("word " * 1201)] == [500, 500, 201]


def test_nothing_has_no_sentences() -> None:
    assert split_sentences(" \n") == []
