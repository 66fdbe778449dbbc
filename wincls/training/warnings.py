"""Warnings about problems in the data that do not prevent training."""

from __future__ import annotations

from collections.abc import Iterator

from wincls.training.data import Corpora

_LONG_SENTENCE = 500  # tokens; real sentences are shorter
_FEW_ENTITIES = 20


def data_warnings(corpora: Corpora) -> Iterator[str]:
    """A text for each problem that the user should check."""
    for corpus in filter(None, corpora):
        longest = max(corpus.sentences, key=lambda sentence: len(sentence.words))
        if len(longest.words) > _LONG_SENTENCE:
            yield (
                f"{corpus.place(longest, 0)}: a sentence of {len(longest.words):,} tokens starts here; "
                "are empty lines missing between sentences?"
            )
    known = corpora.train.labels
    for corpus in filter(None, (corpora.dev, corpora.test)):
        for label in sorted(corpus.labels.keys() - known.keys()):
            first = next(
                corpus.place(sentence, entity.start)
                for sentence in corpus.sentences
                for entity in sentence.entities
                if entity.label == label
            )
            yield (
                f"{first}: type {label} does not occur in the training data, so none of its "
                f"{corpus.labels[label]:,} entities in {corpus.path} will be found; the types are "
                f"{', '.join(sorted(known))}."
            )
    for label, count in sorted(known.items()):
        if count == 1:
            yield f"{corpora.train.path} has one entity of type {label} only; is it a slip?"
    found = corpora.dev.labels.total()
    if found < _FEW_ENTITIES:
        number = {0: "no entity", 1: "1 entity"}.get(found, f"{found} entities")
        yield (
            f"{corpora.dev.path} has {number}; with so few, the choice of the epoch, the scores of entities\n"
            "and the development figures are little more than chance."
        )
