"""Partial matches: credit for entities with a wrong boundary or a wrong type.

The four measures are those of SemEval-2013 Task 9.1 (Segura-Bedmar, Martinez and Herrero Zazo 2013), which
follows MUC-5 (Chinchor and Sundheim 1993):

    strict   exact boundaries and the same type; the usual figures
    exact    exact boundaries, whatever the type
    partial  overlapping boundaries, whatever the type; a match without exact boundaries counts one half
    type     overlapping boundaries and the same type

A gold entity matches at most one predicted entity and the other way round. For each measure, the matches are
those with the largest total credit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Counts, Entities


def _same_span(a: Entity, b: Entity) -> bool:
    return a.start == b.start and a.end == b.end


MEASURES: dict[str, Callable[[Entity, Entity], float]] = {
    "strict": lambda a, b: float(a == b),
    "exact": lambda a, b: float(_same_span(a, b)),
    "partial": lambda a, b: 1.0 if _same_span(a, b) else 0.5,
    "type": lambda a, b: float(a.label == b.label),
}
"""The credit of a gold and a predicted entity that overlap."""


def partial_credits(gold: Iterable[Entities], predicted: Iterable[Entities]) -> dict[str, Counts]:
    """The counts of each measure in MEASURES; `correct` is the sum of the credits of all matches.

    gold, predicted: the entities of each sentence. Entities of one side do not overlap.
    """
    totals = dict.fromkeys(MEASURES, 0.0)
    n_predicted = n_gold = 0
    for its_gold, its_predicted in zip(gold, predicted, strict=True):
        n_gold += len(its_gold)
        n_predicted += len(its_predicted)
        pairs = list(_overlaps(its_gold, its_predicted))
        for name, credit in MEASURES.items():
            totals[name] += _best_matching(pairs, credit) if pairs else 0.0
    return {name: Counts(total, n_predicted, n_gold) for name, total in totals.items()}


def _overlaps(gold: Entities, predicted: Entities) -> Iterator[tuple[Entity, Entity]]:
    """The pairs that overlap, from left to right."""
    a, b = sorted(gold), sorted(predicted)
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i].start < b[j].end and b[j].start < a[i].end:
            yield a[i], b[j]
        if a[i].end <= b[j].end:
            i += 1
        else:
            j += 1


def _best_matching(pairs: list[tuple[Entity, Entity]], credit: Callable[[Entity, Entity], float]) -> float:
    """The largest total credit of pairs of which no two share an entity.

    From left to right, a pair shares its gold entity, or its predicted one, or none, with the pairs right
    before it. So the best total up to a pair is that up to the pair before, or its own credit and that up to
    the last pair that shares nothing with it.
    """
    best = [0.0]  # best[i]: of the first i pairs
    same_gold = same_predicted = 0  # where the pairs with the same entity as this one start
    for i, (gold, predicted) in enumerate(pairs):
        if pairs[same_gold][0] != gold:
            same_gold = i
        if pairs[same_predicted][1] != predicted:
            same_predicted = i
        free = min(same_gold, same_predicted)
        best.append(max(best[i], best[free] + credit(gold, predicted)))
    return best[-1]
