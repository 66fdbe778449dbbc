"""Functions for Spark; the recipe of the documentation runs on a real local Spark, where there is one."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import readme
from wincls.distributed.spark import tag_frames, tag_rows

SENTENCE = "Ada met Bob Smith in Paris."
ADA = {"text": "Ada", "label": "PER", "start": 0, "end": 3}


def needs(*modules):
    missing = [each for each in modules if importlib.util.find_spec(each) is None]
    missing += [] if shutil.which("java") else ["Java"]
    return pytest.mark.skipif(bool(missing), reason=f"{' and '.join(missing)} not installed")


class Frame(dict):
    """What is used of a data frame."""

    def assign(self, **columns):
        return Frame(self | columns)


def without_scores(entities):
    return [{name: value for name, value in each.items() if name != "score"} for each in entities]


def test_rows_get_the_entities_of_their_text_as_last_field(model):
    rows = [{"id": i, "text": f"Ada {i}"} for i in range(200)]  # more than are tagged at once

    class Row(dict):
        def __iter__(self):
            return iter(self.values())

    found = list(tag_rows(str(model))(map(Row, rows)))
    assert [each[:2] for each in found] == [(i, f"Ada {i}") for i in range(200)]
    assert all(without_scores(each[2]) == [ADA] for each in found)
    assert all(type(each[2][0]["score"]) is float for each in found)


def test_rows_are_taken_as_they_are_needed(model):
    taken = []

    def rows():
        for i in range(1000):
            taken.append(i)
            yield {"text": SENTENCE}

    next(tag_rows(str(model))(rows()))
    assert len(taken) < 200


def test_a_null_text_has_null_entities_in_data_frames(model):
    (found,) = tag_frames(str(model), "body")([Frame(body=["Ada", None, ""])])
    assert [None if each is None else without_scores(each) for each in found["entities"]] == [[ADA], None, []]


SCRIPT = """
from pyspark.sql import SparkSession
from wincls.distributed.spark import ENTITIES, tag_frames
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.addFile("runs/quickstart/model.npz")
lines = spark.read.text("data/sample.txt").repartition(3)
schema = f"value string, entities {ENTITIES}"
lines.mapInPandas(tag_frames("model.npz", "value"), schema).write.json("runs/pandas")
"""


@pytest.fixture
def project(model, tmp_path):
    for folder in ("runs/quickstart", "data"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(model, "runs/quickstart/model.npz")
    Path("data/sample.txt").write_text(f"{SENTENCE}\nNobody came.\n" * 50)
    return tmp_path


def run_spark(code, output):
    Path("script.py").write_text(code)
    options = "--master local[2] --conf spark.ui.enabled=false pyspark-shell"
    environment = dict(os.environ)
    environment |= {
        "PYSPARK_SUBMIT_ARGS": options,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    environment["PYTHONPATH"] = f"{readme.ROOT}:{environment.get('PYTHONPATH', '')}"
    done = subprocess.run([sys.executable, "script.py"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line for path in Path(output).glob("*.json") for line in path.read_text().splitlines()]
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 100
    for row in rows:
        expected = ["Ada", "Bob Smith", "Paris"] if row["value"] == SENTENCE else []
        assert [each["text"] for each in row["entities"]] == expected


@needs("pyspark")
def test_the_recipe_for_spark_runs_as_written(project):
    (recipe,) = readme.blocks("python", readme.LECTURE)
    run_spark(recipe, "runs/spark")


@needs("pyspark", "pandas", "pyarrow")
def test_map_in_pandas_tags_each_row(project):
    run_spark(SCRIPT, "runs/pandas")


def test_commands_for_pipes_run_as_written(project):
    (commands,) = readme.blocks("bash", readme.LECTURE)
    Path("bin").mkdir()
    Path("bin/wincls").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wincls "$@"\n')
    Path("bin/wincls").chmod(0o755)
    environment = dict(os.environ)
    environment |= {"PATH": f"{project}/bin:{environment['PATH']}", "PYTHONPATH": str(readme.ROOT)}
    subprocess.run(["bash", "-e", "-c", commands], check=True, env=environment)
    tagged = "[PER Ada] met [PER Bob Smith] in [LOC Paris].\nNobody came.\n" * 50
    assert Path("runs/tagged.txt").read_text() == tagged
    assert len(Path("runs/piped.jsonl").read_text().splitlines()) == 100
