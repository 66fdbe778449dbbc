from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from wincls.analysis.compare import System, compare_systems
from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.tagger.tagger import Tagger

WORDS = ["Paris", "of", "Texas"]


def corpus(scheme: str, *entities: Entity) -> Corpus:
    sentences = [Sentence(WORDS, entities, range(1, 4), True), Sentence(["the"], (), [5], False)]
    return Corpus("gold.conll", sentences, SCHEMES[scheme])


def test_predictions_are_merged_where_the_scheme_cannot_tell_them_apart(
    write: Callable[..., Path],
) -> None:
    spans = [{"start": a, "end": b, "label": "LOC"} for a, b in ((0, 5), (6, 8), (9, 18))]
    system = System(str(write(json.dumps({"text": "Paris of Texas the", "spans": spans}), "a.jsonl")))
    # In IO, two adjacent entities of a type are one. One that goes on in the next sentence is never right.
    across = Entity(2, 4, "LOC")
    expected = {
        "IO": [Entity(0, 2, "LOC"), across],
        "BIO": [Entity(0, 1, "LOC"), Entity(1, 2, "LOC"), across],
    }
    for scheme, entities in expected.items():
        found, notes = compare_systems(system, system, corpus(scheme), Reading(), "gold.conll")
        assert found.a.entities == found.b.entities == [entities, []]
        assert len(notes) == 1 and "across a sentence end" in notes[0]


def test_seen_entities_are_those_of_all_models(make_tagger: Callable[..., Tagger]) -> None:
    gold = corpus("BIO", Entity(0, 1, "LOC"), Entity(1, 2, "LOC"), Entity(2, 3, "LOC"))
    a, b = (System(name, make_tagger(seen=frozenset([name]))) for name in ("Paris", "Texas"))
    found, _ = compare_systems(a, b, gold, Reading(), "gold.conll")
    support = {name: each.a.gold for name, each in found.by_novelty.items()}
    assert support == {"seen": 2, "unseen": 1}
    assert found.overall.a.gold == 3
