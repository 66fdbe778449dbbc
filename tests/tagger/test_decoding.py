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

from wincls.corpus.schemes import SCHEMES, Entity, Scheme, decode, illegal_positions
from wincls.corpus.tag_set import Spans, TagSet
from wincls.network.losses import log_softmax
from wincls.tagger.decoding import Decoder

CASES = [  # longer sentences only where there are not too many sequences to try
    (scheme, types, 5 if len(types) == 1 else 4) for scheme in SCHEMES for types in (("A",), ("A", "B"))
]
every_case = pytest.mark.parametrize(
    ("name", "types", "longest"), CASES, ids=[f"{name}-{''.join(types)}" for name, types, _ in CASES]
)


@cache
def legal_sequences(name: str, types: tuple[str, ...], length: int) -> np.ndarray:
    """(sequences, length) numbers of all sequences that the scheme can write."""
    names = SCHEMES[name].tags(types)
    numbers = product(range(len(names)), repeat=length)
    return np.array(
        [each for each in numbers if not illegal_positions([names[i] for i in each], SCHEMES[name])]
    )


def random_log_p(rng: np.random.Generator, tokens: int, tags: int) -> np.ndarray:
    return log_softmax(2.0 * rng.normal(size=(tokens, tags)))


def decoder_for(name: str, types: Sequence[str]) -> Decoder:
    return Decoder(TagSet(SCHEMES[name], types))


def probability(
    decoder: Decoder, p: np.ndarray, lengths: np.ndarray, entity: Entity, start: int = 0
) -> float:
    """Of an entity in the sentence whose first token is given."""
    span = (decoder.tag_set.labels.index(entity.label), start + entity.start, start + entity.end)
    (found,) = decoder.span_probabilities(p, lengths, Spans(*(np.array([each]) for each in span)))
    return float(found)


@every_case
def test_viterbi_finds_the_best_of_all_legal_sequences(
    name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(1)
    decoder = decoder_for(name, types)
    for length in range(1, longest + 1):
        sequences = legal_sequences(name, types, length)
        for _ in range(20):
            log_p = random_log_p(rng, length, len(decoder.tag_set.tags))
            scores = log_p[np.arange(length), sequences].sum(axis=1)
            best = decoder.best(log_p, np.array([length]))
            assert best.tolist() == sequences[scores.argmax()].tolist()


@every_case
def test_entity_probabilities_are_sums_over_legal_sequences(
    name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(2)
    decoder = decoder_for(name, types)
    for length in range(1, longest + 1):
        log_p = random_log_p(rng, length, len(decoder.tag_set.tags))
        mass: dict[Entity, float] = defaultdict(float)
        sequences = legal_sequences(name, types, length)
        p = np.exp(log_p[np.arange(length), sequences].sum(axis=1))
        for sequence, share in zip(sequences, p / p.sum(), strict=True):
            for entity in decode([decoder.tag_set.tags[i] for i in sequence]):
                mass[entity] += share
        p, lengths = np.exp(log_p), np.array([length])
        assert {each: probability(decoder, p, lengths, each) for each in mass} == pytest.approx(mass)


@every_case
def test_sentences_decoded_together_are_decoded_as_alone(
    name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(3)
    decoder = decoder_for(name, types)
    lengths = np.array([2, 5, 1, 1, 4, 5, 3, 9])
    log_p = random_log_p(rng, lengths.sum(), len(decoder.tag_set.tags))
    together = decoder.best(log_p, lengths)
    p = np.exp(log_p)
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        own = slice(end - length, end)
        alone = decoder.best(log_p[own], np.array([length]))
        assert together[own].tolist() == alone.tolist()
        for entity in decode([decoder.tag_set.tags[i] for i in alone]):
            assert probability(decoder, p, lengths, entity, end - length) == pytest.approx(
                probability(decoder, p[own], np.array([length]), entity)
            )


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
@given(st.data())
def test_the_best_sequence_is_legal_and_probabilities_are_between_0_and_1(
    scheme: Scheme, data: st.DataObject
) -> None:
    decoder = decoder_for(scheme.name, ("A", "B"))
    lengths = np.array(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5)))
    shape = (int(lengths.sum()), len(decoder.tag_set.tags))
    log_p = log_softmax(data.draw(arrays.arrays(np.float64, shape, elements=st.floats(-50, 50))))
    best = decoder.best(log_p, lengths)
    p = np.exp(log_p)
    for end, length in zip(np.cumsum(lengths), lengths, strict=True):
        tags = [decoder.tag_set.tags[i] for i in best[end - length : end]]
        assert not illegal_positions(tags, scheme)
        for entity in decode(tags):
            assert 0.0 <= probability(decoder, p, lengths, entity, end - length) <= 1.0


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
@given(st.data())
def test_spans_are_the_entities_of_the_sequences(scheme: Scheme, data: st.DataObject) -> None:
    decoder = decoder_for(scheme.name, ("A", "B"))
    lengths = np.array(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)))
    sequences = [
        data.draw(st.sampled_from(legal_sequences(scheme.name, ("A", "B"), length).tolist()))
        for length in lengths.tolist()
    ]
    spans = decoder.tag_set.decode(np.concatenate(sequences), lengths)
    expected = [
        (entity.label, start + entity.start, start + entity.end)
        for start, sequence in zip((np.cumsum(lengths) - lengths).tolist(), sequences, strict=True)
        for entity in decode([decoder.tag_set.tags[i] for i in sequence])
    ]
    assert [
        (decoder.tag_set.labels[kind], first, end)
        for kind, first, end in zip(*(each.tolist() for each in spans), strict=True)
    ] == expected


def test_an_open_entity_at_the_end_is_not_legal() -> None:
    """Worked out by hand: O O has 0.4 * 0.35 = 0.14, B-A E-A 0.6 * 0.15 = 0.09, all else is open or 0."""
    decoder = decoder_for("IOBES", ["A"])
    assert decoder.tag_set.tags == ["O", "S-A", "B-A", "I-A", "E-A"]
    p = np.array([[0.4, 0.0, 0.6, 0.0, 0.0], [0.35, 0.0, 0.5, 0.0, 0.15]])
    with np.errstate(divide="ignore"):
        assert decoder.best(np.log(p), np.array([2])).tolist() == [0, 0]
    posterior = probability(decoder, p, np.array([2]), Entity(0, 2, "A"))
    assert posterior == pytest.approx(0.09 / (0.14 + 0.09))


def test_part_of_an_entity_is_no_entity() -> None:
    """In IO three tokens of a type are one entity: two of them are one only if the third is O."""
    decoder = decoder_for("IO", ["A"])
    p, lengths = np.full((3, 2), 0.5), np.array([3])
    assert probability(decoder, p, lengths, Entity(0, 3, "A")) == pytest.approx(1 / 8)
    assert probability(decoder, p, lengths, Entity(0, 2, "A")) == pytest.approx(1 / 8)
    assert probability(decoder, p, lengths, Entity(1, 2, "A")) == pytest.approx(1 / 8)


def test_probabilities_of_0_leave_numbers() -> None:
    """All mass on what is illegal, an inner tag first and an open one last: nothing is known then."""
    decoder = decoder_for("IOBES", ["A"])
    log_p = log_softmax(np.array([[0.0, 0.0, 0.0, 900.0, 0.0], [0.0, 0.0, 900.0, 0.0, 0.0]]))
    best = decoder.best(log_p, np.array([2]))
    assert not illegal_positions([decoder.tag_set.tags[i] for i in best], SCHEMES["IOBES"])
    posterior = probability(decoder, np.exp(log_p), np.array([2]), Entity(0, 2, "A"))
    assert 0.0 <= posterior <= 1.0


def test_a_long_sentence_neither_underflows_nor_overflows() -> None:
    rng = np.random.default_rng(4)
    decoder = decoder_for("BIO", ["A"])
    log_p = random_log_p(rng, 3000, 3)
    lengths = np.array([3000])
    spans = decoder.tag_set.decode(decoder.best(log_p, lengths), lengths)
    scores = decoder.span_probabilities(np.exp(log_p), lengths, spans)
    assert len(scores) > 100
    assert ((scores > 0) & (scores <= 1)).all()


def test_no_sentences_have_no_tags() -> None:
    decoder = decoder_for("BIO", ["A"])
    assert decoder.best(np.zeros((0, 3)), np.array([], dtype=np.int64)).shape == (0,)


def test_tags_are_numbered_label_by_label_after_o() -> None:
    decoder = decoder_for("BIO", ["B", "A"])
    assert decoder.tag_set.labels == ("B", "A")
    assert decoder.tag_set.tags == ["O", "B-B", "I-B", "B-A", "I-A"]
    assert decoder.tag_set.type_ids.tolist() == [0, 1, 1, 2, 2]


@every_case
def test_entropies_of_tokens_are_those_of_the_distribution_over_all_legal_sequences(
    name: str, types: tuple[str, ...], longest: int
) -> None:
    rng = np.random.default_rng(5)
    decoder = decoder_for(name, types)
    lengths = np.array([longest, 1, longest - 1])
    log_p = random_log_p(rng, int(lengths.sum()), len(decoder.tag_set))
    expected, start = [], 0
    for length in lengths.tolist():
        sequences = legal_sequences(name, types, length)
        weight = np.exp(log_p[start + np.arange(length), sequences].sum(axis=1) / 1.5)
        for t in range(length):
            marginal = np.bincount(sequences[:, t], weights=weight / weight.sum())
            expected.append(-sum(p * np.log(p) for p in marginal if p))
        start += length
    np.testing.assert_allclose(decoder.entropies(log_p, lengths, 1.5), expected, atol=1e-9)
