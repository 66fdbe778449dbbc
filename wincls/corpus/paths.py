"""Which files a path of the configuration names: a file, a glob, a folder, or a list of these."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from wincls.errors import DataError

_SHOWN = 3  # paths of a list that are shown


def find_files(paths: str | Sequence[str]) -> list[str]:
    """The files that paths name, those of a folder or a glob in sorted order.

    Folders are searched with their subfolders; hidden files are skipped. A brat document is named by
    its .ann file alone.

    Raises DataError if a folder or glob has no file, or a .txt file of a brat folder no .ann file.
    """
    found: list[str] = []
    for path in [paths] if isinstance(paths, str) else paths:
        if path and Path(path).is_dir():
            files = list(_walk(path))
            if not files:
                raise DataError(f"{path}: no file in this folder; name a folder with annotated files")
            found += files
        elif glob.has_magic(path) and not os.path.lexists(path):
            matches = sorted(glob.iglob(path, recursive=True))  # noqa: PTH207 (Path.glob takes no absolute ones)
            files = [each for each in matches if not Path(each).is_dir()]
            if not files:
                raise DataError(
                    f"{path}: no file matches; check the pattern (relative ones start at the current folder)"
                )
            found += files
        else:
            found.append(path)
    names = set(found)
    return [each for each in found if not (each.endswith(".txt") and f"{each[:-4]}.ann" in names)]


def show_paths(paths: str | Sequence[str]) -> str:
    """Paths as they are named in messages."""
    if isinstance(paths, str):
        return paths
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def shared_file(one: str | Sequence[str], other: str | Sequence[str]) -> str | None:
    """The first file of `other` that `one` names too; None if there is none."""
    files = {identity for path in find_files(one) if (identity := _identity(path))}
    return next((path for path in find_files(other) if _identity(path) in files), None)


def _identity(path: str) -> tuple[int, int] | None:
    """What two paths of the same file have in common; None if there is no such file."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if Path(path).is_file() else None


def _walk(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        visible = sorted(each for each in names if not each.startswith("."))
        brat = any(each.endswith(".ann") for each in visible)
        for name in visible:
            path = str(Path(place) / name)
            if brat and name.endswith(".conf"):  # brat's own settings
                continue
            if brat and name.endswith(".txt") and f"{name[:-4]}.ann" not in visible:
                raise DataError(
                    f"{path}: no {name[:-4]}.ann beside it; brat needs both, an empty one will do"
                )
            yield path
