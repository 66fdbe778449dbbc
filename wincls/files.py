"""Opening and replacing files so that nothing is lost: the one place that touches paths."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import select
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from wincls.errors import DataError, WinclsError

_STREAMS = {"-": 1, "/dev/stdout": 1, "/dev/stderr": 2}
_STREAM = re.compile(rf"(?:{'|'.join(_STREAMS)})|/(?:dev|proc/self)/fd/([0-9]{{1,9}})")


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
def source(path: str | Path) -> Iterator[BinaryIO]:
    """A file, or standard input for "-", open for reading."""
    if path == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed; give a file")
        yield sys.stdin.buffer
    else:
        with open_binary(path) as file:
            yield file


class Live:
    """A pipe or a terminal, read as its bytes come in.

    Instead of waiting for longer than `pause` seconds, it gives None once, and then waits.
    """

    def __init__(self, file: BinaryIO, pause: float = 0.4):
        self._handle = file.fileno()
        self._pause = pause
        self._has_paused = False

    def read1(self, size: int) -> bytes | None:
        """At most so many bytes, as soon as there are any; b"" at the end, None for a pause."""
        if not self._has_paused and not select.select([self._handle], [], [], self._pause)[0]:
            self._has_paused = True
            return None
        self._has_paused = False
        return os.read(self._handle, size)

    read = read1

    def __iter__(self) -> Iterator[bytes | None]:
        """The lines, with None for a pause."""
        rest = b""
        while (chunk := self.read1(1 << 16)) != b"":
            if chunk is None:
                yield None
                continue
            first, *others = chunk.split(b"\n")
            rest += first
            for each in others:
                yield rest + b"\n"
                rest = each
        if rest:
            yield rest


def as_it_comes(file: BinaryIO) -> BinaryIO | Live:
    """A file as Live where it is a pipe or a terminal; as it is otherwise."""
    if os.name != "posix":  # elsewhere, pipes cannot be waited for
        return file
    try:
        mode = os.fstat(file.fileno()).st_mode
    except (OSError, ValueError):  # not a file of the operating system
        return file
    return Live(file) if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode) else file


def stream_of(path: str | Path) -> int | None:
    """The number of the open stream that a path such as "-" or /dev/stdout stands for; None for others."""
    match = _STREAM.fullmatch(os.fspath(path))
    return None if match is None else int(match[1] or _STREAMS[match[0]])


@contextmanager
def replacing(path: str | Path, is_lasting: bool = True) -> Iterator[BinaryIO]:
    """Write a file beside its target and rename it when it is complete.

    If the block raises, the target stays as it was. Raises WinclsError if nothing can be written.

    is_lasting: see :func:`replacing_together`.
    """
    with replacing_together([path], is_lasting) as (file,):
        yield file


@contextmanager
def replacing_together(paths: Sequence[str | Path], is_lasting: bool = True) -> Iterator[list[BinaryIO]]:
    """Write several files beside their targets and rename them, one right after the other, when all are done.

    If the block raises, all targets stay as they were. A device, a pipe, or a stream that is already open
    (:func:`stream_of`) is written directly. Raises WinclsError if nothing can be written, or if a target may
    only be read.

    is_lasting: wait until the disk has the files, so that even a power failure leaves them whole. This takes
        some milliseconds for each.
    """
    files: list[BinaryIO] = []
    pending: list[_Pending] = []
    created: list[str] = []
    path: str | Path = paths[0]
    try:
        try:
            for path in paths:
                stream = stream_of(path)
                if stream is not None:
                    files.append(open(os.dup(stream), "wb"))  # noqa: SIM115 - closed below
                    continue
                mode = _mode(path)
                if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                    files.append(open(path, "wb"))  # noqa: SIM115 - closed below
                    continue
                if mode is not None and not mode & 0o222:
                    raise WinclsError(f"{path}: may only be read; choose another place with --output")
                folder, name = os.path.split(os.path.realpath(path))  # a link stays a link
                target = os.path.join(folder, name)  # noqa: PTH118 - a Path would cost more than the file
                beside = os.path.join(folder, f"{_prefix(name)}{os.urandom(6).hex()}")  # noqa: PTH118
                created.append(beside)  # before it is there, since a signal may come right after that
                files.append(open(beside, "xb", opener=_private))  # noqa: SIM115 - closed below
                mode = 0o666 & ~_umask() if mode is None else stat.S_IMODE(mode)
                pending.append(_Pending(files[-1], beside, target, mode))
        except OSError as error:
            raise WinclsError(
                f"{path}: cannot be written ({error.strerror}); choose another place with --output"
            ) from None
        yield files
        for file, beside, path, mode in pending:  # noqa: B007 - named in the error
            file.flush()
            if is_lasting:
                os.fsync(file.fileno())
            file.close()
            os.chmod(beside, mode)  # noqa: PTH101
        while pending:
            path = pending[0].target
            Path(pending[0].beside).replace(path)
            del pending[0]
        for file in files:
            file.close()
    except BrokenPipeError:  # not one of these files: the reader of the standard output is gone
        raise
    except OSError as error:
        is_open = isinstance(error, PermissionError)  # on Windows
        hint = "does another program have it open?" if is_open else "is the disk full?"
        raise WinclsError(f"{_as_given(path, paths)}: cannot be written ({error.strerror}); {hint}") from None
    finally:
        for file in files:
            with suppress(OSError):  # what it still holds cannot be written either
                file.close()
        for beside in created:
            Path(beside).unlink(missing_ok=True)


class _Pending(NamedTuple):
    """A file beside its target; mode: of the target."""

    file: BinaryIO
    beside: str
    target: str
    mode: int


def _private(path: str, flags: int) -> int:
    """Opens a file that only its owner may read."""
    return os.open(path, flags, 0o600)


def _mode(path: str | Path) -> int | None:
    """The mode of a file as os.stat gives it; None if there is none."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116
    except FileNotFoundError:
        return None


def _as_given(path: str | Path, paths: Sequence[str | Path]) -> str | Path:
    """A target by the name under which it was asked for."""
    return next((given for given in paths if os.path.realpath(given) == path), path)


def remove_leftovers(paths: Iterable[str | Path]) -> None:
    """Delete what a killed program has left beside its targets, which nobody else may be writing."""
    for path in paths:
        target = Path(os.path.realpath(path))
        with suppress(OSError):
            for beside in target.parent.glob(f"{glob.escape(_prefix(target.name))}*"):
                beside.unlink(missing_ok=True)


def digest(path: str | Path) -> str:
    """The BLAKE2b digest of a file, 32 hexadecimal digits. Raises DataError if it cannot be read."""
    hashed = hashlib.blake2b(digest_size=16)
    with open_binary(path) as file:
        while block := file.read(1 << 20):
            hashed.update(block)
    return hashed.hexdigest()


def _prefix(name: str) -> str:
    """What the names of unfinished files start with; name: of the target."""
    return f".{name}.unfinished-"


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
