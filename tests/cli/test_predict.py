"""`wincls predict`."""

import json
import os
import shlex
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import NO_FILE, WINCLS, failure, files_in, output, run, wincls
from wincls.features.profile import Profile
from wincls.reports.formats import FORMATS
from wincls.tagger.model_file import load_model, save_model
from wincls.tagger.plain import Plain

TEXT = "Ada met Bob Smith.  Paris, it rains!\n\nNobody came.\n"
MARKED = "[PER Ada] met [PER Bob Smith].  [LOC Paris], it rains!\n\nNobody came.\n"


def test_predict_marks_names_and_changes_nothing_else(model, write):
    assert output("predict", model, write(TEXT)) == MARKED


def test_predict_writes_columns(model):
    assert output("predict", model, "--format", "conll", text="Bob Smith sings.\nAda\n") == (
        "Bob\tB-PER\nSmith\tI-PER\nsings\tO\n.\tO\n\nAda\tB-PER\n\n"
    )


def test_predict_writes_json_lines(model):
    lines = output("predict", model, "-f", "jsonl", text=TEXT).splitlines()
    first, second, third = map(json.loads, lines)
    assert first == {
        "text": "Ada met Bob Smith.",
        "spans": [
            {"label": "PER", "start": 0, "end": 3, "text": "Ada", "score": pytest.approx(0.99, abs=0.01)},
            {
                "label": "PER",
                "start": 8,
                "end": 17,
                "text": "Bob Smith",
                "score": pytest.approx(0.95, abs=0.05),
            },
        ],
        "meta": {"file": "-", "start": 0},
    }
    assert (second["meta"]["start"], second["text"], second["spans"][0]["text"]) == (
        20,
        "Paris, it rains!",
        "Paris",
    )
    assert third["spans"] == []


def test_predict_takes_several_files_one_after_the_other(model, write):
    write("Ada sings.\n", "a.txt")
    write("Paris.\n", "b.txt")
    assert output("predict", model, "a.txt", "b.txt", "a.txt") == (
        "[PER Ada] sings.\n[LOC Paris].\n[PER Ada] sings.\n"
    )
    lines = [
        json.loads(line) for line in output("predict", model, "a.txt", "b.txt", "-f", "jsonl").splitlines()
    ]
    assert [line["meta"] for line in lines] == [{"file": "a.txt", "start": 0}, {"file": "b.txt", "start": 0}]


@pytest.mark.parametrize("files", [[], ["-"]])
def test_predict_reads_standard_input(model, files):
    assert output("predict", model, *files, text=TEXT) == MARKED


def test_predict_takes_standard_input_among_files(model, write):
    write("Ada\n", "a.txt")
    assert output("predict", model, "a.txt", "-", text="Paris\n") == "[PER Ada]\n[LOC Paris]\n"


@pytest.mark.parametrize("output_format", list(FORMATS))
def test_predict_writes_the_same_to_a_file(model, write, output_format):
    arguments = ["predict", model, write(TEXT), "-f", output_format]
    printed = output(*arguments)
    assert output(*arguments, "-o", "tagged") == ""
    assert Path("tagged").read_text() == printed


def test_more_processes_write_the_same(model, write):
    text = "".join(f"Nobody came {i} times, but Ada did.\n" for i in range(6000))  # several blocks
    result = wincls("predict", model, write(text), "--jobs", "2")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode() == text.replace("Ada", "[PER Ada]")


def test_predict_reads_columns_and_adds_the_tag(model, write):
    write("-DOCSTART- -X-\n\nBob NNP\nSmith NNP\nsings VBZ\n\nAda NNP\n", "words.conll")
    assert output("predict", model, "--input", "conll", "--format", "conll", "words.conll") == (
        "-DOCSTART- -X-\n\nBob NNP B-PER\nSmith NNP I-PER\nsings VBZ O\n\nAda NNP B-PER\n"
    )


def test_predict_reads_columns_as_requested(model, write):
    write("1\tAda\n2\tsings\n", "words.tsv")
    options = ["-i", "conll", "--word-column", "2", "--delimiter", "tab"]
    assert output("predict", model, "words.tsv", *options) == "[PER Ada] sings\n"


def test_predict_leaves_improbable_names_out_on_request(model):
    # "May" is a name with probability e^5.5 / (e^5.5 + e^5 + 7), that is 0.61.
    assert output("predict", model, text="May or Ada") == "[PER May] or [PER Ada]"
    assert output("predict", model, "--min-score", "0.6", text="May or Ada") == "[PER May] or [PER Ada]"
    assert output("predict", model, "--min-score", "0.63", text="May or Ada") == "May or [PER Ada]"


def test_names_cross_line_ends_only_in_wrapped_text(model):
    text = "We saw Bob\nSmith.\n\nSmith"
    assert output("predict", model, text=text) == "We saw [PER Bob]\n[PER Smith].\n\n[PER Smith]"
    assert output("predict", model, "--wrapped", text=text) == "We saw [PER Bob\nSmith].\n\n[PER Smith]"


def test_no_text_gives_no_output(model):
    for output_format in FORMATS:
        assert output("predict", model, "-f", output_format, text="") == ""


def test_text_in_other_scripts_passes_unchanged(model):
    text = "\u0410\u0434\u0430 \u2014 \u5317\u4eac \U0001f600 e\u0301\r\n"
    assert run("predict", model, text=text.encode()).stdout_bytes == text.encode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.txt"], f"missing.txt: {NO_FILE}"),
        (["."], ".: is a folder; a file is needed"),
        (
            ["bytes.txt"],
            "bytes.txt:2: byte 5 of the line is 0xff, which is not UTF-8; convert the file to UTF-8 first",
        ),
        (
            ["missing.txt", "-o", "no/out.txt"],
            "no/out.txt: cannot be written (No such file or directory); choose another place with --output",
        ),
        (["missing.txt", "-o", "."], ".: is a folder; give --output a file"),
    ],
)
def test_what_predict_cannot_read_or_write(model, write, arguments, message):
    write(b"Paris\nAda \xff\n", "bytes.txt")
    assert failure("predict", model, *arguments) == message


def test_a_prediction_that_fails_leaves_the_old_output_whole(model, write):
    write("Ada\n", "a.txt")
    write("as it was\n", "tagged.txt")
    before = files_in(".")
    assert failure("predict", model, "a.txt", "missing.txt", "-o", "tagged.txt") == f"missing.txt: {NO_FILE}"
    assert files_in(".") == before


def test_output_to_a_pipe_goes_into_the_pipe(model):
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        run("predict", model, "-o", "pipe", text="Ada\n")
        assert stat.S_ISFIFO(Path("pipe").stat().st_mode)
        assert os.read(reader, 1000) == b"[PER Ada]\n"
    finally:
        os.close(reader)


def test_text_may_be_piped_into_predict(model):
    result = wincls("predict", model, input=TEXT.encode())
    assert (result.returncode, result.stdout, result.stderr) == (0, MARKED.encode(), b"")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_reader_that_has_seen_enough_is_no_error(model, write, jobs):
    write(TEXT * 5000, "long.txt")  # more than a pipe holds
    command = f"{shlex.join(WINCLS)} predict {model} -j {jobs} long.txt | head -1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.stdout == MARKED.partition("\n")[0] + "\n0\n"
    assert result.stderr == ""


@pytest.mark.parametrize("jobs", [1, 2])
def test_errors_of_the_program_are_one_line(model, write, jobs):
    result = wincls("predict", model, "--jobs", jobs, write("Ada\n"), "missing.txt")
    assert (result.returncode, result.stdout) == (1, b"[PER Ada]\n")
    assert result.stderr == f"Error: missing.txt: {NO_FILE}\n".encode()


def test_a_closed_standard_input_is_one_line(model):
    command = f"{shlex.join(WINCLS)} predict {model} <&-"
    result = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert result.returncode == 1
    assert result.stderr.startswith(b"Error: ")
    assert result.stderr.count(b"\n") == 1


def test_a_name_of_a_file_may_be_no_utf8(model):
    name = os.fsdecode(b"n\xff.txt")
    Path(name).write_text("Ada\n")
    lines = wincls("predict", model, "--format", "jsonl", name, name)
    assert (lines.returncode, lines.stderr) == (0, b"")
    assert [json.loads(line)["meta"]["file"] for line in lines.stdout.splitlines()] == ["n\ufffd.txt"] * 2


def test_predict_never_writes_over_what_it_reads(model):
    before = Path("test.conll").read_bytes(), Path(model).read_bytes()
    for target in ("test.conll", model):
        assert failure("predict", model, "test.conll", "-o", target, status=2) == (
            f"--output: {target} is read as well; choose another file"
        )
    assert (Path("test.conll").read_bytes(), Path(model).read_bytes()) == before


def test_column_options_of_predict_go_with_columns(model):
    assert failure("predict", model, "test.conll", "--encoding", "latin-1", status=2) == (
        "--encoding: only with --input conll"
    )


@pytest.mark.parametrize("value", ["-0.1", "1.5"])
def test_min_score_of_a_calibrated_model_is_a_probability(model, value):
    message = f"--min-score: found {value}; give a probability from 0 to 1"
    assert failure("predict", model, "--min-score", value, text="Ada", status=2) == message


def test_min_score_of_a_plain_decision_is_a_score(model):
    loaded = load_model(model)
    loaded.tagger.decision = Plain(3.0)
    save_model(loaded, "plain.npz")
    lines = output("predict", "plain.npz", "--format", "jsonl", text="May or Ada").splitlines()
    spans = json.loads(lines[0])["spans"]
    assert [(span["text"], span["score"]) for span in spans] == [("May", 5.5), ("Ada", 10.0)]
    assert output("predict", "plain.npz", "--min-score", "6", text="May or Ada") == "May or [PER Ada]"
    assert output("predict", "plain.npz", "--min-score", "-2", text="May or Ada") == "[PER May] or [PER Ada]"


def test_a_model_is_tagged_with_in_little_memory_and_never_called_damaged(model):
    """Under limits of address space, from what is enough to what the interpreter does not start with."""
    texts = set()
    for megabytes in (400, 150, 100, 60):
        limited = f"ulimit -v {megabytes * 1000}; exec {sys.executable} -m wincls predict {model} train.conll"
        done = subprocess.run(["/bin/sh", "-c", limited], capture_output=True, timeout=60)
        assert b"damaged" not in done.stderr
        if megabytes == 400:
            assert done.returncode == 0, done.stderr
        texts.add(done.stdout)
    assert len(texts - {b""}) == 1


@pytest.fixture
def familiar(model):
    """The model, which knows what its training data looks like and splits hyphens."""
    loaded = load_model(model)
    loaded.tagger.familiar = Profile(unknown=0.5, scripts=("LATIN",), length=5.0)
    loaded.tagger.tokenizer = replace(loaded.tagger.tokenizer, word_joiners="'")
    save_model(loaded, model)
    return model


def test_text_is_cut_as_the_training_data_of_the_model(familiar):
    text = "A Paris-based firm.\n"
    assert output("predict", familiar, text=text) == "A [LOC Paris]-based firm.\n"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Он жил в Москве. " * 20, "100% of the words are in a script that the training data has not ("),
        ("He sings of Paris. " * 20, "75% of the words are unknown to the model, of the development"),
        ("Heliveshere" * 3 + " is " + "soisshe" * 9 + "\n", None),
        ("Paris Ada Bob.\nmet Smith and Paris.\nParis Ada\n" * 9, None),
        (("Paris Ada Bob Smith\nparis ada may Paris\n") * 9, "53% of the lines end in mid-sentence; try"),
    ],
)  # fmt: skip
def test_predict_says_once_what_text_does_not_look_like(familiar, text, note):
    result = run("predict", familiar, "-", text=text)
    assert (note is None) == (result.stderr == "")
    assert note is None or (result.stderr.startswith(f"Note: {note}") and result.stderr.count("\n") == 1)


def test_words_in_columns_are_looked_at_too(familiar):
    result = run("predict", familiar, "-i", "conll", text="Он\nжил\n\n" * 40)
    assert result.stderr.startswith("Note: 100% of the words are in a script")


def test_the_api_does_not_warn(familiar, capfd):
    assert load_model(familiar).tagger("Он жил. " * 100).ents == []
    assert capfd.readouterr() == ("", "")
