"""Whatever bytes a column file holds, it is read or refused with the package's error."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from wincls.corpus.columns import Columns, read_corpus
from wincls.corpus.documents import Corpus
from wincls.corpus.notes import Notes
from wincls.errors import DataError

EXAMPLES = int(os.environ.get("WINCLS_FUZZ_EXAMPLES", "2000"))

PIECES = [
    b"\t", b" ", b"\n", b"\n", b"\r\n", b"\r", b"\0", b"O", b"B-PER", b"I-PER", b"I_PER", b"PER-B",
    b"B", b"S-LOC",
    b"M-ORG", b"0", b"o", b"_", b"-DOCSTART-", b"# sent_id = 1", b"#", b"# id 3", b"# newdoc", b"1",
    b"1-2", b"1.1",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xe4\xb8\xad", b"\xd6\xd0", b"\xe9", b"Word", b"Tag", b"name=B-PER|x=y",
    b"\t_" * 8, b"\xe2\x80\x91", b"\xd0\x92-X", b"B-A|O", b"9" * 5000, b"# global.columns = ID FORM NER",
]  # fmt: skip
VALID = [
    b"# newdoc\n-DOCSTART-\t-X-\tO\n\nNew\tNNP\tB-LOC\nYork\tNNP\tI-LOC\nis\tVBZ\tO\n\nAda\tNNP\tB-PER\n",
    b"# sent_id = 1\n1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\t_\tP\t_\t_\t_\t_\t_\tname=O\n"
    b"2\tle\t_\tD\t_\t_\t_\t_\t_\tSpaceAfter=No|name=B-PER\n\n",
    "\ufeffWord Tag\nМосква B_LOC\nI I_LOC\n中 O\n\n1 O\n2 O\n".encode(),
]  # fmt: skip
COLUMNS = [
    Columns(),
    Columns(word=2, tag=3),
    Columns(word=-2, tag=-1, delimiter="tab"),
    Columns(delimiter="space", comment=("#", "//")),
    Columns(tag_key="name"),
    Columns(tag=0),
    Columns(tag=2, word_prefix="A", comment="#"),
    Columns(encoding="utf-16"),
    Columns(encoding="gb18030"),
    Columns(encoding="iso2022_jp"),
    Columns(encoding="latin-1"),
]


def random_bytes(rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        return rng.randbytes(rng.randrange(60))
    if rng.random() < 0.5:
        return b"".join(rng.choice(PIECES) for _ in range(rng.randrange(40)))
    tags = [*rng.sample([piece for piece in PIECES if len(piece) < 9], 2), b"O", b"O"]
    rows = [b"\t".join([rng.choice(PIECES), rng.choice(tags)]) for _ in range(rng.randrange(1, 9))]
    return rng.choice((b"\n", b"\n", b"\r\n", b"\n\n")).join(rows)


def mutated(rng: random.Random) -> bytes:
    content = bytearray(rng.choice(VALID) * rng.choice((1, 1, 3)))
    for _ in range(rng.randrange(6)):
        place = rng.randrange(len(content) + 1)
        change = rng.randrange(3)
        if change == 0:
            content[place:place] = rng.choice(PIECES)
        elif change == 1:
            del content[place : place + rng.randrange(1, 8)]
        else:
            content[place : place + 1] = rng.randbytes(1)
    return bytes(content)


def check(corpus: Corpus) -> None:
    for sentence in corpus.sentences:
        assert sentence.words and len(sentence.words) == len(sentence.lines)
        assert all(sentence.words)
        end = 0
        for entity in sentence.entities:
            assert end <= entity.start < entity.end <= len(sentence.words)
            assert entity.label
            end = entity.end


@pytest.mark.parametrize("make", [random_bytes, mutated])
def test_any_bytes_are_read_or_refused_in_one_line(make, tmp_path: Path) -> None:
    rng = random.Random(7)
    path = tmp_path / "fuzz"
    read = 0
    for _ in range(EXAMPLES):
        content = make(rng)
        path.write_bytes(content)
        scheme = rng.choice(("auto", "auto", "auto", "IO", "BIO", "IOBES", "BMES"))
        try:
            notes = Notes(strict=rng.random() < 0.1)
            check(read_corpus(path, rng.choice(COLUMNS), scheme, rng.random() < 0.7, notes=notes))
            read += 1
        except DataError as error:
            message = str(error)
            assert message.startswith(str(path)) and "\n" not in message, message
        except Exception as error:
            raise AssertionError(f"{error!r} for {content!r}") from error
    assert read > EXAMPLES / 50
