from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from wincls.network.activations import ACTIVATIONS, Sigmoid
from wincls.reports.trace import FORMULAS, trace_record, trace_text
from wincls.tagger.tagger import Tagger
from wincls.tagger.trace import Trace, trace

MakeTagger = Callable[..., Tagger]

WORDS = ["Paris", "of", "Texas"]


def step_of(tagger: Tagger, **options: object) -> Trace:
    return trace(tagger, [WORDS], 0.5, 100.0, **options)  # type: ignore[arg-type]


def test_every_activation_has_its_formula() -> None:
    assert FORMULAS.keys() == ACTIVATIONS.keys()


def test_of_a_large_network_the_first_units_and_inputs_are_shown(make_tagger: MakeTagger) -> None:
    """27 inputs, 9 units, 9 numbers a word in three tables."""
    lines = trace_text(step_of(make_tagger("IO", activation=Sigmoid(), hidden=[9]))).splitlines()
    assert lines[0].endswith("27 inputs -> 9 hidden units -> 1 score")
    (header,) = [line for line in lines if "x_c,i" in line]
    assert header.split() == ["i", "x_i", "x_c,i", "W_1i", "W_2i", "W_3i", "W_4i", "..."]
    assert "... (27 inputs; W is 9 x 27)" in lines
    assert any(line.startswith(" 8") for line in lines)
    assert not any(line.startswith(" 9") for line in lines)
    assert "The same for the tables caps, suffix1 (--json has them)." in lines
    assert max(map(len, lines)) <= 100


def test_of_a_network_of_eight_units_all_are_shown(make_tagger: MakeTagger) -> None:
    text = trace_text(step_of(make_tagger("IO", combine="mean", hidden=[8])))
    assert "x is the mean of the vectors of a window." in text
    assert "W_8i\n" in text
    assert "dx = W^T delta / 3" in text
    assert len([line for line in text.splitlines() if line[:2].strip().isdecimal() and line[2] == " "]) >= 9


def test_nothing_is_shown_of_gradients_that_are_zero(make_tagger: MakeTagger) -> None:
    text = trace_text(trace(make_tagger("IO", activation=Sigmoid()), [WORDS], 0.5, 1e-9))
    assert "J = 0, nothing moves" in text
    assert "delta" not in text


def test_frozen_tables_are_named(make_tagger: MakeTagger) -> None:
    tables = ["word", "caps", "suffix1"]
    text = trace_text(step_of(make_tagger("IO"), frozen=tables))
    assert "The tables are frozen: no row of L moves." in text
    assert "row of L (caps)" in trace_text(step_of(make_tagger("IO"), frozen=["word"]))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "hard_tanh", "softsign", "relu", "leaky_relu"])
def test_the_formula_of_f_is_shown(name: str, make_tagger: MakeTagger) -> None:
    text = trace_text(step_of(make_tagger("IO", activation=ACTIVATIONS[name]())))
    f, df, equation = FORMULAS[name]
    assert f"f(z) = {f}, f'(z) = {df}     (eq. {equation})" in text


def test_a_record_has_all_arrays_in_full_precision(make_tagger: MakeTagger) -> None:
    step = step_of(make_tagger("IO", activation=Sigmoid(), hidden=[9]))
    record = json.loads(json.dumps(trace_record(step)))
    layers = {"": step.before, "d": step.gradients}
    for prefix, layer in layers.items():
        for name, array in layer._asdict().items():
            assert np.array_equal(record[f"{prefix}{name}"], array)
    for name, array in step.after._asdict().items():
        assert np.array_equal(record["after"][name], array)
    for suffix, window in (("", step.true), ("_c", step.corrupted)):
        for name in ("x", "z", "a", "s", "delta", "dx"):
            assert np.array_equal(record[f"{name}{suffix}"], getattr(window, name))
        assert np.array_equal(record[f"f'(z){suffix}"], window.df)
        assert record[f"token{suffix}"] == window.token + 1
        assert [word["token"] for word in record[f"window{suffix}"]] == [word.token for word in window.words]
    assert len(record["L"]) == len(step.rows)
    for found, row in zip(record["L"], step.rows, strict=True):
        assert (found["table"], found["row"], found["key"]) == (row.table, row.row, row.key)
        assert np.array_equal(found["gradient"], row.gradient)
    expected = (step.J, -1, 1, step.s_after, step.s_c_after, step.J_after)
    after = record["after"]
    assert (record["J"], record["dJ/ds"], record["dJ/ds_c"], after["s"], after["s_c"], after["J"]) == expected
    assert (record["margin"], record["rate"], record["activation"]) == (100.0, 0.5, "sigmoid")
