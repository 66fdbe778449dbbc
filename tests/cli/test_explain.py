"""`wincls explain`."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.cli.conftest import failure, output, run
from wincls.tagger.model_file import Model, load_model, save_model
from wincls.tagger.plain import Plain

TEXT = "Ada met Bob Smith."
LECTURE = [
    "data.types=[LOC]", "labels.scheme=IO", "window.size=2", "features.word={dimension: 4, pretrain: false}",
    "features.caps=0", "features.shape=0", "features.suffixes.dimension=0", "model.hidden=[8]",
    "model.activation=sigmoid", "loss={name: max_margin, margin: 1.5, corrupted: 1}",
    "structured_hinge.weight=0", "optimizer=sgd", "schedule={name: constant, rate: 0.125}",
    "training={batches: windows, batch_size: 1, epochs: 2}",
]  # fmt: skip
CITY = "The train to Paris was late"


@pytest.fixture
def lecture(trained):
    """A small model as the lecture's: 20 inputs, 8 sigmoid units, 1 score."""
    trained(*LECTURE)
    return "out/model.npz"


def test_explain_shows_a_block_for_each_token(model):
    printed = output("explain", model, TEXT)
    blocks = printed.split("\n\n")
    assert [block.splitlines()[0].rsplit(" ", 1)[0] for block in blocks[:5]] == [
        "1 Ada: [PER Ada]", "2 met:", "3 Bob: [PER Bob Smith]", "4 Smith: [PER Bob Smith]", "5 .:",
    ]  # fmt: skip
    assert blocks[1].splitlines()[0] == "2 met: O"
    assert blocks[1].splitlines()[1].split() == ["window", "[met?]"]
    assert "do not add up to the score, because f is not linear" in " ".join(printed.split())
    ada = blocks[0].splitlines()
    assert ada[2].split() == ["S-PER", "by", "word", "10.0"]
    assert ada[3].split() == ["S-PER", "by", "feature", "word", "10.0"]
    assert ada[4].split()[:3] == ["score", "S-PER", "10.0"]
    assert len(ada[4].split()) == 11
    assert ada[5].split()[:3] == ["probability", "S-PER", "0.9932"]  # after the prior shift
    every = output("explain", model, TEXT, "--all-labels", "-t", 1)
    assert {"E-LOC", "I-PER", "O"} < set(every.split())


def test_explain_takes_words_or_standard_input(model):
    expected = output("explain", model, TEXT)
    assert output("explain", model, *TEXT.split()) == expected
    assert output("explain", model, "-", text=TEXT + "\n") == expected
    assert output("explain", model, "-", text="\ufeff" + TEXT) == expected


def test_tokens_are_chosen_by_number_or_word(model):
    text = "Ada saw Paris. She left 2 at Paris."
    for options, expected in (
        (["--token", 3], ["3 Paris"]),
        (["--token", "Paris"], ["3 Paris", "9 Paris"]),
        (["--token", "She", "-t", 1, "-t", "Ada"], ["1 Ada", "5 She"]),
        (["--token", 2], ["2 saw"]),
    ):
        printed = output("explain", model, *options, text)
        assert [line.split(":")[0] for line in printed.splitlines() if re.match(r"\d", line)] == expected


def test_a_label_can_be_asked_for(model):
    printed = output("explain", model, "--token", "Bob", "--label", "S-PER", TEXT)
    assert "B-PER by word" in printed
    assert "S-PER by word" in printed


def test_explain_as_json(model):
    record = json.loads(output("explain", model, "--json", "Ada saw Paris. She left.", "--token", "She"))
    (token,) = record.pop("tokens")
    assert record == {
        "model": model,
        "sentences": [["Ada", "saw", "Paris", "."], ["She", "left", "."]],
        "labels": ["S-LOC", "B-LOC", "I-LOC", "E-LOC", "S-PER", "B-PER", "I-PER", "E-PER"],
    }
    assert (token["number"], token["sentence"], token["token"]) == (5, 2, "She")
    assert token["contributions"].keys() == token["scores"].keys() == set(record["labels"])
    assert token["probabilities"].keys() == {"O", *record["labels"]}
    tokens = json.loads(output("explain", model, "--json", TEXT))["tokens"]
    assert tokens[3]["entity"] | {"score": None} == {
        "label": "PER", "first": 3, "last": 4, "tokens": ["Bob", "Smith"], "score": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--token", 6, TEXT],
            "--token: no token 6; the tokens are 1 Ada, 2 met, 3 Bob, 4 Smith, 5 .",
        ),
        (
            ["--token", "Smit", TEXT],
            "--token: no token Smit; the tokens are 1 Ada, 2 met, 3 Bob, 4 Smith, 5 .; did you mean 'Smith'?",
        ),
        (["--token", 0, "a " * 30], f"--token: no token 0; the tokens are "
         f"{', '.join(f'{i} a' for i in range(1, 21))}, ... 30 a"),
        (["  "], "text: no tokens; give at least one word"),
        (
            ["--label", "LOC", TEXT],
            "--label: no label LOC; the labels are S-LOC, B-LOC, I-LOC, E-LOC, S-PER, B-PER, I-PER, E-PER; "
            "did you mean 'S-LOC'?",
        ),
    ],
)  # fmt: skip
def test_what_the_text_or_the_model_does_not_have_is_one_line(model, arguments, message):
    assert failure("explain", model, *arguments) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rate", 1, TEXT], "--rate: only with --trace"),
        (["--corrupted", 1, TEXT], "--corrupted: only with --trace"),
        (
            ["--trace", "-t", 1, "-t", 2, TEXT],
            "--token: found 2; --trace takes one, the center of the true window",
        ),
        (
            ["--trace", TEXT],
            "--trace: the model has 0 hidden layers; --trace shows one hidden layer without an output bias; "
            "train with model.hidden: [8] and loss: max_margin",
        ),
    ],
)
def test_options_that_do_not_fit_are_one_line(model, arguments, message):
    assert failure("explain", model, *arguments, status=2) == message


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "x"])
def test_a_learning_rate_is_above_zero(model, rate):
    assert "--rate" in run("explain", model, "--trace", "--rate", rate, TEXT, status=2).stderr


def test_text_that_is_not_utf8_is_one_line(model):
    assert failure("explain", model, "-", text=b"a \xff").startswith("-:1: byte 3 of the line is 0xff")


def test_a_trace_needs_another_token(lecture):
    assert failure("explain", lecture, "--trace", "Paris") == (
        "--trace: the text has 1 token; the corrupted window is that of another token; "
        "give at least two words"
    )
    assert failure("explain", lecture, "--trace", "-t", 1, "--corrupted", "Paris", "Paris sleeps") == (
        "--corrupted: Paris is the center of the true window; give another token"
    )


def test_a_trace_needs_the_max_margin_loss(lecture):
    tagger, config, *_ = load_model(lecture)
    save_model(Model(tagger, config | {"loss": {"name": "cross_entropy"}}), "other.npz")
    assert failure("explain", "other.npz", "--trace", CITY, status=2) == (
        "--trace: the model was trained with loss cross_entropy; --trace shows max_margin only"
    )
    save_model(Model(tagger, {}), "other.npz")
    assert failure("explain", "other.npz", "--trace", CITY) == (
        "other.npz: does not say how it was trained; train it again"
    )


def test_a_trace_takes_rate_and_margin_from_the_model(lecture):
    record = json.loads(output("explain", lecture, "--trace", "--json", CITY))
    assert (record["rate"], record["margin"], record["label"]) == (0.125, 1.5, "I-LOC")
    arguments = ["--trace", "--json", "--rate", 0.5, "--token", "was", "--corrupted", "to", CITY]
    record = json.loads(output("explain", lecture, *arguments))
    assert (record["rate"], record["token"], record["token_c"]) == (0.5, 5, 3)
    # The word of both options: two of its occurrences.
    record = json.loads(
        output("explain", lecture, "--trace", "--json", "-t", "a", "--corrupted", "a", "a b a")
    )
    assert (record["token"], record["token_c"]) == (1, 3)


def numbers(line):
    return [float(each) for each in re.findall(r"-?\d+\.\d+", line)]


def test_a_trace_can_be_computed_from_the_numbers_that_it_shows(lecture):
    """By hand, as a student would: every result agrees to its last digit, give or take one."""
    text = output("explain", lecture, "--trace", "--token", "to", "--corrupted", "Paris", CITY)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 105
    assert len(lines) <= 75
    rows = np.array(
        [numbers(line) for line in lines if re.match(r"[ 12]\d .*\d$", line) and len(numbers(line)) == 10]
    )
    assert rows.shape == (20, 10)
    x, x_c, W = rows[:, 0], rows[:, 1], rows[:, 2:].T

    def shown(start, n=8):
        return np.array(next(numbers(line)[-n:] for line in lines if line.startswith(start)))

    def agrees(found, expected, digits):
        assert np.abs(np.asarray(found) - expected).max() < 1.51 * 10.0**-digits

    def f(z):
        return 1 / (1 + np.exp(-z))

    b, U = shown("b "), shown("U ")
    z, z_c = W @ x + b, W @ x_c + b
    a, a_c = f(z), f(z_c)
    s, s_c = U @ a, U @ a_c
    agrees(shown("z "), z, 3)
    agrees(shown("z_c "), z_c, 3)
    agrees(shown("a "), a, 4)
    agrees(shown("a_c "), a_c, 4)
    found = numbers(next(line for line in lines if line.startswith("s = U^T a")))[:2]
    agrees(found, [s, s_c], 3)
    J = numbers(next(line for line in lines if line.startswith("J = max(")))
    agrees(J[-1:], 1.5 + s_c - s, 3)
    delta, delta_c = -a * (1 - a) * U, a_c * (1 - a_c) * U
    agrees(shown("f'(z) "), a * (1 - a), 4)
    agrees(shown("f'(z_c)"), a_c * (1 - a_c), 4)
    agrees(shown("delta "), delta, 4)
    agrees(shown("delta_c"), delta_c, 4)
    agrees(shown("dU"), a_c - a, 4)
    agrees(shown("db"), delta + delta_c, 4)
    agrees(shown("U - 0.125 dU"), U - 0.125 * (a_c - a), 4)
    agrees(shown("b - 0.125 db"), b - 0.125 * (delta + delta_c), 4)
    dW = np.outer(delta, x) + np.outer(delta_c, x_c)
    for i in (0, 10):
        agrees(shown(f"dW_1i, i = {i + 1} to", 10), dW[0, i : i + 10], 4)
        agrees(shown(f"W_1i after, i = {i + 1} to", 10), (W - 0.125 * dW)[0, i : i + 10], 4)
    agrees(shown("dW_14 =", 1), dW[0, 3], 4)
    dx, dx_c = (W.T @ each for each in (delta, delta_c))
    at = next(i for i, line in enumerate(lines) if "dx = W^T delta" in line)
    for j in range(5):
        part = slice(4 * j, 4 * j + 4)
        agrees(numbers(lines[at + 1 + j]), [*dx[part], *dx_c[part]], 4)
    # Rows of L: the vector of Paris is x_13 to x_16 in the true window.
    (paris,) = [line for line in lines if re.match(r"\d+ paris ", line)]
    at = [(int(j), bool(c)) for c, j in re.findall(r"dx_(c,)?(\d)", paris)]
    assert at == [(4, False), (3, True)]
    dL = dx[12:16] + dx_c[8:12]
    agrees(numbers(paris), [*dL, *(x[12:16] - 0.125 * dL)], 4)
    W_after, b_after, U_after = W - 0.125 * dW, b - 0.125 * (delta + delta_c), U - 0.125 * (a_c - a)
    # What is left to compute is the score after the step, from all rows of L that moved.
    after = {}
    start = next(i for i, line in enumerate(lines) if line.startswith("row of L"))
    for line in lines[start + 1 :]:
        if not (match := re.search(r"  (dx\S+( \+ dx\S+)*)$", line)):
            break
        for c, j in re.findall(r"dx_(c,)?(\d)", match[1]):
            after[bool(c), int(j) - 1] = numbers(line)[-4:]
    x, x_c = (np.concatenate([after[c, j] for j in range(5)]) for c in (False, True))
    s, s_c = (U_after @ f(W_after @ each + b_after) for each in (x, x_c))
    found = numbers(next(line for line in lines if line.startswith("After the step")))
    agrees([found[0], found[1], found[-1]], [s, s_c, max(0, 1.5 + s_c - s)], 3)


@pytest.mark.parametrize(
    ("decision", "rule"),
    [
        (Plain(), "Decision: the class with the largest score"),
        (Plain(2.25), "Decision: the label with the largest score, if that is above the threshold 2.25"),
    ],
)
def test_explain_names_the_rule_of_the_decision(model, decision, rule):
    assert "Decision: the most probable legal tag sequence" in output("explain", model, TEXT)
    loaded = load_model(model)
    loaded.tagger.decision = decision
    save_model(loaded, "plain.npz")
    assert rule in output("explain", "plain.npz", TEXT)


def test_a_trace_takes_another_margin(lecture):
    record = json.loads(output("explain", lecture, "--trace", "--json", "--margin", "50", CITY))
    assert record["margin"] == 50
    assert record["J"] == pytest.approx(50 + record["s_c"] - record["s"])
    result = run("explain", lecture, "--trace", "--margin", "-1", CITY, status=2)
    assert "-1 is not a number of at least 0" in result.stderr


def test_text_is_cut_as_the_training_data_of_the_model(model):
    loaded = load_model(model)
    loaded.tagger.tokenizer = replace(loaded.tagger.tokenizer, word_joiners="")
    save_model(loaded, model)
    record = json.loads(output("explain", model, "--json", "A Paris-based firm"))
    assert record["sentences"] == [["A", "Paris", "-", "based", "firm"]]
