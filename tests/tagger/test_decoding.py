from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wincls.corpus.schemes import SCHEMES, Entity, Scheme, entities, first_illegal
from wincls.network.losses import log_softmax
from wincls.tagger.decoding import Decoder, Posteriors, Spans

CASES = [  # longer sentences only where there are not too many taggings to try
    (scheme, types, 5 if len(types) == 1 else 4) for scheme in SCHEMES for types in (("A",), ("A", "B"))
]
every_case = pytest.mark.parametrize(
    ("name", "types", "longest"), CASES, ids=[f"{name}-{''.join(types)}" for name, types, _ in CASES]
)


@cache
def legal_taggings(name: str, types: tuple[str, ...], length: int) -> np.ndarray:
    """(taggings, length) numbers of all taggings that the scheme can write."""
    names = SCHEMES[name].tags(types)
    numbers = product(range(len(names)), repeat=length)
    return np.array(
        [each for each in numbers if first_illegal([names[i] for i in each], SCHEMES[name]) is None]
    )


def random_log_p(rng: np.random.Generator, tokens: int, tags: int) -> np.ndarray:
    return log_softmax(2.0 * rng.normal(size=(tokens, tags)))


def decoder_for(name: str, types: Sequence[str]) -> Decoder:
    return Decoder(SCHEMES[name], types)


def probability(decoder: Decoder, posteriors: Posteriors, entity: Entity, start: int = 0) -> float:
    """Of an entity in the sentence whose first token is given."""
    span = (decoder.types.index(entity.type), start + entity.start, start + entity.end)
    (found,) = posteriors.of(Spans(*(np.array([each]) for each in span)))
    return float(found)


@every_case
def test_viterbi_finds_the_best_of_all_legal_taggings(
    name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(1)
    decoder = decoder_for(name, types)
    for length in range(1, longest + 1):
        taggings = legal_taggings(name, types, length)
        for _ in range(20):
            log_p = random_log_p(rng, length, len(decoder.tags))
            scores = log_p[np.arange(length), taggings].sum(axis=1)
            best = decoder.best(log_p, np.array([length]))
            assert best.tolist() == taggings[scores.argmax()].tolist()


@every_case
def test_entity_probabilities_are_sums_over_legal_taggings(
    name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(2)
    decoder = decoder_for(name, types)
    for length in range(1, longest + 1):
        log_p = random_log_p(rng, length, len(decoder.tags))
        mass: dict[Entity, float] = defaultdict(float)
        taggings = legal_taggings(name, types, length)
        p = np.exp(log_p[np.arange(length), taggings].sum(axis=1))
        for tagging, share in zip(taggings, p / p.sum(), strict=True):
            for entity in entities([decoder.tags[i] for i in tagging]):
                mass[entity] += share
        posteriors = decoder.posteriors(np.exp(log_p), np.array([length]))
        assert {each: probability(decoder, posteriors, each) for each in mass} == pytest.approx(mass)


@every_case
@pytest.mark.parametrize("outside", [True, False])
def test_log_odds_are_sums_over_legal_taggings(
    outside: bool, name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(5)
    decoder = decoder_for(name, types)
    lengths = np.arange(1, longest + 1)
    scores = rng.normal(size=(int(lengths.sum()), len(decoder.tags)))
    scores[:, 0] *= outside
    odds = decoder.log_odds(scores if outside else scores[:, 1:], lengths)
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        own = scores[end - length : end]
        taggings = legal_taggings(name, types, length)
        p = np.exp(own[np.arange(length), taggings].sum(axis=1))
        mass = np.array([np.bincount(tags, p, len(decoder.tags)) for tags in taggings.T]) / p.sum()
        expected = np.log(mass + 1e-6)
        np.testing.assert_allclose(odds[end - length : end], expected[:, 1:] - expected[:, :1], atol=1e-9)


def test_log_odds_of_any_scores_are_finite() -> None:
    decoder = decoder_for("IOBES", ["A", "B"])
    scores = np.array(
        [[1e4, -1e4, 0, 0, 0, 0, 0, 0], [-1e4] * 8, [0, 0, 1e4, 0, 0, 0, 0, 0]], dtype=np.float32
    )
    odds = decoder.log_odds(scores, np.array([2, 1]))
    assert odds.dtype == np.float32
    assert np.isfinite(odds).all()
    assert (np.abs(odds) < 14).all()
    assert decoder.log_odds(scores[:0], np.array([], dtype=int)).shape == (0, 8)


@every_case
def test_sentences_decoded_together_are_decoded_as_alone(
    name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(3)
    decoder = decoder_for(name, types)
    lengths = np.array([2, 5, 1, 1, 4, 5, 3, 9])
    log_p = random_log_p(rng, lengths.sum(), len(decoder.tags))
    together = decoder.best(log_p, lengths)
    posteriors = decoder.posteriors(np.exp(log_p), lengths)
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        own = slice(end - length, end)
        alone = decoder.best(log_p[own], np.array([length]))
        assert together[own].tolist() == alone.tolist()
        own_posteriors = decoder.posteriors(np.exp(log_p[own]), np.array([length]))
        for entity in entities([decoder.tags[i] for i in alone]):
            assert probability(decoder, posteriors, entity, end - length) == pytest.approx(
                probability(decoder, own_posteriors, entity)
            )


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
@given(st.data())
def test_the_best_tagging_is_legal_and_probabilities_are_between_0_and_1(
    scheme: Scheme, data: st.DataObject
) -> None:
    decoder = decoder_for(scheme.name, ("A", "B"))
    lengths = np.array(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5)))
    shape = (int(lengths.sum()), len(decoder.tags))
    log_p = log_softmax(data.draw(arrays.arrays(np.float64, shape, elements=st.floats(-50, 50))))
    best = decoder.best(log_p, lengths)
    posteriors = decoder.posteriors(np.exp(log_p), lengths)
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        tags = [decoder.tags[i] for i in best[end - length : end]]
        assert first_illegal(tags, scheme) is None
        for entity in entities(tags):
            assert 0.0 <= probability(decoder, posteriors, entity, end - length) <= 1.0


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
@given(st.data())
def test_spans_are_the_entities_of_the_taggings(scheme: Scheme, data: st.DataObject) -> None:
    decoder = decoder_for(scheme.name, ("A", "B"))
    lengths = np.array(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)))
    taggings = [
        data.draw(st.sampled_from(legal_taggings(scheme.name, ("A", "B"), length).tolist()))
        for length in lengths.tolist()
    ]
    spans = decoder.spans(np.concatenate(taggings), lengths)
    expected = [
        (entity.type, start + entity.start, start + entity.end)
        for start, tagging in zip((np.cumsum(lengths) - lengths).tolist(), taggings, strict=True)
        for entity in entities([decoder.tags[i] for i in tagging])
    ]
    assert [
        (decoder.types[kind], first, behind)
        for kind, first, behind in zip(*(each.tolist() for each in spans), strict=True)
    ] == expected


def test_an_open_entity_at_the_end_is_no_tagging() -> None:
    """Worked out by hand: O O has 0.4 * 0.35 = 0.14, B-A E-A 0.6 * 0.15 = 0.09, all else is open or 0."""
    decoder = decoder_for("IOBES", ["A"])
    assert decoder.tags == ["O", "S-A", "B-A", "I-A", "E-A"]
    p = np.array([[0.4, 0.0, 0.6, 0.0, 0.0], [0.35, 0.0, 0.5, 0.0, 0.15]])
    with np.errstate(divide="ignore"):
        assert decoder.best(np.log(p), np.array([2])).tolist() == [0, 0]
    posterior = probability(decoder, decoder.posteriors(p, np.array([2])), Entity("A", 0, 2))
    assert posterior == pytest.approx(0.09 / (0.14 + 0.09))


def test_part_of_an_entity_is_no_entity() -> None:
    """In IO three tokens of a type are one entity: two of them are one only if the third is O."""
    decoder = decoder_for("IO", ["A"])
    posteriors = decoder.posteriors(np.full((3, 2), 0.5), np.array([3]))
    assert probability(decoder, posteriors, Entity("A", 0, 3)) == pytest.approx(1 / 8)
    assert probability(decoder, posteriors, Entity("A", 0, 2)) == pytest.approx(1 / 8)
    assert probability(decoder, posteriors, Entity("A", 1, 2)) == pytest.approx(1 / 8)


def test_probabilities_of_0_leave_numbers() -> None:
    """All mass on what is illegal, an inner tag first and an open one last: nothing is known then."""
    decoder = decoder_for("IOBES", ["A"])
    log_p = log_softmax(np.array([[0.0, 0.0, 0.0, 900.0, 0.0], [0.0, 0.0, 900.0, 0.0, 0.0]]))
    best = decoder.best(log_p, np.array([2]))
    assert first_illegal([decoder.tags[i] for i in best], SCHEMES["IOBES"]) is None
    posteriors = decoder.posteriors(np.exp(log_p), np.array([2]))
    posterior = probability(decoder, posteriors, Entity("A", 0, 2))
    assert 0.0 <= posterior <= 1.0


def test_a_long_sentence_neither_underflows_nor_overflows() -> None:
    rng = np.random.default_rng(4)
    decoder = decoder_for("BIO", ["A"])
    log_p = random_log_p(rng, 3000, 3)
    posteriors = decoder.posteriors(np.exp(log_p), np.array([3000]))
    scores = posteriors.of(decoder.spans(decoder.best(log_p, np.array([3000])), np.array([3000])))
    assert len(scores) > 100
    assert ((scores > 0) & (scores <= 1)).all()


def test_no_sentences_have_no_tags() -> None:
    decoder = decoder_for("BIO", ["A"])
    assert decoder.best(np.zeros((0, 3)), np.array([], dtype=np.int64)).shape == (0,)


def test_tags_are_numbered_type_by_type_behind_o() -> None:
    decoder = decoder_for("BIO", ["B", "A"])
    assert decoder.types == ("B", "A")
    assert decoder.tags == ["O", "B-B", "I-B", "B-A", "I-A"]
    assert decoder.kinds.tolist() == [0, 1, 1, 2, 2]
