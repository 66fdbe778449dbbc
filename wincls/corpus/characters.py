"""What kind of character a character is, by its Unicode properties."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SENTENCE_TERMINAL = """
    0021 002E 003F 0589 061D-061F 06D4 0700-0702 07F9 0837 0839 083D-083E 0964-0965 104A-104B 1362
    1367-1368 166E 1735-1736 17D4-17D5 1803 1809 1944-1945 1AA8-1AAB 1B5A-1B5B 1B5E-1B5F 1B7D-1B7F
    1C3B-1C3C 1C7E-1C7F 203C-203D 2047-2049 2CF9-2CFB 2E2E 2E3C 2E53-2E54 3002 A4FF A60E-A60F A6F3 A6F7
    A876-A877 A8CE-A8CF A92F A9C8-A9C9 AA5D-AA5F AAF0-AAF1 ABEB FE12 FE15-FE16 FE52 FE56-FE57 FF01 FF0E
    FF1F FF61 10A56-10A57 10F55-10F59 10F86-10F89 11047-11048 110BE-110C1 11141-11143 111C5-111C6 111CD
    111DE-111DF 11238-11239 1123B-1123C 112A9 1144B-1144C 115C2-115C3 115C9-115D7 11641-11642 1173C-1173E
    11944 11946 11A42-11A43 11A9B-11A9C 11C41-11C42 11EF7-11EF8 11F43-11F44 16A6E-16A6F 16AF5 16B37-16B38
    16B44 16E98 1BC9F 1DA88
"""  # the property Sentence_Terminal of Unicode's PropList.txt


def _characters(ranges: str) -> frozenset[str]:
    ends = [each.split("-") for each in ranges.split()]
    return frozenset(chr(i) for each in ends for i in range(int(each[0], 16), int(each[-1], 16) + 1))


SENTENCE_TERMINALS = _characters(_SENTENCE_TERMINAL)

JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
INVISIBLE = re.compile(f"[{_INVISIBLE}]+")
"""Soft hyphen, zero width space, word joiner, byte order mark, directions: what no reader sees.

ZWNJ and ZWJ are not among them: Persian and the scripts of India are spelled with them.
"""
GAPS = re.compile(r"(\s+)")
GAPS_WITH_INVISIBLE = re.compile(
    rf"([\s{_INVISIBLE}]*\s[\s{_INVISIBLE}]*|^[{_INVISIBLE}]+|[{_INVISIBLE}]+\Z)"
)

APOSTROPHES = "\u2018\u2019\u201b\u2032\u00b4\uff07"  # read as '
HYPHENS = "\u2010\u2011\u2212\ufe63\uff0d"  # read as -

# Stand-ins of all characters of a class that are not ASCII.
UPPER, LOWER, LETTER, MARK, IDEOGRAPH = "\u00c0\u00e0\u00aa\u0301\u4e00"
EMOJI, FLAG, SIGN, ZWJ = "\u2600\U0001f1e6\u00a7\u200d"
_CLASSES = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Nd": "0", "So": EMOJI, "Zs": " ", "Zl": " ", "Zp": " "}
_STAND_INS = dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(HYPHENS, "-")
_STAND_INS |= {"\u066b": ".", "\u066c": ",", ZWJ: ZWJ, "\ufffc": SIGN, "\ufffd": SIGN, "\x85": " "}
_IDEOGRAPHS: tuple[str, ...] = (
    "CJK UNIFIED",
    "CJK COMPATIBILITY IDEO",
    "IDEOGRAPHIC ITERATION",
    "IDEOGRAPHIC NUMBER",
)
_IDEOGRAPHS += ("HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA", "BOPOMOFO", "NUSHU", "TANGUT")
_UNSPACED = ("THAI", "LAO", "KHMER", "MYANMAR", "TAI", "NEW", "JAVANESE", "BALINESE")
_OF_CHARACTERS = frozenset([*_UNSPACED, "HANGUL"])  # besides ideographs


def stand_in(char: str) -> str:
    """The stand-in of a character that is not ASCII: itself for what is plain already.

    Apostrophes and hyphens are read as their plain forms, digits of all scripts as 0.
    """
    if char in _STAND_INS:
        return _STAND_INS[char]
    category = unicodedata.category(char)
    if category in _CLASSES:
        return FLAG if category == "So" and _name(char).startswith("REGIONAL") else _CLASSES[category]
    if category[0] == "M" or category == "Cf" or _name(char).startswith("EMOJI MODIFIER"):
        return MARK
    if category[0] in "PS":
        return SIGN
    return IDEOGRAPH if can_stand_alone(char) else LETTER


def first_letter(chunk: str) -> str:
    """A space and the stand-in of the letter that a chunk starts with; empty if it starts otherwise."""
    if not chunk[:1].isalpha():
        return ""
    return " " + (chunk[0] if chunk[0].isascii() else stand_in(chunk[0]))


class StandIns(dict[int, str]):
    """The stand-ins of characters by code point, found when they are first asked for.

    kept: signs that stand for themselves.
    ideographs: whether ideographs and other letters that can stand alone have a class of their own.
    """

    def __init__(self, kept: str, ideographs: bool):
        super().__init__((ord(char), char) for char in kept)
        self._ideographs = ideographs

    def __missing__(self, point: int) -> str:
        char = chr(point)
        found = char if point < 128 else stand_in(char)
        if found == IDEOGRAPH and not self._ideographs:
            found = LETTER
        self[point] = found
        return found


def is_ideograph(char: str) -> bool:
    """Whether a character is a Han ideograph, kana, or of another script of that kind."""
    return not char.isascii() and _name(char).startswith(_IDEOGRAPHS)


def can_stand_alone(char: str) -> bool:
    """Whether a letter is a token in many corpora, since entities often end within runs of such letters.

    That holds for ideographs, for Hangul syllables, and for scripts without spaces between words.
    """
    return is_ideograph(char) or script(char) in _OF_CHARACTERS


def is_sign(char: str) -> bool:
    """Whether a character is punctuation or a symbol."""
    return unicodedata.category(char)[0] in "PS"


def is_closing(token: str) -> bool:
    """Whether a token is a closing bracket or any quote."""
    return token in ("'", '"', "''") or unicodedata.category(token[0]) in ("Pe", "Pf", "Pi")


def is_opening(token: str) -> bool:
    """Whether a token can stand at the beginning of a sentence before its first word."""
    return token in ("'", '"', "''", "``", "¿", "¡") or unicodedata.category(token[0]) in (
        "Ps",
        "Pi",
        "Pf",
        "Pd",
    )


def is_spaceless(script: str) -> bool:
    """Whether words of a script (see `script`) have no spaces between them; not of ideographs."""
    return script in _UNSPACED


@lru_cache(1 << 12)
def script(char: str) -> str:
    """The script of a letter, by the first word of its Unicode name: LATIN, HAN, THAI; else empty."""
    if char.isascii():
        return "LATIN" if char.isalpha() else ""
    if not char.isalpha():
        return ""
    name = _name(char).removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    name = name.split(" ")[0].split("-")[0]
    return "HAN" if name == "CJK" else name


def _name(char: str) -> str:
    return unicodedata.name(char, "")
