"""The job: tasks are sent to the workers of a Dask cluster, a few at a time, and their records come back."""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from wincls.distributed.blocks import Task, tasks_of
from wincls.distributed.manifest import Manifest
from wincls.distributed.storage import Source, file_sizes, make_folder, remove_unfinished
from wincls.distributed.worker import Record, Work, versions
from wincls.errors import ConfigError, WinclsError

LOCAL = "local"
_TRIES = 3  # of a task that fails; Dask itself repeats the tasks of a lost worker three times before that
_PATIENCE = 30  # seconds to wait for a first worker


@dataclass
class Summary:
    """Totals of a job.

    parts: files written, kept: of them, those that were there from before.
    bytes: of input. out_bytes: of output.
    bad_blocks: blocks without output because they are not UTF-8. failed_parts: parts that are missing.
    """

    parts: int = 0
    kept: int = 0
    bytes: int = 0
    out_bytes: int = 0
    sentences: int = 0
    tokens: int = 0
    entities: int = 0
    bad_blocks: int = 0
    failed_parts: int = 0

    def add(self, record: Record) -> None:
        """Count the record of a part."""
        if record.failure:
            self.failed_parts += 1
            return
        self.parts += 1
        self.kept += record.kept
        self.out_bytes += record.size
        for block in record.blocks:
            self.bytes += block.end - block.begin
            self.sentences += block.sentences
            self.tokens += block.tokens
            self.entities += block.entities
            self.bad_blocks += bool(block.problem)


@contextmanager
def cluster_client(address: str) -> Iterator[Any]:
    """A client of the cluster at an address, or of a local one with a worker for each core.

    Raises ConfigError for what is no address, WinclsError if nobody answers there, or has other versions.
    """
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is raised here
    if address == LOCAL:
        try:
            cluster = local_cluster()
        except (OSError, RuntimeError) as error:
            raise WinclsError(f"--dask: the workers did not start ({error}); try again") from None
        with cluster, Client(cluster) as client:
            yield client
        return
    if ":" not in address:
        raise ConfigError(
            f"--dask: found {address!r}; give an address such as tcp://host:8786, or write --dask {LOCAL}"
        )
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except ValueError as error:
        raise ConfigError(f"--dask: {address} is no address ({error}); write tcp://host:8786") from None
    except OSError:
        raise WinclsError(
            f"--dask: no scheduler answers at {address}; start one by dask scheduler, or check the address"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise WinclsError(
                f"--dask: the cluster at {address} has no worker; start some by "
                f"dask worker {address} --nthreads 1"
            ) from None
        _check_versions(client, address)
        yield client


def local_cluster(workers: int | None = None) -> Any:
    """A cluster on this machine of so many workers with one thread each; None for one for each core."""
    import dask
    from distributed import LocalCluster

    # Without Dask's MALLOC_TRIM_THRESHOLD_, which makes arrays of numpy come from the system each time.
    environment = dict.fromkeys(["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"], 1)
    with dask.config.set({"distributed.nanny.pre-spawn-environ": environment}):
        return LocalCluster(
            host="127.0.0.1",
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        )


def _check_versions(client: Any, address: str) -> None:
    try:
        found = client.run(versions)
    except ImportError:
        raise WinclsError(f"--dask: the workers at {address} do not have wincls; install it there") from None
    for worker, theirs in found.items():
        if theirs != versions():
            raise WinclsError(
                f"--dask: the worker {worker} has wincls {theirs[0]} and numpy {theirs[1]}, this machine "
                f"{' and '.join(versions())}; install the same"
            )


def describe_job(work: Work, model_digest: str, block_size: int) -> dict[str, Any]:
    """What makes a job another job, for the manifest."""
    output = work.output
    wincls, numpy = versions()
    options = {
        "format": output.format,
        "scheme": output.scheme,
        "min_scores": output.min_scores,
        "recall_bias": work.tagger.recall_bias,
        "wrapped": work.wrapped,
        "block_size": block_size,
    }
    return {
        "wincls": wincls,
        "numpy": numpy,
        "python": platform.python_version(),
        "model": {"digest": model_digest},
        "options": options,
    }


def open_manifest(
    work: Work, model_digest: str, sources: Sequence[Source], block_size: int, resume: bool
) -> Manifest:
    """The manifest in the output folder, new or of the same job.

    model_digest: of the model file.
    block_size: in bytes.
    resume: whether to go on with the job whose manifest is there.

    Raises ConfigError as Manifest.open does; DataError; WinclsError if nothing can be written.
    """
    try:
        make_folder(work.folder)
        manifest = Manifest(work.folder)
        manifest.open(describe_job(work, model_digest, block_size), sources, resume)
    except OSError as error:
        raise WinclsError(f"{work.folder}: no folder to write to ({error.strerror or error})") from None
    return manifest


def run_job(
    client: Any,
    work: Work,
    sources: Sequence[Source],
    block_size: int,
    manifest: Manifest,
    summary: Summary,
) -> Generator[tuple[Record, Task]]:
    """Tag files on a cluster; yields the record of each task when it is finished, in no particular order.

    The tagger is sent once to each process. A task that was on a lost worker is run again.

    manifest: of :func:`open_manifest`, with the same arguments.
    summary: each record is added before it is yielded.

    Raises WinclsError if the scheduler is lost, or if a part is not there in the end.
    """
    from wincls.distributed.plugin import KeepTagger

    name = f"wincls-{uuid4().hex}"
    written: dict[str, int] = {}
    try:
        client.register_plugin(KeepTagger(work, name))
        for record, task in _run_tasks(client, tasks_of(sources, block_size), name, manifest.done):
            summary.add(record)
            if not record.failure:
                written[work.part(record.number)] = record.size
                if not record.kept:
                    manifest.add(record)
            yield record, task
        _check_written(work.folder, written)
        if not summary.failed_parts:
            manifest.close(asdict(summary))
    except (OSError, RuntimeError) as error:  # of Dask, or of the manifest
        reason = " ".join(str(error).split()) or type(error).__name__
        raise WinclsError(f"the job has stopped ({reason}); repeat the command with --resume") from None
    finally:
        manifest.flush()
        with suppress(Exception):  # a lost scheduler
            client.unregister_worker_plugin(name)
        for folder in (work.folder, manifest.folder):
            remove_unfinished(folder)


def _run_tasks(
    client: Any, tasks: Iterator[Task], job: str, done: Mapping[int, Record]
) -> Iterator[tuple[Record, Task]]:
    """The records of the tasks; only a few tasks for each thread are at the scheduler at once."""
    from distributed import as_completed

    from wincls.distributed.plugin import run_task

    waiting: dict[str, tuple[Task, int]] = {}
    most = _in_flight(client)

    def submit(task: Task, tries: int = 1) -> Any:
        key = f"{job}-{task.number}-{tries}"
        waiting[key] = task, tries
        return client.submit(run_task, task, job, done.get(task.number), key=key, pure=False)

    completed = as_completed([submit(task) for task in islice(tasks, most())], loop=client.loop)
    for future in completed:
        task, tries = waiting.pop(future.key)
        try:
            record = future.result()  # waits if a worker died with the result, until another one has it
        except CancelledError:
            raise WinclsError(
                "the Dask scheduler is lost; start it again and repeat the command with --resume"
            ) from None
        except Exception as error:  # whatever happened in the worker
            record = Record(task.number, failure=_failure(error))
        if record.failure and tries < _TRIES:
            completed.add(submit(task, tries + 1))
            continue
        future.release()
        for new in islice(tasks, max(most() - len(waiting), 0)):
            completed.add(submit(new))
        yield record, task


def _in_flight(client: Any) -> Callable[[], int]:
    """How many tasks may be at the scheduler: a few for each thread of the cluster, which may grow."""
    asked, threads = 0.0, 1

    def most() -> int:
        nonlocal asked, threads
        if time.monotonic() - asked > 10 or not asked:
            threads = max(threads, sum(client.nthreads().values()))
            asked = time.monotonic()
        return 4 * threads

    return most


def _failure(error: Exception) -> str:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return "the workers that tried it have died (out of memory?)"
    return f"{type(error).__name__} {' '.join(str(error).split())}"


def _check_written(folder: str, written: Mapping[str, int]) -> None:
    """Raise WinclsError if a part that was written is not there, seen from here."""
    there = file_sizes(folder)
    for name, size in written.items():
        if there.get(name) != size:
            what = f"has {there[name]:,} bytes in place of {size:,}" if name in there else "is not there"
            raise WinclsError(
                f"{folder}/{name}: was written by a worker, but {what}; --output-dir must be a place "
                "that all machines share"
            )
