"""Completion in shells."""

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from wincls.cli import main


def completions(*words):
    """What bash is offered, if it has cut the line into these words."""
    asked = {"_WINCLS_COMPLETE": "bash_complete", "COMP_WORDS": "\n".join(words)}
    result = CliRunner().invoke(main, env=asked | {"COMP_CWORD": str(len(words) - 1)}, prog_name="wincls")
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["tr"], ["train"]),
        (["train", "--set", "labels."], ["labels.scheme="]),
        (["train", "--set", "features.w"], ["features.word."]),
        (["train", "--set", "loss"], ["loss=", "loss."]),
        (["train", "--set", "labels.scheme", "=", "I"], ["IOBES", "IOB1", "IO"]),
        (["train", "--set", "labels.scheme", "="], ["BIO", "IOBES", "BILOU", "IOB1", "IO"]),
        (["train", "--set", "labels.scheme=BI"], ["labels.scheme=BIO", "labels.scheme=BILOU"]),
        (["train", "--set", "loss", "=", "max_margin", "--set", "training.train_on_dev", "=", "t"], ["true"]),
        (["train", "--set", "training.epochs", "="], []),
        (["train", "--set", "no.such.key", "=", "x"], []),
        (["predict", "model.npz", "--format", "js"], ["jsonl"]),
        (["eval", "model.npz", "dev.conll", "--scheme", "BIL"], ["BILOU"]),
        (["suggest", "--format", "d"], ["doccano"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_commands_keys_and_choices_are_completed(words, offered):
    assert completions("wincls", *words) == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_what_comes_after_an_equals_sign(folder):
    program = folder / "wincls"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wincls "$@"\n')
    program.chmod(0o755)
    script = """
        eval "$(_WINCLS_COMPLETE=bash_source wincls)"
        compopt() { :; }
        COMP_WORDS=(wincls train --set model.activation = ta) COMP_CWORD=5
        _wincls_completion wincls
        echo "${COMPREPLY[@]}"
    """
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "--norc", "-c", script], env=environment, capture_output=True, text=True)
    assert done.stdout == "tanh\n", done.stderr
