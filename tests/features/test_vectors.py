from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from wincls.errors import DataError
from wincls.features import vectors as module
from wincls.features.vectors import VectorFile, Vectors, read_vectors, write_vectors

Write = Callable[..., Path]

GLOVE = "the 0.5 -1.5\nof 2 3e-1\nto .25 1\n"
ALL = 10**9
NO_NUMBERS = (
    "no word followed by numbers; give a text file in GloVe, word2vec or fastText format "
    "(convert binary word2vec files to text first)"
)
EMPTY = "no vectors found; each line must be a word and its numbers"


def exactly(message: str) -> str:
    return rf"^{re.escape(message)}\Z"


@pytest.mark.parametrize(
    "content",
    [
        GLOVE,
        GLOVE.rstrip(),
        f"3 2\n{GLOVE}",  # word2vec and fastText
        f"\n{GLOVE}\n\n",
        GLOVE.replace("\n", " \n"),  # fastText
        GLOVE.replace("\n", "\r\n"),
    ],
)
def test_a_file_is_read_in_any_of_the_formats(write: Write, content: str) -> None:
    vectors = read_vectors(write(content), [], ALL)
    assert vectors.words == ["the", "of", "to"]
    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix.tolist() == np.float32([[0.5, -1.5], [2, 0.3], [0.25, 1]]).tolist()


@pytest.mark.parametrize("number", ["1_5", "+15", "1.5E+1", "15.", "\t15"])
def test_numbers_may_be_spelled_as_in_python(write: Write, number: str) -> None:
    assert read_vectors(write(f"the 1 2\nof {number} 3\n"), [], ALL).matrix.tolist() == [[1, 2], [15, 3]]


def test_vectors_that_were_written_are_read_as_they_were(tmp_path: Path) -> None:
    words = ["the", "naïve", "3", "new york", "🎧"]
    matrix = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    with (tmp_path / "vectors.txt").open("wb") as file:
        write_vectors(Vectors(words, matrix), file)
    read = read_vectors(tmp_path / "vectors.txt", (), 10)
    assert read.words == ["the", "naïve", "3", "🎧"]  # one line a word, up to the first space
    np.testing.assert_allclose(read.matrix, matrix[[0, 1, 2, 4]], rtol=1e-4)


def test_a_gzip_file_is_read_as_it_is(write: Write) -> None:
    path = write(gzip.compress(GLOVE.encode(), mtime=0), "glove.txt.gz")
    assert read_vectors(path, ["of"]).words == ["of"]


def test_only_needed_and_most_frequent_words_are_kept(write: Write) -> None:
    path = write("a 1 1\nb 2 2\nc 3 3\nd 4 4\n")
    assert read_vectors(path, {"d", "x"}).words == ["d"]
    assert read_vectors(path, {"d", "a"}, most_frequent=2).words == ["a", "b", "d"]
    vectors = read_vectors(path, {"c"}, most_frequent=1)
    assert vectors.matrix.tolist() == [[1, 1], [3, 3]]


def test_no_known_word_gives_an_empty_matrix(write: Write) -> None:
    vectors = read_vectors(write(GLOVE), {"x"})
    assert vectors.words == []
    assert vectors.matrix.shape == (0, 2)


def test_of_a_word_that_comes_twice_the_first_counts(write: Write) -> None:
    vectors = read_vectors(write("a 1 1\na 2 2\nb 3 3\n"), {"a", "b"})
    assert vectors.words == ["a", "b"]
    assert vectors.matrix.tolist() == [[1, 1], [3, 3]]


def test_words_may_have_spaces(write: Write) -> None:
    vectors = read_vectors(write("a 1 2\n. . . 3 4\nat name@x.org 5 6\n"), [], ALL)
    assert vectors.words == ["a", ". . .", "at name@x.org"]
    assert vectors.matrix.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_the_first_word_may_have_spaces(write: Write) -> None:
    vectors = read_vectors(write(". . 3 4\na 1 2\n"), [], ALL)
    assert vectors.words == [". .", "a"]
    assert vectors.matrix.tolist() == [[3, 4], [1, 2]]


def test_words_may_be_in_any_script_or_damaged(write: Write) -> None:
    vectors = read_vectors(write("été 1 2\n".encode() + b"\xff 3 4\n"), [], ALL)
    assert vectors.words == ["été", "\ufffd"]


def test_many_rows_are_parsed_block_by_block(write: Write) -> None:
    path = write("".join(f"w{i} {i} {-i}\n" for i in range(7)))
    with patch.object(module, "_BLOCK", 3):
        assert read_vectors(path, [], ALL).matrix.tolist() == [[i, -i] for i in range(7)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "a 1 2 3\nb 1 2\n",
            ":2: 2 numbers; line 1 has 3, and every line must have as many; "
            "the file is damaged or mixes two sets of vectors",
        ),
        (
            "2 3\na 1 2 3\nb 1 2\n",
            ":3: 2 numbers; line 2 has 3, and every line must have as many; "
            "the file is damaged or mixes two sets of vectors",
        ),
        (
            "a 1 2\nb c x 2\n",
            ":2: 3 numbers; line 1 has 2, and every line must have as many; "
            "the file is damaged or mixes two sets of vectors",
        ),
        ("a 1 2\nb x 2\n", ":2: found 'x' where 2 numbers from -100 to 100 should be"),
        ("a 1 2\nb 1 x\n", ":2: found 'x' where 2 numbers from -100 to 100 should be"),
        ("a 1 2\nb  1\n", ":2: found '1 numbers' where 2 numbers from -100 to 100 should be"),
        ("the cat sat\n", f":1: {NO_NUMBERS}"),
        ("one two 3\n", f":1: {NO_NUMBERS}"),
        ("word\n", f":1: {NO_NUMBERS}"),
        (
            b"3 2\nthe \x00\x01\x02\x03\xfe\xff of\x00 \x99\n",
            ": looks like word2vec in binary format, not like vectors in text format; "
            "save the vectors as text "
            "(in gensim: save_word2vec_format)",
        ),
        ("", f": {EMPTY}"),
        ("\n \n", f": {EMPTY}"),
        ("3 2\n", f": {EMPTY}"),
        ("2 3\na 1 2\nb 1 2\n", ":2: 2 numbers; line 1 announces 3; the file is damaged"),
        ("3 2\na 1 2\nb 1 2\n", ": 2 words; line 1 announces 3; the file is cut off"),
    ],
)
def test_a_file_of_something_else_is_refused(write: Write, content: str | bytes, message: str) -> None:
    path = write(content)
    with pytest.raises(DataError, match=exactly(f"{path}{message}")):
        read_vectors(path, [], ALL)


def test_a_row_with_more_numbers_than_the_first_is_refused(write: Write) -> None:
    """Or else half of a wider vector would be taken for the end of a word with spaces in it."""
    path = write("a 1 2\nb 1 2 3\n")
    with pytest.raises(DataError, match=re.escape(f"{path}:2: 3 numbers; line 1 has 2")):
        read_vectors(path, [], ALL)


@pytest.mark.parametrize("number", ["nan", "inf", "1e40", "100.1", "-1e6"])
def test_a_number_out_of_range_is_refused(write: Write, number: str) -> None:
    path = write(f"a 1 2\nb 1 {number}\n")
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}:2: "):
        read_vectors(path, [], ALL)


def test_rows_that_are_not_kept_are_not_parsed(write: Write) -> None:
    assert read_vectors(write("a 1 2\nb x y\n"), {"a"}).words == ["a"]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    message = f"{tmp_path / 'v'}: no such file; check the path (relative paths start at the current folder)"
    with pytest.raises(DataError, match=exactly(message)):
        read_vectors(tmp_path / "v", [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            gzip.compress(GLOVE.encode() * 100, mtime=0)[:-20],
            "Compressed file ended before the end-of-stream marker",
        ),
        (GLOVE.encode(), "Not a gzipped file"),
        (gzip.compress(GLOVE.encode(), mtime=0)[:-8] + b"12345678", "CRC check failed"),
        (gzip.compress(GLOVE.encode(), mtime=0)[:10] + b"\xff" * 50, "Error -3 while decompressing data"),
    ],
)
def test_a_damaged_gzip_file_is_refused(write: Write, content: bytes, reason: str) -> None:
    path = write(content, "v.gz")
    begin, end = re.escape(f"{path}: not a whole gzip file ({reason}"), re.escape("); download it again")
    with pytest.raises(DataError, match=rf"^{begin}.*{end}\Z"):
        read_vectors(path, [], ALL)


@pytest.mark.parametrize(
    "content",
    [
        GLOVE.replace(" ", "\t"),
        GLOVE.replace(" ", "\t", 1).replace("of ", "of\t").replace("to ", "to\t"),  # after the word only
        "3\t2\n" + GLOVE.replace(" ", "\t"),
        GLOVE.replace(" ", "\t").replace("\n", "\t\n"),
        GLOVE.replace(" ", " \t"),
    ],
)
def test_tabs_separate_as_spaces_do(write: Write, content: str) -> None:
    vectors = read_vectors(write(content), [], ALL)
    assert vectors.words == ["the", "of", "to"]
    assert vectors.matrix.tolist() == np.float32([[0.5, -1.5], [2, 0.3], [0.25, 1]]).tolist()


def test_a_file_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_bytes(gzip.compress(GLOVE.encode()))
    assert read_vectors(path, [], ALL).words == ["the", "of", "to"]


BINARY = b"2 3\nthe " + np.float32([0.1, -0.2, 0.3]).tobytes() + b"\nof " + np.float32([1, 2, 3]).tobytes()
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize(
    ("content", "kind", "advice"),
    [
        (LFS, "a Git LFS pointer", "git lfs pull"),
        (b"\n\n<!DOCTYPE html>\n<html>", "a web page", "download the file itself"),
        (b"<HTML><body>404</body>", "a web page", "download the file itself"),
        (b"PK\x03\x04\x14\x00\x00\x08glove.txt", "an archive", "unpack it"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "an archive", "unpack it"),
        (b"BZh91AY&SY", "packed by bzip2, xz or zstd", "unpack it"),
        (b"\xfd7zXZ\x00\x00", "packed by bzip2, xz or zstd", "unpack it"),
        (b"\xba\x16\x4f\x2f\x0c\x00\x00\x00", "a binary fastText model", ".vec"),
        (BINARY, "word2vec in binary format", "save_word2vec_format"),
        (b"\x80\x04\x95gensim", "a Python pickle", "save_word2vec_format"),
        (b"\x93NUMPY\x01\x00", "a file of arrays without words", "save"),
        (b'{"the": [0.1, 0.2]}', "JSON", "save"),
        ("the 1 2\n".encode("utf-16"), "UTF-16", "UTF-8"),
        (b"glove.txt" + bytes(248) + b"ustar  \x00", "a tar archive", "unpack it"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_no_vector_file_is_named(
    tmp_path: Path, content: bytes, kind: str, advice: str, packed: bool
) -> None:
    path = tmp_path / ("vectors.gz" if packed else "vectors.txt")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError) as raised:
        read_vectors(path, [], ALL)
    message = str(raised.value)
    assert message.startswith(f"{path}: looks like {kind}, not like vectors in text format; ")
    assert advice in message
    assert "\n" not in message


def test_words_that_look_like_another_format_are_words(write: Write) -> None:
    for word in ("{", "[", "<html", "PK", "BZh", "Rar!"):
        assert read_vectors(write(f"{word} 1 2\n"), [], ALL).words == [word]


def test_a_first_line_with_an_absurd_number_is_no_header(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(f"{'9' * 5000} 5\na 1 2 3 4 5\n")
    with pytest.raises(DataError, match=r"vectors.txt:1: no word followed by numbers"):
        read_vectors(path, {"a"})


def test_a_file_for_several_trainings_is_read_once_and_gives_what_reading_it_would(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a 1 1\nb 2 2\na 3 3\nc 4 4\nd 5 5\ne 6 6\n")
    asked: list[set[str]] = [{"d"}, {"c", "e"}, set()]
    expected = [read_vectors(path, needed, 3) for needed in asked]
    reads: list[object] = []
    monkeypatch.setattr(module, "read_vectors", lambda *given: reads.append(given) or read_vectors(*given))
    file = VectorFile({"c", "d", "e"})
    for needed, vectors in zip(asked, expected, strict=True):
        found = file(path, needed, 3)
        assert found.words == vectors.words
        assert found.matrix.tolist() == vectors.matrix.tolist()
        assert found.frequent == vectors.frequent == 2
    assert len(reads) == 1
    assert file(path, {"e"}, 1).words == ["a", "e"]
    assert len(reads) == 2
