"""Report pages: of `wincls train`, and of `wincls eval --html`."""

import contextlib
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import failure, files_in, output, run, write_files
from wincls import extras
from wincls.config import load_config
from wincls.errors import TrainingError, WinclsError
from wincls.tagger.model_file import load_model
from wincls.training.loop import Training
from wincls.training.run import Run

MISSING = "jinja2 and matplotlib are not installed; run pip install 'wincls[report]'"
GOLD = "Ada\tS-PER\nsings\tO\n\nParis\tB-PER\nSmith\tE-PER\nParis\tS-LOC\nhere\tS-LOC\n"


def train(*settings, folder="out"):
    options = [part for setting in settings for part in ("-s", setting)]
    return output("train", "-c", "small.yaml", "-o", folder, *options)


def page(path="out/report.html"):
    return Path(path).read_text(encoding="utf-8")


def test_training_writes_a_page_about_its_development_data(folder):
    printed = train("data.test=test.conll")
    assert "Wrote out/model.npz, config.yaml, history.jsonl, scores.json and report.html. Now try:" in printed
    text = page()
    for part in (
        "development data, dev.conll, cross-fitted",
        "test data, test.conll",
        "Windows of the develop",
    ):
        assert part in text
    assert load_model("out/model.npz").digest in text
    # The figures are those that are printed.
    (f1,) = (line.split()[3] for line in printed.split("Test data")[0].splitlines() if line[:4] == "all ")
    assert f"<dt><bdi>development F1</bdi></dt><dd><bdi>{f1}</bdi></dd>" in text


def test_the_same_training_gives_the_same_page_however_it_was_interrupted(folder, tmp_path):
    corpora = {path.name: path.read_bytes() for path in folder.iterdir()}
    train("training.epochs=3")
    other = tmp_path / "other"
    write_files(other, corpora)
    with contextlib.chdir(other):
        with Run(load_config("small.yaml", ["training.epochs=3"]), Path("out")) as stopped:
            for _ in stopped.epochs():
                break
        again = run("train", "-c", "small.yaml", "-o", "out", "-s", "training.epochs=3", "--resume").stdout
        assert "Going on after epoch 1 of 3." in again
    assert page(other / "out/report.html") == page()


def test_a_training_that_is_killed_while_it_writes_the_page_writes_it_when_it_is_resumed(folder, monkeypatch):
    train()
    whole = files_in("out")
    shutil.rmtree("out")

    class Killed(BaseException):
        pass

    def kill(*arguments):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("wincls.cli.pages.page_bytes", kill)
        patched.setattr(Run, "__exit__", lambda run, *error: run._stack.__exit__(*error))  # nor is that run
        train()
    assert load_model("out/model.npz") and not Path("out/report.html").exists()
    output("train", "-c", "small.yaml", "-o", "out", "--resume")
    assert {name: content for name, content in files_in("out").items() if name != "times.jsonl"} == {
        name: content for name, content in whole.items() if name != "times.jsonl"
    }


@pytest.mark.parametrize(
    ("settings", "found", "missing"),
    [
        (["loss=cross_entropy"], "correct class - best other class", "s_c, corrupted"),
        (["loss=cross_entropy", "decision=argmax"], "There is no reliability diagram", "calibration error"),
        (["decision=threshold", "labels.scheme=IO"], "There is no reliability diagram", "calibration error"),
        (["loss={name: multiclass_hinge, margin: 2}"], "(dashed: the margin, 2)", "s_c, corrupted"),
        (["model.ensemble=2"], "s_c, corrupted", "There is no reliability diagram"),
        (["model.ensemble=2", "training.train_on_dev=false"], "s_c, corrupted", "no reliability diagram"),
        (["schedule={name: constant, rate: 1.0e-12}", "training.epochs=1"], 'id="mistakes"', "Traceback"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_loss_and_decision_gets_what_makes_sense_for_it(folder, settings, found, missing):
    train(*settings)
    assert found in page() and missing not in page()


def test_development_data_without_entities_have_a_page(folder, write):
    write("No O\none O\n\n" * 30, "none.conll")
    train("data.dev=none.conll")
    assert "none.conll has no entity" in page()


def test_no_report_is_written_on_request(folder):
    printed = output("train", "-c", "small.yaml", "-o", "out", "--no-report")
    assert "Wrote out/model.npz, config.yaml, history.jsonl and scores.json. Now try:" in printed
    assert "report.html" not in printed and not Path("out/report.html").exists()


def test_without_the_extra_training_says_how_to_get_it_and_removes_the_page_of_the_model_before(
    folder, monkeypatch
):
    train()
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    printed = train()
    assert f"\nNo report.html: {MISSING}\n" in printed
    assert Path("out/model.npz").exists() and not Path("out/report.html").exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("a\nb"), "the page could not be made (ValueError a b)"),
        (MemoryError(), "the page could not be made (MemoryError)"),
        (WinclsError("out/report.html: is the disk full?"), "out/report.html: is the disk full?"),
    ],
)
def test_a_page_that_fails_never_costs_the_model(folder, monkeypatch, error, said):
    def fail(*arguments):
        raise error

    monkeypatch.setattr("wincls.cli.pages.page_bytes", fail)
    printed = train()
    (line,) = [line for line in printed.splitlines() if line.startswith("No report.html")]
    assert line == f"No report.html: {said}"
    assert load_model("out/model.npz").tagger.labels == ("LOC", "PER")
    assert not list(Path("out").glob(".*"))


def test_a_training_that_diverges_later_leaves_the_page_of_its_best_epoch(folder, monkeypatch):
    develop = Training._develop

    def failing(self, epoch, *arguments):
        if epoch == 2:
            raise TrainingError("diverged")
        return develop(self, epoch, *arguments)

    monkeypatch.setattr(Training, "_develop", failing)
    message = failure("train", "-c", "small.yaml", "-o", "out")
    assert message == "diverged; the model of epoch 1 was saved in out"
    assert "1, chosen 1" in page()


def test_eval_writes_a_page_and_prints_the_same_as_without(model, write):
    write(GOLD, "gold.conll")
    assert output("eval", model, "gold.conll", "--html", "a.html") == output("eval", model, "gold.conll")
    text = page("a.html")
    for part in (
        "wincls eval: model.npz, gold.conll",
        "3 mistakes in",
        "s_c, corrupted",
        'id="entity-scores"',
    ):
        assert part in text
    assert 'id="learning"' not in text
    output("eval", model, "gold.conll", "--html", "b.html", "--json")
    assert page("b.html") == text


def test_eval_writes_a_page_of_predictions_without_a_model(folder, write):
    write("Ada B-PER B-PER\nsings O B-LOC\n", "tagged.conll")
    output("eval", "--predictions", "tagged.conll", "--html", "a.html")
    assert "1 mistake in" in page("a.html")
    for part in ("windows", "entity-scores", "model"):
        assert f'id="{part}"' not in page("a.html")


def test_types_that_only_the_file_has_have_a_color_too(model, write):
    write("Ada\tS-DISH\n", "gold.conll")
    output("eval", model, "gold.conll", "--html", "a.html")
    assert "DISH</bdi>" in page("a.html")
    assert "The model does not know the type DISH." in page("a.html")


def test_eval_refuses_a_page_before_the_work_if_it_cannot_be_made(model, write, monkeypatch):
    gold = write(GOLD, "gold.conll")
    command = ("eval", model, "gold.conll", "--html")
    for name in ("gold.conll", model):
        before = Path(name).read_bytes()
        assert failure(*command, name, status=2) == f"--html: {name} is read as well; choose another file"
        assert Path(name).read_bytes() == before
    assert "no/where.html: cannot be written" in run(*command, "no/where.html", status=1).stderr
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert failure(*command, "a.html") == f"--html: {MISSING}"
    assert gold.exists() and not Path("a.html").exists()
