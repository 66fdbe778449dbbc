"""Blocks of files: every byte in one of them, whatever the sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.distributed import blocks
from wincls.distributed.blocks import Range, read_block, tasks_of
from wincls.distributed.storage import Source

TEXTS = st.lists(st.sampled_from(["a", "é", "中", "😀", " ", "\n", "\r\n", "\n \n", "word "]), max_size=60)


def blocks_of(content, block_size, wrapped=False):
    def read(path, begin, end):
        return content[begin:end]

    tasks = tasks_of([Source("file", len(content), "")], block_size)
    return [read_block(each, read, wrapped) for task in tasks for each in task.ranges]


@given(TEXTS, st.integers(4, 30), st.booleans(), st.sampled_from([4, 9, 1 << 18]))
def test_blocks_of_a_file_are_the_file_and_cut_no_character(parts, block_size, wrapped, longest):
    content = "".join(parts).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "LONGEST", longest)
        found = blocks_of(content, block_size, wrapped)
    assert b"".join(raw for _, raw in found) == content
    position = 0
    for begin, raw in found:
        assert begin == position or not raw
        position += len(raw)
        raw.decode()


def test_a_line_belongs_to_the_block_in_which_it_begins():
    assert blocks_of(b"one\ntwo\nthree\nfour\n", 8) == [(0, b"one\ntwo\n"), (8, b"three\nfour\n"), (19, b"")]


def test_with_wrapped_blocks_end_at_empty_lines():
    content = b"one\ntwo\n\nthree\nfour\n \nfive\n"
    assert [raw for _, raw in blocks_of(content, 10, wrapped=True)] == [
        b"one\ntwo\n\nthree\nfour\n \n",
        b"",
        b"five\n",
    ]


def test_a_line_without_end_is_cut_at_a_space(monkeypatch):
    monkeypatch.setattr(blocks, "LONGEST", 6)
    found = [raw for _, raw in blocks_of(b"aaa bbb ccc ddd eee fff ggg", 9)]
    assert found == [b"aaa bbb ccc ", b"ddd eee ", b"fff ggg"]


def test_small_files_share_a_task_and_large_ones_are_cut():
    sizes = [5, 5, 25, 1, 9, 2]
    tasks = list(tasks_of([Source(str(i), size, "") for i, size in enumerate(sizes)], 10))
    assert [task.number for task in tasks] == list(range(6))
    found = [[(each.file, each.begin, each.end) for each in task.ranges] for task in tasks]
    assert found == [
        [(0, 0, 5), (1, 0, 5)],
        [(2, 0, 10)],
        [(2, 10, 20)],
        [(2, 20, 25)],
        [(3, 0, 1), (4, 0, 9)],
        [(5, 0, 2)],
    ]


def test_a_task_has_at_most_1000_files():
    tasks = tasks_of([Source(str(i), 1, "") for i in range(2500)], 1 << 20)
    assert [len(task.ranges) for task in tasks] == [1000, 1000, 500]


def test_a_file_that_became_shorter_is_an_error():
    with pytest.raises(OSError, match="has 3 bytes, but had 5"):
        read_block(Range(0, "file", 5, 0, 5), lambda path, begin, end: b"abc")
