"""What several commands share: options, and the checks of what they are given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from wincls.cli.completion import complete_setting
from wincls.corpus.columns import DELIMITERS, Columns
from wincls.corpus.data_options import Data
from wincls.corpus.decoding import encoding_problem
from wincls.errors import ConfigError, ModelError, WinclsError
from wincls.options import build
from wincls.prediction import INPUTS

CONFIG = click.option(
    "--config", "-c", "config_path", type=click.Path(), required=True, help="YAML file of the configuration."
)
SET = click.option(
    "--set",
    "-s",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=complete_setting,
    help="Override a key; can be repeated.",
)
INPUT = click.option(
    "--input",
    "-i",
    "input_format",
    type=click.Choice(INPUTS),
    default=INPUTS[0],
    show_default=True,
    help="conll: the files are already tokenized, one word a line.",
)
WRAPPED = click.option(
    "--wrapped", is_flag=True, help="A line end does not end a sentence; an empty line does."
)


_COLUMNS = [
    click.option("--word-column", type=int, help="Column of the words: 1 is the first, -1 the last."),
    click.option("--delimiter", type=click.Choice(DELIMITERS), help="What separates columns."),
    click.option(
        "--comment",
        multiple=True,
        callback=lambda ctx, parameter, value: value or None,
        help="Lines that start with this are comments; can be repeated.",
    ),
    click.option("--encoding", help="Encoding of a column file, any that Python knows."),
]


def finite(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Callback of a number; to click, nan is in any range."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"found {value}; give a finite number.", ctx, parameter)
    return value


def column_options(command: Any) -> Any:
    """Options that say how column files are read."""
    for each in reversed(_COLUMNS):
        command = each(command)
    return command


def override(columns: Columns, given: Mapping[str, Any]) -> Columns:
    """The columns with what was given on the command line; given: by field of Columns, or None."""
    for name in ("word", "tag"):
        if given.get(name) == 0:
            raise ConfigError(
                f"--{name}-column: found 0; columns are counted from 1, or from the right from -1"
            )
    used = replace(columns, **{name: value for name, value in given.items() if value is not None})
    if problem := encoding_problem(used.encoding):
        raise ConfigError(f"--encoding: {problem}")
    if used.word == used.tag:
        raise ConfigError(f"--tag-column: {used.tag} is the column of the words too")
    return used


def check_input(
    input_format: str, columns: Mapping[str, Any], read: Sequence[str], written: str | None
) -> None:
    """Raise ConfigError for options that do not fit the input, or an output file that is also read."""
    given = [name for name, value in columns.items() if value is not None]
    if input_format == "text" and given:
        raise ConfigError(f"--{given[0].replace('word', 'word-column')}: only with --input conll")
    for path in read:
        if written is not None and is_same_file(written, path):
            raise ConfigError(f"--output: {written} is read as well; choose another file")


def data_settings(model: str, config: Mapping[str, Any]) -> Data:
    """How the training data of a model were read."""
    try:
        data: Data = build(Data, config["data"])
    except (WinclsError, LookupError, TypeError, AttributeError):
        raise ModelError(f"{model}: does not say how its data were read; train it again") from None
    return data


def is_same_file(one: str, other: str) -> bool:
    """Whether two paths name the same existing file."""
    return Path(one).is_file() and Path(other).is_file() and Path(one).samefile(other)
