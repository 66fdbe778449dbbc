"""Cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from wincls.analysis import crossval
from wincls.analysis.crossval import Plan, assign_folds, gather, make_plan, run_fold
from wincls.config import make_config
from wincls.corpus.documents import Sentence
from wincls.errors import DataError
from wincls.evaluation.counts import micro

SMALL: dict[str, Any] = {
    "model": {"ensemble": 1, "hidden": [4]},
    "training": {"epochs": 2},
    "schedule": {"name": "constant", "rate": 0.05},
}
PEOPLE = ["Ada", "Bob", "Carl", "Dora", "Emil"]


@pytest.fixture
def data(tmp_path: Any) -> dict[str, str]:
    """30 sentences in train and 10 in dev."""
    lines = [f"{PEOPLE[i % 5]}\tB-PER\nis\tO\nhere{i}\tO\n\n" for i in range(40)]
    (tmp_path / "train.conll").write_text("".join(lines[:30]))
    (tmp_path / "dev.conll").write_text("".join(lines[30:]))
    return {
        "train": str(tmp_path / "train.conll"),
        "dev": str(tmp_path / "dev.conll"),
        "test": "no such file",
    }


def plan_of(data: dict[str, str], **given: Any) -> Plan:
    return make_plan(make_config(SMALL | {"data": data}), **{"folds": 4, "seeds": 1, **given})


def sentences_of(words: Sequence[str], starts: Sequence[int]) -> list[Sentence]:
    return [Sentence([each] * 5, (), range(5), i in starts) for i, each in enumerate(words)]


def test_documents_and_repeated_sentences_are_in_one_fold() -> None:
    words = [f"w{i}" for i in range(400)]
    words[333] = words[7]
    starts = range(0, 400, 3)
    fold = assign_folds(sentences_of(words, starts), 5)
    for first in starts:
        of_document = [i for i in range(first, min(first + 3, 400)) if i != 333]
        assert len({int(fold[i]) for i in of_document}) == 1
    assert fold[333] == fold[7]
    assert np.bincount(fold).min() > 40


@pytest.mark.parametrize("sentences", [10, 11, 100])
def test_without_documents_every_fold_has_its_share(sentences: int) -> None:
    fold = assign_folds(sentences_of([f"w{i}" for i in range(sentences)], [0]), 5)
    counts = np.bincount(fold, minlength=5)
    assert counts.min() >= sentences // 5 - sentences // 20 - 1 and counts.min() > 0


def test_train_and_dev_are_joined_and_test_is_not_read(data: dict[str, str]) -> None:
    plan = plan_of(data)
    assert len(plan.corpus.sentences) == 40
    assert plan.corpus.place(plan.corpus.sentences[30], 0) == f"{data['dev']}:1"


def test_no_sentence_is_tagged_by_a_model_that_was_trained_on_it(
    data: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[set[tuple[str, ...]]] = []
    prepare = crossval.prepare

    def remembering(config: Any, rng: Any, corpora: Any, read: Any) -> Any:
        used.append({tuple(s.words) for corpus in corpora if corpus for s in corpus.sentences})
        return prepare(config, rng, corpora, read)

    monkeypatch.setattr(crossval, "prepare", remembering)
    plan = plan_of(data, seeds=2, shares=(0.5, 1.0))
    found = run_fold(plan, 1)
    own = {tuple(plan.corpus.sentences[i].words) for i in found.sentences}
    assert len(used) == 4 and not any(own & each for each in used)
    assert len(used[0]) < 0.7 * len(used[3]) and len(used[3]) == 40 - len(own)
    assert found.trained_on == [len(used[0]), len(used[3])]


def test_the_folds_together_are_the_corpus(data: dict[str, str]) -> None:
    plan = plan_of(data)
    folds = [run_fold(plan, fold) for fold in range(plan.folds)]
    results = gather(plan, folds)
    assert results.corpus == plan.corpus
    assert sorted(i for fold in folds for i in fold.sentences) == list(range(40))
    total = [sum(column) for column in zip(*(micro(fold.counts[0]) for fold in folds), strict=True)]
    assert list(results.evaluation.overall) == total
    assert gather(plan, [folds[0]]).corpus.sentences == [plan.corpus.sentences[i] for i in folds[0].sentences]


def test_the_same_seed_gives_the_same_results(data: dict[str, str]) -> None:
    assert run_fold(plan_of(data), 2) == run_fold(plan_of(data), 2)


def test_too_few_sentences_for_the_folds(data: dict[str, str]) -> None:
    with pytest.raises(DataError, match="40 sentences are too few for 21 folds; use --folds 20"):
        plan_of(data, folds=21)
