"""Column files as they occur: every kind is read as what it is, and what was guessed is noted."""

from __future__ import annotations

import random

import pytest

from wincls.corpus.columns import Columns, read_corpus
from wincls.corpus.notes import Notes
from wincls.errors import DataError, WinclsError

TAB = Columns(delimiter="tab")


@pytest.fixture
def read(write):
    """The corpus of a file's content, and its notes as {what: (times, line of the first)}."""

    def read_it(content, columns=Columns(), scheme="auto", lenient=True, strict=False):
        path = write(content)
        corpus = read_corpus(path, columns, scheme, lenient, notes=Notes(strict))
        assert corpus.notes is not None
        noted = {}
        for note in corpus.notes.notes:
            _, _, line = note.first.removeprefix(str(path)).rpartition(":")
            noted[note.what] = (note.times, int(line or 0))
        return corpus, noted

    return read_it


def entities(corpus):
    return [
        (" ".join(sentence.words[start:end]), label)
        for sentence in corpus.sentences
        for start, end, label in sentence.entities
    ]


def column_text(*tags, words="He met Ann Lee"):
    return "".join(f"{word}\t{tag}\n" for word, tag in zip(words.split(), tags, strict=True))


@pytest.mark.parametrize(
    ("tags", "note"),
    [
        (("O", "O", "B_PER", "I_PER"), "tag with the separator '_' read as with a hyphen"),
        (("O", "O", "B/PER", "I/PER"), "tag with the separator '/' read as with a hyphen"),
        (("O", "O", "B:PER", "I:PER"), "tag with the separator ':' read as with a hyphen"),
        (("O", "O", "B.PER", "I.PER"), "tag with the separator '.' read as with a hyphen"),
        (("O", "O", "B\u2011PER", "I\u2011PER"), "tag with the separator U+2011 read as with a hyphen"),
        (("O", "O", "B\u2013PER", "I\u2013PER"), "tag with the separator U+2013 read as with a hyphen"),
        (("O", "O", "PER_B", "PER_I"), "tag with its prefix after the type, as PER-B, read as B-PER"),
        (("O", "O", "PER-B", "PER-I"), "tag with its prefix after the type, as PER-B, read as B-PER"),
    ],
)
def test_other_spellings_of_tags_are_read_and_noted(read, tags, note):
    corpus, noted = read(column_text(*tags))
    assert entities(corpus) == [("Ann Lee", "PER")]
    assert corpus.scheme.name == "BIO"
    assert noted == {note: (2, 3)}


def test_types_with_underscores_stay_as_they_are(read):
    corpus, noted = read(column_text("O", "O", "B-PER_NAME", "I-PER_NAME"))
    assert entities(corpus) == [("Ann Lee", "PER_NAME")]
    assert noted == {}


def test_a_single_tag_of_another_spelling_is_no_reason_to_read_all_as_types(read):
    with pytest.raises(DataError, match=r":3: unknown tag 'PERSON'"):
        read(column_text("O", "O", "PERSON", "B_PER"))


def test_strict_reading_refuses_what_would_be_noted(read):
    with pytest.raises(DataError, match=r":3: tag with the separator '_' .* data\.strict"):
        read(column_text("O", "O", "B_PER", "I_PER"), strict=True)


@pytest.mark.parametrize(
    ("content", "scheme", "expected"),
    [
        ("中 B-ORG\n国 M-ORG\n人 E-ORG\n大 S-LOC\n", "BMES", [("中 国 人", "ORG"), ("大", "LOC")]),
        ("中 B-ORG\n国 M-ORG\n人 E-ORG\n大 W-LOC\n", "BMES", [("中 国 人", "ORG"), ("大", "LOC")]),
        ("中 B_ORG\n国 M_ORG\n人 E_ORG\n", "BMES", [("中 国 人", "ORG")]),
        ("a I-X\nb E-X\nc E-X\nd O\n", "IOE2", [("a b", "X"), ("c", "X")]),
        ("a B\nb I\nc O\nd B\n", "BIO", [("a b", "ENTITY"), ("d", "ENTITY")]),
        ("a I\nb I\nc O\n", "IO", [("a b", "ENTITY")]),
        ("a S\nb O\nc B\nd E\n", "IOBES", [("a", "ENTITY"), ("c d", "ENTITY")]),
        ("a person-artist/author\nb person-artist/author\nc O\n", "IO", [("a b", "person-artist/author")]),
        ("a art-film\nb O\nc loc\n", "IO", [("a", "art-film"), ("c", "loc")]),
    ],
)
def test_more_schemes_are_read(read, content, scheme, expected):
    corpus, _ = read(content)
    assert corpus.scheme.name == scheme
    assert entities(corpus) == expected


def test_types_with_hyphens_are_read_if_the_scheme_is_said_to_be_io(read):
    corpus, _ = read("a B-side\nb O\nc E-mail\n", scheme="IO")
    assert entities(corpus) == [("a", "B-side"), ("c", "E-mail")]


@pytest.mark.parametrize("header", ["Word\tTag", "TOKEN\tNE", "token\tlabel", "Form\tner_tags"])
def test_header_rows_are_skipped(read, header):
    corpus, noted = read(f"{header}\nAnn\tPER\nsings\tO\n")
    assert entities(corpus) == [("Ann", "PER")]
    assert corpus.labels.keys() == {"PER"}
    assert noted == {"header row skipped": (1, 1)}


def test_a_word_that_could_be_a_header_is_a_word_further_down(read):
    corpus, _ = read("Ann\tB-label\nWord\tB-label\n")
    assert entities(corpus) == [("Ann", "label"), ("Word", "label")]


def test_types_that_look_like_slips_are_noted(read):
    corpus, noted = read("a\tPER\nb\tPER\nc\tO\nd\tper\ne\t0\n")
    assert noted == {
        "type 'per' differs from 'PER' only in case": (1, 4),
        "type '0' looks like O": (1, 5),
    }
    assert corpus.labels.keys() == {"PER", "per", "0"}


@pytest.mark.parametrize("outside", ["0", "o", "_", "*"])
def test_another_sign_for_outside_is_read_as_o_beside_prefixed_tags(read, outside):
    corpus, noted = read(column_text("O", outside, "B-PER", "I-PER"))
    assert entities(corpus) == [("Ann Lee", "PER")]
    assert noted == {f"tag '{outside}' read as O": (1, 2)}


def test_rows_without_a_word_are_skipped(read):
    corpus, noted = read("a\tO\n\tO\nAnn\tB-PER\n \tO\n", TAB)
    assert [sentence.words for sentence in corpus.sentences] == [["a", "Ann"]]
    assert noted == {"row without a word skipped": (2, 2)}


def test_words_that_are_integers_are_refused_and_the_right_column_is_proposed(read):
    names = ["The", "old", "man", "met", "Ann", "in", "Rome"] * 4
    rows = "".join(f"{i}\t{word}\tO\n" for i, word in enumerate(names, start=1))
    with pytest.raises(
        DataError, match=r"nearly all words are integers, such as 1, 2 and 3; column 2 looks "
    ):
        read(rows)
    corpus, noted = read(rows, Columns(word=2))
    assert (corpus.tokens, noted) == (28, {})


def test_years_among_words_are_no_reason_to_refuse(read):
    assert read("in O\n1999 O\n" * 30)[0].tokens == 60


def test_byte_order_marks_within_a_file_are_removed(read):
    one = "-DOCSTART- O\n\nShe O\nsings O\n"
    corpus, noted = read(f"\ufeff{one}\ufeff{one}\n\ufeffShe O\n")
    assert [sentence.words for sentence in corpus.sentences] == [["She", "sings"], ["She", "sings"], ["She"]]
    assert noted == {"byte order mark within the file removed": (2, 5)}


def test_docstart_is_looked_for_among_the_words(read):
    corpus, _ = read("1\t-DOCSTART-\tO\n\n1\tAnn\tB-PER\n", Columns(word=2))
    assert [sentence.words for sentence in corpus.sentences] == [["Ann"]]
    assert corpus.sentences[0].starts_document


def test_another_column_of_tags_is_noted_with_both_counts(read):
    rows = "Alibaba\tB-ORG\tO\nin\tO\tO\nRome\tB-LOC\tO\nof\tO\tB-X\n" * 6
    _, noted = read(rows)
    (note,) = noted
    assert note == (
        "column 2 of tags that are not read: 12 entities in the first 24 rows, where the column that is read "
        "has 6"
    )
    assert read(rows.replace("B-ORG", "B-NP").replace("B-LOC", "I-VP"))[1] == {}  # chunks are no entities


def test_a_common_prefix_of_all_words_is_noted_and_removed_on_request(read):
    rows = "nl:Deze\tO\nnl:toegang\tO\nnl:naar\tO\nnl:Rome\tB-LOC\n" * 6
    corpus, noted = read(rows)
    (note,) = noted
    assert note.startswith("word that begins with 'nl:', 100 % of the first 24")
    corpus, noted = read(rows, Columns(word_prefix="nl:"))
    assert noted == {}
    assert corpus.sentences[0].words[:4] == ["Deze", "toegang", "naar", "Rome"]


def test_a_word_that_is_nothing_but_the_prefix_stays(read):
    corpus, _ = read("nl:Deze O\nnl: O\nvreemd O\n", Columns(word_prefix="nl:"))
    assert corpus.sentences[0].words == ["Deze", "nl:", "vreemd"]


def test_rows_of_other_widths_are_read_if_they_have_the_columns(read):
    corpus, noted = read("Ann x y B-PER\nsings x O\nin x y z O\nRome x y B-LOC\n")
    assert entities(corpus) == [("Ann", "PER"), ("Rome", "LOC")]
    assert noted == {"row with another number of columns than the first": (2, 2)}


CONLLU = """\
# newdoc id = a
# sent_id = 1
# text = Can't Ann?
1-2\tCan't\t_\t_\t_\t_\t_\t_\t_\t_
1\tCa\tcan\tAUX\t_\t_\t0\troot\t_\tSpaceAfter=No|name=O
2\tn't\tnot\tPART\t_\t_\t1\tdep\t_\tname=O
2.1\tsing\t_\t_\t_\t_\t_\t_\t_\t_
3\tAnn\tAnn\tPROPN\t_\t_\t1\tdep\t_\tSpaceAfter=No|name=B-PER|x=y
4\t?\t?\tPUNCT\t_\t_\t1\tdep\t_\tname=O
# sent_id = 2
# text = Rome
1\tRome\tRome\tPROPN\t_\t_\t0\troot\t_\tname=B-LOC
"""


@pytest.mark.parametrize("columns", [Columns(), TAB, Columns(tag_key="name")])
def test_conllu_is_read_with_its_tags_in_the_last_column(read, columns):
    corpus, noted = read(CONLLU, columns)
    assert [sentence.words for sentence in corpus.sentences] == [["Ca", "n't", "Ann", "?"], ["Rome"]]
    assert entities(corpus) == [("Ann", "PER"), ("Rome", "LOC")]
    assert [tuple(sentence.glued) for sentence in corpus.sentences] == [(0, 2), ()]
    expected = {"multiword token or empty node skipped": (2, 4)}
    if not columns.tag_key:
        expected["CoNLL-U file whose tags are taken from name= in the last column"] = (1, 4)
    assert noted == expected


def test_a_tag_key_needs_conllu(read):
    with pytest.raises(DataError, match=r"data\.tag_key needs the ten columns of CoNLL-U"):
        read("Ann B-PER\n", Columns(tag_key="name"))


def test_header_row_comments_and_a_sentence_without_an_empty_line_before_it(read):
    content = "word tag\n# sent_id = 1\nAnn B-PER\n# a remark\nsings O\n# sent_id = 2\nRome B-LOC\n"
    corpus, noted = read(content, Columns(comment=("#",)))
    assert [sentence.words for sentence in corpus.sentences] == [["Ann", "sings"], ["Rome"]]
    assert noted == {"header row skipped": (1, 1)}


def test_several_signs_of_comments(read):
    corpus, _ = read("# a\n% b\n// c d\nAnn B-PER\n", Columns(comment=("#", "%", "//")))
    assert [sentence.words for sentence in corpus.sentences] == [["Ann"]]


def test_a_hash_may_be_a_word(read):
    assert read("# O\n1 O\nfan O\n")[0].sentences[0].words == ["#", "1", "fan"]


def test_illegal_tags_are_read_as_conlleval_does_and_counted(read):
    corpus, noted = read("a B-LOC\nb I-LOC\n\n. B-LOC\n\nSan I-LOC\nJose I-LOC\n")
    assert corpus.scheme.name == "BIO"
    assert entities(corpus) == [("a b", "LOC"), (".", "LOC"), ("San Jose", "LOC")]
    assert noted == {"tag that BIO does not allow there, read as conlleval reads it": (1, 6)}


def test_the_scheme_is_the_one_that_fits_most_sentences(read):
    corpus, noted = read("a B-X\nb I-X\n\n" * 5 + "c I-X\n\n")
    assert (corpus.scheme.name, len(noted)) == ("BIO", 1)
    corpus, _ = read("c I-X\nd I-X\n\n" * 5 + "a I-Y\nb B-X\n\n" + "a I-X\nb B-X\n\n")
    assert corpus.scheme.name == "IOB1"


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "gb18030", "shift_jis", "cp1251"]
)
def test_any_encoding_of_python_is_read(read, encoding):
    word = {"gb18030": "北京", "shift_jis": "東京", "cp1251": "Москва"}.get(encoding, "Ögi")
    corpus, noted = read(f"x O\n{word} B-LOC\n\ny O\n".encode(encoding), Columns(encoding=encoding))
    assert entities(corpus) == [(word, "LOC")]
    assert [list(sentence.lines) for sentence in corpus.sentences] == [[1, 2], [4]]
    assert noted == {}


@pytest.mark.parametrize(
    ("encoding", "text", "guess"),
    [
        ("utf-16", "Ann B-PER\n", "utf-16"),
        ("gb18030", "北京大学 B-LOC\n", "gb18030"),
        ("cp1251", "Москва B-LOC\n", "cp1251"),
        ("latin-1", "Café B-LOC\n", "cp1252"),
    ],
)
def test_a_wrong_encoding_is_named_with_the_likely_one(read, encoding, text, guess):
    with pytest.raises(DataError, match=rf"which is not utf-8; it looks like {guess}: set data\.encoding"):
        read(text.encode(encoding))


def test_utf_8_that_is_read_as_something_else_is_noted(read):
    _, noted = read("Café B-LOC\nThé O\n".encode(), Columns(encoding="latin-1"))
    assert noted == {"line of valid UTF-8 read as latin-1 (is data.encoding right?)": (2, 1)}
    assert read("Café B-LOC\n".encode("latin-1"), Columns(encoding="latin-1"))[1] == {}


EXAMPLES = 2000
PIECES = [b"\t", b" ", b"\n", b"\n\n", b"\r\n", b"\xef\xbb\xbf", b"\0", b"\xff\xfe", b"O", b"# sent_id = 1\n",
          b"B-X", b"I-", b"-DOCSTART-", b"1-2\t", b"\x80", b"_", b"word\ttag\n", b"E-X", b"M-"]  # fmt: skip


def test_damaged_files_give_only_the_errors_of_the_package(write):
    rng = random.Random(0)
    valid = [CONLLU.encode(), column_text("O", "B-X", "I-X", "O").encode(), b"a x S-Y\n\nb y O\n" * 3]
    for i in range(EXAMPLES):
        if i % 2:
            content = bytes(rng.randrange(256) for _ in range(rng.randrange(60)))
        else:
            content = rng.choice(valid)
            for _ in range(rng.randrange(1, 4)):
                at = rng.randrange(len(content) + 1)
                content = content[:at] + rng.choice(PIECES) + content[at + rng.randrange(3) :]
        columns = Columns(
            rng.choice([1, 2, -2]), rng.choice([-1, 2, 3]), rng.choice(["whitespace", "tab", "space"]),
            rng.choice([(), ("#",)]), rng.choice(["utf-8", "latin-1", "utf-16"]),
            rng.choice(["", "", "name"]),
        )  # fmt: skip
        path = write(content)
        try:
            corpus = read_corpus(path, columns, "auto", bool(rng.randrange(2)))
        except WinclsError as error:
            assert str(error).count("\n") == 0
        else:
            assert all(sentence.words and all(sentence.words) for sentence in corpus.sentences)
