from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.reports.pages import EXAMPLE, PREDICTED, RECORDS, page_of
from wincls.evaluation.reliability import reliability
from wincls.evaluation.thresholds import Curve
from wincls.evaluation.window_scores import compare_classes
from wincls.reports import plots

PAGE = page_of(EXAMPLE, PREDICTED)


def all_plots() -> list[str]:
    assert PAGE.windows is not None and PAGE.scored is not None and PAGE.scored.reliability is not None
    return [
        plots.loss_plot(RECORDS, 2),
        plots.development_plot(RECORDS, 2),
        plots.scores_plot(PAGE.windows),
        plots.differences_plot(PAGE.windows),
        plots.threshold_plot(PAGE.scored.curve, True),
        plots.reliability_plot(PAGE.scored.reliability),
    ]


@pytest.fixture(scope="module")
def made() -> list[str]:
    return all_plots()


def test_plots_are_the_same_bytes_each_time(made: list[str]) -> None:
    assert all_plots() == made


def test_plots_do_not_depend_on_settings_of_the_user(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib

    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30}):
        assert all_plots() == made
        assert matplotlib.rcParams["font.size"] == 30


def test_plots_are_well_formed_and_fit_the_page(
    made: list[str],
) -> None:
    identifiers = []
    for svg in made:
        ET.fromstring(svg)
        assert "#0000" not in svg and "currentColor" in svg
        assert re.findall(r"(?:fill|stroke): #\w+", svg) == []
        assert "<style" not in svg and "metadata" not in svg and "http" not in svg
        its = re.findall(r' id="([^"]*)"', svg)
        assert set(re.findall(r"[\"(]#([\w.-]+)", svg)) == set(its)
        identifiers += its
    assert identifiers and len(set(identifiers)) == len(identifiers)


def test_plots_have_a_text_for_those_who_cannot_see_them(made: list[str]) -> None:
    labels = [re.match(r'<svg viewBox="[^"]*" role="img" aria-label="([^"]*)">', svg) for svg in made]
    texts = [label[1] for label in labels if label]
    assert len(texts) == 6
    assert texts[0] == (
        "Loss by epoch, from 1 to 0.333, and violations, from 50.0% to 16.7% of the comparisons"
    )
    assert "is 60.0 in epoch 2, the chosen one" in texts[1]
    assert all(text in "".join(made) for text in ("margin 1", "s_c, corrupted", "precision", "epoch"))


def test_single_values_can_be_plotted() -> None:
    one = np.array([0.5])
    assert "<svg" in plots.threshold_plot(Curve(one, np.array([1]), np.array([1]), 1), False)
    assert "<svg" in plots.reliability_plot(reliability(one, np.array([True])))
    assert "<svg" in plots.loss_plot(RECORDS[:1], 1)
    classes = compare_classes(np.zeros((2, 3)), np.array([0, 1]), None)
    assert "50.00%" not in plots.differences_plot(classes) and "100.00%" in plots.differences_plot(classes)


def test_matplotlib_and_jinja_are_only_imported_for_a_page() -> None:
    code = (
        "import sys, wincls, wincls.cli.train, wincls.cli.eval\n"
        "assert not {'matplotlib', 'jinja2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
