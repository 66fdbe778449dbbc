"""brat's standoff files: a text in a .txt file, its spans in the .ann file beside it."""

from __future__ import annotations

import re
from pathlib import Path

from wincls.corpus.documents import Corpus
from wincls.corpus.lines import decoded_lines
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.spans import AnnotatedText, Span, read_spans
from wincls.errors import DataError
from wincls.files import open_binary
from wincls.visible import shorten

_SPAN = re.compile(r"T\S*\t(\S[^\t]*?) (\d{1,15}) (\d{1,15})((?:;\d{1,15} \d{1,15})*)(?:\t(.*))?")
_OTHERS = tuple("REAMN#*")  # relations, events, attributes, normalizations, notes, equivalences


def read_brat(path: str, reading: Reading, notes: Notes) -> Corpus:
    """Read a document; path: its .ann or its .txt file.

    Discontinuous spans are skipped and noted; lines that are no spans are ignored.

    Raises DataError if the other file is missing, and with file:line for a line that is not brat's.
    """
    text_path, span_path = (str(Path(path).with_suffix(suffix)) for suffix in (".txt", ".ann"))
    for each, other in ((text_path, span_path), (span_path, text_path)):
        if not Path(each).is_file():
            raise DataError(
                f"{other}: no {Path(each).name} beside it; brat needs both, an empty .ann will do"
            )
    with open_binary(text_path) as file:
        marked = file.read(3) == b"\xef\xbb\xbf"  # brat counts a byte order mark
    text = "\ufeff" * marked + "".join(line for _, line in decoded_lines(text_path, reading.columns.encoding))
    spans = []
    for number, line in decoded_lines(span_path, reading.columns.encoding):
        place, line = f"{span_path}:{number}", line.rstrip("\r\n")
        if not line.strip() or line.startswith(_OTHERS):
            continue
        match = _SPAN.fullmatch(line)
        if match is None:
            raise DataError(
                f"{place}: '{shorten(line)}' is not a line of brat; a span is T1, a tab, its type, start and "
                "end separated by spaces, a tab, and its text"
            )
        label, start, end, more, inside = match.groups()
        if more:
            notes.add("discontinuous span skipped", place)
        else:
            spans.append(Span(int(start), int(end), label, place, inside))
    sentences = read_spans(AnnotatedText(text, spans, 1, True), notes, reading.keep_labels)
    return Corpus(text_path, sentences, SCHEMES["BIO"])
