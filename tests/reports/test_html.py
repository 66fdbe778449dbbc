from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from wincls.reports import html
from wincls.tagger.documents import Ent


class Reader(HTMLParser):
    """Collects the text and the attributes of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.text, self.attributes, self.open = "", [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.attributes.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data


# A page cannot hold a NUL, and a browser turns carriage returns into line ends.
texts = st.text(st.characters(exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=20)


@given(texts, texts)
def test_any_text_and_any_type_come_back_from_the_page(text: str, label: str) -> None:
    reader = Reader(html.marked(Ent(text, label, 0, len(text), 0.25)))
    assert reader.text == text
    assert reader.attributes == [("mark", {"data-type": label, "title": f"{label} 0.2500"})]


def test_markup_in_text_types_and_names_of_files_is_shown_as_it_is() -> None:
    evil = '"</style></mark><script>x</script>'
    page = html.head([evil]) + html.file_head(evil) + html.escaped(evil) + html.FILE_TAIL + html.TAIL
    reader = Reader(page)
    assert "script" not in [tag for tag, _ in reader.attributes]
    assert reader.text.count(evil) == 3  # legend, heading, text
    assert reader.open == []


def test_every_type_has_a_color_of_its_own() -> None:
    labels = [f"T{i}" for i in range(60)]
    hues = re.findall(r"--hue: ([\d.]+);", html.head(labels))
    assert len(set(hues)) == len(labels)
    assert [a["data-type"] for tag, a in Reader(html.head(labels)).attributes if tag == "mark"] == labels


def test_a_page_needs_nothing_else_and_knows_dark_mode_and_directions() -> None:
    page = html.head(["PER"]) + html.file_head("a.txt")
    assert not re.search(r"src=|href=|url\(|<script|@import", page)
    assert "prefers-color-scheme: dark" in page
    assert '<meta charset="utf-8">' in page
    assert '<pre dir="auto">\n' in page


def test_a_character_that_no_page_can_hold_is_replaced() -> None:
    assert html.escaped("a\0b") == "a\ufffdb"
