"""What `wincls predict --dask` costs: workers and their start, many blocks, many small files.

    python tests/benchmarks/cluster.py MODEL TEXT [--megabytes 4] [--rounds 3] [--tasks 5000] [--files 10000]
        [--only speed,memory,blocks,files]

TEXT is repeated until it has the size. Workers are pinned, each to a core of its own. The runs of a round
alternate; ratios are medians. On a busy machine, CPU seconds say more than seconds: they are those of the
workers (of `--jobs 2`: of all processes).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from wincls.distributed.job import Summary, local_cluster, open_manifest, run_job
from wincls.distributed.storage import local_source
from wincls.distributed.worker import Work
from wincls.prediction import Output
from wincls.tagger.model_file import load_model

FIELDS = ("seconds", "cpu")
FORMS = ("text", "jsonl")


class Run(NamedTuple):
    """A run: seconds, CPU seconds of the workers, and totals."""

    seconds: float
    cpu: float
    summary: Summary = Summary()


def pin(core: int) -> None:
    """Keep all threads of this process on a core."""
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def peak() -> float:
    """The largest memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def workers(count: int) -> Iterator[Any]:
    """A client of a cluster with so many workers, each on a core of its own."""
    from distributed import Client

    with local_cluster(count) as cluster, Client(cluster) as client:
        cores = sorted(os.sched_getaffinity(0))
        for core, worker in zip(cores, client.nthreads(), strict=False):
            client.run(pin, core, workers=[worker])
        yield client


def tag(client: Any, model: str, paths: list[Path], block_size: int, form: str = "jsonl") -> Run:
    loaded = load_model(model)
    with tempfile.TemporaryDirectory() as folder:
        work = Work(loaded.tagger, Output(form), folder, False)
        sources = [local_source(str(path)) for path in paths]
        manifest = open_manifest(work, loaded.digest, sources, block_size, False)
        summary = Summary()
        cpu_before = sum(client.run(time.process_time).values())
        began = time.perf_counter()
        for record, _ in run_job(client, work, sources, block_size, manifest, summary):
            assert not record.failure, record.failure
        seconds = time.perf_counter() - began
        return Run(seconds, sum(client.run(time.process_time).values()) - cpu_before, summary)


def tag_with_jobs(model: str, path: Path, jobs: int) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "wincls", "predict", model, str(path), "--format", "jsonl"]
        before = os.times()
        began = time.perf_counter()
        subprocess.run([*command, "-j", str(jobs), "-o", f"{folder}/out"], check=True, capture_output=True)
        seconds = time.perf_counter() - began
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return Run(seconds, cpu)


def speed(model: str, text: Path, rounds: int) -> None:
    """Two workers, one, and --jobs 2; a worker's start, memory, bytes and tokens."""
    block_size = text.stat().st_size // 4
    began = time.perf_counter()
    with workers(1) as one, workers(2) as two:
        print(f"start of three workers and two schedulers: {time.perf_counter() - began:.1f} s")
        runs: dict[str, list[Run]] = {"one worker": [], "two workers": [], "--jobs 2": []}
        written = {form: tag(one, model, [text], block_size, form).summary.out_bytes for form in FORMS}
        tag(two, model, [text], block_size)  # so that both have imported everything
        for _ in range(rounds):
            runs["one worker"].append(tag(one, model, [text], block_size))
            runs["two workers"].append(tag(two, model, [text], block_size))
            runs["--jobs 2"].append(tag_with_jobs(model, text, 2))
        total = runs["one worker"][0].summary
    for name, of_name in runs.items():
        seconds, cpu = (statistics.median(getattr(run, field) for run in of_name) for field in FIELDS)
        print(f"{name:12}{seconds:>8.1f} s{cpu:>8.1f} CPU s")
    for name in ("one worker", "--jobs 2"):
        print_ratios(f"{name} / two workers", runs[name], runs["two workers"])
    cpu = statistics.median(run.cpu for run in runs["one worker"])
    print(f"{total.tokens / cpu:,.0f} tokens and {total.bytes / cpu / 1e3:,.0f} kB per CPU second")
    sizes = ", ".join(f"{size / total.tokens:.2f} written as {form}" for form, size in written.items())
    print(f"per token: {total.bytes / total.tokens:.2f} bytes read, {sizes}")


def memory(model: str, text: Path, folder: Path) -> None:
    """The largest memory of a worker with a block of 16 MB."""
    once = text.read_bytes()
    path = folder / "large.txt"
    path.write_bytes(once * (17_000_000 // len(once)))
    with workers(1) as client:
        tag(client, model, [path], 16_000_000)
        print(f"largest memory of a worker with a block of 16 MB: {max(client.run(peak).values()):.0f} MiB")


def print_ratios(what: str, some: list[Run], others: list[Run]) -> None:
    """The median of the ratios of paired runs, with the smallest and the largest one."""
    for field in FIELDS:
        ratios = [getattr(a, field) / getattr(b, field) for a, b in zip(some, others, strict=True)]
        print(f"{what}, {field}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


START = """
import pickle, sys, time
import wincls.distributed.plugin
imported = time.process_time()
from wincls import load
data = pickle.dumps(load(sys.argv[1]))
before = time.process_time()
pickle.loads(data)
print(imported, time.process_time() - before, len(data))
"""


def start(model: str) -> None:
    """The start of a worker process: imports, and the model from the message in which it comes."""
    command = [sys.executable, "-c", START, model]
    found = [
        list(map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()))
        for _ in range(3)
    ]
    imports, model_read, size = map(min, zip(*found, strict=True))
    print(
        f"start of a worker: imports {imports:.2f} CPU s, model {model_read:.2f} CPU s; "
        f"{size / 1e6:.1f} MB are sent to it"
    )


def blocks(model: str, text: Path, tasks: int, folder: Path) -> None:
    """What the client and the scheduler cost for each block: blocks of one line."""
    path = folder / "lines.txt"
    line = "Nobody came to the old town.\n"
    path.write_text(line * tasks)
    with workers(2) as client:
        before = time.process_time()
        run = tag(client, model, [path], len(line))
        here = time.process_time() - before
        print(
            f"{tasks:,} blocks of a line: {tasks / run.seconds:,.0f} a second; for each, client and "
            f"scheduler take {here / tasks * 1e3:.2f} CPU ms, the workers {run.cpu / tasks * 1e3:.2f}; "
            f"largest memory of client and scheduler {peak():.0f} MiB"
        )


def files(model: str, text: Path, count: int, folder: Path) -> None:
    """Small files, compared with the same text in ten files."""
    lines = [line for line in text.read_text().splitlines(keepends=True) if line.strip()]
    texts = list(islice(cycle(lines), count))
    many, ten = folder / "many", folder / "ten"
    for each in (many, ten):
        each.mkdir()
    small, large = [], []
    for i, content in enumerate(texts):
        small.append(many / f"{i:06}.txt")
        small[-1].write_text(content)
    for i in range(10):
        large.append(ten / f"{i}.txt")
        large[-1].write_text("".join(texts[i * count // 10 : (i + 1) * count // 10]))
    with workers(2) as client:
        runs = [(tag(client, model, small, 16_000_000), tag(client, model, large, 200_000)) for _ in range(3)]
    print_ratios(f"{count:,} files / ten files", *map(list, zip(*runs, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("text", type=Path)
    parser.add_argument("--megabytes", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--only", default="speed,memory,blocks,files")
    options = parser.parse_args()
    wanted = options.only.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = folder / "text.txt"
        once = options.text.read_bytes()
        text.write_bytes(once * max(round(options.megabytes * 1e6 / len(once)), 1))
        start(options.model)
        if "speed" in wanted:
            speed(options.model, text, options.rounds)
        if "memory" in wanted:
            memory(options.model, text, folder)
        if "blocks" in wanted:
            blocks(options.model, text, options.tasks, folder)
        if "files" in wanted:
            files(options.model, text, options.files, folder)


if __name__ == "__main__":
    main()
