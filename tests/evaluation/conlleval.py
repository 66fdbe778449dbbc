"""A scorer that works as conlleval does, written from its published rules, to compare with.

It goes through the tokens once and looks at two neighboring tags at a time, as the shared task's script
does (Tjong Kim Sang and Buchholz 2000), with the prefixes E and S of later versions.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

BOUNDARY = ("O", "")


class Score(NamedTuple):
    correct: Counter[str]
    guessed: Counter[str]
    gold: Counter[str]
    accuracy: float

    @property
    def figures(self) -> dict[str, tuple[float, float, float]]:
        """Precision, recall and F1 in percent, by type and for all ("")."""
        types = {*self.guessed, *self.gold}
        counts = {each: (self.correct[each], self.guessed[each], self.gold[each]) for each in types}
        counts[""] = (self.correct.total(), self.guessed.total(), self.gold.total())
        return {each: _figures(*its_counts) for each, its_counts in counts.items()}


def _figures(correct: int, guessed: int, gold: int) -> tuple[float, float, float]:
    precision = 100 * correct / guessed if guessed else 0.0
    recall = 100 * correct / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def _split(tag: str) -> tuple[str, str]:
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def _ends(before: tuple[str, str], now: tuple[str, str]) -> bool:
    """Whether an entity that `before` is part of ends before `now`."""
    (a, kind), (b, next_kind) = before, now
    if a in ("E", "S"):
        return True
    return (a in ("B", "I") and b in ("B", "S", "O")) or (a != "O" and kind != next_kind)


def _starts(before: tuple[str, str], now: tuple[str, str]) -> bool:
    """Whether an entity starts with `now`."""
    (a, kind), (b, next_kind) = before, now
    if b in ("B", "S"):
        return True
    return (a in ("E", "S", "O") and b in ("E", "I")) or (b != "O" and kind != next_kind)


def conlleval(sentences: list[tuple[list[str], list[str]]]) -> Score:
    """Score (gold tags, guessed tags) of each sentence."""
    correct: Counter[str] = Counter()
    guessed: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    same = tokens = 0
    for gold_tags, guessed_tags in sentences:
        before = guess_before = BOUNDARY
        in_correct = ""  # type of an entity that has been the same in both so far
        for tag, guess in zip([*gold_tags, "O"], [*guessed_tags, "O"], strict=True):
            now, guess_now = _split(tag), _split(guess)
            ends, guess_ends = _ends(before, now), _ends(guess_before, guess_now)
            if in_correct:
                if ends and guess_ends and before[1] == guess_before[1]:
                    correct[in_correct] += 1
                    in_correct = ""
                elif ends != guess_ends or now[1] != guess_now[1]:
                    in_correct = ""
            starts, guess_starts = _starts(before, now), _starts(guess_before, guess_now)
            if starts and guess_starts and now[1] == guess_now[1]:
                in_correct = now[1]
            gold[now[1]] += starts
            guessed[guess_now[1]] += guess_starts
            before, guess_before = now, guess_now
        same += sum(a == b for a, b in zip(gold_tags, guessed_tags, strict=True))
        tokens += len(gold_tags)
    return Score(+correct, +guessed, +gold, same / tokens)
