from __future__ import annotations

import pytest

from wincls.reports.curve import curve_text


def test_the_curve_goes_from_the_lowest_to_the_highest_f1() -> None:
    # Three rows of eight levels: lowest 1, highest 24, a third of the way 1 + 23 / 3, so 9.
    assert curve_text([0.2, 0.4, 0.8], 3).splitlines() == [
        "dev F1  80.00 |  \u2588",
        "              | \u2581\u2588",
        "        20.00 |\u2581\u2588\u2588",
        "               epochs 1 to 3, best 3",
    ]


def test_ascii_is_used_where_the_terminal_has_no_blocks() -> None:
    text = curve_text([0.2, 0.5, 0.8], 3, "ascii")
    assert text.isascii()
    assert text.splitlines()[0].endswith("|  #")
    assert text.splitlines()[2].endswith("|.##")
    assert curve_text([0.2, 0.5, 0.8], 3, "no such encoding") == text


@pytest.mark.parametrize("n", [3, 60, 61, 1000])
def test_a_curve_has_at_most_sixty_columns(n: int) -> None:
    *rows, last = curve_text([i / n for i in range(n)], n).splitlines()
    assert max(len(row.partition("|")[2]) for row in rows) == min(n, 60)
    assert last.strip() == f"epochs 1 to {n}, best {n}"


def test_fewer_than_three_epochs_have_no_curve() -> None:
    assert curve_text([0.2, 0.5], 2) == ""


def test_a_flat_curve_is_a_flat_line() -> None:
    rows = curve_text([0.0, 0.0, 0.0], 3).splitlines()
    assert [row.partition("|")[2] for row in rows[:3]] == ["", "", "\u2581\u2581\u2581"]
