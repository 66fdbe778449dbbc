"""``wincls compare``"""

from __future__ import annotations

import json
from dataclasses import replace

import click

from wincls.analysis.compare import System, compare_systems, shared_data
from wincls.cli.inputs import STANDARD_INPUT
from wincls.cli.options import column_options, data_settings, override
from wincls.cli.streams import say_report
from wincls.corpus.formats import FORMATS, read_files
from wincls.corpus.schemes import SCHEMES
from wincls.reports.comparison import comparison_record, comparison_text
from wincls.tagger.model_file import is_model, load_model

_SHOWN = 5  # sentences that only one system gets right


@click.command("compare")
@click.argument("a", type=click.Path())
@click.argument("b", type=click.Path())
@click.argument("file", type=click.Path())
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="Format of FILE; as in training if not given.",
)
@column_options
@click.option("--tag-column", type=int, help="Column of FILE's tags: 1 is the first, -1 the last.")
@click.option(
    "--scheme", type=click.Choice(list(SCHEMES)), help="Scheme of FILE's tags; found in them if not given."
)
@click.option("--all", "show_all", is_flag=True, help="Show all sentences that only one system gets right.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with everything.")
def command(
    a: str,
    b: str,
    file: str,
    file_format: str | None,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
    tag_column: int | None,
    scheme: str | None,
    show_all: bool,
    as_json: bool,
) -> None:
    """Say whether system B finds entities better than system A, on the annotated FILE.

    A and B are models or files of predictions, from wincls or any other program. A file of predictions
    has the tokens of FILE with the predicted tag in the last column, or JSON lines with the text of FILE
    and spans, as wincls predict writes them: {"text": ..., "spans": [{"start", "end", "label"}]}.

    Prints the difference of F1 with a confidence interval (paired bootstrap) and a p-value
    (approximate randomization), overall, by type, and for entities that were seen in the training of
    the models and others; then sentences that only one of the two gets right.

    \b
    Examples:
      wincls compare runs/small/model.npz runs/large/model.npz data/test.conll
      wincls compare crfsuite.conll runs/quickstart/model.npz data/test.conll --all
      wincls compare spacy.jsonl llm.jsonl data/test.conll --json
    """
    columns = {"word": word_column, "tag": tag_column, "delimiter": delimiter}
    columns |= {"comment": comment, "encoding": encoding}
    systems = system_of(a), system_of(b)
    data = shared_data(systems, file)
    reading = replace(data.reading, columns=override(data.columns, columns), scheme=scheme or "auto")
    gold = read_files(file, reading, file_format or data.format)
    comparison, notes = compare_systems(*systems, gold, reading, file)
    text = comparison_text(comparison, notes, None if show_all else _SHOWN)
    if as_json:
        text = json.dumps(comparison_record(comparison, notes), indent=2) + "\n"
    say_report(text, as_json)


def system_of(path: str) -> System:
    """The system that a path names: a model, or a file of predictions."""
    if path == STANDARD_INPUT or not is_model(path):
        return System(path)
    model = load_model(path)
    return System(path, model.tagger, data_settings(path, model.config))
