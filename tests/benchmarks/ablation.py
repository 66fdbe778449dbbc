"""How much each part of the recipe contributes: its development F1 with and without each part.

    python tests/benchmarks/ablation.py --vectors FILE --corpus CONFIG TRAIN DEV [--corpus ...]
        [--seeds N] [--jobs N] [--only WORD] [--runs FILE] [--new-text]

CONFIG is a configuration that says how the files are read. TRAIN, DEV and the vectors replace the files in
it. Each figure is the cross-fitted development F1 of a training run: the mean over the seeds, the standard
deviation, and the mean difference over all corpora. Except for the recipe itself, all variants are trained
with a single network, which takes half the time, and are compared with a single network.

The development figure of the recipe is a figure of single networks, since each sentence of DEV is scored by
the member that was not trained on it. With --new-text, every second block of 100 sentences of DEV is
therefore kept from training and tagged by the trained model. A second model does the same with the other
blocks. This shows the effect of the ensemble and of training on the development data.

Each finished run is appended to a file as one JSON object. If the script is started again with the same
file, it skips these runs, unless the configuration has changed.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import hashlib
import json
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

from wincls.config import dump_config, load_config
from wincls.evaluation.counts import Counts
from wincls.evaluation.evaluate import Evaluation
from wincls.reports.records import evaluation_record
from wincls.training import run as training

RECIPE, BASE = "the recipe (ensemble of 2)", "single network"
ENSEMBLES = {RECIPE: ["model.ensemble=2"], BASE: ["model.ensemble=1"]}
NEW_TEXT = ENSEMBLES | {
    "ensemble of 2, not trained on dev": [
        "model.ensemble=2",
        "training.train_on_dev=false",
    ],
    "ensemble of 4": ["model.ensemble=4"],
}
SENTENCES = 100  # of the development data that are kept from training together
PARTS = {
    "no word vectors": ["features.word.vectors=null"],
    "no word vectors, random initialization": [
        "features.word.vectors=null",
        "features.word.pretrain=false",
    ],
    "no capitalization and shape": ["features.caps=0", "features.shape=0"],
    "no prefixes and suffixes": ["features.prefixes.dimension=0", "features.suffixes.dimension=0"],
    "one neighbor on each side (C = 1)": ["window.size=1"],
    "one corrupted window per true window": ["loss.corrupted=1"],
    "hinge summed over pairs (p = 1)": ["loss.norm=1"],
    "no structured hinge": ["structured_hinge.weight=0"],
    "cross-entropy": ["loss=cross_entropy"],
    "cross-entropy, no structured hinge": ["loss=cross_entropy", "structured_hinge.weight=0"],
    "IO scheme (one score per type)": ["labels.scheme=IO"],
    "no dropout": ["regularization.dropout_input=0", "regularization.dropout_hidden=0"],
    "no unknown words in training": ["regularization.unknown_rate=0"],
    "constant learning rate": ["schedule={name: constant, rate: 0.001}"],
    "no context blocks (each sentence a block)": ["decision.context_tokens=1"],
}


class Run(NamedTuple):
    """One training of the recipe less a part on a corpus."""

    part: str
    corpus: str
    config: str
    settings: tuple[str, ...]
    seed: int

    @property
    def key(self) -> str:
        """The same for the same configuration, however it came about."""
        text = dump_config(load_config(self.config, self.settings))
        return hashlib.sha256(text.encode()).hexdigest()


def train(run: Run) -> dict[str, Any]:
    """The outcome as it is kept in the file of runs."""
    config = load_config(run.config, run.settings)
    with training.Run(config, None) as done_run:
        for _ in done_run.epochs():
            pass
        done_run.finish()
    record = {"key": run.key, "seed": run.seed, "corpus": run.corpus, "part": run.part}
    record |= {"seconds": done_run.seconds, "dev": figures(done_run.dev)}
    return record | {"test": done_run.test and figures(done_run.test)}


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """The figures of an evaluation that are kept: "micro", "types" and "novelty"."""
    record = evaluation_record(evaluation)
    return {name: record["lenient"][name] for name in ("micro", "types")} | {"novelty": record["novelty"]}


def all_runs(parts: Mapping[str, Sequence[str]], options: argparse.Namespace, halves: str = "") -> list[Run]:
    """A run for each part, corpus and seed.

    parts: settings by the name of the part.
    options: see add_arguments.
    halves: path where the halves of DEV are written, of which each is kept from training in turn; with
        none all of DEV is used.
    """
    runs = []
    vectors = json.dumps(None if options.vectors == "none" else options.vectors)
    for config, train_file, dev_file in options.corpus:
        corpus = Path(config).stem
        files: list[tuple[str, str | None]] = [(dev_file, None)]
        if halves:
            first, second = cut_in_two(Path(dev_file), Path(f"{halves}.{corpus}"))
            files = [(first, second), (second, first)]
        for part, changes in parts.items():
            for seed in range(1, options.seeds + 1):
                for dev, test in files:
                    settings = [
                        f"data.train={json.dumps(train_file)}",
                        f"data.dev={json.dumps(dev)}",
                        f"data.test={json.dumps(test)}",
                        f"features.word.vectors={vectors}",
                        f"training.seed={seed}",
                    ]
                    runs.append(Run(part, corpus, config, (*settings, *changes), seed))
    return runs


def cut_in_two(path: Path, beside: Path) -> tuple[str, str]:
    """Write every second hundred sentences of a column file to one file and the rest to another."""
    sentences = [text for text in path.read_text(encoding="utf-8").split("\n\n") if text.strip()]
    names = []
    for half in (0, 1):
        kept = [text for i, text in enumerate(sentences) if i // SENTENCES % 2 == half]
        names.append(f"{beside}.{half}")
        Path(names[-1]).write_text("\n\n".join(kept) + "\n", encoding="utf-8")
    return names[0], names[1]


def print_new_text(runs: Sequence[Run], done: Mapping[str, dict[str, Any]]) -> None:
    corpora = list(dict.fromkeys(run.corpus for run in runs))
    counts: dict[tuple[str, str, int], Counts] = {}
    for run in runs:
        at = (run.part, run.corpus, run.seed)
        micro = done[run.key]["test"]["micro"]
        its_counts = Counts(micro["correct"], micro["predicted"], micro["support"])
        counts[at] = counts.get(at, Counts()).plus(its_counts)
    print("| | " + " | ".join(corpora) + " |\n|---|" + "---|" * len(corpora))
    for part in NEW_TEXT:
        cells = []
        for corpus in corpora:
            f1 = [100 * each.f1 for at, each in counts.items() if at[:2] == (part, corpus)]
            spread = f" ± {statistics.stdev(f1):.1f}" if len(f1) > 1 else ""
            cells.append(f"{statistics.mean(f1):.1f}{spread}")
        print(f"| {part} | " + " | ".join(cells) + " |")


def print_table(runs: Sequence[Run], done: Mapping[str, dict[str, Any]]) -> None:
    corpora = list(dict.fromkeys(run.corpus for run in runs))
    f1: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        f1.setdefault((run.part, run.corpus), []).append(100 * done[run.key]["dev"]["micro"]["f1"])
    print("| | " + " | ".join(corpora) + " | difference |\n|---|" + "---|" * (len(corpora) + 1))
    for part in dict.fromkeys(run.part for run in runs):
        cells, differences = [], []
        for corpus in corpora:
            values = f1[part, corpus]
            spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.1f}{spread}")
            differences.append(statistics.mean(values) - statistics.mean(f1[BASE, corpus]))
        cells.append(f"{statistics.mean(differences):+.1f}" if part != BASE else "")
        print(f"| {part} | " + " | ".join(cells) + " |")
    for corpus in corpora:
        records = [done[run.key]["dev"] for run in runs if run.corpus == corpus and run.part == RECIPE]
        named = [{"F1": record["micro"], **record["novelty"], **record["types"]} for record in records]
        means = {
            name: 100 * statistics.mean(each[name]["f1"] if name in each else 0.0 for each in named)
            for name in named[0]
        }
        print(f"\n{corpus}, the recipe: " + ", ".join(f"{name} {mean:.1f}" for name, mean in means.items()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is trained on what, and how often."""
    parser.add_argument("--vectors", required=True, help="a vector file, or none")
    parser.add_argument(
        "--corpus", nargs=3, action="append", required=True, metavar=("CONFIG", "TRAIN", "DEV")
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument("--only", help="only parts with this in their name, and the recipe")
    parser.add_argument("--runs", default="ablation.jsonl", help="file for the finished runs")
    parser.add_argument("--new-text", action="store_true", help="score sentences kept from training")
    options = parser.parse_args()
    if options.new_text:
        runs = all_runs(NEW_TEXT, options, options.runs)
    else:
        parts = {part: changes for part, changes in PARTS.items() if (options.only or "") in part}
        single = {part: [*ENSEMBLES[BASE], *changes] for part, changes in parts.items()}
        runs = all_runs(ENSEMBLES | single, options)
    keys = {run: run.key for run in runs}
    path = Path(options.runs)
    lines = path.read_text().splitlines() if path.exists() else []
    done = {record["key"]: record for record in map(json.loads, lines)}
    missing = [run for run in runs if keys[run] not in done]
    with ProcessPoolExecutor(options.jobs) as pool, path.open("a") as file:
        for future in as_completed([pool.submit(train, run) for run in missing]):
            record = future.result()
            done[str(record["key"])] = record
            file.write(json.dumps(record) + "\n")
            file.flush()
    (print_new_text if options.new_text else print_table)(runs, done)


if __name__ == "__main__":
    main()
