from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wincls.corpus.schemes import Entity
from wincls.tagger.calibration import Calibration, first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.decoding import ScoredEntity
from wincls.training.fit_calibration import fit_calibration, fit_temperature

Array = np.ndarray


# Both stages.


BLOCK = 12
ONE_TAG = np.array([0, 1])  # type numbers of O and the tag
Text = tuple[Array, Array, Array, Array]  # scores, mean scores, words in blocks, tags


def text_with_names(seed: int, sentences: int = 600, block: int = BLOCK) -> Text:
    """Scores that are right about every second occurrence of a name and know nothing of the others.

    A sentence is one word; all words of twelve sentences are the same, and are all names or all not.
    """
    rng = np.random.default_rng(seed)
    lengths = np.ones(sentences, dtype=int)
    group = context_blocks(lengths, BLOCK)
    tags = rng.integers(0, 2, size=group[-1] + 1)[group]
    clear = rng.random(sentences) < 0.5
    scores = np.where(clear, 4.0 * (2 * tags - 1), 0.0)[:, None] + 0.3 * rng.normal(size=(sentences, 1))
    keys = words_in_blocks(np.full(sentences, 5), context_blocks(lengths, block))
    return scores, scores, keys, tags


def probabilities(calibration: Calibration, text: Text) -> Array:
    scores, mean, keys, _ = text
    first = first_stage(calibration.first, scores, keys)
    blocks = keys // 6  # the only word has the number 5
    return np.exp(second_stage(calibration, first, mean[first.candidates], blocks, ONE_TAG))


def accuracy(calibration: Calibration, text: Text) -> float:
    return float((probabilities(calibration, text).argmax(axis=1) == text[3]).mean())


def fit(text: Text, block: int = BLOCK, **options: Any) -> Calibration:
    return fit_calibration(*text, ONE_TAG, block, **options)


def test_what_is_clear_elsewhere_decides_what_is_unclear_here() -> None:
    alone, together = (fit(text_with_names(0, block=block), block) for block in (1, BLOCK))
    assert accuracy(alone, text_with_names(1, block=1)) < 0.85
    assert accuracy(together, text_with_names(1)) > 0.95


def test_the_mean_scores_of_the_ensemble_decide_what_is_unclear_to_the_first_member() -> None:
    def text(seed: int) -> Text:
        scores, _, keys, tags = text_with_names(seed, block=1)
        return scores, 4.0 * (2 * tags - 1)[:, None], keys, tags

    one, several = fit(text_with_names(0, block=1), 1), fit(text(0), 1)
    assert accuracy(one, text_with_names(1, block=1)) < 0.85
    assert accuracy(several, text(1)) > 0.99


@pytest.mark.parametrize("block", [1, BLOCK])
def test_tags_that_are_not_shown_change_nothing(block: int) -> None:
    text = text_with_names(0, block=block)
    tags = text[3]
    shown = np.random.default_rng(2).random(len(tags)) < 0.5
    one = fit(text, block, shown=shown)
    other = fit((*text[:3], np.where(shown, tags, 1 - tags)), block, shown=shown)
    assert (probabilities(one, text) == probabilities(other, text)).all()


def test_a_warm_start_of_both_stages_ends_where_a_cold_one_does() -> None:
    text = text_with_names(0)
    cold = fit(text)
    warm = fit(text, start=fit(text_with_names(3)))
    assert np.abs(probabilities(cold, text) - probabilities(warm, text)).max() < 0.02


def test_the_temperature_is_the_one_at_which_scores_are_closest_to_what_is_correct() -> None:
    """Three of four entities are correct, so 0.75 is best; scores are 1 / (1 + temperature / 3)."""
    gold = [[Entity(0, 1, "A")]] * 3 + [[Entity(0, 1, "B")]]

    def find(temperature: float) -> list[list[ScoredEntity]]:
        return [[ScoredEntity(0, 1, "A", 1 / (1 + temperature / 3))]] * 4

    assert fit_temperature(find, gold) == pytest.approx(1.0)
    assert fit_temperature(
        lambda t: [[ScoredEntity(0, 1, "A", 0.75 ** (1.5 / t))]] * 4, gold
    ) == pytest.approx(1.5)
