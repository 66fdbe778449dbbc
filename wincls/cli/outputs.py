"""Where tagged files are written: to one file or standard output, or each to a file of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from wincls.cli.streams import encoded
from wincls.errors import DataError, WinclsError
from wincls.files import output_folder, replacing
from wincls.prediction import Part
from wincls.reports.formats import Format

Write = Callable[[str], object]


def write_together(
    parts: Iterable[Part],
    names: Sequence[str],
    form: Format,
    labels: Sequence[str],
    path: str | None,
    show: Callable[[str], str] = str,
) -> Iterator[str]:
    """Write all files to one file, or to standard output if `path` is None; files are kept apart.

    Yields why a file could not be read to its end; what comes before that has been written.

    parts: of each file in turn.
    names: of the files.
    show: what standard output gets of a text.
    """
    with _destination(path, show) as write:
        write(form.head(labels))
        end = ""  # the last characters of the files before
        for number, its_parts in groupby(parts, key=lambda part: part.file):
            write(form.file_head(names[number]))
            its_end = ""
            for part in its_parts:
                if part.text:
                    before = "" if its_end else _missing(end, form.end_of_file)
                    write(before + part.text)
                    its_end = (its_end + part.text)[-len(form.end_of_file) - 1 :]
                if part.error:
                    yield part.error
            end = its_end or end
            write(form.file_tail)
        write(form.tail)


def write_apart(
    parts: Iterable[Part],
    names: Sequence[str],
    form: Format,
    labels: Sequence[str],
    folder: str,
    targets: Sequence[Path],
) -> Iterator[str]:
    """Write each file to a target of its own in the folder; a file that is bad leaves its target as it was.

    Yields why a file could not be read.

    parts, names: see :func:`write_together`.
    """
    parents: set[Path] = set()
    with output_folder(folder):
        for number, its_parts in groupby(parts, key=lambda part: part.file):
            target = targets[number]
            if target.parent not in parents:
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise WinclsError(
                        f"{target.parent}: no folder to write to ({error.strerror}); choose another "
                        "--output-dir"
                    ) from None
                parents.add(target.parent)
            try:
                with replacing(target, is_lasting=False) as file:
                    file.write((form.head(labels) + form.file_head(names[number])).encode())
                    for part in its_parts:
                        if part.error:
                            raise DataError(part.error)
                        file.write(part.text.encode())
                    file.write((form.file_tail + form.tail).encode())
            except DataError as error:
                yield str(error)


def _missing(end: str, wanted: str) -> str:
    """What has to be added so that the output ends as wanted; nothing if there is none yet."""
    if not end:
        return ""
    has = max(n for n in range(len(wanted) + 1) if end.endswith(wanted[:n]))
    return wanted[has:]


@contextmanager
def _destination(path: str | None, show: Callable[[str], str]) -> Iterator[Write]:
    if path is None:

        def print_now(text: str) -> None:
            if text:
                sys.stdout.buffer.write(encoded(show(text)))
                sys.stdout.buffer.flush()

        yield print_now
        return
    if Path(path).is_dir():
        raise DataError(f"{path}: is a folder; give --output a file, or use --output-dir")
    with replacing(path) as file:
        yield lambda text: file.write(text.encode())
