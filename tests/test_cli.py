import errno
import json
import os
import re
import shlex
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tqdm import tqdm

from wincls import __version__
from wincls.cli import main
from wincls.config import load_config, make_config
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.features.tables import TokenTables
from wincls.features.vocabulary import Vocabulary
from wincls.network.activations import Tanh
from wincls.network.scorer import Scorer
from wincls.options import plain
from wincls.reports.formats import FORMATS
from wincls.tagger.calibration import Calibration
from wincls.tagger.model_file import Model, load_model, load_tagger, save_model
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
    options = [part for setting in settings for part in ("-s", setting)]
    return output("train", "-c", "small.yaml", "-o", folder, *options)


def files_in(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def wincls(*arguments, **options):
    """Run the program in a process of its own."""
    return subprocess.run([*WINCLS, *map(str, arguments)], capture_output=True, timeout=60, **options)


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
        [Scorer({"L.word": vectors, "U": np.eye(n, dtype=np.float32)}, ("word",), config.model.activation)],
        tag_set,
        Calibration(
            PlattScaling(np.eye(n + 1)[:, 1:], 5.0 * np.eye(n + 1)[0]),
            PlattScaling(np.eye(n + 1, 2 * n + 1, k=-1) * (np.arange(2 * n + 1) < n), 5.0 * np.eye(n + 1)[0]),
            context_tokens=1000,
        ),
        0,
    )
    save_model(Model(tagger, plain(config)), "model.npz")
    return "model.npz"


# train


def test_training_writes_the_model_its_configuration_and_its_history(folder):
    printed = train("data.test=test.conll")
    assert sorted(files_in("out")) == ["config.yaml", "history.jsonl", "model.npz", "scores.json"]
    assert load_config("out/config.yaml") == load_config("small.yaml", ["data.test=test.conll"])
    assert load_model("out/model.npz").config == plain(load_config("out/config.yaml"))
    assert "Wrote out/model.npz, config.yaml, history.jsonl and scores.json. Now try:\n" in printed


def test_training_says_what_it_works_on(folder, write):
    write("Ada\tPER\nsings\tO\n\nParis\tLOC\nsings\tO\n", "io.conll")
    sizes = "2 sentences, 4 tokens, IO"
    assert train("data.train=io.conll", "data.dev=io.conll", "labels.scheme=BIO").splitlines()[:4] == [
        f"train  io.conll: {sizes}",
        f"dev    io.conll: {sizes}",
        "types  LOC 1, PER 1 (entities of train); BIO labels",
        # Three tokens of 8 + 2 + 2 + 3; tables of 5, 4, 4 and 3 rows (padding and unknown included).
        f"model  45 -> 10 -> 4, {40 + 8 + 8 + 9 + 450 + 10 + 40} parameters with the tables",
    ]


def test_the_history_has_a_line_for_every_epoch(folder):
    train("training.epochs=3")
    lines = [json.loads(line) for line in Path("out/history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    for line in lines:
        assert list(line) == [
            "epoch", "loss", "violations", "rate", "development", "windows", "seconds",
            "development_seconds", "best", "windows_per_second",
        ]  # fmt: skip
        assert set(line["development"]) == {"precision", "recall", "f1"}
        assert line["windows"] > 0
    assert lines[0]["best"] is True


def test_training_prints_a_line_for_every_epoch(folder):
    epochs = re.findall(
        r"^epoch (\d)/3  loss [\d.]+  violations +[\d.]+%  dev P +[\d.]+ R +[\d.]+ F1 +[\d.]+  [\d.]+ s  "
        r"[\d,]+ windows/s(?:  best)?$",
        train("training.epochs=3"),
        re.MULTILINE,
    )
    assert epochs == ["1", "2", "3"]


def test_training_off_a_terminal_prints_plain_lines(folder):
    result = wincls("train", "-c", "small.yaml", "-o", "out")
    assert result.returncode == 0
    assert result.stderr == b""
    assert not re.search(rb"[\r\x1b\x08]", result.stdout)


def test_training_says_that_a_model_will_be_replaced_and_that_a_file_scores_itself(folder):
    assert "Note" not in train()
    printed = train("data.dev=train.conll")
    assert "Note: out/model.npz will be replaced when training is over.\n" in printed
    assert "Note: data.dev is the same file as data.train; its figures will mean nothing.\n" in printed
    again = train("data.test=./dev.conll")
    assert "Note: data.test is the same file as data.dev; its figures will mean nothing.\n" in again


def test_training_says_that_the_development_data_hold_few_entities(folder, write):
    write("Ada B-PER\nsings O\n\n" * 19 + "No O\none O\n", "few.conll")
    few = "the choice of the epoch, the scores of entities\nand the development figures are little"
    assert f"Note: few.conll has 19 entities; with so few, {few} more than chance.\n" in train(
        "data.dev=few.conll"
    )
    write("No O\none O\n\n" * 30, "none.conll")
    printed = train("data.dev=none.conll")
    assert f"Note: none.conll has no entity; with so few, {few} more than chance.\n" in printed
    assert "No epoch found" not in printed


def test_training_says_that_empty_lines_may_be_missing(folder, write):
    write("Ada B-PER\nParis B-LOC\n\n" + "Ada B-PER\nsings O\n" * 251, "long.conll")
    printed = train("data.train=long.conll")
    assert (
        "Note: long.conll:4: a sentence of 502 tokens starts here; are empty lines missing between "
        "sentences?\n"
    ) in printed
    assert "long.conll: 2 sentences, 504 tokens, BIO\n" in printed


def test_training_says_that_it_found_nothing(folder):
    printed = train("schedule={name: constant, rate: 1.0e-12}", "training.patience=1", "training.epochs=3")
    assert "\nBest epoch 3, after " in printed
    assert (
        "\nNo epoch found any correct entity of the development data; try more epochs or a higher "
        "schedule.rate.\n"
    ) in printed


def test_training_again_from_the_written_configuration_gives_the_same_model(folder):
    train("model.activation=tanh", "training.seed=4", folder="first")
    run("train", "-c", "first/config.yaml", "-o", "second")
    first, second = files_in("first"), files_in("second")
    assert first["model.npz"] == second["model.npz"]
    assert first["config.yaml"] == second["config.yaml"]


@pytest.mark.parametrize("results", ["out", "my runs/the 'first' one"])
def test_training_ends_with_a_command_that_works_as_printed(folder, write, results):
    write("Ada lives in Paris.\n", "sample.txt")
    command = train(folder=results).splitlines()[-1]
    assert command == f"  wincls predict {shlex.quote(results + '/model.npz')} sample.txt"
    tagged = output(*shlex.split(command)[1:])
    assert re.sub(r"\[[A-Z]+ ([^]]+)\]", r"\1", tagged) == "Ada lives in Paris.\n"


def test_the_command_has_a_gap_to_fill_where_no_sample_is_at_hand(folder):
    assert train().endswith("\n  wincls predict out/model.npz YOUR_TEXT.txt\n")


def test_results_go_to_a_folder_named_like_the_configuration(folder):
    run("train", "--config", "small.yaml")
    assert sorted(files_in("runs/small")) == ["config.yaml", "history.jsonl", "model.npz", "scores.json"]


def test_the_test_data_are_scored_as_eval_scores_them(folder):
    printed = train("data.test=test.conll")
    table = output("eval", "out/model.npz", "test.conll").split("\nTokens by type")[0]
    assert f"\nTest data, test.conll:\n{table}" in printed


def test_without_test_data_none_are_mentioned(folder):
    assert "Test data" not in train()


def test_the_development_figures_are_called_cross_fitted(folder):
    assert "\nDevelopment data, dev.conll, cross-fitted:\n" in train()


def test_the_final_figures_are_written_beside_the_model(folder):
    printed = train("data.test=test.conll", "training.epochs=3")
    scores = json.loads(Path("out/scores.json").read_text())
    assert scores["epochs"] == 3
    assert f"Best epoch {scores['best_epoch']}, " in printed
    record = json.loads(output("eval", "out/model.npz", "test.conll", "--json"))
    assert scores["test"] == {key: value for key, value in record.items() if key not in ("model", "file")}
    assert f" {100 * scores['dev']['lenient']['micro']['f1']:.2f} " in printed
    train()
    assert json.loads(Path("out/scores.json").read_text())["test"] is None


def test_without_development_data_a_part_of_the_training_data_is_held_out(folder):
    lines = train("data.dev=null", "data.held_out=0.25").splitlines()
    found = [
        re.fullmatch(r"(?:train|dev)  .*: (\d+) sentences, (\d+) tokens, .*", line) for line in lines[:2]
    ]
    (train_sentences, train_tokens), (dev_sentences, dev_tokens) = [map(int, each.groups()) for each in found]
    assert lines[1].startswith("dev    train.conll (held-out part): ")
    assert train_sentences + dev_sentences == 40
    assert 0.2 < dev_tokens / (train_tokens + dev_tokens) < 0.35


def test_a_trained_model_finds_names_it_was_trained_on(folder):
    learning = [
        "optimizer=adam", "schedule={name: constant, rate: 0.01}", "loss=cross_entropy", "training.epochs=20",
        "regularization={dropout_input: 0, dropout_hidden: 0, unknown_rate: 0}",
    ]  # fmt: skip
    train(*learning)
    assert (
        output("predict", "out/model.npz", text="Elin lives in Paris.") == "[PER Elin] lives in [LOC Paris]."
    )


class Interrupted(tqdm):
    """A bar on which Ctrl-C is pressed after some calls."""

    calls = 0

    def update(self, n=1):
        type(self).calls -= 1
        if self.calls < 0:
            raise KeyboardInterrupt
        return super().update(n)


def interrupt_after(steps, monkeypatch):
    monkeypatch.setattr(Interrupted, "calls", steps)
    monkeypatch.setattr("wincls.cli.train.tqdm", Interrupted)


def test_ctrl_c_keeps_the_best_epoch_so_far(folder, monkeypatch):
    settings = [
        "training.batch_size=100000",
        "training.epochs=3",
        "schedule.name=constant",
    ]  # a step an epoch
    train(*settings[:1], "training.epochs=1", settings[2], folder="one")
    interrupt_after(1, monkeypatch)
    printed = train(*settings)
    assert "\nStopped; keeping the best epoch so far.\n\nBest epoch 1, after " in printed
    assert len(Path("out/history.jsonl").read_text().splitlines()) == 1
    stopped, whole = load_tagger("out/model.npz"), load_tagger("one/model.npz")
    for name, array in whole.ensemble[0].parameters.items():
        assert np.array_equal(stopped.ensemble[0].parameters[name], array)


def test_ctrl_c_in_the_first_epoch_leaves_everything_as_it_was(folder, monkeypatch):
    train()
    before = files_in("out")
    interrupt_after(0, monkeypatch)
    assert train_failure("training.seed=2") == "stopped in the first epoch; there is no model yet to keep"
    assert files_in("out") == before


@pytest.mark.parametrize("name", ["history.jsonl", "model.npz", "config.yaml", "scores.json"])
def test_a_write_that_fails_leaves_the_old_file_whole(folder, monkeypatch, name):
    train()
    before = files_in("out")
    replace = Path.replace

    def full_disk(self, target):
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full_disk)
    assert train_failure("training.seed=2") == (
        f"out/{name}: cannot be written (No space left on device); is the disk full?"
    )
    after = files_in("out")
    assert after[name] == before[name]
    assert after.keys() == before.keys()


def test_training_whose_output_nobody_reads_neither_blames_the_disk_nor_feigns_success(folder):
    command = (
        f"{shlex.join(WINCLS)} train -c small.yaml -o out -s training.epochs=300 -s training.patience=300"
    )
    result = subprocess.run(
        ["bash", "-c", f"{command} | head -1; exit ${{PIPESTATUS[0]}}"], capture_output=True, timeout=60
    )
    assert result.stdout.startswith(b"train  train.conll: ")
    assert b"disk" not in result.stderr
    assert result.returncode != 0 or Path("out/model.npz").exists()


# What training refuses


BAD_FILES = {
    "empty.conll": b"",
    "blank.conll": b"\n\n",
    "ragged.conll": b"Ada\tB-PER\nsings\n",
    "prefix.conll": b"Ada\tB-PER\nParis\tQ-LOC\n",
    "bare.conll": b"Ada\tB-PER\nParis\tLOC\n",
    "mixed.conll": b"Ada\tB-PER\nParis\tS-LOC\n\nRome\tU-LOC\n",
    "illegal.conll": b"Ada\tB-PER\nParis\tI-LOC\n\nBob\tI-PER\n",
    "byte.conll": b"Ada\tB-PER\ncaf\xe9\tO\n",
    "nul.conll": b"Ada\tB-PER\nca\0fe\tO\n",
    "outside.conll": b"Ada\tO\n\nsings\tO\n",
    "single.conll": b"Ada\tB-PER\n",
    "organizations.conll": b"Ada\tB-PER\n\nshe\tO\nAcme\tB-ORG\n",
}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data.train=missing.conll", f"missing.conll: {NO_FILE}"),
        ("data.dev=missing.conll", f"missing.conll: {NO_FILE}"),
        ("data.test=missing.conll", f"missing.conll: {NO_FILE}"),
        ("data.train=.", ".: is a folder; a file is needed"),
        (
            "data.train=empty.conll",
            "empty.conll: no sentence found; write one token a line, empty lines between sentences",
        ),
        (
            "data.train=blank.conll",
            "blank.conll: no sentence found; write one token a line, empty lines between sentences",
        ),
        (
            "data.train=ragged.conll",
            "ragged.conll:2: 1 column (delimiter: whitespace); "
            "at least 2 are needed for word column 1 and tag column -1; "
            "fix the row, or set data.word_column, data.tag_column, data.delimiter or data.comment "
            "(--word-column, --tag-column, --delimiter, --comment)",
        ),
        (
            "data.tag_column=4",
            "train.conll:1: 2 columns (delimiter: whitespace); "
            "at least 4 are needed for word column 1 and tag column 4; "
            "fix the row, or set data.word_column, data.tag_column, data.delimiter or data.comment "
            "(--word-column, --tag-column, --delimiter, --comment)",
        ),
        (
            "data.train=prefix.conll",
            "prefix.conll:2: unknown tag 'Q-LOC'; a tag is O or one of the prefixes B, E, I, L, S, U, "
            "a hyphen and a label, as B-LOC; check data.tag_column and data.scheme",
        ),
        (
            "data.train=bare.conll",
            "bare.conll:2: unknown tag 'LOC'; a tag is O or one of the prefixes B, E, I, L, S, U, "
            "a hyphen and a label, as B-LOC; check data.tag_column and data.scheme",
        ),
        (
            "data.train=mixed.conll",
            "mixed.conll:4: tag U-LOC mixes schemes: no scheme has its prefix together with B, S above; "
            "use one of BIO, IOBES, BILOU, IOB1, IO throughout",
        ),
        (
            "data.train=illegal.conll",
            "illegal.conll:2: tag I-LOC after B-PER is not legal in BIO or IOB1 or IOBES or BILOU "
            "(mixed schemes?); fix the tags, or set data.illegal_tags to lenient to read them as conlleval "
            "does",
        ),
        (
            "data.train=byte.conll",
            "byte.conll:2: byte 4 of the line is 0xe9, which is not utf-8; "
            "save the file as utf-8, or set data.encoding (--encoding) to what it is",
        ),
        (
            "data.train=nul.conll",
            "nul.conll:2: a NUL character found; the file is not text, or is damaged",
        ),
        (
            "data.train=outside.conll",
            "outside.conll: every tag is O; there is nothing to learn; check data.tag_column and data.types",
        ),
        (
            "data.types=[LOCK]",
            "data.types: LOCK does not occur in train.conll, which has LOC, PER; did you mean 'LOC'?",
        ),
        (
            "data={train: single.conll, dev: null}",
            "single.conll: one sentence only, none to hold out; give data.dev or more sentences",
        ),
        (
            "data.dev=organizations.conll",
            "organizations.conll:4: type ORG does not occur in train.conll, which has LOC, PER; "
            "fix the tag, or list the types to use in data.types",
        ),
        (
            "data.test=organizations.conll",
            "organizations.conll:4: type ORG does not occur in train.conll, which has LOC, PER; "
            "fix the tag, or list the types to use in data.types",
        ),
    ],
)
def test_bad_corpora_are_refused_with_the_place_and_the_way_out(folder, write, setting, message):
    for name, content in BAD_FILES.items():
        write(content, name)
    assert train_failure(setting) == message
    assert not Path("out/model.npz").exists()


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (None, f"glove.txt: {NO_FILE}"),
        ("", "glove.txt: no vectors found; each line must be a word and its numbers"),
        (
            "ada 1 2 3\nbob 1 2\n",
            "glove.txt:2: 2 numbers; line 1 has 3, and every line must have as many; "
            "the file is damaged or mixes two sets of vectors",
        ),
        (
            "zwei 1 2\nhaus 3 4\n",
            "glove.txt: has vectors for 0.0% of the training tokens only (words are looked up in lower "
            "case); are these vectors of the corpus's language, with lower-cased words?",
        ),
    ],
)
def test_bad_vectors_are_refused(folder, write, vectors, message):
    if vectors is not None:
        write(vectors, "glove.txt")
    assert train_failure("features.word.vectors=glove.txt") == message


def test_bad_configurations_are_refused_with_status_2(folder, write):
    write("data: {train: a\n", "broken.yaml")
    assert failure("train", "-c", "missing.yaml", status=2) == f"missing.yaml: {NO_FILE}"
    assert failure("train", "-c", "broken.yaml", status=2) == (
        "broken.yaml:2:1: not valid YAML (expected ',' or '}', but got '<stream end>'); "
        "check indentation and quotes"
    )
    assert train_failure("optimizer=adem", status=2) == (
        "optimizer: unknown name 'adem'; known are sgd, momentum, adagrad, rmsprop, adam; "
        "did you mean 'adam'?"
    )
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("place", "reason"),
    [("file/out", "Not a directory"), ("file", "File exists"), ("file/a/b", "Not a directory")],
)
def test_a_folder_that_cannot_be_written_is_found_before_any_corpus_is_read(folder, write, place, reason):
    write("", "file")
    assert failure("train", "-c", "small.yaml", "-o", place, "-s", "data.train=missing.conll") == (
        f"{place}: no folder to write to ({reason}); choose another one with --output"
    )


def test_a_training_that_diverges_says_where_and_what_to_do(folder):
    assert train_failure(
        "optimizer=sgd", "schedule={name: constant, rate: 1e30}", "training.batch_size=40"
    ) in [
        f"epoch 1, step {step} of 5: the loss is {loss}, training has diverged; "
        "lower schedule.rate (now 1e+30) or use another optimizer"
        for step in (2, 3)
        for loss in ("nan", "inf")
    ]
    assert not Path("out/model.npz").exists()


@pytest.mark.parametrize("rate", ["1e3", "1e10", "1e30"])
def test_a_training_that_diverges_at_the_end_of_an_epoch_says_so_in_one_line(folder, rate):
    message = train_failure(
        "optimizer=sgd",
        f"schedule={{name: constant, rate: {rate}}}",
        "training.batch_size=100000",
        "training.epochs=9",
        "training.patience=9",
    )
    assert re.match(r"epoch \d", message)
    assert message.endswith(
        f"training has diverged; lower schedule.rate (now {float(rate):g}) or use another optimizer"
    )


@pytest.mark.parametrize(
    "setting",
    [
        "features.word.dimension=1000000000000000",
        "loss.corrupted=100000000000000",
        f"training.seed=0x{'f' * 5000}",
    ],
    ids=["dimension", "corrupted", "seed"],
)
def test_a_number_beyond_all_measure_is_refused_in_one_line(folder, setting):
    result = run("train", "-c", "small.yaml", "-s", "loss=max_margin", "-s", setting, status=None)
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


def test_types_that_only_the_held_out_sentences_have_are_explained(folder, write):
    write("Ada\tB-PER\n\nRome\tB-LOC\n", "two.conll")
    result = CliRunner().invoke(
        main, ["train", "-c", "small.yaml", "-s", "data={train: two.conll, dev: null}"]
    )
    assert "does not occur in two.conll" not in result.output


# eval


# Of "Paris PER, Smith PER" the model makes Paris LOC, Smith PER.
GOLD = "Ada\tS-PER\nsings\tO\n\nParis\tB-PER\nSmith\tE-PER\nParis\tS-LOC\nhere\tS-LOC\n"


def test_eval_prints_the_scores_and_the_confusion(model, write):
    write(GOLD, "gold.conll")
    printed = output("eval", model, "gold.conll")
    rows = [line.split() for line in printed.splitlines()]
    assert rows[:4] == [
        ["precision", "recall", "F1", "support", "predicted", "correct"],
        ["LOC", "50.00", "50.00", "50.00", "2", "2", "1"],
        ["PER", "50.00", "50.00", "50.00", "2", "2", "1"],
        ["all", "50.00", "50.00", "50.00", "4", "4", "2"],
    ]
    assert "\nToken accuracy 50.00 % (6 tokens, 2 sentences).\n" in printed
    assert printed.endswith("""
Tokens by type:
gold \\ predicted  LOC  PER  O
LOC                 1    0  1
PER                 1    2  0
O                   0    0  1
""")


def test_eval_shows_entities_seen_in_training_apart_from_others(folder, write):
    write("Ada\tB-PER\nsings\tO\n\nRome\tB-LOC\nsings\tO\n", "train.conll")
    write("Ada\tB-PER\n\nZoe\tB-PER\nZoe\tB-PER\n", "gold.conll")
    train("data.dev=train.conll", folder="out")
    record = json.loads(output("eval", "out/model.npz", "gold.conll", "--json"))
    assert {novelty: counts["support"] for novelty, counts in record["novelty"].items()} == {
        "seen": 1,
        "unseen": 2,
    }
    assert re.search(r"^unseen in training ", output("eval", "out/model.npz", "gold.conll"), re.MULTILINE)


def test_eval_lists_mistakes_on_request(model, write):
    write(GOLD, "gold.conll")
    printed = output("eval", model, "gold.conll", "--errors")
    assert printed.startswith(output("eval", model, "gold.conll"))
    assert "gold.conll:7: gold [LOC here]\n    Paris Smith Paris here\n" in printed
    assert printed.count("gold.conll:") == 3


def test_eval_lists_mistakes_as_json_on_request(model, write):
    write(GOLD, "gold.conll")
    plain_record = json.loads(output("eval", model, "gold.conll", "--json"))
    record = json.loads(output("eval", model, "gold.conll", "--json", "--errors"))
    assert len(record.pop("mistakes")) == 3
    assert record == plain_record


def test_eval_as_json_agrees_with_the_tables(model):
    printed = output("eval", model, "test.conll")
    record = json.loads(output("eval", model, "test.conll", "--json"))
    assert (record["model"], record["file"]) == (model, "test.conll")
    for name, counts in [*record["lenient"]["types"].items(), ("all", record["lenient"]["micro"])]:
        shares = [f"{100 * counts[key]:.2f}" for key in ("precision", "recall", "f1")]
        numbers = [str(counts[key]) for key in ("support", "predicted", "correct")]
        assert [name, *shares, *numbers] in [line.split() for line in printed.splitlines()]
    accuracy = f"Token accuracy {100 * record['token_accuracy']:.2f} % ({record['tokens']:,} tokens, "
    assert f"{accuracy}{record['sentences']} sentences)." in printed
    assert sum(cell["tokens"] for cell in record["confusion"]) == record["tokens"]


def test_eval_names_the_types_that_the_model_does_not_know(model, write):
    write("Ada\tB-PER\nAcme\tB-ORG\n", "gold.conll")
    assert "\nThe model does not know the type ORG.\n" in output("eval", model, "gold.conll")
    write("Ada\tB-DOG\nAcme\tB-ORG\n", "gold.conll")
    assert "\nThe model does not know the types DOG, ORG.\n" in output("eval", model, "gold.conll")


def test_eval_reads_columns_as_requested(model, write):
    write("# no token\n1\tAda\tS-PER\tx y\n# no token\n2\tsings\tO\tz\n", "gold.tsv")
    options = ["--word-column", "2", "--tag-column", "3", "--delimiter", "tab", "--comment", "#"]
    record = json.loads(output("eval", model, "gold.tsv", "--json", *options))
    assert (record["tokens"], record["lenient"]["micro"]["f1"]) == (2, 1.0)


def test_eval_reads_columns_as_training_did(folder, write):
    write("// no token\nAda_B-PER_Ada\n".replace("_", "\t") * 2 + "\nsings\tO\tsings\n", "odd.tsv")
    settings = ["train: odd.tsv", "dev: odd.tsv", "word_column: 3", "tag_column: 2", "comment: //"]
    train(f"data={{{', '.join(settings)}}}")
    assert json.loads(output("eval", "out/model.npz", "odd.tsv", "--json"))["tokens"] == 3


def test_eval_reads_illegal_tags_only_on_request(model, write):
    write("Ada\tI-PER\nParis\tE-LOC\n", "gold.conll")
    assert failure("eval", model, "gold.conll").startswith(
        "gold.conll:1: tag I-PER at the start of a sentence"
    )
    assert re.search(
        r"^all +100.00  100.00  100.00 ", output("eval", model, "gold.conll", "--lenient"), re.MULTILINE
    )


def test_eval_reads_tags_of_any_scheme_whatever_the_training_data_had(folder, write):
    write("Ada\tB-PER\nSmith\tE-PER\n", "gold.conll")
    train("data.scheme=BIO")
    record = json.loads(output("eval", "out/model.npz", "gold.conll", "--json"))
    assert record["lenient"]["micro"]["support"] == 1


def test_eval_refuses_the_column_of_the_words_as_tags(model):
    assert failure("eval", model, "test.conll", "--word-column", "2", "--tag-column", "2", status=2) == (
        "--tag-column: 2 is the column of the words too"
    )


def test_eval_of_a_model_of_some_types_leaves_the_others_out(folder):
    train("data.types=[LOC]")
    assert set(json.loads(output("eval", "out/model.npz", "dev.conll", "--json"))["lenient"]["types"]) == {
        "LOC"
    }


def test_a_column_0_is_refused(model):
    for option in ("--word-column", "--tag-column"):
        assert failure("eval", model, "dev.conll", option, "0", status=2) == (
            f"{option}: found 0; columns are counted from 1, or from the right from -1"
        )


# predict


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


def damaged(content):
    return content[:1000] + bytes(100) + content[1100:]


@pytest.mark.parametrize("command", ["predict", "eval"])
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


@pytest.mark.parametrize("command", ["predict", "eval"])
def test_an_archive_of_something_else_is_refused(folder, command):
    np.savez("other.npz", weights=np.zeros(3))
    assert failure(command, "other.npz", "dev.conll") == (
        "other.npz: an archive, but not a model file of wincls; give the model.npz of a training"
    )
    assert failure(command, "missing.npz", "dev.conll") == f"missing.npz: {NO_FILE}"
    assert failure(command, ".", "dev.conll") == ".: is a folder; a file is needed"


def test_output_to_a_pipe_goes_into_the_pipe(model):
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        run("predict", model, "-o", "pipe", text="Ada\n")
        assert stat.S_ISFIFO(Path("pipe").stat().st_mode)
        assert os.read(reader, 1000) == b"[PER Ada]\n"
    finally:
        os.close(reader)


# gradcheck


def test_gradcheck_finds_the_gradients_right(folder):
    printed = output("gradcheck", "-c", "small.yaml", "--points", "5")
    assert printed.endswith("\nAll gradients checked agree with centered differences to 1e-05.\n")
    rows = [line.split() for line in printed.splitlines()[1:-2]]
    assert [row[0] for row in rows] == ["L.word", "L.caps", "L.shape", "L.suffix2", "W1", "b1", "U"]
    assert {row[-1] for row in rows} == {"ok"}


def test_gradcheck_needs_no_configuration():
    printed = output(
        "gradcheck", "--points", "1", "-s", "model.hidden=[4]", "-s", "features.word.dimension=2"
    )
    assert printed.endswith("\nAll gradients checked agree with centered differences to 1e-05.\n")


def test_gradcheck_fails_if_a_gradient_is_wrong(folder, monkeypatch):
    monkeypatch.setattr(Tanh, "df", lambda self, z, a: a * a)
    options = ["-s", "model.activation=tanh", "--points", "20"]
    result = run("gradcheck", "-c", "small.yaml", *options, status=1)
    assert result.stderr == (
        "Wrong gradients: L.word, L.caps, L.shape, L.suffix2, W1, b1 (relative error above 1e-05).\n"
    )
    assert "All gradients agree" not in result.stdout
    assert re.search(r"^W1 .* WRONG$", result.stdout, re.MULTILINE)
    assert re.search(r"^U .* ok$", result.stdout, re.MULTILINE)


def test_gradcheck_looks_at_the_penalties_too(folder, monkeypatch):
    def penalty_without_gradient(parameters, gradients, penalized, l2, l1):
        return l2 * sum(float((parameters[name] ** 2).sum()) for name in penalized)

    monkeypatch.setattr("wincls.training.step.add_penalty", penalty_without_gradient)
    options = ["gradcheck", "-c", "small.yaml", "--points", "5", "-s"]
    run(*options, "regularization.l2=0")
    result = run(*options, "regularization.l2=0.1", status=1)
    assert result.stderr.startswith("Wrong gradients: ")


def test_gradcheck_refuses_bad_settings():
    assert failure("gradcheck", "-s", "model.hidden=3", status=2) == (
        "model.hidden: found 3; allowed is a list, each an integer at least 1; write [3]"
    )
    overwriting = ["-s", "loss.margin=2", "-s", "loss=multiclass_hinge"]
    assert failure("gradcheck", *overwriting, status=2) == (
        "--set loss=multiclass_hinge: overwrites the loss.margin set before it; give it first"
    )


# wincls pretrain


RAIN = "In Oslo it rains. In Lima it rains too!\nThe train to Oslo was late. The train to Lima was late.\n"


def test_pretrain_writes_vectors_that_train_reads(folder, write):
    write(RAIN * 3, "text.txt")
    printed = output("pretrain", "text.txt", "-o", "vectors.txt", "--dimension", "5")
    words = ["in", "oslo", "it", "rains", ".", "lima", "too", "!", "the", "train", "to", "was", "late"]
    assert printed == (
        "75 tokens; wrote vectors of 5 numbers for 13 words, all that occur\n"
        "2 times or more beside others, to vectors.txt. Now try:\n"
        "  wincls train --config YOUR.yaml --set features.word.vectors=vectors.txt\n"
    )
    first, *rows = Path("vectors.txt").read_text().splitlines()
    assert first == "13 5"
    assert sorted(row.split()[0] for row in rows) == sorted(words)
    assert {len(row.split()) for row in rows} == {6}
    assert "vectors for" in train("features.word.vectors=vectors.txt")


def test_pretrain_reads_several_files_columns_and_standard_input(folder, write):
    plain_text = "Ada sings here. Ada sings there.\n"
    columns = "".join(
        f"1\tAda\tB-PER\n2\tsings\tO\n3\t{where}\tO\n4\t.\tO\n\n" for where in ("here", "there")
    )
    write(plain_text, "one.txt")
    write(columns, "one.conll")
    output("pretrain", "one.txt", "-o", "a")
    output("pretrain", "-", "-o", "b", text=plain_text)
    output("pretrain", "one.conll", "-o", "c", "--input", "conll", "--word-column", "2")
    assert Path("a").read_text() == Path("b").read_text() == Path("c").read_text()
    output("pretrain", "one.txt", "one.txt", "-o", "d")
    assert len(Path("d").read_text().splitlines()) > len(Path("a").read_text().splitlines())


def test_neighbors_continue_over_line_ends_only_in_wrapped_text(folder, write):
    write("a b\nc d\n\n" * 5, "text.txt")
    output("pretrain", "text.txt", "-o", "lines")
    output("pretrain", "text.txt", "-o", "wrapped", "--wrapped")
    assert Path("lines").read_text() != Path("wrapped").read_text()


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["gone.txt", "-o", "v"], f"gone.txt: {NO_FILE}", 1),
        (
            ["once.txt", "-o", "v"],
            "once.txt: too little text: no word occurs 2 times beside another that does; "
            "vectors need much more",
            1,
        ),
        (["once.txt", "-o", "once.txt"], "--output: once.txt is read as well; choose another file", 2),
        (["once.txt", "-o", "v", "--word-column", "2"], "--word-column: only with --input conll", 2),
        (
            ["once.txt", "-o", "v", "-i", "conll", "--word-column", "0"],
            "--word-column: found 0; columns are counted from 1, or from the right from -1",
            2,
        ),
    ],
)
def test_what_pretrain_cannot_read_or_write(folder, write, arguments, message, status):
    write("each word once", "once.txt")
    before = files_in(".")
    assert failure("pretrain", *arguments, status=status) == message
    assert files_in(".") == before


def test_a_pretraining_that_fails_leaves_the_old_vectors_whole(folder, write):
    write("old", "v")
    write(b"a a\n\xff\n", "bad.txt")
    assert failure("pretrain", "bad.txt", "-o", "v").startswith("bad.txt:2: ")
    assert Path("v").read_text() == "old"


# The program


@pytest.mark.parametrize("command", ["train", "pretrain", "eval", "predict", "gradcheck"])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_shows_examples(command, option):
    examples = output(command, option).split("Examples:\n")[1].split("\n\n")[0].splitlines()
    assert len(examples) >= 2
    assert all(re.match(rf" +(echo .* \| )?wincls {command}\b", line) for line in examples)


def test_the_main_help_names_every_command():
    printed = output("--help")
    for command in ("train", "pretrain", "eval", "predict", "gradcheck"):
        assert re.search(rf"^  {command} +\w", printed, re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["predict"],
        ["eval", "model.npz"],
        ["tag"],
        ["predict", "m", "--format", "html"],
        ["predict", "m", "--min-score", "1.5"],
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


@pytest.mark.parametrize(
    "command", ["predict MODEL test.conll", "eval MODEL test.conll", "train -c small.yaml"]
)
def test_a_closed_standard_output_is_one_line(model, command):
    command = f"{shlex.join(WINCLS)} {command.replace('MODEL', model)} >&-"
    result = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert result.returncode == 1
    assert result.stderr == b"Error: standard output is closed; send it to a file instead\n"


def test_a_closed_standard_error_is_no_reason_to_stop(folder):
    command = f"{shlex.join(WINCLS)} train -c small.yaml -o out 2>&-"
    assert subprocess.run(["bash", "-c", command], capture_output=True, timeout=60).returncode == 0
    assert Path("out/model.npz").exists()


def test_a_name_of_a_file_may_be_no_utf8(model):
    name = os.fsdecode(b"n\xff.txt")
    Path(name).write_text("Ada\n")
    lines = wincls("predict", model, "--format", "jsonl", name, name)
    assert (lines.returncode, lines.stderr) == (0, b"")
    assert [json.loads(line)["meta"]["file"] for line in lines.stdout.splitlines()] == ["n\ufffd.txt"] * 2


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


def test_eval_says_that_a_model_knows_the_file(folder, model):
    warning = "The model was trained or calibrated on this file; on new text it will do worse."
    train(folder="own")
    assert warning in output("eval", "own/model.npz", "train.conll")
    assert warning in output("eval", "own/model.npz", "dev.conll")
    assert warning not in output("eval", "own/model.npz", "test.conll")
