from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import BytesIO
from typing import Any
from unittest.mock import patch

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls import prediction
from wincls.corpus.characters import INVISIBLE
from wincls.corpus.columns import Columns
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import cut_pieces, read_text
from wincls.errors import DataError
from wincls.prediction import Block, Output, column_blocks, tag_files, text_blocks
from wincls.reports.formats import FORMATS, Mark, brackets
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.tagger import Tagger

BLOCKS = (1, 10, 20_000)  # tokens tagged at a time
SNIPPETS = [
    *["\n", "\n\n", "\r\n", "\t", "  ", "\u00a0", "\u2028", "\ufeff", "[", "]", '"', "\\"],
    *["é", "e\u0301", "👍🏽", "Paris. ", "The ", "U.S. ", "don't ", "Texas, ", "42 ", "x@y.org ", "… "],
]
texts = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=4)), max_size=20).map("".join)


def tag_blocks(blocks: Iterable[Block | None], tagger: Tagger, jobs: int = 1) -> Iterator[str]:
    """The output of each block of a file; raises what is wrong with the file."""
    for part in tag_files([lambda: blocks], tagger, jobs):
        if part.error:
            raise DataError(part.error)
        if not part.is_last:
            yield part.text


@pytest.fixture(scope="module")
def tagger(make_tagger: Callable[..., Tagger]) -> Tagger:
    """A tagger for which each sentence is a context block, so that blocks change nothing."""
    return make_tagger(context_tokens=1)


def unmarked(label: str, text: str) -> str:
    return text


def tagged_text(
    tagger: Tagger,
    text: str,
    output_format: str,
    mark: Mark = brackets,
    min_score: float = 0.0,
    wrapped: bool = False,
    block: int = BLOCKS[-1],
) -> str:
    output = Output(output_format, min_scores=dict.fromkeys(tagger.labels, min_score))
    with patch.object(prediction, "BLOCK", block), patch.object(prediction, "brackets", mark):
        return "".join(tag_blocks(text_blocks(BytesIO(text.encode()), "f", output, wrapped), tagger))


def records(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.split("\n")[:-1]]


def sentences_in(text: str, wrapped: bool = False) -> list[list[str]]:
    return [
        sentence.tokens
        for piece in cut_pieces(read_text(BytesIO(text.encode()), "f"), wrapped)
        for sentence in split_sentences(piece.text)
    ]


def bio(entities: list[ScoredEntity], length: int) -> list[str]:
    return SCHEMES["BIO"].encode([each.entity for each in entities], length)


# Plain text.


@given(texts, st.booleans(), st.sampled_from(BLOCKS))
def test_without_marks_the_text_comes_out_as_it_went_in(
    tagger: Tagger, text: str, wrapped: bool, block: int
) -> None:
    out = tagged_text(tagger, text, "text", unmarked, wrapped=wrapped, block=block)
    assert out == text.removeprefix("\ufeff")


@given(texts, st.booleans(), st.sampled_from(BLOCKS))
def test_as_columns_every_token_comes_out_with_its_tag(
    tagger: Tagger, text: str, wrapped: bool, block: int
) -> None:
    out = tagged_text(tagger, text, "conll", wrapped=wrapped, block=block)
    sentences = sentences_in(text, wrapped)
    expected = [
        "".join(f"{word}\t{tag}\n" for word, tag in zip(words, bio(found, len(words)), strict=True)) + "\n"
        for words, found in zip(sentences, tagger.tag(sentences), strict=True)
    ]
    assert out == "".join(expected)
    words = "".join(line.split("\t")[0] for line in out.split("\n"))
    visible = INVISIBLE.sub("", text)
    assert INVISIBLE.sub("", words) == "".join(char for char in visible if not char.isspace())


@given(texts, st.booleans(), st.sampled_from(BLOCKS))
def test_as_json_every_offset_is_right(tagger: Tagger, text: str, wrapped: bool, block: int) -> None:
    lines = records(tagged_text(tagger, text, "jsonl", wrapped=wrapped, block=block))
    text = text.removeprefix("\ufeff")
    end = 0
    for line in lines:
        start = line["meta"]["start"]
        assert not INVISIBLE.sub("", text[end:start]).strip()
        assert text.startswith(line["text"], start)
        end = start + len(line["text"])
        for entity in line["spans"]:
            assert line["text"][entity["start"] : entity["end"]] == entity["text"]
            assert text.startswith(entity["text"], start + entity["start"])
            assert entity["label"] in tagger.labels
            assert 0 <= entity["score"] <= 1
    assert not INVISIBLE.sub("", text[end:]).strip()


@given(texts)
def test_all_formats_show_the_same_entities(tagger: Tagger, text: str) -> None:
    marks = []
    tagged_text(tagger, text, "text", lambda label, text: marks.append((label, text)) or text)
    lines = records(tagged_text(tagger, text, "jsonl"))
    assert marks == [(entity["label"], entity["text"]) for line in lines for entity in line["spans"]]
    begins = re.findall("\tB-(.+)", tagged_text(tagger, text, "conll"))
    assert begins == [label for label, _ in marks]


def test_marks_are_where_entities_are(tagger: Tagger) -> None:
    text = "Paris  sleeps.\n\nIs it? The USA of 1998, in TEXAS.\n"
    out = tagged_text(tagger, text, "text", lambda label, text: f"<{text}>")
    assert out.replace("<", "").replace(">", "") == text
    assert out.count("<") == sum(map(len, tagger.tag(sentences_in(text)))) > 3


@pytest.mark.parametrize("output_format", FORMATS)
def test_nothing_comes_of_an_empty_file(tagger: Tagger, output_format: str) -> None:
    assert tagged_text(tagger, "", output_format) == ""
    assert tagged_text(tagger, "\ufeff", output_format) == ""


@pytest.mark.parametrize(("output_format", "expected"), [("text", " \n\n"), ("conll", ""), ("jsonl", "")])
def test_blank_lines_are_text_but_no_sentences(tagger: Tagger, output_format: str, expected: str) -> None:
    assert tagged_text(tagger, " \n\n", output_format) == expected


def test_a_sentence_continues_over_line_ends_only_where_text_is_wrapped(tagger: Tagger) -> None:
    text = "Paris is\na town.\n\nTexas"
    assert len(records(tagged_text(tagger, text, "jsonl"))) == 3
    wrapped = records(tagged_text(tagger, text, "jsonl", wrapped=True))
    assert [(each["meta"]["start"], each["text"]) for each in wrapped] == [
        (0, "Paris is\na town."),
        (18, "Texas"),
    ]


@pytest.mark.parametrize("output_format", FORMATS)
def test_entities_below_the_least_score_are_left_out(tagger: Tagger, output_format: str) -> None:
    text = "Paris sleeps.\nThe USA of 1998 is in TEXAS.\nMcDonald and the naïve.\n"
    scores = [each.score for found in tagger.tag(sentences_in(text)) for each in found]
    least = sorted(scores)[len(scores) // 2]

    def count(min_score: float) -> int:
        out = tagged_text(tagger, text, output_format, lambda label, text: f"B-{text}", min_score)
        signs = {"jsonl": '"score"', "html": "<mark", "doccano": ', "'}
        return out.count(signs.get(output_format, "B-")) - out.count(', "label"')

    assert count(0.0) == len(scores)
    assert count(least) == sum(score >= least for score in scores) < len(scores)
    assert count(1.0) == 0


def test_output_begins_before_input_ends(tagger: Tagger) -> None:
    output = Output("text")
    with patch.object(prediction, "BLOCK", 1), patch("wincls.corpus.text._CHUNK", 7):
        parts = tag_blocks(text_blocks(BytesIO(b"Paris.\nTexas.\n\xff\n"), "f", output), tagger)
        assert ["Paris" in next(parts), "Texas" in next(parts)] == [True, True]
        with pytest.raises(DataError, match=r"^f:3: byte 1 "):
            next(parts)


def test_several_processes_write_what_one_writes(tagger: Tagger) -> None:
    text = b"".join(b"Paris sleeps %d.\nIs it the USA of Texas?\n" % i for i in range(30))
    columns = text.replace(b"\n", b"\n\n").replace(b" ", b"\n")
    with patch.object(prediction, "BLOCK", 20):
        for blocks in (
            lambda: text_blocks(BytesIO(text), "f", Output("jsonl")),
            lambda: column_blocks(BytesIO(columns), "f", Output("conll"), Columns(tag=0)),
        ):
            alone = list(tag_blocks(blocks(), tagger))
            assert len(alone) > 10
            assert list(tag_blocks(blocks(), tagger, jobs=2)) == alone


def test_what_comes_before_a_bad_line_is_written_by_any_number_of_processes(tagger: Tagger) -> None:
    for jobs in (1, 2):
        with patch.object(prediction, "BLOCK", 1), patch("wincls.corpus.text._CHUNK", 7):
            blocks = text_blocks(BytesIO(b"Paris.\nTexas.\n\xff\n"), "f", Output("conll"))
            parts = []
            with pytest.raises(DataError, match=r"^f:3: byte 1 "):
                parts.extend(tag_blocks(blocks, tagger, jobs))
            assert len(parts) == 2, jobs


def test_colors_are_used_on_request(tagger: Tagger) -> None:
    plain = "".join(tag_blocks(text_blocks(BytesIO(b"Paris\n"), "f", Output("text")), tagger))
    blocks = text_blocks(BytesIO(b"Paris\n"), "f", Output("text", color=True))
    colored = "".join(tag_blocks(blocks, tagger))
    assert plain != colored
    assert click.unstyle(colored) == plain


def test_sentences_are_tagged_in_blocks(tagger: Tagger) -> None:
    sizes = []

    class Spy:
        labels = tagger.labels
        tokenizer = tagger.tokenizer

        def tag(self, sentences: list[list[str]], documents: list[int] | None = None) -> Any:
            sizes.append(len(sentences))
            return tagger.tag(sentences, documents)

    with patch.object(prediction, "BLOCK", 4):
        list(tag_blocks(text_blocks(BytesIO(b"Paris\n" * 5), "f", Output("text")), Spy()))
        assert sizes == [2, 2, 1]  # a line of six characters is taken for two tokens
        sizes.clear()
        file = BytesIO(b"a\nb\n\n" * 5)
        list(tag_blocks(column_blocks(file, "f", Output("text"), Columns(tag=0)), Spy()))
        assert sizes == [2, 2, 1]  # and two words with the empty line after them for three


def test_json_lines_name_their_file(tagger: Tagger) -> None:
    output = Output("jsonl")
    for blocks, start in (
        (text_blocks(BytesIO(b"Paris\n"), "dir/f", output), 0),
        (column_blocks(BytesIO(b"Paris\n"), "dir/f", output, Columns(tag=0)), 1),
    ):
        (line,) = records("".join(tag_blocks(blocks, tagger)))
        assert line["meta"] == {"file": "dir/f", "start": start}


# Columns.


def tagged_columns(
    tagger: Tagger,
    content: str,
    output_format: str = "conll",
    delimiter: str = "whitespace",
    word: int = 1,
    min_score: float = 0.0,
    block: int = BLOCKS[-1],
) -> str:
    columns = Columns(word=word, tag=0, delimiter=delimiter, comment="#")
    output = Output(output_format, min_scores=dict.fromkeys(tagger.labels, min_score))
    with patch.object(prediction, "BLOCK", block):
        blocks = column_blocks(
            BytesIO(content.encode()), "f", output, columns, tagger.decision.context_tokens
        )
        return "".join(tag_blocks(blocks, tagger))


def tags_of(tagger: Tagger, *sentences: str) -> list[str]:
    words = [sentence.split() for sentence in sentences]
    found = zip(tagger.tag(words), words, strict=True)
    return [tag for entities, its_words in found for tag in bio(entities, len(its_words))]


@pytest.mark.parametrize("context_tokens", [1, 4, 9])
@pytest.mark.parametrize("block", [1, 5, 20])
def test_columns_are_tagged_as_in_one_piece(
    make_tagger: Callable[..., Tagger], block: int, context_tokens: int
) -> None:
    tagger = make_tagger(context_tokens=context_tokens)
    sentences = ["Paris sleeps .", "-DOCSTART-", "the # USA", "Paris", "of Texas in Paris", "The USA"] * 6
    content = "# a note\n\n" + "\n\n".join(words.replace(" ", "\n") for words in sentences) + "\n"
    whole = tagged_columns(tagger, content)
    assert tagged_columns(tagger, content, block=block) == whole
    tokens = [words for words in sentences if words != "-DOCSTART-"]
    tags = [line.split("\t")[1] for line in whole.splitlines() if "\t" in line and line[0] != "-"]
    assert tags == tags_of(tagger, *(words.replace("# ", "") for words in tokens))


@pytest.mark.parametrize("block", BLOCKS)
def test_every_line_comes_back_and_tokens_with_a_tag(tagger: Tagger, block: int) -> None:
    content = "-DOCSTART- -X-\n\nParis NNP\n# note\nsleeps VBZ\n\n\n# end\nTexas NNP"
    a, b, c = tags_of(tagger, "Paris sleeps", "Texas")
    assert tagged_columns(tagger, content, block=block) == (
        f"-DOCSTART- -X- O\n\nParis NNP {a}\n# note\nsleeps VBZ {b}\n\n\n# end\nTexas NNP {c}\n"
    )


@pytest.mark.parametrize(
    ("delimiter", "row", "between"),
    [
        ("whitespace", "Paris", "\t"),
        ("whitespace", "Paris NNP", " "),
        ("whitespace", "Paris  NNP ", " "),
        ("whitespace", "Paris\tNNP", "\t"),
        ("tab", "Paris", "\t"),
        ("tab", "Paris\tNNP", "\t"),
        ("tab", "Paris\tproper noun", "\t"),
        ("tab", "New York", "\t"),
        ("space", "Paris", " "),
        ("space", "Paris NNP", " "),
        ("space", "Paris NNP\tx", " "),
    ],
)
def test_the_tag_follows_what_separates_the_columns(
    tagger: Tagger, delimiter: str, row: str, between: str
) -> None:
    (found,) = tagger.tag([["New York" if row == "New York" else "Paris"]])
    assert tagged_columns(tagger, f"{row}\n", delimiter=delimiter) == f"{row}{between}{bio(found, 1)[0]}\n"


@pytest.mark.parametrize(
    ("delimiter", "content", "between"),
    [
        ("tab", "# text = Paris\nParis\tNNP", "\t"),
        ("whitespace", "# text = Paris\nParis\tNNP", "\t"),
        ("whitespace", "#\ttext\nParis NNP", " "),
    ],
)
def test_a_comment_does_not_decide_what_separates_the_columns(
    tagger: Tagger, delimiter: str, content: str, between: str
) -> None:
    (tag,) = tags_of(tagger, "Paris")
    assert tagged_columns(tagger, content, delimiter=delimiter) == f"{content}{between}{tag}\n"


fields = st.text(st.characters(exclude_categories=("Cs", "Z", "C")), min_size=1).filter(
    lambda text: not text.startswith(("#", "-DOCSTART-"))
)
sentences_of_rows = st.integers(2, 3).flatmap(
    lambda width: st.lists(st.lists(st.lists(fields, min_size=width, max_size=width), min_size=1), min_size=1)
)


@given(sentences_of_rows, st.sampled_from(["whitespace", "tab", "space"]), st.sampled_from(BLOCKS))
def test_any_row_comes_back_with_one_more_column(
    tagger: Tagger, sentences: list[list[list[str]]], delimiter: str, block: int
) -> None:
    between = " " if delimiter == "space" else "\t"
    tagged = tagger.tag([[fields[1] for fields in sentence] for sentence in sentences])
    content, expected = (
        "\n\n".join(
            "\n".join(
                between.join([*fields, tag] if with_tag else fields)
                for fields, tag in zip(sentence, bio(each, len(sentence)), strict=True)
            )
            for sentence, each in zip(sentences, tagged, strict=True)
        )
        for with_tag in (False, True)
    )
    assert tagged_columns(tagger, content, "conll", delimiter, word=2, block=block) == expected + "\n"


def test_a_carriage_return_is_no_part_of_the_last_column(tagger: Tagger) -> None:
    (tag,) = tags_of(tagger, "Paris")
    assert tagged_columns(tagger, "\ufeffParis\r\n\r\n").replace("\r", "") == f"Paris\t{tag}\n\n"


@pytest.mark.parametrize("block", BLOCKS)
def test_as_json_a_sentence_is_its_words_and_the_number_of_its_first_line(tagger: Tagger, block: int) -> None:
    content = "-DOCSTART-\n\n# a\nParis\nsleeps\n\n\nThe\nTEXAS\n"
    lines = records(tagged_columns(tagger, content, "jsonl", block=block))
    assert [(line["meta"]["start"], line["text"]) for line in lines] == [
        (4, "Paris sleeps"),
        (8, "The TEXAS"),
    ]
    for line, found in zip(lines, tagger.tag([["Paris", "sleeps"], ["The", "TEXAS"]]), strict=True):
        words = line["text"].split()
        assert [(each["label"], each["text"]) for each in line["spans"]] == [
            (each.label, " ".join(words[each.start : each.end])) for each in found
        ]
        for entity in line["spans"]:
            assert line["text"][entity["start"] : entity["end"]] == entity["text"]


def test_as_text_a_sentence_is_a_line(tagger: Tagger) -> None:
    out = tagged_columns(tagger, "-DOCSTART-\n\nParis\nsleeps\n\nThe\nTEXAS\n", "text")
    assert re.sub(r"\[\w+ |\]", "", out) == "Paris sleeps\nThe TEXAS\n"
    tagged = tagger.tag([["Paris", "sleeps"], ["The", "TEXAS"]])
    assert out.count("[") == sum(map(len, tagged)) > 0


def test_in_columns_too_entities_below_the_least_score_are_left_out(tagger: Tagger) -> None:
    content = "Paris\nsleeps\n\nThe\nTEXAS\n"
    assert "B-" in tagged_columns(tagger, content)
    assert tagged_columns(tagger, content, min_score=1.0) == "Paris\tO\nsleeps\tO\n\nThe\tO\nTEXAS\tO\n"


@pytest.mark.parametrize("content", ["", "\n\n", "# only\n", "-DOCSTART-\n"])
def test_a_column_file_without_tokens_comes_back(tagger: Tagger, content: str) -> None:
    assert tagged_columns(tagger, content) == content.replace("-\n", "-\tO\n")
    assert tagged_columns(tagger, content, "jsonl") == ""


def test_a_row_of_another_width_is_refused(tagger: Tagger) -> None:
    message = (
        "f:3: 3 columns (delimiter: whitespace); the rows before have 2; "
        "fix the row, or say what separates columns with --delimiter"
    )
    with pytest.raises(DataError, match=rf"^{re.escape(message)}\Z"):
        tagged_columns(tagger, "Paris\tNNP\n\nNew York\tNNP\n")
    assert tagged_columns(tagger, "Paris\tNNP\n\nNew York\tNNP\n", delimiter="tab").count("\t") == 4


@pytest.mark.parametrize("scheme", SCHEMES)
def test_columns_get_the_tags_of_the_scheme_asked_for(tagger: Tagger, scheme: str) -> None:
    words = ["Paris", "Texas", "the", "USA", "of", "TEXAS"]
    columns, output = Columns(tag=0), Output("conll", scheme=scheme)
    (out,) = tag_blocks(column_blocks(BytesIO("\n".join(words).encode()), "f", output, columns), tagger)
    (found,) = tagger.tag([words])
    assert [line.split("\t")[1] for line in out.splitlines()] == SCHEMES[scheme].encode(
        [each.entity for each in found], len(words)
    )


# Files one after the other, and pauses.


def test_the_last_part_of_a_file_says_why_it_cannot_be_read_to_its_end(tagger: Tagger) -> None:
    output = Output("text")
    contents = (b"Paris.\n", b"Texas.\n\xff\n", b"", b"Paris.\n")
    for jobs in (1, 2):
        with patch.object(prediction, "BLOCK", 1), patch("wincls.corpus.text._CHUNK", 7):
            blocks_of = [partial(text_blocks, BytesIO(each), "f", output) for each in contents]
            parts = list(tag_files(blocks_of, tagger, jobs))
        assert [(part.file, bool(part.text), part.is_last) for part in parts] == [
            (0, True, False), (0, False, True), (1, True, False), (1, False, True),
            (2, False, True), (3, True, False), (3, False, True),
        ]  # fmt: skip
        assert [part.error[:12] for part in parts] == ["", "", "", "f:2: byte 1 ", "", "", ""]


def counted(tagger: Tagger) -> tuple[Any, list[int]]:
    """The tagger, and a list to which it appends the number of documents that it is given at once."""
    calls: list[int] = []

    class Spy:
        labels = tagger.labels
        tokenizer = tagger.tokenizer

        def tag(self, sentences: list[list[str]], documents: list[int]) -> Any:
            calls.append(len(documents))
            return tagger.tag(sentences, documents)

    return Spy(), calls


@pytest.mark.parametrize("columns", [None, Columns(tag=0)])
def test_small_files_are_tagged_at_once_and_each_by_itself(
    make_tagger: Callable[..., Tagger], columns: Columns | None
) -> None:
    tagger = make_tagger(context_tokens=1000)
    contents = [b"Paris\n\n", b"", b"The\n\nUSA\nParis\n\n", b"\n", b"Texas\n\n" * 9, b"Paris"] * 3
    output = Output("conll")

    def blocks_of(content: bytes) -> Any:
        if columns is None:
            return partial(text_blocks, BytesIO(content), "f", output)
        return partial(column_blocks, BytesIO(content), "f", output, columns, 1000)

    def written(some: list[bytes], tagger: Any) -> list[str]:
        parts = list(tag_files([blocks_of(each) for each in some], tagger))
        return ["".join(part.text for part in parts if part.file == i) for i in range(len(some))]

    spy, calls = counted(tagger)
    together = written(contents, spy)
    assert calls == [15]  # an empty file has no block
    assert together == [text for each in contents for text in written([each], tagger)]
    with patch.object(prediction, "BLOCK", 20):
        calls.clear()
        assert written(contents, spy) == together
        assert len(calls) > 1


def test_no_small_file_waits_for_a_pause_of_another(tagger: Tagger) -> None:
    output, live = Output("text"), Paused(None, b"Texas\n")
    blocks_of = [partial(text_blocks, each, "f", output) for each in (BytesIO(b"Paris\n"), live)]
    part = next(tag_files(blocks_of, tagger))
    assert "Paris" in part.text
    assert live.chunks == [b"Texas\n"]


class Paused:
    """A file of bytes with pauses among them."""

    def __init__(self, *chunks: bytes | None):
        self.chunks = list(chunks)

    def read1(self, size: int) -> bytes | None:
        return self.chunks.pop(0) if self.chunks else b""

    read = read1

    def __iter__(self) -> Iterator[bytes | None]:
        for chunk in self.chunks:
            yield from [None] if chunk is None else chunk.splitlines(keepends=True)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("output_format", "wrapped"), [("text", False), ("text", True), ("jsonl", False), ("conll", False)]
)
def test_complete_lines_are_answered_at_a_pause(
    tagger: Tagger, output_format: str, wrapped: bool, jobs: int
) -> None:
    chunks = (b"Paris is.\n\nTexas.\n\nThe U", None, b"SA.\n\n", None, b"Paris")
    output = Output(output_format)
    whole = b"".join(chunk or b"" for chunk in chunks)
    expected = "".join(tag_blocks(text_blocks(BytesIO(whole), "f", output, wrapped), tagger))
    file = Paused(*chunks)
    parts, left = [], []
    for part in tag_blocks(text_blocks(file, "f", output, wrapped), tagger, jobs):
        parts.append(part)
        left.append(len(file.chunks))
    assert "".join(parts) == expected
    assert left[:2] == [3, 1]
    assert len(parts) == 3


def test_complete_sentences_of_columns_are_answered_at_a_pause(tagger: Tagger) -> None:
    chunks = (b"Paris\nis\n\nTexas\n", None, b"The\n\n", None, b"USA\n")
    columns, output = Columns(tag=0), Output("conll")
    whole = b"".join(chunk or b"" for chunk in chunks)
    expected = "".join(tag_blocks(column_blocks(BytesIO(whole), "f", output, columns), tagger))
    parts = list(tag_blocks(column_blocks(Paused(*chunks), "f", output, columns), tagger))
    assert "".join(parts) == expected
    assert [part.count("\n") for part in parts] == [3, 3, 1]


@pytest.mark.parametrize("kind", ["text", "conll"])
def test_after_a_pause_a_line_is_tagged_with_what_has_been_read(
    make_tagger: Callable[..., Tagger], kind: str
) -> None:
    tagger, seen = make_tagger(context_tokens=4), []

    class Spy:
        labels = tagger.labels
        tokenizer = tagger.tokenizer

        def tag(self, sentences: list[list[str]], documents: list[int] | None = None) -> Any:
            seen.append([word for sentence in sentences for word in sentence])
            return tagger.tag(sentences, documents)

    lines = [b"one two\n\n", b"three\n\n", b"four\n\n", b"five\n\n"]
    if kind == "conll":
        lines = [line.replace(b" ", b"\n") for line in lines]
    file = Paused(*(chunk for line in lines for chunk in (line, None)))
    if kind == "conll":
        blocks = column_blocks(file, "f", Output("conll"), Columns(tag=0), 4)
    else:
        blocks = text_blocks(file, "f", Output("text"), True, 6)
    list(tag_blocks(blocks, Spy()))
    # A context block is complete with the line "four".
    first = [["one", "two"], ["one", "two", "three"], ["one", "two", "three", "four"], ["five"]]
    assert seen == first


def test_a_row_without_a_word_column_is_refused(tagger: Tagger) -> None:
    message = (
        "f:2: 1 column (delimiter: whitespace); at least 2 are needed for word column 2; "
        "fix the row, or set data.word_column, data.tag_column, data.delimiter or data.comment "
        "(--word-column, --tag-column, --delimiter, --comment)"
    )
    with pytest.raises(DataError, match=rf"^{re.escape(message)}\Z"):
        tagged_columns(tagger, "1 Paris\nsleeps\n", word=2)
