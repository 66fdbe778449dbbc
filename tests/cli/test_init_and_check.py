"""`wincls init` and `wincls check`."""

import json
import random
from pathlib import Path

import pytest

from tests.cli.conftest import failure, output, run
from wincls.config import load_config

RNG = random.Random(1)


def pieces(template, names, places):
    """A sentence as (text, type) pieces; N and P in a template stand for a name and a place."""
    chosen = {"N": (RNG.choice(names), "PER"), "P": (RNG.choice(places), "LOC")}
    return [chosen.get(part, (part, "")) for part in template]


def sentences(templates, names, places, count=120):
    return [pieces(RNG.choice(templates), names, places) for _ in range(count)]


def bio(found, split=str.split):
    rows = []
    for text, label in found:
        for i, token in enumerate(split(text)):
            rows.append((token, f"{'I' if i else 'B'}-{label}" if label else "O"))
    return rows


def columns(rows_of, separator="\t"):
    return "".join("".join(f"{w}{separator}{t}\n" for w, t in rows) + "\n" for rows in rows_of)


def spans_of(found, glue=" "):
    text, spans = "", []
    for part, label in found:
        start = len(text) + (len(glue) if text else 0)
        text = text + (glue if text else "") + part
        if label:
            spans.append((start, len(text), label))
    return text, spans


ENGLISH = [["N", "lives in", "P", "now ."], ["In", "P", "it rains ."], ["Yesterday", "N", "saw", "N", "."]]
NAMES = ["Ada Lovelace", "Bob", "Carla Diaz", "Elin"]
PLACES = ["Paris", "New York", "Oslo", "Lima"]


def chinese():
    found = sentences([["昨天", "N", "到", "P", "。"], ["N", "在", "P", "工作", "。"]],
                      ["王小明", "李华", "张伟"], ["上海", "北京", "广州"])  # fmt: skip

    def bmes(part, label):
        n = len(part)
        marks = "S" if n == 1 else "B" + "M" * (n - 2) + "E"
        return [(char, f"{mark}-{label}" if label else "O") for char, mark in zip(part, marks, strict=True)]

    rows = [[row for part, label in each for row in bmes(part, label)] for each in found]
    return {"train.bmes": columns(rows)}, "昨天王小明到上海。", {"王小明", "上海"}


def arabic():
    found = sentences([["زار", "N", "مدينة", "P", "،", "ثم عاد", "."], ["سافر", "N", "إلى", "P", "."]],
                      ["أحمد علي", "فاطمة"], ["القاهرة", "بيروت"])  # fmt: skip
    return (
        {"train.txt": columns(map(bio, found), " ")},
        "زار أحمد علي مدينة القاهرة، ثم عاد.",
        {"أحمد علي", "القاهرة"},
    )


def hindi():
    found = sentences([["N", "कल", "P", "गया", "।"], ["N", "ने", "P", "देखा", "।"]],
                      ["राम कुमार", "सीता"], ["दिल्ली", "मुंबई"])  # fmt: skip
    return {"train.tsv": columns(map(bio, found))}, "राम कुमार कल दिल्ली गया।", {"राम कुमार", "दिल्ली"}


def german():
    templates = [
        ["Am 3. Mai kam", "N", "nach", "P", "."],
        ["Der 1. Sieg von", "N", "in", "P", "am 2. Juni ."],
    ]
    found = sentences(templates, ["Dr. Anna Weiß", "Jörg"], ["Köln", "Bad Ems"])
    return {"train.tsv": columns(map(bio, found))}, "Am 3. Mai kam Jörg nach Köln.", {"Jörg", "Köln"}


def spanish():
    found = sentences([["La Sra.", "N", "vive en", "P", "."], ["Ayer", "N", "fue a", "P", "."]],
                      ["López", "Ana Gil"], ["Madrid", "San José"])  # fmt: skip
    text = columns(map(bio, found)) + "San\tI-LOC\nJosé\tI-LOC\n\n"
    return {"train.tsv": text}, "Ayer Ana Gil fue a San José.", {"Ana Gil", "San José"}


def conllu():
    lines = []
    for i, each in enumerate(sentences(ENGLISH, NAMES, PLACES)):
        lines.append(f"# sent_id = {i}\n")
        for j, (word, tag) in enumerate(bio(each), start=1):
            lines.append("\t".join([str(j), word, *"_" * 7, f"SpaceAfter=No|ner={tag}"]) + "\n")
        lines.append("\n")
    return {"train.conllu": "".join(lines)}, "Elin lives in Oslo now.", {"Elin", "Oslo"}


def kaggle():
    lines = ["Sentence #,Word,POS,Tag\n"]
    for i, each in enumerate(sentences([*ENGLISH, ["N", '" quoted , twice "', "P", "."]], NAMES, PLACES)):
        for j, (word, tag) in enumerate(bio(each)):
            cell = '"' + word.replace('"', '""') + '"'
            lines.append(f"{f'Sentence: {i + 1}' if not j else ''},{cell},NN,{tag}\n")
    return {"ner.csv": "".join(lines)}, "Elin lives in Oslo now.", {"Elin", "Oslo"}


def doccano():
    found = (spans_of(each) for each in sentences(ENGLISH, NAMES, PLACES))
    lines = [json.dumps({"id": i, "text": text, "label": spans}) for i, (text, spans) in enumerate(found)]
    return {"export.jsonl": "\n".join(lines)}, "Elin lives in Oslo now.", {"Elin", "Oslo"}


def label_studio():
    tasks = []
    for i, each in enumerate(sentences(ENGLISH, NAMES, PLACES)):
        text, spans = spans_of(each)
        result = [
            {"type": "labels", "from_name": "label", "to_name": "text",
             "value": {"start": a, "end": b, "text": text[a:b], "labels": [label]}}
            for a, b, label in spans
        ]  # fmt: skip
        tasks.append({"id": i, "data": {"text": text}, "annotations": [{"id": i, "result": result}]})
    return {"project.json": json.dumps(tasks)}, "Elin lives in Oslo now.", {"Elin", "Oslo"}


def brat():
    files = {}
    for i in range(6):
        text, lines = "", []
        for each in sentences(ENGLISH, NAMES, PLACES, 20):
            part, spans = spans_of(each)
            for a, b, label in spans:
                a, b = a + len(text), b + len(text)
                lines.append(f"T{len(lines) + 1}\t{label} {a} {b}\t{(text + part)[a:b]}\n")
            text += part + "\n"
        files |= {f"brat/{i}.txt": text, f"brat/{i}.ann": "".join(lines)}
    return files, "Elin lives in Oslo now.", {"Elin", "Oslo"}


def wikiner():
    lines = [" ".join(f"{w}|X|{t}" for w, t in bio(each)) for each in sentences(ENGLISH, NAMES, PLACES)]
    return {"aij-wikiner-en": "\n\n".join(lines) + "\n"}, "Elin lives in Oslo now.", {"Elin", "Oslo"}


def muc():
    marked = (
        " ".join(f'<ENAMEX TYPE="{label}">{part}</ENAMEX>' if label else part for part, label in each)
        for each in sentences(ENGLISH, NAMES, PLACES)
    )
    text = "".join(f"<DOC>\n<TEXT>\n<p>{each}</p>\n</TEXT>\n</DOC>\n" for each in marked)
    return {"muc.sgm": text}, "Elin lives in Oslo now.", {"Elin", "Oslo"}


def ontonotes():
    lines = ["#begin document (bn/abc/00/abc_0001); part 000"]
    for each in sentences(ENGLISH, NAMES, PLACES):
        rows = bio(each)
        for i, (word, tag) in enumerate(rows):
            ends = i + 1 == len(rows) or rows[i + 1][1][0] != "I"
            tag = f"({tag[2:]}*" if tag[0] == "B" else "*"
            tag = f"{tag})" if ends and rows[i][1] != "O" else tag
            cells = ["bn/abc/00/abc_0001", "0", str(i), word, "NN", "(S*" if not i else "*", *"----"]
            lines.append("   ".join([*cells, tag, *["*"] * (len(rows) % 3), "(7)" if i == 1 else "-"]))
        lines.append("")
    lines.append("#end document\n")
    return {"a.gold_conll": "\n".join(lines)}, "Elin lives in Oslo now.", {"Elin", "Oslo"}


KINDS = [
    *(chinese, arabic, hindi, german, spanish, conllu, kaggle, doccano, label_studio, brat),
    *(wikiner, muc, ontonotes),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_annotation_of_every_kind_trains_by_init_and_train_alone(folder, kind):
    RNG.seed(1)
    files, text, expected = kind()
    for name, content in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")
    given = "brat" if kind is brat else next(iter(files))
    printed = output("init", given, "-o", "made.yaml")
    assert printed.endswith("Now try:\n  wincls check made.yaml\n  wincls train --config made.yaml\n")
    assert 10 <= len(Path("made.yaml").read_text().splitlines()) <= 20
    run("check", "made.yaml", status=None)
    run("train", "-c", "made.yaml", "-o", "made", "--no-report")
    lines = output("predict", "made/model.npz", "-f", "jsonl", text=text).splitlines()
    assert len(lines) == 1, "the text is one sentence"
    assert {span["text"] for span in json.loads(lines[0])["spans"]} == expected


def test_init_names_splits_by_their_names(folder):
    for name in ("eng.testb", "eng.train", "eng.testa"):
        Path(name).write_text(Path("train.conll").read_text())
    output("init", "eng.testb", "eng.train", "eng.testa", "-o", "made.yaml")
    data = load_config("made.yaml").data
    assert (data.train, data.dev, data.test) == ("eng.train", "eng.testa", "eng.testb")


def test_init_replaces_no_file_unless_it_is_told_to(folder):
    output("init", "train.conll")
    message = "train.yaml: is there already; give another --output, or --force to replace it"
    assert failure("init", "train.conll", status=2) == message
    output("init", "train.conll", "--force")


def test_init_finds_the_columns(folder):
    rows = Path("train.conll").read_text().splitlines()
    numbered = [f"{i}\tx\t{row}" if row else "" for i, row in enumerate(rows)]
    Path("odd.tsv").write_text("\n".join(numbered) + "\n")
    output("init", "odd.tsv")
    data = load_config("odd.yaml").data
    assert (data.word_column, data.tag_column, data.delimiter) == (3, -1, "tab")


@pytest.mark.parametrize(
    "content", ["<html><body>no</body></html>", "Just text without anything.\n", "a O\nb O\n"]
)
def test_init_refuses_what_is_not_annotated_and_writes_nothing(folder, content):
    Path("odd.txt").write_text(content)
    assert "odd.txt" in failure("init", "odd.txt")
    assert not Path("odd.yaml").exists()


def test_init_names_a_format_that_it_cannot_read(folder):
    Path("odd.txt").write_text("#FORMAT=WebAnno TSV 3.3\n\n#Text=Ada\n1-1\t0-3\tAda\tPER\n")
    what = "WebAnno TSV (export it as CoNLL 2002)"
    assert f"odd.txt: looks like {what}; formats that can be read are" in failure("init", "odd.txt")


def test_init_finds_tags_before_words(folder, write):
    write("B-PER\tAda\nO\tsaw\nB-LOC\tRome\n\nO\tNobody\nO\tcame\n\n" * 20, "first.bio")
    assert "PER          20" in output("init", "first.bio")
    config = Path("first.yaml").read_text()
    assert "word_column: 2\n  tag_column: 1\n" in config


def test_init_finds_tags_between_other_columns(folder, write):
    rows = "TOKEN\tNE-COARSE-LIT\tNE-FINE-LIT\tMISC\nAda L\tB-PER\tO\t_\nsaw\tO\tO\t=\nRome\tB-LOC\tO\t_\n\n"
    write(rows * 20, "odd.tsv")
    assert "PER          20" in output("init", "odd.tsv")
    data = load_config("odd.yaml").data
    assert (data.word_column, data.tag_column, data.delimiter) == (1, 2, "tab")


def test_init_finds_the_encoding(folder):
    rows = "José B-PER\nsaw O\nÉlise B-PER\n\n" * 20
    Path("own.train").write_text(rows.replace("é", "e").replace("É", "E"))
    Path("own.testa").write_bytes(rows.encode("latin-1"))
    printed = output("init", "own.train", "own.testa", "-o", "made.yaml")
    assert "file that is not UTF-8, read as cp1252 (first: own.testa)" in printed
    assert load_config("made.yaml").data.encoding == "cp1252"


def test_init_does_not_guess_the_encoding_of_a_damaged_file(folder):
    Path("odd.txt").write_bytes("José B-PER\n\nÉlise B-PER\n\n".encode() + b"Jos\xe9 B-PER\n\n")
    assert failure("init", "odd.txt").startswith("odd.txt:5: byte 4 of the line is 0xe9, which is not utf-8")


def test_init_chooses_the_layer_with_the_most_entities(folder, write):
    rows = "# http://x/Y [2009]\n1\tUniversität\tB-ORG\tO\n2\tKiel\tI-ORG\tB-LOC\n3\tund\tO\tO\n"
    write((rows + "4\tAnn\tB-PER\tO\n\n") * 20, "odd.tsv")
    assert "all          40" in output("init", "odd.tsv")
    data = load_config("odd.yaml").data
    assert (data.word_column, data.tag_column, data.delimiter) == (2, 3, "tab")


def test_init_removes_a_prefix_of_all_words(folder, write):
    rows = (f"en:word{i} {'B-PER' if i % 7 == 3 else 'O'}\n" + "\n" * (i % 5 == 4) for i in range(100))
    write("".join(rows), "odd.txt")
    output("init", "odd.txt")
    assert load_config("odd.yaml").data.word_prefix == "en:"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Ada NNP B-NP B-PER\nL NNP I-NP X-PER\nsings VBZ B-VP O\n\n", "odd.txt:2: unknown tag 'X-PER'; "),
        ("Ada B-PER\nL X-PER\nsings O\n\n", "odd.txt:2: unknown tag 'X-PER'; "),
    ],
)
def test_init_does_not_read_another_column_in_place_of_one_with_a_mistake(folder, write, content, message):
    write(content * 20, "odd.txt")
    assert failure("init", "odd.txt").startswith(message)


def test_check_of_sound_data_has_status_0(folder):
    for name, word in (("train", "sings"), ("dev", "hums")):
        rows = [
            bio([("Ada", "PER"), (f"{word} song {i} in", ""), ("Rome", "LOC"), (".", "")]) for i in range(40)
        ]
        Path(f"{name}.tsv").write_text(columns(rows))
    printed = output("check", "train.tsv", "dev.tsv")
    assert printed.startswith("train  train.tsv: 40 sentences, 280 tokens, columns, BIO\ndev    dev.tsv: 40 ")
    assert printed.endswith("\n\nNothing to complain about.\n")


def test_check_has_status_1_if_something_is_wrong(folder):
    text = Path("dev.conll").read_text() + "Ada\tB-per\nlives\tO\nin\tO\nLima\tB-LOC\nnow\tO\n.\tO\n"
    Path("dev.conll").write_text(text)
    printed = run("check", "train.conll", "dev.conll", status=1).stdout
    assert "types that differ only in case: PER" in printed
    assert "  -> write them the same" in printed
    record = json.loads(run("check", "small.yaml", "--json", status=1).stdout)
    assert record["splits"]["dev"]["entities"]["per"] == 1
    assert record["findings"][0]["level"] == "problem"


def test_check_takes_a_configuration_or_files(folder):
    message = "dev.conll: a configuration names its files itself; give nothing after it"
    assert failure("check", "small.yaml", "dev.conll", status=2) == message
    assert failure("check", "a", "b", "c", "d", status=2).startswith("d: at most three files")


def test_check_finds_the_columns_of_files_as_init_does(folder, write):
    write("B-PER\tAda\nO\tsaw\nB-LOC\tRome\n\n" * 20, "first.bio")
    printed = run("check", "first.bio", status=None).stdout
    assert "PER          20" in printed
    assert "Read with -s data.word_column=2 -s data.tag_column=1 -s data.delimiter=tab, as wincls" in printed
    record = json.loads(run("check", "first.bio", "--json", status=None).stdout)
    assert record["reading"] == {"delimiter": "tab", "word_column": 2, "tag_column": 1}
    assert "no tag is O" in failure("check", "first.bio", "-s", "data.delimiter=tab")
    write("Ada X-PER\nsaw O\nBo B-PER\n\n" * 20, "odd.txt")
    assert failure("check", "odd.txt").startswith("odd.txt:1: unknown tag 'X-PER'; ")


def test_init_says_what_was_left_out_if_nothing_is_left(folder, write):
    write('{"text": "Helsingin ja Turun", "label": [[0, 4, "LOC"], [13, 16, "LOC"]]}\n' * 3, "odd.jsonl")
    assert failure("init", "odd.jsonl").startswith(
        "odd.jsonl: no entity found; is the file annotated? (6 x span that cuts a word left out (first: "
    )
    write('{"text": "Ann"}\n' * 3, "odd.jsonl")
    assert failure("init", "odd.jsonl") == (
        "odd.jsonl: no sentence found; is the file annotated? "
        "(3 x text without annotation skipped (first: odd.jsonl:1))"
    )
