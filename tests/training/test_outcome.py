from __future__ import annotations

import pytest

from wincls.training.outcome import Outcome, outcome_advice

GOOD = Outcome(
    losses=[10.0, 3.0, 2.0, 1.5, 1.2, 1.0],
    violations=[0.5, 0.1, 0.08, 0.06, 0.05, 0.04],
    f1=[0.50, 0.60, 0.66, 0.68, 0.69, 0.68],
    best=5,
    most=6,
    rate=0.002,
    interval=(0.64, 0.72),
    gold=300,
    found=310,
    inside=0.1,
    train_inside=0.1,
    shares_types=True,
    tag_column=-1,
    is_warm=False,
)
NOTHING = GOOD._replace(f1=[0.0] * 6, best=6, interval=(0.0, 0.0), found=0, inside=0.0)
RISING = GOOD._replace(f1=[0.40, 0.45, 0.50, 0.55, 0.60, 0.65], best=6)


def advice(outcome: Outcome) -> str:
    return "\n".join(outcome_advice(outcome))


def test_a_good_training_needs_no_advice() -> None:
    assert advice(GOOD) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"losses": [25.6, 25.5, 25.8], "violations": [0.98, 0.98, 0.98]},
            "the loss hardly fell (25.6 in the first epoch, 25.8 in the last); try schedule.rate=0.02 "
            "(now 0.002)",
        ),
        (
            {"losses": [25.6, 900.0]},
            "training did not converge (loss 25.6 in the first epoch, 900 in the last; violations 50% and "
            "4%); try schedule.rate=0.0002 (now 0.002)",
        ),
        (
            {"losses": [2566.0, 43.0], "violations": [0.18, 0.92]},
            "training did not converge (loss 2.57e+03 in the first epoch, 43 in the last; violations 18% and "
            "92%); try schedule.rate=0.0002 (now 0.002)",
        ),
        (
            {},
            "all tokens are O (loss 10 in the first epoch, 1 in the last); try training.epochs=12, or "
            "schedule.rate=0.02 (now 0.002)",
        ),
        (
            {"inside": 0.93, "found": 90},
            "93% of the tokens are labeled as entities; try schedule.rate=0.0002 (now 0.002)",
        ),
        (
            {"found": 1200},
            "1,200 were found, all of them wrong; are the development data annotated like the training data? "
            "See wincls check",
        ),
        (
            {"train_inside": 0.9},
            "90% of the training tokens belong to entities; are these the right tags in column -1? Check "
            "data.tag_column",
        ),
        (
            {"train_inside": 0.9, "tag_column": None},
            "90% of the training tokens belong to entities; are these the right tags? Check data.tag_column",
        ),
        (
            {"shares_types": False, "train_inside": 0.9},
            "the development data have no type of the training data; check data.dev and data.tag_column",
        ),
    ],
    ids=[
        "low rate", "loss rises", "violations rise", "all O", "all labeled", "all wrong", "column", "spans",
        "types",
    ],
)  # fmt: skip
def test_an_f1_of_zero_is_explained_by_what_happened(changes: dict[str, object], reason: str) -> None:
    assert advice(NOTHING._replace(**changes)) == f"No epoch found a correct entity: {reason}."  # type: ignore[arg-type]


def test_one_epoch_that_found_nothing_is_not_blamed_on_the_loss() -> None:
    assert "all tokens are O" in advice(NOTHING._replace(losses=[10.0], violations=[0.9], f1=[0.0], most=1))


def test_without_annotated_entities_there_is_nothing_to_explain() -> None:
    assert advice(NOTHING._replace(gold=0)) == ""


def test_f1_that_falls_after_the_first_epoch_says_that_the_rate_is_too_high() -> None:
    fell = GOOD._replace(f1=[0.213, 0.189, 0.180], best=1, rate=0.1)
    assert advice(fell) == (
        "F1 was 21.30 after the first epoch and at most 18.90 after the others; schedule.rate is probably "
        "too high: try 0.01 (now 0.1)."
    )
    assert advice(fell._replace(is_warm=True)) == ""
    assert advice(fell._replace(f1=[0.213, 0.200, 0.205])) == ""


def test_f1_that_rises_to_the_last_epoch_asks_for_more_epochs() -> None:
    assert advice(RISING) == (
        "F1 was still rising at the end (mean of the last 3 epochs 60.00, of the 3 before 45.00); try "
        "training.epochs=12."
    )
    assert "(last epoch 60.00, the one before 40.00)" in advice(
        RISING._replace(f1=[0.4, 0.6], best=2, most=2)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"best": 5},
        {"most": 20},
        {"f1": [0.600, 0.600, 0.605, 0.605, 0.610, 0.610]},
        {"interval": (0.1, 0.9), "f1": [0.60, 0.60, 0.60, 0.63, 0.66, 0.66]},
        {"f1": [0.5], "best": 1, "most": 1},
    ],
    ids=["best before", "stopped early", "by little", "by chance", "one epoch"],
)
def test_a_rise_that_ended_or_may_be_chance_asks_for_nothing(changes: dict[str, object]) -> None:
    assert advice(RISING._replace(**changes)) == ""  # type: ignore[arg-type]
