"""The README says what is so: its commands run as written, its reference is the code's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import readme
from wincls.config import load_config, make_config
from wincls.yaml_text import parse_yaml

ROOT = Path(__file__).parent.parent
SET_UP = {readme.command("main job"), readme.command("test")}  # run by .ci/run
COMMANDS = [line for block in readme.blocks("sh") for line in block.splitlines() if line not in SET_UP]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of what a new user has, with `wincls` on the path, and fewer epochs in two configurations."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "configs", folder / "configs")
    with (folder / "configs/quickstart.yaml").open("a") as config:
        config.write("\ntraining:\n  epochs: 3\n")
    lecture = folder / "configs/lecture.yaml"
    lecture.write_text(re.sub(r"\bepochs: \d+", "epochs: 2", lecture.read_text()))
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("source"))
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    (bin_folder / "wincls").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wincls "$@"\n')
    (bin_folder / "wincls").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def environment(project):
    changed = {"PATH": f"{project / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return {name: value for name, value in (os.environ | changed).items() if name != "PYTEST_ADDOPTS"}


def run_commands(commands, project, environment):
    for command in commands:
        done = subprocess.run(
            command, shell=True, cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout, f"{command} printed nothing"


def test_commands_for_students_run_in_order_as_written(project, environment):
    commands = [line for block in readme.blocks("sh", readme.LECTURE) for line in block.splitlines()]
    assert len(commands) == 3
    run_commands(commands, project, environment)


def test_commands_and_python_code_of_the_readme_run_in_order_as_written(project, environment):
    assert len(COMMANDS) >= 6
    run_commands(COMMANDS, project, environment)
    for number, code in enumerate(readme.blocks("python")):
        script = project / f"example{number}.py"
        script.write_text(code)
        done = subprocess.run(
            [sys.executable, script], cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "('Ada Lovelace', 'PER', 0, 12," in done.stdout
        assert (project / "runs/api/model.npz").exists()


def test_configuration_of_the_readme_is_valid_and_about_ten_lines():
    (text,) = readme.blocks("yaml")
    assert make_config(parse_yaml(text, "README.md")).data.train == "my/train.tsv"
    assert len(text.splitlines()) <= 12


def test_set_up_is_two_lines_that_install_and_run():
    assert "pip install" in readme.command("main job") and "wincls train --config" in readme.command(
        "main job"
    )
    assert "pip install" in readme.command("test") and readme.command("test").endswith("pytest")


def test_configuration_reference_is_made_from_the_code():
    section = readme.section(readme.CONFIGURATION, "configuration")
    assert section == readme.configuration(), "run python tests/readme.py"


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configurations_are_valid_and_named_in_their_readme(path):
    load_config(path)
    assert path.name in readme.CONFIGURATION.read_text(encoding="utf-8")


DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob(".github/*.md"),
    *(
        ROOT / folder / "README.md"
        for folder in ("configs", "data", "wincls", "tests/benchmarks", "tests/reliability")
    ),
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_files_work(path):
    assert readme.broken_links(path) == []


def test_readme_is_short_enough_to_be_read():
    assert len(readme.README.read_bytes()) <= 12 * 1024


def test_code_and_tests_that_the_lecture_table_points_to_exist():
    lines = readme.section(readme.LECTURE, "lecture").splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]
    assert len(rows) == 20
    for row in rows:
        *_, code, config, tests, _ = [cell.strip() for cell in row.split("|")]
        for path, name in re.findall(r"`([\w/]+\.py)`(?: `([\w.]+)`)?", code):
            text = (ROOT / "wincls" / path).read_text(encoding="utf-8")
            assert not name or re.search(rf"\b{name.split('.')[-1]}\b", text), f"{path} has no {name}"
        for name in re.findall(r"`([\w/]+\.py)`", tests):
            assert (ROOT / "tests" / name).exists(), f"{name} is missing"
        assert config, row
