"""What terminals would obey is shown as escapes, wherever it comes from."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import WINCLS, failure, output, run
from wincls.tagger.model_file import load_model, save_model

EVIL = "a\x1b[31m\x9b2J\u202e\nError: b"  # the name of a file
SHOWN = r"a\x1b[31m\x9b2J\u202e\nError: b"


def in_terminal(*arguments):
    """What a terminal gets."""
    main, side = pty.openpty()
    subprocess.run(
        [*WINCLS, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=side, check=True, timeout=60
    )
    os.close(side)
    parts = []
    try:
        while part := os.read(main, 4096):
            parts.append(part)
    except OSError:  # Linux says so at the end
        pass
    os.close(main)
    return b"".join(parts).decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "MODEL", EVIL),
        ("predict", "MODEL", f"{EVIL}*"),
        ("predict", EVIL, "data.txt"),
        ("eval", "MODEL", EVIL),
        ("eval", "--predictions", EVIL),
        ("train", "--config", EVIL),
        ("train", "--config", "small.yaml", "--set", f"data.train={json.dumps(EVIL)}"),
        ("train", "--config", "small.yaml", "--output", EVIL, "--set", EVIL),
        ("check", EVIL),
        ("init", EVIL),
        ("info", EVIL),
        ("explain", EVIL, "text"),
        ("explain", "MODEL", "--label", EVIL, "text"),
        ("pretrain", EVIL, "-o", "v"),
        ("predict", "MODEL", "--jobs", EVIL),
        ("predict", "MODEL", f"--{EVIL}"),
        (EVIL,),
    ],
)
def test_a_message_is_one_line_of_visible_characters(model, arguments):
    found = run(*("model.npz" if each == "MODEL" else each for each in arguments), status=None)
    assert found.exit_code
    error = found.stderr.splitlines()[-1]
    assert error.startswith("Error: ")
    assert r"\x1b[31m" in error
    assert error.isprintable()


def test_reports_show_names_of_files_in_one_line(folder, trained):
    trained()
    Path("train.conll").rename(EVIL)
    for arguments in (
        ("train", "-c", "small.yaml", "-s", f"data.train={json.dumps(EVIL)}", "-o", f"out{EVIL}"),
        ("check", EVIL),
        ("init", EVIL, "-o", f"{EVIL}.yaml"),
        ("info", f"out{EVIL}/model.npz"),
        ("eval", "out/model.npz", EVIL, "--errors"),
        ("pretrain", EVIL, "-i", "conll", "-o", f"{EVIL}.txt"),
    ):
        printed = run(*arguments, status=None).stdout
        assert printed, arguments
        assert all(line.isprintable() for line in printed.split("\n")), arguments
        assert not any(line.startswith("Error") for line in printed.split("\n")), arguments


def test_reports_show_words_as_visible_characters(model, write):
    data = write("Ada\x1b[8m\tB-PER\nmet\x9b\tO\n\nParis\tO\n", "evil.conll")
    shown = output("eval", model, data, "--errors")
    assert r"Ada\x1b[8m met\x9b" in shown
    record = json.loads(output("eval", model, data, "--errors", "--json"))
    assert "Ada\x1b[8m" in json.dumps(record, ensure_ascii=False).replace("\\u001b", "\x1b")
    explained = output("explain", model, "Ada\x1b[8m met\x9b")
    assert r"Ada\x1b" in explained
    for text in (shown, explained):
        assert all(line.isprintable() for line in text.split("\n"))


def test_tagged_text_is_exact_in_files_and_pipes_and_visible_on_terminals(model, write):
    text = "Ada\x1b[2J met\x9b Bob Smith. \a\n"
    file = write(text)
    tagged = output("predict", model, file)
    assert tagged == text.replace("Bob Smith", "[PER Bob Smith]")
    visible = text.replace("\x1b", r"\x1b").replace("\x9b", r"\x9b").replace("\a", r"\x07")
    plain = in_terminal("predict", model, file, "--color", "never")
    assert plain.replace("[PER Bob Smith]", "Bob Smith") == visible
    colored = in_terminal("predict", model, file, "--color", "always")
    assert colored.replace("\x1b[36m\x1b[1m[PER Bob Smith]\x1b[0m", "Bob Smith").count("\x1b") % 3 == 0
    assert r"\x1b[2J met\x9b" in colored
    assert "\x1b[2J" not in colored
    for output_format in ("conll", "jsonl", "html", "doccano"):
        shown = in_terminal("predict", model, file, "--format", output_format)
        assert all(line.replace("\t", "").isprintable() for line in shown.split("\n")), output_format


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.conll", "Ada B-P\x1bER\n"),
        ("a.conll", "Ada B-P\u202eER\n"),
        ("a.csv", "word,tag\nAda,B-P\x1bER\n"),
        ("a.jsonl", '{"text": "Ada", "label": [[0, 3, "P\\u001bER"]]}\n'),
        ("a.txt", "[P\x1bER Ada] met [PER Bob].\n"),
    ],
)
def test_types_with_control_characters_are_refused_where_they_are_read(model, write, name, content):
    path = write(content, name)
    message = failure("eval", model, path, "--format", "brackets" if name == "a.txt" else "auto")
    assert message.startswith(f"{path}:")
    assert r"\x1b" in message or r"\u202e" in message


def test_a_model_whose_types_have_control_characters_is_refused(model):
    loaded = load_model(model)
    loaded.tagger.tag_set.labels = ("LOC", "P\x1bER")
    save_model(loaded, "evil.npz")
    assert "control characters" in failure("info", "evil.npz")
