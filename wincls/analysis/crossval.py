"""Cross-validation: every sentence is tagged by a model that was not trained on it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import NamedTuple

import numpy as np

from wincls.analysis.suspects import Suspect, find_suspects
from wincls.arrays import Array, group_segments
from wincls.config import Config
from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.formats import read_files
from wincls.corpus.paths import show_paths
from wincls.corpus.schemes import Entity
from wincls.errors import DataError
from wincls.evaluation.counts import Counts, count_entities, micro
from wincls.evaluation.evaluate import Evaluation, evaluate
from wincls.evaluation.learning_curve import LearningCurve
from wincls.features.vectors import ReadVectors
from wincls.tagger.corpus import expressible
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.plain import Plain
from wincls.tagger.tagger import Tagger
from wincls.training.data import Corpora, check_labels, draw_held_out, hold_out
from wincls.training.initialize import shared_vectors
from wincls.training.loop import Training
from wincls.training.prepare import prepare

_RUN = 1000  # tokens in a run of documents or sentences that goes to one fold
_CHUNK = 50_000  # tokens whose probabilities are in memory at once, about

Progress = Callable[[], object]
"""Called after each epoch."""


@dataclass(frozen=True)
class Plan:
    """What is trained.

    config: the configuration.
    corpus: its train and dev together.
    fold: (sentences,) the fold of each sentence.
    folds: how many there are.
    seeds: the number of trainings on the same data, which differ in their seed only.
    shares: those of the other folds that are trained on, in ascending order; the last is 1.
    read: reads vectors.
    """

    config: Config
    corpus: Corpus
    fold: Array
    folds: int
    seeds: int
    shares: Sequence[float]
    read: ReadVectors

    @property
    def trainings(self) -> int:
        return self.folds * self.seeds * len(self.shares)


class Fold(NamedTuple):
    """The results of a fold.

    sentences: the numbers of its sentences in the corpus.
    entities: those found in each of them, with the mean probabilities over the seeds.
    counts: counts by label, for each seed alone.
    seen: the entity strings of its training data.
    suspects: suspected annotation errors in it; their sentences are numbered as in the corpus.
    trained_on, f1: (shares,) the number of sentences that were trained on, and the mean F1 over the seeds.
    """

    sentences: list[int]
    entities: list[list[ScoredEntity]]
    counts: list[dict[str, Counts]]
    seen: frozenset[str]
    suspects: list[Suspect]
    trained_on: list[int]
    f1: list[float]


class Results(NamedTuple):
    """The results of the folds that are finished.

    corpus: their sentences, in the order of the whole corpus.
    entities: those found in each sentence, out of fold.
    evaluation: of them.
    suspects: suspected annotation errors, the clearest first; their sentences are numbered as in `corpus`.
    curve: the learning curve; None if it has one point only, or is of one fold.
    """

    folds: list[Fold]
    corpus: Corpus
    entities: list[list[ScoredEntity]]
    evaluation: Evaluation
    suspects: list[Suspect]
    curve: LearningCurve | None


def make_plan(config: Config, folds: int, seeds: int, shares: Sequence[float] = (1.0,)) -> Plan:
    """Read train and dev, and assign their sentences to folds.

    Raises DataError if the data cannot be used, or there are too few sentences.
    """
    data = config.data
    parts = [read_files(paths, data.reading, data.format) for paths in (data.train, data.dev) if paths]
    sentences: list[Sentence] = []
    for part in parts:
        first, *others = part.sentences
        both = [first._replace(starts_document=True), *others]
        sentences += [each if each.file else each._replace(file=part.path) for each in both]
    path = " and ".join(show_paths(paths) for paths in (data.train, data.dev) if paths)
    corpus = Corpus(path, sentences, parts[0].scheme, parts[0].notes, parts[0].format)
    if len(sentences) < 2 * folds:
        most = len(sentences) // 2
        advice = f"use --folds {most}" if most > 1 else "annotate more"
        raise DataError(f"{path}: {len(sentences)} sentences are too few for {folds} folds; {advice}")
    read = shared_vectors(sentences)
    return Plan(config, corpus, assign_folds(sentences, folds), folds, seeds, shares, read)


def assign_folds(sentences: Sequence[Sentence], folds: int) -> Array:
    """(sentences,) the fold of each sentence, from 0.

    Runs of documents, of about 1,000 tokens each, go to the folds in turn; in small data, each fold gets
    about four shorter runs. If there are too few documents for that, the runs are of sentences. So most
    neighbors of a sentence, which are about the same things, are in its fold. A sentence that is repeated
    is always in the same fold.
    """
    lengths = np.array([len(sentence.words) for sentence in sentences])
    size = max(1, min(_RUN, int(lengths.sum()) // (4 * folds)))
    is_first = np.array([i == 0 or sentence.starts_document for i, sentence in enumerate(sentences)])
    unit_of = np.cumsum(is_first) - 1  # (sentences,) the document of each, or the sentence itself
    if _runs(unit_of, lengths, size)[-1] + 1 < 2 * folds:
        unit_of = np.arange(len(sentences))
    run_of = _runs(unit_of, lengths, size)
    if run_of[-1] + 1 < folds:
        run_of = np.arange(len(sentences))
    fold = run_of % folds
    first: dict[tuple[str, ...], int] = {}
    for i, sentence in enumerate(sentences):
        fold[i] = first.setdefault(tuple(sentence.words), int(fold[i]))
    return fold


def _runs(unit_of: Array, lengths: Array, size: int) -> Array:
    """(sentences,) the run of each sentence; runs are of whole units and have about `size` tokens."""
    tokens = np.bincount(unit_of, weights=lengths).astype(np.int64)
    return group_segments(tokens, size)[unit_of]


def run_fold(plan: Plan, fold: int, progress: Progress = lambda: None) -> Fold:
    """Train on the shares of the other folds with each seed, and tag the sentences of a fold.

    Raises DataError if there is no entity to train on, and TrainingError if a training diverges.
    """
    numbers = np.flatnonzero(plan.fold == fold).tolist()
    held_out = [plan.corpus.sentences[i] for i in numbers]
    words = [sentence.words for sentence in held_out]
    gold = [sentence.entities for sentence in held_out]
    trained_on, f1 = [], []
    for share in plan.shares:
        taggers, used = train_fold(plan, fold, share, progress)
        counts = []
        for tagger in taggers:
            found = _expressible(plan, tagger.tag(words), words)
            counts.append(count_entities(gold, [[each.entity for each in its] for its in found]))
        trained_on.append(used)
        f1.append(mean(micro(each).f1 for each in counts))
    entities, suspects = find_out_of_fold(taggers, words, gold)
    seen = frozenset[str]().union(*(tagger.seen for tagger in taggers))
    suspects = [each._replace(sentence=numbers[each.sentence]) for each in suspects]
    gc.collect()  # a training leaves reference cycles, with its networks in them
    return Fold(numbers, _expressible(plan, entities, words), counts, seen, suspects, trained_on, f1)


def train_fold(
    plan: Plan, fold: int, share: float = 1.0, progress: Progress = lambda: None
) -> tuple[list[Tagger], int]:
    """A tagger for each seed, trained on this share of the other folds, and the number of its sentences.

    Raises DataError if there is no entity to train on, and TrainingError if a training diverges.
    """
    others = [plan.corpus.sentences[i] for i in np.flatnonzero(plan.fold != fold).tolist()]
    used = _draw(others, share, fold)
    return [_train(plan, used, fold, seed, progress) for seed in range(plan.seeds)], len(used)


def gather(plan: Plan, folds: Sequence[Fold]) -> Results:
    """The results of one or more finished folds."""
    found = {i: (fold.seen, its) for fold in folds for i, its in zip(*fold[:2], strict=True)}
    numbers = sorted(found)
    place = {number: i for i, number in enumerate(numbers)}
    corpus = plan.corpus._replace(sentences=[plan.corpus.sentences[i] for i in numbers])
    entities = [found[i][1] for i in numbers]
    suspects = [each._replace(sentence=place[each.sentence]) for fold in folds for each in fold.suspects]
    return Results(
        list(folds),
        corpus,
        entities,
        evaluate(
            corpus.sentences,
            [[each.entity for each in its] for its in entities],
            [found[i][0] for i in numbers],
        ),
        sorted(suspects, key=lambda each: (-each.score, each.sentence)),
        _curve(folds) if len(plan.shares) > 1 and len(folds) > 1 else None,
    )


def _curve(folds: Sequence[Fold]) -> LearningCurve:
    sizes = np.array([fold.trained_on for fold in folds]).mean(axis=0)
    return LearningCurve(sizes, np.array([fold.f1 for fold in folds]).T)


def _draw(sentences: list[Sentence], share: float, fold: int) -> list[Sentence]:
    """Runs of the sentences with about this share of the tokens."""
    if share == 1:
        return sentences
    lengths = np.array([len(sentence.words) for sentence in sentences])
    drawn = draw_held_out(lengths, share, np.random.default_rng([fold, 0])).tolist()
    return [sentence for sentence, is_drawn in zip(sentences, drawn, strict=True) if is_drawn]


def _train(plan: Plan, sentences: list[Sentence], fold: int, seed: int, progress: Progress) -> Tagger:
    """The tagger that is trained on these sentences; seed: is added to that of the configuration."""
    config = plan.config
    train = plan.corpus._replace(sentences=sentences)
    corpora = Corpora(*hold_out(train, config.data.held_out, np.random.default_rng([fold, 1])), None)
    check_labels(corpora)
    rng = np.random.default_rng([config.training.seed + seed, fold])
    training = Training(config, prepare(config, rng, corpora, plan.read), rng)
    for _ in training.epochs():
        progress()
    return training.tagger()


def find_out_of_fold(
    taggers: Sequence[Tagger], words: Sequence[list[str]], gold: Sequence[Sequence[Entity]]
) -> tuple[list[list[ScoredEntity]], list[Suspect]]:
    """The entities of each sentence, and suspected annotation errors.

    taggers: not trained on these sentences. Their probabilities are averaged. Plain decisions have none: the
        entities are then those of the first tagger, and nothing is suspected.
    words: of each sentence.
    gold: the annotated entities of each sentence.
    """
    decision = taggers[0].decision
    if isinstance(decision, Plain):
        return taggers[0].tag(words), []
    lengths = np.array([len(each) for each in words])
    group = group_segments(lengths, _CHUNK)
    entities: list[list[ScoredEntity]] = []
    suspects: list[Suspect] = []
    for number in range(int(group[-1]) + 1):
        first, last = np.searchsorted(group, [number, number + 1]).tolist()
        log_p = mean_log_probabilities(taggers, words[first:last])
        tags = taggers[0].decoder.best(log_p, lengths[first:last])
        entities += taggers[0].decoder.entities(log_p, tags, lengths[first:last], decision.temperature)
        found = find_suspects(log_p, gold[first:last], lengths[first:last], taggers[0].decoder)
        suspects += [each._replace(sentence=first + each.sentence) for each in found]
    return entities, suspects


def mean_log_probabilities(taggers: Sequence[Tagger], words: Sequence[list[str]]) -> Array:
    """(tokens, tags) logarithms of the mean probabilities of taggers with the same tags."""
    if len(taggers) == 1:
        return taggers[0].log_probabilities(words)
    p: Array = sum(np.exp(tagger.log_probabilities(words).astype(float)) for tagger in taggers)
    return np.log(p / len(taggers))


def _expressible(
    plan: Plan, entities: Sequence[Sequence[ScoredEntity]], words: Sequence[list[str]]
) -> list[list[ScoredEntity]]:
    """The entities of each sentence as the tag scheme of the corpus can write them."""
    scheme = plan.corpus.scheme
    return [expressible(its, scheme, len(each)) for its, each in zip(entities, words, strict=True)]
