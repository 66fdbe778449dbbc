"""Text with entities in brackets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus.reading import error, read
from wincls.corpus.brackets import is_type, read_brackets
from wincls.corpus.formats import recognize
from wincls.corpus.notes import Notes
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import Entity
from wincls.corpus.spans import cut_text
from wincls.reports.formats import Context, brackets, format_text
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.documents import TaggedSentence


def test_entities_are_read_as_predict_writes_them(write):
    path = write("[PER Ann Lee] left for [LOC Paris].\n[PER Bob] and [LOC Oslo], too.\n")
    assert recognize(str(path)) == "brackets"
    assert read(path) == (
        [
            ("Ann Lee left for Paris .", [("Ann Lee", "PER"), ("Paris", "LOC")]),
            ("Bob and Oslo , too .", [("Bob", "PER"), ("Oslo", "LOC")]),
        ],
        "",
    )


def test_brackets_without_a_type_are_text(write):
    path = write("[PER Ann] said [sic] so [1], [] and [A b].\n[PER Bob [sic]] ran.\n", "a.txt")
    sentences, notes = read(path)
    assert sentences[0] == ("Ann said [ sic ] so [ 1 ] , [ ] and [ A b ] .", [("Ann", "PER")])
    assert sentences[1] == ("Bob [ sic ] ran .", [("Bob [ sic ]", "PER")])
    assert notes == "1 x bracket without a known type read as text (first: a.txt:1, [A b])"


def test_types_in_lower_case_are_read_if_they_are_named(write):
    path = write("[creative-work Dune] by [XX y].", "a.txt")
    assert read(path, "brackets")[0] == [("[ creative-work Dune ] by y .", [("y", "XX")])]
    assert read(path, "brackets", keep_labels=("creative-work",))[0] == [
        ("Dune by y .", [("Dune", "creative-work")])
    ]


def test_what_could_be_meant_otherwise_is_counted(write):
    path = write("[PER Ann] saw [PER Bob\n\nand [US troops] left]\n[PER Eve]", "a.txt")
    sentences, notes = read(path)
    assert sentences[0] == ("Ann saw [ PER Bob", [("Ann", "PER")])
    assert notes == (
        "1 x bracket that is not closed read as text (first: a.txt:1, [PER Bob); "
        "1 x bracket with a type that occurs once (first: a.txt:3, US)"
    )


def test_an_entity_in_an_entity_is_an_error(write):
    assert error(write("x\n[ORG Bank of [LOC England]]", "a.txt")) == (
        "a.txt:2: 'Bank of [LOC England]' (ORG) and 'England' (LOC) overlap, but a token has one type; "
        "remove one of them"
    )


@pytest.mark.parametrize("word", ["PER", "B2B", "GPE-LOC", "DATE_1", "ОРГ", "人名"])
def test_types_have_two_characters_and_no_lower_case(word):
    assert is_type(word)
    assert not any(map(is_type, ["A", "Per", "1A", "see", "-X"]))


@given(st.text(st.sampled_from("aB .\n,-'é中😀\ufeff\u200b\r"), max_size=80), st.data())
def test_what_predict_writes_is_read_as_it_was(tmp_path_factory, text, data):
    text = text.lstrip("\ufeff")  # a byte order mark at the start of the file is none of its characters
    sentences = []
    for start, parts in cut_text(text):
        n = (len(parts) + 1) // 2
        cuts = data.draw(st.lists(st.integers(0, n), unique=True, max_size=4).map(sorted))
        entities = [ScoredEntity(a, b, "PER", 1.0) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
        sentences.append(TaggedSentence(start, parts, entities))
    path = tmp_path_factory.getbasetemp() / "predicted.txt"
    path.write_bytes(format_text(sentences, Context(text, 0, "", brackets)).encode())
    found = read_brackets(str(path), Reading(), Notes()).sentences
    assert [(each.words, list(each.entities)) for each in found] == [
        (list(each.tokens), [Entity(*entity[:3]) for entity in each.entities]) for each in sentences
    ]
