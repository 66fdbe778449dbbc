from __future__ import annotations

import errno
import os
import re
import stat
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from unittest.mock import patch

import pytest

from wincls.errors import DataError, WinclsError
from wincls.files import Live, as_it_comes, open_binary, output_folder, replacing


def exactly(message: str) -> str:
    return rf"^{re.escape(message)}\Z"


def only(folder: Path) -> Path:
    """The one file of a folder; nothing may be left beside it."""
    (path,) = folder.iterdir()
    return path


# Reading.


def test_a_file_is_opened_for_reading_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\r\n")
    with open_binary(tmp_path / "a") as file:
        assert file.read() == b"\xff\r\n"
    with open_binary(str(tmp_path / "a")) as file:
        assert file.read() == b"\xff\r\n"


def test_a_file_that_cannot_be_opened_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    missing, below, long = tmp_path / "a", tmp_path / "file" / "a", tmp_path / ("a" * 300)
    for path, message in [
        (missing, f"{missing}: no such file; check the path (relative paths start at the current folder)"),
        (tmp_path, f"{tmp_path}: is a folder; a file is needed"),
        (below, f"{below}: cannot be read (Not a directory); check its permissions"),
        (long, f"{long}: cannot be read (File name too long); check its permissions"),
        ("a\0b", r"'a\x00b': not a path (embedded null byte)"),
    ]:
        with pytest.raises(DataError, match=exactly(message)):
            open_binary(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch(0o000)
    message = f"{path}: cannot be read (Permission denied); check its permissions"
    with pytest.raises(DataError, match=exactly(message)):
        open_binary(path)


# Writing.


def test_the_target_changes_only_when_the_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert only(tmp_path).read_text() == "new"


def test_a_new_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with replacing(str(path)) as file:
        file.write(b"new")
        assert not path.exists()
    assert only(tmp_path) == path


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, WinclsError])
def test_the_target_stays_as_it_was_if_the_block_raises(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(error), replacing(path) as file:
        file.write(b"half")
        raise error
    assert only(tmp_path).read_text() == "old"


@pytest.mark.parametrize("is_lasting", [True, False])
def test_a_file_is_on_the_disk_before_it_gets_its_name_unless_speed_matters_more(
    tmp_path: Path, is_lasting: bool
) -> None:
    names_at_sync = []
    sync = patch("os.fsync", lambda handle: names_at_sync.append((tmp_path / "a").exists()))
    with sync, replacing(tmp_path / "a", is_lasting) as file:
        file.write(b"new")
    assert names_at_sync == [False] * is_lasting
    assert only(tmp_path).read_text() == "new"


def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    message = f"{path}: cannot be written (No space left on device); is the disk full?"
    with pytest.raises(WinclsError, match=exactly(message)), replacing(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert only(tmp_path).read_text() == "old"


def test_a_target_that_another_program_has_open_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    """Windows replaces no open file."""
    path = tmp_path / "a"
    path.write_text("old")
    message = f"{path}: cannot be written (Permission denied); does another program have it open?"
    refused = patch.object(Path, "replace", side_effect=PermissionError(13, "Permission denied"))
    with refused, pytest.raises(WinclsError, match=exactly(message)), replacing(path) as file:
        file.write(b"new")
    assert only(tmp_path).read_text() == "old"


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a"
    message = f"{path}: cannot be written (No such file or directory); choose another place with --output"
    with pytest.raises(WinclsError, match=exactly(message)), replacing(path):
        raise AssertionError("the block is not entered")


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.mkdir()
    with pytest.raises(WinclsError, match=f"^{re.escape(str(path))}: cannot be written "), replacing(path):
        pass
    assert only(tmp_path).is_dir()


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a"):
            pass
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    """Nor a device: as root, --output /dev/null would leave a machine without one."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with replacing(path) as file:
            file.write(b"text")
    except WinclsError:
        pass  # to refuse it is as good as to write to it
    finally:
        os.close(reader)
    assert only(tmp_path).is_fifo()


# Folders.


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "a"
    for given in (str(path), path):
        with output_folder(given) as folder:
            assert folder == path
    assert list(path.iterdir()) == []


def test_a_folder_that_was_made_in_vain_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "a" / "b" / "c"):
        raise KeyboardInterrupt
    assert list((tmp_path / "a").iterdir()) == []


def test_folders_that_lead_nowhere_are_taken_away(tmp_path: Path) -> None:
    with pytest.raises(WinclsError, match="no folder to write to"):
        output_folder(tmp_path / "a" / ("x" * 300)).__enter__()
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "b" / ".." / "c"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_itself_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    path = tmp_path / "loop" / "x"
    with pytest.raises(WinclsError, match=rf"^{re.escape(str(path))}: no folder to write to "):
        output_folder(path).__enter__()


@pytest.mark.parametrize("made_before", [False, True])
def test_a_folder_with_something_in_it_stays(tmp_path: Path, made_before: bool) -> None:
    if made_before:
        (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match="x"), output_folder(tmp_path / "a"):
        if not made_before:
            (tmp_path / "a" / "file").touch()
        raise ValueError("x")
    assert (tmp_path / "a").is_dir()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    message = f"{path}: no folder to write to (File exists); choose another one with --output"
    with pytest.raises(WinclsError, match=exactly(message)):
        output_folder(path).__enter__()
    below = path / "b"
    message = f"{below}: no folder to write to (Not a directory); choose another one with --output"
    with pytest.raises(WinclsError, match=exactly(message)):
        output_folder(below).__enter__()


# Files that come in slowly.

Pipe = tuple[BinaryIO, int]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Both ends of a pipe, as an open file and a handle."""
    reader, writer = os.pipe()
    with open(reader, "rb") as file:
        yield file, writer


def test_a_pipe_is_read_as_it_comes(pipe: Pipe) -> None:
    file, writer = pipe
    live = Live(file, pause=0.01)
    assert live.read1(10) is None
    os.write(writer, b"some bytes of text")
    assert [live.read1(10), live.read1(100), live.read1(10)] == [b"some bytes", b" of text", None]
    os.close(writer)
    assert [live.read1(10), live.read1(10)] == [b"", b""]


def test_after_a_pause_a_pipe_is_waited_for(pipe: Pipe) -> None:
    file, writer = pipe
    live = Live(file, pause=0.01)
    assert live.read1(10) is None
    threading.Timer(0.2, os.write, (writer, b"late")).start()
    assert live.read1(10) == b"late"
    os.close(writer)


def test_lines_of_a_pipe_are_whole(pipe: Pipe) -> None:
    file, writer = pipe
    lines = iter(Live(file, pause=0.01))
    os.write(writer, b"one\ntw")
    assert [next(lines), next(lines)] == [b"one\n", None]
    os.write(writer, b"o\n\nthree")
    os.close(writer)
    assert list(lines) == [b"two\n", b"\n", b"three"]


def test_only_pipes_and_terminals_come_in_slowly(pipe: Pipe, tmp_path: Path) -> None:
    file, writer = pipe
    os.close(writer)
    assert isinstance(as_it_comes(file), Live)
    (tmp_path / "a").write_bytes(b"a")
    with open(tmp_path / "a", "rb") as regular:
        assert as_it_comes(regular) is regular
    memory = BytesIO(b"a")
    assert as_it_comes(memory) is memory


def test_an_interrupt_right_after_the_file_is_created_leaves_nothing(tmp_path: Path) -> None:
    """As a signal may come between any two steps of Python."""
    create = os.open

    def interrupted(path: str, flags: int, mode: int = 0o777) -> int:
        create(path, flags, mode)
        raise KeyboardInterrupt

    with (
        patch("os.open", interrupted),
        pytest.raises(KeyboardInterrupt),
        replacing(tmp_path / "a.txt"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
