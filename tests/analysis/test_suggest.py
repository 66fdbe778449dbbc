from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wincls.analysis.suggest import (
    LONGEST,
    Candidate,
    ColumnBlock,
    Pool,
    SentenceCounts,
    annotated_keys,
    column_blocks,
    sentence_key,
    shingles_of,
    suggest,
    text_blocks,
    uncertainty,
)
from wincls.corpus.columns import Columns
from wincls.corpus.data_options import Data
from wincls.corpus.notes import Notes
from wincls.tagger.documents import TaggedSentence
from wincls.tagger.plain import Plain
from wincls.tagger.tagger import Tagger

MakeTagger = Callable[..., Tagger]


def parts_of(text: str) -> list[str]:
    parts = [" "] * (2 * len(text.split()) - 1)
    parts[::2] = text.split()
    return parts


def candidate(text: str, score: float) -> Candidate:
    return Candidate("a.txt", TaggedSentence(0, parts_of(text), []), score)


def block(*texts: str) -> ColumnBlock:
    return ColumnBlock("a.conll", [TaggedSentence(i, parts_of(text), []) for i, text in enumerate(texts)])


def texts(candidates: list[Candidate]) -> list[str]:
    return [each.sentence.text for each in candidates]


def pooled(size: int, *candidates: Candidate) -> Pool:
    pool = Pool(size)
    for each in candidates:
        pool.add(each)
    return pool


def test_pool_keeps_the_largest_scores_the_largest_first() -> None:
    pool = pooled(
        2, *(candidate(word, score) for word, score in zip("abcd", (0.3, 0.9, 0.1, 0.5), strict=True))
    )
    assert texts(pool.best(9)) == ["b", "d"]
    assert texts(pool.best(1)) == ["b"]


def test_pool_keeps_the_first_of_equal_scores() -> None:
    assert texts(pooled(2, *(candidate(word, 0.5) for word in "abc")).best(9)) == ["a", "b"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_near_duplicates_only_the_one_with_the_larger_score_is_kept(order: tuple[int, int]) -> None:
    both = [
        candidate("Order 4711 was sent to Ann Lee in Paris .", 0.8),
        candidate("ORDER 4712 was sent to Ann Lee in Oslo .", 0.7),
    ]
    pool = pooled(10, *(both[i] for i in order))
    assert pool.best(9) == [both[0]]
    assert pool.repeated == 1


def test_sentences_with_the_same_pattern_and_other_names_are_no_near_duplicates() -> None:
    two = [
        candidate("Ada Byron met Mary Ward in Paris .", 0.8),
        candidate("Tom Jones met Bob Roe in Oslo .", 0.7),
    ]
    assert pooled(10, *two).best(9) == two


def test_a_flood_of_near_duplicates_takes_one_place_only() -> None:
    flood = [candidate(f"Ticket {i} of the help desk was closed today .", 5.0 + i) for i in range(50)]
    other = [candidate(f"w{chr(97 + i)} sings", 1.0) for i in range(5)]
    assert texts(pooled(6, *flood, *other).best(9))[1:] == texts(other)


def test_shingles_are_three_tokens_without_case_and_digits_and_begin_with_padding() -> None:
    assert shingles_of(["May", "7"]) == {"\0\0may", "\0may\x000"}


def test_a_word_that_is_repeated_in_a_sentence_counts_once_with_its_largest_entropy() -> None:
    assert uncertainty(["Ha", "ha", "ha", "the", "hi"], [0.2, 0.4, 0.1, 0.01, 0.3]) == 0.71


def test_suggestions_are_the_sentences_with_the_largest_entropies(make_tagger: MakeTagger) -> None:
    tagger = make_tagger(context_tokens=1)
    given = ["paris of texas", "the 0", "of the paris", "zig zag", "texas"]
    _, entropies = tagger.tag_with_entropies([text.split() for text in given])
    scores = {text: sum(each) for text, each in zip(given, entropies, strict=True)}
    found = suggest([block(*given[:2]), block(*given[2:])], tagger, 1)
    assert texts(found.candidates) == [max(given, key=scores.__getitem__)]
    assert found.counts == SentenceCounts(read=5)


def test_entropies_come_with_the_same_entities_as_without(make_tagger: MakeTagger) -> None:
    tagger = make_tagger(ensemble=2)
    sentences = [["paris", "of", "texas"], ["the"]]
    found, entropies = tagger.tag_with_entropies(sentences)
    assert found == tagger.tag(sentences)
    assert [len(each) for each in entropies] == [3, 1]
    assert tagger.tag_with_entropies([]) == ([], [])


def test_a_decision_without_probabilities_has_no_entropies(make_tagger: MakeTagger) -> None:
    with pytest.raises(ValueError, match="are no probabilities"):
        make_tagger(decision=Plain()).tag_with_entropies([["paris"]])


def test_annotated_and_long_sentences_are_left_out_and_counted(make_tagger: MakeTagger) -> None:
    given = block("Paris of Texas", "the 0", " ".join(["of"] * (LONGEST + 1)))
    found = suggest([given], make_tagger(), 5, {sentence_key(["paris", "ofTexas"])})
    assert texts(found.candidates) == ["the 0"]
    assert found.counts == SentenceCounts(read=3, annotated=1, long=1)


def test_several_processes_suggest_the_same(make_tagger: MakeTagger) -> None:
    blocks = [block("paris of texas", "the 0"), block("of the paris"), block("zig zag")]
    one, two = (suggest(blocks, make_tagger(), 3, jobs=jobs) for jobs in (1, 2))
    assert one == two


def test_text_and_columns_are_cut_into_sentences_with_their_places(
    write: Callable[..., Path], make_tagger: MakeTagger
) -> None:
    with write("Ada sings. Bob (16)\nsleeps.\n", "a.txt").open("rb") as file:
        (of_text,) = text_blocks(file, "a.txt", wrapped=False)
    split = of_text.sentences(make_tagger().tokenizer)
    assert [(each.start, each.text) for each in split] == [
        (0, "Ada sings."), (11, "Bob (16)"), (20, "sleeps."),
    ]  # fmt: skip
    with write("# a\nAda\tO\nsings\tO\n\nBob\tO\n", "a.conll").open("rb") as file:
        (of_columns,) = column_blocks(file, "a.conll", Columns(tag=0, comment="#"), Notes())
    assert of_columns.split == [TaggedSentence(2, ["Ada", " ", "sings"], []), TaggedSentence(5, ["Bob"], [])]


def test_data_that_are_gone_are_named_and_the_others_left_out(write: Callable[..., Path]) -> None:
    train = write("Ada\tB-PER\nsings\tO\n", "train.conll")
    keys, problems = annotated_keys(Data(train=str(train), dev=str(train.with_name("dev.conll"))))
    assert keys == {sentence_key(["Ada", "sings"])}
    assert len(problems) == 1
    assert "dev.conll may be suggested again" in problems[0] and "no such file" in problems[0]
