"""What text looks like to a model, so that text of another kind can be told."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wincls.corpus.characters import script

_RARE_SCRIPT = 0.001  # share of the words below which a script counts as not seen
_FOREIGN = 0.1  # share of the words in scripts not seen at which to warn
_LEAST_WORDS = 50  # words below which shares mean little
_TIMES_LONGER = 2.5
_FAR_ABOVE = 0.2  # unknown words


class Profile(NamedTuple):
    """Figures of text.

    unknown: share of the words that the model does not know.
    scripts: of the words (see characters.script), the most frequent first, without those that are rare.
    length: mean characters of a word.
    """

    unknown: float
    scripts: tuple[str, ...]
    length: float

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Profile:
        """From plain settings. Raises ValueError if they are none."""
        profile = cls(
            float(settings["unknown"]), tuple(map(str, settings["scripts"])), float(settings["length"])
        )
        if not 0 <= profile.unknown <= 1 or not 0 <= profile.length < math.inf:
            raise ValueError("familiar is out of range")
        return profile

    def settings(self) -> dict[str, Any]:
        """As plain values."""
        return {"unknown": self.unknown, "scripts": list(self.scripts), "length": self.length}


class TextCounts:
    """Counts words (tokens with a letter first) of text as it comes.

    known: tells of forms whether the model knows them, as TokenTables.known.
    """

    def __init__(self, known: Callable[[Sequence[str]], Sequence[bool]]) -> None:
        self._known = known
        self.words = self.unknown = self.characters = 0
        self.scripts = Counter[str]()

    def add(self, sentences: Iterable[Sequence[str]]) -> None:
        """Count the words of tokenized sentences."""
        words = Counter(word for sentence in sentences for word in sentence if word[0].isalpha())
        for (word, times), known in zip(words.items(), self._known(list(words)), strict=True):
            self.unknown += times * (not known)
            self.characters += times * len(word)
            self.scripts[script(word[0])] += times
        self.words += words.total()

    def profile(self) -> Profile:
        """The figures of all words so far."""
        total = max(1, self.words)
        scripts = [
            name for name, times in self.scripts.most_common() if name and times >= _RARE_SCRIPT * total
        ]
        return Profile(self.unknown / total, tuple(scripts), self.characters / total)

    def warnings(self, familiar: Profile) -> Iterator[str]:
        """A sentence for each way in which the words so far are not like those a model knows."""
        if self.words < _LEAST_WORDS:
            return
        found = self.profile()
        foreign = {name: times for name, times in self.scripts.items() if name not in familiar.scripts}
        share = sum(foreign.values()) / self.words
        if share > _FOREIGN:
            most = max(foreign, key=foreign.__getitem__)
            yield (
                f"{share:.0%} of the words are in a script that the training data has not ({most.title()}); "
                "few of their entities will be found."
            )
        elif found.length > _TIMES_LONGER * familiar.length:
            yield (
                f"words have {found.length:.1f} characters on average, those of the development data "
                f"{familiar.length:.1f}; text without spaces must be tokenized first."
            )
        elif found.unknown > familiar.unknown + _FAR_ABOVE:
            yield (
                f"{found.unknown:.0%} of the words are unknown to the model, of the development data "
                f"{familiar.unknown:.0%}; is the text of another language or domain?"
            )
