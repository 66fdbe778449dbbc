"""``wincls predict --dask``: the options, and the one plain function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, BinaryIO, NamedTuple

import click
from tqdm import tqdm

from wincls.cli.inputs import STANDARD_INPUT, find_inputs
from wincls.cli.options import data_settings
from wincls.cli.streams import say, warn
from wincls.cli.trade_off import TradeOff
from wincls.cli.verbosity import note, shows_bars
from wincls.errors import ConfigError, DataError, WinclsError
from wincls.extras import missing_extra
from wincls.prediction import Output
from wincls.reports.tables import counted
from wincls.tagger.model_file import load_model

_OPTIONS = [
    click.option(
        "--dask",
        "address",
        is_flag=False,
        flag_value="local",
        metavar="[ADDRESS]",
        help="Tag on the Dask cluster whose scheduler is at ADDRESS, such as tcp://host:8786. Without "
        "ADDRESS (last on the command line), on all cores of this machine. Needs the extra dask.",
    ),
    click.option(
        "--block-size",
        type=click.FloatRange(0.001, 1000),
        default=16,
        show_default=True,
        metavar="MB",
        help="With --dask: how much text is tagged at once, and goes to one file of the output.",
    ),
    click.option("--resume", is_flag=True, help="With --dask: go on with a job that was stopped."),
]


def cluster_options(command: Any) -> Any:
    """The options --dask, --block-size and --resume."""
    for each in reversed(_OPTIONS):
        command = each(command)
    return command


class ClusterJob(NamedTuple):
    """What predict --dask is asked for; see the command's help. block_size: in bytes."""

    address: str
    block_size: int
    resume: bool
    wrapped: bool
    output_dir: str
    trade_off: TradeOff


def check_cluster_options(
    address: str | None, given: Sequence[str], output_dir: str | None, files: Sequence[str]
) -> None:
    """Raise ConfigError for options that do not go together.

    given: options on the command line, such as "--jobs".
    """
    if address is None:
        for name in ("--block-size", "--resume"):
            if name in given:
                raise ConfigError(f"{name}: only with --dask")
        return
    for name in ("--jobs", "--output", "--color"):
        if name in given:
            raise ConfigError(f"{name}: not with --dask; the output goes to files in --output-dir")
    if "--input" in given:
        raise ConfigError("--input: --dask reads plain text only; leave it out")
    if output_dir is None:
        raise ConfigError("--dask: give --output-dir, the folder for the output")
    if not files or STANDARD_INPUT in files:
        raise ConfigError("--dask: cannot read standard input; give files, folders or addresses")


def predict_on_cluster(model_path: str, files: Sequence[str], output: Output, job: ClusterJob) -> bool:
    """Tag files on a Dask cluster; name bad files and blocks on standard error.

    Returns whether all were good.
    """
    from wincls.distributed.job import Summary, cluster_client, open_manifest, run_job
    from wincls.distributed.storage import absolute
    from wincls.distributed.worker import Work

    if problem := missing_extra("dask"):
        raise WinclsError(f"--dask: {problem}")
    model = load_model(model_path)
    data_settings(model_path, model.config)
    output = output._replace(min_scores=job.trade_off.apply(model.tagger))
    folder = absolute(job.output_dir)
    sources, bad = _find_sources(files, folder)
    for message in bad:
        warn(f"Error: {message}")
    if not sources:
        return False
    all_good = not bad
    summary = Summary()
    work = Work(model.tagger, output, folder, job.wrapped)
    total = sum(source.size for source in sources)
    manifest = open_manifest(work, model.digest, sources, job.block_size, job.resume)
    with (
        cluster_client(job.address) as client,
        tqdm(total=total, unit="B", unit_scale=True, disable=not shows_bars(), dynamic_ncols=True) as bar,
        closing(run_job(client, work, sources, job.block_size, manifest, summary)) as records,
    ):
        for record, task in records:
            bar.update(task.size)
            with bar.external_write_mode():
                for each in record.notes:
                    note(each)
                for problem in _problems(record, task, sources):
                    warn(f"Error: {problem}")
    say(
        f"{counted(summary.parts, 'part')} in {job.output_dir}: {summary.bytes / 1e6:,.1f} MB, "
        f"{counted(summary.sentences, 'sentence')}, {counted(summary.tokens, 'token')}, "
        f"{counted(summary.entities, 'entity')}"
        + (f"; from before: {counted(summary.kept, 'part')}" if summary.kept else "")
        + (f"; left out: {counted(summary.bad_blocks, 'block')}" if summary.bad_blocks else "")
        + (f"; missing: {counted(summary.failed_parts, 'part')}" if summary.failed_parts else "")
    )
    return all_good and not summary.bad_blocks and not summary.failed_parts


def _problems(record: Any, task: Any, sources: Sequence[Any]) -> Iterator[str]:
    """What is left out or missing of a part."""
    for block in record.blocks:
        if block.problem:
            path = sources[block.file].path
            yield f"{path}: {block.problem}; bytes {block.begin:,} to {block.end:,} are left out"
    if record.failure:
        first = task.ranges[0]
        yield (
            f"part {record.number} ({first.path}, from byte {first.begin:,}): {record.failure}; repeat the "
            "command with --resume"
        )


def _find_sources(files: Sequence[str], folder: str) -> tuple[list[Any], list[str]]:
    """The files to read, each once, and a message for each argument that cannot be read."""
    from wincls.distributed.storage import is_url, local_source, url_sources

    def found(argument: str) -> Iterator[Any]:
        if is_url(argument):
            yield from url_sources(argument, folder)
            return
        inputs, its_bad = find_inputs([argument], _look_at_nothing, folder)
        bad.extend(its_bad.values())
        for each in inputs:
            yield local_source(each.path)

    bad: list[str] = []
    sources: dict[str, Any] = {}
    for argument in files:
        try:
            for source in found(argument):
                sources.setdefault(source.path, source)
        except DataError as error:
            bad.append(str(error))
    return list(sources.values()), bad


def _look_at_nothing(file: BinaryIO, name: str) -> None:
    """Workers read the files."""
