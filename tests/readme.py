"""Reads the README's commands, so that what it says and what is tested cannot differ."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CONFIGURATION = ROOT / "configs" / "README.md"
LECTURE = ROOT / "wincls" / "README.md"


def blocks(language: str, path: Path = README) -> list[str]:
    """The fenced blocks of a language in a file, in order."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def command(name: str) -> str:
    """The one-line command in the block after ``<!-- name -->``."""
    text = README.read_text(encoding="utf-8")
    match = re.search(rf"<!-- {re.escape(name)} -->\n```sh\n(.+)\n```", text)
    if match is None:
        raise LookupError(f"README.md has no command marked '{name}'")
    return match[1]


def section(path: Path, name: str) -> str:
    """The text between ``<!-- begin name -->`` and ``<!-- end name -->`` of a file."""
    text = path.read_text(encoding="utf-8")
    match = re.search(rf"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", text, re.DOTALL)
    if match is None:
        raise LookupError(f"{path} has no section '{name}'")
    return match[1]


def broken_links(path: Path) -> list[str]:
    """Links of a file to files or headings that do not exist; addresses on the web are not looked at."""
    broken = []
    text = re.sub(r"`[^`\n]+`", "", path.read_text(encoding="utf-8"))  # code has no links
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        name, _, heading = target.partition("#")
        file = path.parent / name if name else path
        if not file.exists() or (heading and heading not in _headings(file)):
            broken.append(target)
    return broken


def _headings(path: Path) -> set[str]:
    lines = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


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
    """Write the reference into configs/README.md."""
    begin, end = "<!-- begin configuration -->\n", "<!-- end configuration -->"
    before, _, rest = CONFIGURATION.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    CONFIGURATION.write_text(f"{before}{begin}{configuration()}{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
