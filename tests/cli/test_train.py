"""`wincls train`."""

import errno
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tqdm import tqdm

from tests.cli.conftest import NO_FILE, WINCLS, failure, files_in, output, run, train, train_failure, wincls
from wincls.cli import main
from wincls.config import load_config
from wincls.options import plain
from wincls.tagger.model_file import load_model, load_tagger

WITH_TEST = ("data.test=test.conll", "training.epochs=3")


def test_training_writes_the_model_its_configuration_and_its_history(trained):
    printed = trained(*WITH_TEST)
    assert sorted(files_in("out")) == [
        "config.yaml",
        "history.jsonl",
        "model.npz",
        "scores.json",
        "times.jsonl",
    ]
    assert load_config("out/config.yaml") == load_config("small.yaml", WITH_TEST)
    assert load_model("out/model.npz").config == plain(load_config("out/config.yaml"))
    assert "Wrote out/model.npz, config.yaml, history.jsonl and scores.json. Now try:\n" in printed


def test_training_says_what_it_works_on(folder, write):
    write("Ada\tPER\nsings\tO\n\nParis\tLOC\nsings\tO\n", "io.conll")
    sizes = "2 sentences, 4 tokens, columns, IO"
    assert train("data.train=io.conll", "data.dev=io.conll", "labels.scheme=BIO").splitlines()[:6] == [
        f"train  io.conll: {sizes}",
        f"dev    io.conll: {sizes}",
        "types  LOC 1, PER 1 (entities of train); BIO labels",
        # Three tokens of 8 + 2 + 2 + 3; tables of 5, 4, 4 and 3 rows (padding and unknown included).
        f"model  45 -> 10 -> 4, {40 + 8 + 8 + 9 + 450 + 10 + 40} parameters with the tables",
        "tokenizer  as English newswire; cuts 0.0% of the training tokens differently",
        "steps  1 an epoch, of about 4 windows",
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["data.dev=train.conll"], r"\d an epoch, of about 30 windows"),
        (
            ["model.ensemble=2", "data.dev=uneven.conll", "training.batch_size=10"],
            r"(?P<low>\d+) to (?P<high>\d+) an epoch, of about 10 windows",
        ),
        (
            ["training.batches=windows", "structured_hinge.weight=0", "training.batch_size=1"],
            r"\d\d an epoch, of 1 true window",
        ),
        (
            ["training.batches=windows", "structured_hinge.weight=0", "loss=cross_entropy"],
            r"\d an epoch, of 30 windows",
        ),
    ],
)
def test_training_says_how_many_steps_an_epoch_has(folder, write, settings, expected):
    write("Ada B-PER\nsings O\n\n" * 5 + "Ada B-PER\n" + "sings O\n" * 40, "uneven.conll")
    (line,) = [line for line in train(*settings, "training.epochs=1").splitlines() if line[:5] == "steps"]
    found = re.fullmatch(f"steps  {expected}", line)
    assert found
    if found.groupdict():
        assert int(found["low"]) < int(found["high"])


def test_the_history_has_a_line_for_every_epoch(trained):
    trained(*WITH_TEST)
    lines = [json.loads(line) for line in Path("out/history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    for line in lines:
        assert list(line) == [
            "epoch", "loss", "violations", "rate", "development", "windows", "best",
        ]  # fmt: skip
        assert set(line["development"]) == {"precision", "recall", "f1"}
        assert line["windows"] > 0
    assert lines[0]["best"] is True
    times = [json.loads(line) for line in Path("out/times.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in times] == [1, 2, 3]
    for line in times:
        assert list(line) == ["epoch", "seconds", "development_seconds", "windows_per_second"]
        assert min(line.values()) > 0


def test_training_prints_a_line_for_every_epoch(trained):
    epochs = re.findall(
        r"^epoch (\d)/3  loss [\d.]+  violations +[\d.]+%  dev P +[\d.]+ R +[\d.]+ F1 +[\d.]+  [\d.]+ s  "
        r"[\d,]+ windows/s(?:  best)?$",
        trained(*WITH_TEST),
        re.MULTILINE,
    )
    assert epochs == ["1", "2", "3"]


def test_training_off_a_terminal_prints_plain_lines(folder):
    result = wincls("train", "-c", "small.yaml", "-o", "out")
    assert result.returncode == 0
    assert result.stderr == b""
    assert not re.search(rb"[\r\x1b\x08]", result.stdout)


def test_training_says_that_a_model_will_be_replaced_and_that_a_file_scores_itself(trained):
    first = trained()
    assert "will be replaced" not in first and "same file" not in first
    printed = train("data.dev=train.conll")
    assert "Note: out/model.npz will be replaced when training is over.\n" in printed
    assert "Note: data.dev is the same file as data.train; its figures will mean nothing.\n" in printed
    again = train("data.test=./dev.conll")
    assert "Note: data.test is the same file as data.dev; its figures will mean nothing.\n" in again


def test_training_says_that_the_development_data_hold_few_entities(folder, write):
    write("Ada B-PER\nsings O\n\n" * 19 + "No O\none O\n", "few.conll")
    few = "the choice of the epoch, the scores of entities\nand the development figures are little"
    more = "wincls crossval scores all sentences."
    assert f"Note: few.conll has 19 entities; with so few, {few} more than chance. {more}\n" in train(
        "data.dev=few.conll"
    )
    write("No O\none O\n\n" * 30, "none.conll")
    printed = train("data.dev=none.conll")
    assert f"Note: none.conll has no entity; with so few, {few} more than chance. {more}\n" in printed
    assert "No epoch found" not in printed


def test_training_says_that_empty_lines_may_be_missing(folder, write):
    write("Ada B-PER\nParis B-LOC\n\n" + "Ada B-PER\nsings O\n" * 251, "long.conll")
    printed = train("data.train=long.conll")
    assert (
        "Note: long.conll:4: a sentence of 502 tokens starts here; are empty lines missing between "
        "sentences?\n"
    ) in printed
    assert "long.conll: 2 sentences, 504 tokens, columns, BIO\n" in printed


def test_training_says_that_it_found_nothing(folder):
    printed = train("schedule={name: constant, rate: 1.0e-12}", "training.patience=1", "training.epochs=3")
    assert "\nBest epoch 3, after " in printed
    assert "\nNote: No epoch found a correct entity: the loss hardly fell (" in printed
    assert "); try schedule.rate=1e-11 (now 1e-12).\n" in printed


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


def test_the_command_has_a_gap_to_fill_where_no_sample_is_at_hand(trained):
    assert trained().endswith("\n  wincls predict out/model.npz YOUR_TEXT.txt\n")


def test_results_go_to_a_folder_named_like_the_configuration(folder):
    run("train", "--config", "small.yaml")
    assert sorted(files_in("runs/small")) == [
        "config.yaml",
        "history.jsonl",
        "model.npz",
        "report.html",
        "scores.json",
        "times.jsonl",
    ]


def test_the_test_data_are_scored_as_eval_scores_them(trained):
    printed = trained(*WITH_TEST)
    table = output("eval", "out/model.npz", "test.conll").split("\nPartial matches")[0]
    assert f"\nTest data, test.conll:\n{table}" in printed


def test_without_test_data_none_are_mentioned(trained):
    assert "Test data" not in trained()


def test_the_development_figures_are_called_cross_fitted(trained):
    assert "\nDevelopment data, dev.conll, cross-fitted:\n" in trained()


def test_the_final_figures_are_written_beside_the_model(trained):
    printed = trained(*WITH_TEST)
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
    assert (
        "\nStopped; keeping the best epoch so far. --resume goes on from here.\n\nBest epoch 1, after "
        in printed
    )
    assert len(Path("out/history.jsonl").read_text().splitlines()) == 1
    stopped, whole = load_tagger("out/model.npz"), load_tagger("one/model.npz")
    for name, array in whole.ensemble[0].parameters.items():
        assert np.array_equal(stopped.ensemble[0].parameters[name], array)


def test_ctrl_c_in_the_first_epoch_leaves_everything_as_it_was(trained, monkeypatch):
    trained()
    before = files_in("out")
    interrupt_after(0, monkeypatch)
    assert train_failure("training.seed=2") == "stopped in the first epoch; there is no model yet to keep"
    assert files_in("out") == before


@pytest.mark.parametrize("name", ["history.jsonl", "model.npz", "config.yaml", "scores.json"])
def test_a_write_that_fails_leaves_the_old_file_whole(trained, monkeypatch, name):
    trained()
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
    if name != "history.jsonl":  # which is written after the first epoch
        assert Path("out/checkpoint/checkpoint.json").exists()  # the training is not lost
    shutil.rmtree("out/checkpoint", ignore_errors=True)
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


def test_a_closed_standard_error_is_no_reason_to_stop(folder):
    command = f"{shlex.join(WINCLS)} train -c small.yaml -o out 2>&-"
    assert subprocess.run(["bash", "-c", command], capture_output=True, timeout=60).returncode == 0
    assert Path("out/model.npz").exists()


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
        ("data.train=nothing", "nothing: no file in this folder; name a folder with annotated files"),
        (
            "data.train='*.iob'",
            "*.iob: no file matches; check the pattern (relative ones start at the current folder)",
        ),
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
            "prefix.conll:2: unknown tag 'Q-LOC'; a tag is O or one of the prefixes B, E, I, L, M, S, U, W, "
            "a hyphen and a label, as B-LOC; check data.tag_column and data.scheme (IO reads every tag as a "
            "label)",
        ),
        (
            "data.train=bare.conll",
            "bare.conll:2: unknown tag 'LOC'; a tag is O or one of the prefixes B, E, I, L, M, S, U, W, "
            "a hyphen and a label, as B-LOC; check data.tag_column and data.scheme (IO reads "
            "every tag as a label)",
        ),
        (
            "data.train=mixed.conll",
            "mixed.conll:4: tag U-LOC mixes schemes: no scheme has its prefix together with B, S above; "
            "use one of BIO, IOBES, BILOU, IOB1, IO, IOE1, IOE2, BMES, BMEWO, BIEWO throughout",
        ),
        (
            "data={train: illegal.conll, illegal_tags: error}",
            "illegal.conll:2: tag I-LOC after B-PER is not legal in BIO or IOB1 or IOBES or BILOU or BIEWO "
            "(mixed schemes?); fix the tags, or set data.illegal_tags to lenient to read them as conlleval "
            "does",
        ),
        (
            "data.train=byte.conll",
            "byte.conll:2: byte 4 of the line is 0xe9, which is not utf-8; the file looks like cp1252; "
            "if it is, set data.encoding (--encoding) to cp1252",
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
    ],
)
def test_bad_corpora_are_refused_with_the_place_and_the_way_out(folder, write, setting, message):
    for name, content in BAD_FILES.items():
        write(content, name)
    Path("nothing").mkdir()
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
            "glove.txt: has vectors for 0.0% of the training tokens only (words are looked up as they "
            "are, then in lower case); are these vectors of the corpus's language?",
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
    text = f"training has diverged; lower schedule.rate (now {float(rate):g}) or use another optimizer"
    assert message.endswith((text, f"{text}; the model of epoch 1 was saved in out"))
    assert Path("out/model.npz").exists() == message.endswith("out")


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


def test_a_warm_start_says_what_it_takes(trained):
    trained()
    Path("train.conll").write_text("Acme\tB-COMPANY\n.\tO\n\n" + Path("train.conll").read_text())
    printed = output(
        "train", "-c", "small.yaml", "-o", "more", "--init", "out/model.npz", "--date", "2026-01-05",
        "-s", "training.epochs=1", "-s", "features.caps=2",
    )  # fmt: skip
    words = load_tagger("out/model.npz").tables.vocabularies["word"].keys
    assert "start  out/model.npz\n" in printed
    assert f"keys   word {len(words)} of {len(words) + 1}, caps " in printed
    assert "layers W1, U (8 tags)\n" in printed
    assert "not taken" not in printed
    assert load_model("more/model.npz").provenance["date"] == "2026-01-05"
    printed = output(
        "train", "-c", "small.yaml", "-o", "more", "--init", "out/model.npz",
        "-s", "training.epochs=1", "-s", "window.size=2",
    )  # fmt: skip
    assert "layers none taken\nnot taken: layers (the model has window.size 1, combine" in printed


def test_a_bad_model_to_start_from_is_refused_before_anything_is_read(folder):
    arguments = ("train", "-c", "small.yaml", "-o", "new", "-s", "data.train=missing", "--init")
    assert failure(*arguments, "old.npz").startswith("old.npz: no such file")
    message = "train.conll: not a model file of wincls; give the model.npz that training wrote"
    assert failure(*arguments, "train.conll") == message
    assert not Path("new").exists()


def columns_of(*sentences):
    """Sentences of words with the tag after a bar, O if there is none."""
    rows = [[[*each.split("|"), "O"][:2] for each in sentence.split()] for sentence in sentences]
    return "\n".join("".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in rows)


def test_the_tokenizer_is_learned_and_shown_and_kept(folder, write):
    write(columns_of(*["A Paris|LOC - led firm 's boss .", "No one - ever ."] * 20), "train.conll")
    printed = train("data.dev=train.conll", "data.illegal_tags=lenient")
    line = next(each for each in printed.splitlines() if each.startswith("tokenizer"))
    assert line == "tokenizer  splits hyphens in words; cuts 0.0% of the training tokens differently"
    tagger = load_model("out/model.npz").tagger
    assert tagger("The Rome-based one's").sentences[0].tokens == ["The", "Rome", "-", "based", "one", "'s"]
    assert tagger.familiar.scripts == ("LATIN",)
    assert tagger.familiar.length == pytest.approx((1 + 5 + 3 + 4 + 4 + 2 + 3 + 4) / 8)
    assert tagger.familiar.unknown == 0


def test_unknown_words_are_those_that_train_does_not_have(folder, write):
    write(columns_of(*["Ada|PER lives in Lima|LOC ."] * 20), "train.conll")
    write(columns_of(*["Bob|PER lives in Lima|LOC ."] * 20), "dev.conll")
    train("model.ensemble=2")  # each is trained on half of dev
    assert load_model("out/model.npz").tagger.familiar.unknown == 0.25


@pytest.mark.parametrize(
    ("sentences", "note"),
    [
        (["ผม รัก กรุงเทพ|LOC", "ผม รัก เขา|PER"], "words of the script Thai have no spaces between them"),
        (["小明|PER 昨天 到 上海|LOC", "他 走"], "words of the script Han have no spaces between them"),
        (
            [f"Ada|PER sings {a}{b})" for a in "abcd" for b in "efgh"],
            "the tokenizer would cut 31.4% of the tokens differently, such as ae)  af)  ag)  ah)  be);",
        ),
    ],
)
def test_training_warns_if_raw_text_will_be_cut_differently(folder, write, sentences, note):
    write(columns_of(*sentences, "in Lima|LOC ."), "train.conll")
    assert f"Note: train.conll: {note}" in train("data.dev=train.conll", "training.epochs=1")
