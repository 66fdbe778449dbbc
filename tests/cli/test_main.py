"""What holds for the program as a whole, and for several of its commands."""

import re
import shlex
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import NO_FILE, WINCLS, failure, output, run, wincls
from wincls import __version__
from wincls.tagger.model_file import Model, load_tagger, save_model


def damaged(content):
    return content[:1000] + bytes(100) + content[1100:]


@pytest.mark.parametrize("command", ["predict", "eval", "explain"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda content: content[:500],
            "damaged model file (File is not a zip file); copy it or train it again",
        ),
        (damaged, "damaged model file ("),
        (lambda content: b"", "not a model file of wincls; give the model.npz that training wrote"),
        (lambda content: b"data: {}\n", "not a model file of wincls; give the model.npz that training wrote"),
    ],
    ids=["truncated", "damaged", "empty", "text"],
)
def test_a_damaged_model_is_refused(model, command, damage, message):
    Path(model).write_bytes(damage(Path(model).read_bytes()))
    assert failure(command, model, "dev.conll").startswith(f"model.npz: {message}")


@pytest.mark.parametrize("command", ["predict", "eval", "explain"])
def test_an_archive_of_something_else_is_refused(folder, command):
    np.savez("other.npz", weights=np.zeros(3))
    assert failure(command, "other.npz", "dev.conll") == (
        "other.npz: an archive, but not a model file of wincls; give the model.npz of a training"
    )
    assert failure(command, "missing.npz", "dev.conll") == f"missing.npz: {NO_FILE}"
    assert failure(command, ".", "dev.conll") == ".: is a folder; a file is needed"


@pytest.mark.parametrize("command", ["train", "pretrain", "eval", "predict", "explain", "info", "gradcheck"])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_shows_examples(command, option):
    examples = output(command, option).split("Examples:\n")[1].split("\n\n")[0].splitlines()
    assert len(examples) >= 2
    assert all(re.match(rf" +(echo .* \| )?wincls {command}\b", line) for line in examples)


def test_the_main_help_names_every_command():
    printed = output("--help")
    for command in ("train", "pretrain", "eval", "predict", "explain", "info", "gradcheck"):
        assert re.search(rf"^  {command} +\w", printed, re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["predict"],
        ["eval"],
        ["eval", "model.npz"],
        ["tag"],
        ["predict", "m", "--format", "pdf"],
        ["predict", "m", "--min-score", "inf"],
        ["predict", "m", "--min-score", "nan"],
        ["gradcheck", "--points", "0"],
        ["pretrain", "--output", "vectors.txt"],
        ["pretrain", "text.txt"],
        ["pretrain", "text.txt", "--output", "vectors.txt", "--dimension", "0"],
    ],
    ids=" ".join,
)
def test_wrong_usage_has_status_2(folder, arguments):
    result = run(*arguments, status=2)
    assert re.search(r"^Error: ", result.stderr, re.MULTILINE)


def test_the_installed_program_prints_its_version():
    program = Path(sysconfig.get_path("scripts")) / "wincls"
    result = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"wincls, version {__version__}\n", "")


def test_the_package_runs_as_a_module():
    result = wincls("--help")
    assert result.returncode == 0
    assert result.stdout.startswith(b"Usage: wincls [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    "command", ["predict MODEL test.conll", "eval MODEL test.conll", "train -c small.yaml"]
)
def test_a_closed_standard_output_is_one_line(model, command):
    command = f"{shlex.join(WINCLS)} {command.replace('MODEL', model)} >&-"
    result = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert result.returncode == 1
    assert result.stderr == b"Error: standard output is closed; send it to a file instead\n"


@pytest.mark.parametrize("config", [{}, {"data": None}, {"data": {"train": 3}}, {"data": {"trane": "x"}}])
@pytest.mark.parametrize("command", ["predict", "eval"])
def test_a_model_that_does_not_know_its_data_is_refused(model, command, config):
    save_model(Model(load_tagger(model), config), model)
    assert failure(command, model, "test.conll") == (
        f"{model}: does not say how its data were read; train it again"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_under_standard_output_is_one_line(model):
    for arguments in (["predict", model, "test.conll"], ["eval", model, "test.conll"]):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([*WINCLS, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60)
        assert result.returncode == 1
        assert result.stderr.startswith(b"Error: ")
        assert result.stderr.count(b"\n") == 1
