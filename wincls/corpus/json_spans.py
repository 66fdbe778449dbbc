"""Spans as JSON has them: lists and objects, with ends that are exclusive or inclusive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wincls.corpus.notes import Notes
from wincls.corpus.spans import Span, fits
from wincls.errors import DataError
from wincls.visible import shorten

_PAIR_KEYS = ("span", "offsets", "position")
_LABEL_KEYS = ("label", "labels", "type", "entity", "entity_group", "tag")
_TEXT_KEYS = ("text", "surface", "mention", "word", "name")


def read_json_spans(given: Any, place: str, notes: Notes) -> list[Span]:
    """The spans of a text.

    given: a list of spans; or an object that has for each type such a list, without types, or an object of
        such lists by the texts of the spans: {"PER": {"Ann": [[0, 3]]}}.

    Raises DataError for anything else.
    """
    found: list[Span | None] = []
    if isinstance(given, list):
        found = [_span(each, place, notes) for one in given for each in _points(one)]
    elif isinstance(given, dict) and all(isinstance(each, (list, dict)) for each in given.values()):
        for label, inside in given.items():
            for text, spans in inside.items() if isinstance(inside, dict) else [(None, inside)]:
                if not isinstance(spans, list):
                    raise _no_list(spans, place)
                found += [_span(each, place, notes, label, text) for each in spans]
    else:
        raise _no_list(given, place)
    return [each for each in found if each is not None]


def _points(given: Any) -> list[Any]:
    """The spans of an object that has several with one type, as Dataturks writes them; else what is given."""
    points = given.get("points") if isinstance(given, dict) else None
    if not isinstance(points, list) or not all(isinstance(each, dict) for each in points):
        return [given]
    return [{**each, "label": given.get("label")} for each in points]


def are_ends_inclusive(texts: Iterable[tuple[str, Sequence[Span]]]) -> bool:
    """Whether the ends of spans are the offsets of their last characters, not of those after.

    texts: those of a file, with their spans. The own texts of most spans have to say so.
    """
    evidence = 0  # the spans with inclusive ends, less those with exclusive ones
    for text, spans in texts:
        for span in spans:
            if span.text is not None:
                evidence += -1 if fits(span, text) else fits(span._replace(end=span.end + 1), text)
    return evidence > 0


def cleaned(text: str, place: str, notes: Notes) -> str:
    """The text with U+FFFD for what is no character."""
    if text.isprintable():
        return text
    clean = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")
    if clean != text:
        notes.add("NUL or half a surrogate pair read as U+FFFD", place)
    return clean


def _no_list(given: Any, place: str) -> DataError:
    return DataError(
        f"{place}: spans are {shorten(repr(given))}; allowed is a list of spans, or an object with "
        "such a list for each type"
    )


def _span(given: Any, place: str, notes: Notes, label: Any = None, text: Any = None) -> Span | None:
    """A span from a list or an object; None for one of several parts.

    label, text: if they are written outside of it.
    """
    allowed = "[start, end, label] or an object with start, end and label, where label is a string and"
    if label is not None:
        allowed = "[start, end] or an object with start and end, where"
    bounds: Any = None
    if isinstance(given, list):
        bounds, third = given[:2], given[2] if len(given) > 2 else None
        label, text = (third, None) if label is None else (label, third if text is None else text)
    elif isinstance(given, Mapping):
        bounds = _bounds(given)
        if label is None:
            label = next((given[key] for key in _LABEL_KEYS if given.get(key) is not None), None)
        text = next((given[key] for key in _TEXT_KEYS if isinstance(given.get(key), str)), text)
    if isinstance(bounds, list) and bounds and all(isinstance(each, list) for each in bounds):
        if len(bounds) > 1:
            notes.add("discontinuous span skipped", place)
            return None
        bounds = bounds[0]
    start, end = bounds if isinstance(bounds, list) and len(bounds) == 2 else (None, None)
    if isinstance(label, list) and len(label) > 1 and type(start) is int:
        raise DataError(
            f"{place}: the span at {start} has the types {shorten(', '.join(map(str, label)))}; "
            "a token has one type; delete the others"
        )
    if isinstance(label, list) and label:
        label = label[0]
    if type(start) is not int or type(end) is not int or not isinstance(label, str):
        raise DataError(
            f"{place}: {shorten(repr(given), 60)} is no span; a span is {allowed} start and end are integers"
        )
    label = cleaned(label, place, notes).strip()
    if not label or not label.isprintable():
        shown = shorten(repr(label))
        raise DataError(f"{place}: the span at {start} has the type {shown}; a type has visible characters")
    return Span(start, end, label, place, cleaned(text, place, notes) if isinstance(text, str) else None)


def _bounds(given: Mapping[str, Any]) -> Any:
    """Start and end of an object, as a list."""
    pair = next((given[key] for key in _PAIR_KEYS if isinstance(given.get(key), list)), None)
    start = given.get("start", given.get("start_offset"))
    return pair if start is None and pair is not None else [start, given.get("end", given.get("end_offset"))]
