"""The tokenizer of plain text: every visible character belongs to exactly one token."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import accumulate
from typing import Any

from wincls.corpus import characters as chars
from wincls.corpus.english import ABBREVIATIONS, STARTERS
from wincls.corpus.token_patterns import (
    ADDRESS,
    ANYTHING,
    EMOJI,
    ORDINAL,
    PERIODS,
    any_of,
    known_pattern,
    runs_pattern,
    words_pattern,
)

PLAIN = str.maketrans(dict.fromkeys(chars.APOSTROPHES, "'") | dict.fromkeys(chars.HYPHENS, "-"))
_CACHED = 1 << 16  # chunks whose tokens are kept
_LONGEST_CACHED = 40  # characters


@dataclass(frozen=True)
class Tokenizer:
    """Where tokens end: punctuation and symbols are tokens of their own, but for what is said here.

    The defaults are those of English newswire (CoNLL-2003). See learn_tokenizer for those of a corpus.

    word_joiners: signs between letters that do not split a word (New York-based, O'Neill).
    number_joiners: signs between digits that do not split a number (1,250.75).
    word_starters, number_starters: signs that belong to the word or number that follows (#tag, -5).
    number_enders: signs that belong to the number before (10%).
    runs: signs of which several in a row are one token (...).
    suffixes: endings that are tokens of their own, in lower case ('s, n't, -se).
    prefixes: beginnings that are tokens of their own, in lower case (l', qu').
    whole: tokens that nothing splits.
    abbreviations: words whose period does not end a sentence, without it.
    split_abbreviations: whether the periods of abbreviations, initials and U.S. are tokens of their own.
    ordinals: whether the period of an ordinal belongs to it (am 3. Mai).
    ordinals_go_on: whether a period after a number of one or two digits does not end a sentence.
    units: letters that are split from the number before, in lower case (5km).
    single_ideographs: whether every ideograph, kana, Hangul syllable and letter of scripts such as Thai is a
        token.
    single_characters: whether every character is a token.
    sentence_ends: more signs that end sentences.
    starters: words that often start a sentence; before them, an abbreviation can end one.
    """

    word_joiners: str = "-'_"
    number_joiners: str = ".,:/-'_"
    word_starters: str = "#@"
    number_starters: str = "+-"
    number_enders: str = ""
    runs: str = ".-!?`'_"
    suffixes: tuple[str, ...] = ("'s", "'re", "'ve", "'ll", "'d", "'m", "n't")
    prefixes: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ABBREVIATIONS
    split_abbreviations: bool = False
    ordinals: bool = False
    ordinals_go_on: bool = False
    units: tuple[str, ...] = ()
    single_ideographs: bool = False
    single_characters: bool = False
    sentence_ends: str = ""
    starters: tuple[str, ...] = STARTERS

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Tokenizer:
        """The tokenizer of plain settings, see `settings`. Raises ValueError if they are none."""
        values = {}
        for each in fields(cls):
            value = settings[each.name]
            if isinstance(each.default, tuple):
                if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
                    raise ValueError(f"tokenizer.{each.name} is not a list of strings")
                value = tuple(value)
            elif type(value) is not type(each.default):
                raise ValueError(f"tokenizer.{each.name} has another type")
            values[each.name] = value
        return cls(**values)

    def settings(self) -> dict[str, Any]:
        """All fields as plain values."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return Tokenizer, tuple(getattr(self, each.name) for each in fields(self))

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text and what is between them: white space and invisible characters, or nothing.

        The list starts and ends with what is no token, and every other part is a token: tokens are
        ``[1::2]``. Joined, the parts are the text.
        """
        ascii_only = text.isascii()
        plain = ascii_only or not chars.INVISIBLE.search(text)
        pieces = (chars.GAPS if plain else chars.GAPS_WITH_INVISIBLE).split(text)
        pieces.append("")
        parts = [""]
        cached = self._cache.get
        for i in range(0, len(pieces), 2):
            chunk = pieces[i]
            if chunk:
                parts += cached(chunk) or self._remembered(
                    chunk, pieces[i + 2] if i + 2 < len(pieces) else ""
                )
                parts.append(pieces[i + 1])
            else:
                parts[-1] += pieces[i + 1]
        return parts

    def _remembered(self, chunk: str, following: str) -> list[str]:
        """The parts of a chunk, see _chunk, which are kept for the next time."""
        # What comes after matters only for a period. Such chunks are not kept under their own names.
        after = chars.first_letter(following) if chunk[-1] == "." else ""
        key = f"{chunk} {after}" if chunk[-1] == "." else chunk
        parts = self._cache.get(key)
        if parts is None:
            parts = self._chunk(chunk, after)
            if len(chunk) <= _LONGEST_CACHED:
                if len(self._cache) >= _CACHED:
                    self._cache.clear()
                self._cache[key] = parts
        return parts

    def _chunk(self, chunk: str, following: str) -> list[str]:
        """The tokens of what stands between white space, with what is between them, in turn.

        following: see first_letter.
        """
        hidden = not chunk.isascii() and chars.INVISIBLE.search(chunk)
        tokens = self._tokens(chars.INVISIBLE.sub("", chunk) if hidden else chunk, following)
        parts = [""] * (2 * len(tokens) - 1)
        if not hidden:
            parts[::2] = tokens
            return parts
        places = [i for i, char in enumerate(chunk) if not chars.INVISIBLE.match(char)]
        start = end = 0
        for i, token in enumerate(tokens):
            first, last = places[start], places[start + len(token) - 1]
            if i:
                parts[2 * i - 1] = chunk[end:first]
            start, end = start + len(token), last + 1
            parts[2 * i] = chunk[first:end]
        return parts

    def _tokens(self, chunk: str, following: str) -> list[str]:
        """The tokens of a chunk without invisible characters."""
        if chunk.isalpha() and chunk.isascii() and not self.single_characters:
            return [chunk]
        has_address = "@" in chunk or "://" in chunk or "www." in chunk
        segments = (self._known_and_addresses if has_address else self._known).split(chunk)
        tokens: list[str] = []
        for i, segment in enumerate(segments):
            if i % 2:
                tokens.append(segment)
            elif segment:
                tokens += self._unknown(segment, following if i == len(segments) - 1 else "")
        return tokens

    def _unknown(self, segment: str, following: str) -> list[str]:
        """The tokens of a segment without addresses and known tokens."""
        folded = segment if segment.isascii() else segment.translate(self._stand_ins)
        found = self._token.findall(folded + following)
        if following:
            found = found[:-2]  # the space and the letter
        if len(found) == len(segment):
            found = list(segment)
        elif folded is not segment:
            ends = list(accumulate(map(len, found)))
            found = [segment[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        if self.single_characters or not self._joiner.search(folded):
            return found
        tokens: list[str] = []
        for token in found:
            if len(token) < 3 or token.isalnum() or chars.is_sign(token[-1]):
                tokens.append(token)
            else:
                tokens += self._split_word(token)
        return tokens

    def _split_word(self, token: str) -> list[str]:
        """Cut a word with joiners at its affixes, and at the joiners that split it."""
        plain = token.translate(PLAIN)
        inner = self._inner_suffix.search(plain)
        if inner:  # ewe's-milk
            at, end = inner.span()
            return [
                *self._split_word(token[:at]),
                token[at:end],
                token[end],
                *self._split_word(token[end + 1 :]),
            ]
        first, last = 0, len(token)
        before, after = [], []
        while suffix := _affix_at(plain[first:last], self._suffixes, ends=True):
            after.append(token[last - len(suffix) : last])
            last -= len(suffix)
        while prefix := _affix_at(plain[first:last], self._prefixes, ends=False):
            before.append(token[first : first + len(prefix)])
            first += len(prefix)
        middle, begin = [], first
        for i in range(first + 1, last - 1):
            if plain[i] in self._joiners and begin < i:
                in_number = plain[i - 1].isdecimal() and plain[i + 1].isdecimal()
                if plain[i] not in (self.number_joiners if in_number else self.word_joiners):
                    middle += [token[begin:i], token[i]]
                    begin = i + 1
        return [*before, *middle, token[begin:last], *reversed(after)]

    @cached_property
    def _cache(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def _stand_ins(self) -> chars.StandIns:
        signs = self.word_starters + self.number_starters + self.number_enders + self.runs
        return chars.StandIns("".join(self._joiners) + signs, self.single_ideographs)

    @cached_property
    def _suffixes(self) -> list[str]:
        return sorted(self.suffixes, key=len, reverse=True)

    @cached_property
    def _prefixes(self) -> list[str]:
        return sorted(self.prefixes, key=len, reverse=True)

    @cached_property
    def _inner_suffix(self) -> re.Pattern[str]:
        """A suffix before a joiner."""
        suffixes = [re.escape(each) for each in self._suffixes if each[0] == "'"]
        return re.compile(rf"(?<=\w)(?i:{'|'.join(suffixes)})(?=-)" if suffixes else r"(?!)")

    @cached_property
    def _joiners(self) -> frozenset[str]:
        """Signs at which a word may have to be split."""
        affixes = {char for affix in self.suffixes + self.prefixes for char in affix if chars.is_sign(char)}
        return frozenset(self.word_joiners + self.number_joiners) | affixes

    @cached_property
    def _joiner(self) -> re.Pattern[str]:
        return re.compile(any_of("".join(sorted(self._joiners))))

    @cached_property
    def _known(self) -> re.Pattern[str]:
        periods = () if self.split_abbreviations else self.abbreviations
        return re.compile(f"({known_pattern([*self.whole, *(f'{each}.' for each in periods)])})")

    @cached_property
    def _known_and_addresses(self) -> re.Pattern[str]:
        return re.compile(f"({ADDRESS}|{self._known.pattern[1:-1]})")

    @cached_property
    def _token(self) -> re.Pattern[str]:
        """A token of stand-ins; words are split further where they have joiners."""
        alternatives = [ANYTHING] if self.single_characters else []
        if not self.split_abbreviations:
            alternatives.append(PERIODS)
        if self.ordinals:
            alternatives.append(ORDINAL)
        word = words_pattern(
            joiners="".join(sorted(self._joiners)),
            word_starters=self.word_starters,
            number_starters=self.number_starters,
            number_enders=self.number_enders,
            units=self.units,
        )
        clitics = [re.escape(each) for each in self._suffixes if each[0] == "'" and each.isascii()]
        if clitics:
            alternatives.append(rf"(?i:{'|'.join(clitics)})(?!\w)")
        alternatives += [word, EMOJI, runs_pattern(self.runs), ANYTHING]
        return re.compile("|".join(alternatives), re.DOTALL)


DEFAULT = Tokenizer()


def tokenize(text: str) -> list[str]:
    """The tokens of a text and what is between them, by the default tokenizer; see Tokenizer.tokenize."""
    return DEFAULT.tokenize(text)


def _affix_at(place: str, affixes: Sequence[str], ends: bool) -> str:
    """The affix that a word starts or ends with, if more of the word is left; empty if there is none."""
    for affix in affixes:
        found = place[-len(affix) :] if ends else place[: len(affix)]
        if len(place) > len(affix) and found.lower() == affix:
            return affix
    return ""
