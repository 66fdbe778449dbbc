"""Preparation of a training: data, vocabularies, folds and initial networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wincls.arrays import Array
from wincls.config import Config
from wincls.corpus.documents import Corpus
from wincls.corpus.learn_tokenizer import learn_tokenizer
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.corpus.tokenizer import Tokenizer
from wincls.corpus.tokenizer_check import Agreement, agreement
from wincls.evaluation.evaluate import entity_string
from wincls.features.profile import Profile, TextCounts
from wincls.features.tables import TokenTables, count_forms, word_key
from wincls.features.vectors import ReadVectors, read_vectors
from wincls.features.windows import FormIndex
from wincls.network.scorer import Scorer
from wincls.training.cross_fitting import CrossFitting, assign_folds
from wincls.training.data import Corpora, Encoded, encode, read_corpora
from wincls.training.initialize import Coverage, make_ensemble, make_tables, pretrain_words


@dataclass(frozen=True)
class Prepared:
    """The data and the initial networks of a training.

    corpora: the corpora as they were read.
    tag_set: the tags of the model.
    tables: the vocabularies of the token tables.
    ensemble: the networks with their initial weights.
    rows: (forms + 1, tables) table rows of the padding token and of each form.
    words: (forms + 1,) word numbers, see FormIndex.
    encoded: train, followed by dev.
    folds: who trains on and scores which sentences of dev.
    form_counts: how often each form occurs in what is trained on.
    forms: distinct forms of train and dev.
    file_rows: rows of the word table that start from a vector file.
    coverage: of the vector file, if there is one.
    tokenizer: learned from train.
    """

    corpora: Corpora
    tag_set: TagSet
    tables: TokenTables
    ensemble: list[Scorer]
    rows: Array
    words: Array
    encoded: Encoded
    folds: CrossFitting
    form_counts: Counter[str]
    forms: list[str]
    file_rows: list[int]
    coverage: Coverage | None
    tokenizer: Tokenizer

    @cached_property
    def encoded_dev(self) -> Encoded:
        """Dev alone."""
        return self.encoded.select(np.arange(len(self.encoded.stream.lengths)) >= self._train_sentences)

    @cached_property
    def agreement(self) -> Agreement:
        """How far the tokenizer cuts train as it is cut."""
        return agreement(self.tokenizer, (sentence.words for sentence in self.corpora.train.sentences))

    @property
    def _train_sentences(self) -> int:
        return len(self.corpora.train.sentences)

    def training_part(self, member: int) -> Encoded:
        """The training data of a member: train and its part of dev."""
        everything = np.ones(self._train_sentences, dtype=bool)
        return self.encoded.select(np.concatenate([everything, self.folds.trained_on(member)]))

    def scored_part(self, member: int) -> Encoded:
        """The sentences of dev that a member scores."""
        return self.encoded_dev.select(self.folds.scored_by(member))

    def profile(self) -> Profile:
        """What dev looks like to a model that is trained on train alone; the scripts are those of both."""
        train, dev, _ = self.corpora
        trained = {word_key(form) for form in count_forms(s.words for s in train.sentences)}
        words = self.tables.vocabularies["word"]
        from_file = set(self.file_rows)

        def known(forms: Sequence[str]) -> list[bool]:
            keys = map(word_key, forms)
            looked_up = self.tables.known(forms)
            return [
                key in trained or words.row(key) in from_file or (found and key not in words)
                for key, found in zip(keys, looked_up, strict=True)
            ]

        counts, both = TextCounts(known), TextCounts(known)
        counts.add(sentence.words for sentence in dev.sentences)
        both.add(sentence.words for corpus in (train, dev) for sentence in corpus.sentences)
        return counts.profile()._replace(scripts=both.profile().scripts)

    def seen(self, member: int | None = None) -> frozenset[str]:
        """The strings of all entities in the training data of a member, or of all members for None."""
        members = range(self.folds.members) if member is None else [member]
        on_dev = np.any([self.folds.trained_on(each) for each in members], axis=0)
        train, dev, _ = self.corpora
        of_dev = [sentence for sentence, on in zip(dev.sentences, on_dev.tolist(), strict=True) if on]
        return frozenset(
            entity_string(sentence.words, entity.start, entity.end)
            for sentence in [*train.sentences, *of_dev]
            for entity in sentence.entities
        )

    def seen_in_dev(self) -> list[frozenset[str]]:
        """For each sentence of dev, the entity strings in the training data of the member that scores it."""
        seen = [self.seen(member) for member in range(self.folds.members)]
        return [seen[member] for member in self.folds.scorer_of()]


def prepare(
    config: Config,
    rng: np.random.Generator,
    corpora: Corpora | None = None,
    read: ReadVectors = read_vectors,
) -> Prepared:
    """Read the corpora and vectors of a configuration, and create the networks with their initial weights.

    corpora: to use in place of the files of the configuration.
    read: reads vectors.

    Raises DataError for anything in the files that cannot be used.
    """
    if corpora is None:
        corpora = read_corpora(config.data, rng)
    train, dev, test = corpora
    lengths = np.array([len(sentence.words) for sentence in dev.sentences])
    folds = assign_folds(lengths, config.model.ensemble, config.training.train_on_dev)
    both = Corpus(train.path, [*train.sentences, *dev.sentences], train.scheme)
    trained_on = both if folds.train_on_dev else train
    form_counts = count_forms(sentence.words for sentence in trained_on.sentences)
    others = count_forms(sentence.words for corpus in (dev, test) if corpus for sentence in corpus.sentences)

    entity_forms = count_forms(
        sentence.words[entity.start : entity.end]
        for sentence in trained_on.sentences
        for entity in sentence.entities
    )
    tables, vectors = make_tables(config, form_counts, others, entity_forms, read)
    file_rows = vectors.rows if vectors else []
    if vectors is None and config.features.word.pretrain:
        vectors = pretrain_words(config.features.word, train, tables.vocabularies["word"], rng)
    tag_set = TagSet(SCHEMES[config.labels.scheme], sorted(train.labels))
    ensemble = make_ensemble(config, tables, vectors, len(tag_set), rng)

    index = FormIndex()
    encoded = encode(both, tag_set, config.window.size, index)
    return Prepared(
        corpora=corpora,
        tag_set=tag_set,
        tables=tables,
        ensemble=ensemble,
        rows=np.concatenate([tables.padding_row(), tables.rows(index.forms)]),
        words=index.word_numbers,
        encoded=encoded,
        folds=folds,
        form_counts=form_counts,
        forms=index.forms,
        file_rows=file_rows,
        coverage=vectors and vectors.coverage,
        tokenizer=learn_tokenizer(sentence.words for sentence in train.sentences),
    )
