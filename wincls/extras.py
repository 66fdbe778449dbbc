"""Packages that only some commands need: optional extras of the package."""

from __future__ import annotations

from importlib.util import find_spec

EXTRAS = {
    "dask": {"Dask": "distributed"},
    "report": {"jinja2": "jinja2", "matplotlib": "matplotlib"},
    "tune": {"optuna": "optuna"},
}
"""For each extra, the packages that it needs, with the modules that show whether they are installed."""


def missing_extra(extra: str) -> str | None:
    """What of an extra is missing and how to install it; None if all is there."""
    missing = [package for package, module in EXTRAS[extra].items() if find_spec(module) is None]
    if not missing:
        return None
    verb = "is" if len(missing) == 1 else "are"
    return f"{' and '.join(missing)} {verb} not installed; run pip install 'wincls[{extra}]'"
