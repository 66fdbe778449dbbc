"""``wincls crossval``"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from tqdm import tqdm

from wincls.analysis.crossval import Fold, Plan, Results, gather, make_plan, run_fold
from wincls.cli.options import SET
from wincls.cli.streams import say_report
from wincls.cli.verbosity import inform, shows_bars
from wincls.config import load_config
from wincls.corpus.schemes import SCHEMES
from wincls.errors import WinclsError
from wincls.evaluation.learning_curve import MOST_FOLDS, expected_gain, sensible_step
from wincls.files import output_folder, replacing_together
from wincls.processes import stop_signals
from wincls.reports.crossval import (
    crossval_record,
    curve_text,
    folds_text,
    predictions_file,
    suspects_file,
    suspects_text,
)
from wincls.reports.tables import counted
from wincls.visible import visible

FILES = ("predictions.conll", "suspects.tsv", "crossval.json")
"""The files of an output folder."""


def parse_shares(ctx: click.Context, parameter: click.Parameter, given: str | None) -> list[float]:
    """Callback of --curve: percentages such as "25,50,75,100" as shares in ascending order; 1 is added."""
    if given is None:
        return [1.0]
    try:
        shares = sorted({*(float(each) / 100 for each in given.split(",")), 1.0})
    except ValueError:
        shares = []
    if len(shares) < 2 or not all(0 < each <= 1 for each in shares):
        raise click.BadParameter(f"found {given!r}; give percentages such as 25,50,75,100", ctx, parameter)
    return shares


@click.command("crossval")
@click.argument("config_path", metavar="CONFIG", type=click.Path())
@SET
@click.option(
    "--folds", type=click.IntRange(2, MOST_FOLDS), default=5, show_default=True, help="Parts of the data."
)
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="Trainings for each fold."
)
@click.option(
    "--curve",
    "shares",
    callback=parse_shares,
    metavar="PERCENTAGES",
    help="Also train on these parts of the data, such as 25,50,75,100: the learning curve.",
)
@click.option(
    "--suspects", type=click.IntRange(0), default=20, show_default=True, help="Suspected errors to show."
)
@click.option("--output", "-o", type=click.Path(), help=f"Folder for {', '.join(FILES)}.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with everything.")
def command(
    config_path: str,
    settings: tuple[str, ...],
    folds: int,
    seeds: int,
    shares: list[float],
    suspects: int,
    output: str | None,
    as_json: bool,
) -> None:
    """Cross-validation: what F1 to expect, and which annotations look wrong.

    Cuts data.train and data.dev together into folds, and tags each fold with models that are trained on
    the others. A part of these, data.held_out, is their development data. data.test is not read.
    Documents, where the files have them, and repeated sentences are not divided between folds.

    Prints F1 by fold, the figures of all sentences together, and suspected annotation errors: places
    where models that were not trained on them are sure of something else. --output also writes the
    tagged sentences, which wincls eval --predictions reads, and all suspected errors for a spreadsheet.
    Ctrl-C ends it early, with the results of the folds that are finished.

    \b
    Examples:
      wincls crossval configs/quickstart.yaml
      wincls crossval configs/quickstart.yaml --seeds 3 -o runs/crossval
      wincls crossval configs/quickstart.yaml --curve 25,50,75,100
    """
    plan = make_plan(load_config(config_path, settings), folds, seeds, shares)
    if not as_json:
        inform(_summary(plan))
    results = gather(plan, run_folds(plan, shows_bars()))
    gain, have = None, len(plan.corpus.sentences)
    if results.curve is not None:
        gain = expected_gain(results.curve, have, sensible_step(have))
    record = crossval_record(
        results.folds, results.evaluation, results.suspects, results.corpus, results.curve, gain
    )
    if as_json:
        say_report(json.dumps(record, indent=2, ensure_ascii=False) + "\n", True)
    else:
        parts = [folds_text(results.folds, results.evaluation)]
        if results.curve is not None and gain is not None:
            parts.append(curve_text(results.curve, gain))
        parts.append(suspects_text(results.suspects, results.corpus, suspects))
        say_report("\n".join(filter(None, parts)), False)
    if output is not None:
        write_results(results, record, output)
        if not as_json:
            inform(f"\nWrote {visible(output)}/{', '.join(FILES[:-1])} and {FILES[-1]}.")


def run_folds(plan: Plan, shows_progress: bool) -> list[Fold]:
    """Run all folds under a progress bar, or those that are finished when the user stops.

    Raises WinclsError if none is finished.
    """
    done: list[Fold] = []
    epochs = plan.config.training.epochs * plan.trainings // plan.folds  # of a fold, at most
    with (
        stop_signals(),
        tqdm(total=plan.folds * epochs, unit=" epochs", leave=False, disable=not shows_progress) as bar,
    ):
        try:
            for fold in range(plan.folds):
                bar.set_description(f"fold {fold + 1}/{plan.folds}")
                done.append(run_fold(plan, fold, bar.update))
                bar.update((fold + 1) * epochs - bar.n)
        except KeyboardInterrupt:
            if not done:
                raise WinclsError("stopped in the first fold; there are no results yet") from None
            bar.write(f"Stopped after {len(done)} of {plan.folds} folds.", file=sys.stderr)
    return done


def write_results(results: Results, record: dict[str, object], folder: str) -> None:
    """Write the files of :data:`FILES`, all or none."""
    scheme = results.corpus.scheme
    written = scheme if scheme.name in SCHEMES else SCHEMES["BIO"]
    texts = (
        predictions_file(results.corpus, results.entities, written),
        suspects_file(results.suspects, results.corpus),
        json.dumps(record, indent=2, ensure_ascii=False) + "\n",
    )
    with (
        output_folder(folder) as path,
        replacing_together([Path(path) / name for name in FILES]) as files,
    ):
        for file, text in zip(files, texts, strict=True):
            file.write(text.encode())


def _summary(plan: Plan) -> str:
    corpus = plan.corpus
    size = f"{counted(len(corpus.sentences), 'sentence')}, {counted(corpus.tokens, 'token')}"
    lines = [f"data   {corpus.path}: {size}, {corpus.format}, {corpus.scheme.name}"]
    if corpus.notes is not None and corpus.notes.notes:
        lines.append(f"Note: {corpus.notes.line()}")
    parts = [f"{plan.folds} folds"]
    parts += [f"{plan.seeds} seeds"] * (plan.seeds > 1)
    parts += [f"{len(plan.shares)} sizes"] * (len(plan.shares) > 1)
    lines.append(f"plan   {counted(plan.trainings, 'training')}: {' x '.join(parts)}")
    return "\n".join(lines) + "\n"
