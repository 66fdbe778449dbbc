"""Warnings about problems in the data that do not prevent training."""

from __future__ import annotations

from collections.abc import Iterator

from wincls.corpus.documents import Corpus
from wincls.corpus.tokenizer_check import Agreement
from wincls.corpus.tokenizer_evidence import Evidence
from wincls.errors import nearest
from wincls.training.data import Corpora, is_held_out

_LONG_SENTENCE = 500  # tokens; real sentences are shorter
_FEW_ENTITIES = 20
_MOST_NAMED = 5  # types in a warning
_LIKE_OUTSIDE = frozenset(["o", "0", "_", "-", "*", "out", "outside", "other", "none", "null"])
_MUCH_DIFFERENT = 0.02  # share of tokens


def data_warnings(corpora: Corpora) -> Iterator[str]:
    """A text for each problem that the user should check."""
    for corpus in filter(None, corpora):
        longest = max(corpus.sentences, key=lambda sentence: len(sentence.words))
        if len(longest.words) > _LONG_SENTENCE:
            yield (
                f"{corpus.place(longest, 0)}: a sentence of {len(longest.words):,} tokens starts here; "
                "are empty lines missing between sentences?"
            )
    yield from _odd_types(corpora.train)
    for each in filter(None, (corpora.dev, corpora.test)):
        yield from _missing_types(each, corpora.train)
    found = corpora.dev.labels.total()
    if found < _FEW_ENTITIES:
        number = {0: "no entity", 1: "1 entity"}.get(found, f"{found} entities")
        yield (
            f"{corpora.dev.name} has {number}; with so few, the choice of the epoch, the scores of entities\n"
            "and the development figures are little more than chance. wincls crossval scores all sentences."
        )


def tokenizer_warnings(train: Corpus, agreement: Agreement) -> Iterator[str]:
    """A line if the tokenizer will not cut raw text as the training data is cut."""
    script = Evidence(sentence.words for sentence in train.sentences).spaceless_script()
    if script:
        yield (
            f"{train.name}: words of the script {script.title()} have no spaces between them in raw text;\n"
            "wincls cannot find where they end: tokenize text first, and use predict --input conll."
        )
    elif agreement.share > _MUCH_DIFFERENT:
        yield (
            f"{train.name}: the tokenizer would cut {agreement.share:.1%} of the tokens differently, such as "
            f"{'  '.join(agreement.examples)};\nin raw text, entities will be lost there. Tokenize text as "
            "the training data is tokenized,\nand use predict --input conll."
        )


def _odd_types(train: Corpus) -> Iterator[str]:
    """Types that may be O, other types or mistakes."""
    labels = train.labels
    first: dict[str, str] = {}
    for sentence in train.sentences:
        for entity in sentence.entities:
            if entity.label not in first:
                first[entity.label] = train.place(sentence, entity.start)
    folded: dict[str, str] = {}
    for label in sorted(labels, key=lambda label: (-labels[label], label)):
        if label.strip().casefold() in _LIKE_OUTSIDE:
            yield f"{first[label]}: type {label} looks like O, but is learned as a type of entity."
        common = folded.setdefault(label.casefold(), label)
        if common != label:
            yield (
                f"{first[label]}: type {label} ({labels[label]:,}) differs from {common} "
                f"({labels[common]:,}) only in case, but is learned as another type."
            )
    once = [f"{label} ({first[label]})" for label in sorted(labels) if labels[label] == 1]
    if once:
        more = f" and {len(once) - _MOST_NAMED} more" if len(once) > _MOST_NAMED else ""
        yield (
            f"{train.name}: {len(once)} type{'s' * (len(once) > 1)} with one entity only: "
            f"{', '.join(once[:_MOST_NAMED])}{more}; a mistake in the tags?"
        )


def _missing_types(corpus: Corpus, train: Corpus) -> Iterator[str]:
    """Types that are scored, but cannot be learned."""
    known, found = train.labels, corpus.labels
    source = train if is_held_out(corpus) else corpus
    for label in sorted(found.keys() - known.keys()):
        place = next(
            source.place(sentence, entity.start)
            for sentence in corpus.sentences
            for entity in sentence.entities
            if entity.label == label
        )
        where = (
            "occurs in the held-out part only"
            if is_held_out(corpus)
            else (
                f"does not occur in {train.name}, which has {', '.join(sorted(known))}{nearest(label, known)}"
            )
        )
        yield f"{place}: type {label} ({found[label]:,}) {where}. Its recall counts as 0."
