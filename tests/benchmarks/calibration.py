"""Whether the score of an entity is the probability that it is correct, on a file that MODEL has not seen.

    python tests/benchmarks/calibration.py MODEL FILE

FILE is a column file in the format of the training files of MODEL.

The output is the share of correct entities by score, the expected calibration error, and precision and
recall at several minimum scores. The expected calibration error is the mean difference between score and
share of correct entities over ten bins, weighted by their number of entities (Naeini et al. 2015). With few
entities, it is never 0. So the script also prints its expected value for perfectly calibrated scores.
"""

from __future__ import annotations

import argparse

import numpy as np

from wincls.config import Data
from wincls.corpus.columns import read_corpus
from wincls.options import build
from wincls.tagger.model_file import load_model

BINS = 10
LEAST_SCORES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


def bins_of(scores: np.ndarray) -> np.ndarray:
    return np.minimum((scores * BINS).astype(int), BINS - 1)


def expected_calibration_error(scores: np.ndarray, right: np.ndarray) -> float:
    """scores, right: (entities,)."""
    bins = bins_of(scores)
    differences = [scores[bins == b].sum() - right[bins == b].sum() for b in range(BINS)]
    return float(np.abs(differences).sum() / max(1, len(scores)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("file")
    options = parser.parse_args()
    tagger, config, *_ = load_model(options.model)
    data = build(Data, config["data"])
    corpus = read_corpus(options.file, data.columns, lenient=True, keep_labels=data.types)
    scores, right = [], []
    gold_entities = 0
    for sentence, tagged in zip(
        corpus.sentences, tagger.tag([each.words for each in corpus.sentences]), strict=True
    ):
        gold = set(sentence.entities)
        gold_entities += len(gold)
        scores += [each.score for each in tagged]
        right += [each.entity in gold for each in tagged]
    score, is_right = np.array(scores), np.array(right, dtype=bool)
    print(f"{'score':>12}  {'entities':>8}  {'mean score':>10}  {'share right':>11}")
    for b in range(BINS):
        inside = bins_of(score) == b
        if inside.any():
            mean, share = score[inside].mean(), is_right[inside].mean()
            print(
                f"{b / BINS:>5.1f} to {(b + 1) / BINS:.1f}  {inside.sum():>8}  {mean:>10.3f}  {share:>11.3f}"
            )
    rng = np.random.default_rng(0)
    perfect = [expected_calibration_error(score, rng.random(len(score)) < score) for _ in range(1000)]
    print(
        f"\nexpected calibration error {expected_calibration_error(score, is_right):.3f}; of perfect scores "
        f"{np.mean(perfect):.3f} (95 % below {np.quantile(perfect, 0.95):.3f})\n"
    )
    print(f"{'--min-score':>11}  {'precision':>9}  {'recall':>6}  {'entities':>8}")
    for least in LEAST_SCORES:
        kept = score >= least
        precision = is_right[kept].mean() if kept.any() else 0.0
        print(
            f"{least:>11.2f}  {precision:>9.3f}  {is_right[kept].sum() / max(1, gold_entities):>6.3f}  "
            f"{kept.sum():>8}"
        )


if __name__ == "__main__":
    main()
