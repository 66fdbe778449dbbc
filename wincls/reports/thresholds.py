"""Figures by minimum score, as text and as plain mappings."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from wincls.evaluation.counts import Counts, micro
from wincls.evaluation.thresholds import (
    OTHER_FIGURE,
    Choice,
    Curve,
    Want,
    choose,
    overall_curve,
    table_scores,
)
from wincls.reports.records import counts_record
from wincls.reports.tables import percent, table

_HEADER = ["min score", "precision", "recall", "F1", "predicted", "correct"]
_CAUTION = (
    "A minimum score looks better on the data that it was chosen on than on others.\n"
    "Choose it on data that the model was not trained on, and report figures on yet other data.\n"
)


def thresholds_text(curves: Mapping[str, Curve], wants: Sequence[Want]) -> str:
    """A table by minimum score, and the best minimum scores by type and overall for F1 and for each want."""
    overall = overall_curve(curves)
    if not len(overall.scores):
        return "No entity was predicted, so there is no minimum score to choose.\n"
    rows = [_HEADER]
    rows += [[_number(score), *_figures(overall.at(score))] for score in table_scores(overall)]
    parts = [f"All types by minimum score (--min-score):\n{table(rows)}\n"]
    parts += [_choices_text(curves, overall, want) for want in (None, *wants)]
    return "\n".join([*parts, _CAUTION])


def thresholds_record(curves: Mapping[str, Curve], wants: Sequence[Want]) -> dict[str, Any]:
    """All distinct scores with their figures, and the best minimum scores: see thresholds_text."""
    overall = overall_curve(curves)
    return {
        "all": _curve_record(overall),
        "types": {label: _curve_record(curve) for label, curve in curves.items()},
        "best": [
            {
                "want": {"figure": "f1"} if want is None else want._asdict(),
                "all": _choice_record(choose(overall, want)),
                "types": {label: _choice_record(choose(curve, want)) for label, curve in curves.items()},
                "by_type": counts_record(_by_type(curves, want)),
            }
            for want in (None, *wants)
        ],
    }


def _choices_text(curves: Mapping[str, Curve], overall: Curve, want: Want | None) -> str:
    title = "Minimum scores with the highest F1:"
    if want is not None:
        wanted = f"{want.figure} of at least {100 * want.least:g} %"
        title = f"Minimum scores for a {wanted}, with the highest {OTHER_FIGURE[want.figure]}:"
    rows = [["", *_HEADER, ""]]
    chosen = {label: choose(curve, want) for label, curve in curves.items()}
    rows += [_choice_row(label, choice, curves[label]) for label, choice in chosen.items()]
    if len(curves) > 1:
        rows.append(["each type its own", "", *_figures(_by_type(curves, want)), ""])
    choice = choose(overall, want)
    rows.append(_choice_row("one for all", choice, overall))
    missed = [each for each in (*chosen.values(), choice) if each and not each.reached]
    hint = ""
    if missed and want is not None:
        hint = f"not reached: no minimum score gives this {want.figure}; this one comes closest.\n"
        if want.figure == "recall":
            hint += "To find more entities, try --recall-bias 1.\n"
    options = [
        f"--min-score {shlex.quote(f'{label}={_number(each.min_score)}')}"
        for label, each in chosen.items()
        if each
    ]
    own = f"Each type its own: {' '.join(options)}\n" if len(curves) > 1 else ""
    return f"{title}\n{table(rows)}\n{hint}{own}"


def _choice_row(name: str, choice: Choice | None, curve: Curve) -> list[str]:
    if choice is None:
        return [name, "-", *_figures(Counts(gold=curve.gold)), "none predicted"]
    return [
        name,
        _number(choice.min_score),
        *_figures(choice.counts),
        "" if choice.reached else "not reached",
    ]


def _number(min_score: float) -> str:
    return repr(min_score).removesuffix(".0")


def _figures(counts: Counts) -> list[str]:
    shares = [percent(each) for each in (counts.precision, counts.recall, counts.f1)]
    return [*shares, str(counts.predicted), str(counts.correct)]


def _by_type(curves: Mapping[str, Curve], want: Want | None) -> Counts:
    """The counts if each type has its own minimum score."""
    chosen = {label: choose(curve, want) for label, curve in curves.items()}
    return micro(
        {
            label: Counts(gold=curves[label].gold) if choice is None else choice.counts
            for label, choice in chosen.items()
        }
    )


def _curve_record(curve: Curve) -> dict[str, Any]:
    return {
        "support": curve.gold,
        "min_score": curve.scores.tolist(),
        "predicted": curve.predicted.tolist(),
        "correct": curve.correct.tolist(),
        "precision": curve.precision.tolist(),
        "recall": curve.recall.tolist(),
        "f1": curve.f1.tolist(),
    }


def _choice_record(choice: Choice | None) -> dict[str, Any] | None:
    if choice is None:
        return None
    return {"min_score": choice.min_score, "reached": choice.reached, **counts_record(choice.counts)}
