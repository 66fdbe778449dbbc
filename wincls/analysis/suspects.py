"""Suspected annotation errors: where models that were not trained on a sentence are sure of something else.

The most probable entities of a sentence are compared with the annotated ones. Where they differ, the
suspicion is the mean, over the tokens whose tags differ, of log P(suggested tag) - log P(annotated tag). A
sum would put long entities first, since the errors of neighboring tokens are not independent.

Annotators forget entities, but rarely invent one. So an annotated entity where the models find none at all is
mostly one that they cannot recognize, and its suspicion is lowered by a constant.

Such an entity may also have a wrong type or boundary. So a second comparison is with what the models find if
the log-odds of O are lowered, as by Tagger.recall_bias; the suspicion is computed as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, offsets_of, segments_of
from wincls.corpus.schemes import Entity
from wincls.tagger.decoding import Decoder

KINDS = ("missing", "type", "boundary", "boundary and type", "spurious")
_BIASES = (0.0, 3.0)  # of the log-odds of O
_INVENTED = 5.0  # an annotated entity where the models find none is this much less suspicious


class Suspect(NamedTuple):
    """A suspected annotation error.

    sentence: its number.
    kind: one of KINDS, what the annotation is.
    annotated, suggested: the entities at this place. One of them can be empty.
    score: the suspicion, above 0.
    """

    sentence: int
    kind: str
    annotated: tuple[Entity, ...]
    suggested: tuple[Entity, ...]
    score: float

    @property
    def span(self) -> tuple[int, int]:
        """Its first token, and the token after its last one."""
        both = (*self.annotated, *self.suggested)
        return min(each.start for each in both), max(each.end for each in both)


def find_suspects(
    log_p: Array, gold: Sequence[Sequence[Entity]], lengths: Array, decoder: Decoder
) -> list[Suspect]:
    """The suspected annotation errors, in the order of the sentences.

    log_p: (tokens, tags) log-probabilities by models that were not trained on the sentences.
    gold: the annotated entities of each sentence. Places with types that the models do not know are left out.
    lengths: (sentences,) in tokens.
    """
    tag_set = decoder.tag_set
    starts = offsets_of(lengths)
    annotated_tags = tag_set.encode(gold, lengths)
    found: dict[int, list[Suspect]] = {}
    for bias in _BIASES:
        biased = log_p.copy()
        biased[:, 0] -= bias
        tags = decoder.best(biased, lengths)
        different = np.unique(segments_of(np.flatnonzero(tags != annotated_tags), starts))
        suggested = tag_set.entities(tags, lengths)
        for i in different.tolist():
            rows = slice(int(starts[i]), int(starts[i] + lengths[i]))
            index = np.arange(rows.start, rows.stop)
            gains = log_p[index, tags[rows]] - log_p[index, annotated_tags[rows]]  # (tokens of the sentence,)
            changed = tags[rows] != annotated_tags[rows]
            for annotated, others in differences(gold[i], suggested[i]):
                if any(each.label not in tag_set.labels for each in annotated):
                    continue
                suspect = Suspect(i, kind_of(annotated, others), annotated, others, 0.0)
                place = slice(*suspect.span)
                score = float(gains[place][changed[place]].mean())
                score -= _INVENTED * (suspect.kind == "spurious")
                if score > 0:
                    found.setdefault(i, []).append(suspect._replace(score=score))
    return [each for i in sorted(found) for each in _clearest(found[i])]


def differences(
    annotated: Sequence[Entity], suggested: Sequence[Entity]
) -> list[tuple[tuple[Entity, ...], tuple[Entity, ...]]]:
    """The entities that only one side has, in groups of those that overlap, directly or through others."""
    wrong = [(each, 0) for each in annotated if each not in suggested]
    right = [(each, 1) for each in suggested if each not in annotated]
    groups: list[tuple[list[Entity], list[Entity]]] = []
    end = -1
    for entity, side in sorted([*wrong, *right]):
        if entity.start >= end:
            groups.append(([], []))
        groups[-1][side].append(entity)
        end = max(end, entity.end)
    return [(tuple(ours), tuple(theirs)) for ours, theirs in groups]


def kind_of(annotated: Sequence[Entity], suggested: Sequence[Entity]) -> str:
    """One of KINDS; the entities of each side, which overlap."""
    if not annotated:
        return "missing"
    if not suggested:
        return "spurious"
    if [each[:2] for each in annotated] == [each[:2] for each in suggested]:
        return "type"
    labels = {each.label for each in (*annotated, *suggested)}
    return "boundary" if len(labels) == 1 else "boundary and type"


def _clearest(suspects: Sequence[Suspect]) -> list[Suspect]:
    """Of suspects that overlap, the one with the highest score; suspects: of a sentence."""
    chosen: list[Suspect] = []
    for each in sorted(suspects, key=lambda each: -each.score):
        if not any(_overlap(each, other) for other in chosen):
            chosen.append(each)
    return chosen


def _overlap(a: Suspect, b: Suspect) -> bool:
    """Whether two suspects of a sentence have a token in common."""
    return a.span[0] < b.span[1] and b.span[0] < a.span[1]
