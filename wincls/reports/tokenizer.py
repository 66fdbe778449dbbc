"""A tokenizer in words."""

from __future__ import annotations

from collections.abc import Iterator

from wincls.corpus.tokenizer import DEFAULT, Tokenizer
from wincls.corpus.tokenizer_check import Agreement

_NAMES = {"-": "hyphens", "/": "slashes", "'": "apostrophes", "_": "underscores", ".": "periods"}
_SHOWN = 6  # affixes


def tokenizer_text(tokenizer: Tokenizer, agreement: Agreement) -> str:
    """How a tokenizer differs from the default, and how far it cuts the training data as it is cut."""
    differences = ", ".join(_differences(tokenizer)) or "as English newswire"
    return f"{differences}; cuts {agreement.share:.1%} of the training tokens differently"


def _differences(tokenizer: Tokenizer) -> Iterator[str]:
    if tokenizer.single_characters:
        yield "every character is a token"
        return
    if tokenizer.single_ideographs:
        yield "every ideograph, Hangul syllable and letter of Thai and its kin is a token"
    for verb, these, others in (("splits", DEFAULT, tokenizer), ("keeps", tokenizer, DEFAULT)):
        signs = [sign for sign in these.word_joiners if sign not in others.word_joiners]
        if signs:
            yield f"{verb} {', '.join(_NAMES.get(sign, sign) for sign in signs)} in words"
        numbers = [sign for sign in these.number_joiners if sign not in others.number_joiners]
        if numbers:
            yield f"{verb} {' '.join(numbers)} in numbers"
        starters = [sign for sign in these.word_starters if sign not in others.word_starters]
        if starters:
            yield f"{verb} {' '.join(starters)} before words"
    for verb, first, second in (("splits", tokenizer, DEFAULT), ("keeps", DEFAULT, tokenizer)):
        affixes = [*(set(first.prefixes) - {*second.prefixes}), *(set(first.suffixes) - {*second.suffixes})]
        if affixes:
            yield f"{verb} {' '.join(sorted(affixes)[:_SHOWN])}{' ...' * (len(affixes) > _SHOWN)}"
    if tokenizer.units:
        yield "splits units from numbers"
    if tokenizer.ordinals:
        yield "keeps the period of ordinals"
    if tokenizer.split_abbreviations:
        yield "splits the period from abbreviations"
