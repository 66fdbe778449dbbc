"""Completion in shells: keys and choices of --set, and bash's way with "=".

Everything else is click's: commands, options, their choices, and paths.
"""

from __future__ import annotations

import os

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)
    for completion in $response; do
        IFS=',' read type value <<< "$completion"
        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=($value)
            [[ $value == *= || $value == *. ]] && compopt -o nospace
        fi
    done
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """Completion in bash, which takes a "=" for a word of its own: "key=val" comes as "key", "=", "val"."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one at the cursor, and that one."""
        *before, last = _joined(_words_to_cursor())
        return before, last

    def format_completion(self, item: CompletionItem) -> str:
        """A line that the shell's function reads; bash replaces only what it takes for the last word."""
        words = _words_to_cursor()
        is_cut = words != _joined(words) and (words[-1] == "=" or words[-2:-1] == ["="])
        value = item.value.partition("=")[2] if is_cut else item.value
        return f"{item.type},{value}"


def _words_to_cursor() -> list[str]:
    """The words after the program's name as bash cuts them, up to the one at the cursor."""
    words = os.environ["COMP_WORDS"].split("\n")[1 : int(os.environ["COMP_CWORD"]) + 1]
    return words or [""]


def _joined(words: list[str]) -> list[str]:
    """The words with what bash has cut at a "=" put together."""
    joined: list[str] = []
    for i, word in enumerate(words):
        if joined and (word == "=" or words[i - 1] == "="):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


add_completion_class(Bash)


def complete_setting(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of the configuration up to the next dot, and after "=" the choices of the key."""
    from wincls.config import Config
    from wincls.options import describe

    rows = {key.partition(" ")[0]: (allowed, meaning) for key, _, allowed, meaning in describe(Config)}
    key, equals, value = incomplete.partition("=")
    if equals:
        allowed = rows.get(key, ("", ""))[0]
        choices = ["true", "false"] if allowed == "true or false" else allowed.split(" | ")
        found = choices if len(choices) > 1 else []
        return [CompletionItem(f"{key}={each}") for each in found if each.startswith(value)]
    items: dict[str, CompletionItem] = {}
    for full, (allowed, meaning) in rows.items():
        if full.startswith(key):
            dot = full.find(".", len(key))
            shown = full[: dot + 1] if dot >= 0 else full + ("." if allowed == "mapping" else "=")
            items.setdefault(shown, CompletionItem(shown, help=meaning))
    return list(items.values())
