"""From character spans to sentences with entities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.corpus.learn_tokenizer import learn_tokenizer
from wincls.corpus.notes import Notes
from wincls.corpus.schemes import Entity
from wincls.corpus.spans import AnnotatedText, Span, cut_text, read_spans
from wincls.errors import DataError


def spans_of(*given):
    return [Span(start, end, label, "a:1", *text) for start, end, label, *text in given]


def read(text, *given, **more):
    """The entities of each sentence, by their words and labels, and what is noted."""
    notes = Notes()
    sentences = read_spans(AnnotatedText(text, spans_of(*given), 1, **more), notes)
    found = [[(" ".join(s.words[e.start : e.end]), e.label) for e in s.entities] for s in sentences]
    return found, notes.line()


def error(text, *given):
    with pytest.raises(DataError) as caught:
        read(text, *given)
    return str(caught.value)


def test_a_span_is_the_tokens_that_it_covers():
    assert read("Ann Lee left. So?", (0, 7, "PER"), (14, 16, "X")) == (
        [[("Ann Lee", "PER")], [("So", "X")]],
        "",
    )


@pytest.mark.parametrize(
    ("text", "span", "entity"),
    [
        ("In the U.S. now", (7, 10), "U.S."),  # the token goes on with a period
        ("at Paris ... now", (3, 11), "Paris"),  # the span ends within ...
        ("see ...Paris now", (5, 12), "Paris"),
        ("@Ann left", (1, 4), "@Ann"),
    ],
)
def test_a_span_that_misses_a_token_by_punctuation_is_moved_and_counted(text, span, entity):
    found, notes = read(text, (*span, "X"))
    assert found == [[(entity, "X")]]
    start = span[0]
    assert notes.startswith(f"1 x span moved to the end of a token (first: a:1, X at character {start}: ")


def test_white_space_at_the_ends_of_a_span_is_left_out_and_counted():
    found, notes = read("Ann  Lee left", (3, 9, "X"), (0, 4, "Y"))
    assert found == [[("Ann", "Y"), ("Lee", "X")]]
    assert (
        notes == "2 x white space at the end of a span left out (first: a:1, X at character 3: Ann[Lee]left)"
    )


def test_a_span_that_cuts_a_word_is_left_out_and_shown_with_its_text():
    found, notes = read("In wintertime Ann left", (3, 9, "X"), (14, 17, "PER"))
    assert found == [[("Ann", "PER")]]
    assert notes == (
        "1 x span that cuts a word left out (first: a:1, X at character 3: In [winter]time Ann left)"
    )
    with pytest.raises(DataError, match=r"^a:1, X at character 3: In .* cuts a word left out; fix it"):
        read_spans(AnnotatedText("In wintertime", spans_of((3, 9, "X")), 1), Notes(strict=True))


def test_sentences_that_a_span_crosses_are_joined():
    found, notes = read("A one. B two.\nC three. D four.", (7, 15, "X"))
    assert found == [[], [("B two . C", "X")], []]
    assert notes.startswith("1 x sentence end inside a span ignored (first: a:1, X at character 7")


def test_overlapping_spans_are_an_error_that_names_both():
    assert error("Bank of England", (8, 15, "LOC"), (0, 15, "ORG")) == (
        "a:1: 'Bank of England' (ORG, 0 to 15) and 'England' (LOC, 8 to 15) overlap, but a token has "
        "one type; delete one of them, or list the types to use in data.types"
    )
    nested = AnnotatedText("Bank of England", spans_of((8, 15, "LOC"), (0, 15, "ORG")), 1)
    (sentence,) = read_spans(nested, Notes(), ["ORG"])
    assert sentence.entities == (Entity(0, 3, "ORG"),)


def test_spans_that_occur_twice_are_counted():
    assert read("Ann left", (0, 3, "X"), (0, 3, "X")) == (
        [[("Ann", "X")]],
        "1 x repeated span skipped (first: a:1)",
    )


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ((3, 3), "span 3 to 3 (X) is empty; the end is the offset of the character after the last"),
        ((4, 2), "span 4 to 2 (X) ends before it starts; exchange start and end"),
        (
            (4, 99),
            "span 4 to 99 (X) is not in the text, which has 8 characters; offsets count characters from 0",
        ),
        ((-1, 2), "span -1 to 2 (X) is not in the text, which has 8 characters"),
    ],
)
def test_spans_that_are_empty_or_out_of_range_are_errors(span, message):
    assert error("Ann left", (*span, "X")).startswith(f"a:1: {message}")


@pytest.mark.parametrize(
    ("unit", "encoding", "size"), [("UTF-16 code units", "utf-16-le", 2), ("UTF-8 bytes", "utf-8", 1)]
)
def test_offsets_that_count_other_units_are_recognized_by_the_texts_of_the_spans(unit, encoding, size):
    text = "\U0001f600 Zoë met \U0001f468\u200d\U0001f469 Ann. É Bob"
    given = []
    for word in ("Ann", "Zoë", "Bob"):
        start = len(text[: text.index(word)].encode(encoding)) // size
        given.append((start, start + len(word.encode(encoding)) // size, "PER", word))
    found, notes = read(text, *given)
    assert [entity for entities in found for entity in entities] == [
        (w, "PER") for w in ("Zoë", "Ann", "Bob")
    ]
    assert notes == f"1 x text whose offsets count {unit} (first: a:1)"


def test_a_span_whose_text_is_elsewhere_is_left_out_and_counted():
    found, notes = read("Ann met Bob", (0, 3, "X", "Bob"), (8, 11, "Y", " Bob\n"))
    assert found == [[("Bob", "Y")]]
    assert notes.startswith(
        "1 x span whose text is not at its offsets left out (first: a:1, X at character 0"
    )


def test_lines_are_those_of_the_tokens_or_of_the_record():
    text = "\nAnn\nmet\n\nBob"
    (one, *others) = read_spans(AnnotatedText(text, [], 5, counts_lines=True), Notes())
    assert [one.lines, *[each.lines for each in others]] == [[6], [7], [9]]
    assert [each.lines for each in read_spans(AnnotatedText(text, [], 5), Notes())] == [[5]] * 3


TEXTS = st.text(
    st.one_of(st.sampled_from("ab .\n-('\u00e9\u4e2d\U0001f600\u200b\ufeff"), st.characters(codec="utf-8")),
    max_size=60,
)


@given(TEXTS, st.data())
def test_spans_of_whole_tokens_come_back_as_they_were(text, data):
    bounds = []
    for start, parts in cut_text(text):
        for i, part in enumerate(parts):
            if i % 2 == 0:
                bounds.append((start, start + len(part)))
            start += len(part)
    cuts = data.draw(st.lists(st.integers(0, len(bounds)), unique=True, max_size=6).map(sorted))
    given = [(bounds[a][0], bounds[b - 1][1], "X") for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    sentences = read_spans(AnnotatedText(text, spans_of(*given), 1), Notes())
    first, found = 0, []
    for sentence in sentences:
        found += [
            (bounds[first + e.start][0], bounds[first + e.end - 1][1], e.label) for e in sentence.entities
        ]
        first += len(sentence.words)
    assert found == given
    assert [word for each in sentences for word in each.words] == [text[a:b] for a, b in bounds]


@given(
    TEXTS, st.lists(st.tuples(st.integers(-1, 61), st.integers(-1, 61), st.sampled_from("XY")), max_size=5)
)
def test_any_spans_are_read_or_refused(text, given):
    try:
        sentences = read_spans(AnnotatedText(text, spans_of(*given), 1), Notes())
    except DataError:
        return
    for sentence in sentences:
        assert sentence.words
        end = 0
        for entity in sentence.entities:
            assert end <= entity.start < entity.end <= len(sentence.words)
            end = entity.end


def test_spans_within_runs_of_ideographs_are_read():
    text = "昨天王小明到东京タワー。好。"
    spans = [Span(2, 5, "PER", "f:1"), Span(6, 11, "LOC", "f:1")]
    first, second = read_spans(AnnotatedText(text, spans, 1), notes := Notes())
    assert first.words == [*"昨天王小明到东京タワー。"]
    assert [each[:3] for each in first.entities] == [(2, 5, "PER"), (6, 11, "LOC")]
    assert second.words == ["好", "。"]
    assert not len(notes)


def test_spans_within_words_of_hangul_and_thai_are_read_and_cut_again_as_in_training():
    for text, spans, words in (
        ("김철수는 서울에서", [(0, 3), (5, 7)], [*"김철수는서울에서"]),
        ("มานีไปเลย", [(0, 4)], ["ม", "า", "นี", "ไ", "ป", "เ", "ล", "ย"]),
    ):
        annotated = AnnotatedText(text, [Span(*each, "X", "f:1") for each in spans], 1)
        (sentence,) = read_spans(annotated, notes := Notes())
        assert sentence.words == words
        assert ["".join(words[e.start : e.end]) for e in sentence.entities] == [text[a:b] for a, b in spans]
        assert not len(notes)
        learned = learn_tokenizer([sentence.words])
        assert learned.tokenize(text)[1::2] == words
