"""`wincls gradcheck`."""

import re

from tests.cli.conftest import failure, output, run
from wincls.network.activations import Tanh


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
