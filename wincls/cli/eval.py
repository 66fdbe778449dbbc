"""``wincls eval``"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import click

from wincls.analysis.page import evaluation_page, predictions_page
from wincls.cli.options import column_options, data_settings, override
from wincls.cli.pages import check_page, write_page
from wincls.cli.streams import say_report
from wincls.cli.trade_off import MinScores, TradeOff, threshold_options, trade_off_options
from wincls.corpus.columns import Columns
from wincls.corpus.documents import Corpus
from wincls.corpus.formats import FORMATS, read_files
from wincls.corpus.predictions import read_predictions
from wincls.corpus.schemes import SCHEMES
from wincls.errors import ConfigError
from wincls.evaluation.counts import Entities
from wincls.evaluation.evaluate import Evaluation, evaluate, regular_entities
from wincls.evaluation.predictions import evaluate_predictions
from wincls.evaluation.thresholds import Want, threshold_curves
from wincls.reports.page import Page
from wincls.reports.records import evaluation_record, mistakes_record
from wincls.reports.tables import confusion_text, evaluation_text, mistakes_text, partial_text
from wincls.reports.thresholds import thresholds_record, thresholds_text
from wincls.tagger.corpus import score_corpus
from wincls.tagger.model_file import load_model
from wincls.visible import visible

GOLD_COLUMN, PREDICTED_COLUMN = -2, -1


class Report(NamedTuple):
    """What is asked for; see the command's help."""

    strict: bool
    errors: bool
    as_json: bool
    thresholds: bool = False
    wants: Sequence[Want] = ()


class Scored(NamedTuple):
    """A scored file.

    names: what was scored and how, for the JSON object.
    gold: the annotated sentences.
    predicted: the entities predicted in each.
    notes: sentences for the reader.
    page: makes the report page.
    scores: of the predicted entities; None without a model.
    """

    names: dict[str, Any]
    gold: Corpus
    predicted: Sequence[Entities]
    evaluation: Evaluation
    notes: list[str]
    page: Callable[[], Page]
    scores: Sequence[Sequence[float]] | None = None


@click.command("eval")
@click.argument("model", type=click.Path(), required=False)
@click.argument("file", type=click.Path(), required=False)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="Format of the file; as in training if not given.",
)
@click.option(
    "--predictions",
    type=click.Path(),
    help="Score the gold and predicted tags of this file without a model.",
)
@column_options
@click.option(
    "--tag-column",
    type=int,
    help="Column of the gold tags: 1 is the first, -1 the last. With --predictions the last but one, if not "
    "given.",
)
@click.option(
    "--predicted-column", type=int, help="--predictions: column of the predicted tags.  [default: -1]"
)
@click.option(
    "--scheme", type=click.Choice(list(SCHEMES)), help="Scheme of the tags; found in them if not given."
)
@click.option(
    "--lenient",
    is_flag=True,
    help="Read illegal gold tags as conlleval does, whatever the model was trained with.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Count only entities whose tags are as the scheme writes them, as seqeval's strict mode does.",
)
@trade_off_options
@threshold_options
@click.option("--errors", is_flag=True, help="List every mistake by kind, with its sentence.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("--html", type=click.Path(), help="Also write a page with plots, tables and mistakes here.")
def command(
    model: str | None,
    file: str | None,
    file_format: str | None,
    predictions: str | None,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
    tag_column: int | None,
    predicted_column: int | None,
    scheme: str | None,
    lenient: bool,
    strict: bool,
    min_score: MinScores,
    recall_bias: float,
    thresholds: bool,
    wants: Sequence[Want],
    errors: bool,
    as_json: bool,
    html: str | None,
) -> None:
    """Score a model on an annotated file, all files of a folder or a pattern, or - for standard input.

    Prints precision, recall and F1 by entity type and overall, as the CoNLL scorer counts them, the
    same for entities that were seen in training and for others, token accuracy, figures that give
    credit for partial matches, and the confusion matrix. Files are read as they were in training
    unless you say otherwise.

    With --predictions, no model is needed: the file has gold and predicted tags in its last two
    columns. The figures are those of conlleval; token accuracy then compares whole tags.

    \b
    Examples:
      wincls eval runs/quickstart/model.npz data/test.conll
      wincls eval runs/quickstart/model.npz data/test.conll --errors
      wincls eval runs/quickstart/model.npz data/test.conll --html test.html
      wincls eval runs/quickstart/model.npz other.tsv --delimiter tab --tag-column 3 --json
      wincls eval runs/quickstart/model.npz data/test.conll --thresholds --want precision=0.9
      wincls eval runs/quickstart/model.npz data/test.conll --min-score 0.7
      wincls eval --predictions tagged.conll
    """
    columns = {"word": word_column, "tag": tag_column, "delimiter": delimiter}
    columns |= {"comment": comment, "encoding": encoding}
    report = Report(strict, errors, as_json, thresholds or bool(wants), wants)
    trade_off = TradeOff(min_score, recall_bias)
    if html is not None:
        check_page(html, [path for path in (model, file, predictions) if path])
    if predictions is not None:
        if model is not None:
            raise ConfigError(f"--predictions: takes no model, but {model} is given; leave one of them out")
        asked = {"--thresholds": report.thresholds, "--min-score": min_score, "--recall-bias": recall_bias}
        for option in (name for name, value in asked.items() if value):
            raise ConfigError(f"{option}: needs a model; the tags of --predictions have no scores")
        found = score_predictions(predictions, columns, predicted_column, scheme or "auto")
    else:
        if model is None or file is None:
            raise click.UsageError(f"Missing argument '{'FILE' if model else 'MODEL'}'.")
        if predicted_column is not None:
            raise ConfigError("--predicted-column: only with --predictions")
        lenient = lenient or strict
        found = score_model(model, file, file_format, columns, lenient, scheme or "auto", trade_off)
    say_report(scored_text(found, report), as_json)
    if html is not None:
        write_page(found.page, html)


def score_model(
    model_path: str,
    file: str,
    file_format: str | None,
    columns: dict[str, Any],
    lenient: bool,
    scheme: str,
    trade_off: TradeOff = TradeOff(),
) -> Scored:
    """Score a model on annotated files, read as in training except for what is given.

    scheme: of the file, which may be in another one than the training data.
    """
    model = load_model(model_path)
    tagger = model.tagger
    min_scores = trade_off.apply(tagger)
    data = data_settings(model_path, model.config)
    used = override(data.columns, columns)
    lenient = lenient or data.reading.lenient
    reading = replace(data.reading, columns=used, scheme=scheme, lenient=lenient)
    corpus = read_files(file, reading, file_format or data.format)
    found = score_corpus(tagger, corpus, min_scores)
    predicted = [[each.entity for each in entities] for entities in found]
    scores = [[each.score for each in entities] for entities in found]
    evaluation = evaluate(corpus.sentences, predicted, [tagger.seen] * len(predicted))
    notes = []
    if data.trained_on(file):
        notes.append("The model was trained or calibrated on this file; on new text it will do worse.")
    unknown = sorted(corpus.labels.keys() - set(tagger.labels))
    if unknown:
        notes.append(f"The model does not know the type{'s' * (len(unknown) > 1)} {', '.join(unknown)}.")
    if corpus.notes is not None and corpus.notes.notes:
        notes.append(visible(f"{corpus.path}: {corpus.notes.line()}"))
    overall = evaluation.overall
    if overall.gold and overall.correct == overall.gold == overall.predicted:
        notes.append(
            f"Warning: column {used.tag} has just the tags that this model predicts. If they were written by "
            "wincls predict,\nsay where the gold tags are with --tag-column, or score both columns with "
            "--predictions."
        )
    names: dict[str, Any] = {"model": model_path, "file": file}
    if min_scores:
        names["min_scores"] = {label: each for label, each in min_scores.items() if each > -math.inf}
    if trade_off.recall_bias:
        names["recall_bias"] = trade_off.recall_bias

    def page() -> Page:
        return evaluation_page(model, model_path, corpus, found, evaluation, notes)

    return Scored(names, corpus, predicted, evaluation, notes, page, scores)


def score_predictions(
    file: str, columns: dict[str, Any], predicted_column: int | None, scheme: str
) -> Scored:
    """Score the predicted tags of a column file against its gold tags."""
    if predicted_column == 0:
        raise ConfigError(
            "--predicted-column: found 0; columns are counted from 1, or from the right from -1"
        )
    column = PREDICTED_COLUMN if predicted_column is None else predicted_column
    if (columns["tag"] or GOLD_COLUMN) == column:
        raise ConfigError(f"--predicted-column: {column} is the column of the gold tags too")
    used = override(Columns(column, GOLD_COLUMN), {**columns, "word": None})
    predictions = read_predictions(file, used, columns["word"] or Columns().word, scheme)
    predicted = [sentence.entities for sentence in predictions.predicted.sentences]
    evaluation, gold = evaluate_predictions(predictions), predictions.gold
    return Scored(
        {"file": file}, gold, predicted, evaluation, [],
        lambda: predictions_page(file, gold, predicted, evaluation),
    )  # fmt: skip


def scored_text(scored: Scored, report: Report) -> str:
    """Tables, or a JSON object, which always has both readings."""
    gold, evaluation = scored.gold, scored.evaluation
    curves = None
    if report.thresholds and scored.scores is not None:
        entities = [
            regular_entities(sentence) if report.strict else sentence.entities for sentence in gold.sentences
        ]
        curves = threshold_curves(entities, scored.predicted, scored.scores)
    if report.as_json:
        record: dict[str, Any] = {**scored.names, **evaluation_record(evaluation)}
        if scored.notes:
            record["notes"] = scored.notes
        if curves is not None:
            record["thresholds"] = thresholds_record(curves, report.wants)
        if report.errors:
            record["mistakes"] = mistakes_record(gold, scored.predicted)
        return json.dumps(record, indent=2) + "\n"
    parts = [evaluation_text(evaluation, report.strict), *(f"{note}\n" for note in scored.notes)]
    if not report.strict:
        parts.append(partial_text(evaluation))
    parts.append(confusion_text(evaluation))
    if curves is not None:
        parts.append(thresholds_text(curves, report.wants))
    if report.errors:
        parts.append(mistakes_text(gold, scored.predicted))
    return "\n".join(parts)
