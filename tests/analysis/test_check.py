"""Checks of the data, on small corpora with one fault each."""

from __future__ import annotations

import pytest

from wincls.analysis.check_entities import check_entities
from wincls.analysis.check_sentences import check_sentences
from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import SCHEMES, decode


def corpus(*sentences: str, path: str = "train.tsv") -> Corpus:
    """From sentences such as "Ada/B-PER lives in Paris/B-LOC"; a line for each word and sentence end."""
    made, line = [], 1
    for text in sentences:
        pairs = [word.rsplit("/", 1) if "/" in word else (word, "O") for word in text.split()]
        words, tags = [word for word, _ in pairs], [tag for _, tag in pairs]
        made.append(Sentence(words, tuple(decode(tags)), range(line, line + len(words)), False))
        line += len(words) + 1
    return Corpus(path, made, SCHEMES["BIO"])


def found(checks, name):
    """The only finding of that name."""
    (finding,) = [each for each in checks if each.name == name]
    return finding


def names(checks):
    return [each.name for each in checks]


GOOD = [
    "Ada/B-PER lives in Paris/B-LOC now .",
    "Bob/B-PER met Carla/B-PER in Rome/B-LOC today .",
    "No one came .",
]


def test_sound_sentences_give_no_findings():
    assert names(check_sentences({"train": corpus(*GOOD)})) == []


def test_repeated_sentences_are_counted():
    checks = check_sentences({"train": corpus(*GOOD, GOOD[0], GOOD[0], GOOD[2], GOOD[2])})
    finding = found(checks, "duplicates")
    assert finding.level == "look"
    assert finding.text == "train: 2 of 7 (28.6 %) sentences are repetitions"  # short ones do not count
    assert finding.examples == ["train.tsv:21: Ada lives in Paris now ."]


def test_repetitions_with_other_annotations_are_a_problem():
    checks = list(check_sentences({"train": corpus(*GOOD, "Ada lives in Paris/B-LOC now .")}))
    finding = found(checks, "contradiction")
    assert finding.level == "problem"
    assert finding.text == "train: 1 sentence with several annotations"
    assert finding.examples == ["train.tsv:1 and train.tsv:21: Ada lives in Paris now ."]


def test_sentences_in_two_splits_are_a_problem_if_they_are_many():
    splits = {"train": corpus(*GOOD), "dev": corpus(GOOD[1], "New words are here now .", path="dev.tsv")}
    finding = found(check_sentences(splits), "leak")
    assert finding.level == "problem"
    assert finding.text == "dev: 1 of 2 (50.0 %) sentences are in train as well"
    assert finding.examples == ["dev.tsv:1: Bob met Carla in Rome today ."]
    many = corpus(GOOD[1], *(f"Sentence number {i} is here ." for i in range(150)), path="dev.tsv")
    assert found(check_sentences(splits | {"dev": many}), "leak").level == "look"


@pytest.mark.parametrize(("tokens", "level"), [(200, None), (201, "look"), (1001, "problem")])
def test_long_sentences_are_named(tokens, level):
    checks = list(check_sentences({"train": corpus(*GOOD, " ".join(["word"] * tokens))}))
    assert [each.level for each in checks if each.name == "long-sentences"] == [level] * bool(level)
    if level:
        assert checks[0].examples == [f"train.tsv:21: {tokens:,} tokens"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("cafÃ©", "mojibake"),
        ("don\ufffdt", "mojibake"),
        ("Wash\u00adington", "invisible"),
        ("\ufeffParis", "invisible"),
        ("a\u0007b", "control"),
        ("&amp;", "markup"),
        ("<br>", "markup"),
        ("café", None),
        ("&", None),
        ("A&B;", None),
        ("می\u200cخواهم", None),  # a joiner that Persian needs
    ],
)
def test_strange_characters_are_counted(word, name):
    checks = list(check_sentences({"train": corpus(*GOOD, f"x {word} y")}))
    assert names(checks) == [name] * bool(name)
    if name:
        assert "1 token with" in checks[0].text
        assert checks[0].examples == [f"train.tsv:22: {word!r}"]


def test_sound_entities_give_no_findings():
    train = corpus(*["Ada/B-PER lives in Paris/B-LOC"] * 12)
    assert names(check_entities({"train": train})) == []


def test_types_that_differ_only_in_case_are_a_problem():
    train = corpus(*["Ada/B-PER met Bob/B-per"] * 12, *["Cy/B-PER"] * 3)
    finding = found(check_entities({"train": train}), "types-by-case")
    assert finding.level == "problem"
    assert finding.text == "types that differ only in case: PER (15) and per (12)"


def test_rare_missing_and_new_types_are_named():
    train = corpus(*["Ada/B-PER"] * 12, *["Rome/B-LOC"] * 9)
    dev = corpus("Ada/B-PER works for IBM/B-ORG", path="dev.tsv")
    checks = list(check_entities({"train": train, "dev": dev}))
    assert found(checks, "rare-types").text == "train: types with fewer than 10 entities: LOC 9"
    assert found(checks, "types-missing").text == "dev has none of: LOC"
    new = found(checks, "types-new")
    assert (new.level, new.text) == ("problem", "dev has types that train lacks: ORG")


def test_forms_with_several_types_are_ranked_by_how_exceptional_the_exception_is():
    train = corpus(
        *["in Paris/B-LOC"] * 30, "met Paris/B-PER there",
        *["in Rome/B-LOC"] * 2, *["by Rome/B-ORG"] * 2,
    )  # fmt: skip
    finding = found(check_entities({"train": train}), "several-types")
    assert finding.text == "2 forms annotated with several types"
    assert finding.examples == [
        "Paris: LOC 30, PER 1; train.tsv:92: met [Paris] there",
        "Rome: LOC 2, ORG 2; train.tsv:102: by [Rome]",
    ]


def test_forms_that_are_mostly_annotated_are_reported_where_they_are_left_out():
    train = corpus(
        *["in New/B-LOC York/I-LOC"] * 20, "to New York now",
        *["May/B-PER sang"] * 2, *["in May it rains"] * 9,  # mostly no entity
        "the New/B-ORG York/I-ORG Times/I-ORG",  # inside another entity it is not left out
    )  # fmt: skip
    finding = found(check_entities({"train": train}), "partly-annotated")
    assert finding.text == "1 form mostly annotated, but left out 1 time"
    assert finding.examples == [
        "New York: annotated 20 times, left out 1 time; train.tsv:82: to [New York] now"
    ]


def test_articles_and_punctuation_at_boundaries_that_are_not_always_included_are_reported():
    train = corpus(
        *["in the/B-LOC Hague/I-LOC"] * 2, *["in the Hague/B-LOC"] * 5, "at the Louvre/B-LOC",
        *["at Acme/B-ORG Inc/I-ORG ./I-ORG today"] * 3, *["at Acme/B-ORG Inc/I-ORG . Later"] * 4,
        *["Bank/B-ORG of/I-ORG China/I-ORG"] * 3,
    )  # fmt: skip
    checks = list(check_entities({"train": train}))
    assert found(checks, "first-token").text.endswith("left out of others: the (in 2 of 8 (25.0 %))")
    assert found(checks, "last-token").text.endswith("left out of others: . (in 3 of 7 (42.9 %))")
    assert found(checks, "last-token").examples == ["train.tsv:34: at [Acme Inc .] today"]
