"""The command line: parse, call one plain function, print."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

# The matrices here are too small for more threads to help, and a sum's rounding must not depend on
# their number. Numpy reads this when it is imported, which happens only where a command needs it.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

from wincls import __version__
from wincls.errors import WinclsError


class _Group(click.Group):
    """The one place where the package's errors become a line on standard error and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        if sys.stderr is None:  # it was closed when the program began; Python then has none
            sys.stderr = io.StringIO()
        if sys.stdout is None:
            _fail("standard output is closed; send it to a file instead", 1)
        try:
            return super().invoke(ctx)
        except WinclsError as error:
            _fail(str(error), error.exit_status)
        except BrokenPipeError:  # somebody downstream, such as head, has seen enough
            sys.stderr.close()
            ctx.exit(0)
        except MemoryError as error:
            _fail(f"not enough memory ({error}); make the sizes in the configuration smaller", 1)
        except OSError as error:
            _fail(f"input or output failed ({error}); is the disk full?", 1)


def _a_number(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    if value != value:
        raise click.BadParameter("nan is not in the range 0<=x<=1.", ctx, parameter)
    return value


def _fail(message: str, status: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    raise click.exceptions.Exit(status)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="wincls")
def main() -> None:
    """Train, score and use word-window classifiers that find names in text.

    \b
    A first round, with the corpus and the configuration that come with wincls:
      wincls train --config configs/quickstart.yaml
      wincls eval runs/quickstart/model.npz data/test.conll
      wincls predict runs/quickstart/model.npz data/sample.txt
    """


_CONFIG = click.option(
    "--config", "-c", "config_path", type=click.Path(), required=True, help="YAML file that says what to do."
)
_SET = click.option(
    "--set", "-s", "settings", multiple=True, metavar="KEY=VALUE", help="Override a key; may be given again."
)


@main.command()
@_CONFIG
@_SET
@click.option(
    "--output",
    "-o",
    type=click.Path(),
    help="Folder for the results; runs/NAME for configs/NAME.yaml if not given.",
)
def train(config_path: str, settings: tuple[str, ...], output: str | None) -> None:
    """Train a tagger and keep its best epoch.

    Writes model.npz (all that tagging needs), config.yaml (the whole configuration) and
    history.jsonl (a line for each epoch) to the output folder. Ctrl-C ends the training early and
    keeps the best epoch so far.

    \b
    Examples:
      wincls train --config configs/quickstart.yaml
      wincls train -c configs/quickstart.yaml -o runs/tanh -s model.activation=tanh
      wincls train -c configs/quickstart.yaml -s loss.name=cross_entropy -s training.seed=7
    """
    from wincls.config import load_config
    from wincls.console import run_training

    config = load_config(config_path, settings)
    run_training(config, Path(output or Path("runs") / Path(config_path).stem))


_COLUMNS = [
    click.option("--word-column", type=int, help="Column of the words: 1 is the first, -1 the last."),
    click.option(
        "--delimiter", type=click.Choice(["whitespace", "tab", "space"]), help="What separates columns."
    ),
    click.option("--comment", help="Lines that begin so are no tokens."),
    click.option("--encoding", type=click.Choice(["utf-8", "latin-1", "cp1252"]), help="Of a column file."),
]


def _column_options(command: Any) -> Any:
    for each in reversed(_COLUMNS):
        command = each(command)
    return command


@main.command("eval")
@click.argument("model", type=click.Path())
@click.argument("file", type=click.Path())
@_column_options
@click.option("--tag-column", type=int, help="Column of the gold tags: 1 is the first, -1 the last.")
@click.option(
    "--lenient", is_flag=True, help="Read illegal gold tags as conlleval does instead of refusing them."
)
@click.option("--errors", is_flag=True, help="List every mistake by kind, with its sentence.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def evaluate_command(
    model: str,
    file: str,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
    tag_column: int | None,
    lenient: bool,
    errors: bool,
    as_json: bool,
) -> None:
    """Score a model on an annotated column file.

    Prints precision, recall and F1 by entity type and in all, as the CoNLL scorer counts them, the
    same for names that the training data held and for others, the share of right tags, and which
    types are taken for which. Columns are read as they were in training unless you say otherwise.

    \b
    Examples:
      wincls eval runs/quickstart/model.npz data/test.conll
      wincls eval runs/quickstart/model.npz data/test.conll --errors
      wincls eval runs/quickstart/model.npz other.tsv --delimiter tab --tag-column 3 --json
    """
    from wincls.console import run_evaluation

    columns: dict[str, Any] = {"word": word_column, "tag": tag_column, "delimiter": delimiter}
    columns |= {"comment": comment, "encoding": encoding}
    click.echo(run_evaluation(model, file, columns, lenient, errors, as_json), nl=False)


_INPUT = click.option(
    "--input",
    "-i",
    "input_format",
    type=click.Choice(["text", "conll"]),
    default="text",
    show_default=True,
    help="conll: the files are tokenised already, a word a line.",
)
_WRAPPED = click.option(
    "--wrapped", is_flag=True, help="Sentences go on over line ends; only an empty line ends them."
)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--output", "-o", required=True, type=click.Path(), help="File for the vectors.")
@click.option(
    "--dimension",
    "-d",
    type=click.IntRange(2, 1000),
    default=100,
    show_default=True,
    help="Length of the vectors.",
)
@_INPUT
@_WRAPPED
@_column_options
def pretrain(
    files: tuple[str, ...],
    output: str,
    dimension: int,
    input_format: str,
    wrapped: bool,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
) -> None:
    """Learn word vectors from text without labels.

    For languages and subjects of which there are no vectors to download: what is known of words
    that the annotated sentences lack is known from here. The more text, the better, and the nearer
    to the text to be tagged. Name the file that is written as features.word.vectors, and train.

    \b
    Examples:
      wincls pretrain --output vectors.txt reports/*.txt
      wincls pretrain -o vectors.txt --input conll --delimiter tab --word-column 2 train.tsv
    """
    from wincls.console import run_pretraining

    columns: dict[str, Any] = {"word": word_column, "delimiter": delimiter}
    columns |= {"comment": comment, "encoding": encoding}
    run_pretraining(files, output, dimension, input_format, wrapped, columns)


@main.command()
@click.argument("model", type=click.Path())
@click.argument("files", nargs=-1, type=click.Path())
@click.option(
    "--format",
    "-f",
    "output_format",
    type=click.Choice(["text", "conll", "jsonl"]),
    default="text",
    show_default=True,
    help="text: names in [TYPE brackets]; conll: a word and its tag a line; jsonl: a "
    "sentence a line with the places of its entities.",
)
@_INPUT
@_WRAPPED
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    callback=_a_number,
    default=0.0,
    help="Leave out entities less probable.",
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1), default=1, show_default=True, help="Processes to tag with."
)
@click.option("--output", "-o", type=click.Path(), help="File to write to; standard output if not given.")
@_column_options
def predict(
    model: str,
    files: tuple[str, ...],
    output_format: str,
    input_format: str,
    wrapped: bool,
    min_score: float,
    jobs: int,
    output: str | None,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
) -> None:
    """Find names in text files, or in standard input (no file, or -).

    \b
    Examples:
      wincls predict runs/quickstart/model.npz data/sample.txt
      echo "Ada Lovelace lived in London." | wincls predict runs/quickstart/model.npz
      wincls predict runs/quickstart/model.npz --format jsonl -o out.jsonl *.txt
      wincls predict runs/quickstart/model.npz --input conll --format conll data/test.conll
    """
    from wincls.console import run_prediction

    columns: dict[str, Any] = {"word": word_column, "delimiter": delimiter}
    columns |= {"comment": comment, "encoding": encoding}
    run_prediction(
        model, files or ("-",), output_format, input_format, wrapped, min_score, jobs, output, columns
    )


@main.command()
@click.option(
    "--config", "-c", "config_path", type=click.Path(), help="YAML file; all defaults if not given."
)
@_SET
@click.option(
    "--points",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Numbers checked in each parameter.",
)
def gradcheck(config_path: str | None, settings: tuple[str, ...], points: int) -> None:
    """Compare the gradients of a configuration's network with centred differences.

    The network, loss and penalties are the configuration's; tables and windows are small and random,
    so that no corpus and no word vectors are read. Exit status 1 if a gradient is wrong.

    \b
    Examples:
      wincls gradcheck
      wincls gradcheck --config configs/lecture.yaml
      wincls gradcheck --set model.activation=softsign --set model.hidden=[20,10]
    """
    from wincls.console import run_gradcheck

    if not run_gradcheck(config_path, settings, points):
        raise click.exceptions.Exit(1)
