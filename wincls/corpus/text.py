"""Plain text: pieces, sentences and tokens.

Nothing is changed and nothing is dropped: every character that is not white space belongs to
exactly one token, and tokens are kept together with what stands between them, so that joined they
are the text again.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from wincls.errors import DataError

_CHUNK = 1 << 18  # bytes read at a time
_LONGEST_PIECE = 1 << 16  # characters; a longer line is cut at a blank
_LONGEST_SENTENCE = 500  # tokens; a longer one is cut


class Piece(NamedTuple):
    """A stretch of text that sentences do not cross, with the blanks and line ends behind it.

    start: its place in the file, in characters.
    """

    text: str
    start: int


class TextSentence(NamedTuple):
    """A sentence of a piece.

    start: its place in the piece; parts: its tokens and what stands between them, in turn, with a
    token first and last.
    """

    start: int
    parts: list[str]

    @property
    def tokens(self) -> list[str]:
        return self.parts[::2]

    @property
    def text(self) -> str:
        return "".join(self.parts)


def read_pieces(file: BinaryIO, path: str, wrapped: bool = False) -> Iterator[Piece]:
    """Cut a UTF-8 file into pieces, whatever its size, without holding more than some of them.

    A piece is a line; if `wrapped`, it is a paragraph, up to the next empty line. A piece of more
    than 65,536 characters is cut at the last blank before that, or there if it has none.
    Joined, the pieces are the file (less a byte order mark).

    Raises DataError with file:line for a byte that is not UTF-8.
    """
    end_of_piece = re.compile(r"\n(?:[ \t\r]*\n)+" if wrapped else r"\n")
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = getattr(file, "read1", file.read)  # what is there already, so that a terminal answers
    rest, start, at_begin, final = "", 0, True, False
    lines, column = 0, 0  # whole lines, and bytes of the line after them, that have been decoded
    while not final:
        raw = read(_CHUNK)
        final = not raw
        try:
            text = decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            *before, line = error.object[: error.start].split(b"\n")
            byte = len(line) + 1 + (0 if before else column)
            raise DataError(
                f"{path}:{lines + len(before) + 1}: byte {byte} of the line is "
                f"0x{error.object[error.start]:02x}, which is not UTF-8; convert the file to UTF-8 first"
            ) from None
        *before_last, last_line = text.split("\n")
        lines += len(before_last)
        column = len(last_line.encode()) + (0 if before_last else column)
        if at_begin and text:
            text, at_begin = text.removeprefix("\ufeff"), False
        rest += text
        begin = 0
        for match in end_of_piece.finditer(rest):
            if wrapped and not final and not rest[match.end() :].strip(" \t\r"):
                break  # more line ends may follow
            for piece in _cut(rest[begin : match.end()]):
                yield Piece(piece, start)
                start += len(piece)
            begin = match.end()
        rest = rest[begin:]
        if len(rest) > _LONGEST_PIECE or final:
            parts = _cut(rest)
            rest = "" if final else parts.pop()
            for piece in parts:
                yield Piece(piece, start)
                start += len(piece)


def _cut(text: str) -> list[str]:
    """Parts of at most the longest size, cut behind a blank where there is one."""
    parts = []
    while len(text) > _LONGEST_PIECE:
        blank = max(text.rfind(" ", 0, _LONGEST_PIECE), text.rfind("\n", 0, _LONGEST_PIECE))
        end = blank + 1 if blank > 0 else _LONGEST_PIECE
        parts.append(text[:end])
        text = text[end:]
    return [*parts, text] if text else parts


# Punctuation and symbols; everything else that is not white space is part of a word, so that
# combining marks and joiners stay with their letters in every script.
_SIGNS = r"!-/:-@\[-\^`{-~\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
_SIGNS += r"\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\uff00-\uff0f\ufe0f\ufffd"
_SIGNS += r"\U0001f000-\U0001faff"
_LETTER = rf"[^\s{_SIGNS}]"
_EMOJI = r"[\u2190-\u2bff\U0001f000-\U0001faff]"
_MODIFIER = r"[\ufe0f\U0001f3fb-\U0001f3ff]"
_CLITIC = r"(?:s|S|re|ve|ll|d|m|RE|VE|LL|D|M)"
_ABBREVIATIONS = (
    "Mr Mrs Ms Dr St Jr Sr Prof Gen Col Maj Capt Lt Sgt Cpl Sen Rep Gov Pres Rev Hon Mt Ft Ave Blvd Rd "
    "Inc Ltd Corp Co Bros Cie vs etc cf al approx dept est Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)

_TOKEN = re.compile(
    rf"""(
      [A-Za-z]+(?=[ \n]) | [a-z]+(?=[,;]) | [.,;:!?](?=[ \n])          # most tokens; all could stand below
    | (?:https?://|www\.)[^\s<>"]*[^\s<>"'.,;:!?)\]}}\u2019\u201d]   # web addresses
    | [\w.+-]{{1,64}}@[\w-]+(?:\.[\w-]+)+                                   # e-mail addresses
    | [@\#]\w+                                                       # names and tags of social media
    | (?:[A-Z][a-z]?\.|[a-z]\.){{2,}}                                # U.S., e.g., Ph.D.
    | (?:{"|".join(_ABBREVIATIONS.split())})\.(?!\w)                 # Dr.
    | [A-Z]\.(?=\s?[A-Z])                                            # initials
    | [+-]?\d+(?:[.,:/]\d+)+[a-zA-Z]{{0,2}}(?!\w)                      # 1,250.75, 20:30, 1/2, 1.5m, 8:30pm
    | (?:{_LETTER})+?(?=n['\u2019]t(?!\w)) | n['\u2019]t(?!\w)       # do n't
    | ['\u2019]{_CLITIC}(?!\w)                                       # 's, 'll
    | {_LETTER}+(?:-{_LETTER}+|['\u2019](?!{_CLITIC}(?!\w)){_LETTER}+)*
    | [\U0001f1e6-\U0001f1ff]{{2}}                                   # flags
    | {_EMOJI}{_MODIFIER}*(?:\u200d{_EMOJI}{_MODIFIER}*)*            # emoji with modifiers
    | \.{{2,}} | -{{2,}} | [!?]+ | `` | ''                           # runs
    | \S
    )""",
    re.VERBOSE,
)
_ENDERS = frozenset(".!?\u2026\u203d")
_CLOSING = frozenset([*"\"')]}\u00bb\u2019\u201d", "''"])
_OPENING = frozenset([*"\"'([{\u00ab\u2018\u201c\u00bf\u00a1-\u2013\u2014", "``"])
_STARTERS = frozenset(
    [
        "The",
        "A",
        "An",
        "He",
        "She",
        "It",
        "They",
        "We",
        "I",
        "You",
        "This",
        "That",
        "These",
        "Those",
        "There",
        "In",
        "On",
        "At",
        "But",
        "And",
        "Or",
        "If",
        "When",
        "While",
        "After",
        "Before",
        "As",
        "For",
        "Its",
        "His",
        "Her",
        "Their",
        "Our",
        "My",
        "What",
        "Who",
        "Why",
        "How",
        "Not",
        "No",
        "Some",
        "One",
        "Two",
    ]
)


def tokenize(text: str) -> list[str]:
    """The tokens of a text, words, numbers, and each sign by itself, and what stands around them.

    The list begins and ends with what is no token (white space, or nothing), and every other part
    is a token: tokens are ``[1::2]``. Joined, the parts are the text.

    Clitics stand apart ("it 's", "do n't"), hyphenated words and names with an apostrophe stay
    whole, and so do abbreviations with their full stops, addresses, hashtags and emoji.
    """
    return _TOKEN.split(text)


def split_sentences(text: str) -> list[TextSentence]:
    """The sentences of a piece.

    A sentence ends behind . ! ? or ... and the closing quotes or brackets after it, if the next
    token does not begin with a small letter; behind an abbreviation with its own full stop (but for
    the shortest, such as Dr.), if the next token is a word that often begins a sentence. One of more
    than 500 tokens is cut.
    """
    parts = tokenize(text)
    tokens, gaps = parts[1::2], parts[0::2]  # the gap before a token has its number
    begins = [0]
    for last in [i for i, token in enumerate(tokens) if token[-1] in _ENDERS]:
        following = _next_sentence(tokens, gaps, last)
        if following > begins[-1]:
            begins.append(following)
    sentences: list[TextSentence] = []
    end = 0  # of the last sentence, in the text
    for begin, next_begin in pairwise([*begins, len(tokens)]):
        for first in range(begin, next_begin, _LONGEST_SENTENCE):
            behind = min(first + _LONGEST_SENTENCE, next_begin)
            sentence = TextSentence(end + len(gaps[first]), parts[2 * first + 1 : 2 * behind])
            sentences.append(sentence)
            end = sentence.start + len(sentence.text)
    return sentences


def _next_sentence(tokens: list[str], gaps: list[str], last: int) -> int:
    """The token that begins the sentence behind token `last`, which ends in an ender; 0 if none does."""
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
    if following[0].isalnum() or following in _OPENING:  # "3.Next" and "a.B" are no ends
        return i if gaps[i] else 0
    return 0 if following[-1] in _ENDERS or following in _CLOSING or following in ",;:-" else i
