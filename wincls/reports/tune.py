"""Trials of a hyperparameter search, as text and as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from wincls.reports.tables import counted, percent, table


class Tried(Protocol):
    """A finished trial, see analysis/tune.py."""

    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def f1(self) -> float | None: ...
    @property
    def epochs(self) -> int: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def reason(self) -> str: ...


def trial_text(trial: Tried, best: bool) -> str:
    """A line about a trial; best: whether it is the best so far."""
    values = ", ".join(f"{key}={shown(value)}" for key, value in trial.values.items())
    f1 = "" if trial.f1 is None else f"  dev F1 {percent(trial.f1)}"
    what = trial.state if trial.state != "failed" else f"failed ({trial.reason})"
    line = f"trial {trial.number}{f1}  {counted(trial.epochs, 'epoch')}  {what}{'  best' * best}"
    return f"{line}\n    {values or 'the configuration as it is'}"


def summary_text(trials: Sequence[Tried], best: Tried, importance: Mapping[str, float]) -> str:
    """What the search has found."""
    start = next((each for each in trials if not each.values and each.f1 is not None), None)
    lines = [f"Best of {counted(len(trials), 'trial')}: trial {best.number}, dev F1 {percent(best.f1 or 0)}"]
    if start is not None and start.f1 is not None and best.f1 is not None:
        lines[0] += f" ({100 * (best.f1 - start.f1):+.2f} to the configuration as it is)"
    lines[0] += "."
    lines.append(
        "The best of many trials looks better than it is; compare it with the configuration on other data\n"
        "or with other seeds."
    )
    if importance:
        rows = [["key", "importance"]]
        rows += [[key, f"{share:.2f}"] for key, share in importance.items()]
        lines += ["", table(rows)]
    return "\n".join(lines) + "\n"


def trials_file(trials: Sequence[Tried], keys: Sequence[str]) -> str:
    """All trials as tab-separated columns; keys: of the space."""
    rows = [["trial", "state", "dev_f1", "epochs", *keys, "reason"]]
    for each in trials:
        f1 = "" if each.f1 is None else f"{each.f1:.6f}"
        values = [shown(each.values[key]) if key in each.values else "" for key in keys]
        rows.append([str(each.number), each.state, f1, str(each.epochs), *values, each.reason])
    return "".join(
        "\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row) + "\n" for row in rows
    )


def shown(value: Any) -> str:
    """A value with few digits, as it can be written in a configuration."""
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value)
