"""``wincls train``"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from tqdm import tqdm

from wincls.cli.options import CONFIG, SET, is_same_file
from wincls.config import Config, load_config
from wincls.errors import WinclsError
from wincls.network.losses import MaxMargin
from wincls.reports.tables import counted, evaluation_text, percent
from wincls.training.loop import EpochReport
from wincls.training.prepare import Prepared
from wincls.training.run import Run
from wincls.training.warnings import data_warnings


@click.command("train")
@CONFIG
@SET
@click.option(
    "--output",
    "-o",
    type=click.Path(),
    help="Folder for the results; runs/NAME for configs/NAME.yaml if not given.",
)
def command(config_path: str, settings: tuple[str, ...], output: str | None) -> None:
    """Train a tagger and keep its best epoch.

    Writes model.npz (all that tagging needs), config.yaml (the whole configuration), history.jsonl (a
    line for each epoch) and scores.json to the output folder. Ctrl-C ends the training early and keeps
    the best epoch so far.

    \b
    Examples:
      wincls train --config configs/quickstart.yaml
      wincls train -c configs/quickstart.yaml -o runs/tanh -s model.activation=tanh
      wincls train -c configs/quickstart.yaml -s loss.name=cross_entropy -s training.seed=7
    """
    config = load_config(config_path, settings)
    train_and_print(config, Path(output or Path("runs") / Path(config_path).stem))


def train_and_print(config: Config, folder: Path) -> None:
    """Train, print the progress and the figures, and write the files to `folder`."""
    with Run(config, folder) as run:
        try:
            click.echo(_summary(config, run.prepared, [member.steps for member in run.training.members]))
            for note in _notes(config, run.prepared, folder):
                click.echo(f"Note: {note}\n")
            _run_epochs(run)
            run.finish()
        except BrokenPipeError:
            raise WinclsError("the output is no longer read; stopped, and no model written") from None
    best = run.training.best
    assert best is not None
    click.echo(f"\nBest epoch {best.epoch}, after {run.seconds:.1f} s of training.")
    corpora = run.prepared.corpora
    if not best.smoothed_f1 and corpora.dev.labels:
        click.echo(
            "No epoch found any correct entity of the development data; try more epochs or a higher "
            "schedule.rate."
        )
    click.echo(f"\nDevelopment data, {corpora.dev.path}, cross-fitted:\n{evaluation_text(run.dev)}")
    if run.test is not None and corpora.test is not None:
        click.echo(f"Test data, {corpora.test.path}:\n{evaluation_text(run.test)}")
    model = shlex.quote(str(folder / "model.npz"))
    click.echo(f"Wrote {folder}/model.npz, config.yaml, history.jsonl and scores.json. Now try:")
    click.echo(f"  wincls predict {model} {_text_to_try(config.data.train)}")


def _notes(config: Config, prepared: Prepared, folder: Path) -> Iterator[str]:
    for one, other in (("dev", "train"), ("test", "train"), ("test", "dev")):
        first, second = getattr(config.data, one), getattr(config.data, other)
        if first and second and is_same_file(first, second):
            yield f"data.{one} is the same file as data.{other}; its figures will mean nothing."
    yield from data_warnings(prepared.corpora)
    if (folder / "model.npz").exists():
        yield f"{folder}/model.npz will be replaced when training is over."


def _summary(config: Config, prepared: Prepared, steps: Sequence[int]) -> str:
    """What is trained on what; steps: in an epoch, of each member."""
    lines = []
    for name, corpus in prepared.corpora._asdict().items():
        if corpus is not None:
            size = f"{counted(len(corpus.sentences), 'sentence')}, {counted(corpus.tokens, 'token')}"
            lines.append(f"{name:5}  {corpus.path}: {size}, {corpus.scheme.name}")
    entities = prepared.corpora.train.labels
    counts = ", ".join(f"{label} {entities[label]:,}" for label in prepared.tag_set.labels)
    lines.append(f"types  {counts} (entities of train); {prepared.tag_set.scheme.name} labels")
    scorer, members = prepared.ensemble[0], len(prepared.ensemble)
    parameters = sum(array.size for array in scorer.parameters.values())
    width = scorer.parameters["W1"].shape[1] if scorer.hidden else len(scorer.parameters["U"])
    layers = " -> ".join(map(str, [width, *scorer.hidden, scorer.labels]))
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
    lines.append(f"steps  {_steps_of_epoch(config, prepared, steps)}")
    return "\n".join(lines) + "\n"


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
    with tqdm(unit=" windows", unit_scale=True, leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(windows: int, loss: float) -> None:
            bar.update(windows)
            bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)

        def scoring(share: float) -> None:
            bar.set_description(f"epoch {epoch}/{total}, scoring dev {share:.0%}")

        epoch = 1
        bar.set_description(f"epoch 1/{total}")
        try:
            for report in run.epochs(progress, scoring):
                bar.write(_epoch_line(report, total), file=sys.stdout)
                sys.stdout.flush()
                bar.reset(total=report.windows)
                epoch = report.epoch + 1
                bar.set_description(f"epoch {epoch}/{total}")
        except KeyboardInterrupt:
            if run.training.best is None:
                raise WinclsError("stopped in the first epoch; there is no model yet to keep") from None
            bar.write("Stopped; keeping the best epoch so far.", file=sys.stdout)


def _epoch_line(report: EpochReport, total: int) -> str:
    dev = report.development
    return (
        f"epoch {report.epoch:>{len(str(total))}}/{total}  loss {report.loss:.4f}  "
        f"violations {report.violations:6.2%}  dev P {percent(dev.precision):>5} "
        f"R {percent(dev.recall):>5} F1 {percent(dev.f1):>5}  "
        f"{report.seconds + report.development_seconds:.1f} s  "
        f"{report.windows / report.seconds:,.0f} windows/s{'  best' * report.best}"
    )


def _text_to_try(train: str) -> str:
    sample = Path(train).parent / "sample.txt"  # as in the corpus that comes with wincls
    return shlex.quote(str(sample)) if sample.exists() else "YOUR_TEXT.txt"
