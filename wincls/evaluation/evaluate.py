"""The evaluation of a corpus: all figures that are reported of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from wincls.corpus.documents import Sentence
from wincls.corpus.schemes import OUTSIDE
from wincls.evaluation.bootstrap import confidence_interval
from wincls.evaluation.counts import Counts, Entities, count_entities, micro


class Evaluation(NamedTuple):
    """Predicted entities, scored.

    lenient: counts by label; gold tags that are illegal in their scheme are read as conlleval does.
    strict: the same without gold entities whose tags are not those that the scheme writes.
    confusion: tokens by (gold label, predicted label), "O" for none.
    token_accuracy: share of tokens whose BIO tag is correct.
    interval: see bootstrap.confidence_interval.
    by_novelty: counts of entities that were seen in training and of others; empty if not asked for.
    """

    lenient: dict[str, Counts]
    strict: dict[str, Counts]
    confusion: Counter[tuple[str, str]]
    token_accuracy: float
    sentences: int
    tokens: int
    interval: tuple[float, float]
    by_novelty: dict[str, Counts]

    @property
    def overall(self) -> Counts:
        return micro(self.lenient)

    @property
    def overall_strict(self) -> Counts:
        return micro(self.strict)


def evaluate(
    gold: Sequence[Sentence],
    predicted: Sequence[Entities],
    seen: Iterable[Container[str]] | None = None,
) -> Evaluation:
    """Score predicted against gold entities.

    predicted: for each sentence.
    seen: for each sentence the entity strings that training had; None if unknown.

    Raises ValueError if gold and predicted differ in their number of sentences.
    """
    confusion: Counter[tuple[str, str]] = Counter()
    correct = tokens = 0
    for sentence, entities in zip(gold, predicted, strict=True):
        n = len(sentence.words)
        tokens += n
        if not sentence.entities and not entities:
            correct += n
            confusion[OUTSIDE, OUTSIDE] += n
            continue
        for a, b in zip(_token_labels(sentence.entities, n), _token_labels(entities, n), strict=True):
            correct += a == b
            confusion[a[0], b[0]] += 1
    entities_of = [sentence.entities for sentence in gold]
    return Evaluation(
        lenient=count_entities(entities_of, predicted),
        strict=count_entities([regular_entities(sentence) for sentence in gold], predicted),
        confusion=confusion,
        token_accuracy=correct / tokens if tokens else 0.0,
        sentences=len(gold),
        tokens=tokens,
        interval=confidence_interval(entities_of, predicted),
        by_novelty={} if seen is None else count_by_novelty(gold, predicted, seen),
    )


def count_by_novelty(
    gold: Iterable[Sentence], predicted: Iterable[Entities], seen: Iterable[Container[str]]
) -> dict[str, Counts]:
    """Counts of the entities whose string is among those seen for the sentence, and of the unseen."""
    counts = {"seen": Counts(), "unseen": Counts()}
    for sentence, entities, known in zip(gold, predicted, seen, strict=True):
        a, b = set(sentence.entities), set(entities)
        for each in a | b:
            novelty = "seen" if entity_string(sentence.words, each.start, each.end) in known else "unseen"
            one = Counts(int(each in a and each in b), int(each in b), int(each in a))
            counts[novelty] = counts[novelty].plus(one)
    return counts


def entity_string(words: Sequence[str], start: int, end: int) -> str:
    """The words of an entity, joined by spaces."""
    return " ".join(words[start:end])


def regular_entities(sentence: Sentence) -> Entities:
    """The entities whose tags are those that the scheme writes."""
    if not sentence.irregular:
        return sentence.entities
    return [each for each in sentence.entities if each not in sentence.irregular]


def _token_labels(entities: Entities, length: int) -> list[tuple[str, bool]]:
    """Of each token its label, "O" for none, and whether an entity starts there."""
    labels = [(OUTSIDE, False)] * length
    for entity in entities:
        labels[entity.start : entity.end] = [(entity.label, False)] * (entity.end - entity.start)
        labels[entity.start] = (entity.label, True)
    return labels
