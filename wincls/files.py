"""Opening and replacing files so that nothing is lost: the one place that touches paths."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from wincls.errors import DataError, WinclsError


def open_binary(path: str | Path) -> BinaryIO:
    """Open a file for reading, or raise DataError saying why that is not possible."""
    try:
        return open(path, "rb")
    except FileNotFoundError:
        raise DataError(
            f"{path}: no such file; check the path (relative paths start at the current folder)"
        ) from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; a file is needed") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    except ValueError as error:  # a NUL in the path
        raise DataError(f"{path!r}: not a path ({error})") from None


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Write a file beside its target and rename it when it is complete.

    If the block raises, the target stays as it was. Raises WinclsError if nothing can be written.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    if target.exists() and not target.is_file() and not target.is_dir():  # a device or a pipe
        with open(target, "wb") as file:
            yield file
        return
    try:
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise WinclsError(
            f"{path}: cannot be written ({error.strerror}); choose another place with --output"
        ) from None
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o666 & ~_umask())
        Path(beside).replace(target)
    except BrokenPipeError:  # not this file's: the reader of the standard output is gone
        raise
    except OSError as error:
        raise WinclsError(f"{path}: cannot be written ({error.strerror}); is the disk full?") from None
    finally:
        Path(beside).unlink(missing_ok=True)


@contextmanager
def output_folder(path: str | Path) -> Iterator[Path]:
    """A folder that files can be written to, created if necessary; WinclsError if that is impossible.

    If the block raises, folders that were created for it and are still empty are removed.
    """
    path = Path(path)
    whole = Path(os.path.realpath(path))  # without .. in it, which cannot be removed
    missing: list[Path] = []
    try:
        try:
            missing = [each for each in (whole, *whole.parents) if not each.exists()]
            whole.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=whole):
                pass
        except OSError as error:
            raise WinclsError(
                f"{path}: no folder to write to ({error.strerror}); choose another one with --output"
            ) from None
        yield path
    except BaseException:
        for each in missing:
            with suppress(OSError):  # it is not empty, or was not created
                each.rmdir()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
