"""What a check of the data has found, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from wincls.corpus.documents import Corpus
from wincls.reports.tables import counted, table
from wincls.visible import visible

_TITLES = {"problem": "Problems", "look": "To look at", "note": "Notes"}
_WIDTH = 160  # characters of an example


class Found(Protocol):
    """A finding: see analysis.findings.Finding."""

    @property
    def level(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def advice(self) -> str: ...
    @property
    def examples(self) -> Sequence[str]: ...


def corpora_text(corpora: Mapping[str, Corpus]) -> str:
    """What the splits hold: sentences, tokens, and entities by type."""
    lines = []
    for split, corpus in corpora.items():
        sizes = f"{counted(len(corpus.sentences), 'sentence')}, {counted(corpus.tokens, 'token')}"
        lines.append(f"{split:5}  {corpus.name}: {sizes}, {corpus.format}, {corpus.scheme.name}")
    labels = {split: corpus.labels for split, corpus in corpora.items()}
    rows = [["entities", *corpora]]
    for label in sorted({label for counts in labels.values() for label in counts}):
        rows.append([label, *(f"{counts[label]:,}" for counts in labels.values())])
    rows.append(["all", *(f"{counts.total():,}" for counts in labels.values())])
    return "\n".join(lines) + "\n\n" + table(rows) + "\n"


def findings_text(findings: Sequence[Found], most: int) -> str:
    """The findings by level, with at most so many examples each."""
    parts = []
    for level, title in _TITLES.items():
        its = [each for each in findings if each.level == level]
        if not its:
            continue
        lines = [f"{title} ({len(its)})"]
        for each in its:
            lines += ["", visible(each.text)]
            lines += [f"    {_shorten(visible(example))}" for example in each.examples[:most]]
            if len(each.examples) > most:
                lines.append(f"    ... {len(each.examples) - most:,} more (--examples N, --json)")
            lines.append(f"  -> {visible(each.advice)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts) if parts else "Nothing to complain about.\n"


def _shorten(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
