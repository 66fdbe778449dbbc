"""``wincls predict``"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from wincls.cli.options import (
    INPUT,
    WRAPPED,
    check_input,
    column_options,
    data_settings,
    finite,
    override,
    source,
)
from wincls.errors import ConfigError, DataError
from wincls.files import replacing
from wincls.prediction import Block, Output, column_blocks, tag_blocks, text_blocks
from wincls.reports.formats import FORMATS
from wincls.tagger.calibration import Calibration
from wincls.tagger.model_file import load_model
from wincls.tagger.text_check import TextCheck


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
    help="text: entities in [TYPE brackets]; conll: a word and its tag a line; jsonl: a "
    "sentence a line with its entities as spans.",
)
@INPUT
@WRAPPED
@click.option(
    "--min-score",
    type=float,
    callback=finite,
    help="Leave out entities less probable than this (of a model that decides by a threshold or argmax: "
    "with a smaller score).",
)
@click.option("--jobs", "-j", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--output", "-o", type=click.Path(), help="File to write to; standard output if not given.")
@column_options
def command(
    model: str,
    files: tuple[str, ...],
    output_format: str,
    input_format: str,
    wrapped: bool,
    min_score: float | None,
    jobs: int,
    output: str | None,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
) -> None:
    """Find entities in text files, or in standard input (no file, or -).

    \b
    Examples:
      wincls predict runs/quickstart/model.npz data/sample.txt
      echo "Ada Lovelace lived in London." | wincls predict runs/quickstart/model.npz
      wincls predict runs/quickstart/model.npz --format jsonl -o out.jsonl *.txt
      wincls predict runs/quickstart/model.npz --input conll --format conll data/test.conll
    """
    columns = {"word": word_column, "delimiter": delimiter, "comment": comment, "encoding": encoding}
    on_terminal = output is None and sys.stdout.isatty()
    written = Output(output_format, on_terminal, min_score)
    predict_files(model, files or ("-",), written, input_format, wrapped, jobs, output, columns)


def predict_files(
    model_path: str,
    files: Sequence[str],
    output: Output,
    input_format: str,
    wrapped: bool,
    jobs: int,
    output_path: str | None,
    columns: Mapping[str, Any],
) -> None:
    """Tag files one after the other and write the result to a file or standard output."""
    check_input(input_format, columns, (model_path, *files), output_path)
    tagger, config, *_ = load_model(model_path)
    is_probability = isinstance(tagger.decision, Calibration)
    if is_probability and output.min_score is not None and not 0 <= output.min_score <= 1:
        raise ConfigError(f"--min-score: found {output.min_score:g}; give a probability from 0 to 1")
    used = override(replace(data_settings(model_path, config).columns, tag=0), columns)

    check = TextCheck(tagger, wrapped)
    context_tokens = tagger.decision.context_tokens if isinstance(tagger.decision, Calibration) else 1

    def blocks() -> Iterator[Block]:
        for path in files:
            name = os.fsencode(path).decode("utf-8", errors="replace")
            with source(path) as file:
                if input_format == "conll":
                    for block in column_blocks(file, name, output, used, context_tokens):
                        check.add_sentences(block.words())
                        yield block
                else:
                    for text in text_blocks(file, name, output, wrapped):
                        check.add_pieces(text.pieces)
                        yield text

    with _destination(output_path) as destination:
        for part in tag_blocks(blocks(), tagger, jobs):
            destination.write(part.encode("utf-8"))
            if output.color:
                destination.flush()
    for warning in check.warnings():
        click.echo(f"Note: {warning}.", err=True)


@contextmanager
def _destination(path: str | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if Path(path).is_dir():
        raise DataError(f"{path}: is a folder; give --output a file")
    with replacing(path) as file:
        yield file
