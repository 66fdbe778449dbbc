"""The files that a command is given: folders are walked, patterns expanded, and all looked at first."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from wincls.corpus.columns import Columns
from wincls.corpus.text import read_text
from wincls.corpus.untagged_columns import column_lines
from wincls.errors import ConfigError, DataError
from wincls.files import open_binary

STANDARD_INPUT = "-"
_MAGIC = "*?["
_LINES = 100  # of a column file are looked at first


class Input(NamedTuple):
    """A file to read.

    path: of the file; "-" for standard input.
    relative: its path within an output folder.
    """

    path: str
    relative: Path

    @property
    def name(self) -> str:
        """The path as text that can be written in UTF-8."""
        return os.fsencode(self.path).decode("utf-8", errors="replace")

    @property
    def size(self) -> int:
        """In bytes; 0 if it is not known, as that of a pipe."""
        try:
            return 0 if self.path == STANDARD_INPUT else Path(self.path).stat().st_size
        except OSError:
            return 0


def find_inputs(
    arguments: Sequence[str], check: Callable[[BinaryIO, str], None], skip: str | None = None
) -> tuple[list[Input], dict[str, str]]:
    """The files that can be read, in order, and a message for each path that cannot.

    arguments: files, folders (searched through in sorted order, without hidden files), patterns such as
        "*.txt" that the shell has not expanded, or "-".
    check: reads the beginning of a file and raises DataError if that is not possible.
    skip: a folder that is not searched.
    """
    inputs: list[Input] = []
    bad: dict[str, str] = {}
    for argument in arguments:
        try:
            for each in _expanded(argument, skip):
                try:
                    _check(each, check)
                except DataError as error:
                    bad[each.path] = str(error)
                else:
                    inputs.append(each)
        except DataError as error:
            bad[argument] = str(error)
    return inputs, bad


def total_size(inputs: Iterable[Input]) -> int:
    """The bytes of all files; pipes have none."""
    return sum(each.size for each in inputs)


def check_text(file: BinaryIO, name: str) -> None:
    """Raise DataError if the beginning of a file is no text."""
    next(read_text(file, name), None)


def check_columns(columns: Columns) -> Callable[[BinaryIO, str], None]:
    """A function that raises DataError if the beginning of a file has not these columns."""

    def check(file: BinaryIO, name: str) -> None:
        for _ in islice(column_lines(file, name, columns), _LINES):
            pass

    return check


def output_paths(inputs: Sequence[Input], folder: str, extension: str) -> dict[str, Path]:
    """For each path in inputs the file in the folder that its output is written to.

    Raises ConfigError if two have the same one.
    """
    targets: dict[Path, str] = {}
    for each in inputs:
        relative = each.relative
        # ".1" in "chapter.1" is no extension, but part of a name.
        known = relative.suffix[1:].isalnum() and not relative.suffix[1:].isdecimal()
        name = f"{relative.stem if known else relative.name}{extension}"
        target = Path(folder) / relative.with_name(name)
        other = targets.setdefault(target, each.path)
        if other != each.path:
            raise ConfigError(
                f"--output-dir: {other} and {each.path} would both be written to {target}; rename one, or "
                "tag them one after the other into different folders"
            )
    return {path: target for target, path in targets.items()}


def _expanded(argument: str, skip: str | None) -> Iterator[Input]:
    if argument == STANDARD_INPUT:
        yield Input(argument, Path("stdin"))
        return
    if os.path.lexists(argument) or not any(char in argument for char in _MAGIC):
        found, base = [argument], argument if Path(argument).is_dir() else str(Path(argument).parent)
    else:
        found = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 (Path.glob finds hidden files)
        fixed = argument[: min(argument.find(char) for char in _MAGIC if char in argument)]
        base = os.path.dirname(fixed)  # noqa: PTH120 (Path would drop a final slash)
        if not found:
            raise DataError(f"{argument}: no file matches; check the pattern")
    # Relative paths are kept; what is left of others is the part below what was named.
    keeps = not Path(argument).is_absolute() and ".." not in Path(argument).parts
    for path in found:
        if not Path(path).is_dir():
            yield Input(path, Path(path) if keeps else Path(path).relative_to(base))
        elif path == argument or not _within(path, skip):
            files = list(_files_in(path, skip))
            if not files and path == argument:
                raise DataError(f"{path}: no files in this folder")
            for file in files:
                yield Input(file, Path(file) if keeps else Path(file).relative_to(base))


def _files_in(folder: str, skip: str | None) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be read ({error.strerror}); check its permissions")

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not _within(Path(parent, name), skip)
        )
        for path in (Path(parent, name) for name in sorted(names) if not name.startswith(".")):
            if path.is_file() or not path.exists():  # a pipe could keep us waiting; a broken link is bad
                yield str(path)


def _within(path: str | Path, folder: str | None) -> bool:
    return folder is not None and os.path.realpath(path) == os.path.realpath(folder)


def _check(given: Input, check: Callable[[BinaryIO, str], None]) -> None:
    path = Path(given.path)
    if given.path == STANDARD_INPUT:
        return
    try:
        can_wait = path.exists() and not path.is_file()
    except (OSError, ValueError):
        can_wait = False
    if can_wait and os.access(path, os.R_OK):  # reading a pipe would take from it
        return
    with open_binary(given.path) as file:
        try:
            check(file, given.name)
        except OSError as error:
            raise DataError(f"{given.path}: cannot be read ({error.strerror})") from None
