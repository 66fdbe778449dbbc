"""`wincls predict`."""

import json
import os
import pty
import shlex
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import NO_FILE, WINCLS, failure, files_in, output, run, wincls
from wincls.cli import predict
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
        "-DOCSTART- -X- O\n\nBob NNP B-PER\nSmith NNP I-PER\nsings VBZ O\n\nAda NNP B-PER\n"
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


def test_each_type_may_have_a_minimum_score_of_its_own(model):
    text = "May or Paris"
    assert output("predict", model, "--min-score", "PER=0.63", text=text) == "May or [LOC Paris]"
    assert output("predict", model, "--min-score", "LOC=0.9999", text=text) == "[PER May] or Paris"
    for options in (["1", "PER=0.6"], ["PER=0.6", "1"]):  # the type's own number counts, in any order
        given = [each for option in options for each in ("--min-score", option)]
        assert output("predict", model, *given, text=text) == "[PER May] or Paris"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["PERS=0.5"],
            "--min-score: the model has no type PERS; its types are LOC, PER; did you mean 'PER'?",
        ),
        (["LOC=0.5", "PER=7"], "--min-score: found 7; give a probability from 0 to 1"),
    ],
)
def test_minimum_scores_that_do_not_fit_the_model_are_refused(model, options, message):
    given = [each for option in options for each in ("--min-score", option)]
    assert failure("predict", model, *given, text="May", status=2) == message
    assert failure("eval", model, "test.conll", *given, status=2) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["PER=x"], "found 'PER=x'; give a number, or a type with one: LOC=0.6"),
        (["=0.5"], "found '=0.5'; give a number"),
        (["PER=nan"], "found 'PER=nan'; give a number"),
        (["PER=0.5", "PER=0.6"], "the type PER has two numbers; give one"),
        (["0.5", "0.6"], "types that are not named have two numbers; give one"),
    ],
)
def test_minimum_scores_that_are_no_numbers_are_refused(model, options, message):
    given = [each for option in options for each in ("--min-score", option)]
    assert message in run("predict", model, *given, text="May", status=2).stderr


def spans_of(*arguments, text):
    lines = output("predict", *arguments, "--format", "jsonl", text=text).splitlines()
    return [(span["text"], span["score"]) for line in lines for span in json.loads(line)["spans"]]


def test_a_recall_bias_finds_more_or_fewer_entities_with_unchanged_scores(model):
    """O has 5 points, May 5.5 as a person, an unknown word 0 as anything."""
    text = "May or Ada"
    found = spans_of(model, text=text)
    assert spans_of(model, "--recall-bias", "0", text=text) == found
    assert spans_of(model, "--recall-bias", "-0.4", text=text) == found
    assert spans_of(model, "--recall-bias", "-0.6", text=text) == found[1:]
    assert spans_of(model, "--recall-bias", "4.9", text=text) == found
    more = spans_of(model, "--recall-bias", "5.1", text=text)
    assert [each for each in more if each in found] == found
    # "or": e^0 / (e^5 + 8 tags with e^0), times 1 of the 8 tags.
    assert [name for name, _ in more] == ["May", "or", "Ada"]
    assert more[1][1] < 0.01


def test_a_recall_bias_holds_in_every_process(model):
    Path("text.txt").write_text("May or Ada\n" * 30_000)
    alone = output("predict", model, "--recall-bias", "-3", "text.txt")
    assert alone == "May or [PER Ada]\n" * 30_000
    assert output("predict", model, "--recall-bias", "-3", "--jobs", "2", "text.txt") == alone


def test_a_recall_bias_is_refused_by_a_plain_decision(model):
    loaded = load_model(model)
    loaded.tagger.decision = Plain(3.0)
    save_model(loaded, "plain.npz")
    message = "--recall-bias: only for calibrated decisions, but this model decides by its scores alone"
    for arguments in (["predict"], ["eval"]):
        given = [*arguments, "plain.npz", "test.conll", "--recall-bias", "1"]
        assert failure(*given, status=2).startswith(message)
    assert run("predict", model, "--recall-bias", "nan", text="Ada", status=2).stderr


def test_names_cross_line_ends_only_in_wrapped_text(model):
    text = "We saw Bob\nSmith.\n\nSmith"
    assert output("predict", model, text=text) == "We saw [PER Bob]\n[PER Smith].\n\n[PER Smith]"
    assert output("predict", model, "--wrapped", text=text) == "We saw [PER Bob\nSmith].\n\n[PER Smith]"


def test_no_text_gives_no_output(model):
    for output_format in FORMATS.keys() - {"html"}:
        assert output("predict", model, "-f", output_format, text="") == ""
    assert "<h2" not in output("predict", model, "-f", "html", text="").partition("<section>")[0]


def test_text_in_other_scripts_passes_unchanged(model):
    text = "\u0410\u0434\u0430 \u2014 \u5317\u4eac \U0001f600 e\u0301\r\n"
    assert run("predict", model, text=text.encode()).stdout_bytes == text.encode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.txt"], f"missing.txt: {NO_FILE}"),
        (["empty"], "empty: no files in this folder"),
        (["*.md"], "*.md: no file matches; check the pattern"),
        (
            ["bytes.txt"],
            "bytes.txt:2: byte 5 of the line is 0xff, which is not UTF-8; convert the file to UTF-8 first",
        ),
        (
            ["test.conll", "-o", "no/out.txt"],
            "no/out.txt: cannot be written (No such file or directory); choose another place with --output",
        ),
        (["test.conll", "-o", "."], ".: is a folder; give --output a file, or use --output-dir"),
    ],
)
def test_what_predict_cannot_read_or_write(model, write, arguments, message):
    write(b"Paris\nAda \xff\n", "bytes.txt")
    Path("empty").mkdir()
    assert failure("predict", model, *arguments) == message


def test_a_prediction_that_fails_leaves_the_old_output_whole(model, write):
    write("as it was\n", "tagged.txt")
    before = files_in(".")
    assert failure("predict", model, "missing.txt", "-o", "tagged.txt") == f"missing.txt: {NO_FILE}"
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


# Several files.

LATE = "Nobody came.\n" * 30_000  # more than is looked at first


def bad_files(*arguments, status=1):
    """What is printed, and the lines on standard error."""
    result = run("predict", *arguments, status=status)
    return result.stdout, result.stderr.splitlines()


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("target", [[], ["-o", "out"]])
def test_bad_files_are_listed_and_the_others_tagged(model, write, jobs, target):
    write("Ada\n", "a.txt")
    write(b"Ada \xe9\n", "latin.txt")
    write("Paris\n", "b.txt")
    files = ["a.txt", "missing.txt", "latin.txt", "no*.txt", "b.txt"]
    printed, errors = bad_files(model, *files, "-j", jobs, *target)
    tagged = Path("out").read_text() if target else printed
    assert tagged == "[PER Ada]\n[LOC Paris]\n"
    assert [line.split(":")[:2] for line in errors] == [
        ["Error", " missing.txt"],
        ["Error", " latin.txt"],
        ["Error", " no*.txt"],
    ]


def test_a_bad_byte_that_is_found_later_ends_its_file_only(model, write):
    write(LATE.encode() + b"\xff\n", "late.txt")
    write("Paris\n", "b.txt")
    printed, errors = bad_files(model, "late.txt", "b.txt")
    assert printed.startswith(LATE[:260_000])
    assert printed.endswith("\n[LOC Paris]\n")
    assert [line[:38] for line in errors] == ["Error: late.txt:30001: byte 1 of the l"]
    write("as it was\n", "late.out")
    printed, errors = bad_files(model, "late.txt", "b.txt", "--output-dir", "out")
    assert (printed, len(errors), set(files_in("out"))) == ("", 1, {"b.txt"})


def test_a_bad_row_of_columns_is_a_bad_file(model, write):
    write("Ada\tNNP\nNew York\tNNP\n", "a.conll")
    write("Paris\tNNP\n\n" * 200 + "New York\tNNP\n", "late.conll")
    write("Ada\tNNP\n", "b.conll")
    printed, errors = bad_files(model, "-i", "conll", "-f", "conll", "a.conll", "late.conll", "b.conll")
    assert printed.endswith("\n\nAda\tNNP\tB-PER\n")
    assert [line[:20] for line in errors] == ["Error: a.conll:2: 3 ", "Error: late.conll:40"]


def test_files_are_kept_apart_in_every_format(model, write):
    write("Paris", "a.txt")
    write("", "empty.txt")
    write("Ada\n", "b.txt")
    files = ["a.txt", "empty.txt", "b.txt", "empty.txt"]
    assert output("predict", model, *files) == "[LOC Paris]\n[PER Ada]\n"
    assert output("predict", model, "-i", "conll", *files) == "[LOC Paris]\n[PER Ada]\n"
    for source in ("text", "conll"):
        columns = output("predict", model, "-i", source, "-f", "conll", *files)
        assert columns.rstrip("\n") == "Paris\tB-LOC\n\nAda\tB-PER"
    page = output("predict", model, "-f", "html", *files)
    assert [page.count(part) for part in ("<!DOCTYPE", "<section>", "</section>", "</html>")] == [1, 4, 4, 1]
    assert output("predict", model, "a.txt", "empty.txt") == "[LOC Paris]"


def test_no_names_cross_from_one_file_to_the_next(model, write):
    write("Bob", "a.conll")
    write("Smith", "b.conll")
    assert output("predict", model, "-i", "conll", "-f", "conll", "a.conll", "b.conll") == (
        "Bob\tB-PER\n\nSmith\tB-PER\n"
    )


def write_folder(write):
    for folder in ("in", "in/sub", "in/.hidden"):
        Path(folder).mkdir()
    for name in ("in/b.txt", "in/a.txt", "in/sub/c.txt", "in/.d.txt", "in/.hidden/e.txt"):
        write(f"Ada {name}\n", name)


def test_folders_are_walked_and_patterns_expanded(model, write):
    write_folder(write)
    files = [line.split()[-1] for line in output("predict", model, "in").splitlines()]
    assert files == ["in/a.txt", "in/b.txt", "in/sub/c.txt"]
    assert output("predict", model, "in/*.txt").split()[2::3] == ["in/a.txt", "in/b.txt"]
    assert output("predict", model, "in/**/*.txt").split()[2::3] == files
    write("Ada\n", "x[1].txt")
    assert output("predict", model, "x[1].txt") == "[PER Ada]\n"


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_file_of_a_folder_gets_one_in_the_output_folder(model, write, jobs):
    write_folder(write)
    assert output("predict", model, "in", "-f", "conll", "--output-dir", "new/out", "-j", jobs) == ""
    found = sorted(str(path.relative_to("new/out")) for path in Path("new/out").rglob("*") if path.is_file())
    assert found == ["in/a.conll", "in/b.conll", "in/sub/c.conll"]
    alone = output("predict", model, "in/sub/c.txt", "-f", "conll")
    assert Path("new/out/in/sub/c.conll").read_text() == alone
    # A second time, the output folder is not read though it is within what is read.
    run("predict", model, ".", "-f", "conll", "--output-dir", "new/out", status=1)  # the model is no text
    assert not Path("new/out/new").exists()


def test_an_absolute_folder_gives_paths_within_it(model, write, tmp_path):
    write_folder(write)
    for argument in (tmp_path / "in", "../" + tmp_path.name + "/in", tmp_path / "in" / "**" / "*.txt"):
        output("predict", model, argument, "--output-dir", "out")
        assert Path("out/sub/c.txt").exists(), argument
        assert Path("out/a.txt").exists(), argument
        for path in ("out/sub/c.txt", "out/a.txt"):
            Path(path).unlink()


def test_a_page_of_its_own_for_each_file_is_whole(model, write):
    write("Ada\n", "a.txt")
    write("", "b.txt")
    output("predict", model, "a.txt", "b.txt", "a.txt", "-", "-f", "html", "--output-dir", "out", text="Bob")
    for name in ("a", "b", "stdin"):
        page = Path(f"out/{name}.html").read_text()
        assert [page.count(part) for part in ("<!DOCTYPE", "<section>", "</html>")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["in", "--output-dir", "."], "--output-dir: in/a.txt is read as well; choose another folder"),
        (["in", "link.txt", "--output-dir", "link"], "--output-dir: link/in/a.txt is read as well; choose"),
        (["in", "--output-dir", "out", "-o", "x"], "--output-dir: not together with --output; give one"),
        (["in/a.txt", "in/a", "--output-dir", "out"], "--output-dir: in/a.txt and in/a would both"),
        (["in", "-o", "in/a.txt"], "--output: in/a.txt is read as well; choose another file"),
        (["in", "--scheme", "IOBES"], "--scheme: only with --format conll"),
    ],
)
def test_an_input_is_never_written_over(model, write, arguments, message):
    write_folder(write)
    if "in/a" in arguments:
        write("Ada\n", "in/a")
    Path("link").symlink_to(".")
    Path("link.txt").symlink_to("in/a.txt")
    before = files_in("in/sub"), Path("in/a.txt").read_bytes()
    assert failure("predict", model, *arguments, status=2).startswith(message)
    assert (files_in("in/sub"), Path("in/a.txt").read_bytes()) == before
    assert not Path("out").exists()


def test_names_that_end_in_a_number_keep_it(model, write):
    for name in ("chapter.1", "chapter.2", "plain"):
        write("Ada\n", name)
    output("predict", model, "chapter.1", "chapter.2", "plain", "--output-dir", "out")
    assert set(files_in("out")) == {"chapter.1.txt", "chapter.2.txt", "plain.txt"}


# Pipes and terminals.


@pytest.mark.parametrize(
    ("options", "sent", "answers"),
    [
        ([], ["Ada\n", "Paris\n"], ["[PER Ada]\n", "[LOC Paris]\n"]),
        (["-j", "2"], ["Ada\n", "Paris\n"], ["[PER Ada]\n", "[LOC Paris]\n"]),
        (["--wrapped"], ["Ada\n\n", "Paris\n"], ["[PER Ada]\n\n", "[LOC Paris]\n"]),
        (["-i", "conll", "-f", "conll"], ["Ada\n\n", "Paris\n"], ["Ada\tB-PER\n\n", "Paris\tB-LOC\n"]),
    ],
)
def test_a_line_of_a_slow_pipe_is_answered_before_the_next_comes(model, options, sent, answers):
    command = [*WINCLS, "predict", model, *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        timer = threading.Timer(30, process.kill)
        timer.start()
        process.stdin.write(sent[0].encode())
        process.stdin.flush()
        assert os.read(process.stdout.fileno(), 1000).decode() == answers[0]
        rest, _ = process.communicate(sent[1].encode())
        assert (rest.decode(), process.returncode) == (answers[1], 0)
        timer.cancel()


def test_a_fast_pipe_gives_what_the_file_gives(model, write):
    write("Nobody came, but Ada did.\n" * 20_000, "long.txt")
    command = f"cat long.txt | {shlex.join(WINCLS)} predict {model}"
    piped = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert piped.stdout.decode() == output("predict", model, "long.txt")


def on_terminal(command, **environment):
    """What a program writes to a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=os.environ | environment
    ) as process:
        os.close(slave)
        written = b""
        while True:
            try:
                chunk = os.read(master, 1000)
            except OSError:  # how Linux says that the other side is closed
                chunk = b""
            if not chunk:
                break
            written += chunk
        assert process.wait(30) == 0
    os.close(master)
    return written


@pytest.mark.parametrize(
    ("options", "environment", "colored"),
    [
        ([], {"TERM": "xterm"}, True),
        ([], {"TERM": "xterm", "NO_COLOR": ""}, True),
        ([], {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {"TERM": "xterm"}, False),
        (["--color", "always"], {"TERM": "dumb", "NO_COLOR": "1"}, True),
    ],
)
def test_a_terminal_gets_colors_unless_told_otherwise(model, write, options, environment, colored):
    write("Ada\n", "a.txt")
    written = on_terminal([*WINCLS, "predict", model, "a.txt", *options], **({"NO_COLOR": ""} | environment))
    assert (b"\x1b[" in written) == colored
    assert b"PER Ada" in written


def test_colors_can_be_forced_into_a_pipe(model):
    assert "\x1b[" in output("predict", model, "--color", "always", text="Ada")
    assert "\x1b[" not in output("predict", model, text="Ada")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_output_is_utf8_whatever_the_locale(model, write, encoding):
    write("Ada \u043a\u043e\u0442\n", "a.txt")
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    result = wincls("predict", model, "a.txt", "\u043a.txt", env=environment)
    assert result.stdout.decode() == "[PER Ada] \u043a\u043e\u0442\n"
    assert result.stderr.decode() == f"Error: \u043a.txt: {NO_FILE}\n"
    shown = on_terminal(
        [*WINCLS, "predict", model, "a.txt", "--color", "never"], PYTHONIOENCODING=encoding, PYTHONUTF8="0"
    )
    assert shown == b"[PER Ada] \\u043a\\u043e\\u0442\r\n"


def test_predictions_can_be_piped_into_eval(model):
    command = shlex.join(WINCLS)
    tagged = f"{command} predict {model} -i conll -f conll test.conll | {command} eval --predictions -"
    result = subprocess.run(["bash", "-c", tagged], capture_output=True, text=True, timeout=60)
    scored = output("eval", model, "test.conll").splitlines()
    row = next(line.split() for line in scored if line.startswith("all "))
    assert row in [line.split() for line in result.stdout.splitlines()]


def test_what_is_skipped_in_columns_is_said(model, write):
    write("word\ttag\nAda\tO\nsings\tO\n\n", "columns.tsv")
    result = run("predict", model, "-i", "conll", "columns.tsv")
    assert result.stdout == "[PER Ada] sings\n"
    assert "Note: columns.tsv: 1 x header row skipped (first: columns.tsv:1).\n" in result.stderr


def test_a_column_file_without_an_empty_line_is_tagged_in_parts(model, write):
    write("Ada\nsings\n" * 10_001, "columns.tsv")
    result = run("predict", model, "-i", "conll", "-f", "conll", "columns.tsv")
    assert result.stdout == "Ada\tB-PER\nsings\tO\n" * 10_001
    assert "2 x sentence cut after 10,000 tokens (first: columns.tsv:10001).\n" in result.stderr


def test_more_than_20_megabytes_are_tagged_by_all_processors_and_less_by_one(model, write, monkeypatch):
    asked = []

    def remembering(blocks, tagger, jobs):
        asked.append(jobs)
        return tag_files(blocks, tagger, 1)

    tag_files = predict.tag_files
    monkeypatch.setattr(predict, "tag_files", remembering)
    monkeypatch.setattr(predict, "processors", lambda: 7)
    monkeypatch.setattr(predict, "MUCH", 30)
    files = [write("Ada saw Paris.\n", name) for name in ("a.txt", "b.txt", "c.txt")]
    output("predict", model, *files[:2])
    output("predict", model, *files)
    output("predict", model, *files, "--jobs", "auto")
    output("predict", model, *files, "--jobs", "3")
    output("predict", model, text="Ada saw Paris.\n" * 100)
    assert asked == [1, 7, 7, 3, 1]


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "1.5", "9999999999"])
def test_a_number_of_processes_that_is_none(model, jobs):
    result = run("predict", model, "--jobs", jobs, text="Ada\n", status=2)
    assert f"found {jobs!r}; give a number of processes from 1 on, or auto" in result.stderr
