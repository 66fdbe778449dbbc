"""``wincls tune``"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from wincls.analysis.search_space import default_space, read_space, with_values
from wincls.analysis.tune import Search, Trial, importances, open_trials, search
from wincls.cli.options import SET
from wincls.cli.streams import say
from wincls.cli.verbosity import inform
from wincls.config import dump_config, load_config
from wincls.errors import ConfigError, WinclsError
from wincls.extras import missing_extra
from wincls.files import output_folder, replacing_together
from wincls.processes import stop_signals
from wincls.reports.tables import counted
from wincls.reports.tune import summary_text, trial_text, trials_file
from wincls.visible import visible

BEST, TRIALS, STUDY = "best.yaml", "trials.tsv", "study.log"


@click.command("tune")
@click.argument("config_path", metavar="CONFIG", type=click.Path())
@SET
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Start no trial after this time.")
@click.option("--trials", type=click.IntRange(1), help="Start no more than so many trials.")
@click.option("--space", "space_path", type=click.Path(), help="YAML file of the keys to vary.")
@click.option("--jobs", "-j", type=click.IntRange(1), default=1, show_default=True, help="Trials at a time.")
@click.option(
    "--output", "-o", type=click.Path(), help="Folder for the results; runs/NAME-tune if not given."
)
@click.option("--storage", help="URL of a database that several machines share, as Optuna writes it.")
@click.option("--study", default="wincls", show_default=True, help="Name of the study in the storage.")
def command(
    config_path: str,
    settings: tuple[str, ...],
    minutes: float | None,
    trials: int | None,
    space_path: str | None,
    jobs: int,
    output: str | None,
    storage: str | None,
    study: str,
) -> None:
    """Search for a better configuration. Needs the extra "tune".

    Trains with other values of some keys: the size of the window and of the hidden layer, dropout,
    learning rate and feature tables, or those of --space, a YAML file with a line for each key:

    \b
      window.size: {low: 1, high: 4}
      schedule.rate: {low: 0.0005, high: 0.01, log: true}
      model.hidden: [[100], [200], [400]]

    The first trial is the configuration as it is. Trials are compared by the cross-fitted F1 on the
    development data; data.test is not read. Writes best.yaml, which wincls train takes, trials.tsv and
    the study, with which the same command goes on. Ctrl-C ends the search.

    \b
    Examples:
      wincls tune configs/quickstart.yaml --minutes 10
      wincls tune configs/quickstart.yaml --trials 40 --jobs 4 --space space.yaml
    """
    if minutes is None and trials is None:
        raise ConfigError("--minutes or --trials: give one of them, such as --minutes 10")
    if problem := missing_extra("tune"):
        raise WinclsError(problem)
    config = load_config(config_path, settings)
    space = default_space(config) if space_path is None else read_space(space_path, config)
    folder = Path(output or Path("runs") / f"{Path(config_path).stem}-tune")
    seconds = math.inf if minutes is None else 60 * minutes
    with output_folder(folder):
        given = Search(config, space, storage or str(folder / STUDY), study, trials, seconds)
        run_search(given, folder, jobs)


def run_search(given: Search, folder: Path, jobs: int) -> None:
    """Run the trials, print a line for each and write the best configuration and the table."""
    before = open_trials(given)
    best = max((_f1(each) for each in before if each.state == "complete"), default=-1.0)
    if before:
        inform(f"Going on after {counted(len(before), 'trial')}.")
    with stop_signals() as stops:
        try:
            for trial in search(given, jobs):
                is_best = trial.state == "complete" and _f1(trial) > best
                best = max(best, _f1(trial)) if is_best else best
                inform(trial_text(trial, is_best))
        except KeyboardInterrupt:
            stops.hold()
            say("Stopped.")
        trials = open_trials(given)
        complete = [each for each in trials if each.state == "complete"]
        if not complete:
            reasons = [each.reason for each in trials if each.reason]
            raise WinclsError(f"no trial was completed{': ' + reasons[0] if reasons else ''}")
        winner = max(complete, key=_f1)
        write_results(given, trials, winner, folder)
        say(f"\n{summary_text(trials, winner, importances(given))}")
    path = visible(shlex.quote(str(folder / BEST)))
    inform(f"Wrote {visible(str(folder))}/{BEST} and {TRIALS}. Now try:\n  wincls train --config {path}")


def write_results(given: Search, trials: Sequence[Trial], best: Trial, folder: Path) -> None:
    """Write the best configuration and the table of trials, both or none."""
    config = dump_config(with_values(given.config, best.values))
    head = f"# Trial {best.number} of {len(trials)}: F1 {100 * _f1(best):.2f} on the development data.\n"
    with replacing_together([folder / BEST, folder / TRIALS]) as (file, table):
        file.write((head + config).encode())
        table.write(trials_file(trials, list(given.space)).encode())


def _f1(trial: Trial) -> float:
    return -1.0 if trial.f1 is None else trial.f1
