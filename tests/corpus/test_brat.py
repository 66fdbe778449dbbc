"""brat's .txt and .ann files."""

import pytest

from tests.corpus.reading import error, read, shown
from wincls.corpus.formats import read_files, recognize

TEXT = "Ann Lee left.\r\nShe saw New\r\nYork twice."
SPANS = (
    "T1\tPER 0 7\tAnn Lee\n"
    "T2\tLOC 23 32\tNew York\n"
    "R1\tLives Arg1:T1 Arg2:T2\nE1\tx:T1\nA1\tNeg T1\n#1\tAnnotatorNotes T1\tsure?\n*\tEquiv T1 T2\n"
)


@pytest.fixture
def document(write):
    write(SPANS, "a.ann")
    return write(TEXT, "a.txt")


def test_either_file_names_the_pair_and_line_ends_count_as_they_are(document):
    for path in (document, document.with_suffix(".ann")):
        corpus = read_files(str(path))
        assert shown(corpus) == [
            ("Ann Lee left .", [("Ann Lee", "PER")]),
            ("She saw New York twice .", [("New York", "LOC")]),
        ]
        assert [list(each.lines) for each in corpus.sentences] == [[1] * 4, [2, 2, 2, 3, 3, 3]]
        assert (corpus.path, corpus.format) == (str(document), "brat")


def test_discontinuous_spans_are_skipped_and_counted(write, document):
    write("T1\tPER 0 3;8 12\tAnn left\n", "a.ann")
    assert read(document)[1] == "1 x discontinuous span skipped (first: a.ann:1)"


def test_a_missing_file_of_the_pair_is_an_error(write, tmp_path):
    write("", "b.ann")
    assert error(tmp_path / "b.ann") == ("b.ann: no b.txt beside it; brat needs both, an empty .ann will do")
    write("x", "c.txt")
    assert error(tmp_path / "c.txt", "brat").startswith("c.txt: no c.ann beside it")


def test_lines_that_are_not_brats_are_errors(write, document):
    write("T1 PER 0 3\n", "a.ann")
    assert error(document).startswith("a.ann:1: 'T1 PER 0 3' is not a line of brat; a span is T1, a tab")
    write("T1\tPER 0 99\tAnn\n", "a.ann")
    assert error(document).startswith("a.ann:1: span 0 to 99 (PER) is not in the text")


def test_a_folder_is_one_corpus_with_a_document_for_each_text(write, tmp_path, document):
    write("Bob ran.", "b.txt")
    write("", "b.ann")
    write("[entities]\nPER\n", "annotation.conf")
    corpus = read_files(str(tmp_path))
    assert [(each.file, each.starts_document) for each in corpus.sentences] == [
        (str(document), True),
        (str(document), False),
        (str(tmp_path / "b.txt"), True),
    ]
    assert corpus.place(corpus.sentences[2], 0) == f"{tmp_path}/b.txt:1"
    write("Zoe", "z.txt")
    assert error(tmp_path).endswith("z.txt: no z.ann beside it; brat needs both, an empty one will do")


def test_a_byte_order_mark_is_a_character(write):
    write("T1\tPER 1 4\tAnn\n", "a.ann")
    path = write("\ufeffAnn ran", "a.txt")
    assert recognize(str(path)) == "brat"
    assert read(path) == ([("Ann ran", [("Ann", "PER")])], "")
