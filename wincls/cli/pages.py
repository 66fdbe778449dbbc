"""Report pages: written when everything else is safe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from wincls.analysis.page import training_page
from wincls.cli.options import is_same_file
from wincls.errors import ConfigError, WinclsError
from wincls.extras import missing_extra
from wincls.files import replacing
from wincls.progress import phase
from wincls.reports.page import Page, page_bytes
from wincls.training.run import REPORT, Run


def check_page(path: str, read: Sequence[str]) -> None:
    """Raise an error before the work if a page cannot be made, or would replace a file that is read.

    Raises WinclsError or ConfigError.
    """
    if problem := missing_extra("report"):
        raise WinclsError(f"--html: {problem}")
    for each in read:
        if is_same_file(path, each):
            raise ConfigError(f"--html: {path} is read as well; choose another file")


def write_page(make: Callable[[], Page], path: str | Path) -> None:
    """Write a page to a file.

    Raises WinclsError if the extra `report` is not installed or the file cannot be written.
    """
    with phase(f"making {path}"):
        content = page_bytes(make())
    with replacing(path) as file:
        file.write(content)


def write_training_page(run: Run, notes: Sequence[str]) -> str | None:
    """Write the page of a finished training into its folder. Returns why it could not be written, or None.

    notes: warnings about the data.
    """
    assert run.folder is not None
    if problem := missing_extra("report"):
        return problem
    try:
        write_page(lambda: training_page(run, notes), run.folder / REPORT)
    except WinclsError as error:
        return str(error)
    except Exception as error:  # whatever it is, the training has succeeded
        return " ".join(f"the page could not be made ({type(error).__name__} {error}".split()) + ")"
    return None
