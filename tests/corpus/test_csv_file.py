"""CSV files with a header."""

import pytest

from tests.corpus.reading import error, read, shown
from wincls.corpus.csv_file import find_layout
from wincls.corpus.formats import read_files, recognize
from wincls.corpus.reading import Headers

KAGGLE = (
    "Sentence #,Word,POS,Tag\r\n"
    "Sentence: 1,Thousands,NNS,O\r\n,of,IN,O\r\n"
    ',"""",``,O\r\n,London,NNP,B-geo\r\n,",",",",O\r\n'
    "Sentence: 2,Iran,NNP,B-gpe\r\n"
)


def test_empty_cells_below_a_sentence_cell_mean_the_same_sentence(write):
    corpus = read_files(str(write(KAGGLE, "ner.csv")))
    assert shown(corpus) == [
        ('Thousands of " London ,', [("London", "geo")]),
        ("Iran", [("Iran", "gpe")]),
    ]
    assert [list(each.lines) for each in corpus.sentences] == [[2, 3, 4, 5, 6], [7]]
    assert corpus.format == "csv" and corpus.scheme.name == "BIO"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognized(write, delimiter):
    text = "sent_id,token,label\n1,Ann,B-PER\n1,left,O\n2,Oslo,B-LOC\n".replace(",", delimiter)
    path = write(text, "file.data")
    assert recognize(str(path)) == "csv"
    assert read(path) == ([("Ann left", [("Ann", "PER")]), ("Oslo", [("Oslo", "LOC")])], "")


def test_empty_rows_end_sentences_where_there_is_no_sentence_column(write):
    path = write("Text,NER\nAnn,PER\n\nleft,O\n,\nOslo,LOC\n")
    assert read(path) == ([("Ann", [("Ann", "PER")]), ("left", []), ("Oslo", [("Oslo", "LOC")])], "")


def test_a_file_without_sentence_ends_is_noted(write):
    sentences, notes = read(write("word,tag\nAnn,B-PER\nleft,O\n", "a.csv"))
    assert sentences == [("Ann left", [("Ann", "PER")])]
    assert notes == "1 x file without a sentence column and empty rows read as one sentence (first: a.csv:1)"


def test_documents_start_where_the_document_column_changes(write):
    path = write("doc_id,sent,word,tag\na,1,x,O\na,2,y,O\nb,2,z,B-X\n,,w,O\n")
    sentences = read_files(str(path)).sentences
    assert [(each.words, each.starts_document) for each in sentences] == [
        (["x"], True),
        (["y"], False),
        (["z", "w"], True),
    ]


def test_quoted_cells_may_have_line_breaks_and_lines_are_counted_through_them(write):
    path = write('sent,word,note,tag\n1,"New\nYork","a\nb",B-LOC\n1,x,,O\n', "a.csv")
    corpus = read_files(str(path))
    assert shown(corpus) == [("New York x", [("New York", "LOC")])]
    assert list(corpus.sentences[0].lines) == [2, 5]
    assert corpus.notes.line().startswith("1 x line break or tab in a word read as a space")


def test_quotes_that_enclose_no_cell_are_characters(write):
    path = write('sent\tword\ttag\n1\t"\tO\n1\tAnn\tB-PER\n1\t"\tO\n', "a.tsv")
    assert read(path) == (
        [('" Ann "', [("Ann", "PER")])],
        "1 x file with quotes that do not enclose cells (first: a.tsv:1)",
    )


@pytest.mark.parametrize("tags", ["B-PER I-PER O", "\"['B-PER', 'I-PER', 'O']\""])
def test_rows_may_be_whole_sentences(write, tags):
    path = write(f"Sentence #,Sentence,Tag\nSentence: 1,Ann Lee left,{tags}\nSentence: 2,Hi,O\n")
    assert read(path) == ([("Ann Lee left", [("Ann Lee", "PER")]), ("Hi", [])], "")


@pytest.mark.parametrize("separator", [", ", " "])
def test_words_may_be_lists_as_python_or_numpy_writes_them(write, separator):
    words = separator.join(map(repr, ["Ann", "O'Neil", ",", 'isn\'t "x"']))
    tags = separator.join(map(repr, ["B-PER", "I-PER", "O", "O"]))
    cells = (f"[{words}]".replace('"', '""'), f"[{tags}]")
    path = write(f'id,tokens,ner_tags\n0,"{cells[0]}","{cells[1]}"\n')
    assert read(path) == ([("Ann O'Neil , isn't \"x\"", [("Ann O'Neil", "PER")])], "")


def test_a_sentence_may_start_and_end_with_brackets(write):
    path = write("words,tags\n[ Ann 'x' ],O B-PER O O\n[sic],O\n", "a.csv")
    assert read(path)[0] == [("[ Ann 'x' ]", [("Ann", "PER")]), ("[sic]", [])]


def test_rows_without_a_word_are_skipped_and_counted(write):
    path = write("sent,word,tag\n1,,O\n1,Ann,B-PER\n1, ,O\n", "a.csv")
    assert read(path) == ([("Ann", [("Ann", "PER")])], "2 x row without a word skipped (first: a.csv:2)")
    assert error(path, strict=True).startswith("a.csv:2: row without a word skipped; fix it")


def test_headers_can_be_named(write):
    path = write("A,B,C\n1,Ann,B-PER\n2,left,O\n")
    headers = Headers(word="b", tag="C", sentence="A")
    assert read(path, headers=headers) == ([("Ann", [("Ann", "PER")]), ("left", [])], "")


def test_the_header_of_the_features_of_gmb_is_known():
    assert find_layout(",lemma,next-word,prev-iob,pos,sentence_idx,shape,word,tag")[1:4] == (7, 8, 5)


def test_a_column_named_sentence_holds_numbers_next_to_a_word_column():
    assert find_layout("Sentence,Word,Tag")[1:4] == (1, 2, 0)
    assert find_layout("Sentence,Tag")[1:4] == (0, 1, None)
    assert find_layout("id,name,price") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sent,word,tag\n1,,B-X\n", "a.csv:2: tag B-X has no word; every tag needs one, except O"),
        ("sent,word,tag\n1,x,\n", "a.csv:2: the word 'x' has no tag; every word needs one, such as O"),
        (
            "sent,word,tag\n1,x,O\n1,1,000,O\n",
            "a.csv:3: 4 cells, but the header has 3; put cells that contain the delimiter in double quotes",
        ),
        (
            'sent,word,tag\n1,"x, y",O\n1,"x, y,O\n',
            "a.csv:3: not valid csv (unexpected end of data); a cell with quotes is enclosed in double "
            "quotes, and those in it are doubled",
        ),
        (
            "words,tags\na b,O O\na b,O\n",
            "a.csv:3: 2 words, but 1 tags ('a b'); both are separated by spaces, one tag for each word",
        ),
        (
            "id,name,price\n1,x,3\n",
            "a.csv:1: the header does not say which columns hold words and tags; it has id, name, price; "
            "set data.csv.word and data.csv.tag to two of these, or add a header such as word,tag",
        ),
        ("sent,word,tag\n1,x,Q-Y\n1,x,B-Y\n", "a.csv:2: unknown tag 'Q-Y'; a tag is O or one"),
        (
            'text,label\nSo,\nAnn,"[{""start"": 0, ""end"": 3}]"\n',
            "a.csv:3: a cell of tags holds spans in JSON; export the file as JSON",
        ),
        ("word,tag\n,O\n", "a.csv: no row after the header has a word"),
        (
            b"word,tag\ncaf\xe9,O\n",
            "a.csv:2: byte 4 of the line is 0xe9, which is not utf-8; the file looks like cp1252",
        ),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(write, text, message):
    assert error(write(text, "a.csv")).startswith(message)


def test_an_unknown_header_name_is_answered_with_the_nearest(write):
    path = write("Sentence,Wort,Tag\n", "a.csv")
    assert "no column Wrt; did you mean 'Wort'?; it has Sentence, Wort, Tag" in error(
        path, headers=Headers(word="Wrt")
    )


def test_rows_of_sentences_between_tabs_need_no_header(write):
    path = write("film\tB-PER I-PER O\tAnn Lee left\nfilm\tO O\tSo what\n\nx\tO\tyes\n", "a.txt")
    assert recognize(str(path)) == "csv"
    assert read(path) == (
        [("Ann Lee left", [("Ann Lee", "PER")]), ("So what", []), ("yes", [])],
        "",
    )
    assert read(write("He left .\tO O O\nAnn ran\tB-PER O\n"))[0][1] == ("Ann ran", [("Ann", "PER")])
    assert error(write("He left .\tO O O\nAnn ran\tB-PER O O\n", "a.tsv")) == (
        "a.tsv:2: 2 words, but 3 tags ('Ann ran'); both are separated by spaces, one tag for each word"
    )


def test_a_row_without_a_word_inside_an_entity_does_not_end_it(write):
    path = write("word,tag\na,B-X\n ,I-X\n ,I-X\nb,I-X\n ,O\n\nc,O\n", "a.csv")
    assert read(path) == (
        [("a b", [("a b", "X")]), ("c", [])],
        "2 x row without a word inside an entity skipped (first: a.csv:3); "
        "1 x row without a word skipped (first: a.csv:6)",
    )
    assert "tag I-Y has no word" in error(write("word,tag\na,B-X\n ,I-Y\n\nc,O\n", "a.csv"))
