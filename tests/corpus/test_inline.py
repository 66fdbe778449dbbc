"""A tag after each word."""

import pytest

from tests.corpus.reading import error, read
from wincls.corpus.formats import recognize
from wincls.corpus.inline import Sign, find_sign


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Ann|NNP|I-PER left|VB|O .|.|O\n", Sign("|", 2)),
        ("Ann/B-PER left/O ./O 1/2/O and/or/O " + 60 * "x/O " + "\n", Sign("/", 1)),
        ("Ann_PERSON left_O\n", Sign("_", 1)),
        ("Ann#NNP#B-PER left#VB#O\n", Sign("#", 2)),
        ("Ann/B-PER 1/2/O 3/4/O so/O it/O is/O on/O and/O on/O and/O on/O\n", Sign("/", 1)),
        ("当/o 希望工程/nt 救助/o\n", Sign("/", 1)),
    ],
)
def test_the_sign_between_words_and_tags_is_found(text, sign):
    assert find_sign(text) == sign


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ann left and/or ran",
        "The/DT dog/NN ran/VB",
        "Ann O\nLee O\n",
        "B-PER\tAnn\nO\tleft\n",
        "a/O b/O c d e f",
    ],
)
def test_other_text_has_none(text):
    assert find_sign(text) is None


def test_a_line_is_a_sentence(write):
    path = write("Ann|NNP|I-PER Lee|NNP|I-PER left|VB|O\r\n\r\nSo|RB|O a|b|O|O ran|VB|O\r\n" + "x|X|O " * 40)
    assert recognize(str(path)) == "inline"
    sentences, notes = read(path)
    assert sentences[:2] == [("Ann Lee left", [("Ann Lee", "PER")]), ("So a|b ran", [])]
    assert notes == ""


def test_one_word_a_line_needs_empty_lines_between_sentences(write):
    path = write("Ann|B_PER\nLee|I_PER\nleft|O\n\n\n-DOCSTART-|O\n\nSo|O\n", "a.txt")
    assert recognize(str(path)) == "inline"
    assert read(path) == (
        [("Ann Lee left", [("Ann Lee", "PER")]), ("So", [])],
        "2 x tag like 'B_PER', read as 'B-PER' (first: a.txt:1)",
    )


def test_types_without_prefixes_are_read_as_io(write):
    path = write("Ann/PERSON Lee/PERSON left/O Paris/LOCATION\n", "a.txt")
    assert read(path)[0] == [("Ann Lee left Paris", [("Ann Lee", "PERSON"), ("Paris", "LOCATION")])]


def test_types_may_have_the_sign(write):
    path = write("See_O The_B-WORK_OF_ART Wall_I-WORK_OF_ART a_B-1_B-X on_O a_b_O\n" + "x_O " * 20, "a.txt")
    assert read(path)[0][0] == (
        "See The Wall a_B-1 on a_b",
        [("The Wall", "WORK_OF_ART"), ("a_B-1", "X")],
    )


def test_words_that_are_not_as_the_others(write):
    many = "x/X/O " * 60
    assert error(write(f"{many}\nAnn/PER\n", "a.txt")) == (
        "a.txt:2: 'Ann/PER' has 1 '/', but other words have 2; write each word with its tag"
    )
    assert error(write(f"{many}\n/X/B-PER\n", "a.txt")) == (
        "a.txt:2: tag B-PER has no word; every tag needs one, except O and one that goes on with an entity"
    )
    assert (
        read(write(f"{many}\n/X/O y/X/O\n", "a.txt"))[1] == "1 x row without a word skipped (first: a.txt:2)"
    )
    assert error(write("Ann left\n", "a.txt"), "inline") == (
        "a.txt: words without tags; each word needs one, as in Ann/B-PER or Ann|NNP|B-PER"
    )
