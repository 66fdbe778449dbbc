"""Mistakes for a page: as many as a browser can show with ease, each with a part of its sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Entities
from wincls.evaluation.mistakes import KINDS, Mistake, find_mistakes

MOST = 1000  # mistakes on a page
_CONTEXT = 25  # tokens on each side of a mistake
_LONGEST = 60  # tokens of an entity, and characters of a token

Scores = Mapping[tuple[int, Entity], float]
"""The score of a predicted entity, by the number of its sentence and the entity."""


class Piece(NamedTuple):
    """Tokens of a sentence that are in the same entities.

    text: the tokens, joined by spaces.
    gold, predicted: whether they are in the gold and in the predicted entity.
    """

    text: str
    gold: bool
    predicted: bool


class Side(NamedTuple):
    """The gold or the predicted entity of a mistake."""

    label: str
    text: str
    score: float | None


class Card(NamedTuple):
    """A mistake as it is shown; gold or predicted is None if there is none."""

    kind: str
    place: str
    gold: Side | None
    predicted: Side | None
    pieces: list[Piece]


class Cards(NamedTuple):
    """The mistakes of a corpus.

    shown: in the order of the sentences.
    totals: how many there are of each kind.
    labels: of the shown mistakes.
    """

    shown: list[Card]
    totals: dict[str, int]
    labels: list[str]


def mistake_cards(
    corpus: Corpus, predicted: Sequence[Entities], scores: Scores | None = None, most: int = MOST
) -> Cards:
    """The mistakes in a corpus; if they are too many, some of each kind at even distances.

    predicted: the entities of each sentence.
    most: how many are shown, about.
    """
    found = [
        (number, mistake)
        for number, (sentence, entities) in enumerate(zip(corpus.sentences, predicted, strict=True))
        for mistake in find_mistakes(sentence.entities, entities)
    ]
    totals = Counter(mistake.kind for _, mistake in found)
    chosen: set[int] = set()
    for kind, wanted in _divided(totals, most).items():
        its = [i for i, (_, mistake) in enumerate(found) if mistake.kind == kind]
        chosen |= {its[i] for i in np.linspace(0, len(its) - 1, wanted).astype(np.int64).tolist()}
    cards = [_card(corpus, *found[i], scores or {}) for i in sorted(chosen)]
    sides = [side for card in cards for side in (card.gold, card.predicted) if side]
    return Cards(cards, {kind: totals[kind] for kind in KINDS}, sorted({side.label for side in sides}))


def shortened(text: str, most: int = _LONGEST) -> str:
    """The beginning of a text that is too long, and how long it is."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def _divided(totals: Mapping[str, int], most: int) -> dict[str, int]:
    """How many of each kind are shown: all of rare kinds, and equally many of the others."""
    divided: dict[str, int] = {}
    for left, kind in zip(range(len(totals), 0, -1), sorted(totals, key=totals.__getitem__), strict=True):
        divided[kind] = min(totals[kind], (most - sum(divided.values())) // left)
    return divided


def _card(corpus: Corpus, number: int, mistake: Mistake, scores: Scores) -> Card:
    sentence = corpus.sentences[number]
    gold, predicted = mistake.gold, mistake.predicted
    return Card(
        mistake.kind,
        corpus.place(sentence, mistake.start),
        gold and Side(gold.label, _text(sentence, range(gold.start, gold.end)), None),
        predicted
        and Side(
            predicted.label,
            _text(sentence, range(predicted.start, predicted.end)),
            scores.get((number, predicted)),
        ),
        _pieces(sentence, mistake),
    )


def _pieces(sentence: Sentence, mistake: Mistake) -> list[Piece]:
    spans = [range(each.start, each.end) if each else range(0) for each in (mistake.gold, mistake.predicted)]
    within = [token for span in spans if span for token in (span[0], span[-1])]
    first, last = max(0, min(within) - _CONTEXT), min(len(sentence.words), max(within) + 1 + _CONTEXT)
    pieces = [Piece("…", False, False)] if first else []
    for (gold, predicted), its in groupby(
        range(first, last), key=lambda token: (token in spans[0], token in spans[1])
    ):
        tokens = list(its)
        pieces.append(Piece(_text(sentence, range(tokens[0], tokens[-1] + 1)), gold, predicted))
    return pieces + ([Piece("…", False, False)] if last < len(sentence.words) else [])


def _text(sentence: Sentence, tokens: range) -> str:
    """Tokens joined by spaces; of too many, the first and the last."""
    words = [shortened(sentence.words[i]) for i in tokens[:_LONGEST]]
    if len(tokens) > _LONGEST:
        half = _LONGEST // 2
        last = [shortened(sentence.words[i]) for i in tokens[-half:]]
        words = [*words[:half], f"… ({len(tokens) - 2 * half:,} tokens) …", *last]
    return " ".join(words)
