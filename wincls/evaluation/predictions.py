"""Scoring predicted tags against gold tags, without a model."""

from __future__ import annotations

from wincls.corpus.predictions import Predictions
from wincls.evaluation.counts import count_entities
from wincls.evaluation.evaluate import Evaluation, evaluate, regular_entities


def evaluate_predictions(predictions: Predictions) -> Evaluation:
    """The figures of conlleval: entities as it reads them, and the share of tokens with the same tag.

    The strict reading is that of seqeval: gold and predicted entities count only if their tags are those
    that the scheme writes.
    """
    gold, predicted = predictions.gold, predictions.predicted
    found = [sentence.entities for sentence in predicted.sentences]
    strict_gold, strict_found = (
        [regular_entities(each) for each in corpus.sentences] for corpus in (gold, predicted)
    )
    return evaluate(gold.sentences, found)._replace(
        strict=count_entities(strict_gold, strict_found), token_accuracy=predictions.correct / gold.tokens
    )
