"""A learning curve in a few lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_BLOCKS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_ASCII = " .:#"
_ROWS = 3
_COLUMNS = 60
_LEAST = 3  # epochs


def curve_text(shares: Sequence[float], best: int, encoding: str = "utf-8") -> str:
    """F1 by epoch as columns of characters, with the scale; empty for fewer than three epochs.

    shares: F1 of each epoch, from 0 to 1.
    best: the number of the best epoch, from 1.
    encoding: of the terminal; block characters if it has them, else ASCII.
    """
    if len(shares) < _LEAST:
        return ""
    levels = _BLOCKS if _can_write(_BLOCKS, encoding) else _ASCII
    n = len(shares)
    columns = min(n, _COLUMNS)  # of many epochs, each column shows the mean of several
    bounds = [n * i // columns for i in range(columns + 1)]
    values = [sum(shares[begin:end]) / (end - begin) for begin, end in pairwise(bounds)]
    low, high = min(values), max(values)
    full = len(levels) - 1  # levels of a row
    heights = [1 + round((value - low) / (high - low or 1) * (_ROWS * full - 1)) for value in values]
    lines = []
    for row in reversed(range(_ROWS)):
        label = {_ROWS - 1: f"dev F1 {100 * high:6.2f}", 0: f"{100 * low:6.2f}"}.get(row, "")
        marks = "".join(levels[min(max(height - row * full, 0), full)] for height in heights)
        lines.append(f"{label:>13} |{marks}".rstrip())
    lines.append(f"{'':13}  epochs 1 to {n}, best {best}")
    return "\n".join(lines) + "\n"


def _can_write(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
