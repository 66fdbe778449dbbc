import json
import re
import shutil
from pathlib import Path

from tests.cli.conftest import failure, output
from wincls.config import load_config
from wincls.options import plain
from wincls.tagger.model_file import load_model, save_model


def test_a_card_says_what_a_model_is_and_how_it_was_trained(trained):
    trained("data.test=test.conll", "training.epochs=2")
    card = output("info", "out/model.npz")
    assert all(len(line) <= 100 for line in card.splitlines())
    model = load_model("out/model.npz")
    for part in (
        "labels        LOC, PER (IOBES, 9 tags)",
        "window        3 tokens, concatenate",
        f"digest        {model.digest}",
        "10 -> 8, relu",
        "epochs        2, best",
        "train.conll",
        "test all",
    ):
        assert part in card, part
    assert re.search(r"^  features\.word\.dimension +8$", card, re.MULTILINE)
    assert "  training.seed" not in card  # it is the default
    scores = json.loads(Path("out/scores.json").read_text())
    assert f"{100 * scores['test']['lenient']['micro']['f1']:.2f}" in card


def test_json_has_the_whole_configuration(trained):
    trained("data.test=test.conll", "training.epochs=2")
    record = json.loads(output("info", "out/model.npz", "--json"))
    assert record["config"] == json.loads(json.dumps(plain(load_config("out/config.yaml"))))
    assert record["labels"] == ["LOC", "PER"]
    assert record["bytes"] == Path("out/model.npz").stat().st_size
    assert record["differs_from_defaults"]["model.hidden"] == [10]
    assert record["provenance"]["data"]["train"]["sentences"] == 40


def test_a_model_without_provenance_or_with_a_strange_one_has_a_card(model):
    assert "It does not say how it was trained." in output("info", model)
    loaded = load_model(model)
    for strange in ({"scores": {"dev": 1}}, {"data": [1]}, {"data": {"a": 2}}, {"threads": "x\x1b"}):
        save_model(loaded._replace(provenance=strange), "strange.npz")
        assert "\x1b" not in output("info", "strange.npz")
    save_model(loaded._replace(config={"of": {"another": "version\n"}}), "other.npz")
    assert "of.another" in output("info", "other.npz")
    assert json.loads(output("info", "other.npz", "--json"))["config"]


def test_files_that_are_no_models_are_refused(folder):
    shutil.copy("train.conll", "model.npz")
    message = "model.npz: not a model file of wincls; give the model.npz that training wrote"
    assert failure("info", "model.npz") == message
    assert failure("info", "missing.npz").startswith("missing.npz: no such file")
