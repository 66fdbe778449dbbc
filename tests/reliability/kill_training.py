"""Kills a training at random moments, goes on with it each time, and compares the end.

    python tests/reliability/kill_training.py [--kills N] [--seed N] [--set KEY=VALUE ...]

The quick start is trained once without a disturbance. Then it is trained again with --resume, killed by
SIGKILL at a random moment, started again, and so on; the last time it may finish. At the end model.npz,
config.yaml, scores.json and history.jsonl must have the same bytes, no process may be left, and no file
that the undisturbed training did not write.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from running import running

SAME = ("model.npz", "config.yaml", "scores.json", "history.jsonl")


def train(output: Path, settings: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "wincls", "train", "-c", "configs/quickstart.yaml", "--resume"]
    options = [part for setting in settings for part in ("-s", setting)]
    return subprocess.Popen(
        [*command, "-o", str(output), *options], stdout=subprocess.DEVNULL, start_new_session=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, out = Path(folder, "whole"), Path(folder, "out")
        began = time.monotonic()
        assert train(whole, options.settings).wait() == 0
        seconds = time.monotonic() - began
        orphans = early = kills = 0
        while kills < options.kills:
            process = train(out, options.settings)
            try:
                process.wait(rng.uniform(0, 0.7 * seconds))
                # It was over before it could be killed: kill the next from the start again.
                early += 1
                assert process.returncode == 0
                compare(whole, out)
                for name in SAME:
                    (out / name).unlink()
                continue
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
            kills += 1
            time.sleep(1.0)
            left = [each.pid for each in running() if each.session == process.pid]
            orphans += len(left)
            for each in left:
                os.kill(each, signal.SIGKILL)
        assert train(out, options.settings).wait() == 0
        compare(whole, out)
        print(f"{kills} kills, {early + 1} completed trainings, all with the same bytes; {orphans} orphans")
        sys.exit(bool(orphans))


def compare(whole: Path, out: Path) -> None:
    for name in SAME:
        assert (whole / name).read_bytes() == (out / name).read_bytes(), name
    assert {path.name for path in whole.iterdir()} == {path.name for path in out.iterdir()}


if __name__ == "__main__":
    main()
