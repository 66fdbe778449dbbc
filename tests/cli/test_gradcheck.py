"""`wincls gradcheck`."""

import re

import pytest

from tests.cli.conftest import failure, output, run
from wincls.network import textbook
from wincls.network.activations import Tanh

AGREEMENT = (
    "\nAll gradients checked agree with centered differences to 1e-05.\n"
    "Element-wise backpropagation agrees to 1e-09: element-wise = vectorized = numeric.\n"
)


def test_gradcheck_finds_the_gradients_right(folder):
    printed = output("gradcheck", "-c", "small.yaml", "--points", "5")
    assert printed.endswith(AGREEMENT)
    rows = [line.split() for line in printed.splitlines()[1:-3]]
    assert [row[0] for row in rows] == ["L.word", "L.caps", "L.shape", "L.suffix2", "W1", "b1", "U"]
    assert {row[-1] for row in rows} == {"ok"}


def test_gradcheck_needs_no_configuration():
    printed = output(
        "gradcheck", "--points", "1", "-s", "model.hidden=[4]", "-s", "features.word.dimension=2"
    )
    assert printed.endswith(AGREEMENT)


def test_gradcheck_shows_single_gradients_within_100_columns(folder):
    plain = output("gradcheck", "-c", "small.yaml", "--points", "9")
    shown = output("gradcheck", "-c", "small.yaml", "--points", "9", "--show")
    assert shown.startswith(plain.removesuffix(AGREEMENT)) and shown.endswith(AGREEMENT)
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 100
    header = lines.index(next(line for line in lines if line.startswith("number ")))
    assert lines[header].split() == [
        "number", "vectorized", "element-wise", "centered", "error", "one-sided", "error",
    ]  # fmt: skip
    rows = [line.split() for line in lines[header + 1 : lines.index("", header)]]
    assert all(re.fullmatch(r"[\w.]+\[\d+(,\d+)?\]", row[0]) for row in rows)
    names = [row[0].split("[")[0] for row in rows]
    assert {"L.word", "W1", "b1", "U"} <= set(names) and max(map(names.count, names)) == 3
    for _, vectorized, elementwise, centered, error, *_ in rows:
        assert float(vectorized) == float(elementwise) == pytest.approx(float(centered), rel=1e-5)
        assert float(error) < 1e-5
    assert re.search(
        rf"^Median error of these {len(rows)}: centered \S+, one-sided \S+, [\d,.]+ times as large\.$",
        shown,
        re.MULTILINE,
    )


def test_gradcheck_shows_wrong_gradients_as_wrong(folder, monkeypatch):
    monkeypatch.setattr(Tanh, "df", lambda self, z, a: a * a)
    options = ["-s", "model.activation=tanh", "--points", "20", "--show"]
    shown = run("gradcheck", "-c", "small.yaml", *options, status=1).stdout
    lines = re.findall(r"^(?:W1|b1)\[.*$", shown, re.MULTILINE)
    assert len(lines) == 6
    for line in lines:
        *_, centered_error, _, one_sided_error, verdict = line.split()
        assert verdict == "WRONG"
        assert min(float(centered_error), float(one_sided_error)) > 0.01
    assert all("WRONG" not in line for line in re.findall(r"^U\[.*$", shown, re.MULTILINE))


def test_gradcheck_fails_if_vectorized_and_element_wise_gradients_differ(folder, monkeypatch):
    right = textbook.backprop_window

    def wrong(weights, done, ds, f, d):
        dx = right(weights, done, ds, f, d)
        d.b[1][0] += 1e-6
        return dx

    monkeypatch.setattr(textbook, "backprop_window", wrong)
    result = run("gradcheck", "-c", "small.yaml", "--points", "5", status=1)
    assert result.stderr == (
        "Element-wise and vectorized gradients differ: b1 (relative error above 1e-09).\n"
    )
    assert "numeric" not in result.stdout


@pytest.mark.parametrize(("step", "than"), [("0.1", "larger"), ("1e-13", "smaller")])
def test_gradcheck_says_that_an_unusual_step_may_be_why_gradients_seem_wrong(folder, step, than):
    options = ["--points", "20", "--epsilon", step, "-s", "model.activation=tanh"]
    result = run("gradcheck", "-c", "small.yaml", *options, status=1)
    assert result.stderr.startswith("Wrong gradients: ")
    assert result.stderr.endswith(
        f"(relative error above 1e-05); the step of {step} is {than} than 1e-05, which may be the reason.\n"
    )


def test_gradcheck_takes_the_step_of_its_differences(folder):
    printed = output("gradcheck", "-c", "small.yaml", "--points", "5", "--epsilon", "1e-4", "--show")
    assert "differences with a step of 0.0001 (indices count from 0):" in printed


@pytest.mark.parametrize("step", ["0", "-1e-5", "0.2", "nan", "small"])
def test_gradcheck_refuses_steps_out_of_range(step):
    assert "Invalid value for '--epsilon'" in run("gradcheck", "--epsilon", step, status=2).stderr


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
    def penalty_without_gradient(self, parameters, gradients):
        return self.l2 * sum(float((parameters[name] ** 2).sum()) for name in self.names)

    monkeypatch.setattr("wincls.optim.regularizers.Penalty.add", penalty_without_gradient)
    options = ["gradcheck", "-c", "small.yaml", "--points", "5", "-s"]
    run(*options, "regularization.l2=0")
    result = run(*options, "regularization.l2=0.1", status=1)
    assert result.stderr.startswith("Wrong gradients: ")


def test_gradcheck_refuses_bad_settings():
    assert failure("gradcheck", "-s", "model.hidden=3", status=2) == (
        "model.hidden: found 3; allowed is a list, each an integer at least 1 and at most 10000; write [3]"
    )
    overwriting = ["-s", "loss.margin=2", "-s", "loss=multiclass_hinge"]
    assert failure("gradcheck", *overwriting, status=2) == (
        "--set loss=multiclass_hinge: overwrites the loss.margin set before it; give it first"
    )
