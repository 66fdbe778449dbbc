"""Figures for programs, as plain mappings. Shares are between 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wincls.corpus.documents import Corpus
from wincls.evaluation.counts import Counts, Entities, macro, micro
from wincls.evaluation.evaluate import Evaluation
from wincls.evaluation.mistakes import find_mistakes


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """All figures of an evaluation; support is the number of gold entities."""
    return {
        "sentences": evaluation.sentences,
        "tokens": evaluation.tokens,
        "token_accuracy": evaluation.token_accuracy,
        "lenient": _reading(evaluation.lenient),
        "strict": _reading(evaluation.strict),
        "partial": {name: counts_record(counts) for name, counts in evaluation.partial.items()},
        "f1_interval": evaluation.interval,
        "novelty": {novelty: counts_record(counts) for novelty, counts in evaluation.by_novelty.items()},
        "confusion": [
            {"gold": gold, "predicted": predicted, "tokens": tokens}
            for (gold, predicted), tokens in sorted(evaluation.confusion.items())
        ],
    }


def mistakes_record(corpus: Corpus, predicted: Sequence[Entities]) -> list[dict[str, Any]]:
    """The mistakes in the order of the sentences, with token offsets in the sentence."""
    return [
        {
            "kind": mistake.kind,
            "file": sentence.file or corpus.path,
            "line": sentence.lines[mistake.start],
            "gold": mistake.gold and mistake.gold._asdict(),
            "predicted": mistake.predicted and mistake.predicted._asdict(),
            "tokens": sentence.words,
        }
        for sentence, entities in zip(corpus.sentences, predicted, strict=True)
        for mistake in find_mistakes(sentence.entities, entities)
    ]


def _reading(by_label: Mapping[str, Counts]) -> dict[str, Any]:
    total = micro(by_label)
    return {
        "micro": counts_record(total),
        "macro": macro(by_label)._asdict() | {"support": total.gold},
        "types": {label: counts_record(counts) for label, counts in by_label.items()},
    }


def counts_record(counts: Counts) -> dict[str, float]:
    """Precision, recall, F1, and what they are made from."""
    return {
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "support": counts.gold,
        "predicted": counts.predicted,
        "correct": counts.correct,
    }
