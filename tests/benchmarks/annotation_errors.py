"""Whether `wincls crossval` finds annotation errors.

    python tests/benchmarks/annotation_errors.py CONFIG TRAIN [--set KEY=VALUE ...] [--folds K] [--seeds N]
        [--noise-seed S] [--share P]

P of the entities of TRAIN (3 %) are changed at random: a third each gets another type, is removed, or has one
of its boundaries moved by a token. If there is one type only, half are removed and half moved. The script
prints which share of the changed entities is among the first N and the first 3 N suspected errors, where N is
the number of changed entities, and the same for a simple ranking of the same models: 1 - p of each annotated
entity, and p of each entity that is found but not annotated.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from wincls.analysis.crossval import Plan, find_out_of_fold, make_plan, mean_log_probabilities, train_fold
from wincls.arrays import offsets_of
from wincls.config import load_config
from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import Entity
from wincls.corpus.tag_set import Spans
from wincls.tagger.tagger import Tagger


class Change(NamedTuple):
    """A changed entity: its sentence, what was done to it, and the tokens that it had before or has now."""

    sentence: int
    kind: str
    start: int
    end: int


class Ranked(NamedTuple):
    """A suspected place: its sentence, its tokens and how suspicious it is."""

    sentence: int
    start: int
    end: int
    score: float


def change(corpus: Corpus, share: float, rng: np.random.Generator) -> tuple[Corpus, list[Change]]:
    """The corpus with changed entities, and what was changed."""
    places = [(i, entity) for i, each in enumerate(corpus.sentences) for entity in each.entities]
    labels = sorted(corpus.labels)
    kinds = ["type", "removed", "boundary"][len(labels) == 1 :]
    wanted = [kinds[i % len(kinds)] for i in range(round(share * len(places)))]
    entities = [list(each.entities) for each in corpus.sentences]
    changes: list[Change] = []
    for k in rng.permutation(len(places)).tolist():
        if not wanted:
            break
        i, old = places[k]
        others = [each for each in entities[i] if each != old]
        new: list[Entity] = []
        if wanted[-1] == "type":
            new = [old._replace(label=str(rng.choice([each for each in labels if each != old.label])))]
        elif wanted[-1] == "boundary":
            moved = _moved(old, others, len(corpus.sentences[i].words))
            if not moved:
                continue
            new = [moved[rng.integers(len(moved))]]
        entities[i] = sorted(others + new)
        both = [old, *new]
        start, end = min(each.start for each in both), max(each.end for each in both)
        changes.append(Change(i, wanted.pop(), start, end))
    changed = [each._replace(entities=its) for each, its in zip(corpus.sentences, entities, strict=True)]
    return corpus._replace(sentences=changed), changes


def _moved(old: Entity, others: Sequence[Entity], length: int) -> list[Entity]:
    """The entity with one boundary moved by a token, in all ways that are possible."""
    ways = [(-1, 0), (1, 0), (0, -1), (0, 1)]
    moved = [Entity(old.start + a, old.end + b, old.label) for a, b in ways]
    return [
        each
        for each in moved
        if 0 <= each.start < each.end <= length
        and not any(other.start < each.end and each.start < other.end for other in others)
    ]


def rank_fold(plan: Plan, fold: int) -> tuple[list[Ranked], list[Ranked]]:
    """The suspected places of a fold, by crossval and by the simple ranking."""
    taggers, _ = train_fold(plan, fold)
    numbers = np.flatnonzero(plan.fold == fold).tolist()
    words = [plan.corpus.sentences[i].words for i in numbers]
    gold = [plan.corpus.sentences[i].entities for i in numbers]
    entities, suspects = find_out_of_fold(taggers, words, gold)
    ours = [Ranked(numbers[each.sentence], *each.span, each.score) for each in suspects]
    simple = []
    for i, its_gold, found, p in zip(numbers, gold, entities, annotated_p(taggers, words, gold), strict=True):
        simple += [Ranked(i, each.start, each.end, 1 - q) for each, q in zip(its_gold, p, strict=True)]
        simple += [Ranked(i, *each[:2], each.score) for each in found if each.entity not in its_gold]
    return ours, simple


def annotated_p(
    taggers: Sequence[Tagger], words: Sequence[list[str]], gold: Sequence[Sequence[Entity]]
) -> list[list[float]]:
    """The probabilities of the annotated entities of each sentence."""
    tagger = taggers[0]
    lengths = np.array([len(each) for each in words])
    types = {label: i for i, label in enumerate(tagger.labels)}
    rows = [
        (types[each.label], offset + each.start, offset + each.end)
        for its, offset in zip(gold, offsets_of(lengths).tolist(), strict=True)
        for each in its
    ]
    spans = Spans(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)
    p = np.exp(mean_log_probabilities(taggers, words).astype(float) / tagger.decision.temperature)
    found = iter(tagger.decoder.span_probabilities(p, lengths, spans).tolist())
    return [[next(found) for _ in its] for its in gold]


def found_among(ranked: Sequence[Ranked], changes: Sequence[Change], first: int) -> Counter[str]:
    """How many changes of each kind share a token with the first places; a place counts once."""
    taken: dict[int, list[Ranked]] = {}
    left = first
    for each in sorted(ranked, key=lambda each: -each.score):
        if not left:
            break
        others = taken.setdefault(each.sentence, [])
        if not any(each.start < other.end and other.start < each.end for other in others):
            others.append(each)
            left -= 1
    return Counter(
        each.kind
        for each in changes
        if any(each.start < other.end and other.start < each.end for other in taken.get(each.sentence, ()))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("train")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--noise-seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.03)
    given = parser.parse_args()
    settings = [f"data.train={given.train}", "data.dev=null", "data.test=null", *given.set]
    plan = make_plan(load_config(given.config, settings), given.folds, given.seeds)
    corpus, changes = change(plan.corpus, given.share, np.random.default_rng(given.noise_seed))
    plan = replace(plan, corpus=corpus)
    ours: list[Ranked] = []
    simple: list[Ranked] = []
    for fold in range(plan.folds):
        a, b = rank_fold(plan, fold)
        ours += a
        simple += b
        print(f"fold {fold + 1} of {plan.folds}", flush=True)
    n = len(changes)
    kinds = sorted({each.kind for each in changes})
    print(f"{n} changed entities; found among the first {n} and {3 * n}, {', '.join(kinds)}:")
    for title, ranked in (("crossval", ours), ("simple", simple)):
        for first in (n, 3 * n):
            found = found_among(ranked, changes, first)
            by_kind = ", ".join(f"{found[kind]}" for kind in kinds)
            print(f"{title:10} {first:5} {found.total() / n:6.1%}  ({by_kind})")


if __name__ == "__main__":
    main()
