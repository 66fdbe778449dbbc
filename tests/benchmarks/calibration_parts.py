"""How much each part of the calibration (wincls/tagger/calibration.py) contributes.

    python tests/benchmarks/calibration_parts.py --vectors FILE --corpus CONFIG TRAIN DEV [--corpus ...]
        [--seeds N] [--jobs N] [--scores FOLDER]

The recipe is trained as with ablation.py --new-text: every second block of 100 sentences of DEV is kept
from training, and then the other blocks. The script stores two kinds of scores at the best epoch of each
training: the out-of-fold scores of the development sentences, and the scores of each member for the
kept-out text. All variants of the calibration use these same scores, so they differ only in the
calibration.

The output is F1 on the kept-out text, the expected calibration error of its entities' scores (see
calibration.py), and out-of-fold development F1. They are means over the seeds, for both halves together,
with the difference to the unchanged calibration in parentheses. Out-of-fold scores are not averaged over
the ensemble, since each development sentence is scored by the one member that was not trained on it. So
only the kept-out text shows the effect of the average.

The scores are stored in FOLDER. If the script is started again, it uses them, unless the configuration has
changed.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
from ablation import ENSEMBLES, RECIPE, Run, add_arguments, all_runs
from calibration import expected_calibration_error

from wincls.arrays import Array
from wincls.config import load_config
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.corpus.tag_set import TagSet
from wincls.evaluation.counts import Counts, count_entities, micro
from wincls.features.windows import FormIndex
from wincls.files import replacing
from wincls.tagger.calibration import Calibration, FirstStage, first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.decoding import Decoder, ScoredEntity
from wincls.tagger.platt import PlattScaling
from wincls.tagger.prior_shift import type_shares
from wincls.tagger.tagger import mean_scores
from wincls.training.data import Encoded, encode
from wincls.training.fit_calibration import fit_calibration, fit_temperature
from wincls.training.fit_platt import fit_platt
from wincls.training.loop import Training
from wincls.training.member import score_blocks
from wincls.training.prepare import prepare


class Variant(NamedTuple):
    """The ideas of the calibration that are in use.

    evidence: context evidence; without it, its columns are 0.
    second_stage: without it, the first stage's probabilities are those of all tokens.
    shift: the prior shift; without it, the second stage's probabilities stay.
    mean: the mean over the ensemble in the second stage; without it, the first member's scores.
    temperature: without it, it is 1.
    """

    evidence: bool = True
    second_stage: bool = True
    shift: bool = True
    mean: bool = True
    temperature: bool = True


AS_IS = "the calibration as it is"
VARIANTS = {
    AS_IS: Variant(),
    "no context evidence": Variant(evidence=False),
    "no prior shift": Variant(shift=False),
    "first stage only": Variant(second_stage=False),
    "no ensemble mean": Variant(mean=False),
    "no temperature": Variant(temperature=False),
}


class Text(NamedTuple):
    """An annotated text and its scores.

    scores: (members, tokens, scores); of development data see CrossFitting.merge.
    blocks: (tokens,) the context block of each.
    keys: (tokens,) see context.words_in_blocks.
    tags: (tokens,) gold tag numbers.
    lengths: (sentences,).
    """

    scores: Array
    blocks: Array
    keys: Array
    tags: Array
    lengths: Array


class Scores(NamedTuple):
    """What is kept of a training.

    fold: (sentences,) the fold of each development sentence.
    """

    tag_set: TagSet
    fold: Array
    dev: Text
    kept_out: Text

    def save(self, path: Path) -> None:
        arrays = {"scheme": np.array(self.tag_set.scheme.name), "labels": np.array(self.tag_set.labels)}
        for part, text in (("dev", self.dev), ("kept_out", self.kept_out)):
            arrays |= {f"{part}/{field}": array for field, array in text._asdict().items()}
        with replacing(path) as file:
            np.savez(file, fold=self.fold, **arrays)

    @classmethod
    def load(cls, path: Path) -> Scores:
        with np.load(path) as archive:
            tag_set = TagSet(SCHEMES[str(archive["scheme"])], archive["labels"].tolist())
            dev, kept_out = (
                Text(*(archive[f"{part}/{field}"] for field in Text._fields)) for part in ("dev", "kept_out")
            )
            return cls(tag_set, archive["fold"], dev, kept_out)


class Figures(NamedTuple):
    """What a variant reaches.

    kept_out, dev: counts of entities.
    scores, correct: (entities,) of what is found in the kept-out text.
    """

    kept_out: Counts
    dev: Counts
    scores: Array
    correct: Array

    def plus(self, other: Figures) -> Figures:
        return Figures(
            self.kept_out.plus(other.kept_out),
            self.dev.plus(other.dev),
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.correct, other.correct]),
        )


def train(run: Run) -> Scores:
    """Train, and score the development data and the kept-out text with the best epoch."""
    config = load_config(run.config, run.settings)
    rng = np.random.default_rng(config.training.seed)
    prepared = prepare(config, rng)
    training = Training(config, prepared, rng)
    for _ in training.epochs():
        pass
    best, test = training.best, prepared.corpora.test
    assert best is not None
    assert test is not None

    def text(scores: Sequence[Array], encoded: Encoded, words: Array) -> Text:
        """words: the word number of each form, see FormIndex."""
        stream = encoded.stream
        blocks = context_blocks(stream.lengths, config.decision.context_tokens)
        keys = words_in_blocks(words[stream.tokens[stream.centers]], blocks)
        return Text(np.stack(scores), blocks, keys, encoded.tags, stream.lengths)

    index = FormIndex()
    encoded = encode(test, prepared.tag_set, config.window.size, index)
    rows = np.concatenate([prepared.tables.padding_row(), prepared.tables.rows(index.forms)])
    blocks = [score_blocks(scorer, rows, encoded.stream) for scorer in training.tagger().ensemble]
    scores = [np.concatenate(list(each)) for each in blocks]
    return Scores(
        prepared.tag_set,
        prepared.folds.fold,
        text(best.scores, prepared.encoded_dev, prepared.words),
        text(scores, encoded, index.word_numbers),
    )


def look(variant: Variant, platt: PlattScaling, text: Text) -> FirstStage:
    """The first stage."""
    first = first_stage(platt, text.scores[0], text.keys)
    return first if variant.evidence else first._replace(evidence=np.zeros_like(first.evidence))


def second_scores(variant: Variant, text: Text) -> Array:
    """(tokens, scores) that the second stage has."""
    return mean_scores(text.scores) if variant.mean else text.scores[0]


def fit(variant: Variant, text: Text, type_ids: Array, shown: Array | None = None) -> Calibration:
    """The calibration without its temperature; type_ids: see TagSet; shown: see fit_calibration."""
    scores = second_scores(variant, text)
    calibration = fit_calibration(text.scores[0], scores, text.keys, text.tags, type_ids, 1, shown)
    if variant.evidence:
        return calibration
    shown = np.ones(len(text.tags), dtype=bool) if shown is None else shown
    first = look(variant, calibration.first, text)
    used = shown[first.candidates]
    inputs = np.concatenate([scores[first.candidates], first.evidence], axis=1)[used]
    second = fit_platt(inputs, text.tags[first.candidates[used]], type_ids, scores.shape[1])
    shares = type_shares(second.log_probabilities(inputs), type_ids, int(np.count_nonzero(shown)))
    return calibration._replace(second=second, shares=shares)


def probabilities(variant: Variant, calibration: Calibration, text: Text, type_ids: Array) -> Array:
    """(tokens, tags) log-probabilities."""
    first = look(variant, calibration.first, text)
    if not variant.second_stage:
        return first.log_p
    mean = second_scores(variant, text)[first.candidates]
    if variant.shift:
        return second_stage(calibration, first, mean, text.blocks, type_ids)
    log_p = first.log_p.copy()
    inputs = np.concatenate([mean, first.evidence], axis=1)
    log_p[first.candidates] = calibration.second.log_probabilities(inputs)
    return log_p


def measure(variant: Variant, kept: Scores) -> Figures:
    """Fit a variant to the development scores, and apply it to these out of fold and to the kept-out text."""
    tag_set, fold, dev, kept_out = kept
    decoder, type_ids = Decoder(tag_set), tag_set.type_ids
    token_fold = np.repeat(fold, dev.lengths)
    log_p = np.empty((len(dev.tags), len(tag_set)), dtype=dev.scores.dtype)
    for each in np.unique(fold):
        out_of_fold = token_fold == each
        calibration = fit(variant, dev, type_ids, ~out_of_fold)
        log_p[out_of_fold] = probabilities(variant, calibration, dev, type_ids)[out_of_fold]
    tags = decoder.best(log_p, dev.lengths)
    gold = tag_set.entities(dev.tags, dev.lengths)
    dev_counts = count(gold, tag_set.entities(tags, dev.lengths))

    def find(temperature: float) -> list[list[ScoredEntity]]:
        return decoder.entities(log_p, tags, dev.lengths, temperature)

    temperature = fit_temperature(find, gold) if variant.temperature else 1.0
    new_log_p = probabilities(variant, fit(variant, dev, type_ids), kept_out, type_ids)
    new_tags = decoder.best(new_log_p, kept_out.lengths)
    found = decoder.entities(new_log_p, new_tags, kept_out.lengths, temperature)
    new_gold = tag_set.entities(kept_out.tags, kept_out.lengths)
    pairs = [(each, its_gold) for some, its_gold in zip(found, new_gold, strict=True) for each in some]
    return Figures(
        count(new_gold, [[each.entity for each in some] for some in found]),
        dev_counts,
        np.array([each.score for each, _ in pairs], dtype=float),
        np.array([each.entity in its_gold for each, its_gold in pairs], dtype=bool),
    )


def count(gold: Sequence[Sequence[Entity]], found: Sequence[Sequence[Entity]]) -> Counts:
    return micro(count_entities(gold, found))


def measure_all(run: Run, folder: Path) -> dict[str, Figures]:
    """What each variant reaches with the scores of a run, which are made if the folder lacks them."""
    path = folder / f"{run.key}.npz"
    if not path.exists():
        train(run).save(path)
    kept = Scores.load(path)
    return {name: measure(variant, kept) for name, variant in VARIANTS.items()}


def print_table(
    title: str,
    figure: Callable[[Figures], float],
    digits: int,
    reached: Mapping[tuple[str, str], Sequence[Figures]],
) -> None:
    """A Markdown table of one figure; reached: of each seed, by variant and corpus."""
    corpora = list(dict.fromkeys(corpus for _, corpus in reached))
    print(f"| {title} | " + " | ".join([*corpora, "mean"]) + " |\n|---|" + "--:|" * (len(corpora) + 1))

    def values(variant: str) -> list[float]:
        of_corpora = [mean(map(figure, reached[variant, corpus])) for corpus in corpora]
        return [*of_corpora, mean(of_corpora)]

    as_is = values(AS_IS)
    for variant in VARIANTS:
        cells = [f"{value:.{digits}f}" for value in values(variant)]
        if variant != AS_IS:
            differences = zip(values(variant), as_is, strict=True)
            shown = [f"({value - base:+.{digits}f})" for value, base in differences]
            cells = [" ".join(pair) for pair in zip(cells, shown, strict=True)]
        print(f"| {variant} | " + " | ".join(cells) + " |")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument("--scores", type=Path, default=Path("calibration_parts"), help="folder of scores")
    options = parser.parse_args()
    options.scores.mkdir(parents=True, exist_ok=True)
    runs = all_runs({RECIPE: ENSEMBLES[RECIPE]}, options, str(options.scores / "dev"))
    halves: dict[tuple[str, str, int], Figures] = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        for run, measured in zip(runs, pool.map(measure_all, runs, repeat(options.scores)), strict=True):
            for variant, figures in measured.items():
                at = (variant, run.corpus, run.seed)
                halves[at] = halves[at].plus(figures) if at in halves else figures
    reached: dict[tuple[str, str], list[Figures]] = defaultdict(list)
    for (variant, corpus, _), figures in halves.items():
        reached[variant, corpus].append(figures)
    print_table("F1, kept-out text", lambda each: 100 * each.kept_out.f1, 2, reached)
    print_table(
        "expected calibration error, kept-out text",
        lambda each: expected_calibration_error(each.scores, each.correct),
        3,
        reached,
    )
    print_table("F1, development data", lambda each: 100 * each.dev.f1, 2, reached)


if __name__ == "__main__":
    main()
