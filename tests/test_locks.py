"""Locks of folders; that they hold for other processes is tested with checkpoints, which need them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from wincls import locks
from wincls.errors import WinclsError
from wincls.locks import locked


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Windows as far as locks see it: an open file cannot be deleted, and msvcrt locks.

    is_locked: whether another process holds the lock. is_open: whether another process has the file open.
    """
    system = SimpleNamespace(is_locked=False, is_open=False)
    unlink = Path.unlink

    def locking(handle: int, mode: int, size: int) -> None:
        if system.is_locked:
            raise OSError(36, "Resource deadlock avoided")

    def unlink_closed(path: Path, missing_ok: bool = False) -> None:
        opened = {each.resolve() for each in Path("/proc/self/fd").iterdir()}
        if system.is_open or path.resolve() in opened:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(locks, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=2, locking=locking))
    monkeypatch.setattr(Path, "unlink", unlink_closed)
    return system


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="sees open files in /proc")


@needs_proc
def test_on_windows_a_lock_is_deleted_although_open_files_cannot_be(
    windows: SimpleNamespace, tmp_path: Path
) -> None:
    for _ in range(2):
        with locked(tmp_path):
            assert [path.name for path in tmp_path.iterdir()] == [".lock"]
        assert list(tmp_path.iterdir()) == []


@needs_proc
def test_on_windows_a_lock_that_another_process_has_open_ends_without_an_error(
    windows: SimpleNamespace, tmp_path: Path
) -> None:
    with locked(tmp_path):
        windows.is_open = True
    windows.is_open = False
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@needs_proc
def test_on_windows_a_second_lock_is_refused(windows: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("4711")
    windows.is_locked = True
    with pytest.raises(WinclsError, match=r"another training \(process 4711\)"), locked(tmp_path):
        pass
