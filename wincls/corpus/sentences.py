"""Sentences of plain text.

Nothing is changed and nothing is dropped: tokens are kept together with what is between them, so that
joined they are the text again.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from wincls.corpus.characters import INVISIBLE, SENTENCE_TERMINALS, is_closing, is_opening
from wincls.corpus.tokenizer import DEFAULT, Tokenizer

_LONGEST_SENTENCE = 500  # tokens; a longer one is cut
_ENDERS = SENTENCE_TERMINALS | {"\u2026", "\u203d"}
_WEAK = frozenset(".!?\u2026\u203d")  # those that can stand within a sentence


class TextSentence(NamedTuple):
    """A sentence of a piece.

    start: the offset of its first character in the piece.
    parts: its tokens and what is between them, in turn, with a token first and last.
    """

    start: int
    parts: list[str]

    @property
    def tokens(self) -> list[str]:
        return self.parts[::2]

    @property
    def text(self) -> str:
        return "".join(self.parts)


def split_sentences(text: str, tokenizer: Tokenizer = DEFAULT) -> list[TextSentence]:
    """The sentences of a piece.

    A sentence ends after a terminator of any script and the closing quotes or brackets after it. After
    . ! ? and ... the next token must not start with a lower-case letter. After an abbreviation with its
    period (except the shortest, such as Dr.), a sentence ends if the next token is a word that often
    starts one. A sentence of more than 500 tokens is cut.
    """
    parts = tokenizer.tokenize(text)
    tokens, gaps = parts[1::2], parts[0::2]  # the gap before a token has its index
    enders = _ENDERS.union(tokenizer.sentence_ends)
    begins = [0]
    for last in [i for i, token in enumerate(tokens) if token[-1] in enders]:
        following = _next_sentence(tokens, gaps, last, tokenizer, enders)
        if following > begins[-1]:
            begins.append(following)
    sentences: list[TextSentence] = []
    end = 0  # of the last sentence, in the text
    for begin, next_begin in pairwise([*begins, len(tokens)]):
        for first in range(begin, next_begin, _LONGEST_SENTENCE):
            stop = min(first + _LONGEST_SENTENCE, next_begin)
            sentence = TextSentence(end + len(gaps[first]), parts[2 * first + 1 : 2 * stop])
            sentences.append(sentence)
            end = sentence.start + len(sentence.text)
    return sentences


def _next_sentence(
    tokens: list[str], gaps: list[str], last: int, tokenizer: Tokenizer, enders: frozenset[str]
) -> int:
    """The token that starts the sentence after token `last`, which ends in an ender; 0 if none does."""
    final = tokens[last]
    i = last + 1
    while i < len(tokens) and not _space(gaps[i]) and is_closing(tokens[i]):
        i += 1
    if i == len(tokens):
        return 0
    following = tokens[i]
    if following[-1] in enders or (is_closing(following) and not is_opening(following)):
        return 0
    if final[-1] not in _WEAK:
        return i
    if following[0].islower() or following in ",;:":
        return 0
    shortened = _abbreviation(tokens, gaps, last, tokenizer)
    if shortened:
        can_end = len(shortened) > 3 or shortened[0].isdecimal()
        return i if following in tokenizer.starters and can_end else 0
    if not _space(gaps[i]) and (following[0].isalnum() or is_opening(following)):
        # "3.Next" and "a.B" do not end a sentence; where letters have no case, there may be no spaces.
        return i if final[-1] != "." and _caseless(following[0]) else 0
    return i


def _abbreviation(tokens: list[str], gaps: list[str], last: int, tokenizer: Tokenizer) -> str:
    """The abbreviation, initial or ordinal with its period that token `last` ends; empty if it ends none."""
    final = tokens[last]
    if final[-1] != ".":
        return ""
    if len(final) > 1:
        return final if final[0].isalnum() else ""
    if not last or gaps[last]:
        return ""
    before = tokens[last - 1]
    if before in tokenizer.abbreviations or (len(before) == 1 and before.isupper() and before != "I"):
        return f"{before}."
    if tokenizer.ordinals_go_on and before.isdecimal() and len(before) <= 2:
        return "0."
    return ""


def _space(gap: str) -> bool:
    return bool(gap) and bool(INVISIBLE.sub("", gap))


def _caseless(char: str) -> bool:
    return char.isalpha() and char.lower() == char.upper()
