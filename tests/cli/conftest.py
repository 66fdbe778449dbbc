"""What the tests of several commands need."""

import contextlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from wincls.cli import main
from wincls.config import make_config
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.features.tables import TokenTables
from wincls.features.vocabulary import Vocabulary
from wincls.network.scorer import Scorer
from wincls.options import plain
from wincls.tagger.calibration import Calibration
from wincls.tagger.model_file import Model, save_model
from wincls.tagger.platt import PlattScaling
from wincls.tagger.tagger import Tagger

WINCLS = [sys.executable, "-m", "wincls"]
NO_FILE = "no such file; check the path (relative paths start at the current folder)"


def run(*arguments, text=None, status=0):
    result = CliRunner().invoke(main, [str(each) for each in arguments], input=text, catch_exceptions=False)
    assert status is None or result.exit_code == status, result.output
    return result


def output(*arguments, text=None):
    result = run(*arguments, text=text)
    assert result.stderr == ""
    return result.stdout


def failure(*arguments, status=1, text=None):
    """The one line that a command puts on standard error, without its "Error: "."""
    result = run(*arguments, text=text, status=status)
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").removesuffix("\n")


def train_failure(*settings, status=1):
    options = [part for setting in settings for part in ("-s", setting)]
    return failure("train", "-c", "small.yaml", "-o", "out", *options, status=status)


def train(*settings, folder="out"):
    """What is printed by a training without a report that is not shared with other tests."""
    options = [part for setting in settings for part in ("-s", setting)]
    return output("train", "-c", "small.yaml", "-o", folder, "--no-report", *options)


def files_in(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def write_files(folder, contents):
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def wincls(*arguments, **options):
    """Run the program in a process of its own."""
    return subprocess.run([*WINCLS, *map(str, arguments)], capture_output=True, timeout=60, **options)


@pytest.fixture(scope="session")
def shared_trainings():
    """What was printed and the files that were written, by settings: see `trained`."""
    return {}


@pytest.fixture
def trained(folder, shared_trainings, tmp_path_factory):
    """As `train` on the files of `folder` as they are at first, but once a session for the same settings."""
    corpora = files_in(folder)

    def training(*settings):
        if settings not in shared_trainings:
            place = tmp_path_factory.mktemp("training")
            write_files(place, corpora)
            with contextlib.chdir(place):
                shared_trainings[settings] = train(*settings), files_in("out")
        printed, results = shared_trainings[settings]
        write_files(Path("out"), results)
        return printed

    return training


# What a word by itself is worth for its labels, against 5 for O.
WORTH = {
    "ada": {"S-PER": 10},
    "bob": {"B-PER": 10, "S-PER": 8},
    "smith": {"E-PER": 10, "S-PER": 8},
    "paris": {"S-LOC": 10},
    "may": {"S-PER": 5.5},
}


@pytest.fixture
def model(folder):
    """The model file of a tagger that knows a few words and looks at no other."""
    tag_set = TagSet(SCHEMES["IOBES"], ("LOC", "PER"))
    n = len(tag_set) - 1
    vectors = np.zeros((len(WORTH) + 2, n), dtype=np.float32)
    for row, worth in enumerate(WORTH.values(), start=2):
        for tag, score in worth.items():
            vectors[row, tag_set.tags.index(tag) - 1] = score
    config = make_config({"data": {"train": "train.conll"}, "window": {"size": 0}, "model": {"hidden": []}})
    tagger = Tagger(
        TokenTables({"word": Vocabulary(WORTH)}),
        [
            Scorer(
                {"L.word": vectors, "U": np.eye(n, dtype=np.float32)},
                ("word",),
                config.model.activation_for(n + 1),
            )
        ],
        tag_set,
        Calibration(
            PlattScaling(np.eye(n + 1)[:, 1:], 5.0 * np.eye(n + 1)[0]),
            PlattScaling(np.eye(n + 1, 2 * n + 1, k=-1) * (np.arange(2 * n + 1) < n), 5.0 * np.eye(n + 1)[0]),
            shares=np.array([0.8, 0.1, 0.1]),
            context_tokens=1000,
        ),
        0,
    )
    save_model(Model(tagger, plain(config)), "model.npz")
    return "model.npz"
