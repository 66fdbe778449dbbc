"""How far a tokenizer cuts text as an already tokenized corpus is cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple
from unicodedata import category

from wincls.corpus.characters import SENTENCE_TERMINALS, is_ideograph, is_sign
from wincls.corpus.tokenizer import PLAIN, Tokenizer

_JOINT = re.compile(r"(?<=[^\W\d_])_(?=[^\W\d_])")
_CLOSING = SENTENCE_TERMINALS | set(",;:%\u3001\u060c\u061b\u2026")


class Agreement(NamedTuple):
    """What became of the tokens of a corpus.

    tokens: all of them.
    different: those that are no token when their text is tokenized.
    examples: some of these, the most frequent first.
    """

    tokens: int
    different: int
    examples: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.different / max(1, self.tokens)


def agreement(tokenizer: Tokenizer, sentences: Iterable[Sequence[str]], examples: int = 5) -> Agreement:
    """Write the sentences as text, see `detokenize`, tokenize it, and compare."""
    total = 0
    missed = Counter[str]()
    for words in sentences:
        total += len(words)
        found = spans(tokenizer.tokenize(detokenize(words, tokenizer))[1::2])
        expected = spans([_spaced(word) for word in words])
        if found != expected:
            known = set(found)
            missed.update(word for word, span in zip(words, expected, strict=True) if span not in known)
    most = tuple(word for word, _ in sorted(missed.items(), key=lambda item: (-item[1], item[0]))[:examples])
    return Agreement(total, missed.total(), most)


def spans(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where each token begins and ends, counted in characters that are not white space."""
    ends = list(accumulate(len("".join(token.split())) for token in tokens))
    return list(zip([0, *ends], ends, strict=False))


def detokenize(words: Sequence[str], tokenizer: Tokenizer) -> str:
    """The text of a tokenized sentence, with spaces where they usually are.

    There is none before closing signs, after opening ones, at clitics, between single ideographs, and
    at signs that split words (New York - based), if the tokenizer splits there. There is one for each
    underscore between letters (New_York), which only corpora have.
    """
    text: list[str] = []
    in_quotes = False
    glue = True  # whether the next token stands without a space
    for i, word in enumerate(words):
        before, after = words[i - 1] if i else "", words[i + 1] if i + 1 < len(words) else ""
        plain = word.translate(PLAIN).lower()
        after_word = before[-1:].isalnum() or (len(before) > 1 and before[-1] == ".")
        joins = _splits_words(plain, tokenizer) and after_word and after[:1].isalnum()
        quote = word in ('"', "''")
        attached = (
            (word[-1] in _CLOSING and not any(map(str.isalnum, word)))
            or category(word[0]) in ("Pe", "Pf")
            or plain in tokenizer.suffixes
            or joins
            or (quote and in_quotes)
            or (bool(before) and is_ideograph(before[-1]) and is_ideograph(word[0]))
        )
        text += ["" if glue or attached else " ", _spaced(word)]
        glue = (
            category(word[-1]) in ("Ps", "Pi")
            or plain in tokenizer.prefixes
            or joins
            or (quote and not in_quotes)
            or (category(word[-1]) == "Sc" and after[:1].isdecimal())
        )
        in_quotes ^= quote
    return "".join(text)


def _spaced(word: str) -> str:
    """A word as it is in raw text: without the underscores with which some corpora join its parts."""
    return _JOINT.sub(" ", word) if "_" in word and word[0] not in "@#" else word


def _splits_words(sign: str, tokenizer: Tokenizer) -> bool:
    """Whether a sign usually stands between parts of a word, and the tokenizer splits words there."""
    return sign in ("-", "/", "_", "'") and is_sign(sign) and sign not in tokenizer.word_joiners
