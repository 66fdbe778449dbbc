"""``wincls suggest``"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import click

from wincls.analysis.suggest import (
    LONGEST,
    Block,
    SentenceCounts,
    annotated_keys,
    column_blocks,
    suggest,
    text_blocks,
)
from wincls.cli.inputs import STANDARD_INPUT, Input, check_columns, check_text, find_inputs, total_size
from wincls.cli.options import INPUT, WRAPPED, check_input, column_options, data_settings, override
from wincls.cli.predict import JOBS, jobs_for
from wincls.cli.streams import encoded, warn
from wincls.cli.verbosity import inform, note
from wincls.corpus.columns import Columns
from wincls.corpus.notes import Notes
from wincls.errors import DataError, ModelError
from wincls.files import replacing, source
from wincls.progress import Advance, advancing, phase
from wincls.reports.suggestions import SUGGESTION_FORMATS, Suggestion, suggestions_text
from wincls.reports.tables import counted
from wincls.tagger.calibration import Calibration
from wincls.tagger.model_file import load_model


class Job(NamedTuple):
    """What suggest is asked for; see the command's help."""

    wanted: int
    output_format: str
    input_format: str
    wrapped: bool
    jobs: int | None
    output: str | None
    columns: Mapping[str, Any]


@click.command("suggest")
@click.argument("model", type=click.Path())
@click.argument("files", nargs=-1, type=click.Path())
@click.option(
    "--count", "-n", type=click.IntRange(1), default=100, show_default=True, help="Number of sentences."
)
@click.option(
    "--format",
    "-f",
    "output_format",
    type=click.Choice(list(SUGGESTION_FORMATS)),
    default=next(iter(SUGGESTION_FORMATS)),
    show_default=True,
    help="; ".join(f"{name}: {form.about}" for name, form in SUGGESTION_FORMATS.items()) + ".",
)
@INPUT
@WRAPPED
@JOBS
@click.option("--output", "-o", type=click.Path(), help="File to write to; standard output if not given.")
@column_options
def command(
    model: str,
    files: tuple[str, ...],
    count: int,
    output_format: str,
    input_format: str,
    wrapped: bool,
    jobs: int | None,
    output: str | None,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
) -> None:
    """Choose the sentences of raw text that are most worth annotating next.

    These are the sentences whose tags the model is least sure of, each with the entities that it
    found, ready to be corrected in an annotation tool. Near duplicates are left out, and so are
    sentences of the model's training, development and test data, if these files are still there.

    FILES are as for wincls predict, and may be of any size. To go on, add the corrected sentences to
    data.train, train again, and ask the new model.

    \b
    Examples:
      wincls suggest runs/quickstart/model.npz data/sample.txt --count 5
      wincls suggest runs/quickstart/model.npz texts/ -n 200 --output tasks.jsonl
      wincls suggest runs/quickstart/model.npz "*.txt" --format label-studio -o tasks.json
    """
    columns = {"word": word_column, "delimiter": delimiter, "comment": comment, "encoding": encoding}
    job = Job(count, output_format, input_format, wrapped, jobs, output, columns)
    if not suggest_from_files(model, files or (STANDARD_INPUT,), job):
        raise click.exceptions.Exit(1)


def suggest_from_files(model_path: str, files: Sequence[str], job: Job) -> bool:
    """Write the suggestions, and say what was left out and which files are bad.

    Returns whether all files were good.
    """
    check_input(job.input_format, job.columns, (model_path, *files), job.output)
    tagger, config, *_ = load_model(model_path)
    if not isinstance(tagger.decision, Calibration):
        raise ModelError(
            f"{model_path}: decides by scores alone, so it does not say how sure it is; train with "
            "decision: calibrated"
        )
    data = data_settings(model_path, config)
    columns = None
    if job.input_format == "conll":
        columns = override(replace(data.columns, tag=0), job.columns)
    inputs, bad = find_inputs(files, check_columns(columns) if columns else check_text)
    check_input(job.input_format, job.columns, [each.path for each in inputs], job.output)
    for message in bad.values():
        warn(f"Error: {message}")
    if not inputs:
        return False
    keys, problems = annotated_keys(data)
    for problem in problems:
        note(f"{problem}.")
    late: list[str] = []
    with phase("tagging", total_size(inputs), "B") as advance:
        blocks = _blocks(inputs, columns, job.wrapped, late, advance)
        found = suggest(blocks, tagger, job.wanted, keys, job.jobs or jobs_for(inputs))
    suggestions = [Suggestion(each.path, each.sentence, each.score) for each in found.candidates]
    content = suggestions_text(suggestions, job.output_format)
    if job.output is None:
        sys.stdout.buffer.write(encoded(content))
        sys.stdout.buffer.flush()
    else:
        with replacing(job.output) as file:
            file.write(content.encode())
    inform(counts_text(len(suggestions), found.counts), beside=job.output or "-")
    return not bad and not late


def counts_text(suggested: int, counts: SentenceCounts) -> str:
    """What was suggested of how much, and what was left out."""
    left_out = {
        "in the annotated data": counts.annotated,
        "near duplicates": counts.repeated,
        f"longer than {LONGEST} tokens": counts.long,
    }
    parts = [f"{number:,} {why}" for why, number in left_out.items() if number]
    text = f"{suggested:,} of {counted(counts.read, 'sentence')} suggested"
    return f"{text}; left out: {', '.join(parts)}." if parts else f"{text}."


def _blocks(
    inputs: Sequence[Input], columns: Columns | None, wrapped: bool, late: list[str], advance: Advance
) -> Iterator[Block]:
    """The blocks of all files; what is wrong with one after its beginning is said and added to `late`.

    What is skipped or repaired in a column file is said after its last block.
    """
    for each in inputs:
        notes = Notes()
        try:
            with source(each.path) as file:
                blocks: Iterator[Block] = (
                    column_blocks(file, each.name, columns, notes)
                    if columns
                    else text_blocks(file, each.name, wrapped)
                )
                yield from advancing(blocks, file, advance)
        except (DataError, OSError) as error:
            late.append(str(error))
            warn(f"Error: {error}; the text up to about there was used")
        if notes:
            note(f"{each.name}: {notes.line()}.")
