"""Checks of sentences: duplicates within and across splits, length, characters."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

from wincls.analysis.findings import Finding, share
from wincls.corpus.documents import Corpus, Sentence
from wincls.reports.tables import counted

_LEAST_TOKENS = 5  # shorter sentences are repeated for good reasons
_LEAKED = 0.01  # share of dev or test from which on repeated sentences are a problem
_LONG = 200  # tokens
_INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
_MOJIBAKE = ("Ã©", "Ã¨", "Ã¼", "Ã¶", "Ã¤", "Ã±", "Ã§", "â€™", "â€œ", "â€“", "Â ", "\ufffd")


def check_sentences(corpora: Mapping[str, Corpus]) -> Iterator[Finding]:
    """corpora: by split."""
    for split, corpus in corpora.items():
        yield from _duplicates(split, corpus)
    splits = list(corpora)
    for i, split in enumerate(splits):
        for other in splits[:i]:
            yield from _leaks(split, corpora[split], other, corpora[other])
    for split, corpus in corpora.items():
        yield from _lengths(split, corpus)
        yield from _characters(split, corpus)


def place(corpus: Corpus, sentence: Sentence, token: int = 0) -> str:
    """Where a token is: file:line."""
    return corpus.place(sentence, token)


def excerpt(sentence: Sentence, start: int, end: int, around: int = 4) -> str:
    """The words around tokens, which are put in brackets."""
    words = sentence.words
    first, last = max(0, start - around), min(len(words), end + around)
    inside = f"[{' '.join(words[start:end])}]"
    shown = [*words[first:start], inside, *words[end:last]]
    return f"{'... ' * (first > 0)}{' '.join(shown)}{' ...' * (last < len(words))}"


def _key(sentence: Sentence) -> tuple[str, ...] | None:
    words = sentence.words
    return tuple(words) if len(words) >= _LEAST_TOKENS else None


def _by_words(corpus: Corpus) -> dict[tuple[str, ...], list[Sentence]]:
    found = defaultdict(list)
    for sentence in corpus.sentences:
        if key := _key(sentence):
            found[key].append(sentence)
    return found


def _duplicates(split: str, corpus: Corpus) -> Iterator[Finding]:
    repeated = [some for some in _by_words(corpus).values() if len(some) > 1]
    different = [some for some in repeated if len({tuple(each.entities) for each in some}) > 1]
    if different:
        examples = []
        for some in different:
            first = some[0]
            other = next(each for each in some if tuple(each.entities) != tuple(first.entities))
            places = f"{place(corpus, first)} and {place(corpus, other)}"
            examples.append(f"{places}: {' '.join(first.words[:12])}")
        yield Finding(
            "contradiction", "problem",
            f"{split}: {counted(len(different), 'sentence')} with several annotations",
            "decide which annotation is right, and make them the same",
            examples,
        )  # fmt: skip
    more = sum(len(some) - 1 for some in repeated)
    if more:
        yield Finding(
            "duplicates", "look" if more > 0.01 * len(corpus.sentences) else "note",
            f"{split}: {share(more, len(corpus.sentences))} sentences are repetitions",
            "remove repetitions if they come from copying; they make figures look better than they are",
            [f"{place(corpus, some[1])}: {' '.join(some[1].words[:12])}" for some in repeated],
        )  # fmt: skip


def _leaks(split: str, corpus: Corpus, other_split: str, other: Corpus) -> Iterator[Finding]:
    known = _by_words(other)
    leaked = [sentence for sentence in corpus.sentences if (key := _key(sentence)) and key in known]
    if leaked:
        problem = len(leaked) > _LEAKED * len(corpus.sentences)
        yield Finding(
            "leak", "problem" if problem else "look",
            f"{split}: {share(len(leaked), len(corpus.sentences))} sentences are in {other_split} as well",
            f"remove them from {other_split}, or the figures of {split} will be too good",
            [f"{place(corpus, each)}: {' '.join(each.words[:12])}" for each in leaked],
        )  # fmt: skip


def _lengths(split: str, corpus: Corpus) -> Iterator[Finding]:
    long = sorted(
        (each for each in corpus.sentences if len(each.words) > _LONG), key=lambda each: -len(each.words)
    )
    if long:
        yield Finding(
            "long-sentences", "problem" if len(long[0].words) > 5 * _LONG else "look",
            f"{split}: {counted(len(long), 'sentence')} of more than {_LONG} tokens",
            "are empty lines missing between sentences? Split them",
            [f"{place(corpus, each)}: {len(each.words):,} tokens" for each in long],
        )  # fmt: skip


def _characters(split: str, corpus: Corpus) -> Iterator[Finding]:
    kinds = {
        "mojibake": "characters of a wrong encoding",
        "invisible": "invisible characters",
        "control": "control characters",
        "markup": "leftovers of HTML",
    }
    places: dict[str, list[str]] = {kind: [] for kind in kinds}
    verdicts: dict[str, str | None] = {}
    for sentence in corpus.sentences:
        for i, word in enumerate(sentence.words):
            if word not in verdicts:
                verdicts[word] = _strange(word)
            if kind := verdicts[word]:
                places[kind].append(f"{place(corpus, sentence, i)}: {word!r}")
    for kind, found in places.items():
        if found:
            yield Finding(
                kind, "look",
                f"{split}: {counted(len(found), 'token')} with {kinds[kind]}",
                "clean the text where it comes from, in the same way as text that will be tagged",
                found,
            )  # fmt: skip


def _strange(word: str) -> str | None:
    if any(sign in word for sign in _MOJIBAKE):
        return "mojibake"
    if not word.isascii() and not _INVISIBLE.isdisjoint(word):
        return "invisible"
    if any(unicodedata.category(char) == "Cc" for char in word):
        return "control"
    if word in ("<br>", "<br/>", "<p>", "</p>") or (word[:1] == "&" and word[-1:] == ";" and len(word) > 3):
        return "markup"
    return None
