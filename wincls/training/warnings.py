"""What looks wrong in corpora that can be trained on."""

from __future__ import annotations

from collections.abc import Iterator

from wincls.corpus.documents import Corpus
from wincls.corpus.tokenizer_check import Agreement
from wincls.corpus.tokenizer_evidence import Evidence
from wincls.training.data import Corpora

_LONG_SENTENCE = 500  # tokens; real sentences are not so long
_FEW_ENTITIES = 20
_MUCH_DIFFERENT = 0.02  # share of tokens


def data_warnings(corpora: Corpora) -> Iterator[str]:
    """A line for each thing that the user should look at."""
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


def tokenizer_warnings(train: Corpus, agreement: Agreement) -> Iterator[str]:
    """A line if the tokenizer will not cut raw text as the training data is cut."""
    script = Evidence(sentence.words for sentence in train.sentences).spaceless_script()
    if script:
        yield (
            f"{train.path}: words of the script {script.title()} have no spaces between them in raw text;\n"
            "wincls cannot find where they end: tokenize text first, and use predict --input conll."
        )
    elif agreement.share > _MUCH_DIFFERENT:
        yield (
            f"{train.path}: the tokenizer would cut {agreement.share:.1%} of the tokens differently, such as "
            f"{'  '.join(agreement.examples)};\nin raw text, entities will be lost there. Tokenize text as "
            "the training data is tokenized,\nand use predict --input conll."
        )
