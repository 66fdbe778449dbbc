"""Figures for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wincls.corpus.conll import Corpus, Sentence
from wincls.corpus.schemes import OUTSIDE
from wincls.network.gradcheck import Check
from wincls.output.formats import brackets
from wincls.tagger.evaluation import MISTAKES, Counts, Evaluation, Mistake, mistakes


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need be, the first to the left and the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as "1 entity" and "1,200 entities"."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def percent(share: float) -> str:
    return f"{100 * share:.2f}"


def evaluation_text(evaluation: Evaluation) -> str:
    """The table of an evaluation: by type and in all; the strict reading only where it differs."""
    rows = [["", "precision", "recall", "F1", "gold", "predicted", "correct"]]
    both = evaluation.strict != evaluation.lenient
    rows += [_row(kind, counts) for kind, counts in evaluation.lenient.items()]
    rows.append(_row("all", evaluation.overall))
    if both:
        rows += [_row(f"{kind} (strict)", counts) for kind, counts in evaluation.strict.items()]
        rows.append(_row("all (strict)", evaluation.overall_strict))
    for novelty, counts in evaluation.novelty.items():
        rows.append(_row(f"{novelty} in training", counts))
    note = (
        "\nThe strict reading counts only entities whose tags are as the scheme writes them.\n"
        if both
        else ""
    )
    low, high = map(percent, evaluation.interval)
    return (
        f"{table(rows)}\n{note}\n"
        f"F1 on other sentences like these: {low} to {high} (95 %, by bootstrap over sentences).\n"
        f"{percent(evaluation.accuracy)} % of {counted(evaluation.tokens, 'token')} in "
        f"{counted(evaluation.sentences, 'sentence')} have the right tag.\n"
    )


def confusion_text(evaluation: Evaluation) -> str:
    """Tokens by gold type (rows) and predicted type (columns)."""
    kinds = [*sorted({kind for pair in evaluation.confusion for kind in pair} - {OUTSIDE}), OUTSIDE]
    rows = [["gold \\ predicted", *kinds]]
    rows += [[gold, *(str(evaluation.confusion[gold, kind]) for kind in kinds)] for gold in kinds]
    return "Tokens by type:\n" + table(rows) + "\n"


def mistakes_text(corpus: Corpus, predicted: Sequence[Sequence[str]]) -> str:
    """Every mistake by kind, with its place and its sentence."""
    found: dict[str, list[str]] = {kind: [] for kind in MISTAKES}
    for sentence, mistake in _mistakes(corpus, predicted):
        sides = [
            f"{name} {brackets(entity.type, ' '.join(sentence.words[entity.start : entity.end]))}"
            for name, entity in (("gold", mistake.gold), ("predicted", mistake.predicted))
            if entity is not None
        ]
        place = f"{corpus.path}:{sentence.lines[mistake.start]}"
        found[mistake.kind].append(f"{place}: {', '.join(sides)}\n    {' '.join(sentence.words)}\n")
    parts = [
        f"{kind.capitalize()} ({len(lines)})\n" + "".join(["\n", *lines] if lines else [])
        for kind, lines in found.items()
    ]
    return "\n".join(parts)


def mistakes_record(corpus: Corpus, predicted: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """The same for programs, in the order of the file; entities end before the token `end`, from 0."""
    return [
        {
            "kind": mistake.kind,
            "line": sentence.lines[mistake.start],
            "gold": mistake.gold and mistake.gold._asdict(),
            "predicted": mistake.predicted and mistake.predicted._asdict(),
            "tokens": sentence.words,
        }
        for sentence, mistake in _mistakes(corpus, predicted)
    ]


def _mistakes(corpus: Corpus, predicted: Sequence[Sequence[str]]) -> Iterator[tuple[Sentence, Mistake]]:
    for sentence, tags in zip(corpus.sentences, predicted, strict=True):
        for mistake in mistakes(sentence.tags, tags):
            yield sentence, mistake


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """The same for programs; shares are between 0 and 1."""

    def reading(by_type: dict[str, Counts], overall: Counts) -> dict[str, Any]:
        return {"all": _record(overall), "types": {kind: _record(counts) for kind, counts in by_type.items()}}

    return {
        "sentences": evaluation.sentences,
        "tokens": evaluation.tokens,
        "token_accuracy": evaluation.accuracy,
        "lenient": reading(evaluation.lenient, evaluation.overall),
        "strict": reading(evaluation.strict, evaluation.overall_strict),
        "f1_interval": evaluation.interval,
        "novelty": {novelty: _record(counts) for novelty, counts in evaluation.novelty.items()},
        "confusion": [
            {"gold": gold, "predicted": predicted, "tokens": tokens}
            for (gold, predicted), tokens in sorted(evaluation.confusion.items())
        ],
    }


def gradcheck_text(checks: Sequence[Check], limit: float) -> str:
    """A line for each parameter: what was checked, what was skipped, the worst relative error."""
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


def _row(name: str, counts: Counts) -> list[str]:
    shares = [percent(counts.precision), percent(counts.recall), percent(counts.f1)]
    if not counts.gold and not counts.predicted:
        shares = ["-"] * 3  # there was nothing to find, and nothing was found
    return [name, *shares, str(counts.gold), str(counts.predicted), str(counts.correct)]


def _record(counts: Counts) -> dict[str, float]:
    return {
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "gold": counts.gold,
        "predicted": counts.predicted,
        "correct": counts.correct,
    }
