"""Locks of folders, so that two trainings never write into one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from wincls.errors import WinclsError

_held: set[Path] = set()  # folders that this process has locked


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes, and other callers in this one, from locking the same folder.

    The lock ends with the process, however it ends. Raises WinclsError if the folder is locked.
    """
    whole = Path(os.path.realpath(folder))
    path = whole / ".lock"
    if whole in _held:
        raise WinclsError(_is_locked(folder, str(os.getpid())))
    _held.add(whole)
    try:
        while True:
            file = open(path, "a+b")  # noqa: SIM115 - stays open as long as the lock is held
            try:
                _lock(file)
            except OSError:
                file.seek(0)
                owner = file.read(20).decode(errors="replace")
                file.close()
                raise WinclsError(_is_locked(folder, owner)) from None
            if sys.platform == "win32" or _same(path, file):  # an open file cannot be deleted there
                break
            file.close()  # the one before has deleted it in the meantime
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        try:
            yield
        finally:
            _delete(path, file)
    finally:
        _held.discard(whole)


def _is_locked(folder: Path, owner: str) -> str:
    return (
        f"{folder}: another training (process {owner or 'unknown'}) is writing there; wait until it is over, "
        "or choose another folder with --output"
    )


def _same(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


def _delete(path: Path, file: BinaryIO) -> None:
    """Delete and close the file of a lock that is held.

    Windows deletes no open file. There it is closed first, and stays if another process opens it in between.
    """
    if sys.platform == "win32":
        file.close()
        with suppress(OSError):
            path.unlink()
    else:  # while it is locked, so that nobody else's lock is deleted
        path.unlink(missing_ok=True)
        file.close()


def _lock(file: BinaryIO) -> None:
    """Lock an open file, or raise OSError if another process has."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(100)  # beyond the process number, which others may read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # not inherited by forked processes
