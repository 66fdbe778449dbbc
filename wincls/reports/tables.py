"""Figures for people, as text tables."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import OUTSIDE
from wincls.evaluation.counts import Counts, Entities
from wincls.evaluation.evaluate import Evaluation
from wincls.evaluation.mistakes import KINDS, find_mistakes
from wincls.network.gradcheck import Check
from wincls.reports.formats import brackets
from wincls.visible import left, right, visible, width_of

_WIDEST = 20  # rows and columns of a confusion matrix, and rows of the list in its place


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as text with aligned columns: the first column is left-aligned, the others are right-aligned."""
    widths = [max(width_of(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            left(row[0], widths[0]),
            *(right(cell, w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as "1 entity" and "1,200 entities"."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def percent(share: float) -> str:
    return f"{100 * share:.2f}"


_STRICT = "The strict reading counts only entities whose tags are as the scheme writes them.\n"


def evaluation_text(evaluation: Evaluation, strict: bool = False) -> str:
    """The table of an evaluation: by type and overall.

    strict: only the strict reading; if not, it is shown where it differs.
    """
    rows = [["", "precision", "recall", "F1", "support", "predicted", "correct"]]
    accuracy = (
        f"Token accuracy {percent(evaluation.token_accuracy)} % ({counted(evaluation.tokens, 'token')}, "
        f"{counted(evaluation.sentences, 'sentence')}).\n"
    )
    if strict:
        rows += [_row(label, counts) for label, counts in evaluation.strict.items()]
        rows.append(_row("all", evaluation.overall_strict))
        return f"{table(rows)}\n\n{_STRICT}\n{accuracy}"
    both = evaluation.strict != evaluation.lenient
    rows += [_row(label, counts) for label, counts in evaluation.lenient.items()]
    rows.append(_row("all", evaluation.overall))
    if both:
        rows += [_row(f"{label} (strict)", counts) for label, counts in evaluation.strict.items()]
        rows.append(_row("all (strict)", evaluation.overall_strict))
    for novelty, counts in evaluation.by_novelty.items():
        rows.append(_row(f"{novelty} in training", counts))
    note = f"\n{_STRICT}" if both else ""
    low, high = map(percent, evaluation.interval)
    return (
        f"{table(rows)}\n{note}\n"
        f"95 % confidence interval of F1: {low} to {high} (bootstrap over sentences).\n"
        f"{accuracy}"
    )


_MEASURES = {
    "strict": "same boundaries and type",
    "exact": "same boundaries, any type",
    "partial": "overlap, any type; 1/2 for other boundaries",
    "type": "overlap and same type",
}


def partial_text(evaluation: Evaluation) -> str:
    """The figures with credit for partial matches."""
    rows = [["", "precision", "recall", "F1", "correct"]]
    rows += [
        [name, *map(percent, (each.precision, each.recall, each.f1)), f"{each.correct:.12g}"]
        for name, each in evaluation.partial.items()
    ]
    header, *lines = table(rows).split("\n")
    explained = [f"{line}  {about}" for line, about in zip(lines, _MEASURES.values(), strict=True)]
    return "\n".join(["Partial matches, by the measures of SemEval-2013 Task 9:", header, *explained]) + "\n"


def confusion_text(evaluation: Evaluation) -> str:
    """Tokens by gold type (rows) and predicted type (columns); of many types, the most frequent mistakes."""
    labels = confusion_labels(evaluation)
    if labels is None:
        listed = [
            ["gold", "predicted", "tokens"],
            *([*pair, str(n)] for pair, n in frequent_confusions(evaluation)),
        ]
        return "Tokens by type, the most frequent mistakes:\n" + table(listed) + "\n"
    rows = [["gold \\ predicted", *labels]]
    rows += [[gold, *(str(evaluation.confusion[gold, label]) for label in labels)] for gold in labels]
    return "Tokens by type:\n" + table(rows) + "\n"


def confusion_labels(evaluation: Evaluation) -> list[str] | None:
    """Rows and columns of the confusion matrix, O last; None if they are too many to be read."""
    labels = [*sorted({label for pair in evaluation.confusion for label in pair} - {OUTSIDE}), OUTSIDE]
    return labels if len(labels) <= _WIDEST else None


def frequent_confusions(evaluation: Evaluation) -> list[tuple[tuple[str, str], int]]:
    """The most frequent pairs of different gold and predicted types, with their number of tokens."""
    mistakes = {pair: n for pair, n in evaluation.confusion.items() if pair[0] != pair[1]}
    return sorted(mistakes.items(), key=lambda item: (-item[1], item[0]))[:_WIDEST]


def mistakes_text(corpus: Corpus, predicted: Sequence[Entities]) -> str:
    """Every mistake by kind, with its place and its sentence."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for sentence, entities in zip(corpus.sentences, predicted, strict=True):
        for mistake in find_mistakes(sentence.entities, entities):
            sides = [
                f"{name} {brackets(entity.label, ' '.join(sentence.words[entity.start : entity.end]))}"
                for name, entity in (("gold", mistake.gold), ("predicted", mistake.predicted))
                if entity is not None
            ]
            shown = visible(f"{corpus.place(sentence, mistake.start)}: {', '.join(sides)}")
            found[mistake.kind].append(f"{shown}\n    {visible(' '.join(sentence.words))}\n")
    parts = [
        f"{kind.capitalize()} ({len(lines)})\n" + "".join(["\n", *lines] if lines else [])
        for kind, lines in found.items()
    ]
    return "\n".join(parts)


def gradcheck_text(checks: Sequence[Check], limit: float) -> str:
    """A line for each parameter: checked and skipped numbers, and the largest relative error.

    limit: a larger relative error is marked as wrong.
    """
    rows = [["parameter", "shape", "checked", "at kinks", "worst error", ""]]
    for check in checks:
        verdict = "ok" if check.worst <= limit else "WRONG"
        if not check.checked:
            verdict = "not checked"
        shape = " x ".join(map(str, check.shape))
        rows.append(
            [check.name, shape, str(check.checked), str(check.skipped), f"{check.worst:.1e}", verdict]
        )
    return table(rows) + "\n"


def differences_text(checks: Sequence[Check], epsilon: float, limit: float) -> str:
    """A line for each number in Check.shown: its gradient by all methods, and the errors of the differences.

    epsilon: the step of the differences.
    limit: a larger relative error is marked as wrong.
    """
    shown = [(check.name, each) for check in checks for each in check.shown]
    if not shown:
        return "No numbers to show: all gradients checked are 0 or at kinks.\n"
    rows = [["number", "vectorized", "element-wise", "centered", "error", "one-sided", "error", ""]]
    for name, each in shown:
        ways = (each.analytic, each.elementwise, each.centered, each.one_sided)
        vectorized, elementwise, centered, one_sided = (f"{value:.7e}" for value in ways)
        errors = [f"{error:.1e}" for error in (each.centered_error, each.one_sided_error)]
        verdict = "" if each.centered_error <= limit else "WRONG"
        number = f"{name}[{','.join(map(str, each.at))}]"
        rows.append([number, vectorized, elementwise, centered, errors[0], one_sided, errors[1], verdict])
    centered_error = median(each.centered_error for _, each in shown)
    one_sided_error = median(each.one_sided_error for _, each in shown)
    times = ""
    if centered_error:
        ratio = one_sided_error / centered_error
        times = f", {ratio:,.{0 if ratio >= 10 else 1}f} times as large"
    return (
        f"The largest gradients checked, and differences with a step of {epsilon:g}"
        " (indices count from 0):\n\n"
        f"{table(rows)}\n\n"
        "The error of a centered difference (eq. 50) shrinks with the square of the step, that of a\n"
        "one-sided difference (eq. 51) with the step. Where J is linear, both only have rounding errors.\n"
        f"Median error of these {len(shown)}: centered {centered_error:.1e}, one-sided {one_sided_error:.1e}"
        f"{times}.\n"
    )


def _row(name: str, counts: Counts) -> list[str]:
    shares = [percent(counts.precision), percent(counts.recall), percent(counts.f1)]
    if not counts.gold and not counts.predicted:
        shares = ["-"] * 3  # no gold and no predicted entity
    return [name, *shares, str(counts.gold), str(counts.predicted), str(counts.correct)]
