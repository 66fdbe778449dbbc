"""Reads the README's commands, so that what it says and what is tested cannot differ."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def command(name: str) -> str:
    """The one-line command in the block behind ``<!-- name -->``."""
    text = README.read_text(encoding="utf-8")
    match = re.search(rf"<!-- {re.escape(name)} -->\n```sh\n(.+)\n```", text)
    if match is None:
        raise LookupError(f"README.md has no command marked '{name}'")
    return match[1]


def section(name: str) -> str:
    """What stands between ``<!-- begin name -->`` and ``<!-- end name -->``."""
    text = README.read_text(encoding="utf-8")
    match = re.search(rf"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", text, re.DOTALL)
    if match is None:
        raise LookupError(f"README.md has no section '{name}'")
    return match[1]


def configuration() -> str:
    """The configuration reference, made from the declarations in the code."""
    from wincls.config import Config
    from wincls.options import describe

    rows = [
        f"| `{key}` | {f'`{default}`' if default else ''} | {allowed.replace('|', ',')} | {meaning} |"
        for key, default, allowed, meaning in describe(Config)
    ]
    return "\n".join(["| key | default | allowed | meaning |", "|---|---|---|---|", *rows]) + "\n"


def main() -> None:
    """Write the reference into the README."""
    begin, end = "<!-- begin configuration -->\n", "<!-- end configuration -->"
    before, _, rest = README.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}{configuration()}{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
