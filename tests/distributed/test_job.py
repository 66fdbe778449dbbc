"""The job with a cluster: few tasks at the scheduler, and nothing lost when a worker dies."""

import json
import logging
import os
import signal
from pathlib import Path

import pytest

from wincls.distributed import job, worker
from wincls.distributed.blocks import tasks_of
from wincls.distributed.storage import local_source
from wincls.distributed.worker import Work
from wincls.errors import WinclsError
from wincls.prediction import Output
from wincls.tagger.model_file import load_tagger

distributed = pytest.importorskip("distributed", reason="Dask is not installed")

LINE = "Ada met Bob Smith in Paris.\n"


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def start(client, model, write):
    """Start a job of 40 blocks of a line."""
    source = local_source(str(write(LINE * 40)))
    work = Work(load_tagger(model), Output("text"), str(Path("out").absolute()), False)
    manifest = job.open_manifest(work, "digest", [source], len(LINE), False)
    return lambda: job.run_job(client, work, [source], len(LINE), manifest, job.Summary())


def parts():
    return [path.read_text() for path in sorted(Path("out").glob("part-*"))]


def test_only_four_tasks_for_each_thread_are_at_the_scheduler(client, start, monkeypatch):
    submitted, most = [0], [0]
    submit = client.submit
    yielded = 0

    def counting(*arguments, **options):
        submitted[0] += 1
        most[0] = max(most[0], submitted[0] - yielded)
        return submit(*arguments, **options)

    monkeypatch.setattr(client, "submit", counting)
    for _ in start():
        yielded += 1
    assert submitted[0] == 40
    assert most[0] in (4, 5)  # the next is sent before a record is yielded


def test_a_job_survives_the_death_of_its_only_worker(client, start):
    records = start()
    finished = [next(records)[0]]
    (pid,) = client.run(os.getpid).values()
    os.kill(pid, signal.SIGKILL)
    finished += [record for record, _ in records]
    assert sorted(record.number for record in finished) == list(range(40))
    assert not any(record.failure for record in finished)
    assert parts() == ["[PER Ada] met [PER Bob Smith] in [LOC Paris].\n"] * 40


def test_records_are_kept_when_a_job_is_stopped(start):
    records = start()
    for _ in range(3):
        next(records)
    records.close()
    lines = [line for path in Path("out/manifest").glob("parts-*") for line in path.read_text().splitlines()]
    assert len({json.loads(line)["number"] for line in lines}) == 3
    assert not Path("out/manifest/summary.json").exists()


def test_an_error_of_the_cluster_is_one_line_that_names_resume(client, start, monkeypatch):
    def fail(*arguments, **options):
        raise OSError("Timed out\nduring handshake")

    monkeypatch.setattr(client, "submit", fail)
    with pytest.raises(WinclsError, match=r"^the job has stopped \(Timed out during handshake\); repeat the"):
        list(start())


def test_a_part_that_is_not_there_in_the_end_is_an_error(start):
    records = start()
    record, _ = next(records)
    Path(f"out/part-{record.number:06}.txt").unlink()
    with pytest.raises(WinclsError, match="was written by a worker, but is not there"):
        list(records)


def test_the_result_of_a_task_does_not_depend_on_the_tasks_before(model, write, tmp_path, monkeypatch):
    caches = []
    tag_files = worker.tag_files

    def recording(sources, tagger):
        caches.append(tagger)
        return tag_files(sources, tagger)

    monkeypatch.setattr(worker, "tag_files", recording)
    work = Work(load_tagger(model), Output("text"), str(tmp_path), False)
    source = local_source(str(write(LINE)))
    for task in (*tasks_of([source], 100), *tasks_of([source], 100)):
        worker.tag_task(task, work)
    first, second = caches
    assert first._cache is not second._cache
    assert first.ensemble[0] is second.ensemble[0]  # nothing large is copied
