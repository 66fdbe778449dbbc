"""Text with entities in markup, in one of three styles.

XML and SGML: <PER>Ann Lee</PER> left for <ENAMEX TYPE="LOC">Paris</ENAMEX>, as the MUC corpora have it.
OpenNLP: <START:per> Ann Lee <END> left.
Rasa: - fly to [New York](city) or [NY]{"entity": "city"}, in a list; all other lines are skipped, and so are
the lists of synonyms, lookup tables and regular expressions.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import unescape
from typing import NamedTuple

from wincls.corpus.documents import Corpus
from wincls.corpus.lines import decoded_lines
from wincls.corpus.marks import Mark, Places, note_rare_types, overlap, spaces, without_marks
from wincls.corpus.notes import Notes
from wincls.corpus.rasa import has_rasa, rasa_items, rasa_marks
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.spans import read_spans
from wincls.corpus.tag_spelling import UNTYPED
from wincls.errors import DataError
from wincls.visible import shorten

_ATTRIBUTE = r"[\w.:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>/]+)"
_TAG = re.compile(rf"<(/?)([A-Za-z_][\w.:-]*)((?:\s+{_ATTRIBUTE})*)\s*(/?)>")
_NO_TEXT = re.compile(r"<!--(?:(?!<!--).)*?-->|<[!?][^<>]*>", re.DOTALL)
_TYPE = re.compile(
    r"\s(?:type|label|category|categ|class|sem)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))", re.IGNORECASE
)
_WITH_TYPE = re.compile(  # elements whose type is an attribute
    "enamex|timex|numex|entity|ne|named[-_]?entity|annotation|mention|span|mark|tag|term|cons|rs|name|phi",
    re.IGNORECASE,
)
_NO_ENTITY = re.compile(  # elements of HTML and TEI that stand in lines of text
    "a|abbr|b|big|br|c|cite|code|em|font|hi|i|lb|p|pc|q|s|seg|sent|sentence|small|span|strong|sub|sup|t|tok|"
    "token|tt|u|w|word",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"\scateg\s*=", re.IGNORECASE)  # of an element EM, in the corpora of HAREM
_OPENNLP = re.compile(r"<START(?::([^<>\s]+))?>([^<>\n]*)<END>")
_OPENNLP_TAG = re.compile(r"<START(?::[^<>\s]+)?>|<END>")


class Style(NamedTuple):
    """A style of markup.

    fits: whether a text has an entity in this style.
    prepare: the text with spaces for what is neither text nor entity, which is noted.
    marks: the entities in order; what is no pair of marks is noted.
    plain: what the characters of the file stand for.
    """

    fits: Callable[[str], bool]
    prepare: Callable[[str, Places, Notes], str]
    marks: Callable[[str, Places, Notes], Iterator[Mark]]
    plain: Callable[[str], str] = str


class _Element(NamedTuple):
    """An element of XML, and the first element in it."""

    mark: Mark
    child: Mark | None


def read_markup(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a text with entities in markup; a line end ends a sentence.

    What could be meant otherwise is noted: elements that are no entities, tags without their counterparts,
    and a type that occurs once.

    Raises DataError if there is no entity, and with file:line for an entity in another one.
    """
    text = "".join(line for _, line in decoded_lines(path, reading.columns.encoding))
    style = find_style(text)
    if style is None:
        raise DataError(f"{path}: no entity found in markup, such as <PER>Ann Lee</PER>; set data.format")
    place = Places(path, text)
    text = style.prepare(text, place, notes)
    annotated = without_marks(text, style.marks(text, place, notes), place, style.plain)
    note_rare_types(annotated.spans, "markup", reading.keep_labels or (), notes)
    return Corpus(path, read_spans(annotated, notes, reading.keep_labels), SCHEMES["BIO"])


def find_style(text: str) -> Style | None:
    """The first style that a text has entities in."""
    return next((style for style in STYLES.values() if style.fits(text)), None)


def _has_opennlp(text: str) -> bool:
    return _OPENNLP.search(text) is not None


def _as_it_is(text: str, place: Places, notes: Notes) -> str:
    return text


def _opennlp_marks(text: str, place: Places, notes: Notes) -> Iterator[Mark]:
    last = 0
    for match in _OPENNLP.finditer(text):
        _note_alone(_OPENNLP_TAG.finditer(text, last, match.start()), place, notes)
        last = match.end()
        if inside := match[2].strip():
            start = match.start(2) + match[2].index(inside)
            yield Mark(match.start(), start, start + len(inside), match.end(), match[1] or UNTYPED)
        else:
            notes.add("element without text left as it is", place(match.start()))
    _note_alone(_OPENNLP_TAG.finditer(text, last), place, notes)


def _note_alone(tags: Iterable[re.Match[str]], place: Places, notes: Notes) -> None:
    for tag in tags:
        where = f"{place(tag.start())}, {shorten(tag[0])}"
        notes.add("tag without its counterpart read as text", where)


def _has_xml(text: str) -> bool:
    if re.match(r"\s*<(?:!doctype )?html", text, re.IGNORECASE):
        return False
    return any(_elements(_entities_only(text, [])))


def _xml_text(text: str, place: Places, notes: Notes) -> str:
    removed: list[re.Match[str]] = []
    replaced = _entities_only(text, removed)
    if removed:
        first = min(removed, key=lambda tag: tag.start())
        what = "element that is no entity read as its text"
        notes.add(what, f"{place(first.start())}, {shorten(first[0])}", len(removed))
    return replaced


def _entities_only(text: str, removed: list[re.Match[str]]) -> str:
    """With spaces for comments and for the tags of elements that are no entities; `removed` gets start tags.

    Those are elements of text, and those of a type that mostly holds other elements, fills its lines, or is a
    field of a record.
    """
    text = _without(
        _NO_TEXT.sub(spaces, text),
        lambda tag: bool(tag[4]) or (_label(tag) == tag[2] and bool(_NO_ENTITY.fullmatch(tag[2]))),
        removed,
    )
    elements = list(_elements(text))
    fills = _line_filler(text)
    is_field = _field_finder(text, [each.mark for each in elements if each.child is None])
    count, others = Counter[str](), Counter[str]()
    for each in elements:
        count[each.mark.label] += 1
        others[each.mark.label] += each.child is not None or fills(each.mark) or is_field(each.mark)
    return _without(text, lambda tag: 2 * others[_label(tag)] > count[_label(tag)], removed)


def _line_filler(text: str) -> Callable[[Mark], bool]:
    """Tells whether an element has all characters of its lines."""
    bare = _TAG.sub(spaces, text)
    ends = [match.start() for match in re.finditer("\n", bare)]
    lines = [match.span() for match in re.finditer(r"[^\n]*\n?", bare)]  # and of their visible characters
    visible = [
        (start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
        for start, line in ((start, bare[start:end]) for start, end in lines)
    ]

    def fills(mark: Mark) -> bool:
        first, last = visible[bisect_left(ends, mark.start)], visible[bisect_left(ends, mark.end)]
        return first[0] >= mark.start and last[1] <= mark.after

    return fills


def _field_finder(text: str, leaves: Sequence[Mark]) -> Callable[[Mark], bool]:
    """Tells whether an element is a field of a record: it touches another tag, and all text is in elements.

    So are <orth>Ann</orth><base>Ann</base>, but not the two in <PER>Ann</PER><PER>Lee</PER> left.
    leaves: the elements without others in them.
    """
    parts: list[str] = []
    done = 0
    for leaf in sorted(leaves):
        parts += [text[done : leaf.inside], re.sub(r"[^\n]", " ", text[leaf.inside : leaf.end])]
        done = leaf.end
    outside = _TAG.sub(spaces, "".join([*parts, text[done:]])).split("\n")
    ends = [match.start() for match in re.finditer("\n", text)]

    def is_field(mark: Mark) -> bool:
        touches = text[mark.start - 1 : mark.start] == ">" or text[mark.after : mark.after + 1] == "<"
        lines = (outside[bisect_left(ends, offset)] for offset in (mark.start, mark.after - 1))
        return touches and not any(line.strip() for line in lines)

    return is_field


def _without(text: str, is_gone: Callable[[re.Match[str]], bool], removed: list[re.Match[str]]) -> str:
    """The text with spaces for the tags of some elements; the start tags are added to `removed`."""
    gone: dict[str, list[bool]] = {}  # for each name, whether the tags of the open elements are removed

    def replace(tag: re.Match[str]) -> str:
        of_name = gone.setdefault(tag[2], [])
        is_removed = of_name.pop() if tag[1] and of_name else is_gone(tag)
        if not tag[1] and not tag[4]:
            of_name.append(is_removed)
        if is_removed and not tag[1]:
            removed.append(tag)
        return spaces(tag) if is_removed else tag[0]

    return _TAG.sub(replace, text)


def _xml_marks(text: str, place: Places, notes: Notes) -> Iterator[Mark]:
    alone: list[re.Match[str]] = []
    elements = sorted(_elements(text, alone), key=lambda each: each.mark.start)
    _note_alone(sorted(alone, key=lambda tag: tag.start()), place, notes)
    for each in elements:
        if each.child is not None:
            one, other = (
                (unescape(_TAG.sub("", text[mark.inside : mark.end])), mark.label)
                for mark in (each.mark, each.child)
            )
            raise overlap(place(each.mark.start), one, other)
        if text[each.mark.inside : each.mark.end].strip():
            yield each.mark
        else:
            notes.add("element without text left as it is", place(each.mark.start))


def _elements(text: str, alone: list[re.Match[str]] | None = None) -> Iterator[_Element]:
    """The elements of a text, each after those in it; alone: tags without counterparts are added to it."""
    lost = [] if alone is None else alone
    opened: list[tuple[re.Match[str], Mark | None]] = []  # tags, and the first element in each
    depth: Counter[str] = Counter()
    for tag in _TAG.finditer(text):
        if not tag[1]:
            opened.append((tag, None))
            depth[tag[2]] += 1
        elif not depth[tag[2]]:
            lost.append(tag)
        else:
            begin, child = opened.pop()
            while begin[2] != tag[2]:
                lost.append(begin)
                depth[begin[2]] -= 1
                begin, its_child = opened.pop()
                child = its_child or child
            depth[begin[2]] -= 1
            mark = Mark(begin.start(), begin.end(), tag.start(), tag.end(), _label(begin))
            if opened and opened[-1][1] is None:
                opened[-1] = (opened[-1][0], mark)
            yield _Element(mark, child)
    lost += [begin for begin, _ in opened]


def _label(tag: re.Match[str]) -> str:
    """The entity type of an element."""
    has_type = _WITH_TYPE.fullmatch(tag[2]) or _CATEGORY.search(tag[3])
    found = _TYPE.search(tag[3]) if has_type else None
    return next((each for each in found.groups() if each), tag[2]) if found else tag[2]


STYLES = {
    "OpenNLP": Style(_has_opennlp, _as_it_is, _opennlp_marks),
    "Rasa": Style(has_rasa, rasa_items, rasa_marks),
    "XML": Style(_has_xml, _xml_text, _xml_marks, unescape),
}
