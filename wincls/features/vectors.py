"""Word-vector files (GloVe, word2vec, fastText text format).

Each line is a word and its numbers, with spaces or tabs in between. word2vec and fastText files have an
additional first line with the number of words and the dimension. Files that are compressed with gzip are
decompressed.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np

from wincls.arrays import Array
from wincls.errors import DataError
from wincls.files import open_binary
from wincls.progress import following

_AS_TEXT = "save the vectors as text (in gensim: save_word2vec_format)"
_LARGEST = 100.0  # absolute value; larger ones are a mistake, and would dominate all others
_DIGITS = 12  # of a number in the first line
_BLOCK = 4096  # number of rows that are parsed at once
_LINES = 1000  # after which progress is told
_GZIP = b"\x1f\x8b"

# How files begin that are given instead of vectors, what they are, and what to do.
_NO_VECTORS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"version https://git-lfs",), "a Git LFS pointer", "fetch the file itself with git lfs pull"),
    ((b"<!doctype", b"<html", b"<?xml", b"<head"), "a web page", "download the file itself"),
    ((b"pk\x03\x04", b"7z\xbc\xaf", b"rar!"), "an archive", "unpack it and give the text file in it"),
    ((b"bzh", b"\xfd7zxz", b"\x28\xb5\x2f\xfd"), "packed by bzip2, xz or zstd", "unpack it"),
    ((b"\xba\x16\x4f\x2f",), "a binary fastText model", "give the .vec file that belongs to it"),
    ((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), "a Python pickle", _AS_TEXT),
    ((b"\x93numpy", b"\x89hdf"), "a file of arrays without words", _AS_TEXT),
    ((b"\xff\xfe", b"\xfe\xff"), "UTF-16", "convert it to UTF-8"),
    ((b"{", b"["), "JSON", _AS_TEXT),
)


class Vectors(NamedTuple):
    """words: in the order of the file; matrix: (words, dimension) float32.

    frequent: the number of words that are there for their place in the file. They come first.
    """

    words: list[str]
    matrix: Array
    frequent: int = 0


class ReadVectors(Protocol):
    """Reads vectors as :func:`read_vectors` does."""

    def __call__(self, path: str | Path, needed: Collection[str], most_frequent: int = 0) -> Vectors: ...


class VectorFile:
    """Reads vectors for several trainings on parts of the same texts, each file only once.

    The rows of the file that was read last are kept.

    words: all words that the trainings may need.
    """

    def __init__(self, words: Collection[str]):
        self._words = words
        self._last: tuple[str, int] | None = None
        self._vectors = Vectors([], np.empty((0, 0), dtype=np.float32))

    def __call__(self, path: str | Path, needed: Collection[str], most_frequent: int = 0) -> Vectors:
        """What :func:`read_vectors` returns, for words that are among those given before."""
        if self._last != (str(path), most_frequent):
            self._vectors = read_vectors(path, self._words, most_frequent)
            self._last = str(path), most_frequent
        words, matrix, frequent = self._vectors
        rows = [i for i, word in enumerate(words) if i < frequent or word in needed]
        return Vectors([words[i] for i in rows], matrix[rows], frequent)


def read_vectors(path: str | Path, needed: Collection[str], most_frequent: int = 0) -> Vectors:
    """Read the rows of the `needed` words and of the first `most_frequent` words of a file.

    Vector files are sorted by frequency, so the first words are the most frequent. Only the numbers of these
    rows are parsed, but every line must have the same number of columns.

    Raises DataError with file:line if a row has another number of columns, or a column that is not a number
    or is too large, and if the file has fewer words than its first line says.
    """
    path = str(path)
    dimension, total, frequent, has_tabs = 0, 0, 0, False
    announced: list[int] = []  # words and dimension, by the first line
    kept: dict[str, None] = {}
    pending: list[tuple[int, bytes]] = []
    blocks: list[Array] = []
    for number, line in enumerate(_lines(path), start=1):
        if number == 1 and (announced := _header(line)):
            continue
        line = line.rstrip()
        if not line:
            continue
        if not dimension:
            has_tabs = b"\t" in line
        if has_tabs:
            line = b" ".join(filter(None, line.replace(b"\t", b" ").split(b" ")))
        if not dimension:
            dimension = _width_of_first(path, number, line, announced)
            if announced and announced[1] != dimension:
                raise DataError(
                    f"{path}:{number}: {dimension} numbers; line 1 announces {announced[1]}; "
                    "the file is damaged"
                )
        name, _, numbers = line.partition(b" ")
        spaces = numbers.count(b" ") + 1
        if spaces != dimension:
            end_of_word, *tail = numbers.rsplit(b" ", dimension)
            if spaces < dimension or not _is_number(tail[0]) or _is_number(end_of_word.rsplit(b" ", 1)[-1]):
                raise DataError(
                    f"{path}:{number}: {spaces} numbers; line {2 if announced else 1} has {dimension}, "
                    "and every line must have as many; the file is damaged or mixes two sets of vectors"
                )
            name, *rest = line.rsplit(b" ", dimension)  # a word with spaces in it
            numbers = b" ".join(rest)
        total += 1
        word = name.decode("utf-8", errors="replace")
        if (word in needed or total <= most_frequent) and word not in kept:
            kept[word] = None
            frequent += total <= most_frequent
            pending.append((number, numbers))
            if len(pending) == _BLOCK:
                blocks.append(_parsed(path, pending, dimension))
                pending = []
    if not total:
        raise DataError(f"{path}: no vectors found; each line must be a word and its numbers")
    if announced and total < announced[0]:
        raise DataError(f"{path}: {total:,} words; line 1 announces {announced[0]:,}; the file is cut off")
    blocks.append(_parsed(path, pending, dimension))
    words = list(kept)
    return Vectors(words, np.concatenate(blocks), frequent)


def write_vectors(vectors: Vectors, file: BinaryIO) -> int:
    """Write vectors in the word2vec text format, which :func:`read_vectors` reads.

    Words with the vector 0 and words that contain a space are skipped. Returns the number of written words.
    """
    known = np.flatnonzero(np.abs(vectors.matrix).max(axis=1, initial=0)).tolist()
    rows = [i for i in known if " " not in vectors.words[i]]
    file.write(f"{len(rows)} {vectors.matrix.shape[1]}\n".encode())
    for i in rows:
        numbers = " ".join(f"{number:.5g}" for number in vectors.matrix[i].tolist())
        file.write(f"{vectors.words[i]} {numbers}\n".encode())
    return len(rows)


def _lines(path: str) -> Iterator[bytes]:
    with open_binary(path) as raw:
        start = raw.peek(2) if isinstance(raw, io.BufferedReader) else b""
        if not path.endswith(".gz") and not start.startswith(_GZIP):
            yield from following(raw, raw, f"reading {path}", _LINES)
            return
        try:
            with gzip.open(raw) as packed, io.BufferedReader(packed, 1 << 20) as file:
                yield from following(file, raw, f"reading {path}", _LINES)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(f"{path}: not a whole gzip file ({error}); download it again") from None


def _header(line: bytes) -> list[int]:
    """The number of words and the dimension if the line is a header, else an empty list."""
    fields = line.split()
    is_header = len(fields) == 2 and all(field.isdigit() and len(field) <= _DIGITS for field in fields)
    return [int(field) for field in fields] if is_header else []


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _is_in_range(field: bytes) -> bool:
    return abs(float(field)) <= _LARGEST


def _kind(line: bytes, announced: list[int]) -> tuple[str, str] | None:
    """What a file with this first line seems to be, and what to do; None if that is not known."""
    start = line.lstrip(b"\xef\xbb\xbf \t").lower()
    for starts, kind, advice in _NO_VECTORS:
        if start.startswith(tuple(each.lower() for each in starts)):
            return kind, advice
    if b"ustar" in line:
        return "a tar archive", "unpack it and give the text file in it"
    try:
        is_text = min(line.decode()) >= "\t"
    except UnicodeDecodeError:
        is_text = False
    if announced and not is_text:
        return "word2vec in binary format", _AS_TEXT
    return None


def _width_of_first(path: str, number: int, line: bytes, announced: list[int]) -> int:
    """The number of numbers at the end of the first line.

    announced: the number of words and the dimension, if a line before it has them.
    """
    fields = line.split(b" ")[1:]
    dimension = next((i for i, field in enumerate(reversed(fields)) if not _is_number(field)), len(fields))
    if dimension < 2 and (kind := _kind(line, announced)):
        raise DataError(f"{path}: looks like {kind[0]}, not like vectors in text format; {kind[1]}")
    if dimension < 2:
        raise DataError(
            f"{path}:{number}: no word followed by numbers; give a text file in GloVe, word2vec "
            "or fastText format (convert binary word2vec files to text first)"
        )
    return dimension


def _parsed(path: str, pending: list[tuple[int, bytes]], dimension: int) -> Array:
    """The numbers of a block of lines, (lines, dimension) float32."""
    if not pending:
        return np.empty((0, dimension), dtype=np.float32)
    try:
        with np.errstate(over="ignore"):
            lines = [numbers for _, numbers in pending]
            block = np.loadtxt(lines, dtype=np.float32, comments=None, ndmin=2)
        if block.shape == (len(pending), dimension) and np.abs(block).max() <= _LARGEST:
            return block
    except ValueError:
        pass
    for number, numbers in pending:
        fields = numbers.split()
        wrong = next((field for field in fields if not _is_number(field) or not _is_in_range(field)), None)
        if wrong is not None or len(fields) != dimension:
            shown = wrong.decode("utf-8", errors="replace")[:30] if wrong else f"{len(fields)} numbers"
            raise DataError(
                f"{path}:{number}: found '{shown}' where {dimension} numbers from {-_LARGEST:g} to "
                f"{_LARGEST:g} should be"
            )
    # Python's float accepts some spellings, such as 1_000, that loadtxt does not.
    return np.array([list(map(float, numbers.split())) for _, numbers in pending], dtype=np.float32)
