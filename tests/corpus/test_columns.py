from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.columns import Columns, Line, lines_of, read_corpus, read_rows
from wincls.corpus.documents import Corpus, Sentence
from wincls.corpus.schemes import SCHEMES, Entity
from wincls.corpus.tag_columns import Rows
from wincls.errors import DataError

Write = Callable[..., Path]

TAB = Columns(delimiter="tab")
NO_WORD = "has no word; every tag needs one, except O and one that goes on with an entity"
SPACE = Columns(delimiter="space")
FIX = (
    "fix the row, or set data.word_column, data.tag_column, data.delimiter or data.comment "
    "(--word-column, --tag-column, --delimiter, --comment)"
)


def exactly(message: str) -> str:
    return rf"^{re.escape(message)}\Z"


def tags_of(corpus: Corpus, sentence: Sentence) -> list[str]:
    """The tags of a sentence, as the scheme of its corpus writes them."""
    return corpus.scheme.encode(sentence.entities, len(sentence.words))


def words_and_tags(path: Path, columns: Columns = Columns()) -> list[tuple[list[str], list[str]]]:
    corpus = read_corpus(path, columns)
    return [(each.words, tags_of(corpus, each)) for each in corpus.sentences]


def test_a_file_by_example(write: Write) -> None:
    path = write("-DOCSTART- -X- O\n\nParis NNP B-LOC\nsleeps VBZ O\n\nSo O O\n")
    corpus = read_corpus(path)
    assert corpus.path == str(path)
    assert corpus.sentences == [
        Sentence(["Paris", "sleeps"], (Entity(0, 1, "LOC"),), range(3, 5), True),
        Sentence(["So"], (), range(6, 7), False),
    ]
    assert corpus.scheme is SCHEMES["BIO"]
    assert corpus.tokens == 3


@pytest.mark.parametrize(
    "content",
    [
        "Paris B-LOC\n\nSo O\n",
        "Paris B-LOC\n\nSo O",  # no final line end
        "Paris B-LOC\r\n\r\nSo O\r\n",
        "Paris B-LOC\r\n\r\nSo O",
        "\ufeffParis B-LOC\n\nSo O\n",
        "\n\n\nParis B-LOC\n\n\n\nSo O\n\n\n",
        "Paris B-LOC\n \t \nSo O\n",
        "Paris  \t B-LOC \n\nSo\tO\t\n",
        " Paris B-LOC\n\n\tSo O\n",
        "Paris x B-LOC\n\nSo y O\n",
    ],
)
def test_line_ends_spaces_and_empty_lines_do_not_matter(write: Write, content: str) -> None:
    assert words_and_tags(write(content)) == [(["Paris"], ["B-LOC"]), (["So"], ["O"])]


def test_comments_are_skipped_and_do_not_end_a_sentence(write: Write) -> None:
    path = write("# one\nParis B-LOC\n# two\nsleeps O\n#\n\n# three\nSo O\n")
    first, second = read_corpus(path, Columns(comment="#")).sentences
    assert first == Sentence(["Paris", "sleeps"], (Entity(0, 1, "LOC"),), [2, 4], True)
    assert second == Sentence(["So"], (), range(8, 9), False)


def test_without_a_comment_sign_nothing_is_a_comment(write: Write) -> None:
    assert words_and_tags(write("# O\n")) == [(["#"], ["O"])]


def test_docstart_begins_a_document_and_ends_a_sentence(write: Write) -> None:
    path = write("a O\n\nb O\n-DOCSTART-\tO\n\nc O\n\nd O\n\n-DOCSTART-\nf O\n")
    sentences = read_corpus(path).sentences
    assert [each.words for each in sentences] == [["a"], ["b"], ["c"], ["d"], ["f"]]
    assert [each.starts_document for each in sentences] == [True, False, True, False, True]


def test_newdoc_begins_a_document(write: Write) -> None:
    path = write("# newdoc\n# text = a\na O\n\nb O\n\n# newdoc id = 2\nc O\n")
    sentences = read_corpus(path, Columns(comment="#")).sentences
    assert [each.starts_document for each in sentences] == [True, False, True]


def test_tabs_alone_separate_so_words_may_have_spaces(write: Write) -> None:
    assert words_and_tags(write("New York\tB-LOC\n10 000\tO\n"), TAB) == [
        (["New York", "10 000"], ["B-LOC", "O"])
    ]


def test_single_spaces_alone_separate_so_words_may_have_tabs(write: Write) -> None:
    assert words_and_tags(write("a\tb x O\nc  O\n"), SPACE) == [(["a\tb", "c"], ["O", "O"])]


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u3000", "\u0085", "\u2028", "\x0c"])
def test_other_white_space_stays_in_its_word(write: Write, blank: str) -> None:
    assert words_and_tags(write(f"5{blank}000 O\n")) == [([f"5{blank}000"], ["O"])]


@pytest.mark.parametrize(
    ("columns", "content"),
    [
        (Columns(word=2, tag=3), "1 Paris B-LOC x\n2 sleeps O\n"),
        (Columns(word=-2, tag=-1), "1 Paris B-LOC\n2 sleeps O\n"),
        (Columns(word=-1, tag=-3), "B-LOC x Paris\nO x sleeps\n"),
        (Columns(word=2, tag=1), "B-LOC Paris\nO sleeps\n"),
        (Columns(word=3, tag=-3), "B-LOC x Paris\nO x sleeps\n"),
    ],
)
def test_columns_are_counted_from_either_side(write: Write, columns: Columns, content: str) -> None:
    assert words_and_tags(write(content), columns) == [(["Paris", "sleeps"], ["B-LOC", "O"])]


def test_without_a_tag_column_there_are_no_tags() -> None:
    columns = Columns(tag=0)
    lines = lines_of(BytesIO(b"a\nb x y\n\nc\n"), "f", columns)
    assert list(read_rows(lines, columns)) == [
        Rows(["a", "b"], [], range(1, 3), True),
        Rows(["c"], [], range(4, 5), False),
    ]


def test_lines_keep_their_text() -> None:
    file = BytesIO(b"\xef\xbb\xbf-DOCSTART- O\r\n\n# x\n a  O \r\n")
    assert list(lines_of(file, "f", Columns(comment="#"))) == [
        Line(1, "-DOCSTART- O", None),
        Line(2, "", None),
        Line(3, "# x", None, is_comment=True),
        Line(4, " a  O ", ["a", "O"]),
    ]


# Any word that a column can hold: not only white space, no line end, no NUL.
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\0 \t\ufeff"), min_size=1)
sentences_of_words = st.lists(
    st.lists(words.filter(lambda word: word.strip() and word != "-DOCSTART-"), min_size=1), min_size=1
)


@given(sentences_of_words, st.sampled_from(["whitespace", "tab", "space"]), st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[str]], delimiter: str, line_end: str
) -> None:
    between = " " if delimiter == "space" else "\t"
    rows = [[f"{word}{between}O" for word in sentence] for sentence in sentences]
    path = tmp_path_factory.getbasetemp() / "written.txt"
    path.write_bytes((line_end * 2).join(line_end.join(each) for each in rows).encode())
    corpus = read_corpus(path, Columns(delimiter=delimiter))
    assert [each.words for each in corpus.sentences] == sentences
    lines = path.read_bytes().decode().split("\n")
    for sentence, its_rows in zip(corpus.sentences, rows, strict=True):
        assert [lines[number - 1].removesuffix("\r") for number in sentence.lines] == its_rows


# What cannot be read.


@pytest.mark.parametrize(
    ("columns", "content", "message"),
    [
        (
            Columns(),
            "a O\nb\n",
            "2: 1 column (delimiter: whitespace); "
            f"at least 2 are needed for word column 1 and tag column -1; {FIX}",
        ),
        (
            Columns(word=2, tag=4),
            "1 a x O\n2 b O\n",
            "2: 3 columns (delimiter: whitespace); "
            f"at least 4 are needed for word column 2 and tag column 4; {FIX}",
        ),
        (
            Columns(word=2, tag=0),
            "a\n",
            f"1: 1 column (delimiter: whitespace); at least 2 are needed for word column 2; {FIX}",
        ),
        (
            Columns(word=2),
            "a O\nb O\n",
            "1: word column 2 and tag column -1 are the same of 2 columns (delimiter: whitespace); "
            f"{FIX.removeprefix('fix the row, or ')}",
        ),
        (
            Columns(word=-3, tag=1, delimiter="tab"),
            "\n\na\tx y\tO\n",
            "3: word column -3 and tag column 1 are the same of 3 columns (delimiter: tab); "
            f"{FIX.removeprefix('fix the row, or ')}",
        ),
        (
            Columns(),
            "a O\rb O\r",
            "1: a carriage return within the line; save the file with line ends LF or CRLF",
        ),
        (TAB, "a\tO\n\tB-A\n", f"2: tag B-A {NO_WORD}"),
        (TAB, "a\tO\n \u00a0\tI-A\n", f"2: tag I-A {NO_WORD}"),
        (TAB, "a\t\n", "1: an empty word or tag; every row needs both"),
        (Columns(), "a O\n\tB-A\n", f"2: tag B-A {NO_WORD}"),
        (SPACE, "a O\n B-A\n", f"2: tag B-A {NO_WORD}"),
        (Columns(), "a O\nb\0 O\n", "2: a NUL character found; the file is not text, or is damaged"),
        (
            Columns(),
            b"a O\ncaf\xe9 O\n",
            "2: byte 4 of the line is 0xe9, which is not utf-8; "
            "the file looks like cp1252; if it is, set data.encoding (--encoding) to cp1252",
        ),
        (
            Columns(encoding="cp1252"),
            b"\x81 O\n",
            "1: byte 1 of the line is 0x81, which is not cp1252; "
            "save the file as cp1252, or set data.encoding (--encoding) to what it is",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_named(
    write: Write, columns: Columns, content: str | bytes, message: str
) -> None:
    path = write(content)
    with pytest.raises(DataError, match=exactly(f"{path}:{message}")):
        read_corpus(path, columns)


def test_columns_from_the_left_allow_rows_of_any_width(write: Write) -> None:
    path = write("a O\nb O x\nc O x y\n")
    assert words_and_tags(path, Columns(word=1, tag=2)) == [(["a", "b", "c"], ["O", "O", "O"])]


@pytest.mark.parametrize("content", ["", "\n\n \n", "-DOCSTART- O\n\n", "\ufeff"])
def test_a_file_without_sentences_is_refused(write: Write, content: str) -> None:
    path = write(content)
    message = f"{path}: no sentence found; write one token a line, empty lines between sentences"
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "missing"
    message = f"{path}: no such file; check the path (relative paths start at the current folder)"
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=exactly(f"{tmp_path}: is a folder; a file is needed")):
        read_corpus(tmp_path)


def test_latin_1_is_read_on_request(write: Write) -> None:
    assert words_and_tags(write(b"caf\xe9 O\n"), Columns(encoding="latin-1")) == [(["café"], ["O"])]


# Schemes.


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O O", "IO"),
        ("I-A I-A O I-B", "IO"),
        ("B-A I-A O B-A B-A", "BIO"),
        ("B-A O", "BIO"),
        ("I-A B-A I-A O", "IOB1"),
        ("S-A O B-A I-A E-A", "IOBES"),
        ("S-A", "IOBES"),
        ("B-A E-A", "IOBES"),
        ("U-A O B-A I-A L-A", "BILOU"),
        ("U-A", "BILOU"),
        ("B-A L-A", "BILOU"),
    ],
)
def test_the_scheme_is_found(write: Write, tags: str, scheme: str) -> None:
    path = write("".join(f"w {tag}\n" for tag in tags.split()))
    corpus = read_corpus(path)
    assert corpus.scheme.name == scheme
    assert tags_of(corpus, corpus.sentences[0]) == tags.split()


def test_the_scheme_has_to_fit_every_sentence(write: Write) -> None:
    path = write("a B-A\nb I-A\n\na I-A\n")  # the second sentence is no BIO, the first no IOB1
    message = (
        f"{path}:4: tag I-A at the start of a sentence is not legal in BIO or IOB1 or IOBES or BILOU or "
        "BIEWO (mixed schemes?); fix the tags, or set data.illegal_tags to lenient to read them as "
        "conlleval does"
    )
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path, lenient=False)


def test_an_illegal_tag_is_named_with_the_one_before(write: Write) -> None:
    path = write("a B-A\nb I-A\n\na B-A\nb O\nc I-A\n")
    message = (
        f"{path}:6: tag I-A after O is not legal in BIO (mixed schemes?); "
        "fix the tags, or set data.illegal_tags to lenient to read them as conlleval does"
    )
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path, scheme="BIO", lenient=False)


def test_lenient_reading_keeps_illegal_tags_and_reads_them_as_conlleval(write: Write) -> None:
    path = write("a B-A\nb I-A\n\na B-A\nb O\nc I-A\nd I-B\n")
    corpus = read_corpus(path, lenient=True)
    assert corpus.scheme.name == "BIO"
    sentence = corpus.sentences[1]
    assert sentence.entities == (Entity(0, 1, "A"), Entity(2, 3, "A"), Entity(3, 4, "B"))
    assert sentence.irregular == (Entity(2, 3, "A"), Entity(3, 4, "B"))
    assert corpus.sentences[0].irregular == ()


@pytest.mark.parametrize("lenient", [False, True])
def test_prefixes_of_several_schemes_are_refused(write: Write, lenient: bool) -> None:
    path = write("a B-A\nb I-A\n\nc S-B\n\nd U-A\ne L-A\n")
    message = (
        f"{path}:6: tag U-A mixes schemes: no scheme has its prefix together with B, I, S above; "
        "use one of BIO, IOBES, BILOU, IOB1, IO, IOE1, IOE2, BMES, BMEWO, BIEWO throughout"
    )
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path, lenient=lenient)


@pytest.mark.parametrize("tag", ["X-A", "B-", "-A", "O-A", "BB-A", "B"])
def test_an_unknown_tag_is_refused(write: Write, tag: str) -> None:
    path = write(f"a B-A\n\nb O\nc {tag}\n")
    message = (
        f"{path}:4: unknown tag '{tag}'; a tag is O or one of the prefixes B, E, I, L, M, S, U, W, a hyphen "
        "and a label, as B-LOC; check data.tag_column and data.scheme (IO reads every tag as a label)"
    )
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path)


def test_a_prefix_that_the_named_scheme_lacks_is_refused(write: Write) -> None:
    path = write("a B-A\nb S-A\n")
    message = (
        f"{path}:2: unknown tag 'S-A'; a tag is O or one of the prefixes B, I, a hyphen and a label, "
        "as B-LOC; check data.tag_column and data.scheme (IO reads every tag as a label)"
    )
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path, scheme="BIO")


@pytest.mark.parametrize("scheme", ["auto", "IO"])
def test_bare_labels_are_read_as_io(write: Write, scheme: str) -> None:
    corpus = read_corpus(write("a LOC\nb LOC\nc O\nd PER\n"), scheme=scheme)
    assert corpus.scheme.name == "IO"
    assert tags_of(corpus, corpus.sentences[0]) == ["I-LOC", "I-LOC", "O", "I-PER"]


def test_bare_labels_are_no_tags_of_another_scheme(write: Write) -> None:
    path = write("a LOC\n")
    message = (
        f"{path}:1: unknown tag 'LOC'; a tag is O or one of the prefixes B, I, a hyphen and a label, "
        "as B-LOC; check data.tag_column and data.scheme (IO reads every tag as a label)"
    )
    with pytest.raises(DataError, match=exactly(message)):
        read_corpus(path, scheme="BIO")


def test_what_is_illegal_is_the_tag_that_may_not_follow(write: Write) -> None:
    """B-A may well begin a sentence; that I-B follows it is wrong."""
    path = write("a B-A\nb I-B\nc E-B\n")
    with pytest.raises(DataError, match=re.escape(f"{path}:2: tag I-B after B-A is not legal in IOBES")):
        read_corpus(path, scheme="IOBES", lenient=False)


def test_labels_that_are_not_kept_become_o(write: Write) -> None:
    path = write("a B-LOC\nb I-LOC\nc B-PER\nd B-creative-work\n")
    corpus = read_corpus(path, keep_labels=["LOC", "creative-work"])
    assert tags_of(corpus, corpus.sentences[0]) == ["B-LOC", "I-LOC", "O", "B-creative-work"]
    assert corpus.labels == Counter({"LOC": 1, "creative-work": 1})
    assert read_corpus(path).labels == Counter({"LOC": 1, "PER": 1, "creative-work": 1})


def test_a_column_without_outside_is_no_column_of_tags(write: Callable[..., Path]) -> None:
    path = write("Ada\t_\nsings\t_\n")
    with pytest.raises(DataError, match=re.escape(f"{path}: no tag is O, so these cannot be entity tags")):
        read_corpus(path)
