"""How time and memory grow with the size of the data.

    python tests/benchmarks/scaling.py TRAIN [--largest N] [--word-column N ...]

The first 10^4 tokens of TRAIN are repeated up to 10^4, 10^5, ... `--largest` tokens, so that the words stay
the same and only the size grows. For each size, a separate process reads the tokens, trains one network and
tags them as plain text, on one thread. The table shows microseconds per token, and the bytes that each
token adds to the peak memory. The training time is measured over the same number of windows for each size,
since a step takes less time when the network already fits the sentences. Short texts are tagged several
times. The first windows and the first prediction are not measured.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from itertools import accumulate, cycle
from pathlib import Path

import numpy as np

from wincls.config import make_config
from wincls.corpus.columns import Columns, read_corpus
from wincls.prediction import Output, tag_files, text_blocks
from wincls.training.loop import Training
from wincls.training.member import Member
from wincls.training.prepare import prepare

SMALLEST = 10_000  # tokens
WINDOWS = 400_000  # over which training is timed


def write_repeated(source: str, columns: dict[str, int | str], tokens: int, target: Path) -> None:
    """A column file (word, tab, tag) of so many tokens, made of the sentences of another."""
    corpus = read_corpus(source, Columns(**columns))  # type: ignore[arg-type]
    ends = accumulate(len(sentence.words) for sentence in corpus.sentences)
    first = sum(end < SMALLEST for end in ends) + 1
    total = 0
    with target.open("w", encoding="utf-8") as file:
        for sentence in cycle(corpus.sentences[:first]):
            tags = corpus.scheme.encode(sentence.entities, len(sentence.words))
            file.writelines(f"{w}\t{t}\n" for w, t in zip(sentence.words, tags, strict=True))
            file.write("\n")
            total += len(sentence.words)
            if total >= tokens:
                return


def seconds_of_training(member: Member, windows: int) -> float:
    """Seconds that it takes to train on so many windows, about."""
    scored = 0

    def progress(batch: int, loss: float) -> None:
        nonlocal scored
        scored += batch

    began = time.perf_counter()
    while scored < windows:
        member.train_epoch(1, progress, lambda: scored >= windows)
    return (time.perf_counter() - began) * windows / scored


def measure(path: str) -> dict[str, float]:
    """Read, train and tag; in a process that does nothing else."""
    small = f"{path}.dev"
    settings = {"data": {"train": small, "dev": small, "delimiter": "tab"}, "model": {"ensemble": 1}}
    rng = np.random.default_rng(1)
    config = make_config(settings | {"training": {"epochs": 1}})
    before = Training(config, prepare(config, rng), rng)
    list(before.epochs())
    tagger = before.tagger()

    config = make_config(settings | {"data": settings["data"] | {"train": path}})
    began = time.perf_counter()
    prepared = prepare(config, rng)
    reading = time.perf_counter() - began
    training = Training(config, prepared, rng)
    seconds_of_training(training.members[0], WINDOWS // 2)
    seconds = seconds_of_training(training.members[0], WINDOWS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tokens = prepared.corpora.train.tokens
    text = "\n".join(" ".join(sentence.words) for sentence in prepared.corpora.train.sentences).encode()
    rounds = max(1, WINDOWS // tokens)

    def tag() -> None:
        blocks = text_blocks(BytesIO(text), path, Output("jsonl"))
        for _ in tag_files([lambda: blocks], tagger):
            pass

    tag()
    began = time.perf_counter()
    for _ in range(rounds):
        tag()
    prediction = (time.perf_counter() - began) / rounds
    return {
        "tokens": tokens,
        "reading": 1e6 * reading / tokens,
        "training": 1e6 * seconds / WINDOWS,
        "prediction": 1e6 * prediction / tokens,
        "peak": peak,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--word-column", type=int, default=1)
    parser.add_argument("--tag-column", type=int, default=-1)
    parser.add_argument("--delimiter", default="whitespace")
    parser.add_argument("--comment", default="")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.train)))
        return
    columns: dict[str, int | str] = {"word": arguments.word_column, "tag": arguments.tag_column}
    columns |= {"delimiter": arguments.delimiter, "comment": arguments.comment}
    print(f"{'tokens':>12}{'read us':>10}{'train us':>10}{'tag us':>10}{'peak MiB':>10}{'bytes/token':>13}")
    before: dict[str, float] | None = None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        write_repeated(arguments.train, columns, 5_000, Path(f"{path}.dev"))
        size = SMALLEST
        while size <= arguments.largest:
            write_repeated(arguments.train, columns, size, path)
            command = [sys.executable, __file__, str(path), "--measure"]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            now = json.loads(done.stdout)
            added = (
                (now["peak"] - before["peak"]) / (now["tokens"] - before["tokens"])
                if before
                else float("nan")
            )
            print(
                f"{now['tokens']:>12,}{now['reading']:>10.2f}{now['training']:>10.2f}{now['prediction']:>10.2f}"
                f"{now['peak'] / 2**20:>10.0f}{added:>13.1f}"
            )
            before, size = now, 10 * size


if __name__ == "__main__":
    main()
