"""What the tokens of a corpus show of how its text was cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from unicodedata import category

from wincls.corpus.characters import can_stand_alone, is_ideograph, is_sign, is_spaceless, script
from wincls.corpus.english import UNITS
from wincls.corpus.tokenizer import PLAIN

ATTACHED = "'-"
"""Signs that clitics start or end with."""


class Evidence:
    """Counts of what is one token (kept) and what is several (split).

    kept_joiners, split_joiners: by sign and whether it is between digits: U.S.-led, or US - led.
    kept_suffixes, split_suffixes, kept_prefixes, split_prefixes: by affix: it's, or it 's.
    kept_starters, split_starters: by sign and whether a digit follows: #tag, or # tag.
    kept_enders, split_enders: by sign after a digit.
    kept_runs, split_runs: by sign: !!!, or ! ! !.
    kept_periods: by word: Dr. as one token in mid-sentence.
    inner_periods, last_periods: by word, of which a period follows in mid-sentence, or at the end.
    kept_units, split_units: by unit: 5km, or 5 km.
    first_words: what sentences start with.
    last_signs: what they end with.
    tokens: all.
    """

    def __init__(self, sentences: Iterable[Sequence[str]]):
        self.kept_joiners, self.split_joiners = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
        self.kept_suffixes, self.split_suffixes = Counter[str](), Counter[str]()
        self.kept_prefixes, self.split_prefixes = Counter[str](), Counter[str]()
        self.kept_starters, self.split_starters = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
        self.kept_enders, self.split_enders = Counter[str](), Counter[str]()
        self.kept_runs, self.split_runs = Counter[str](), Counter[str]()
        self.kept_periods = Counter[str]()
        self.inner_periods, self.last_periods = Counter[str](), Counter[str]()
        self.first_words, self.last_signs = Counter[str](), Counter[str]()
        self.kept_units, self.split_units = Counter[str](), Counter[str]()
        self.sentences = 0
        self.tokens = Counter[str]()
        for words in sentences:
            tokens = [word if word.isascii() else word.translate(PLAIN) for word in words]
            self.tokens.update(tokens)
            self._add_sentence(tokens)
        for token, times in self.tokens.items():
            if len(token) > 1 and not token.isalpha():
                self._add_token(token, times)

    def _add_sentence(self, tokens: Sequence[str]) -> None:
        self.sentences += 1
        self.first_words[tokens[0]] += 1
        self.last_signs[tokens[-1]] += 1
        for before, token in pairwise(tokens):
            if len(token) == 1 and not token.isalnum() and token == before:
                self.split_runs[token] += 1
            if before[-1].isdecimal():
                if len(token) == 1 and is_sign(token):
                    self.split_enders[token] += 1
                elif before.isdecimal() and _unit(token) in UNITS:
                    self.split_units[_unit(token)] += 1
        for i, token in enumerate(tokens):
            if token.isalnum():
                continue
            before, after = tokens[i - 1][-1:] if i else "", tokens[i + 1][:1] if i + 1 < len(tokens) else ""
            if len(token) == 1 and is_sign(token):
                if after.isalnum() and before.isalnum():
                    self.split_joiners[token, before.isdecimal() and after.isdecimal()] += 1
                    self.kept_prefixes[(tokens[i - 1] + token).lower()] += 1
                    self.kept_suffixes[(token + tokens[i + 1]).lower()] += 1
                if after.isalnum() and (
                    not before.isalnum() or token in ("#", "@") or category(token) == "Sc"
                ):
                    self.split_starters[token, after.isdecimal()] += 1
                if token == "." and i:  # noqa: S105 (no password)
                    (self.inner_periods if after else self.last_periods)[tokens[i - 1]] += 1
            elif token[-1] == "." and token[0].isalnum():
                if after.isalnum():
                    self.kept_periods[token[:-1]] += 1
            elif token[0] in ATTACHED and before.isalnum() and token[1:].isalpha():
                self.split_suffixes[token.lower()] += 1
            elif token[-1] in ATTACHED and after.isalnum() and token[:-1].isalpha():
                self.split_prefixes[token.lower()] += 1
            elif token.lower() == "n't" and before.isalnum():
                self.split_suffixes["n't"] += 1

    def _add_token(self, token: str, times: int) -> None:
        if token[0] == token[-1] and len(set(token)) == 1 and is_sign(token[0]):
            self.kept_runs[token[0]] += times
            return
        if "://" in token or "www." in token or "@" in token[1:]:
            return
        if is_sign(token[0]) and token[1].isalnum():
            self.kept_starters[token[0], token[1].isdecimal()] += times
        if is_sign(token[-1]) and token[-2].isdecimal():
            self.kept_enders[token[-1]] += times
        if token[-1] == ".":
            return
        lower = token.lower()
        unit = _unit(token.lstrip("0123456789.,"))
        if unit in UNITS and token[0].isdecimal():
            self.kept_units[unit] += times
        places = [i for i in range(1, len(token) - 1) if is_sign(token[i])]
        for i in places:
            before, after = token[i - 1], token[i + 1]
            if before.isalnum() and after.isalnum():
                self.kept_joiners[token[i], before.isdecimal() and after.isdecimal()] += times
        if places:
            self.kept_prefixes[lower[: places[0] + 1]] += times
            self.kept_suffixes[lower[places[-1] :]] += times
        if lower.endswith("n't") and len(lower) > 3:
            self.kept_suffixes["n't"] += times

    def single_ideographs(self) -> bool:
        """Whether ideographs and other letters that can stand alone, if there are any, do so."""
        one = more = 0
        for token, times in self.tokens.items():
            if can_stand_alone(token[0]):
                stands_alone = len(token) == 1 or sum(category(each)[0] != "M" for each in token) == 1
                one, more = one + times * stands_alone, more + times * (not stands_alone)
        return one > 20 * more

    def single_characters(self) -> bool:
        """Whether words and numbers are one character long, of letters that cannot stand alone, too."""
        one = more = 0
        for token, times in self.tokens.items():
            if token.isalnum() and not can_stand_alone(token[0]):
                one, more = one + times * (len(token) == 1), more + times * (len(token) > 1)
        return one > 100 * more

    def spaceless_script(self) -> str:
        """The script of most words, if there are no spaces between its words in text; otherwise empty."""
        counts = Counter[str]()
        if self.single_ideographs():
            return ""
        words = sum(times for token, times in self.tokens.items() if token[0].isalpha())
        for token, times in self.tokens.items():
            name = script(token[0])
            if is_spaceless(name) or is_ideograph(token[0]):
                counts[name] += times
        return max(counts, key=counts.__getitem__) if 2 * counts.total() > words else ""


def _unit(token: str) -> str:
    """The spelling of a unit; capitals matter if it is one letter."""
    return token.lower() if len(token) > 1 else token
