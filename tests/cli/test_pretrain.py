"""`wincls pretrain`."""

from pathlib import Path

import pytest

from tests.cli.conftest import NO_FILE, failure, files_in, output, run, train

RAIN = "In Oslo it rains. In Lima it rains too!\nThe train to Oslo was late. The train to Lima was late.\n"


def test_pretrain_writes_vectors_that_train_reads(folder, write):
    write(RAIN * 3, "text.txt")
    printed = output("pretrain", "text.txt", "-o", "vectors.txt", "--dimension", "5")
    words = ["in", "oslo", "it", "rains", ".", "lima", "too", "!", "the", "train", "to", "was", "late"]
    assert printed == (
        "75 tokens; wrote vectors of 5 numbers for 13 words, all that occur\n"
        "2 times or more beside others, to vectors.txt. Now try:\n"
        "  wincls train --config YOUR.yaml --set features.word.vectors=vectors.txt\n"
    )
    first, *rows = Path("vectors.txt").read_text().splitlines()
    assert first == "13 5"
    assert sorted(row.split()[0] for row in rows) == sorted(words)
    assert {len(row.split()) for row in rows} == {6}
    assert "vectors for" in train("features.word.vectors=vectors.txt")


def test_pretrain_reads_several_files_columns_and_standard_input(folder, write):
    plain_text = "Ada sings here. Ada sings there.\n"
    columns = "".join(
        f"1\tAda\tB-PER\n2\tsings\tO\n3\t{where}\tO\n4\t.\tO\n\n" for where in ("here", "there")
    )
    write(plain_text, "one.txt")
    write(columns, "one.conll")
    output("pretrain", "one.txt", "-o", "a")
    output("pretrain", "-", "-o", "b", text=plain_text)
    output("pretrain", "one.conll", "-o", "c", "--input", "conll", "--word-column", "2")
    assert Path("a").read_text() == Path("b").read_text() == Path("c").read_text()
    output("pretrain", "one.txt", "one.txt", "-o", "d")
    assert len(Path("d").read_text().splitlines()) > len(Path("a").read_text().splitlines())


def test_neighbors_continue_over_line_ends_only_in_wrapped_text(folder, write):
    write("a b\nc d\n\n" * 5, "text.txt")
    output("pretrain", "text.txt", "-o", "lines")
    output("pretrain", "text.txt", "-o", "wrapped", "--wrapped")
    assert Path("lines").read_text() != Path("wrapped").read_text()


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["gone.txt", "-o", "v"], f"gone.txt: {NO_FILE}", 1),
        (
            ["once.txt", "-o", "v"],
            "once.txt: too little text: no word occurs 2 times beside another that does; "
            "vectors need much more",
            1,
        ),
        (["once.txt", "-o", "once.txt"], "--output: once.txt is read as well; choose another file", 2),
        (["once.txt", "-o", "v", "--word-column", "2"], "--word-column: only with --input conll", 2),
        (
            ["once.txt", "-o", "v", "-i", "conll", "--word-column", "0"],
            "--word-column: found 0; columns are counted from 1, or from the right from -1",
            2,
        ),
    ],
)
def test_what_pretrain_cannot_read_or_write(folder, write, arguments, message, status):
    write("each word once", "once.txt")
    before = files_in(".")
    assert failure("pretrain", *arguments, status=status) == message
    assert files_in(".") == before


def test_a_pretraining_that_fails_leaves_the_old_vectors_whole(folder, write):
    write("old", "v")
    write(b"a a\n\xff\n", "bad.txt")
    assert failure("pretrain", "bad.txt", "-o", "v").startswith("bad.txt:2: ")
    assert Path("v").read_text() == "old"


def test_text_is_tokenized_like_the_training_data_of_a_configuration(folder, write):
    write("low-cost\tO\nnew-born\tO\nAda\tB-PER\nsang-froid\tO\n\n" * 20, "train.conll")
    write("A low-cost flat . A low-cost boat .\n" * 9, "text.txt")
    output("pretrain", "text.txt", "-o", "own.txt", "-d", "3", "--config", "small.yaml")
    assert "low-cost" in Path("own.txt").read_text()
    write("low\tO\n-\tO\ncost\tO\nAda\tB-PER\n\n" * 20, "train.conll")
    output("pretrain", "text.txt", "-o", "own.txt", "-d", "3", "--config", "small.yaml")
    assert "low-cost" not in Path("own.txt").read_text()
    assert failure(
        "pretrain", "train.conll", "-o", "v.txt", "-c", "small.yaml", "-i", "conll", status=2
    ).startswith("--config: not with --input conll")


def test_what_is_skipped_in_columns_is_said(folder, write):
    write("word\ttag\n" + "Ada\tO\nsings\tO\n\n" * 9, "columns.tsv")
    result = run("pretrain", "columns.tsv", "-i", "conll", "-o", "v.txt", "-d", "3")
    assert result.stderr == "Note: columns.tsv: 1 x header row skipped (first: columns.tsv:1).\n"
