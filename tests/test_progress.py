from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wincls.progress import Advance, advancing, counting, following, listening, phase

Seen = dict[tuple[str, int | None, str], list[int]]


@contextmanager
def recorded(seen: Seen) -> Iterator[None]:
    """Within the block, how each phase advances is added to `seen`."""

    @contextmanager
    def listener(name: str, total: int | None, unit: str) -> Iterator[Advance]:
        advances = seen.setdefault((name, total, unit), [])
        yield advances.append

    with listening(listener):
        yield


def test_without_a_listener_nothing_happens() -> None:
    with phase("sleeping", 3) as advance:
        assert advance(1) is None


def test_a_listener_hears_of_phases_until_its_block_ends() -> None:
    seen: Seen = {}
    with recorded(seen), phase("eating", 2, " meals") as advance:
        advance(2)
    with phase("sleeping"):
        pass
    assert seen == {("eating", 2, " meals"): [2]}


def test_a_file_that_is_followed_advances_by_all_of_its_bytes(write: Callable[..., Path]) -> None:
    seen: Seen = {}
    with recorded(seen), write("one\ntwo\nthree\n").open("rb") as file:
        assert list(following(file, file, "reading")) == [b"one\n", b"two\n", b"three\n"]
    ((key, advances),) = seen.items()
    assert key == ("reading", 14, "B")
    assert sum(advances) == 14


def test_a_file_advances_after_each_so_many_items(write: Callable[..., Path]) -> None:
    advances: list[int] = []
    with write("abcdefg").open("rb") as file:
        read = iter(lambda: file.read(2), b"")
        assert list(advancing(read, file, advances.append, every=2)) == [b"ab", b"cd", b"ef", b"g"]
    assert advances == [2, 4, 1]


def test_what_is_no_file_has_no_size_to_advance_by() -> None:
    seen: Seen = {}
    with recorded(seen):
        assert list(following("abc", io.BytesIO(b"abc"), "reading")) == ["a", "b", "c"]
    assert seen == {("reading", None, "B"): []}


def test_items_are_counted() -> None:
    seen: Seen = {}
    with recorded(seen):
        assert list(counting("abc", "spelling", " letters")) == ["a", "b", "c"]
    assert seen == {("spelling", 3, " letters"): [1, 1, 1]}
