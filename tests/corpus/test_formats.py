"""Formats are recognized by content, and nothing that a file may hold is more than an error of one line."""

import json
import pickle
import random
import time
import zipfile

import pytest

from tests.corpus.reading import error, read, shown
from wincls.corpus.columns import Columns
from wincls.corpus.formats import READERS, read_files, recognize
from wincls.corpus.reading import Reading
from wincls.errors import DataError, WinclsError

VALID = {
    "columns": "Ann B-PER\nLee I-PER\nleft O\n\nSo O\n",
    "csv": 'sent,word,tag\n1,Ann,B-PER\n,"Lee, ""x""",I-PER\n2,left,O\n',
    "jsonl": '{"text": "Ann Lee \\ud83d\\ude00", "label": [[0, 7, "PER"]]}\n{"text": "So", "spans": []}\n',
    "json": json.dumps(
        [
            {"data": {"text": "Ann 😀 left."}, "annotations": [{"result": [
                {"type": "labels", "value": {"start": 0, "end": 3, "text": "Ann", "labels": ["PER"]}}]}]},
            ["Bob ran", {"entities": [[0, 3, "PER"]]}],
            {"content": "叶老桂说", "label": {"name": {"叶老桂": [[0, 2]]}, "company": {}}},
            {"text": "Ann", "entities": [{"name": "Ann", "span": [0, 2], "type": "PER"}]},
        ],
        indent=1,
    ),
    "brat": "T1\tPER 0 7\tAnn Lee\nT2\tLOC 8 12;13 15\tleft\n#1\tNote T1\tx\n",
    "brackets": "[PER Ann Lee] left [LOC Paris] [sic].\n[PER Bob [1]] ran.\n",
    "inline": "Ann|NNP|B-PER Lee|NNP|I-PER left|VB|O\nSo|RB|O <b>x</b>|X|O\n",
    "markup": 'So <PER>Ann Lee</PER> left <NE TYPE="LOC">Paris &amp; <b>x</b></NE>.\n<PER>Bob</PER> ran.',
    "pubtator": "1|t|Ann Lee left.\n1|a|So.\n1\t0\t7\tAnn Lee\tPER,T2\tC1\n1\tCID\tC1\tC2\n\n2|t|Bob 😀\n",
}  # fmt: skip
SUFFIX = {"brat": "ann"}


@pytest.mark.parametrize("name", READERS)
def test_a_format_is_recognized_by_its_content(write, name):
    write("Ann Lee left So", "file.txt")
    path = write(VALID[name], f"file.{SUFFIX.get(name, 'data')}")
    assert recognize(str(path)) == name
    corpus = read_files(str(path))
    assert corpus.format == name
    assert "PER" in corpus.labels
    assert shown(read_files(str(path), name=name)) == shown(corpus)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("-DOCSTART-\tO\n\nAnn\tPER\nleft\tO\n", "columns"),
        ("# id = 1\n1\tAnn\tNNP\tname=B-PER\n2\tleft\tVB\t_\n", "columns"),
        ("[\tO\n{\tO\nAnn\tB-PER\n", "columns"),
        ("Word\tTag\nAnn\tB-PER\n", "columns"),
        ("Ann LOC\nBob PER\nx LOC\n", "columns"),
        ("\ufeffAnn\tO\n", "columns"),
        ("Ann\tO\n".encode("utf-16"), "columns"),
        ("", "columns"),
        ('{\n "text": "Ann",\n "label": []\n}\n', "json"),
        ("[]", "json"),
        ('["Ann", {"entities": []}]\n["Bob", {"entities": []}]\n', "jsonl"),
        ('{"text": "' + "x" * 100_000 + '", "label": []}', "jsonl"),
        ("Nr;Wort;Tag;Token\n1;a;O;x\n", "csv"),
        ("id|t|word|tag\n1|x|Ann|O\n", "csv"),
        ("\ufeff\r\n12|t|Title with word|tag\r\n12|a|\r\n", "pubtator"),
        ("PMC1.2|a|Text.\nPMC1.2\t0\t4\tText\tX\n", "pubtator"),
        ("12|t|Title", "pubtator"),
        ("<s>\tO\nAnn\tB-PER\n</s>\tO\n\n", "columns"),
    ],
)
def test_layouts_that_look_alike_are_told_apart(write, content, name):
    assert recognize(str(write(content, "file.data"))) == name


def test_what_is_in_no_format_is_refused_with_what_it_looks_like(write, tmp_path):
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as file:
        file.writestr("xl/workbook.xml", "x")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        file.writestr("a.txt", "x")
    looks = {
        "b.xlsx": "an Excel workbook (export it as csv)",
        "b.zip": "a zip archive (or an Office document)",
        write("<!DOCTYPE html><html>", "a.html").name: "HTML",
        write('<?xml version="1.0"?><doc/>', "a.xml").name: (
            "XML (<?xml) without entities as elements in the text, as <PER>Ann Lee</PER> left"
        ),
        write("Ann Lee left\nB-PER I-PER O\nSo what\nO O\n", "a.two").name: (
            "sentences with their tags in the line below; write one word and its tag a line"
        ),
        write("So [Ann Lee](PER) left\n", "a.paren").name: (
            "text with entities such as [Ann Lee](PER); write them as [PER Ann Lee]"
        ),
        write(
            '<doc id="1">\r\n<s>\r\nAnn\tNN\tB-PER\nleft\tVB\tO\nso\tAV\tO\n</s>\n</doc>\n', "a.vert"
        ).name: ("columns between lines of markup, such as <s>; replace these lines by empty ones"),
        write('c="high fever" 3:0 3:1||t="problem"\n', "a.con").name: (
            "spans of i2b2 or n2c2 without their text; write text and spans as JSON lines"
        ),
        write('TRAIN_DATA = [("Ann left", {"entities": [(0, 3, "PER")]})]\n', "a.py").name: (
            "Python code; write the list with json.dump"
        ),
        write("江/nr 泽民/nr 充满/v\n", "a.pos").name: (
            "words with tags (江/nr) of which none is O; tag words outside of entities with O, as left/O"
        ),
        write("So <Ann Lee:PS> left\n", "a.ner").name: (
            "text with entities such as <Ann Lee:PS>; write them as [PS Ann Lee]"
        ),
        write("%PDF-1.7\n", "a.pdf").name: "a PDF",
        write(pickle.dumps([("Ann", "O")]), "a.pkl").name: "a Python pickle",
        write(bytes(range(256)) * 20, "a.bin").name: "binary data",
        write("Ann\nLee\nleft\n\nSo\n", "a.words").name: "one word a line without tags",
        write("Ann left [1] for Paris.\nAnd [see below] so on and on.\n", "a.txt").name: (
            "plain text without annotation"
        ),
        write("version https://git-lfs.github.com/spec/v1\n", "a.lfs").name: (
            "a pointer of Git LFS, not the file itself; run git lfs pull"
        ),
    }
    for name, what in looks.items():
        assert error(tmp_path / name) == (
            f"{name}: looks like {what}; formats that can be read are {', '.join(READERS)} "
            "(set data.format if it is one of them)"
        )


def test_several_files_are_one_corpus_that_names_each(write, tmp_path):
    one = write(VALID["columns"], "a.conll")
    two = write(VALID["jsonl"], "b.jsonl")
    corpus = read_files([str(one), str(two)])
    assert shown(corpus) == [*shown(read_files(str(one))), *shown(read_files(str(two)))]
    assert [each.starts_document for each in corpus.sentences] == [True, False, True, True]
    assert corpus.place(corpus.sentences[0], 1) == f"{one}:2"
    assert corpus.place(corpus.sentences[-1], 0) == f"{two}:2"
    assert (corpus.path, corpus.format) == (f"{one}, {two}", "columns and jsonl")


def test_files_without_sentences_are_an_error(write):
    assert error(write('{"text": " ", "label": []}', "a.jsonl")) == (
        "a.jsonl: no sentence found; is the file annotated?"
    )


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content with a few bytes or stretches changed, repeated, removed or swapped."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at, size = rng.randrange(len(data) + 1), rng.randint(1, 8)
        other = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = data[other : other + size]
            case 3:
                data[at:at] = rng.choice(SIGNS)
            case 4:
                data[at : at + size] = data[other : other + size]
    return bytes(data)


SIGNS = [each.encode("utf-8", "surrogatepass") for each in (
    *'{}[]",:\t\n\r;|# 09-', "null", "true", "-1", "1e999", "NaN", '""', "[PER ", "\\ud800", "\\u0000", "\0",
    "\ufeff", "\u2028", "\x85", "😀", "é", "\u0301", "B-", "O", "9" * 30, "\udcff",
)]  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", ["random", "mutated"])
def test_any_bytes_are_read_or_refused(tmp_path, name, kind):
    check_any_bytes(tmp_path, name, kind, 1000, seed=1)


def check_any_bytes(folder, name, kind, times, seed):
    """Read so many random or mutated files; raise for any error but the package's own."""
    rng = random.Random(f"{name} {kind} {seed}")
    text, path = folder / "file.txt", folder / f"file.{SUFFIX.get(name, 'data')}"
    text.write_bytes(b"Ann Lee left So. Bob ran")
    alphabet = [*SIGNS, *(bytes([each]) for each in range(256))]
    began = time.process_time()
    for i in range(times):
        if kind == "random":
            content = b"".join(rng.choices(alphabet, k=rng.randint(0, 60)))
        else:
            content = mutated(VALID[name].encode(), rng)
        path.write_bytes(content)
        if name == "brat" and i % 2:
            text.write_bytes(mutated(b"Ann Lee left So. Bob ran", rng))
        for requested in (name, "auto"):
            try:
                corpus = read_files(str(path), Reading(lenient=bool(i % 3)), requested)
            except WinclsError as error:
                assert "\n" not in str(error), content
                continue
            except Exception as error:
                raise AssertionError(f"{content!r} as {requested}") from error
            for sentence in corpus.sentences:
                assert sentence.words and all("\n" not in word for word in sentence.words), content
                assert len(sentence.lines) == len(sentence.words)
                "".join(sentence.words).encode()
    assert time.process_time() - began < times / 20


def test_reading_is_linear_and_fast(write):
    record = json.dumps(
        {"text": "Ann Lee left for New York . " * 20, "label": [[0, 7, "PER"], [17, 25, "LOC"]]}
    )
    path = write(f"{record}\n" * (5_000_000 // len(record)))
    began = time.process_time()
    assert read_files(str(path)).labels.total() > 10_000
    assert time.process_time() - began < 20


def test_unpaired_brackets_take_linear_time(write):
    began = time.process_time()
    sentences, _ = read(write("[XX a] " + "[AA " * 50_000, "a.txt"))
    assert sentences
    assert time.process_time() - began < 10


def test_strict_reading_refuses_what_would_be_noted(write):
    path = write('{"text": "Ann", "spans": [], "answer": "reject"}\n', "a.jsonl")
    with pytest.raises(DataError, match="text whose answer is reject or ignore skipped; fix it, or set data"):
        read_files(str(path), Reading(strict=True))


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("content", "name", "start"),
    [
        (f"a O\nb B-A\nc x{LONG}\n", "columns", "unknown tag 'xxxxx"),
        (f"a O\nb I-{LONG}\nc B-B\nd I-{LONG}\n", "columns", "tag B-B after I-xxxxx"),
        (f"a\tO\nb\tB-A{LONG}\x1b\n", "columns", "the tag 'B-Axxxxx"),
        (f"word,tag\na,O\n,B-{LONG}\n", "csv", "tag B-xxxxx"),
        (f"word,tag\na,O\nb,B-{LONG}\x1b\n", "csv", "the tag 'B-xxxxx"),
        (json.dumps({"text": "Ann", "label": [[0, 9, LONG]]}), "jsonl", "span 0 to 9 (xxxxx"),
        (json.dumps({"text": "Ann", "label": [[0, 10**4000, LONG]]}), "jsonl", "span 0 to 1000"),
        (f"[PER Ann [L{LONG.upper()} Lee]]", "brackets", "'Lee' (LXXXX"),
        (json.dumps({"text": "Ann", "label": [[0, 2, LONG], [1, 3, LONG]]}), "jsonl", "'nn' (xxxxx"),
        (json.dumps({"text": "Ann", "label": [[0, 3, f"{LONG}\x1b"]]}), "jsonl", "the type 'xxxxx"),
    ],
)
def test_a_message_shows_only_the_beginning_of_a_long_tag(write, content, name, start):
    message = error(write(content, "file.data"), name)
    assert start in message
    assert "xxx..." in message.lower()
    assert len(message) < 400


@pytest.mark.parametrize(
    "content", [f"a O\nb B_{LONG}\n", f"a O\nb {LONG}_y\nc z\n", f"a O\nb I-{LONG}\nc B-B\n"]
)
def test_a_note_shows_only_the_beginning_of_a_long_tag(write, content):
    _, noted = read(write(content, "file.data"), "columns", lenient=True)
    assert "xxx..." in noted
    assert len(noted) < 300


def test_a_control_character_is_shown_even_where_it_counts_as_white_space(write):
    assert "the tag 'B-A\\x1cB' has" in error(
        write("a\tO\nb\tB-A\x1cB\n", "f"), "columns", columns=Columns(delimiter="tab")
    )
