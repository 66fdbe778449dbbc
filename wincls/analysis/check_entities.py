"""Checks of annotations: types, ambiguous and partly annotated forms, boundaries."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wincls.analysis.check_sentences import excerpt, place
from wincls.analysis.findings import Finding, share
from wincls.corpus.documents import Corpus, Sentence
from wincls.reports.tables import counted

_RARE = 10  # entities of a type below which it is hardly learned
_MOST_TOKENS = 8  # longer forms are not looked for elsewhere
_SHOWN = 30  # forms that are listed

Form = tuple[str, ...]


class Occurrence(NamedTuple):
    """Tokens of a sentence of a corpus."""

    corpus: Corpus
    sentence: Sentence
    start: int
    end: int

    def __str__(self) -> str:
        return (
            f"{place(self.corpus, self.sentence, self.start)}: {excerpt(self.sentence, self.start, self.end)}"
        )


def check_entities(corpora: Mapping[str, Corpus]) -> Iterator[Finding]:
    """corpora: by split, the training data first."""
    yield from _types(corpora)
    annotated: dict[Form, dict[str, list[Occurrence]]] = defaultdict(lambda: defaultdict(list))
    for corpus in corpora.values():
        for sentence in corpus.sentences:
            for start, end, label in sentence.entities:
                form = tuple(sentence.words[start:end])
                annotated[form][label].append(Occurrence(corpus, sentence, start, end))
    yield from _several_types(annotated)
    yield from _partly_annotated(corpora.values(), annotated)
    yield from _boundaries(annotated)


def _types(corpora: Mapping[str, Corpus]) -> Iterator[Finding]:
    labels = {split: corpus.labels for split, corpus in corpora.items()}
    train_split, train = next(iter(labels.items()))
    every = Counter[str]()
    for counts in labels.values():
        every.update(counts)
    by_case: dict[str, list[str]] = defaultdict(list)
    for label in every:
        by_case[label.casefold()].append(label)
    for variants in by_case.values():
        if len(variants) > 1:
            named = " and ".join(f"{label} ({every[label]:,})" for label in sorted(variants))
            yield Finding(
                "types-by-case", "problem", f"types that differ only in case: {named}", "write them the same"
            )
    rare = sorted(label for label, count in train.items() if count < _RARE)
    if rare:
        named = ", ".join(f"{label} {train[label]}" for label in rare)
        yield Finding(
            "rare-types", "look",
            f"{train_split}: types with fewer than {_RARE} entities: {named}",
            "annotate more of them, merge them into other types, or leave them out with data.types",
        )  # fmt: skip
    for split, counts in list(labels.items())[1:]:
        missing, new = sorted(train.keys() - counts.keys()), sorted(counts.keys() - train.keys())
        if missing:
            yield Finding(
                "types-missing", "look",
                f"{split} has none of: {', '.join(missing)}",
                f"add sentences with them to {split}; nothing can be said of these types",
            )  # fmt: skip
        if new:
            yield Finding(
                "types-new", "problem",
                f"{split} has types that {train_split} lacks: {', '.join(new)}",
                f"add sentences with them to {train_split}, or fix the spelling; they will never be found",
            )  # fmt: skip


def _several_types(annotated: Mapping[Form, Mapping[str, Sequence[Occurrence]]]) -> Iterator[Finding]:
    """Ranked by how much one type outnumbers the others: a single exception is most likely a slip."""
    ranked = []
    for form, by_label in annotated.items():
        if len(by_label) > 1:
            counts = Counter({label: len(found) for label, found in by_label.items()})
            (usual, most), *others = counts.most_common()
            rest = sum(count for _, count in others)
            ranked.append((-most / rest, form, usual, counts))
    if not ranked:
        return
    ranked.sort(key=lambda each: each[:2])
    examples = []
    for _, form, usual, counts in ranked[:_SHOWN]:
        exception = next(found[0] for label, found in annotated[form].items() if label != usual)
        named = ", ".join(f"{label} {count}" for label, count in counts.most_common())
        examples.append(f"{' '.join(form)}: {named}; {exception}")
    yield Finding(
        "several-types", "look",
        f"{counted(len(ranked), 'form')} annotated with several types",
        "read the exceptions; some forms have several meanings, others are slips",
        examples,
    )  # fmt: skip


def _partly_annotated(
    corpora: Iterable[Corpus],
    annotated: Mapping[Form, Mapping[str, Sequence[Occurrence]]],
) -> Iterator[Finding]:
    """Forms that are annotated in some places and left out in others."""
    by_first: dict[str, list[Form]] = defaultdict(list)
    for form in annotated:
        if len(form) <= _MOST_TOKENS and any(map(str.isalpha, "".join(form))):
            by_first[form[0]].append(form)
    for forms in by_first.values():
        forms.sort(key=len, reverse=True)
    left_out: dict[Form, list[Occurrence]] = defaultdict(list)
    for corpus in corpora:
        for sentence in corpus.sentences:
            for found in _unannotated(corpus, sentence, by_first):
                left_out[tuple(sentence.words[found.start : found.end])].append(found)
    ranked = []
    for form, places in left_out.items():
        times = sum(map(len, annotated[form].values()))
        if times > len(places):  # mostly annotated, so that the others look forgotten
            ranked.append((-times / len(places), form, times))
    if not ranked:
        return
    ranked.sort()
    missing = sum(len(left_out[form]) for _, form, _ in ranked)
    examples = []
    for _, form, times in ranked[:_SHOWN]:
        places = left_out[form]
        counts = f"annotated {counted(times, 'time')}, left out {counted(len(places), 'time')}"
        examples.append(f"{' '.join(form)}: {counts}; {places[0]}")
    yield Finding(
        "partly-annotated", "look",
        f"{counted(len(ranked), 'form')} mostly annotated, but left out {counted(missing, 'time')}",
        "annotate the forgotten ones; each teaches the model that such a word is no entity",
        examples,
    )  # fmt: skip


def _unannotated(
    corpus: Corpus, sentence: Sentence, by_first: Mapping[str, Sequence[Form]]
) -> Iterator[Occurrence]:
    """Forms in a sentence that overlap no entity, the longest first, from left to right."""
    taken = bytearray(len(sentence.words))
    for start, end, _ in sentence.entities:
        taken[start:end] = b"\1" * (end - start)
    i = 0
    while i < len(sentence.words):
        for form in by_first.get(sentence.words[i], ()):
            end = i + len(form)
            if tuple(sentence.words[i:end]) == form and not any(taken[i:end]):
                yield Occurrence(corpus, sentence, i, end)
                i = end - 1
                break
        i += 1


def _boundaries(annotated: Mapping[Form, Mapping[str, Sequence[Occurrence]]]) -> Iterator[Finding]:
    """First and last tokens, such as articles and full stops, that are included here and left out there.

    A token in question is one of lower case or punctuation, without which the rest of the entity is
    annotated elsewhere.
    """
    for name, at, rest in (("first", 0, slice(1, None)), ("last", -1, slice(None, -1))):
        included: dict[str, list[Occurrence]] = defaultdict(list)
        for form, by_label in annotated.items():
            for label, found in by_label.items():
                if len(form) > 1 and _is_small(form[at]) and label in annotated.get(form[rest], ()):
                    included[form[at].lower()] += found
        # How often the same token stands beside an entity and is left out.
        left_out = Counter[str]()
        for by_label in annotated.values():
            for found in by_label.values():
                for each in found:
                    i = each.start - 1 if at == 0 else each.end
                    if 0 <= i < len(each.sentence.words):
                        left_out[each.sentence.words[i].lower()] += 1
        unsure = [(token, found) for token, found in included.items() if left_out[token] and len(found) >= 2]
        if unsure:
            unsure.sort(key=lambda each: (-len(each[1]), each[0]))
            named = ", ".join(
                f"{token} (in {share(len(found), len(found) + left_out[token])})"
                for token, found in unsure[:8]
            )
            yield Finding(
                f"{name}-token", "look",
                f"the {name} token is included in some entities and left out of others: {named}",
                "decide whether it belongs to the entity, and annotate all in the same way",
                [str(found[0]) for _, found in unsure],
            )  # fmt: skip


def _is_small(token: str) -> bool:
    """Whether a token is in lower case, or punctuation."""
    return token.islower() or all(unicodedata.category(char)[0] in "PS" for char in token)
