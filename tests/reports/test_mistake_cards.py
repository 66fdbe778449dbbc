from __future__ import annotations

from itertools import pairwise

from tests.reports.pages import EXAMPLE, PREDICTED, corpus_of
from wincls.corpus.schemes import Entity
from wincls.reports.mistake_cards import Card, Piece, Side, mistake_cards


def test_cards_by_example() -> None:
    found = mistake_cards(EXAMPLE, PREDICTED, {(1, Entity(0, 1, "LOC")): 0.25})
    assert found.totals == {
        "boundary": 1, "type": 1, "boundary and type": 0, "missed": 1, "spurious": 1,
    }  # fmt: skip
    assert found.labels == ["LOC", "ORG", "PER"]
    assert found.shown[:2] == [
        Card(
            "boundary",
            "dev.conll:1",
            Side("PER", "Ada Lovelace", None),
            Side("PER", "Ada", None),
            [
                Piece("Ada", True, True),
                Piece("Lovelace", True, False),
                Piece("lived in London .", False, False),
            ],
        ),
        Card(
            "type",
            "dev.conll:8",
            Side("PER", "Paris", None),
            Side("LOC", "Paris", 0.25),
            [Piece("Paris", True, True), Piece("is a name .", False, False)],
        ),
    ]
    assert [card.kind for card in found.shown[2:]] == ["spurious", "missed"]


def test_of_many_mistakes_rare_kinds_are_all_shown_and_the_others_evenly() -> None:
    missed = [("Ada came", [Entity(0, 1, "PER")])] * 500
    spurious = [("Bob came", [])] * 300
    corpus = corpus_of([*missed, *spurious, ("Paris fell", [Entity(0, 1, "LOC")])])
    predicted = [[]] * 500 + [[Entity(0, 1, "PER")]] * 300 + [[Entity(0, 1, "PER")]]
    found = mistake_cards(corpus, predicted, most=41)
    kinds = [card.kind for card in found.shown]
    assert {kind: kinds.count(kind) for kind in kinds} == {"missed": 20, "spurious": 20, "type": 1}
    assert sum(found.totals.values()) == 801
    # The missed ones are among 500 sentences of two tokens and an empty line.
    lines = [int(card.place.split(":")[1]) for card in found.shown if card.kind == "missed"]
    assert lines[0] == 1 and lines[-1] == 3 * 499 + 1
    assert max(b - a for a, b in pairwise(lines)) <= 3 * 27


def test_long_sentences_entities_and_tokens_are_cut() -> None:
    words = ["w"] * 1000 + ["x" * 10_000] + [str(i) for i in range(200)] + ["w"] * 1000
    corpus = corpus_of([(" ".join(words), [Entity(1000, 1201, "PER")])])
    (card,) = mistake_cards(corpus, [[]]).shown
    before, entity, after = card.pieces[1:-1]
    assert card.pieces[0].text == card.pieces[-1].text == "…"
    assert before.text == after.text == " ".join(["w"] * 25)
    assert entity.text.startswith("x" * 60 + "… (10,000 characters) 0 1 2")
    assert " 28 … (141 tokens) … 170 171" in entity.text and entity.text.endswith(" 199")
    assert card.gold is not None and card.gold.text == entity.text
    assert len(str(card)) < 5000
