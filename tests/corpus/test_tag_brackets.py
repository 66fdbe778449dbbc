"""Tags in brackets, in column files."""

import pytest

from tests.corpus.reading import error, read
from wincls.corpus.columns import Columns
from wincls.corpus.tag_brackets import are_brackets


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["(PER*", "*", "*)", "*"], True),
        (["(GPE)", "-"], True),
        (["(ORG(GPE*)", "*)", "_"], True),
        (["*", "-"], False),
        (["(PER*", "B-PER"], False),
        (["(", ")"], False),
        (["O", "B-(x"], False),
    ],
)
def test_tags_in_brackets_are_told_from_others(tags, expected):
    assert are_brackets(tags) == expected


def test_entities_in_brackets_are_read(write):
    path = write(
        "#begin document (a/b); part 000\na 0 Ann (S* (PER*\na 0 Lee * *)\na 0 saw * *\na 0 Rome *) (GPE)\n\n"
        "a 0 Bob * (PER*)\na 0 left * *\n\n#end document\n",
        "a.conll",
    )
    assert read(path, columns=Columns(word=3)) == (
        [("Ann Lee saw Rome", [("Ann Lee", "PER"), ("Rome", "GPE")]), ("Bob left", [("Bob", "PER")])],
        "3 x entity in brackets, as (PER* and *), read as BIO (first: a.conll:2)",
    )


def test_an_entity_in_another_one_is_left_out_and_adjacent_ones_are_two(write):
    path = write("the (ORG(GPE*)\nbank *)\nRome (GPE)\nBonn (GPE)\n", "a.conll")
    assert read(path) == (
        [("the bank Rome Bonn", [("the bank", "ORG"), ("Rome", "GPE"), ("Bonn", "GPE")])],
        "3 x entity in brackets, as (PER* and *), read as BIO (first: a.conll:1); "
        "1 x entity in another one left out (first: a.conll:1)",
    )


def test_brackets_without_counterparts_are_counted_or_refused(write):
    path = write("Ann (PER*\nLee *\n\nso *)\nBob (PER)\n", "a.conll")
    assert read(path, lenient=True) == (
        [("Ann Lee", [("Ann Lee", "PER")]), ("so Bob", [("Bob", "PER")])],
        "2 x entity in brackets, as (PER* and *), read as BIO (first: a.conll:1); "
        "2 x bracket without its counterpart; the entity ends with the sentence (first: a.conll:1)",
    )
    assert error(path) == (
        "a.conll:1: a bracket without its counterpart in the sentence; fix the tags, or set "
        "data.illegal_tags to lenient to end the entity with the sentence"
    )
