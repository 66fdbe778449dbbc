"""The tokenizer of a corpus, learned from its tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wincls.corpus.characters import SENTENCE_TERMINALS, is_closing, is_opening, is_sign
from wincls.corpus.english import UNITS
from wincls.corpus.tokenizer import DEFAULT, Tokenizer
from wincls.corpus.tokenizer_evidence import ATTACHED, Evidence

_LEAST = 2  # times that something must be seen
_SHORT = 4  # letters of an abbreviation that is believed when it is seen once
_MOST_WHOLE = 1000
_MOST_STARTERS = 80
_LONGEST_WHOLE = 30  # characters
# Signs that mostly stand beside a space, so that their own tokens do not tell how words without one are cut.
_SPACED = dict.fromkeys(",;:.&\u2013\u2014|", 0.05)
_ORDINAL = re.compile(r"\d{1,2}")


def learn_tokenizer(sentences: Iterable[Sequence[str]]) -> Tokenizer:
    """The tokenizer that cuts the text of a corpus as the corpus is cut, as far as its tokens tell.

    Each switch is set as most tokens have it; where there are none to tell, it keeps its default. What
    is still cut differently and occurs as one token twice or more, and more often than cut, is kept
    whole.
    """
    given = [words for words in sentences if words]
    evidence = Evidence(given)
    joiners = [_chosen_joiners(evidence, in_number) for in_number in (False, True)]
    starters = [_chosen_starters(evidence, number) for number in (False, True)]
    ordinals, ordinals_go_on = _ordinals(evidence)
    abbreviations, split = _abbreviations(evidence)
    learned = Tokenizer(
        word_joiners=joiners[0],
        number_joiners=joiners[1],
        word_starters=starters[0],
        number_starters=starters[1],
        number_enders=_most(
            evidence.kept_enders, evidence.split_enders, "", "".join(SENTENCE_TERMINALS) + ",;:'"
        ),
        runs=_most(evidence.kept_runs, evidence.split_runs, DEFAULT.runs),
        suffixes=_affixes(evidence.split_suffixes, evidence.kept_suffixes, DEFAULT.suffixes),
        prefixes=_affixes(evidence.split_prefixes, evidence.kept_prefixes, DEFAULT.prefixes),
        abbreviations=abbreviations,
        split_abbreviations=split,
        ordinals=ordinals,
        ordinals_go_on=ordinals_go_on,
        units=tuple(
            unit for unit in UNITS if _is_kept(evidence.split_units[unit], evidence.kept_units[unit], False)
        ),
        single_ideographs=evidence.single_ideographs(),
        single_characters=evidence.single_characters(),
        sentence_ends=_sentence_ends(evidence),
        starters=_starters(evidence),
    )
    return replace(learned, whole=_whole(learned, evidence, given))


def _chosen_joiners(evidence: Evidence, in_number: bool) -> str:
    default = DEFAULT.number_joiners if in_number else DEFAULT.word_joiners
    return "".join(
        sign
        for sign in _signs(default, (key for key, number in evidence.kept_joiners if number == in_number))
        if _is_kept(
            evidence.kept_joiners[sign, in_number],
            _SPACED.get(sign, 1) * evidence.split_joiners[sign, in_number],
            sign in default,
        )
    )


def _chosen_starters(evidence: Evidence, number: bool) -> str:
    default = DEFAULT.number_starters if number else DEFAULT.word_starters
    others = "'" if number else ATTACHED
    return "".join(
        sign
        for sign in _signs(default, (key for key, digit in evidence.kept_starters if digit == number))
        if sign not in others
        and _is_kept(
            evidence.kept_starters[sign, number], evidence.split_starters[sign, number], sign in default
        )
    )


def _most(kept: Counter[str], split: Counter[str], default: str, never: str = "") -> str:
    """The signs that are kept more often than not."""
    signs = _signs(default, kept)
    return "".join(
        sign for sign in signs if sign not in never and _is_kept(kept[sign], split[sign], sign in default)
    )


def _affixes(split: Counter[str], kept: Counter[str], default: Sequence[str]) -> tuple[str, ...]:
    """The affixes that are tokens of their own more often than not."""
    return tuple(
        each
        for each in dict.fromkeys([*default, *sorted(split)])
        if _is_kept(split[each], kept[each], each in default)
    )


def _signs(default: str, seen: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys([*default, *sorted(seen)])


def _is_kept(kept: float, split: float, default: bool) -> bool:
    if not kept and not split:
        return default
    return kept >= split if default else kept > split and kept >= _LEAST


def _ordinals(evidence: Evidence) -> tuple[bool, bool]:
    """Whether ordinals have their period, and whether a period after a number does not end a sentence."""

    def total(counts: Counter[str]) -> int:
        return sum(times for word, times in counts.items() if _ORDINAL.fullmatch(word))

    kept, inner, last = map(total, (evidence.kept_periods, evidence.inner_periods, evidence.last_periods))
    has_period = kept >= _LEAST and kept > inner
    return has_period, has_period or (inner > _LEAST and inner > last)


def _abbreviations(evidence: Evidence) -> tuple[tuple[str, ...], bool]:
    """The abbreviations without their periods, and whether the periods are tokens of their own."""
    kept, inner, tokens = evidence.kept_periods, evidence.inner_periods, evidence.tokens
    known = set(DEFAULT.abbreviations)
    # Where sentences are not split, a period in mid-sentence tells nothing.
    are_sentences = 2 * inner.total() < evidence.last_periods.total()
    split = {
        word
        for word, times in inner.items()
        if (word in known or (are_sentences and word.isalpha() and times >= _LEAST))
        and 2 * times > tokens[word]
    }
    abbreviations = set()
    for word in kept.keys() | split | known:
        of_split = inner[word] if word in split else 0
        with_period, without = kept[word] + of_split, tokens[word] - of_split
        if word in known:
            seen = with_period >= (without if word.islower() else evidence.last_periods[word])
        else:
            enough = with_period >= _LEAST or len(word) <= _SHORT
            seen = with_period > without and enough and word.replace(".", "").isalpha()
        if seen and len(word) > 1:
            abbreviations.add(word)
    in_order = [word for word in DEFAULT.abbreviations if word in abbreviations]
    return (*in_order, *sorted(abbreviations - known)), sum(inner[word] for word in split) > kept.total()


def _sentence_ends(evidence: Evidence) -> str:
    """Signs that end more than one sentence in twenty, and are nowhere else more often than there."""
    return "".join(
        sorted(
            sign
            for sign, times in evidence.last_signs.items()
            if len(sign) == 1
            and is_sign(sign)
            and sign not in SENTENCE_TERMINALS
            and not (is_closing(sign) or is_opening(sign))
            and times >= max(5, evidence.sentences / 20, evidence.tokens[sign] / 2)
        )
    )


def _starters(evidence: Evidence) -> tuple[str, ...]:
    """Words that have a capital because they start a sentence, the most frequent first."""
    tokens = evidence.tokens
    found = [
        word
        for word, times in sorted(evidence.first_words.items(), key=lambda item: (-item[1], item[0]))
        if times > _LEAST and word.istitle() and tokens[word.lower()] > tokens[word] - times
    ]
    return tuple(found[:_MOST_STARTERS]) if len(found) >= 10 else DEFAULT.starters


def _whole(tokenizer: Tokenizer, evidence: Evidence, sentences: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Tokens that the tokenizer cuts, and that are whole twice or more, and more often than cut."""
    pieces = {}
    for token, times in evidence.tokens.items():
        if times >= _LEAST and 1 < len(token) <= _LONGEST_WHOLE and not token.isalnum():
            cut = tuple(tokenizer.tokenize(token)[1::2])
            if cut != (token,) and not any(map(str.isspace, token)):
                pieces[token] = cut
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for cut in pieces.values():
        by_first.setdefault(cut[0], []).append(cut)
    times_cut = Counter[tuple[str, ...]]()
    for words in sentences:
        for i, word in enumerate(words):
            for cut in by_first.get(word, ()):
                if tuple(words[i : i + len(cut)]) == cut:
                    times_cut[cut] += 1
    kept = [token for token, cut in pieces.items() if evidence.tokens[token] > times_cut[cut]]
    return tuple(sorted(sorted(kept, key=lambda token: (-evidence.tokens[token], token))[:_MOST_WHOLE]))
