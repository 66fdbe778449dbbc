"""How many annotated sentences are saved by annotating those that ``wincls suggest`` chooses.

    python tests/benchmarks/suggest.py CONFIG TRAIN DEV [--vectors FILE] [--seeds N] [--set KEY=VALUE ...]

CONFIG is a configuration that says how the files are read. A simulated annotator begins with 100 random
sentences of TRAIN. In each round, a model is trained on what is annotated and chooses four tenths as many
sentences of the rest, which get their gold annotation. The same is done with sentences that are
drawn at random. The models are single networks. A tenth of the annotated sentences is held out for
calibration and the choice of the epoch, and DEV is only scored. The last lines say after how many sentences
and tokens each way reaches 95 % of the F1 of a model that is trained on all of TRAIN (interpolated between
the rounds).
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np

from wincls.analysis.suggest import ColumnBlock, suggest
from wincls.config import load_config
from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.formats import read_files
from wincls.corpus.schemes import SCHEMES
from wincls.tagger.corpus import evaluate_tagged, tag_corpus
from wincls.tagger.documents import TaggedSentence
from wincls.tagger.tagger import Tagger
from wincls.training.run import Run

FIRST = 100  # sentences
GROWTH = 0.4  # sentences of a round, as a share of those that are annotated already
SHARE = 0.95  # of the F1 on all sentences
QUICK = [
    "model.ensemble=1",
    "training.epochs=10",
    "training.batch_size=256",
    "data.dev=null",
    "data.test=null",
]
COLUMNS = ["data.word_column=1", "data.tag_column=2", "data.delimiter=tab", "data.comment=[]"]
BLOCK = 2000  # sentences that are tagged at once

Choose = Callable[[Tagger, Sequence[Sentence], int, np.random.Generator], list[int]]


class Round(NamedTuple):
    """Annotated sentences and tokens, and the F1 of a model that is trained on them."""

    sentences: int
    tokens: int
    f1: float


def suggested(tagger: Tagger, rest: Sequence[Sentence], count: int, rng: np.random.Generator) -> list[int]:
    split = [TaggedSentence(i, _parts(each.words), []) for i, each in enumerate(rest)]
    blocks = [ColumnBlock("", split[i : i + BLOCK]) for i in range(0, len(split), BLOCK)]
    return [each.sentence.start for each in suggest(blocks, tagger, count).candidates]


def _parts(words: Sequence[str]) -> list[str]:
    parts = [" "] * (2 * len(words) - 1)
    parts[::2] = words
    return parts


def at_random(tagger: Tagger, rest: Sequence[Sentence], count: int, rng: np.random.Generator) -> list[int]:
    return rng.permutation(len(rest))[:count].tolist()


WAYS: dict[str, Choose] = {"random": at_random, "suggested": suggested}


class Simulation:
    """Trains on parts of a corpus; settings: of the configuration."""

    def __init__(self, config: str, settings: Sequence[str], train: Corpus, dev: Corpus, seed: int):
        self.config, self.settings, self.train, self.dev, self.seed = config, settings, train, dev, seed

    def round(self, sentences: Sequence[Sentence]) -> tuple[Round, Tagger]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "annotated.tsv"
            path.write_text(_column_text(sentences), encoding="utf-8")
            files = [f"data.train={json.dumps(str(path))}", f"training.seed={self.seed}"]
            with Run(load_config(self.config, [*self.settings, *COLUMNS, *files]), None) as run:
                for _ in run.epochs():
                    pass
                run.finish()
        scored = evaluate_tagged(run.tagger, self.dev, tag_corpus(run.tagger, self.dev))
        tokens = sum(len(each.words) for each in sentences)
        return Round(len(sentences), tokens, 100 * scored.overall.f1), run.tagger

    def rounds(self, choose: Choose, goal: float) -> list[Round]:
        """Rounds until the goal is reached or all sentences are annotated."""
        rng = np.random.default_rng(self.seed)
        order = rng.permutation(len(self.train.sentences)).tolist()
        rest = [self.train.sentences[i] for i in order]
        annotated, rest = rest[:FIRST], rest[FIRST:]
        rounds = []
        while True:
            shuffled = [annotated[i] for i in rng.permutation(len(annotated)).tolist()]
            done, tagger = self.round(shuffled)
            rounds.append(done)
            if done.f1 >= goal or not rest:
                return rounds
            chosen = choose(tagger, rest, round(GROWTH * len(annotated)), rng)
            annotated += [rest[i] for i in chosen]
            rest = [each for i, each in enumerate(rest) if i not in set(chosen)]


def _column_text(sentences: Sequence[Sentence]) -> str:
    encode = SCHEMES["BIO"].encode
    return "\n".join(
        "".join(
            f"{word}\t{tag}\n"
            for word, tag in zip(each.words, encode(each.entities, len(each.words)), strict=True)
        )
        for each in sentences
    )


def reached(rounds: Sequence[Round], goal: float) -> tuple[float, float]:
    """Sentences and tokens at which the goal is reached; those of the last round if it is not."""
    for before, after in pairwise(rounds):
        if after.f1 >= goal:
            part = (goal - before.f1) / (after.f1 - before.f1)
            return (
                before.sentences + part * (after.sentences - before.sentences),
                before.tokens + part * (after.tokens - before.tokens),
            )
    return rounds[-1].sentences, rounds[-1].tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--vectors")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], help="a setting, KEY=VALUE")
    options = parser.parse_args()
    settings = [*QUICK, f"features.word.vectors={json.dumps(options.vectors)}", *options.set]
    config = load_config(options.config, [f"data.train={json.dumps(options.train)}", *settings])
    train, dev = (
        read_files(path, config.data.reading, config.data.format) for path in (options.train, options.dev)
    )
    totals: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for seed in range(1, options.seeds + 1):
        simulation = Simulation(options.config, settings, train, dev, seed)
        full, _ = simulation.round(train.sentences)
        goal = SHARE * full.f1
        print(f"seed {seed}: all {full.sentences:,} sentences, {full.tokens:,} tokens: F1 {full.f1:.2f}")
        for way, choose in WAYS.items():
            rounds = simulation.rounds(choose, goal)
            for each in rounds:
                print(f"  {way:9} {each.sentences:6,} sentences {each.tokens:8,} tokens  F1 {each.f1:5.2f}")
            totals[way].append(reached(rounds, goal))
    for way, ends in totals.items():
        sentences, tokens = (mean(values) for values in zip(*ends, strict=True))
        print(f"{way:9} reaches {SHARE:.0%} of it after {sentences:,.0f} sentences, {tokens:,.0f} tokens")
    base, ours = totals["random"], totals["suggested"]
    shares = [sum(each[i] for each in ours) / sum(each[i] for each in base) for i in range(2)]
    print(f"suggested / random: {shares[0]:.2f} of the sentences, {shares[1]:.2f} of the tokens")


if __name__ == "__main__":
    main()
