"""What 5,000 small files cost `wincls predict`, compared with the same text in one file.

    python tests/benchmarks/many_files.py MODEL TEXT [--files 5000] [--folder DIR]

TEXT is cut into lines, a file each, over again until there are enough. Each row is a process of its own; its
time is the smallest of three. `write` is a loop that only writes and renames as many files: what the file
system takes. --folder is where the files are; the default is the folder for temporary files.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

ROUNDS = 3


def seconds(run: Callable[[], object], before: Callable[[], object]) -> float:
    """The smallest time of a call; before: called before each."""
    times = []
    for _ in range(ROUNDS):
        before()
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def write_files(folder: Path, texts: list[str]) -> None:
    for i, text in enumerate(texts):
        beside = folder / f".{i}"
        beside.write_text(text)
        beside.replace(folder / f"{i}.txt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("text", type=Path)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--folder")
    arguments = parser.parse_args()
    lines = [line for line in arguments.text.read_text().splitlines(keepends=True) if line.strip()]
    texts = list(islice(cycle(lines), arguments.files))

    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
        place = Path(temporary)
        many, one, out = place / "many", place / "one.txt", place / "out"
        many.mkdir()
        write_files(many, texts)
        one.write_text("".join(texts))

        def clear() -> None:
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()

        def predict(*options: str | Path) -> float:
            command = [sys.executable, "-m", "wincls", "predict", arguments.model, *map(str, options)]
            return seconds(lambda: subprocess.run(command, check=True, capture_output=True), clear)

        print(f"{arguments.files:,} files, {one.stat().st_size / 1e6:.1f} MB\n")
        for jobs in ("1", "2"):
            alone = predict(one, "--jobs", jobs, "-o", out / "one")
            rows = {
                "one file": alone,
                "many files": predict(many, "--jobs", jobs, "-o", out / "one"),
                "many, --output-dir": predict(many, "--jobs", jobs, "--output-dir", out),
            }
            for name, taken in rows.items():
                print(f"--jobs {jobs}  {name:18}{taken:>8.2f} s{taken / alone:>7.2f} x")
        print(f"          {'write':18}{seconds(lambda: write_files(out, texts), clear):>8.2f} s")


if __name__ == "__main__":
    main()
