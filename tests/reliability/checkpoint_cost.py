"""The share of an epoch that its checkpoint costs, measured in one training.

    python tests/reliability/checkpoint_cost.py CONFIG TRAIN DEV [--epochs N] [--set KEY=VALUE ...]

The seconds of writing are those of the member that takes longest, and those of the main process: the
development data, the best epoch and checkpoint.json. The rest of the epoch is training and development
scoring. Both are of the same epoch, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wincls.config import load_config
from wincls.training.loop import Training
from wincls.training.member import Member
from wincls.training.run import Run


def timed(function: Callable[..., None], log: Path) -> Callable[..., None]:
    """The function, which also appends its seconds to a file, whatever process it runs in."""

    def call(*arguments: Any) -> None:
        began = time.perf_counter()
        function(*arguments)
        with log.open("a") as file:
            file.write(f"{time.perf_counter() - began}\n")

    return call


def seconds_in(log: Path) -> list[float]:
    """The seconds in a file, which is deleted."""
    found = [float(line) for line in log.read_text().split()]
    log.unlink()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    multiprocessing.set_start_method("fork")  # the processes of the members measure as this one does
    files = [f"data.train={options.train}", f"data.dev={options.dev}", "data.test=null"]
    config = load_config(options.config, [*files, f"training.epochs={options.epochs}", *options.settings])
    with tempfile.TemporaryDirectory() as folder:
        members, main_process = Path(folder, "members"), Path(folder, "main")
        Member.save = timed(Member.save, members)  # type: ignore[method-assign]
        Training.save = timed(Training.save, main_process)  # type: ignore[method-assign]
        shares, written = [], []
        with Run(config, Path(folder, "out"), keep_checkpoint=True) as run:
            began = time.perf_counter()
            for report in run.epochs():
                whole = time.perf_counter() - began
                writing = max(seconds_in(members)) + sum(seconds_in(main_process))
                size = sum(path.stat().st_size for path in Path(folder, "out/checkpoint").iterdir())
                shares.append(writing / (whole - writing))
                written.append(writing)
                print(
                    f"epoch {report.epoch}  {whole - writing:6.2f} s  checkpoint {writing:.3f} s, "
                    f"{size / 1e6:.1f} MB  {shares[-1]:.2%}{'  best' if report.best else ''}",
                    flush=True,
                )
                began = time.perf_counter()
    print(
        f"median {statistics.median(shares):.2%} of an epoch, largest {max(shares):.2%}; "
        f"median {statistics.median(written):.3f} s"
    )


if __name__ == "__main__":
    main()
