"""What a report page shows: of a training, or of a model on other data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wincls.arrays import Array
from wincls.config import make_config
from wincls.corpus.documents import Corpus
from wincls.errors import WinclsError
from wincls.evaluation.bootstrap import label_intervals
from wincls.evaluation.counts import Entities
from wincls.evaluation.evaluate import Evaluation
from wincls.evaluation.reliability import reliability
from wincls.evaluation.thresholds import overall_curve, threshold_curves
from wincls.evaluation.window_scores import WindowScores, compare_classes, compare_windows
from wincls.network.losses import MaxMargin
from wincls.reports.mistake_cards import mistake_cards
from wincls.reports.model_card import model_card, model_record
from wincls.reports.page import Figures, Page, ScoredEntities
from wincls.reports.tables import percent
from wincls.tagger.calibration import Calibration
from wincls.tagger.corpus import expressible
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.model_file import Model, load_model
from wincls.tagger.tagger import Tagger, mean_scores
from wincls.training.run import Run
from wincls.yaml_text import dump_yaml

_NUMBERS = 20_000_000  # scores of windows that are compared, about


def training_page(run: Run, notes: Sequence[str]) -> Page:
    """The page of a training that is finished and has written its model.

    notes: warnings about the data.
    """
    assert run.folder is not None and run.training.best is not None
    training, prepared = run.training, run.prepared
    corpora, best = prepared.corpora, training.best
    assert best is not None
    path = run.folder / "model.npz"
    model = load_model(path)
    predicted = training.development_entities()
    found = training.development.scored(run.tagger.decision, best.scores)
    numbers = found.sentences.tolist()
    sentences = [corpora.dev.sentences[i] for i in numbers]
    entities = [
        expressible(each, corpora.dev.scheme, len(sentence.words))
        for each, sentence in zip(found.entities, sentences, strict=True)
    ]
    chosen = "" if len(numbers) == len(corpora.dev.sentences) else f" of {len(numbers):,} of the sentences"
    sections = [
        _figures(f"development data, {corpora.dev.path}, cross-fitted", corpora.dev, predicted, run.dev)
    ]
    facts = [
        *_facts("development ", run.dev),
        ("epochs", f"{len(training.development.epochs)}, chosen {best.epoch}"),
    ]
    if run.test is not None and corpora.test is not None:
        assert run.test_entities is not None
        sections.append(
            _figures(f"test data, {corpora.test.path}", corpora.test, run.test_entities, run.test)
        )
        facts.append(("test F1", _f1(run.test)))
    scores = {
        (number, each.entity): each.score
        for number, its in zip(numbers, entities, strict=True)
        for each in its
    }
    return Page(
        title=f"wincls train: {run.folder.resolve().name}",
        labels=_labels(model.tagger, [corpus for corpus in corpora if corpus]),
        facts=facts,
        corpora=sections,
        mistakes=mistake_cards(corpora.dev, predicted, scores),
        data=[_size(name, corpus) for name, corpus in corpora._asdict().items() if corpus is not None],
        records=run.records,
        best=best.epoch,
        windows=_windows(mean_scores(best.scores), prepared.encoded_dev.tags, run.tagger, model.config),
        windows_of="Windows of the development data, scored by networks that were not trained on them.",
        scored=_scored(
            f"Entities of the development data{chosen}, found out of fold in epoch {best.epoch}. They can "
            "differ a little from those of the table, for which each fold has an epoch of its own.",
            [sentence.entities for sentence in sentences],
            entities,
            run.tagger,
        ),
        notes=notes,
        config=dump_yaml(model.config),
        card=_card(model, path, path.name),
    )


def evaluation_page(
    model: Model,
    path: str,
    corpus: Corpus,
    predicted: Sequence[Sequence[ScoredEntity]],
    evaluation: Evaluation,
    notes: Sequence[str],
) -> Page:
    """The page of a model on annotated files.

    path: of the model file.
    predicted: the entities of each sentence.
    evaluation: of them.
    notes: warnings about the data.
    """
    tagger = model.tagger
    sentences = corpus.sentences
    step = -(-corpus.tokens * tagger.ensemble[0].n_scores // _NUMBERS)
    looked_at = sentences[:: max(1, step)]
    lengths = np.array([len(sentence.words) for sentence in looked_at])
    tags = tagger.tag_set.encode([sentence.entities for sentence in looked_at], lengths)
    scores = tagger.scores([sentence.words for sentence in looked_at])
    chosen = "" if step <= 1 else f", of {len(looked_at):,} of {len(sentences):,} sentences"
    entities = [[each.entity for each in its] for its in predicted]
    by_entity = {(i, each.entity): each.score for i, its in enumerate(predicted) for each in its}
    return Page(
        title=f"wincls eval: {path}, {corpus.path}",
        labels=_labels(tagger, [corpus]),
        facts=_facts("", evaluation),
        data=[_size("data", corpus)],
        corpora=[_figures(corpus.path, corpus, entities, evaluation)],
        mistakes=mistake_cards(corpus, entities, by_entity),
        windows=_windows(scores, tags, tagger, model.config),
        windows_of=f"Windows of {corpus.path}{chosen}; their scores are means over the ensemble.",
        scored=_scored(
            f"Entities that the model found in {corpus.path}.",
            [sentence.entities for sentence in sentences],
            predicted,
            tagger,
        ),
        notes=notes,
        config=dump_yaml(model.config),
        card=_card(model, path, path),
    )


def predictions_page(
    path: str, corpus: Corpus, predicted: Sequence[Entities], evaluation: Evaluation
) -> Page:
    """The page of a file with gold and predicted tags; arguments: see evaluation_page."""
    return Page(
        title=f"wincls eval: {path}",
        labels=sorted(evaluation.lenient),
        facts=_facts("", evaluation),
        data=[_size("data", corpus)],
        corpora=[_figures(path, corpus, predicted, evaluation)],
        mistakes=mistake_cards(corpus, predicted),
    )


def _figures(title: str, corpus: Corpus, predicted: Sequence[Entities], evaluation: Evaluation) -> Figures:
    gold = [sentence.entities for sentence in corpus.sentences]
    return Figures(title, evaluation, label_intervals(gold, predicted))


def _facts(of: str, evaluation: Evaluation) -> list[tuple[str, str]]:
    low, high = (f"{100 * each:.1f}" for each in evaluation.interval)
    overall = evaluation.overall
    return [
        (f"{of}F1", _f1(evaluation)),
        ("95 % interval", f"{low} to {high}"),
        (f"{of}precision", percent(overall.precision)),
        (f"{of}recall", percent(overall.recall)),
        (f"{of}token accuracy", percent(evaluation.token_accuracy)),
    ]


def _f1(evaluation: Evaluation) -> str:
    return percent(evaluation.overall.f1)


def _size(name: str, corpus: Corpus) -> tuple[str, str, int, int, int]:
    return name, corpus.path, len(corpus.sentences), corpus.tokens, corpus.labels.total()


def _labels(tagger: Tagger, corpora: Sequence[Corpus]) -> list[str]:
    """The types of the model, then others of the corpora."""
    return list(
        dict.fromkeys([*tagger.labels, *sorted({label for each in corpora for label in each.labels})])
    )


def _windows(scores: Array, tags: Array, tagger: Tagger, config: Mapping[str, Any]) -> WindowScores | None:
    """Compare windows as the loss did; None if there is nothing to compare.

    scores: (tokens, scores).
    tags: (tokens,) gold tag numbers.
    """
    try:
        loss = make_config(config).loss
    except (WinclsError, TypeError, ValueError):  # of another version
        return None
    if isinstance(loss, MaxMargin):
        return compare_windows(scores, tags.astype(np.int64) - 1, loss.margin)
    return compare_classes(scores, tags.astype(np.int64), getattr(loss, "margin", None))


def _scored(
    of: str, gold: Sequence[Entities], found: Sequence[Sequence[ScoredEntity]], tagger: Tagger
) -> ScoredEntities | None:
    """What scores say; None if no entity was found."""
    pairs = [
        (each.score, each.entity in its)
        for entities, its in zip(found, gold, strict=True)
        for each in entities
    ]
    if not pairs:
        return None
    scores = np.array([score for score, _ in pairs], dtype=float)
    correct = np.array([is_correct for _, is_correct in pairs])
    entities = [[each.entity for each in its] for its in found]
    by_sentence = [[each.score for each in its] for its in found]
    curve = overall_curve(threshold_curves(gold, entities, by_sentence))
    is_probability = isinstance(tagger.decision, Calibration)
    return ScoredEntities(of, curve, reliability(scores, correct) if is_probability else None)


def _card(model: Model, path: str | Path, name: str) -> str:
    """The model card; name: of the file on the card."""
    return model_card(model_record(model, name, Path(path).stat().st_size))
