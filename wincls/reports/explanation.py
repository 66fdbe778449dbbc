"""Explanations of tokens, as text and as plain mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from wincls.corpus.schemes import OUTSIDE
from wincls.tagger.calibration import Calibration
from wincls.tagger.explain import Explanation, WindowWord
from wincls.tagger.plain import Plain
from wincls.visible import left, right, width_of

PAD = "<pad>"
_WIDTH = 100
_CELL = 8
_MOST_LABELS = 5

Show = Callable[[float], str]

NOTES = f"""\
A word in [brackets] is the center of the window; ? marks a word that is not in the vocabulary, and
{PAD} is padding. "By word" is the score minus the score with the word replaced by padding, and "by
feature" the score minus the score with the feature replaced by its unknown row in the whole window.
These contributions do not add up to the score, because f is not linear.
"""


def number(value: float) -> str:
    """A number with three significant digits, in scientific notation below 0.0001."""
    return f"{value:#.3g}".removesuffix(".") if value else "0"


def explanation_text(
    explanation: Explanation,
    tokens: Sequence[str],
    labels: Sequence[str],
    tags: Sequence[str],
    tables: Sequence[str],
    label: str | None = None,
    all_labels: bool = False,
) -> str:
    """A block of lines: the decision, the window with the contributions, scores, probabilities.

    tokens: the tokens of its sentence.
    labels: the labels of the scores.
    tags: the tags of the probabilities.
    tables: the names of the token tables.
    label: a label whose contributions are shown in addition to those of the best label.
    all_labels: show all scores and probabilities, not only the five largest.
    """
    title = 2 + max(map(width_of, labels)) + len(" by feature")
    columns = shown_columns(explanation, labels, label)
    rows = [("window", window_cells(explanation.window))]
    for column in columns:
        rows.append((f"{labels[column]} by word", list(map(number, explanation.positions[:, column]))))
    lines = _wrapped(rows, title)
    by_feature = _pairs(list(tables) * len(columns), explanation.tables[:, columns].T.ravel().tolist())
    for i, column in enumerate(columns):
        cells = by_feature[i * len(tables) : (i + 1) * len(tables)]
        lines += _wrapped([(f"{labels[column]} by feature", cells)], title)
    most = None if all_labels else _MOST_LABELS
    lines += _wrapped([("score", _largest(labels, explanation.scores.tolist(), most))], title)
    if explanation.probabilities is not None:
        p = _largest(tags, explanation.probabilities.tolist(), most, "{:.4f}".format)
        lines += _wrapped([("probability", p)], title)
    center = explanation.window[len(explanation.window) // 2].token
    return (
        "\n".join([f"{explanation.token + 1} {center}: {decision_text(explanation, tokens)}", *lines]) + "\n"
    )


def decision_text(explanation: Explanation, tokens: Sequence[str]) -> str:
    """The entity that contains the token, with its score, or O; tokens: of its sentence."""
    entity = explanation.entity
    if entity is None:
        return OUTSIDE
    return f"[{entity.label} {' '.join(tokens[entity.start : entity.end])}] {entity.score:.4f}"


def rule_text(decision: Calibration | Plain) -> str:
    """A sentence that says how a tagger decides."""
    if not isinstance(decision, Plain):
        return "Decision: the most probable legal tag sequence, with the probability of the entity.\n"
    if decision.threshold is None:
        return (
            "Decision: the class with the largest score, with the smallest margin over O of the entity's "
            "tokens.\n"
        )
    return (
        f"Decision: the label with the largest score, if that is above the threshold "
        f"{decision.threshold:.4g}, with the smallest\nscore of the entity's tokens.\n"
    )


def window_cells(window: Sequence[WindowWord]) -> list[str]:
    """The words of a window: the center in brackets, unknown words with a question mark."""
    cells = [PAD if word.token is None else word.token + "?" * word.unknown for word in window]
    center = len(window) // 2
    cells[center] = f"[{cells[center]}]"
    return cells


def shown_columns(explanation: Explanation, labels: Sequence[str], label: str | None) -> list[int]:
    """The columns of the best label and of `label`, if it is given."""
    best = int(explanation.scores.argmax())
    return list(dict.fromkeys([best, *([] if label is None else [labels.index(label)])]))


def explanation_record(
    explanation: Explanation,
    tokens: Sequence[str],
    first: int,
    labels: Sequence[str],
    tags: Sequence[str],
    tables: Sequence[str],
) -> dict[str, Any]:
    """An explanation as plain values. Tokens and sentences count from 1.

    tokens: the tokens of its sentence.
    first: the index of the first token of the sentence in the text.
    labels, tags, tables: as for :func:`explanation_text`.
    """
    entity, p = explanation.entity, explanation.probabilities
    return {
        "number": explanation.token + 1,
        "token": tokens[explanation.token - first],
        "sentence": explanation.sentence + 1,
        "window": [word._asdict() for word in explanation.window],
        "scores": dict(zip(labels, explanation.scores.tolist(), strict=True)),
        "contributions": {
            label: {
                "positions": explanation.positions[:, column].tolist(),
                "tables": dict(zip(tables, explanation.tables[:, column].tolist(), strict=True)),
            }
            for column, label in enumerate(labels)
        },
        "probabilities": None if p is None else dict(zip(tags, p.tolist(), strict=True)),
        "entity": entity
        and {
            "label": entity.label,
            "first": first + entity.start + 1,
            "last": first + entity.end,
            "tokens": list(tokens[entity.start : entity.end]),
            "score": entity.score,
        },
    }


def _largest(
    names: Sequence[str], values: Sequence[float], most: int | None, show: Show = number
) -> list[str]:
    """Names with their values, by descending value; most: how many, None for all."""
    order = sorted(range(len(values)), key=lambda i: -values[i])[:most]
    return _pairs([names[i] for i in order], [values[i] for i in order], show)


def _pairs(names: Sequence[str], values: Sequence[float], show: Show = number) -> list[str]:
    """Names with their values, padded to the same width."""
    texts = list(map(show, values))
    widths = max(map(width_of, names)), max(map(len, texts))
    return [f"{left(name, widths[0])} {text:>{widths[1]}}" for name, text in zip(names, texts, strict=True)]


def _wrapped(rows: Sequence[tuple[str, Sequence[str]]], title: int) -> list[str]:
    """Aligned rows of a title and cells, split into parts that fit the width; title: its width."""
    lines: list[str] = []
    widths = [max(_CELL, *map(width_of, cells)) for cells in zip(*(row for _, row in rows), strict=True)]
    for part in _fitting(widths, _WIDTH - title):
        for name, row in rows:
            cells = [f"  {right(cell, width)}" for cell, width in zip(row[part], widths[part], strict=True)]
            lines.append(f"  {left(name, title - 2)}{''.join(cells)}")
    return lines


def _fitting(widths: Sequence[int], room: int) -> Iterator[slice]:
    """Slices of columns that fit into `room`, with two spaces before each column."""
    start, total = 0, 0
    for i, width in enumerate(widths):
        if total + width + 2 > room and i > start:
            yield slice(start, i)
            start, total = i, 0
        total += width + 2
    yield slice(start, len(widths))
