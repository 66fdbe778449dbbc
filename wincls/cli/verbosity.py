"""How much a command says: --quiet and --verbose of every command, and progress bars on a terminal."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from wincls import __version__
from wincls.cli.streams import say, warn
from wincls.progress import Advance, ignore

_QUIET, _VERBOSE = "wincls.quiet", "wincls.verbose"
_DELAY = 2.0  # seconds before a bar appears


def verbosity_options(command: click.Command) -> click.Command:
    """Add --quiet and --verbose to a command that has not got them yet."""
    if not any(each.name == "quiet" for each in command.params):
        for add in (
            click.option(
                "--verbose", "-v", is_flag=True, expose_value=False, callback=_set_verbose,
                help="Also print versions, and what took how long, on standard error.",
            ),
            click.option(
                "--quiet", "-q", is_flag=True, expose_value=False, callback=_set_quiet,
                help="Print only results and errors.",
            ),
        ):  # fmt: skip
            add(command)
    return command


def is_quiet() -> bool:
    """Whether the running command prints only results and errors."""
    return _is_set(_QUIET)


def inform(text: str, end: str = "\n", beside: str | Path = "") -> None:
    """Print what is neither a result nor an error, see streams.say."""
    if not is_quiet():
        say(text, end, beside)


def note(line: str) -> None:
    """Print a line that is no error on standard error."""
    if not is_quiet():
        warn(f"Note: {line}")


def detail(line: str) -> None:
    """Print what only --verbose shows, on standard error."""
    if _is_set(_VERBOSE):
        warn(line)


def shows_bars() -> bool:
    """Whether progress bars are shown."""
    return sys.stderr.isatty() and not is_quiet()


@contextmanager
def show_phase(name: str, total: int | None, unit: str) -> Iterator[Advance]:
    """The listener of the command line: a bar after two seconds, and with --verbose the time at the end."""
    began = time.perf_counter()
    if shows_bars() and total:
        from tqdm import tqdm

        with tqdm(
            total=total, desc=name, unit=unit, unit_scale=True, delay=_DELAY, leave=False, dynamic_ncols=True
        ) as bar:
            yield bar.update
    else:
        yield ignore
    detail(f"{name}: {time.perf_counter() - began:.2f} s")


def _is_set(key: str) -> bool:
    ctx = click.get_current_context(silent=True)
    return ctx is not None and ctx.meta.get(key, False)


def _set_quiet(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    ctx.meta[_QUIET] = value
    _check(ctx)


def _set_verbose(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    ctx.meta[_VERBOSE] = value
    _check(ctx)
    if value and not ctx.resilient_parsing:
        began = time.perf_counter()
        ctx.call_on_close(lambda: warn(f"total: {_total(began)}"))
        warn(versions_text())


def _check(ctx: click.Context) -> None:
    if ctx.meta.get(_QUIET) and ctx.meta.get(_VERBOSE):
        raise click.UsageError("--quiet: not together with --verbose; give one of them")


def versions_text() -> str:
    """What runs here: wincls, numpy, Python and the system."""
    import numpy as np

    python = f"Python {platform.python_version()} ({sys.executable})"
    return f"wincls {__version__}, numpy {np.__version__}, {python}, {platform.platform()}"


def _total(began: float) -> str:
    return f"{time.perf_counter() - began:.2f} s{_memory()}"


def _memory() -> str:
    """The largest memory so far, where the system tells."""
    try:
        import resource
    except ImportError:  # Windows
        return ""
    used: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kibibytes = used / 1024 if sys.platform == "darwin" else used
    return f", at most {kibibytes / 1024:,.0f} MiB of memory"
