"""``wincls train``"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from textwrap import fill

import click
from tqdm import tqdm

from wincls.cli.options import CONFIG, SET
from wincls.cli.pages import write_training_page
from wincls.cli.streams import say
from wincls.cli.verbosity import detail, inform, is_quiet, shows_bars
from wincls.config import Config, dump_config, load_config
from wincls.corpus.paths import shared_file
from wincls.errors import TrainingError, WinclsError
from wincls.network.losses import MaxMargin
from wincls.processes import stop_signals
from wincls.reports.curve import curve_text
from wincls.reports.tables import counted, evaluation_text, percent
from wincls.reports.tokenizer import tokenizer_text
from wincls.training.checkpoint import Checkpoint
from wincls.training.loop import EpochReport
from wincls.training.outcome import outcome_advice, outcome_of
from wincls.training.prepare import Prepared
from wincls.training.run import REPORT, Run
from wincls.training.shift import shift_warnings
from wincls.training.warm_start import Taken
from wincls.training.warnings import data_warnings, tokenizer_warnings
from wincls.visible import visible


@click.command("train")
@CONFIG
@SET
@click.option(
    "--output",
    "-o",
    type=click.Path(),
    help="Folder for the results; runs/NAME for configs/NAME.yaml if not given.",
)
@click.option("--resume", is_flag=True, help="Go on with a training that was stopped, if there is one.")
@click.option("--keep-checkpoint", is_flag=True, help="Keep the checkpoint when the training is over.")
@click.option("--init", type=click.Path(), help="Start from this model, as far as it fits.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date to write into the model; none if not given, unless SOURCE_DATE_EPOCH is set.",
)
@click.option("--no-report", is_flag=True, help="Write no report.html.")
def command(
    config_path: str,
    settings: tuple[str, ...],
    output: str | None,
    resume: bool,
    keep_checkpoint: bool,
    init: str | None,
    date: datetime | None,
    no_report: bool,
) -> None:
    """Train a tagger and keep its best epoch.

    Writes model.npz (all that tagging needs), config.yaml (the whole configuration), history.jsonl (a
    line for each epoch), times.jsonl (how long each took) and scores.json (the final figures) to the
    output folder. Ctrl-C ends the training early and keeps the best epoch so far.

    It also writes report.html if the extra "report" is installed: a page with learning curves, scores
    of windows and entities, and all mistakes in the development data.

    After each epoch, a checkpoint in the output folder holds all that is needed to go on. --resume goes
    on from there, whatever has stopped the training, and ends with the same files as if it had never
    been stopped.

    \b
    Examples:
      wincls train --config configs/quickstart.yaml
      wincls train -c configs/quickstart.yaml -o runs/tanh -s model.activation=tanh
      wincls train -c configs/quickstart.yaml --init runs/quickstart/model.npz -o runs/again
      wincls train -c configs/quickstart.yaml -s loss.name=cross_entropy -s training.seed=7
      wincls train -c configs/quickstart.yaml --resume
    """
    config = load_config(config_path, settings)
    folder = Path(output or Path("runs") / Path(config_path).stem)
    day = None if date is None else date.strftime("%Y-%m-%d")
    train_and_print(Run(config, folder, resume, keep_checkpoint, init, day), folder, not no_report)


def train_and_print(begun: Run, folder: Path, report: bool = True) -> None:
    """Train, print the progress and the figures, and write the files to `folder`.

    report: whether report.html is one of them.
    """
    config = begun.config
    if begun.resume and is_complete(config, folder):
        inform(f"The training in {visible(str(folder))} is over; nothing is left to do.")
        return
    notes: list[str] = []

    def finish(run: Run) -> str | None:
        """Write the files, report.html last. Returns why that could not be written, or None."""
        run.finish()
        return write_training_page(run, notes) if report else None

    with stop_signals() as stops, begun as run:
        try:
            detail(f"output folder: {folder.resolve()}")
            inform(_summary(config, run.prepared, [member.steps for member in run.training.members]))
            if run.taken:
                inform(taken_text(str(run.init), run.taken))
            notes += _notes(config, run.prepared)
            for note in notes:
                inform(f"Note: {note}\n")
            if (folder / "model.npz").exists():
                inform(f"Note: {visible(str(folder))}/model.npz will be replaced when training is over.\n")
            if run.resumed:
                inform(f"Going on after epoch {run.resumed} of {config.training.epochs}.")
            _run_epochs(run)
            stops.hold()
            problem = finish(run)
        except BrokenPipeError:
            stops.hold()
            raise _saved(run, finish, "the output is no longer read; stopped") from None
        except TrainingError as error:
            stops.hold()
            raise _saved(run, finish, str(error)) from None
    best = run.training.best
    assert best is not None
    inform(f"\nBest epoch {best.epoch}, after {run.seconds:.1f} s of training.")
    corpora = run.prepared.corpora
    if sys.stdout.isatty():
        f1 = [record["development"]["f1"] for record in run.records]
        inform(curve_text(f1, best.epoch, sys.stdout.encoding), end="")
    for advice in outcome_advice(outcome_of(run)):
        inform(f"Note: {advice}")
    inform("")
    say(f"Development data, {corpora.dev.name}, cross-fitted:\n{evaluation_text(run.dev)}")
    if run.test is not None and corpora.test is not None:
        say(f"Test data, {corpora.test.name}:\n{evaluation_text(run.test)}")
    model = shlex.quote(str(folder / "model.npz"))
    if problem is not None:
        inform(f"No {REPORT}: {visible(problem)}")
    written = ["model.npz", "config.yaml", "history.jsonl", "scores.json"]
    written += [REPORT] * (report and problem is None)
    inform(f"Wrote {visible(str(folder))}/{', '.join(written[:-1])} and {written[-1]}. Now try:")
    inform(f"  wincls predict {visible(model)} {visible(_text_to_try(config.data.train))}")


def is_complete(config: Config, folder: Path) -> bool:
    """Whether a training with this configuration was completed in a folder and left no checkpoint."""
    try:
        same = (folder / "config.yaml").read_text(encoding="utf-8") == dump_config(config)
    except (OSError, UnicodeDecodeError):
        return False
    return same and (folder / "model.npz").exists() and not Checkpoint(folder).exists()


def _saved(run: Run, finish: Callable[[Run], object], reason: str) -> WinclsError:
    """Save the best epoch, if there is one, and say why the training has ended and what was saved."""
    best = run.training.best
    if best is None:
        return TrainingError(reason)
    finish(run)
    return TrainingError(f"{reason}; the model of epoch {best.epoch} was saved in {run.folder}")


def _notes(config: Config, prepared: Prepared) -> Iterator[str]:
    for one, other in (("dev", "train"), ("test", "train"), ("test", "dev")):
        first, second = getattr(config.data, one), getattr(config.data, other)
        if first and second and (path := shared_file(second, first)):
            is_same = (first, second) == (path, second)
            what = "is the same file as" if is_same else f"has {visible(path)} in common with"
            yield f"data.{one} {what} data.{other}; its figures will mean nothing."
    for corpus in filter(None, prepared.corpora):
        if corpus.notes is not None and corpus.notes.notes:
            yield visible(f"{corpus.path}: {corpus.notes.line()}")
    yield from data_warnings(prepared.corpora)
    yield from shift_warnings(prepared.corpora, config.features.word.vectors is not None)
    yield from tokenizer_warnings(prepared.corpora.train, prepared.agreement)


def _summary(config: Config, prepared: Prepared, steps: Sequence[int]) -> str:
    """What is trained on what; steps: in an epoch, of each member."""
    lines = []
    for name, corpus in prepared.corpora._asdict().items():
        if corpus is not None:
            size = f"{counted(len(corpus.sentences), 'sentence')}, {counted(corpus.tokens, 'token')}"
            lines.append(f"{name:5}  {corpus.name}: {size}, {corpus.format}, {corpus.scheme.name}")
    entities = prepared.corpora.train.labels
    counts = ", ".join(f"{label} {entities[label]:,}" for label in prepared.tag_set.labels)
    lines.append(f"types  {counts} (entities of train); {prepared.tag_set.scheme.name} labels")
    scorer, members = prepared.ensemble[0], len(prepared.ensemble)
    parameters = sum(array.size for array in scorer.parameters.values())
    width = scorer.parameters["W1"].shape[1] if scorer.hidden else len(scorer.parameters["U"])
    layers = " -> ".join(map(str, [width, *scorer.hidden, scorer.n_scores]))
    lines.append(f"model  ensemble of {members}, each" if members > 1 else "model ")
    lines[-1] += f" {layers}, {parameters:,} parameters with the tables"
    if prepared.folds.train_on_dev:
        lines[-1] += ";\n       each is also trained on dev, except for the fold that it scores"
    if prepared.coverage:
        words, tokens, entity_tokens = prepared.coverage
        lines.append(
            f"words  vectors for {tokens:.1%} of the training tokens, {entity_tokens:.1%} of those in "
            f"entities, {words:.1%} of the distinct words"
        )
    lines.append(f"tokenizer  {tokenizer_text(prepared.tokenizer, prepared.agreement)}")
    lines.append(f"steps  {_steps_of_epoch(config, prepared, steps)}")
    return "\n".join(lines) + "\n"


def taken_text(path: str, taken: Taken) -> str:
    """What training starts with."""
    rows = [f"{table} {known:,} of {total:,}" for table, (known, total) in taken.rows.items() if known]
    layers = [*taken.layers, *([f"U ({counted(len(taken.tags), 'tag')})"] * bool(taken.tags))]
    lines = [f"start  {path}"]
    lines.append(f"keys   {', '.join(rows) or 'none taken'}")
    lines.append(f"layers {', '.join(layers) or 'none taken'}")
    lines += [f"not taken: {name} ({reason})" for name, reason in taken.left.items()]
    return "\n".join(fill(line, 100, subsequent_indent=" " * 7) for line in lines) + "\n"


def _steps_of_epoch(config: Config, prepared: Prepared, steps: Sequence[int]) -> str:
    """Members may differ in their steps, since they may differ in what they are trained on."""
    low, high = min(steps), max(steps)
    size = config.training.batch_size
    if config.training.batches == "sentences":
        whole = int(prepared.training_part(0).stream.lengths.sum())
        windows = f"about {counted(min(size, whole), 'window')}"
    else:
        windows = counted(size, "true window" if isinstance(config.loss, MaxMargin) else "window")
    return f"{low:,}{f' to {high:,}' * (low < high)} an epoch, of {windows}"


def _run_epochs(run: Run) -> None:
    """Run the epochs under a progress bar and print a line for each."""
    total = run.config.training.epochs
    with tqdm(unit=" windows", unit_scale=True, leave=False, disable=not shows_bars()) as bar:

        def progress(windows: int, loss: float) -> None:
            bar.update(windows)
            bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)

        def scoring(share: float) -> None:
            bar.set_description(f"epoch {epoch}/{total}, scoring dev {share:.0%}")

        epoch = 1
        bar.set_description(f"epoch 1/{total}")
        try:
            for report in run.epochs(progress, scoring):
                if not is_quiet():
                    bar.write(_epoch_line(report, total), file=sys.stdout)
                    sys.stdout.flush()
                bar.reset(total=report.windows)
                epoch = report.epoch + 1
                bar.set_description(f"epoch {epoch}/{total}")
        except KeyboardInterrupt:
            if run.training.best is None:
                raise WinclsError("stopped in the first epoch; there is no model yet to keep") from None
            bar.write("Stopped; keeping the best epoch so far. --resume goes on from here.", file=sys.stdout)


def _epoch_line(report: EpochReport, total: int) -> str:
    dev = report.development
    return (
        f"epoch {report.epoch:>{len(str(total))}}/{total}  loss {report.loss:.4f}  "
        f"violations {report.violations:6.2%}  dev P {percent(dev.precision):>5} "
        f"R {percent(dev.recall):>5} F1 {percent(dev.f1):>5}  "
        f"{report.seconds + report.development_seconds:.1f} s  "
        f"{report.windows / report.seconds:,.0f} windows/s{'  best' * report.best}"
    )


def _text_to_try(train: str | Sequence[str]) -> str:
    first = train if isinstance(train, str) else train[0]
    sample = Path(first).parent / "sample.txt"  # as in the corpus that comes with wincls
    return shlex.quote(str(sample)) if sample.exists() else "YOUR_TEXT.txt"
