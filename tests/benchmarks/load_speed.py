"""How long the start takes: help, loading a model, loading word vectors.

    python tests/benchmarks/load_speed.py MODEL VECTORS TRAIN [--word-column N ...]

VECTORS is a text file of word vectors, plain or .gz (a .gz file is also copied to a temporary plain file).
The words of TRAIN are read. The times are medians, of whole processes for `wincls --help` and of function
calls for the others.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import gzip
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from wincls.corpus.columns import Columns, read_corpus
from wincls.features.tables import count_forms, count_keys
from wincls.features.vectors import read_vectors
from wincls.tagger.model_file import load_tagger


def median_seconds(run: Callable[[], object], rounds: int) -> float:
    """The median time of a call, after one that is not counted."""
    run()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("vectors")
    parser.add_argument("train")
    parser.add_argument("--word-column", type=int, default=1)
    parser.add_argument("--tag-column", type=int, default=-1)
    parser.add_argument("--delimiter", default="whitespace")
    parser.add_argument("--comment", default="")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    columns = Columns(arguments.word_column, arguments.tag_column, arguments.delimiter, arguments.comment)
    corpus = read_corpus(arguments.train, columns)
    words = count_keys(count_forms(sentence.words for sentence in corpus.sentences), "word").keys()

    rows = {
        "wincls --help": median_seconds(
            lambda: subprocess.run(
                [sys.executable, "-m", "wincls", "--help"], check=True, capture_output=True
            ),
            max(5, arguments.rounds),
        ),
        "python -c pass": median_seconds(
            lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), max(5, arguments.rounds)
        ),
        "a model": median_seconds(lambda: load_tagger(arguments.model), max(5, arguments.rounds)),
    }
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(arguments.vectors)
        if arguments.vectors.endswith(".gz"):
            rows["vectors, .gz"] = median_seconds(
                lambda: read_vectors(arguments.vectors, words), arguments.rounds
            )
            plain = Path(folder) / "vectors.txt"
            with gzip.open(arguments.vectors) as packed, plain.open("wb") as file:
                shutil.copyfileobj(packed, file)
        rows["vectors, plain"] = median_seconds(lambda: read_vectors(plain, words), arguments.rounds)
        rows["the plain bytes"] = median_seconds(plain.read_bytes, arguments.rounds)
    for name, seconds in rows.items():
        print(f"{name:18}{seconds:>8.3f} s")


if __name__ == "__main__":
    main()
