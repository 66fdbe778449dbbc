"""Regular expressions of tokens, most of them of text whose characters are stand-ins (see characters.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wincls.corpus import characters as chars

_UPPER, _LOWER, _LETTER = f"[A-Z{chars.UPPER}]", f"[a-z{chars.LOWER}]", chars.LETTER
_MARKS = f"[{chars.MARK}{chars.ZWJ}]*"
_IN_WORD = rf"0-9A-Za-z\x00-\x08\x0e-\x1b\x7f{chars.UPPER}{chars.LOWER}{chars.LETTER}{chars.MARK}{chars.ZWJ}"

ADDRESS = r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\"'.,;:!?)\]}\u2019\u201d]|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
"""A web or e-mail address, in the text itself."""

PERIODS = (
    rf"(?:{_UPPER}{_MARKS}(?:{_LOWER}{_MARKS})?\.|{_LOWER}{_MARKS}\.){{2,8}}(?!\w)"
    rf"|{_UPPER}{_MARKS}\.(?=\ ?{_UPPER})|(?<!\w){_LETTER}{_MARKS}\.(?=\ ?{_LETTER})"
)
"""Abbreviations that can be told by their looks (U.S., e.g., Ph.D.), and initials before a name."""

ORDINAL = rf"\d{{1,2}}\.(?=\ (?:{_UPPER}|{_LOWER}|{_LETTER}))"
EMOJI = rf"{chars.FLAG}{{2}}|{chars.EMOJI}{_MARKS}(?:(?<={chars.ZWJ}){chars.EMOJI}{_MARKS})*"
"""Flags, and emoji with their modifiers."""

ANYTHING = rf".{_MARKS}"


def known_pattern(tokens: Iterable[str]) -> str:
    """Tokens that are known as such, in the text itself: those that start as a word are no part of one."""
    by_first: dict[str, list[str]] = {}
    for token in sorted(set(tokens), key=lambda token: (-len(token), token)):
        end = r"(?!\w)" if token[-1].isalnum() or token[-1] == "." else ""
        by_first.setdefault(token[0], []).append(re.escape(token[1:]) + end)
    words: list[str] = []
    signs: list[str] = []
    for first, rests in sorted(by_first.items()):
        (words if first.isalnum() or any(rest[:1].isalnum() for rest in rests) else signs).append(
            f"{re.escape(first)}(?:{'|'.join(rests)})"
        )
    return "|".join([rf"(?<![\w])(?:{'|'.join(words)})"] * bool(words) + signs) or r"(?!)"


def words_pattern(
    joiners: str,
    word_starters: str,
    number_starters: str,
    number_enders: str,
    units: Sequence[str],
) -> str:
    """Words and numbers with all joiners that are in them; see Tokenizer for the arguments."""
    word = f"[{_IN_WORD}]"
    joiner = rf"(?:_+|{any_of(joiners)})" if "_" in joiners else any_of(joiners)
    number = rf"\d+(?:{joiner}\d+)*"
    starters = rf"{any_of(word_starters)}_*(?=(?!\d){word})|(?<![\w)\]]){any_of(number_starters)}(?=\d)"
    alternatives = [rf"{number}{any_of(number_enders)}(?!\w)"] if number_enders else []
    if units:
        letters = any_of("".join(each for each in units if len(each) == 1))
        longer = "|".join(re.escape(each) for each in units if len(each) > 1)
        among = "|".join([f"(?i:{longer})"] * bool(longer) + [letters])
        alternatives.append(rf"{number}(?=(?:{among})(?!\w))")
    alternatives.append(f"{word}+(?:{joiner}{word}+)*")
    return f"(?:{starters})?(?:{'|'.join(alternatives)})"


def runs_pattern(runs: str) -> str:
    """Several of the same sign in a row, two of a quote; ! and ? may be mixed."""
    mixed = ["[!?]+"] if {"!", "?"} <= set(runs) else []
    same = [f"{re.escape(char)}{{2{',' if char not in QUOTES else ''}}}" for char in runs]
    return "|".join([*mixed, *same]) or "(?!)"


QUOTES = "'`"


def any_of(characters: str) -> str:
    """One of some characters."""
    return f"[{re.escape(characters)}]" if characters else "(?!)"
