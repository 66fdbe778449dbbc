from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.reports.pages import EXAMPLE, PREDICTED, corpus_of, page_of
from wincls import extras
from wincls.corpus.schemes import Entity
from wincls.errors import WinclsError
from wincls.reports.html import hue
from wincls.reports.page import page_bytes, visible

HOSTILE = [
    "<script>alert(1)</script>", "</style>", "{{7*7}}", "{%raw%}", "&amp;", '"onload="x', "\u202eevil", "\0",
]  # fmt: skip


class _Reader(HTMLParser):
    """Collects the tags, the text of scripts and styles, and all other text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.code: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        inside = self.tags[-1][0] if self.tags else ""
        (self.code if self.cdata_elem and inside in ("script", "style") else self.text).append(data)


def read(content: bytes) -> _Reader:
    reader = _Reader()
    reader.feed(content.decode())
    return reader


@pytest.fixture(scope="module")
def content() -> bytes:
    return page_bytes(page_of(EXAMPLE, PREDICTED))


def test_the_same_page_is_the_same_bytes(content: bytes) -> None:
    assert page_bytes(page_of(EXAMPLE, PREDICTED)) == content


def test_a_page_has_all_parts(content: bytes) -> None:
    sections = [attributes["id"] for tag, attributes in read(content).tags if tag == "section"]
    assert sections == [
        "summary", "learning", "types", "windows", "entity-scores", "confusion", "mistakes", "model",
    ]  # fmt: skip
    text = " ".join("".join(read(content).text).split())
    for part in (
        "dev.conll: a note",
        "model a card",
        "train: x",
        "4 mistakes in dev.conll: 1 boundary, 1 type, 0 boundary and type, 1 missed, 1 spurious.",
        "annotated Ada Lovelace PER predicted Ada PER dev.conll:1 Ada Lovelace lived in London .",
    ):
        assert part in text


def test_parts_that_make_no_sense_are_left_out() -> None:
    page = page_of(EXAMPLE, PREDICTED, records=(), windows=None, scored=None, config="", card="", notes=())
    reader = read(page_bytes(page))
    sections = [attributes["id"] for tag, attributes in reader.tags if tag == "section"]
    assert sections == ["summary", "types", "confusion", "mistakes"]
    links = [attributes["href"] for tag, attributes in reader.tags if tag == "a"]
    assert links == [f"#{section}" for section in sections]
    perfect = page_of(EXAMPLE, [sentence.entities for sentence in EXAMPLE.sentences])
    assert "0 mistakes in dev.conll." in " ".join("".join(read(page_bytes(perfect)).text).split())


def test_scores_that_are_no_probabilities_have_no_reliability_diagram() -> None:
    page = page_of(EXAMPLE, PREDICTED)
    assert page.scored is not None
    text = page_bytes(page._replace(scored=page.scored._replace(reliability=None))).decode()
    assert "There is no reliability diagram" in text and "Expected calibration error" not in text


def test_hostile_text_is_text_wherever_it_comes_from() -> None:
    words = " ".join(HOSTILE)
    kind = HOSTILE[0] + "</style>{{x}}"
    corpus = corpus_of([(words, [Entity(0, len(HOSTILE), kind)])], path="<img src=x>.conll")
    page = page_of(corpus, [[Entity(1, 2, "{{y}}")]], notes=[words], config=words, card=words)
    content, plain = page_bytes(page), page_bytes(page_of(EXAMPLE, PREDICTED))
    reader = read(content)
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in read(plain).tags}
    assert reader.code == read(plain).code
    assert all(not name.startswith("on") for _, attributes in reader.tags for name in attributes)
    text = "".join(reader.text)
    for each in (*HOSTILE[:6], "<U+202E>evil", "<U+0000>", "<img src=x>.conll", "{{y}}"):
        assert each in text
    assert "\u202e" not in text and "\0" not in text


def test_a_page_loads_nothing(content: bytes) -> None:
    reader = read(content)
    policy = next(
        attributes["content"]
        for tag, attributes in reader.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    for tag, attributes in reader.tags:
        assert "src" not in attributes and tag not in ("link", "iframe", "img", "object")
        assert (attributes.get("href") or "#").startswith("#")
    assert b"http:" not in content and b"https:" not in content


def test_a_page_of_very_many_mistakes_stays_small_and_says_what_is_left_out() -> None:
    corpus = corpus_of([("Ada " + "x" * 200, [Entity(0, 1, "PER")])] * 20_000)
    content = page_bytes(page_of(corpus, [[]] * 20_000))
    assert len(content) < 2_000_000
    assert "20,000 mistakes in" in content.decode() and "1,000 are on this page" in content.decode()
    assert content.decode().count("<li data-kind") == 1000


def test_colors_are_those_of_tagged_text(content: bytes) -> None:
    assert f'<span class="chip" style="--hue: {hue(1):.1f}"><bdi>ORG</bdi></span>' in content.decode()


def test_many_types_have_a_list_in_place_of_the_matrix() -> None:
    corpus = corpus_of([("Ada came", [Entity(0, 1, f"T{i}")]) for i in range(30)])
    text = page_bytes(page_of(corpus, [[Entity(0, 1, "T0")]] * 30)).decode()
    assert "the most frequent mistakes" in text and "annotated \\ predicted" not in text


def test_tables_have_headers_and_fields_have_labels(content: bytes) -> None:
    text = content.decode()
    assert text.count("<table") == 3
    assert all("<th scope=" in table for table in re.findall(r"<table.*?</table>", text, re.DOTALL))
    for field in re.findall(r"<(?:select|input)\b[^>]*>", text):
        assert re.search(rf"<label>\w+ {re.escape(field)}", text), field


def test_without_the_extra_a_page_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "jinja2" else True)
    with pytest.raises(WinclsError, match=r"jinja2 is not installed; run pip install 'wincls\[report\]'$"):
        page_bytes(page_of(EXAMPLE, PREDICTED))


def test_invisible_characters_become_visible_and_joiners_of_scripts_stay() -> None:
    assert visible("a\u202eb\x1b[0m\u2066\x9f") == "a<U+202E>b<U+001B>[0m<U+2066><U+009F>"
    kept = "a\tb\nc é 👩\u200d🔬 می\u200cخواهم"
    assert visible(kept) == kept
