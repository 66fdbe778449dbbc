"""The report: one page with plots, tables and mistakes that needs no other file and no network.

The template is page.html, with page.css and page.js. jinja2 and matplotlib, the extra `report`, are imported
when a page is made.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from wincls.corpus.schemes import OUTSIDE
from wincls.errors import WinclsError
from wincls.evaluation.counts import Counts
from wincls.evaluation.evaluate import Evaluation
from wincls.evaluation.reliability import Reliability
from wincls.evaluation.thresholds import Curve
from wincls.evaluation.window_scores import WindowScores
from wincls.extras import missing_extra
from wincls.reports import plots
from wincls.reports.html import hue
from wincls.reports.mistake_cards import Cards, shortened
from wincls.reports.tables import confusion_labels, counted, frequent_confusions, percent

# Characters that would be invisible, or change the order of those around them.
_INVISIBLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Figures(NamedTuple):
    """The figures of a corpus.

    title: its heading.
    evaluation: the figures.
    intervals: 95 % confidence intervals of F1 by label, see intervals.label_intervals.
    """

    title: str
    evaluation: Evaluation
    intervals: Mapping[str, tuple[float, float]]


class ScoredEntities(NamedTuple):
    """What the scores of predicted entities say.

    of: which entities these are, as a sentence.
    curve: by minimum score.
    reliability: None if the scores are no probabilities.
    """

    of: str
    curve: Curve
    reliability: Reliability | None


class Page(NamedTuple):
    """What a page shows; what is None or empty is left out.

    title: of the page.
    labels: the entity types, in the order of their colors.
    facts: names and values for the summary.
    data: the name, file, sentences, tokens and entities of each corpus.
    corpora: the first is the one that everything else is about.
    records: of the epochs, see EpochReport.record.
    best: the number of the chosen epoch.
    windows: scores of windows.
    windows_of: which windows these are, as a sentence.
    scored: scores of entities.
    mistakes: in the first corpus.
    notes: warnings about the data.
    config: the configuration as YAML.
    card: the model card.
    """

    title: str
    labels: Sequence[str]
    facts: Sequence[tuple[str, str]]
    corpora: Sequence[Figures]
    mistakes: Cards
    data: Sequence[tuple[str, str, int, int, int]] = ()
    records: Sequence[Mapping[str, Any]] = ()
    best: int = 0
    windows: WindowScores | None = None
    windows_of: str = ""
    scored: ScoredEntities | None = None
    notes: Sequence[str] = ()
    config: str = ""
    card: str = ""


def page_bytes(page: Page) -> bytes:
    """The page as a file. The same content always gives the same bytes.

    Raises WinclsError if the extra `report` is not installed.
    """
    if problem := missing_extra("report"):
        raise WinclsError(f"a report page cannot be made: {problem}")
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("wincls", "reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "shortened": shortened, "counted": counted, "number": _number}
    sources = {name: _source(environment, name) for name in ("page.css", "page.js")}
    digest = b64encode(sha256(sources["page.js"].encode()).digest()).decode()
    evaluation = page.corpora[0].evaluation
    labels = list(dict.fromkeys([*page.labels, *page.mistakes.labels]))
    text = environment.get_template("page.html").render(
        page=page,
        style=Markup(sources["page.css"]),  # noqa: S704 - these are files of the package
        script=Markup(sources["page.js"]),  # noqa: S704
        script_digest=digest,
        plots={name: Markup(svg) for name, svg in _plots(page).items()},  # noqa: S704 - without foreign text
        hues={label: f"{hue(i):.1f}" for i, label in enumerate(labels)},
        numbers={label: i for i, label in enumerate(labels)},
        tables=[_types_table(figures) for figures in page.corpora],
        confusion=_confusion(evaluation),
        frequent=frequent_confusions(evaluation),
    )
    return text.encode(errors="xmlcharrefreplace")


def visible(text: str) -> str:
    """Text with invisible characters that could deceive a reader as their code points."""
    return _INVISIBLE.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def _source(environment: Any, name: str) -> str:
    source: str = environment.loader.get_source(environment, name)[0]
    return source


def _number(value: int) -> str:
    return f"{value:,}"


def _plots(page: Page) -> dict[str, str]:
    made = {}
    if page.records:
        made["loss"] = plots.loss_plot(page.records, page.best)
        made["development"] = plots.development_plot(page.records, page.best)
    if page.windows:
        if page.windows.scores:
            made["scores"] = plots.scores_plot(page.windows)
        made["differences"] = plots.differences_plot(page.windows)
    if page.scored:
        found = page.scored.reliability
        made["thresholds"] = plots.threshold_plot(page.scored.curve, found is not None)
        if found:
            made["reliability"] = plots.reliability_plot(found)
    return made


class _Row(NamedTuple):
    """A row of the table of types; an interval is None if there is none."""

    name: str
    is_type: bool
    counts: Counts
    interval: tuple[float, float] | None


def _types_table(figures: Figures) -> list[_Row]:
    evaluation = figures.evaluation
    rows = [
        _Row(label, True, counts, figures.intervals.get(label))
        for label, counts in evaluation.lenient.items()
    ]
    rows.append(_Row("all", False, evaluation.overall, evaluation.interval))
    if evaluation.strict != evaluation.lenient:
        rows.append(_Row("all, strict", False, evaluation.overall_strict, None))
    for novelty, counts in evaluation.by_novelty.items():
        rows.append(_Row(f"{novelty} in training", False, counts, None))
    return rows


def _confusion(evaluation: Evaluation) -> dict[str, Any] | None:
    """Labels, and a row for each gold label: its tokens by predicted label, with their share of the row."""
    labels = confusion_labels(evaluation)
    if labels is None:
        return None
    rows = {}
    for gold in labels:
        tokens = [evaluation.confusion[gold, label] for label in labels]
        total = max(1, sum(tokens))
        rows[gold] = [(label, n, n / total, label == gold) for label, n in zip(labels, tokens, strict=True)]
    return {"labels": labels, "rows": rows, "outside": OUTSIDE}
