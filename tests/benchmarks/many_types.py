"""How the cost of training and of its development data grows with the number of entity types.

    python tests/benchmarks/many_types.py [--types N ...] [--tokens N] [--epochs N] [--timeout SECONDS]
        [--set KEY=VALUE ...]

The corpus is synthetic. A sentence holds common words and two entities of one to three names. Most
entities follow a word that announces their type; half of the names belong to one type, the others to any.
Training and
development data have so many tokens each. For each number of types a process of its own trains with the
default recipe. The table shows, over all epochs, the seconds of training and of the development data
(scoring, fitting the decision, decoding, counting) and their ratio; then the seconds that the decision of
the model takes at the end, development F1, tokens a second in prediction, and the peak of memory of the main
process. A process that takes longer than the timeout is ended and shown as such.
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
from pathlib import Path

import numpy as np

from wincls.config import make_config
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.settings import with_settings
from wincls.training.loop import Training
from wincls.training.prepare import prepare

COMMON, NAMES, CUES = 3000, 30, 3  # common words; names and announcing words of each type
LENGTH = 20  # tokens of a sentence
TAGGED = 20_000  # tokens over which prediction is timed


def write_corpus(path: Path, types: int, tokens: int, rng: np.random.Generator) -> None:
    """A column file (word, tab, tag)."""
    zipf = 1 / np.arange(1, COMMON + 1)
    zipf /= zipf.sum()
    with path.open("w", encoding="utf-8") as file:
        for _ in range(tokens // LENGTH):
            words = [f"w{i}" for i in rng.choice(COMMON, LENGTH, p=zipf)]
            entities = []
            for start in (int(rng.integers(1, 6)), int(rng.integers(11, 16))):
                kind, size = int(rng.integers(types)), int(rng.integers(1, 4))
                if rng.random() < 0.7:
                    words[start - 1] = f"c{kind}x{rng.integers(CUES)}"
                for i in range(start, start + size):
                    owner = str(kind) if rng.random() < 0.5 else ""
                    words[i] = f"N{owner}x{rng.integers(NAMES)}"
                entities.append(Entity(start, start + size, f"T{kind:03}"))
            tags = SCHEMES["IOBES"].encode(entities, LENGTH)
            file.writelines(f"{w}\t{t}\n" for w, t in zip(words, tags, strict=True))
            file.write("\n")


def measure(types: int, tokens: int, epochs: int, others: list[str]) -> dict[str, float]:
    """Train; in a process that does nothing else. others: further settings, as KEY=VALUE."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        train, dev = Path(folder) / "train", Path(folder) / "dev"
        write_corpus(train, types, tokens, rng)
        write_corpus(dev, types, tokens, rng)
        settings = {"data": {"train": str(train), "dev": str(dev), "delimiter": "tab"}}
        config = make_config(with_settings(settings | {"training": {"epochs": epochs}}, others))
        prepared = prepare(config, rng)
    training = Training(config, prepared, rng)
    reports = list(training.epochs())
    began = time.perf_counter()
    tagger = training.tagger()
    final = time.perf_counter() - began
    sentences = [sentence.words for sentence in prepared.corpora.dev.sentences[: TAGGED // LENGTH]]
    tagger.tag(sentences)
    began = time.perf_counter()
    tagger.tag(sentences)
    speed = len(sentences) * LENGTH / (time.perf_counter() - began)
    return {
        "training": sum(report.seconds for report in reports),
        "development": sum(report.development_seconds for report in reports),
        "final": final,
        "f1": 100 * reports[-1].development.f1,
        "speed": speed,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--types", type=int, nargs="+", default=[4, 25, 100, 300])
    parser.add_argument("--tokens", type=int, default=130_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=1200)
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        given = arguments.measure, arguments.tokens, arguments.epochs, arguments.settings
        print(json.dumps(measure(*given)))
        return
    columns = ["types", "train s", "dev s", "dev/train", "final s", "dev F1", "tokens/s", "peak MiB"]
    print("".join(f"{column:>11}" for column in columns), flush=True)
    for types in arguments.types:
        command = [sys.executable, __file__, "--measure", str(types)]
        command += ["--tokens", str(arguments.tokens), "--epochs", str(arguments.epochs)]
        command += [part for setting in arguments.settings for part in ("--set", setting)]
        try:
            done = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, text=True, timeout=arguments.timeout
            )
        except subprocess.TimeoutExpired:
            print(f"{types:>11}  more than {arguments.timeout:g} s", flush=True)
            continue
        m = json.loads(done.stdout)
        print(
            f"{types:>11}{m['training']:>11.1f}{m['development']:>11.1f}"
            f"{m['development'] / m['training']:>11.2f}{m['final']:>11.1f}{m['f1']:>11.1f}"
            f"{m['speed']:>11,.0f}{m['peak']:>11,.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
