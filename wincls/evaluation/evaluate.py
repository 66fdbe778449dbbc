"""The evaluation of a corpus: all figures of the reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from wincls.corpus.documents import Sentence
from wincls.corpus.schemes import OUTSIDE
from wincls.evaluation.bootstrap import confidence_interval
from wincls.evaluation.counts import Counts, Entities, count_entities, micro
from wincls.evaluation.partial import partial_credits


class Evaluation(NamedTuple):
    """The scores of predicted entities.

    lenient: counts by label; illegal gold tags are read in the same way as by conlleval.
    strict: the same, without gold entities whose tags are not those that the scheme writes.
    confusion: the number of tokens by (gold label, predicted label), with "O" for no entity.
    token_accuracy: the share of tokens with the correct BIO tag.
    sentences, tokens: how many there are.
    interval: the 95 % confidence interval of F1, see bootstrap.confidence_interval.
    by_novelty: counts of entities that were seen or unseen in training; empty if `seen` was not given.
    partial: the figures with credit for partial matches, see partial.py; gold as in lenient.
    """

    lenient: dict[str, Counts]
    strict: dict[str, Counts]
    confusion: Counter[tuple[str, str]]
    token_accuracy: float
    sentences: int
    tokens: int
    interval: tuple[float, float]
    by_novelty: dict[str, Counts]
    partial: dict[str, Counts]

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

    gold: the annotated sentences.
    predicted: the entities of each sentence.
    seen: for each sentence, the entity strings of the training data; None if unknown.

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
        partial=partial_credits(entities_of, predicted),
    )


def count_by_novelty(
    gold: Iterable[Sentence], predicted: Iterable[Entities], seen: Iterable[Container[str]]
) -> dict[str, Counts]:
    """Counts of the entities whose string is in `seen` of their sentence, and of all others."""
    counts = {"seen": Counts(), "unseen": Counts()}
    for sentence, entities, known in zip(gold, predicted, seen, strict=True):
        a, b = set(sentence.entities), set(entities)
        for each in a | b:
            novelty = "seen" if entity_string(sentence.words, each.start, each.end) in known else "unseen"
            one = Counts(int(each in a and each in b), int(each in b), int(each in a))
            counts[novelty] = counts[novelty].plus(one)
    return counts


def entity_string(words: Sequence[str], start: int, end: int) -> str:
    """The words of an entity, joined by spaces; start, end: its first token and the one after its last."""
    return " ".join(words[start:end])


def regular_entities(sentence: Sentence) -> Entities:
    """The entities whose tags are those that the scheme writes."""
    if not sentence.irregular:
        return sentence.entities
    return [each for each in sentence.entities if each not in sentence.irregular]


def _token_labels(entities: Entities, length: int) -> list[tuple[str, bool]]:
    """The label of each token ("O" for none), and whether an entity starts there."""
    labels = [(OUTSIDE, False)] * length
    for entity in entities:
        labels[entity.start : entity.end] = [(entity.label, False)] * (entity.end - entity.start)
        labels[entity.start] = (entity.label, True)
    return labels
