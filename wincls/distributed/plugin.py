"""What runs in a worker of Dask: a process gets the tagger once, and then tasks. Imported only with Dask."""

from __future__ import annotations

from typing import Any

from distributed import WorkerPlugin, get_worker

from wincls import __version__
from wincls.distributed.blocks import Task
from wincls.distributed.worker import Record, Work, is_there, tag_task
from wincls.errors import WinclsError


class KeepTagger(WorkerPlugin):  # type: ignore[misc]
    """A plugin of Dask that each worker process gets once, also one that joins later.

    name: of the job.
    """

    def __init__(self, work: Work, name: str):
        self.name = name
        self.work = work
        self.version = __version__

    def setup(self, worker: Any) -> None:
        """Called by Dask. Raises WinclsError if the worker has another version of wincls."""
        if self.version != __version__:
            raise WinclsError(f"this worker has wincls {__version__}, the job {self.version}")


def run_task(task: Task, job: str, before: Record | None) -> Record:
    """Tag a task in a worker of Dask.

    job: the name of the plugin.
    before: the record of a part that may be there already. It is kept if it has this size and digest.
    """
    worker: Any = get_worker()
    work: Work = worker.plugins[job].work
    try:
        if before is not None and is_there(work, before):
            before.kept = True
            return before
        return tag_task(task, work)
    except (OSError, WinclsError) as error:
        reason = getattr(error, "strerror", None) or error
        return Record(task.number, failure=f"{reason}; on the worker {worker.address}")
