"""``wincls predict``"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from wincls.cli.cluster import ClusterJob, check_cluster_options, cluster_options, predict_on_cluster
from wincls.cli.inputs import (
    STANDARD_INPUT,
    Input,
    check_columns,
    check_text,
    find_inputs,
    output_paths,
    total_size,
)
from wincls.cli.options import (
    INPUT,
    WRAPPED,
    check_input,
    column_options,
    data_settings,
    override,
)
from wincls.cli.outputs import write_apart, write_together
from wincls.cli.streams import COLORS, shows_colors, warn
from wincls.cli.trade_off import MinScores, TradeOff, trade_off_options
from wincls.cli.verbosity import note
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import SCHEMES
from wincls.errors import ConfigError
from wincls.files import as_it_comes, source
from wincls.prediction import Block, Output, column_blocks, tag_files, text_blocks
from wincls.processes import processors
from wincls.progress import advancing, phase
from wincls.reports.formats import FORMATS
from wincls.tagger.calibration import Calibration
from wincls.tagger.model_file import load_model
from wincls.tagger.text_check import TextCheck
from wincls.visible import visible_text

MUCH = 20_000_000  # bytes of text that are worth the start of more processes


class Job(NamedTuple):
    """What predict is asked for; see the command's help."""

    input_format: str
    wrapped: bool
    jobs: int | None
    output: str | None
    output_dir: str | None
    columns: Mapping[str, Any]
    trade_off: TradeOff = TradeOff()


def parse_jobs(ctx: click.Context, parameter: click.Parameter, given: str) -> int | None:
    """Callback of --jobs: a number of processes, or None for auto."""
    if given == "auto":
        return None
    if not given.isascii() or not given.isdecimal() or not int(given[:9]) > 0 or len(given) > 9:
        raise click.BadParameter(
            f"found {given!r}; give a number of processes from 1 on, or auto", ctx, parameter
        )
    return int(given)


JOBS = click.option(
    "--jobs",
    "-j",
    callback=parse_jobs,
    default="auto",
    show_default=True,
    metavar="N",
    help="Processes. auto: one for each processor if files have more than 20 MB together, else one. "
    "The size of a pipe is not known, so it gets one.",
)


@click.command("predict")
@click.argument("model", type=click.Path())
@click.argument("files", nargs=-1, type=click.Path())
@click.option(
    "--format",
    "-f",
    "output_format",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="; ".join(f"{name}: {form.about}" for name, form in FORMATS.items()) + ".",
)
@click.option(
    "--scheme", type=click.Choice(list(SCHEMES)), help="Scheme of the tags of --format conll.  [default: BIO]"
)
@INPUT
@WRAPPED
@trade_off_options
@JOBS
@click.option(
    "--output", "-o", type=click.Path(), help="File to write to; standard output if not given, or -."
)
@click.option(
    "--output-dir",
    type=click.Path(),
    help="Folder to write a file to for each input, with the input's relative path.",
)
@click.option(
    "--color",
    type=click.Choice(COLORS),
    default=COLORS[0],
    show_default=True,
    help="Colors for --format text. auto: on a terminal, unless NO_COLOR is set or TERM is dumb.",
)
@cluster_options
@column_options
@click.pass_context
def command(
    ctx: click.Context,
    model: str,
    files: tuple[str, ...],
    output_format: str,
    scheme: str | None,
    input_format: str,
    wrapped: bool,
    min_score: MinScores,
    recall_bias: float,
    jobs: int | None,
    output: str | None,
    output_dir: str | None,
    color: str,
    address: str | None,
    block_size: float,
    resume: bool,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
) -> None:
    """Find entities in text files, or in standard input (no file, or -).

    FILES can also be folders, whose files are read in sorted order without hidden ones, and patterns
    such as "*.txt". All files are looked at first. A bad file is named on standard error, the others
    are tagged, and the exit status is 1. A file that turns out to be bad later is written up to about
    there (with --output-dir: not at all).

    What is found in a line also depends on the text around it. Lines from a terminal or a slow pipe are
    answered when no more come for 0.4 seconds; each is then tagged with what has been read so far.

    With --dask, a cluster tags any amount of text. FILES and --output-dir can then also be addresses such as
    s3://bucket/folder. Each block of text gives one file part-N, and the folder manifest says what is in it.

    \b
    Examples:
      wincls predict runs/quickstart/model.npz data/sample.txt
      echo "Ada Lovelace lived in London." | wincls predict runs/quickstart/model.npz
      wincls predict runs/quickstart/model.npz --format html -o page.html "*.txt"
      wincls predict runs/quickstart/model.npz --format jsonl --output-dir tagged texts/
      wincls predict runs/quickstart/model.npz --min-score 0.3 --min-score LOC=0.6 data/sample.txt
      wincls predict runs/quickstart/model.npz --input conll --format conll data/test.conll
      wincls predict runs/quickstart/model.npz texts/ --format jsonl --output-dir tagged --dask
    """
    given = [
        parameter.opts[0]
        for parameter in ctx.command.params
        if parameter.name and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    check_cluster_options(address, given, output_dir, files)
    if scheme is not None and output_format != "conll":
        raise ConfigError("--scheme: only with --format conll")
    if output is not None and output_dir is not None:
        raise ConfigError("--output-dir: not together with --output; give one of them")
    if output == "-":
        output = None
    columns = {"word": word_column, "delimiter": delimiter, "comment": comment, "encoding": encoding}
    colored = output_format == "text" and shows_colors(color, output is None and output_dir is None)
    written = Output(output_format, colored, scheme=scheme or "BIO")
    trade_off = TradeOff(min_score, recall_bias)
    if address is not None:
        assert output_dir is not None
        cluster_job = ClusterJob(address, round(block_size * 1e6), resume, wrapped, output_dir, trade_off)
        if not predict_on_cluster(model, files, written, cluster_job):
            raise click.exceptions.Exit(1)
        return
    job = Job(input_format, wrapped, jobs, output, output_dir, columns, trade_off)
    if not predict_files(model, files or (STANDARD_INPUT,), written, job):
        raise click.exceptions.Exit(1)


def predict_files(model_path: str, files: Sequence[str], output: Output, job: Job) -> bool:
    """Tag files one after the other and write the result; name bad files on standard error.

    Returns whether all files were good.
    """
    check_input(job.input_format, job.columns, (model_path, *files), job.output)
    tagger, config, *_ = load_model(model_path)
    output = output._replace(min_scores=job.trade_off.apply(tagger))
    columns = None
    if job.input_format == "conll":
        columns = override(replace(data_settings(model_path, config).columns, tag=0), job.columns)
    else:
        data_settings(model_path, config)
    inputs, bad = find_inputs(files, check_columns(columns) if columns else check_text, job.output_dir)
    read = [model_path, *bad, *(each.path for each in inputs)]
    targets = _targets(read, inputs, output, job)
    if targets:
        inputs = list({each.path: each for each in inputs}.values())
    _list_bad(bad.values())
    if not inputs:
        return False

    context_tokens = tagger.decision.context_tokens if isinstance(tagger.decision, Calibration) else 1

    check = TextCheck(tagger, job.wrapped)
    noted = [Notes() for _ in inputs]

    def blocks_of(given: Input, notes: Notes) -> Callable[[], Iterator[Block | None]]:
        def blocks() -> Iterator[Block | None]:
            with source(given.path) as file:
                live = as_it_comes(file)
                if columns:
                    rows = column_blocks(live, given.name, output, columns, context_tokens, notes)
                    for block in advancing(rows, file, advance):
                        if block is not None:
                            check.add_sentences(block.words())
                        yield block
                else:
                    pieces = text_blocks(live, given.name, output, job.wrapped, context_tokens)
                    for text in advancing(pieces, file, advance):
                        if text is not None:
                            check.add_pieces(text.pieces)
                        yield text

        return blocks

    jobs = job.jobs or jobs_for(inputs)
    names, form = [each.name for each in inputs], FORMATS[output.format]
    all_good = not bad
    is_shown = job.output is None and job.output_dir is None and sys.stdout.isatty()
    with phase("tagging", None if is_shown else total_size(inputs), "B") as advance:
        parts = tag_files([blocks_of(*each) for each in zip(inputs, noted, strict=True)], tagger, jobs)
        if job.output_dir is None:
            show = visible_text if is_shown and not output.color else str
            later = write_together(parts, names, form, tagger.labels, job.output, show)
        else:
            of_each = [targets[each.path] for each in inputs]
            later = write_apart(parts, names, form, tagger.labels, job.output_dir, of_each)
        for message in later:
            _list_bad([message])
            all_good = False
    for given, notes in zip(inputs, noted, strict=True):
        if notes:
            note(f"{given.name}: {notes.line()}.")
    for warning in check.warnings():
        note(warning)
    return all_good


def jobs_for(inputs: Sequence[Input]) -> int:
    """The number of processes for files: that of the processors if there is much to tag, else 1."""
    return processors() if total_size(inputs) > MUCH else 1


def _list_bad(messages: Iterable[str]) -> None:
    for message in messages:
        warn(f"Error: {message}")


def _targets(read: Sequence[str], inputs: Sequence[Input], output: Output, job: Job) -> dict[str, Path]:
    """With --output-dir the file to write to for each path.

    Raises ConfigError if a file that is read would be written to.
    """
    if job.output is not None:
        check_input(job.input_format, job.columns, read, job.output)
    if job.output_dir is None:
        return {}
    targets = output_paths(inputs, job.output_dir, FORMATS[output.format].extension)
    read_files = {os.path.realpath(path) for path in read}
    for target in targets.values():
        if os.path.realpath(target) in read_files:
            raise ConfigError(f"--output-dir: {target} is read as well; choose another folder")
    return targets
