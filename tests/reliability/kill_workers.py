"""Kills a Dask worker every few seconds during a job, and compares its output with that of one process.

    python tests/reliability/kill_workers.py MODEL TEXT [--megabytes 100] [--every 5] [--block-size 1]

TEXT is repeated until it has the size. `wincls predict --dask` runs on a cluster of its own; every few
seconds, one of its worker processes, chosen at random, gets SIGKILL. At the end, the blocks of the manifest
must be the file without gaps or overlaps, and each part must be what one new process writes for its block.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # as in the workers, so that sums are rounded alike

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from copy import copy
from functools import partial
from io import BytesIO
from pathlib import Path

from running import running

from wincls import load
from wincls.prediction import Output, tag_files, text_blocks


def workers_of(client: int) -> list[int]:
    """The worker processes of a client's cluster: those that Dask's nannies have started."""
    found = []
    for each in running():
        with suppress(OSError):  # it has ended in the meantime
            if each.parent == client and b"spawn_main" in Path(f"/proc/{each.pid}/cmdline").read_bytes():
                found.append(each.pid)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("text", type=Path)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--every", type=float, default=5)
    parser.add_argument("--block-size", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        text, out = Path(folder, "text.txt"), Path(folder, "out")
        once = options.text.read_bytes()
        text.write_bytes(once * round(options.megabytes * 1e6 / len(once)))
        command = [sys.executable, "-m", "wincls", "predict", options.model, str(text), "--format", "jsonl"]
        command += ["--output-dir", str(out), "--block-size", str(options.block_size), "--dask"]
        began = latest = time.monotonic()
        process = subprocess.Popen(command)
        kills = 0
        while process.poll() is None:
            time.sleep(0.1)
            workers = workers_of(process.pid)
            is_running = any(out.glob("part-*"))
            if is_running and workers and time.monotonic() - latest > options.every:
                os.kill(rng.choice(workers), signal.SIGKILL)
                kills += 1
                latest = time.monotonic()
        assert process.returncode == 0, process.returncode
        seconds = time.monotonic() - began
        print(f"{kills} workers killed in {seconds:.0f} s; comparing with one process ...", flush=True)
        print(f"{compare(text, out, options.model)} parts, all as one process writes them")


def compare(text: Path, out: Path, model: str) -> int:
    """The number of parts, each of which has been compared."""
    records = {}
    for file in sorted(out.glob("manifest/parts-*.jsonl")):
        for line in map(json.loads, file.read_text().splitlines()):
            records[line["number"]] = line
    parts = sorted(out.glob("part-*"))
    assert [path.name for path in parts] == [f"part-{number:06}.jsonl" for number in sorted(records)]
    assert {path.name for path in out.iterdir()} == {"manifest", *(path.name for path in parts)}
    tagger, output = load(model), Output("jsonl")
    position = 0
    with open(text, "rb") as file:
        for number, path in zip(sorted(records), parts, strict=True):
            (block,) = records[number]["blocks"]
            assert block["begin"] == position
            raw = file.read(block["end"] - position)
            position = block["end"]
            blocks = [
                each._replace(byte=block["begin"])
                for each in text_blocks(BytesIO(raw), str(text), output)
                if each
            ]
            tagged = tag_files([partial(iter, blocks)], copy(tagger))
            assert path.read_text() == "".join(part.text for part in tagged), path
        assert not file.read()
    return len(parts)


if __name__ == "__main__":
    main()
