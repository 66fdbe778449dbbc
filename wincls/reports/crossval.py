"""The results of a cross-validation, as text, as a plain mapping and as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any, Protocol

from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import Entity, Scheme
from wincls.evaluation.counts import Counts, micro
from wincls.evaluation.evaluate import Evaluation
from wincls.evaluation.learning_curve import Gain, LearningCurve
from wincls.reports.formats import brackets
from wincls.reports.records import counts_record, evaluation_record
from wincls.reports.tables import counted, evaluation_text, percent, table
from wincls.tagger.decoding import ScoredEntity

_LONGEST = 300  # characters of a sentence that are shown


class FoldFigures(Protocol):
    """A fold: its sentences, and counts by label of each seed; see analysis/crossval.py."""

    @property
    def sentences(self) -> Sequence[int]: ...
    @property
    def counts(self) -> Sequence[Mapping[str, Counts]]: ...


class Suspected(Protocol):
    """A suspected annotation error, see analysis/suspects.py."""

    @property
    def sentence(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def annotated(self) -> Sequence[Entity]: ...
    @property
    def suggested(self) -> Sequence[Entity]: ...
    @property
    def score(self) -> float: ...
    @property
    def span(self) -> tuple[int, int]: ...


def folds_text(folds: Sequence[FoldFigures], evaluation: Evaluation) -> str:
    """F1 by fold and seed, and the figures of all out-of-fold predictions."""
    seeds = len(folds[0].counts)
    names = ["F1"] if seeds == 1 else [f"F1, seed {i + 1}" for i in range(seeds)]
    rows = [["fold", "sentences", "support", *names]]
    for i, fold in enumerate(folds, start=1):
        support = micro(fold.counts[0]).gold
        rows.append([f"{i}", f"{len(fold.sentences)}", f"{support}", *map(percent, _f1(fold))])
    every = [f1 for fold in folds for f1 in _f1(fold)]
    spread = f" \u00b1 {percent(stdev(every))} (standard deviation)" if len(every) > 1 else ""
    about = ", by the mean probabilities of the seeds" if seeds > 1 else ""
    return (
        f"{table(rows)}\n\nF1 of {counted(len(every), 'training')}: {percent(mean(every))}{spread}.\n\n"
        f"All sentences, each tagged by the models that were not trained on it{about}:\n"
        f"{evaluation_text(evaluation)}"
    )


def curve_text(curve: LearningCurve, gain: Gain) -> str:
    """Mean F1 by training size, and what more sentences should add."""
    rows = [["training sentences", "F1"]]
    for size, f1 in zip(curve.sizes, curve.f1, strict=True):
        rows.append([f"{size:,.0f}", percent(float(mean(f1)))])
    return f"Learning curve:\n{table(rows)}\n\n{gain_text(gain)}"


def gain_text(gain: Gain) -> str:
    """What more sentences should add, in words."""
    low, high = (100 * each for each in gain.interval)
    interval = f"95 % interval {low:.1f} to {high:.1f}"
    more = f"Another {counted(gain.sentences, 'sentence')}"
    if low > 0:
        return f"{more} should add about {100 * gain.f1:.1f} F1 ({interval}).\n"
    return f"{more} may add nothing: {100 * gain.f1:+.1f} F1 is expected ({interval}).\n"


def suspects_text(suspects: Sequence[Suspected], corpus: Corpus, most: int) -> str:
    """The clearest suspected annotation errors, each with its place and its sentence."""
    if not suspects or not most:
        return ""
    shown = suspects[:most]
    title = "Suspected annotation errors, the clearest first"
    lines = [f"{title} ({len(shown):,} of {len(suspects):,}):" if len(shown) < len(suspects) else f"{title}:"]
    for each in shown:
        row = suspect_row(each, corpus)
        sentence = row["sentence"]
        lines += [
            f"{row['place']}: {row['kind']}; annotated {row['annotated']}, suggested {row['suggested']}",
            f"    {sentence if len(sentence) <= _LONGEST else sentence[: _LONGEST - 3] + '...'}",
        ]
    return "\n".join(lines) + "\n"


def suspect_row(each: Suspected, corpus: Corpus) -> dict[str, str]:
    """A suspected annotation error as texts: place, kind, annotated, suggested, score and sentence."""
    sentence = corpus.sentences[each.sentence]
    return {
        "place": corpus.place(sentence, each.span[0]),
        "kind": each.kind,
        "annotated": _shown(each.annotated, sentence),
        "suggested": _shown(each.suggested, sentence),
        "score": f"{each.score:.2f}",
        "sentence": " ".join(sentence.words),
    }


def suspects_file(suspects: Sequence[Suspected], corpus: Corpus) -> str:
    """All suspected annotation errors as tab-separated columns, for a spreadsheet."""
    file = io.StringIO()
    names = ["place", "kind", "annotated", "suggested", "score", "sentence"]
    writer = csv.DictWriter(file, names, dialect="excel-tab", lineterminator="\n")
    writer.writeheader()
    writer.writerows(suspect_row(each, corpus) for each in suspects)
    return file.getvalue()


def predictions_file(corpus: Corpus, entities: Sequence[Sequence[ScoredEntity]], scheme: Scheme) -> str:
    """Words, gold tags and predicted tags in columns, as `wincls eval --predictions` reads them."""
    lines: list[str] = []
    for sentence, found in zip(corpus.sentences, entities, strict=True):
        n = len(sentence.words)
        gold = scheme.encode(sentence.entities, n)
        predicted = scheme.encode([each.entity for each in found], n)
        lines += map("\t".join, zip(sentence.words, gold, predicted, strict=True))
        lines.append("")
    return "\n".join(lines) + "\n"


def crossval_record(
    folds: Sequence[FoldFigures],
    evaluation: Evaluation,
    suspects: Sequence[Suspected],
    corpus: Corpus,
    curve: LearningCurve | None,
    gain: Gain | None,
) -> dict[str, Any]:
    """Everything as a plain mapping."""
    every = [f1 for fold in folds for f1 in _f1(fold)]
    record: dict[str, Any] = {
        "f1": {"mean": mean(every), "standard_deviation": stdev(every) if len(every) > 1 else None},
        "folds": [
            {
                "sentences": len(fold.sentences),
                "seeds": [
                    {
                        **counts_record(micro(counts)),
                        "types": {k: counts_record(v) for k, v in counts.items()},
                    }
                    for counts in fold.counts
                ],
            }
            for fold in folds
        ],
        "all": evaluation_record(evaluation),
        "suspects": [_suspect_record(each, corpus) for each in suspects],
    }
    if curve is not None and gain is not None:
        record["curve"] = [
            {"sentences": float(size), "f1": [float(each) for each in f1]}
            for size, f1 in zip(curve.sizes, curve.f1, strict=True)
        ]
        record["gain"] = {"sentences": gain.sentences, "f1": gain.f1, "interval": list(gain.interval)}
    return record


def _suspect_record(each: Suspected, corpus: Corpus) -> dict[str, Any]:
    sentence = corpus.sentences[each.sentence]
    return {
        "file": sentence.file or corpus.path,
        "line": sentence.lines[each.span[0]],
        "kind": each.kind,
        "annotated": [entity._asdict() for entity in each.annotated],
        "suggested": [entity._asdict() for entity in each.suggested],
        "score": each.score,
        "tokens": sentence.words,
    }


def _f1(fold: FoldFigures) -> list[float]:
    """Of each seed."""
    return [micro(counts).f1 for counts in fold.counts]


def _shown(entities: Sequence[Entity], sentence: Sentence) -> str:
    texts = (brackets(each.label, " ".join(sentence.words[each.start : each.end])) for each in entities)
    return " ".join(texts) or "nothing"
