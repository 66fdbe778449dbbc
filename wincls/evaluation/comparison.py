"""Two sets of predicted entities for the same annotated text, and how the second differs from the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import Entity
from wincls.evaluation.counts import Entities
from wincls.evaluation.evaluate import entity_string
from wincls.evaluation.significance import NO_COUNTS, Difference, compare_counts, sentence_counts


class Side(NamedTuple):
    """One of two systems: its name, and the entities that it found in each sentence."""

    name: str
    entities: Sequence[Entities]


class Comparison(NamedTuple):
    """How B differs from A.

    gold: the annotated sentences.
    overall: the difference for all entities.
    by_type: for the entities of each type, in alphabetical order.
    by_novelty: for the entities that were "seen" or "unseen" in training; empty if that is not known.
    only_a, only_b: the numbers of the sentences in which only this system found exactly the gold entities.
    """

    gold: Corpus
    a: Side
    b: Side
    overall: Difference
    by_type: dict[str, Difference]
    by_novelty: dict[str, Difference]
    only_a: list[int]
    only_b: list[int]


def compare(gold: Corpus, a: Side, b: Side, seen: frozenset[str] | None = None) -> Comparison:
    """Compare what two systems found in the sentences of a corpus.

    seen: the entity strings of the training data; None if unknown.
    """
    known = [sentence.entities for sentence in gold.sentences]

    def differences(group: Callable[[int, Entity], str]) -> dict[str, Difference]:
        counts = sentence_counts(known, a.entities, b.entities, group)
        return {name: compare_counts(each, len(known)) for name, each in counts.items()}

    def novelty(i: int, entity: Entity) -> str:
        text = entity_string(gold.sentences[i].words, entity.start, entity.end)
        return "seen" if seen is not None and text in seen else "unseen"

    is_right = [
        (set(entities) == set(of_a), set(entities) == set(of_b))
        for entities, of_a, of_b in zip(known, a.entities, b.entities, strict=True)
    ]
    return Comparison(
        gold,
        a,
        b,
        differences(lambda i, entity: "").get("") or compare_counts(NO_COUNTS, len(known)),
        differences(lambda i, entity: entity.label),
        {} if seen is None else differences(novelty),
        [i for i, right in enumerate(is_right) if right == (True, False)],
        [i for i, right in enumerate(is_right) if right == (False, True)],
    )
