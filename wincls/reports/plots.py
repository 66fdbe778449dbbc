"""Plots for the report page, as SVG elements that take their colors from the page.

They hold no text of the user. matplotlib is imported when the first plot is made.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

import numpy as np

from wincls.evaluation.reliability import Reliability
from wincls.evaluation.thresholds import Curve
from wincls.evaluation.window_scores import Histogram, WindowScores

# Colors of matplotlib that stand for those of the page (page.css).
_TEXT, _GRID, _FIRST, _SECOND, _THIRD = (f"#00000{i}" for i in range(1, 6))
_OF_PAGE = {
    _TEXT: "currentColor",
    _GRID: "var(--grid)",
    _FIRST: "var(--first)",
    _SECOND: "var(--second)",
    _THIRD: "var(--third)",
}
_POINTS = 200  # of a curve by minimum score, at most
_WIDTH, _HEIGHT = 4.4, 3.0  # inches; as wide as the screen of a phone, so that letters keep their size
_SETTINGS: dict[Any, Any] = {
    "axes.edgecolor": _GRID,
    "axes.grid": True,
    "axes.labelcolor": _TEXT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "grid.color": _GRID,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "legend.labelcolor": _TEXT,
    "lines.linewidth": 1.6,
    "svg.fonttype": "none",
    "text.color": _TEXT,
    "xtick.color": _GRID,
    "xtick.labelcolor": _TEXT,
    "ytick.color": _GRID,
    "ytick.labelcolor": _TEXT,
}


def loss_plot(records: Sequence[Mapping[str, Any]], best: int) -> str:
    """The loss and the share of violations by epoch.

    records: of the epochs, see EpochReport.record.
    best: the number of the chosen epoch.
    """
    first, last = records[0], records[-1]
    alt = (
        f"Loss by epoch, from {first['loss']:.3g} to {last['loss']:.3g}, and violations, from "
        f"{first['violations']:.1%} to {last['violations']:.1%} of the comparisons"
    )
    epochs = [record["epoch"] for record in records]
    with _figure("loss", alt, rows=2) as (axes, svg):
        _by_epoch(axes[0], epochs, best)
        axes[0].plot(epochs, [record["loss"] for record in records], color=_FIRST, marker=".")
        axes[0].set_ylabel("loss")
        axes[0].tick_params(labelbottom=False)
        _by_epoch(axes[1], epochs, best)
        shares = [100 * record["violations"] for record in records]
        axes[1].plot(epochs, shares, color=_SECOND, marker=".")
        axes[1].set_ylabel("violations, %")
        axes[1].set_xlabel("epoch (dashed: the chosen one)")
        for each in axes:
            each.set_ylim(bottom=0)
    return svg()


def development_plot(records: Sequence[Mapping[str, Any]], best: int) -> str:
    """Precision, recall and F1 of the development data by epoch; arguments: see loss_plot."""
    f1 = [record["development"]["f1"] for record in records]
    alt = (
        f"Precision, recall and F1 of the development data by epoch; F1 goes from {100 * f1[0]:.1f} in the "
        f"first epoch to {100 * f1[-1]:.1f} in the last, and is {100 * f1[best - 1]:.1f} in epoch {best}, "
        "the chosen one"
    )
    epochs = [record["epoch"] for record in records]
    with _figure("development", alt) as ([axes], svg):
        _by_epoch(axes, epochs, best)
        for name, color, style in (
            ("precision", _SECOND, "--"),
            ("recall", _THIRD, ":"),
            ("F1", _FIRST, "-"),
        ):
            shares = [100 * record["development"][name.lower()] for record in records]
            axes.plot(epochs, shares, style, color=color, marker=".", label=name)
        axes.set_xlabel("epoch (dashed: the chosen one)")
        axes.set_ylabel("%")
        _legend(axes)
    return svg()


def scores_plot(found: WindowScores) -> str:
    """s of true windows and s_c of corrupted ones, and the margin to scale."""
    assert found.scores is not None and found.margin is not None
    alt = f"Distributions of the scores of true and corrupted windows; the margin is {found.margin:g}"
    with _figure("scores", alt) as ([axes], svg):
        _histogram(
            axes, found.scores, {"corrupted": ("s_c, corrupted", _SECOND), "true": ("s, true", _FIRST)}
        )
        axes.set_xlabel("score of a window")
        axes.set_ylabel("windows, %")
        top = axes.get_ylim()[1]
        axes.set_ylim(0, 1.2 * top)
        if found.margin:
            left = (found.scores.edges[0] + found.scores.edges[-1] - found.margin) / 2
            axes.plot([left, left + found.margin], [1.06 * top] * 2, color=_TEXT, marker="|", linewidth=1)
            axes.text(left + found.margin / 2, 1.09 * top, f"margin {found.margin:g}", ha="center")
        _legend(axes)
    return svg()


def differences_plot(found: WindowScores) -> str:
    """s - s_c of pairs, or the score of the correct class minus the largest other one."""
    pairs = found.scores is not None
    alt = (
        f"Distribution of s - s_c over pairs; {found.violations:.2%} of them violate the margin"
        if pairs
        else "Distribution of the score of the correct class minus the largest other score; "
        f"{found.violations:.2%} of the windows are misclassified"
    )
    names = {"pairs": ("", _FIRST), "outside": ("windows outside", _SECOND)}
    names |= {"in entities": ("windows in entities", _FIRST)}
    with _figure("differences", alt) as ([axes], svg):
        shown = {name: names[name] for name in names if name in found.differences.shares}
        _histogram(axes, found.differences, shown)
        axes.axvline(0, color=_TEXT, linewidth=0.8)
        if found.margin:
            axes.axvline(found.margin, color=_TEXT, linewidth=1, linestyle="--")
        margin = f" (dashed: the margin, {found.margin:g})" if found.margin else ""
        axes.set_xlabel(("s - s_c" if pairs else "correct class - best other class") + margin)
        axes.set_ylabel(("pairs" if pairs else "windows") + ", %")
        if not pairs:
            _legend(axes)
    return svg()


def threshold_plot(curve: Curve, is_probability: bool) -> str:
    """Precision, recall and F1 by minimum score, at no more than 200 of the scores, at even ranks."""
    best = int(np.argmax(curve.f1))
    alt = (
        f"Precision, recall and F1 by minimum score; F1 is largest, {100 * curve.f1[best]:.1f}, for a "
        f"minimum score of {curve.scores[best]:.2f}"
    )
    points = np.unique(np.linspace(0, len(curve.scores) - 1, _POINTS).astype(np.int64))
    scores = curve.scores[points]
    with _figure("thresholds", alt) as ([axes], svg):
        axes.plot(scores, 100 * curve.precision[points], "--", color=_SECOND, label="precision")
        axes.plot(scores, 100 * curve.recall[points], ":", color=_THIRD, label="recall")
        axes.plot(scores, 100 * curve.f1[points], color=_FIRST, label="F1")
        axes.set_ylim(0, 101)
        if is_probability:
            axes.set_xlim(0, 1)
        axes.set_xlabel("minimum score of entities")
        axes.set_ylabel("%")
        _legend(axes)
    return svg()


def reliability_plot(found: Reliability) -> str:
    """The share of correct entities by score, with 95 % intervals, beside the diagonal."""
    alt = (
        "Share of correct entities by score: "
        + ", ".join(f"{each.correct:.0%} at {each.score:.2f}" for each in found.bins)
        + f"; expected calibration error {100 * found.error:.1f} points"
    )
    with _figure("reliability", alt) as ([axes], svg):
        scores, correct, low, high = (
            np.array([getattr(each, name) for each in found.bins])
            for name in ("score", "correct", "low", "high")
        )
        axes.plot([0, 100], [0, 100], color=_TEXT, linewidth=0.8, linestyle="--")
        errors = 100 * np.maximum([correct - low, high - correct], 0)
        axes.errorbar(
            100 * scores, 100 * correct, yerr=errors, color=_FIRST, linewidth=1, capsize=2
        )  # fmt: skip
        entities = np.array([each.entities for each in found.bins])
        axes.scatter(
            100 * scores, 100 * correct, s=10 + 90 * entities / entities.max(), color=_FIRST, zorder=3
        )
        axes.set_xlim(0, 101)
        axes.set_ylim(0, 101)
        axes.set_xlabel("mean score of the entities, %")
        axes.set_ylabel("correct, %")
    return svg()


def _by_epoch(axes: Any, epochs: Sequence[int], best: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
    axes.axvline(best, color=_TEXT, linewidth=0.8, linestyle="--")


def _legend(axes: Any) -> None:
    """Above the plot, where it hides nothing."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)


def _histogram(axes: Any, histogram: Histogram, groups: Mapping[str, tuple[str, str]]) -> None:
    """Outlines of filled steps; groups: label and color of each group that is drawn."""
    for name, (label, color) in groups.items():
        axes.stairs(100 * histogram.shares[name], histogram.edges, color=color, fill=True, alpha=0.35)
        axes.stairs(100 * histogram.shares[name], histogram.edges, color=color, label=label)


@contextmanager
def _figure(name: str, alt: str, rows: int = 1) -> Iterator[tuple[list[Any], Callable[[], str]]]:
    """Axes below each other, and a function that gives their SVG when the block is over.

    name: of the plot; distinguishes its identifiers from those of other plots of the page.
    alt: what the plot shows, in words.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of caches
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    file = io.StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's settings would change the bytes
        matplotlib.rcParams.update({**_SETTINGS, "svg.hashsalt": name})
        figure = Figure(figsize=(_WIDTH, _HEIGHT))
        axes = figure.subplots(rows, 1, squeeze=False)[:, 0].tolist()
        yield axes, lambda: _for_page(file.getvalue(), alt)
        FigureCanvasSVG(figure)
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(file, format="svg", transparent=True, metadata=metadata)


def _for_page(svg: str, alt: str) -> str:
    """What is between the tags of a page: without a size, a style of its own and needless identifiers."""
    svg = svg[svg.index("<svg") :]
    box = re.search(r'viewBox="[^"]*"', svg)
    assert box is not None
    svg = svg[svg.index(">") + 1 :]
    svg = re.sub(r"\s*<(metadata|style)\b.*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<defs>\s*</defs>", "", svg)
    used = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in used else "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", svg)
    for color, of_page in _OF_PAGE.items():
        svg = svg.replace(color, of_page)
    return f'<svg {box[0]} role="img" aria-label="{escape(alt)}">{svg}'
