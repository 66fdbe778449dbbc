"""``wincls eval``"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from wincls.cli.options import column_options, data_settings, override
from wincls.corpus.formats import FORMATS, read_files
from wincls.corpus.paths import shared_file
from wincls.errors import DataError
from wincls.evaluation.evaluate import evaluate
from wincls.reports.records import evaluation_record, mistakes_record
from wincls.reports.tables import confusion_text, evaluation_text, mistakes_text
from wincls.tagger.corpus import tag_corpus
from wincls.tagger.model_file import load_model


@click.command("eval")
@click.argument("model", type=click.Path())
@click.argument("file", type=click.Path())
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="Format of the file; as in training if not given.",
)
@column_options
@click.option("--tag-column", type=int, help="Column of the gold tags: 1 is the first, -1 the last.")
@click.option(
    "--lenient", is_flag=True, help="Read illegal gold tags as conlleval does instead of refusing them."
)
@click.option("--errors", is_flag=True, help="List every mistake by kind, with its sentence.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def command(
    model: str,
    file: str,
    file_format: str | None,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
    tag_column: int | None,
    lenient: bool,
    errors: bool,
    as_json: bool,
) -> None:
    """Score a model on an annotated file, or on all files of a folder or a pattern.

    Prints precision, recall and F1 by entity type and overall, as the CoNLL scorer counts them, the
    same for entities that were seen in training and for others, token accuracy, and the confusion
    matrix. Files are read as they were in training unless you say otherwise.

    \b
    Examples:
      wincls eval runs/quickstart/model.npz data/test.conll
      wincls eval runs/quickstart/model.npz data/test.conll --errors
      wincls eval runs/quickstart/model.npz other.tsv --delimiter tab --tag-column 3 --json
    """
    columns = {"word": word_column, "tag": tag_column, "delimiter": delimiter}
    columns |= {"comment": comment, "encoding": encoding}
    click.echo(evaluate_file(model, file, file_format, columns, lenient, errors, as_json), nl=False)


def evaluate_file(
    model_path: str,
    file: str,
    file_format: str | None,
    columns: dict[str, Any],
    lenient: bool,
    errors: bool,
    as_json: bool,
) -> str:
    """Score a model on annotated files, read as in training except for the columns given."""
    tagger, config, *_ = load_model(model_path)
    data = data_settings(model_path, config)
    reading = replace(
        data.reading,
        columns=override(data.columns, columns),
        scheme="auto",  # a file may be in another scheme than the training data
        lenient=lenient or data.reading.lenient,
    )
    corpus = read_files(file, reading, file_format or data.format)
    predicted = tag_corpus(tagger, corpus)
    evaluation = evaluate(corpus.sentences, predicted, [tagger.seen] * len(predicted))
    if as_json:
        record = {"model": model_path, "file": file, **evaluation_record(evaluation)}
        if corpus.notes is not None and corpus.notes.notes:
            record["notes"] = [str(each) for each in corpus.notes.notes]
        if errors:
            record["mistakes"] = mistakes_record(corpus, predicted)
        return json.dumps(record, indent=2) + "\n"
    note = ""
    if any(_shares_files(file, each) for each in (data.train, data.dev) if each):
        note = "\nThe model was trained or calibrated on this file; on new text it will do worse.\n"
    unknown = sorted(corpus.labels.keys() - set(tagger.labels))
    if unknown:
        note += f"\nThe model does not know the type{'s' * (len(unknown) > 1)} {', '.join(unknown)}.\n"
    if corpus.notes is not None and corpus.notes.notes:
        note += f"\n{corpus.path}: {corpus.notes.line()}\n"
    text = f"{evaluation_text(evaluation)}{note}\n{confusion_text(evaluation)}"
    return f"{text}\n{mistakes_text(corpus, predicted)}" if errors else text


def _shares_files(file: str, trained_on: str | Sequence[str]) -> bool:
    try:
        return shared_file(trained_on, file) is not None
    except DataError:  # what was trained on is no longer there
        return False
