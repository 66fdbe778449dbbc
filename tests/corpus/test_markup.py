"""Text with entities in markup."""

import time
from contextlib import suppress
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus.reading import error, read
from wincls.corpus.formats import read_files, recognize
from wincls.corpus.marks import Places, without_marks
from wincls.corpus.markup import STYLES
from wincls.corpus.notes import Notes
from wincls.errors import DataError


def test_entities_in_xml_are_read_with_their_element_as_type(write):
    path = write("<PER>Ann Lee</PER> left for <LOC>Paris</LOC>.\n<PER>Bob</PER> saw <LOC>Rome</LOC>.\n")
    assert recognize(str(path)) == "markup"
    assert read(path) == (
        [
            ("Ann Lee left for Paris .", [("Ann Lee", "PER"), ("Paris", "LOC")]),
            ("Bob saw Rome .", [("Bob", "PER"), ("Rome", "LOC")]),
        ],
        "",
    )


@pytest.mark.parametrize(
    "tag",
    [
        'ENAMEX TYPE="PER"',
        "enamex type='PER'",
        "NUMEX TYPE=PER",
        'PHI TYPE="PER"',
        'entity id="3" label="PER"',
        'rs type="PER"',
    ],
)
def test_the_type_of_an_entity_may_be_an_attribute(write, tag):
    path = write(f"So <{tag}>Ann</{tag.split()[0]}> left.\nAnd <{tag} >Bob</{tag.split()[0]}> ran.\n")
    assert [entities for _, entities in read(path)[0]] == [[("Ann", "PER")], [("Bob", "PER")]]


def test_the_elements_of_a_document_are_no_entities(write):
    path = write(
        '<?xml version="1.0"?>\n<!-- no <PER>x</PER>\n -->\n<DOC>\n<TITLE>Ann &amp; Co</TITLE>\n<TEXT>\n'
        "<p><s>Then <PER>Bo\nLee</PER> saw <b>AT&amp;T</b><br/>.</s> "
        "<s>He & <ORG>AT&amp;T</ORG> won.</s></p>\n"
        "</TEXT></DOC>\n",
        "a.sgm",
    )
    sentences, notes = read(path)
    assert sentences == [
        ("Ann & Co", []),
        ("Then Bo Lee saw AT & T .", [("Bo Lee", "PER")]),
        ("He & AT & T won .", [("AT & T", "ORG")]),
    ]
    assert notes == (
        "8 x element that is no entity read as its text (first: a.sgm:4, <DOC>); "
        "2 x markup with a type that occurs once (first: a.sgm:7, PER); "
        "1 x sentence end inside a span ignored (first: a.sgm:7, PER at character 96: Then [Bo Lee] saw AT&T)"
    )
    lines = [sentence.lines[0] for sentence in read_files(str(path)).sentences]
    assert lines == [5, 7, 8]


def test_tags_without_counterparts_are_text(write):
    path = write("He saw <PER>Ann</PER> and <PER>Bob if x </LOC> 3 <y.\nSo <PER>Eve</PER> left.\n", "a.txt")
    sentences, notes = read(path)
    assert sentences == [
        ("He saw Ann and < PER > Bob if x < / LOC > 3 < y .", [("Ann", "PER")]),
        ("So Eve left .", [("Eve", "PER")]),
    ]
    assert notes == "2 x tag without its counterpart read as text (first: a.txt:1, <PER>)"


def test_an_entity_in_an_entity_is_an_error(write):
    text = "x <LOC>Rome</LOC> <ORG>Bob</ORG>\nThe <ORG>Bank of <LOC>England</LOC></ORG> said\n"
    assert error(write(text, "a.txt")) == (
        "a.txt:2: 'Bank of England' (ORG) and 'England' (LOC) overlap, but a token has one type; "
        "remove one of them"
    )


def test_opennlp_is_read(write):
    path = write(
        "<START:person> Ann Lee <END> , 61 , left <START:place> Paris <END> .\n"
        "So <START> Bob <END> ran <END> to <START:place> Rome <END>.\n",
        "a.train",
    )
    assert read(path) == (
        [
            ("Ann Lee , 61 , left Paris .", [("Ann Lee", "person"), ("Paris", "place")]),
            ("So Bob ran < END > to Rome .", [("Bob", "ENTITY"), ("Rome", "place")]),
        ],
        "1 x tag without its counterpart read as text (first: a.train:2, <END>); "
        "2 x markup with a type that occurs once (first: a.train:1, person)",
    )


@pytest.mark.parametrize(
    "content",
    [
        "## intent:fly\n- to [Rome](city)\n\n## synonym:NYC\n- New York\n\n## lookup:x\n- a\n\n"
        "## intent:bye\n- bye\n",
        "nlu:\n- intent: fly\n  examples: |\n    - to [Rome](city)\n- synonym: NYC\n  examples: |\n"
        "    - New York\n- lookup: x\n  examples: |\n    - a\n- intent: bye\n  examples: |\n    - bye\n",
    ],
)
def test_only_the_lists_of_intents_are_read_from_rasa(write, content):
    sentences, notes = read(write(content, "a.md"))
    assert sentences == [("to Rome", [("Rome", "city")]), ("bye", [])]
    assert "1 x list item of a synonym skipped" in notes
    assert "1 x list item of a lookup skipped" in notes


def test_rasa_is_read_from_its_list_items(write):
    path = write(
        "## intent:fly [no](city)\n- fly to [New York](city) on [Monday](day:1)\n\n"
        '    - from [NY]{"entity": "city", "value": "New York"} [see](https://x.y/z) [x]{"a": 1}\n'
        "- see [a](day)\n",
        "nlu.md",
    )
    sentences, notes = read(path)
    assert [entities for _, entities in sentences] == [
        [("New York", "city"), ("Monday", "day")],
        [("NY", "city")],
        [("a", "day")],
    ]
    assert notes == "1 x line that is no list item skipped (first: nlu.md:1, ## intent:fly [no](city))"


def test_a_page_or_a_list_of_words_is_no_marked_text(write):
    assert "looks like HTML" in error(write("<html><title>x</title> y</html>\n", "a.html"))
    assert "looks like XML (<s>)" in error(write("<s><w>Ann</w> <w>left</w></s>\n", "a.xml"))
    assert error(write("Ann left.\n", "a.txt"), "markup") == (
        "a.txt: no entity found in markup, such as <PER>Ann Lee</PER>; set data.format"
    )


@given(st.lists(st.tuples(st.text("ab<>&;\"' é中", max_size=8), st.text("a<&>é中", min_size=1, max_size=6))))
def test_what_is_escaped_is_read_as_it_was(parts):
    marked = "".join(f"{escape(text)} <PER>{escape(name)}</PER> " for text, name in parts)
    text = f"so <PER>x</PER> y {marked}"
    place = Places("a.txt", text)
    assert STYLES["XML"].fits(text)
    prepared = STYLES["XML"].prepare(text, place, Notes())
    found = without_marks(prepared, STYLES["XML"].marks(prepared, place, Notes()), place, unescape)
    assert found.text == "so x y " + "".join(f"{text} {name} " for text, name in parts)
    assert [found.text[span.start : span.end] for span in found.spans] == ["x", *(name for _, name in parts)]


def test_elements_of_harem_have_their_category_as_type(write):
    em = '<EM ID="h-1" CATEG="{}" TIPO="x">{}</EM>'
    text = f"<P>So {em.format('PESSOA', 'Ana Sá')} <em>left</em> {em.format('LOCAL', 'Faro')} .</P>\n"
    assert read(write(text * 2))[0] == [
        ("So Ana Sá left Faro .", [("Ana Sá", "PESSOA"), ("Faro", "LOCAL")]),
        ("So Ana Sá left Faro .", [("Ana Sá", "PESSOA"), ("Faro", "LOCAL")]),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "<tok><orth>Ann</orth><base>Ann</base></tok>\n<tok><orth>left</orth><base>leave</base></tok>\n",
        '<collection><id>1</id><text>Ann left.</text><annotation id="1"><infon key="type">PER</infon>'
        '<location offset="0" length="3"/><text>Ann</text></annotation></collection>',
    ],
)
def test_fields_of_records_are_no_entities(write, content):
    assert "looks like XML" in error(write(content, "a.xml"))


def test_adjacent_entities_in_text_and_lines_of_entities_alone_are_read(write):
    text = "<PER>王</PER><LOC>北京</LOC>人\n<NO>12</NO> <ROAD>Main St</ROAD> <TOWN>Rome</TOWN>\n"
    path = write(text * 2)
    assert [entities for _, entities in read(path)[0]] == [
        [("王", "PER"), ("北 京", "LOC")],
        [("12", "NO"), ("Main St", "ROAD"), ("Rome", "TOWN")],
    ] * 2


def test_only_the_types_that_are_asked_for_are_read(write):
    path = write("So <PER>Ann</PER> saw <LOC>Rome</LOC>.\n", "a.txt")
    assert read(path, keep_labels=("LOC",)) == (
        [("So Ann saw Rome .", [("Rome", "LOC")])],
        "1 x markup with a type that occurs once (first: a.txt:1, PER)",
    )


@pytest.mark.parametrize(
    "piece",
    ["<PER>", "</PER>", "<PER>x</PER> ", "<START>", "<START:a> x ", "<!--", "<a b=c ", "<a b='", "- [x]{",
     '"entity":"x"', "- [x](y:", "[", "<PER>x</LOC>", " ", "&lt;"]
)  # fmt: skip
def test_repetition_takes_linear_time(write, piece):
    seconds = []
    for times in (2_000, 20_000):
        path = write(
            f"So <PER>Ann</PER> left. - [a](b) <START:x> y <END>\n- [x]{{{piece * times}\nx\n", "a.txt"
        )
        began = time.process_time()
        with suppress(DataError):
            read(path, "markup")
        seconds.append(time.process_time() - began)
    assert seconds[1] < 40 * max(seconds[0], 0.02)
