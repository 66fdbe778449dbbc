"""Outputs that are no regular files: -, open streams and pipes."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import WINCLS, run, wincls

TEXT = "Ada saw Paris.\n"
TAGGED = b"[PER Ada] saw [LOC Paris].\n"


@pytest.fixture
def text(write):
    return write(TEXT, "text.txt")


@pytest.mark.parametrize("target", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_name(model, text, target):
    assert wincls("predict", model, text, "-o", target).stdout == TAGGED
    assert not Path("-").exists()


def test_a_file_to_which_standard_output_goes_is_not_replaced(model, text):
    with Path("all.txt").open("wb") as file:
        file.write(b"before\n")
        file.flush()
        subprocess.run([*WINCLS, "predict", model, text, "-o", "/dev/stdout"], stdout=file, check=True)
    assert Path("all.txt").read_bytes() == b"before\n" + TAGGED


def test_a_process_substitution(model, text):
    line = " ".join([*WINCLS, "predict", str(model), str(text), "-o", ">(cat > copy.txt)"])
    subprocess.run(["bash", "-c", f"{line}; wait $!; sleep 0.2"], check=True)
    assert Path("copy.txt").read_bytes() == TAGGED


def test_a_named_pipe(model, text):
    os.mkfifo("pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append(Path("pipe").read_bytes()))
    reader.start()
    run("predict", model, text, "-o", "pipe")
    reader.join(10)
    assert got == [TAGGED]


def test_init_and_pretrain_write_to_a_pipe_and_talk_beside_it(folder, write):
    done = wincls("init", "train.conll", "dev.conll", "-o", "-")
    assert done.stdout.startswith(b"#") and b"train: train.conll" in done.stdout
    assert b"columns, BIO" in done.stderr
    write("the cat sat on the mat .\n" * 30, "text.txt")
    done = wincls("pretrain", "text.txt", "-d", "5", "-o", "/dev/stdout")
    assert len(done.stdout.splitlines()[-1].split()) == 6
    assert b"wrote vectors of 5 numbers" in done.stderr
