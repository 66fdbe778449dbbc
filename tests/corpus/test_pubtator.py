"""PubTator: titles, abstracts and rows of spans."""

import pytest

from tests.corpus.reading import error, read, shown
from wincls.corpus.formats import read_files, recognize

TITLE = "Naloxone reverses clonidine"
ABSTRACT = "In rats. Renal and ocular toxicity was seen."
TEXT = f"7|t|{TITLE}\n7|a|{ABSTRACT}\n"
# The title has 27 characters, so the abstract starts at 28.
ROWS = "7\t0\t8\tNaloxone\tChemical\tD1\t\n7\t18\t27\tclonidine\tChemical\n7\t31\t35\trats\tSpecies\t\n"
EXPECTED = [
    ("Naloxone reverses clonidine", [("Naloxone", "Chemical"), ("clonidine", "Chemical")]),
    ("In rats .", [("rats", "Species")]),
    ("Renal and ocular toxicity was seen .", []),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n"])
def test_offsets_count_the_title_one_separator_and_the_abstract(write, start, end):
    path = write((start + TEXT + ROWS).replace("\n", end).encode(), "a.txt")
    assert recognize(str(path)) == "pubtator"
    assert read(path) == (EXPECTED, "")


def test_the_title_is_a_sentence_without_a_period_and_tokens_have_their_lines(write):
    corpus = read_files(str(write(f"\n{TEXT}{ROWS}")))
    assert [set(each.lines) for each in corpus.sentences] == [{2}, {3}, {3}]
    corpus = read_files(str(write(f"7|t|{TITLE}\n7\t0\t8\tNaloxone\tChemical\n7|a|{ABSTRACT}\n")))
    assert [set(each.lines) for each in corpus.sentences] == [{1}, {1}, {1}]
    assert corpus.labels == {"Chemical": 1}


@pytest.mark.parametrize("between", ["\n", "", "\n\n\n", " \n"])
def test_each_title_starts_a_document_with_or_without_an_empty_line_before(write, between):
    corpus = read_files(str(write(f"{TEXT}{ROWS}{between}8|t|No rows\n8|a|\n{between}9|t|No abstract.")))
    assert [" ".join(each.words) for each in corpus.sentences if each.starts_document] == [
        "Naloxone reverses clonidine", "No rows", "No abstract .",
    ]  # fmt: skip
    assert corpus.notes is not None and not len(corpus.notes)


def test_an_empty_title_counts_its_separator(write):
    assert read(write("7|t|\n7|a|Rats ran.\n7\t1\t5\tRats\tSpecies\n")) == (
        [("Rats ran .", [("Rats", "Species")])],
        "",
    )


def test_what_is_no_span_is_skipped_and_counted(write):
    more = (
        "7\t37\t62\tRenal and ocular toxicity\tDisease\tD2|D3\trenal toxicity|ocular toxicity\n"
        "7\tCID\tD1\tD2\n7\tPositive_Correlation\t10\t20\tNovel\n"
    )
    sentences, notes = read(write(TEXT + ROWS + more, "a.txt"))
    assert sentences[2][1] == [("Renal and ocular toxicity", "Disease")]
    assert notes == (
        "1 x row with more than six columns, the first six read (first: a.txt:6); "
        "2 x relation skipped (first: a.txt:7)"
    )


def test_the_first_of_several_types_is_read_and_counted(write):
    path = write(TEXT + ROWS.replace("Chemical", "T038, T039").replace("Species", "T1"), "a.txt")
    sentences, notes = read(path, keep_labels=("T038", "T1"))
    assert sentences[0][1] == [("Naloxone", "T038"), ("clonidine", "T038")]
    assert notes == "2 x span with several types, the first one read (first: a.txt:3)"


def test_a_mention_that_is_not_at_its_offsets_is_left_out_and_counted(write):
    sentences, notes = read(write(TEXT + ROWS.replace("\trats", "\tcats"), "a.txt"))
    assert sentences == [*EXPECTED[:1], ("In rats .", []), *EXPECTED[2:]]
    assert notes == (
        "1 x span whose text is not at its offsets left out (first: a.txt:5, Species at character 31: "
        "s clonidine In [rats]. Renal and ocu)"
    )


def test_an_entity_across_title_and_abstract_joins_them(write):
    path = write(f"{TEXT}7\t18\t30\tclonidine In\tChemical\n", "a.txt")
    assert read(path)[0][0] == ("Naloxone reverses clonidine In rats .", [("clonidine In", "Chemical")])


@pytest.mark.parametrize("more", ["7\tCID\tD1\tD2\n", "7\t31\t35\trats\tA,B\n", "7\t31\t35\trats\tA\t\tx\n"])
def test_strict_reading_refuses_what_would_be_noted(write, more):
    assert "; fix it, or set data.strict" in error(write(TEXT + more, "a.txt"), strict=True)
    assert read(write(TEXT + ROWS, "a.txt"), strict=True)[0] == EXPECTED


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ROWS, "1: a line of 7 before its title (there is none); write the line 7|t|title first"),
        (f"7|a|{ABSTRACT}\n", "1: a line of 7 before its title (there is none)"),
        (TEXT + "8\t0\t3\tx\tA\n", "3: a line of 8 before its title (the last one is of 7)"),
        (TEXT + "7|a|More.\n", "3: a second abstract of 7; an article has one"),
        (TEXT + "and more of it\n", "3: 'and more of it' is not a line of PubTator; lines are ID|t|title,"),
        (TEXT + "7|x|Body\n", "3: '7|x|Body' is not a line of PubTator"),
        (TEXT + "7\tO\t8\tNaloxone\tA\n", "3: '7 O 8 Naloxone A' is no span; a row is an ID, start, end"),
        (TEXT + "7\t0\t8.0\tNaloxone\tA\n", "3: '7 0 8.0 Naloxone A' is no span"),
        (TEXT + "7\t-1\t8\tNaloxone\tA\n", "3: '7 -1 8 Naloxone A' is no span"),
        (TEXT + f"7\t0\t{'9' * 30}\tNaloxone\tA\n", "3: '7 0 9999"),
        (TEXT + "7\t0\t8\tNaloxone\n", "3: '7 0 8 Naloxone' is no span"),
        (TEXT + "7\t0\t8\tNaloxone\t,\tD1\n", "3: '7 0 8 Naloxone , D1' is no span"),
        (TEXT + "7\t90\t98\tNaloxone\tA\n", "3: span 90 to 98 (A) is not in the text, which has 72 char"),
        (TEXT + "7\t0\t0\t\tA\n", "3: span 0 to 0 (A) is empty"),
        (TEXT + "7\t0\t8\tNaloxone\tA\n7\t0\t17\tNaloxone reverses\tB\n", "4: 'Naloxone' (A, 0 to 8) and "),
        (TEXT + "7\t0\t8\tNaloxone\tA\x1b\n", "3: the type 'A\\x1b' has a control character"),
        (b"7|t|Na\xff\n", "1: byte 7 of the line is 0xff, which is not utf-8"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error_with_its_place(write, content, message):
    assert error(write(content, "a.txt"), "pubtator").startswith(f"a.txt:{message}")


def test_rows_that_name_the_same_span_twice_are_one_entity(write):
    path = write(TEXT + ROWS + ROWS, "a.txt")
    assert shown(read_files(str(path))) == EXPECTED
