"""--quiet and --verbose, and progress bars."""

import os
import pty
import re
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import WINCLS, output, run
from wincls.cli import COMMANDS

SENTENCE = "Ada lives in Paris.\n"


def on_a_terminal(*arguments):
    """What the program shows if standard output and standard error are a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen([*WINCLS, *arguments], stdout=follower, stderr=follower) as process:
        os.close(follower)
        shown = b""
        with suppress(OSError):  # the terminal is closed
            while part := os.read(leader, 1 << 16):
                shown += part
    os.close(leader)
    assert process.returncode == 0, shown
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_quiet_or_verbose(command):
    shown = output(command, "--help")
    assert "-q, --quiet" in shown and "-v, --verbose" in shown


def test_quiet_and_verbose_exclude_each_other(model):
    result = run("info", model, "-q", "-v", status=2)
    assert "Error: --quiet: not together with --verbose; give one of them" in result.stderr


def test_a_quiet_training_prints_its_final_figures_only(folder):
    shown = output("train", "-c", "small.yaml", "--no-report", "-q")
    assert shown.startswith("Development data, dev.conll")
    assert "epoch" not in shown and "Wrote" not in shown


@pytest.mark.parametrize(
    "command",
    [
        ["init", "train.conll", "-o", "own.yaml"],
        ["pretrain", "train.conll", "--input", "conll", "-o", "vectors.txt"],
        ["suggest", "model.npz", "train.conll", "-o", "tasks.jsonl"],
    ],
    ids=lambda command: command[0],
)
def test_quiet_commands_that_write_a_file_print_nothing(model, command):
    assert output(*command) != ""
    Path(command[-1]).unlink()
    assert output(*command, "--quiet") == ""


def test_a_quiet_suggestion_on_standard_output_has_no_summary(model):
    result = run("suggest", model, "-q", text="May sings.\n")
    assert result.stdout.startswith('{"text": "May sings."') and result.stderr == ""


def test_verbose_shows_versions_phases_and_the_total_on_standard_error(model):
    result = run("eval", model, "test.conll", "--verbose")
    assert result.stdout == output("eval", model, "test.conll")
    versions, *phases, total = result.stderr.splitlines()
    assert re.match(r"wincls \S+, numpy \S+, Python \S+ \(.+\), ", versions)
    names = [re.fullmatch(r"(.+): \d+\.\d\d s", line)[1] for line in phases]
    assert names == ["loading model.npz", "reading test.conll", "tagging test.conll"]
    assert re.match(r"total: \d+\.\d\d s", total)


def test_a_terminal_shows_the_learning_curve_of_three_epochs(folder):
    shown = on_a_terminal("train", "-c", "small.yaml", "--no-report", "-s", "training.epochs=3")
    assert "epochs 1 to 3, best" in shown
    assert "epochs 1 to" not in output("train", "-c", "small.yaml", "--no-report", "-s", "training.epochs=3")


def test_no_bar_is_shown_for_what_is_quickly_done(model, write):
    write(SENTENCE * 50, "a.txt")
    assert on_a_terminal("predict", model, "a.txt", "-o", "out.txt") == ""


def test_a_bar_is_shown_on_a_terminal_for_what_takes_long(model, write, monkeypatch):
    from wincls.cli import verbosity

    monkeypatch.setattr(verbosity, "_DELAY", 0.0)
    monkeypatch.setattr(verbosity, "shows_bars", lambda: True)
    write(SENTENCE * 50, "a.txt")
    shown = run("predict", model, "a.txt", "-o", "out.txt").stderr
    assert "tagging:" in shown and f"/{len(SENTENCE) * 50 / 1000:.2f}k" in shown
