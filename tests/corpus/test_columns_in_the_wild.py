"""Column files as they are found: what is read, and what is noted about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wincls.corpus.columns import Columns, read_corpus
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import Entity
from wincls.errors import DataError

Write = Callable[..., Path]
Read = Callable[..., tuple[list[str], list[str], list[str]]]

TAB = Columns(delimiter="tab")


@pytest.fixture
def read(write: Write) -> Read:
    """The sentences, their entities as "words:label", and the notes, of the file "f"."""

    def read_file(
        content: str | bytes, columns: Columns = Columns(), **options: Any
    ) -> tuple[list[str], list[str], list[str]]:
        path = write(content, "f")
        corpus = read_corpus(path, columns, **options)
        return (
            [" ".join(each.words) for each in corpus.sentences],
            [
                f"{' '.join(each.words[entity.start : entity.end])}:{entity.label}"
                for each in corpus.sentences
                for entity in each.entities
            ],
            [str(note).replace(f"{path}:", "f:") for note in corpus.notes],
        )

    return read_file


def refusal(write: Write, content: str | bytes, columns: Columns = Columns(), **options: Any) -> str:
    path = write(content, "f")
    with pytest.raises(DataError) as error:
        read_corpus(path, columns, **options)
    return str(error.value).replace(str(path), "f")


# Headers and comments.


@pytest.mark.parametrize(
    "header",
    [
        "Word\tTag", "TOKEN\tNE", "token label", "Form NER_tag", "# id\tform\ttag", "id word pos ner",
        "#\tword\tiob",
        "Sentence #\tWord\tPOS\tTag",
    ],
)  # fmt: skip
def test_a_header_row_is_skipped_and_noted(read: Read, header: str) -> None:
    assert read(f"\n{header}\nAnn\tPER\nLee\tPER\nleft\tO\n") == (
        ["Ann Lee left"],
        ["Ann Lee:PER"],
        ["1 x header row skipped (first: f:2)"],
    )


def test_the_header_row_may_come_again_but_words_like_it_are_words(read: Read) -> None:
    assert read("Word\tTag\nAnn\tPER\n\nWord\tTag\nleft\tO\n\nWord\tO\n") == (
        ["Ann", "left", "Word"],
        ["Ann:PER"],
        ["2 x header row skipped (first: f:1)"],
    )
    assert read("Text\tO\nWord\tO\n") == (["Text Word"], [], [])


def test_headers_and_comments_of_several_kinds_are_skipped_together(read: Read) -> None:
    content = "// a\nWord\tTag\n# b\nAnn\tB-PER\n// c\nLee\tI-PER\n\nleft\tO\n"
    assert read(content, Columns(comment=("#", "//"))) == (
        ["Ann Lee", "left"],
        ["Ann Lee:PER"],
        ["1 x header row skipped (first: f:2)"],
    )


@pytest.mark.parametrize(
    "comment", ["# sent_id = 2", "# newdoc id = x", "# id 52f3 domain=en", "# id = 4", "# text = Left."]
)
def test_a_comment_that_stands_before_a_sentence_ends_the_one_before(read: Read, comment: str) -> None:
    for columns in (Columns(), TAB, Columns(comment="#")):
        sentences, _, notes = read(f"Ann\tB-PER\n{comment}\nleft\tO\n", columns)
        assert sentences == ["Ann", "left"]
        if "newdoc" not in comment:
            assert notes == ["1 x sentence without an empty line after it (first: f:2)"]


def test_where_tabs_separate_a_line_without_any_is_a_comment(read: Read) -> None:
    assert read("# see below\nAnn\tB-PER\n#\tO\n", TAB) == (
        ["Ann #"],
        ["Ann:PER"],
        ["1 x line that starts with # and has no tab, skipped (first: f:1)"],
    )


KLUE = (
    "## 토큰, 레이블 구분자 : \\t\n## 컬럼명 : CHAR\tNE_TAG\n"
    "## klue-ner-v1_dev_00000-x\t<박 은:PS>이 #O\n박\tB-PS\n \tI-PS\n은\tI-PS\n이\tO\n \tO\n#\tO\n\n"
    "## klue-ner-v1_dev_00001-x\tonly 가\n#\tO\n가\tO\n"
)


@pytest.mark.parametrize("columns", [Columns(), TAB])
def test_per_character_rows_with_spaces_and_a_comment_before_each_sentence(
    read: Read, columns: Columns
) -> None:
    sentences, entities, notes = read(KLUE, columns)
    assert (sentences, entities) == (["박 은 이 #", "# 가"], ["박 은:PS"])
    without_tab = "1 x line that starts with # and has no tab, skipped (first: f:1)"
    assert notes == [
        *([without_tab] if columns is TAB else []),
        "3 x line that starts with ## and stands before a sentence, skipped (first: f:2)"
        if columns is TAB
        else "4 x line that starts with ## and stands before a sentence, skipped (first: f:1)",
        "1 x row without a word inside an entity skipped (first: f:5)",
        "1 x row without a word skipped (first: f:8)",
    ]


@pytest.mark.parametrize("columns", [Columns(), TAB, Columns(delimiter="space")])
def test_rows_that_start_with_a_number_sign_stay_rows(read: Read, columns: Columns) -> None:
    separator = " " if columns.delimiter == "space" else "\t"
    rows = ["#ai O", "is O", "#fun O", "", "#MAGA B-X", "", "# O", "# O", "1 O", ""] * 3
    sentences, _, notes = read("\n".join(rows).replace(" ", separator), columns)
    assert sentences == ["#ai is #fun", "#MAGA", "# # 1"] * 3
    assert notes == []


def test_pieces_of_words_that_start_with_the_signs_of_comments_stay_rows(read: Read) -> None:
    content = "## s1\tAnna <b:X>\nAn\tB-PER\n##na\tI-PER\n##s\tO\n\n" * 3
    sentences, entities, notes = read(content, TAB)
    assert (sentences, entities) == (["An ##na ##s"] * 3, ["An ##na:PER"] * 3)
    assert read("#a\tO\n\n" + content, TAB)[1] == entities
    assert notes == ["3 x line that starts with ## and stands before a sentence, skipped (first: f:1)"]


def test_comments_before_sentences_may_have_fewer_parts_than_rows(read: Read) -> None:
    content = "#\thttp://de.x.org/wiki/X [2009-10-17]\n1\tAnn\tB-PER\tO\n2\t#\tO\tO\n\n" * 3
    for columns in (Columns(word=2, tag=3), Columns(word=2, tag=3, delimiter="tab")):
        assert read(content, columns) == (
            ["Ann #"] * 3,
            ["Ann:PER"] * 3,
            ["3 x line that starts with # and stands before a sentence, skipped (first: f:1)"],
        )


def test_a_comment_may_lack_the_empty_line_before_it_but_most_do_not(read: Read) -> None:
    content = "# s 1 a\nAnn B-PER\n\n" * 10
    assert read(f"{content}# s 2 b\nLee O\n# s 3 c\nleft O\n") == (
        [*["Ann"] * 10, "Lee", "left"],
        ["Ann:PER"] * 10,
        [
            "12 x line that starts with # and stands before a sentence, skipped (first: f:1)",
            "1 x sentence without an empty line after it (first: f:33)",
        ],
    )


def test_lines_within_sentences_or_with_tags_of_rows_are_no_comments(write: Write) -> None:
    assert "unknown tag 'a'" in refusal(write, "Ann B-PER\n# s 1 a\nLee O\n\nleft O\n")
    half = "# s 1 a\nAnn B-PER\n\nLee O\n# s 2 b\nleft O\n\n"
    assert "unknown tag 'a'" in refusal(write, half * 5)
    short = "#MAGA B-X\nAnn B-PER\n\n" * 9
    assert "unknown tag 'd'" in refusal(write, f"{short}#b c d\nLee O\n")
    corpus = read_corpus(write("# 1 x O\nAnn B-PER\n\n# 2 y O\nLee O\n"))
    assert [each.words for each in corpus.sentences] == [["#", "Ann"], ["#", "Lee"]]


def test_comments_before_sentences_are_an_error_if_strict(write: Write) -> None:
    path = write(KLUE)
    with pytest.raises(DataError, match="## and stands before a sentence, skipped; fix it"):
        read_corpus(path, notes=Notes(strict=True))
    read_corpus(
        write(KLUE.replace(" \tI", "-\tI").replace(" \tO", "-\tO")),
        Columns(comment="## "),
        notes=Notes(strict=True),
    )


# Rows.


@pytest.mark.parametrize("columns", [Columns(), TAB])
def test_a_row_without_a_word_inside_an_entity_does_not_end_it(read: Read, columns: Columns) -> None:
    for tags in ("B-A I-A I-A I-A", "B-A I-A I-A E-A", "B-A M-A M-A E-A", "I-A I-A I-A I-A"):
        first, *middle, last = tags.split()
        content = "".join([f"a\t{first}\n", *(f" \t{each}\n" for each in middle), f"b\t{last}\n"])
        assert read(f"S\tO\n\n{content}", columns) == (
            ["S", "a b"],
            ["a b:A"],
            ["2 x row without a word inside an entity skipped (first: f:4)"],
        )


@pytest.mark.parametrize(
    "rows", ["a\tO\n \tI-A\n", "a\tB-B\n \tI-A\n", "a\tB-A\n \tB-A\n", "a\tB-A\n \tE-A\n", " \tI-A\n",
             "a\tE-A\n \tI-A\n", "a\tB-A\n\n \tI-A\n"],
)  # fmt: skip
def test_a_row_without_a_word_must_not_start_or_end_an_entity(write: Write, rows: str) -> None:
    for columns in (Columns(), TAB):
        assert "-A has no word; every tag needs one, except O and one that goes on" in refusal(
            write, f"S\tO\n\n{rows}", columns
        )


def test_the_row_before_may_be_in_the_block_before(write: Write) -> None:
    filler = "xxxxxxx\tO\n" * ((1 << 18) // 10 - 1)
    before = f"{filler}aaaaa\tB-A\n"
    assert len(before) < 1 << 18 < len(f"{before} \tI-A\n")  # bytes read at a time
    corpus = read_corpus(write(f"{before} \tI-A\nb\tI-A\n"), TAB)
    assert [each.label for each in corpus.sentences[0].entities] == ["A"]
    assert corpus.sentences[0].words[-2:] == ["aaaaa", "b"]


@pytest.mark.parametrize("columns", [Columns(), TAB])
@pytest.mark.parametrize("row", ["\tO", "\u3000\tO"])
def test_a_row_without_a_word_is_skipped_if_it_is_outside(read: Read, columns: Columns, row: str) -> None:
    assert read(f"Ann\tB-PER\n{row}\nLee\tI-PER\n", columns) == (
        ["Ann Lee"],
        ["Ann Lee:PER"],
        ["1 x row without a word skipped (first: f:2)"],
    )


def test_the_second_column_is_not_taken_for_a_word_that_is_missing(read: Read) -> None:
    assert read("Ann\tNNP\tB-PER\n\tNN\tO\n")[0] == ["Ann"]


def test_rows_of_any_width_are_read_if_they_have_both_columns(read: Read) -> None:
    content = "a x y O\nb x y z B-A\nc x I-A\nd x y O\n"
    assert read(content) == (
        ["a b c d"],
        ["b c:A"],
        ["2 x row of another number of columns than 4, read all the same (first: f:2)"],
    )
    assert read("a O\nb x O\nc x O\n", Columns(tag=-1))[2] == [
        "1 x row of another number of columns than 3, read all the same (first: f:1)"
    ]


def test_byte_order_marks_of_joined_files_are_removed(read: Read) -> None:
    content = "\ufeff-DOCSTART-\tO\n\nShe\tO\n\n\ufeff-DOCSTART-\tO\n\n\ufeffAnn\tB-PER\n\ufeff\nleft\tO\n"
    assert read(content) == (
        ["She", "Ann", "left"],
        ["Ann:PER"],
        ["3 x byte order mark at the start of a line removed (first: f:5)"],
    )


def test_docstart_is_looked_for_in_the_column_of_words(write: Write) -> None:
    corpus = read_corpus(
        write("1\t-DOCSTART-\tO\n\n1\tAnn\tO\n\n1\t-DOCSTART-\tO\n\n1\tLee\tO\n"), Columns(word=2)
    )
    assert [(each.words, each.starts_document) for each in corpus.sentences] == [
        (["Ann"], True),
        (["Lee"], True),
    ]


# Columns that hold something else.


def test_words_that_only_count_are_refused_and_the_words_are_found(write: Write) -> None:
    for content in (
        "1\tThe\tDT\tO\n2\tcat\tNN\tO\n\n1\tThe\tDT\tO\n2\tdog\tNN\tO\n",
        "7\tThe\tO\n7\tcat\tO\n",
    ):
        assert refusal(write, content) == (
            "f:1: nearly all words, from column 1, are integers that count; column 2 seems to hold the "
            "words; set data.word_column (--word-column) to 2"
        )


def test_a_table_of_numbers_is_read_and_noted(read: Read) -> None:
    words, _, notes = read("25\tCD\tO\n31\tCD\tO\n4\tCD\tO\n99\tCD\tO\n12\tCD\tO\n")
    assert words == ["25 31 4 99 12"]
    assert notes == ["5 x word that is an integer, as nearly all are (check data.word_column) (first: f:1)"]


def test_entities_in_another_column_are_noted(read: Read) -> None:
    content = "Alibaba\tNN\tB-ORG\tO\nGroup\tNN\tI-ORG\tO\nin\tIN\tO\tO\nChina\tNN\tB-LOC\tB-LOC\n"
    assert read(content)[1:] == (
        ["China:LOC"],
        [
            "2 x entity in column 3, which is not read (data.tag_column: 3); column -1, which is, has 1 "
            "(first: f:1)"
        ],
    )
    assert read(content, Columns(tag=3))[2] == [
        "1 x entity in column 4, which is not read (data.tag_column: 4); column 3, which is, has 2 "
        "(first: f:4)"
    ]


def test_chunks_are_no_entities(read: Read) -> None:
    assert read("EU\tNNP\tB-NP\tB-ORG\nrejects\tVBZ\tB-VP\tO\nit\tPRP\tO\tO\n")[2] == []


def test_a_prefix_of_all_words_is_noted_and_can_be_removed(read: Read) -> None:
    rows = [f"nl:{chr(97 + i % 26)}{i}\tO\n" for i in range(59)]
    content = "".join(["sic\tO\n", *rows])
    note = "59 x word that starts with 'nl:', 98.3% of all (data.word_prefix: 'nl:' removes it) (first: f:2)"
    assert read(content)[2] == [note]
    words, _, notes = read(content, Columns(word_prefix="nl:"))
    assert words[0].startswith("sic a0 b1 c2 ")
    assert notes == []


def test_words_of_ordinary_text_share_no_prefix(read: Read) -> None:
    assert read("".join(f"{word}\tO\n" for word in ["a", "ab", "abc", *"bcdefghijk"] * 10))[2] == []


# CoNLL-U.

CONLLU = """\
# newdoc
# what this is
# sent_id = 1
1-3	don't	_	_	_	_	_	_	_	SpaceAfter=No
1	do	_	_	_	_	_	_	_	name=O
2	n't	_	_	_	_	_	_	_	name=O
3	Ann	_	_	_	_	_	_	_	SpaceAfter=No|name=B-PER
3.1	_	_	_	_	_	_	_	_	_
4	New York	_	_	_	_	_	_	_	SpaceAfter=No|name=B-LOC
5	.	_	_	_	_	_	_	_	_
"""


def test_conll_u_is_recognized(write: Write) -> None:
    path = write(CONLLU.replace("1-3", "1-2"), "f")
    corpus = read_corpus(path, Columns(tag_key="name"))
    (sentence,) = corpus.sentences
    assert sentence.words == ["do", "n't", "Ann", "New York", "."]
    assert sentence.entities == (Entity(2, 3, "PER"), Entity(3, 4, "LOC"))
    assert sentence.lines == [5, 6, 7, 9, 10]
    assert sentence.no_space_after == (0, 1, 2, 3)
    assert [(note.what, note.times, note.first) for note in corpus.notes] == [
        ("file in CoNLL-U, words read from column 2 (data.word_column: 2)", 1, f"{path}:4"),
        ("row of a multiword token (such as 1-2) skipped", 1, f"{path}:4"),
        ("row of an empty node (such as 1.1) skipped", 1, f"{path}:8"),
    ]
    assert len(read_corpus(path, Columns(word=2, tag_key="name")).notes) == 2


def test_a_key_that_is_not_there_is_refused_with_those_that_are(write: Write) -> None:
    assert refusal(write, CONLLU) == (
        "f:5: unknown tag 'name=O'; the column seems to hold tags as values of 'name'; "
        "set data.tag_key (--tag-key) to name"
    )
    assert refusal(write, CONLLU, Columns(tag_key="ner")) == (
        "f: no row has the key 'ner' in column -1; the keys there are name, SpaceAfter; "
        "check data.tag_key (--tag-key) and data.tag_column (--tag-column)"
    )


def test_conll_u_plus_names_its_columns(read: Read) -> None:
    content = "# global.columns = ID UPOS FORM NER\n1-2\t_\tdu\t_\n1\tP\tde\tO\n2\tN\tParis\tB-LOC\n"
    assert read(content)[:2] == (["de Paris"], ["Paris:LOC"])


# Encodings.


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-be", "utf-32", "gb18030", "iso2022_jp", "euc-jp", "utf-8-sig"]
)
def test_any_encoding_is_read(read: Read, encoding: str) -> None:
    content = "\u6771\u4eac\tB-LOC\r\n\u3067\tO\r\n\r\nAda\tB-PER".encode(encoding)
    assert read(content, Columns(encoding=encoding)) == (
        ["\u6771\u4eac \u3067", "Ada"], ["\u6771\u4eac:LOC", "Ada:PER"], []
    )  # fmt: skip


def test_characters_and_line_ends_may_lie_across_chunks(read: Read) -> None:
    rows = "".join(f"\u6771{i}\tO\r\n" for i in range(60_000))
    for encoding in ("utf-8", "utf-16", "gb18030"):
        words, _, _ = read(rows.encode(encoding), Columns(encoding=encoding))
        assert words == [" ".join(f"\u6771{i}" for i in range(60_000))]


def test_utf_16_without_a_byte_order_mark_is_read(read: Read) -> None:
    for order in ("utf-16-le", "utf-16-be"):
        assert read("Ada\tB-PER\n".encode(order), Columns(encoding="utf-16"))[1:] == (
            ["Ada:PER"],
            [f"1 x file in utf-16 without a byte order mark, read as {order} (first: f:1)"],
        )


def test_utf_8_that_is_read_as_something_else_is_noted(read: Read, write: Write) -> None:
    assert read("a\tO\ncaf\u00e9\tO\n".encode(), Columns(encoding="latin-1"))[2] == [
        "1 x file that is valid UTF-8, read as latin-1 (data.encoding: utf-8 reads it correctly) (first: f:2)"
    ]
    assert read(b"a\tO\ncaf\xe9\tO\n", Columns(encoding="latin-1"))[2] == []
    assert read(b"a\tO\n", Columns(encoding="latin-1"))[2] == []
    assert refusal(write, "caf\u00e9\tO\n", Columns(encoding="utf-16")) == (
        "f: the file is not utf-16 but UTF-8; set data.encoding (--encoding) to utf-8"
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ann\tB-PER\n", "utf-16"),
        ("\u4e2d\u56fd\u4eba\u6c11\u94f6\u884c\tB-ORG\n\u6628\u5929\tO\n", "gb18030"),
        ("\u81fa\u7063\u7e3d\u7d71\u5e9c\tB-ORG\n\u4eca\u5929\tO\n", "big5"),
        ("\u6771\u4eac\tB-LOC\n\u3067\u4f1a\u8b70\u304c\tO\n", "shift_jis"),
        ("\u6771\u4eac\tB-LOC\n\u3067\u4f1a\u8b70\u304c\tO\n", "euc-jp"),
        ("\uc11c\uc6b8\tB-LOC\n\uc5d0\uc11c\tO\n", "euc-kr"),
        ("\u041c\u043e\u0441\u043a\u0432\u0430\tB-LOC\n\u0432\u0447\u0435\u0440\u0430\tO\n", "cp1251"),
        ("\u041c\u043e\u0441\u043a\u0432\u0430\tB-LOC\n\u0432\u0447\u0435\u0440\u0430\tO\n", "koi8-r"),
        ("K\u00f6ln\tB-LOC\n\u00e0\tO\n", "cp1252"),
    ],
)
def test_the_likely_encoding_is_named(write: Write, text: str, encoding: str) -> None:
    message = refusal(write, text.encode(encoding))
    assert message.endswith(
        f"; the file looks like {encoding}; if it is, set data.encoding (--encoding) to {encoding}"
    )
    assert re.match("f:1: byte [12] of the line is 0x", message)


# Illegal tags, and strictness.


def test_illegal_tags_are_counted_and_the_first_is_named(read: Read) -> None:
    content = (
        "x\tO\n\n" * 3 + "San\tI-LOC\nJose\tI-LOC\n\nUlm\tB-LOC\n\nBonn\tB-LOC\nAm\tI-LOC\n\nAnn\tI-PER\n"
    )
    assert read(content)[1:] == (
        ["San Jose:LOC", "Ulm:LOC", "Bonn Am:LOC", "Ann:PER"],
        [
            "2 x tag that is illegal in BIO, read as conlleval does; the first is I-LOC at the start of "
            "a sentence (first: f:7)"
        ],
    )


def test_the_scheme_with_the_fewest_illegal_tags_is_taken(write: Write) -> None:
    content = "a\tI-A\nb\tB-A\n\n" + "a\tI-A\n\n" * 3 + "b\tB-A\n"  # IOB1 but for the last
    corpus = read_corpus(write(content))
    assert (corpus.scheme.name, corpus.notes[0].times) == ("IOB1", 1)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("Word\tTag\nAnn\tB-PER\n", 1),
        ("Ann\tB-PER\n\tO\n", 2),
        ("Ann\tB_PER\n", 1),
        ("a\tO\nAnn\tx\tB-PER\n", 2),
        ("a\tO\n\ufeffAnn\tB-PER\n", 2),
        ("a\tO\nAnn\t0\nb\tB-PER\n", 2),
    ],
)
def test_strict_notes_refuse_what_would_be_noted(write: Write, content: str, place: int) -> None:
    assert read_corpus(write(content, "f")).notes
    message = refusal(write, content, notes=Notes(strict=True))
    assert message.startswith(f"f:{place}: ")
    assert message.endswith("; fix it, or set data.strict to false to go on all the same")


def test_notes_of_several_files_come_together(write: Write) -> None:
    notes = Notes()
    for name in ("a", "b"):
        assert len(read_corpus(write("Ann\tB-PER\n\tO\n", name), notes=notes).notes) == 1
    assert [note.times for note in notes.notes] == [2]
