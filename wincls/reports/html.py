"""The parts of a web page of tagged text. It needs no other file and no script, and can be of any size."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from wincls.tagger.documents import Ent

_GOLDEN_ANGLE = 137.508  # degrees; multiples of it are hues that are far apart, however many there are

_STYLE = """\
:root { color-scheme: light dark; --back: 85%; --border: 55%; }
@media (prefers-color-scheme: dark) { :root { --back: 25%; --border: 60%; } }
body { font-family: system-ui, sans-serif; line-height: 1.7; max-width: 50em; margin: 2em auto;
  padding: 0 1em; }
h2 { font-size: 1em; overflow-wrap: anywhere; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
mark { color: inherit; background: hsl(var(--hue, 0) 70% var(--back)); padding: .1em .25em;
  border: 1px solid hsl(var(--hue, 0) 60% var(--border)); border-radius: .3em; }
pre mark::after { content: attr(data-type); font-size: .65em; font-weight: bold; margin-inline-start: .5em;
  unicode-bidi: isolate; }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .5em; }
"""


def hue(number: int) -> float:
    """The hue of the color of a label in degrees; number: its index."""
    return number * _GOLDEN_ANGLE % 360


def head(labels: Sequence[str]) -> str:
    """The beginning of the page, with a color and an entry in the legend for each label."""
    colors = "".join(
        f'mark[data-type="{_css_string(label)}"] {{ --hue: {hue(i):.1f}; }}\n'
        for i, label in enumerate(labels)
    )
    legend = "".join(
        f'<li><mark data-type="{escape(label)}">{escape(label)}</mark></li>\n' for label in labels
    )
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Entities</title>\n'
        f"<style>\n{_STYLE}{colors}</style>\n</head>\n<body>\n<ul>\n{legend}</ul>\n"
    )


TAIL = "</body>\n</html>\n"


def file_head(name: str) -> str:
    """The beginning of a file's text. Each line has the direction of its first letter."""
    shown = "standard input" if name == "-" else name
    # A browser leaves out the first line end within pre.
    return f'<section>\n<h2 dir="auto">{escape(shown)}</h2>\n<pre dir="auto">\n'


FILE_TAIL = "</pre>\n</section>\n"


def escaped(text: str) -> str:
    """Text for the page; a NUL, which a page cannot hold, becomes the replacement character."""
    return escape(text, quote=False).replace("\0", "\ufffd")


def marked(entity: Ent) -> str:
    """An entity in its color, with its type and its score as a tooltip."""
    label = escape(entity.label)
    return f'<mark data-type="{label}" title="{label} {entity.score:.4f}">{escaped(entity.text)}</mark>'


def _css_string(text: str) -> str:
    """The inside of a string in a style sheet: all but ASCII letters and digits as code points."""
    return "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):x} " for char in text)
