from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.tagger.calibration import Calibration, FirstStage, first_stage, second_stage
from wincls.tagger.context import context_blocks, context_evidence, pieces, select_candidates, words_in_blocks
from wincls.tagger.platt import PlattScaling
from wincls.tagger.prior_shift import shift_priors

Array = np.ndarray
BLOCK = 12
N_TAGS = 4


def expected_blocks(lengths: list[int], least: int) -> list[int]:
    numbers, number, tokens = [], 0, 0
    for length in lengths:
        numbers.append(number)
        tokens += length
        if tokens >= least:
            number, tokens = number + 1, 0
    return numbers


def expected_evidence(log_p: Array, words: Array, lengths: list[int], least: int) -> dict[int, list[float]]:
    """Token by token, as the docstring says it."""
    blocks = np.repeat(expected_blocks(lengths, least), lengths)
    p = np.exp(log_p)
    found = {}
    for i in range(len(words)):
        same = [j for j in range(len(words)) if words[j] == words[i] and blocks[j] == blocks[i]]
        others = [j for j in same if j != i]
        if any(log_p[j, 0] < np.log1p(-0.03) for j in same):
            found[i] = p[others].max(axis=0).tolist() if others else [0.0] * log_p.shape[1]
    return found


def random_text(seed: int, sentences: int = 30, words: int = 12) -> tuple[Array, Array, Array]:
    """Log-probabilities, most of them of a sure O, word numbers, and sentence lengths."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 7, size=sentences)
    n = int(lengths.sum())
    logits = rng.normal(size=(n, N_TAGS))
    logits[rng.random(n) < 0.7, 0] += 9
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return log_p, rng.integers(1, words, size=n), lengths


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 40))
def test_blocks_are_runs_of_whole_sentences(lengths: list[int], least: int) -> None:
    expected = np.repeat(expected_blocks(lengths, least), lengths)
    assert context_blocks(np.array(lengths, dtype=int), least).tolist() == expected.tolist()


@given(st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=1, max_size=6), st.integers(1, 20))
def test_blocks_do_not_cross_documents(documents: list[list[int]], least: int) -> None:
    lengths = np.array([length for document in documents for length in document], dtype=np.int64)
    blocks = context_blocks(lengths, least, [len(document) for document in documents])
    done, used = 0, set()
    for document in filter(None, documents):
        own = blocks[done : done + sum(document)]
        assert (own - own[0]).tolist() == context_blocks(np.array(document), least).tolist()
        assert not used & set(own.tolist())
        used |= set(own.tolist())
        done += len(own)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("least", [1, BLOCK, 10**6])
def test_evidence_is_the_largest_probability_elsewhere_in_the_block(seed: int, least: int) -> None:
    log_p, words, lengths = random_text(seed)
    keys = words_in_blocks(words, context_blocks(lengths, least))
    candidates = select_candidates(log_p, keys)
    evidence = context_evidence(np.exp(log_p[candidates]), keys[candidates])
    expected = expected_evidence(log_p, words, lengths.tolist(), least)
    assert expected
    assert sorted(candidates.tolist()) == sorted(expected)
    for token, row in zip(candidates.tolist(), evidence.tolist(), strict=True):
        assert row == pytest.approx(expected[token])


def test_equal_probabilities_are_evidence_for_each_other() -> None:
    log_p = np.log(np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]]))
    keys = np.array([7, 7, 7])
    candidates = select_candidates(log_p, keys)
    assert candidates.tolist() == [0, 1, 2]
    evidence = context_evidence(np.exp(log_p), keys)
    assert evidence == pytest.approx(np.array([[0.9, 0.5], [0.9, 0.5], [0.5, 0.5]]))


def test_no_text_has_no_evidence() -> None:
    none = np.zeros(0, dtype=int)
    candidates = select_candidates(np.zeros((0, 3)), none)
    assert candidates.shape == (0,)
    assert context_evidence(np.zeros((0, 3)), none).shape == (0, 3)


def test_only_candidates_are_scored_again() -> None:
    rng = np.random.default_rng(0)
    first = PlattScaling(rng.normal(size=(N_TAGS, 3)), np.array([4.0, 0, 0, 0]))
    second = PlattScaling(rng.normal(size=(N_TAGS, 3 + N_TAGS)), np.zeros(N_TAGS))
    _, words, lengths = random_text(0, words=60)
    scores, mean = rng.normal(size=(2, len(words), 3))
    blocks, type_ids = context_blocks(lengths, BLOCK), np.array([0, 1, 1, 2])
    keys = words_in_blocks(words, blocks)
    stage = first_stage(first, scores, keys)
    assert (stage.log_p == first.log_probabilities(scores)).all()
    candidates = stage.candidates
    assert 0 < len(candidates) < len(words)
    shares = np.array([0.9, 0.07, 0.03])
    log_p = second_stage(Calibration(first, second, shares, BLOCK), stage, mean[candidates], blocks, type_ids)
    again = second.log_probabilities(np.c_[mean[candidates], stage.evidence])
    expected = shift_priors(again, type_ids, blocks[candidates], np.bincount(blocks), shares)
    np.testing.assert_allclose(log_p[candidates], expected, atol=1e-9)
    rest = np.setdiff1d(np.arange(len(words)), candidates)
    assert (log_p[rest] == stage.log_p[rest]).all()
    assert not np.isclose(log_p[candidates], stage.log_p[candidates]).all(axis=1).any()


def test_without_candidates_the_first_stage_stands() -> None:
    log_p = np.log(np.array([[0.99, 0.01], [0.98, 0.02]]))
    stage = FirstStage(log_p, np.zeros(0, dtype=int), np.zeros((0, 2)))
    second = PlattScaling(np.ones((2, 3)), np.ones(2))
    calibration = Calibration(second, second, np.array([0.5, 0.5]), BLOCK)
    found = second_stage(calibration, stage, np.zeros((0, 1)), np.zeros(2, dtype=int), np.array([0, 1]))
    assert (found == log_p).all()


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=30),
    least=st.integers(1, 12),
    most=st.integers(1, 40),
)
def test_pieces_are_runs_of_whole_blocks(lengths: list[int], least: int, most: int) -> None:
    sizes = np.array(lengths)
    blocks = context_blocks(sizes, least)
    found = pieces(blocks, sizes, most)
    tokens = [token for piece in found for token in range(piece.tokens.start, piece.tokens.stop)]
    assert tokens == list(range(len(blocks)))
    assert [i for piece in found for i in range(len(lengths))[piece.sentences]] == list(range(len(lengths)))
    of_pieces = [set(blocks[piece.tokens].tolist()) for piece in found]
    assert sum(map(len, of_pieces)) == len(set(blocks.tolist()))  # no block is in two
    for piece, its_blocks in zip(found, of_pieces, strict=True):
        assert sizes[piece.sentences].sum() == piece.tokens.stop - piece.tokens.start
        last = int((blocks == max(its_blocks)).sum())
        assert piece.tokens.stop - piece.tokens.start - last < most


def test_evidence_of_words_that_occur_unequally_often_and_of_ties() -> None:
    keys = np.array([1, 2, 2, 2, 3, 3, 4])
    p = np.array([0.9, 0.2, 0.5, 0.4, 0.3, 0.3, 0.1])[:, None]
    assert context_evidence(p, keys)[:, 0].tolist() == [0, 0.5, 0.4, 0.5, 0.3, 0.3, 0]
