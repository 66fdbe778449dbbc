"""Scores random tag files: lenient counts must be conlleval's, strict counts seqeval's.

    python -m tests.reliability.random_tags [--files N] [--seed N]

Each file has gold and predicted tags of a few sentences in a random scheme. A third of the files are drawn
tag by tag, so that many of their tags are illegal; in another third, a few tags are drawn again. The lenient
counts are compared with tests/evaluation/conlleval.py where conlleval knows the prefixes, and the strict
counts with seqeval's strict mode where seqeval has the scheme. Its IOB1 and IOE1 are left
out: there it reads a part of an entity with illegal tags as an entity ("I-C O" of "I-P B-C I-C O").
"""

from __future__ import annotations

import argparse
import random
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from tests.evaluation.conlleval import conlleval
from wincls.corpus.columns import Columns
from wincls.corpus.predictions import read_predictions
from wincls.corpus.schemes import READ_SCHEMES, Entity, Scheme
from wincls.evaluation.counts import count_entities
from wincls.evaluation.evaluate import regular_entities

try:
    from seqeval import scheme as seqeval_schemes
    from seqeval.metrics.v1 import Entities
except ImportError:
    raise SystemExit("seqeval is not installed; pip install 'wincls[bench]'") from None

CONLLEVAL = {"BIO", "IOB1", "IO", "IOBES", "IOE1", "IOE2"}
"""Schemes whose prefixes conlleval knows: B, I, E and S."""
SEQEVAL = {
    "BIO": seqeval_schemes.IOB2,
    "IOBES": seqeval_schemes.IOBES,
    "BILOU": seqeval_schemes.BILOU,
    "IOE2": seqeval_schemes.IOE2,
}
"""Classes of seqeval by the names of the schemes."""
LABELS = ("PER", "LOC", "creative-work", "B", "O")

Tags = list[str]
Pairs = list[tuple[Tags, Tags]]
Counts = dict[str, tuple[int, int, int]]
"""The numbers of correct, predicted and gold entities by label."""


def random_tags(scheme: Scheme, rng: random.Random, length: int, labels: tuple[str, ...]) -> Tags:
    names = scheme.tags(labels)
    return [rng.choice(names) if rng.random() < 0.8 else "O" for _ in range(length)]


def legal_tags(scheme: Scheme, rng: random.Random, length: int, labels: tuple[str, ...]) -> Tags:
    entities, start = [], 0
    while start < length:
        end = min(length, start + rng.choice([1, 1, 2, 3]))
        if rng.random() < 0.6:
            entities.append(Entity(start, end, rng.choice(labels)))
        start = end
    return scheme.encode(entities, length)


def changed(tags: Tags, scheme: Scheme, rng: random.Random, share: float, labels: tuple[str, ...]) -> Tags:
    """The tags, of which a share is drawn again."""
    names = scheme.tags(labels)
    return [rng.choice(names) if rng.random() < share else tag for tag in tags]


def draw(scheme: Scheme, rng: random.Random) -> Pairs:
    labels = tuple(rng.sample(LABELS, rng.randint(1, 3)))
    make, share = rng.choice([(random_tags, 0.3), (legal_tags, 0.0), (legal_tags, 0.05)])
    pairs = []
    for _ in range(rng.randint(1, 8)):
        gold = make(scheme, rng, rng.randint(1, 12), labels)
        predicted = gold if rng.random() < 0.5 else make(scheme, rng, len(gold), labels)
        predicted = changed(predicted, scheme, rng, share, labels)
        pairs.append((changed(gold, scheme, rng, share / 3, labels), predicted))
    return pairs


def seqevals_counts(pairs: Pairs, scheme: Any) -> Counts:
    """The entities that seqeval reads in its strict mode, counted."""
    sides = [Entities([list(side) for side in each], scheme).entities for each in zip(*pairs, strict=True)]
    gold, predicted = ({entity.to_tuple() for each in side for entity in each} for side in sides)
    by_label = [Counter(entity[1] for entity in each) for each in (gold & predicted, predicted, gold)]
    return _counts(*by_label)


def conllevals_counts(pairs: Pairs) -> Counts:
    score = conlleval(pairs)
    return _counts(score.correct, score.guessed, score.gold)


def _counts(correct: Counter[str], predicted: Counter[str], gold: Counter[str]) -> Counts:
    return {label: (correct[label], predicted[label], gold[label]) for label in {*+predicted, *+gold}}


def check(path: Path, pairs: Pairs, name: str) -> dict[str, int]:
    """Score a file and compare: how many entities were compared with each reference.

    Raises AssertionError if a count differs.
    """
    sentences = ("".join(f"w {a} {b}\n" for a, b in zip(*pair, strict=True)) for pair in pairs)
    path.write_text("\n".join(sentences))
    predictions = read_predictions(str(path), Columns(-1, -2), scheme=name)
    sides = predictions.gold.sentences, predictions.predicted.sentences
    compared = {}
    if name in CONLLEVAL:
        ours = count_entities(*([each.entities for each in side] for side in sides))
        theirs = conllevals_counts(pairs)
        assert ours == theirs, f"lenient {ours}, conlleval {theirs}"
        compared["conlleval"] = sum(each.gold for each in ours.values())
    if name in SEQEVAL:
        ours = count_entities(*([regular_entities(each) for each in side] for side in sides))
        theirs = seqevals_counts(pairs, SEQEVAL[name])
        assert ours == theirs, f"strict {ours}, seqeval {theirs}"
        compared["seqeval"] = sum(each.gold for each in ours.values())
    return compared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # seqeval's of tags that are no entities
    names = [name for name in READ_SCHEMES if name in CONLLEVAL | SEQEVAL.keys()]
    files: Counter[str] = Counter()
    entities: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tags")
        for number in range(options.files):
            rng = random.Random(f"{options.seed} {number}")
            name = rng.choice(names)
            pairs = draw(READ_SCHEMES[name], rng)
            try:
                compared = check(path, pairs, name)
            except Exception as error:
                error.add_note(f"file {number} of seed {options.seed}, {name}: {pairs}")
                raise
            files[name] += 1
            for reference, count in compared.items():
                entities[name, reference] += count
    print(f"{'':8}{'files':>8}{'gold, lenient':>16}{'gold, strict':>16}")
    for name in names:
        lenient, strict = (
            f"{entities[name, reference]:,}" if (name, reference) in entities else "-"
            for reference in ("conlleval", "seqeval")
        )
        print(f"{name:8}{files[name]:>8,}{lenient:>16}{strict:>16}")
    print(f"{files.total():,} files, all counts the same")


if __name__ == "__main__":
    main()
