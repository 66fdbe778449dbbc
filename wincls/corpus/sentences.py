"""Sentences of plain text.

Nothing is changed and nothing is dropped: tokens are kept together with what is between them, so that
joined they are the text again.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from wincls.corpus.tokenizer import tokenize

_LONGEST_SENTENCE = 500  # tokens; a longer one is cut
_ENDERS = frozenset(".!?\u2026\u203d")
_CLOSING = frozenset([*"\"')]}\u00bb\u2019\u201d", "''"])
_OPENING = frozenset([*"\"'([{\u00ab\u2018\u201c\u00bf\u00a1-\u2013\u2014", "``"])
_STARTERS = frozenset(
    """
    The A An He She It They We I You This That These Those There In On At But And Or If When While After
    Before As For Its His Her Their Our My What Who Why How Not No Some One Two
    """.split()  # noqa: SIM905 (a list of forty strings is harder to read)
)


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


def split_sentences(text: str) -> list[TextSentence]:
    """The sentences of a piece.

    A sentence ends after . ! ? or ... and the closing quotes or brackets after it, if the next token
    does not start with a lower-case letter. After an abbreviation with its own period (except the
    shortest, such as Dr.), it ends if the next token is a word that often starts a sentence. One of
    more than 500 tokens is cut.
    """
    parts = tokenize(text)
    tokens, gaps = parts[1::2], parts[0::2]  # the gap before a token has its index
    begins = [0]
    for last in [i for i, token in enumerate(tokens) if token[-1] in _ENDERS]:
        following = _next_sentence(tokens, gaps, last)
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


def _next_sentence(tokens: list[str], gaps: list[str], last: int) -> int:
    """The token that starts the sentence after token `last`, which ends in an ender; 0 if none does."""
    final = tokens[last]
    i = last + 1
    while i < len(tokens) and not gaps[i] and tokens[i] in _CLOSING:
        i += 1
    if i == len(tokens):
        return 0
    following = tokens[i]
    if following[0].islower():
        return 0
    if len(final) > 1 and final[0].isalpha():  # an abbreviation
        return i if following in _STARTERS and len(final) > 3 else 0
    if following[0].isalnum() or following in _OPENING:  # "3.Next" and "a.B" do not end a sentence
        return i if gaps[i] else 0
    return 0 if following[-1] in _ENDERS or following in _CLOSING or following in ",;:-" else i
