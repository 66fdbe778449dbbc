"""The comparison of two systems, as text and as a plain mapping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wincls.corpus.documents import Corpus
from wincls.evaluation.comparison import Comparison
from wincls.evaluation.counts import Entities
from wincls.evaluation.significance import SAMPLES, Difference
from wincls.reports.formats import brackets
from wincls.reports.records import counts_record
from wincls.reports.tables import counted, percent, table

_SIGNIFICANT = 0.05
_METHOD = (
    "Difference: B minus A. Interval: paired bootstrap over sentences. p: how often chance gives at least\n"
    f"this difference if both are equally good (two-sided approximate randomization, {SAMPLES:,} samples,\n"
    "not corrected for the number of rows).\n"
)


def comparison_text(comparison: Comparison, notes: Sequence[str], most: int | None) -> str:
    """A table of the differences, the conclusion, and sentences that only one system gets right.

    notes: sentences for the reader.
    most: sentences that are shown for each system; None for all.
    """
    gold = comparison.gold
    sizes = [
        counted(len(gold.sentences), "sentence"),
        counted(gold.tokens, "token"),
        counted(gold.labels.total(), "entity"),
    ]
    rows = [["", "F1 of A", "F1 of B", "difference", "95 % interval", "p", "support"]]
    rows += [_row(label, each) for label, each in comparison.by_type.items()]
    rows.append(_row("all", comparison.overall))
    rows += [_row(f"{name} in training", each) for name, each in comparison.by_novelty.items()]
    parts = [
        f"A  {comparison.a.name}\nB  {comparison.b.name}\n{gold.path}: {', '.join(sizes)}\n",
        f"{table(rows)}\n",
        _conclusion(comparison.overall),
        _METHOD,
    ]
    parts += ["".join(f"Note: {note}.\n" for note in notes)] if notes else []
    parts.append(_sentences_text("A", comparison.only_a, gold, "B", comparison.b.entities, most))
    parts.append(_sentences_text("B", comparison.only_b, gold, "A", comparison.a.entities, most))
    return "\n".join(parts)


def comparison_record(comparison: Comparison, notes: Sequence[str]) -> dict[str, Any]:
    """All figures, and all sentences that only one system gets right; notes: sentences for the reader."""
    gold = comparison.gold
    return {
        "a": comparison.a.name,
        "b": comparison.b.name,
        "file": gold.path,
        "sentences": len(gold.sentences),
        "tokens": gold.tokens,
        "samples": SAMPLES,
        "all": _record(comparison.overall),
        "types": {label: _record(each) for label, each in comparison.by_type.items()},
        "novelty": {name: _record(each) for name, each in comparison.by_novelty.items()},
        "only_a_right": [_sentence_record(i, comparison) for i in comparison.only_a],
        "only_b_right": [_sentence_record(i, comparison) for i in comparison.only_b],
        "notes": list(notes),
    }


def _row(name: str, each: Difference) -> list[str]:
    low, high = each.interval
    p = "<0.001" if each.p < 0.001 else f"{each.p:.3f}"
    interval = f"{_signed(low)} to {_signed(high)}"
    f1 = [percent(counts.f1) for counts in (each.a, each.b)]
    return [name, *f1, _signed(each.f1), interval, p, str(each.a.gold)]


def _signed(difference: float) -> str:
    shown = f"{100 * difference:+.2f}"
    return "0.00" if float(shown) == 0 else shown


def _conclusion(overall: Difference) -> str:
    p = "p < 0.001" if overall.p < 0.001 else f"p = {overall.p:.3f}"
    if overall.p > _SIGNIFICANT:
        return f"No significant difference of F1 ({p}).\n"
    better, worse = ("B", "A") if overall.f1 > 0 else ("A", "B")
    return f"{better} is better than {worse}: F1 differs by {100 * abs(overall.f1):.2f} points ({p}).\n"


def _sentences_text(
    right: str,
    numbers: Sequence[int],
    gold: Corpus,
    wrong: str,
    found: Sequence[Entities],
    most: int | None,
) -> str:
    """Sentences with the gold entities, and with those that the wrong system found."""
    lines = [f"Only {right} is right: {counted(len(numbers), 'sentence')}"]
    for i in numbers[:most]:
        sentence = gold.sentences[i]
        lines += [
            f"{gold.place(sentence, 0)}: {' '.join(sentence.words)}",
            f"    gold  {_shown(sentence.entities, sentence.words)}",
            f"    {wrong}     {_shown(found[i], sentence.words)}",
        ]
    if most is not None and len(numbers) > most:
        lines.append(f"... {len(numbers) - most:,} more (--all)")
    return "\n".join(lines) + "\n"


def _shown(entities: Entities, words: Sequence[str]) -> str:
    return (
        ", ".join(brackets(each.label, " ".join(words[each.start : each.end])) for each in entities) or "none"
    )


def _record(each: Difference) -> dict[str, Any]:
    return {
        "a": counts_record(each.a),
        "b": counts_record(each.b),
        "difference": each.f1,
        "interval": each.interval,
        "p": each.p,
    }


def _sentence_record(i: int, comparison: Comparison) -> dict[str, Any]:
    sentence = comparison.gold.sentences[i]
    found = {"gold": sentence.entities, "a": comparison.a.entities[i], "b": comparison.b.entities[i]}
    return {
        "file": sentence.file or comparison.gold.path,
        "line": sentence.lines[0],
        "tokens": sentence.words,
        **{name: [each._asdict() for each in entities] for name, entities in found.items()},
    }
