"""The command line: one file a command, with its options and the one plain function that it calls."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

# The matrices here are too small for more threads to help, and a sum's rounding must not depend on
# their number. Numpy reads this when it is imported, which happens only where a command needs it.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

from wincls import __version__
from wincls.cli.streams import prepare_streams, warn
from wincls.cli.verbosity import show_phase, verbosity_options
from wincls.errors import WinclsError
from wincls.progress import listening
from wincls.visible import visible

COMMANDS = {
    "init": "Write a configuration for annotated files.",
    "check": "Look for what is wrong with annotated data.",
    "train": "Train a tagger and keep its best epoch.",
    "eval": "Score a model on annotated files.",
    "predict": "Find entities in text files, or in standard input.",
    "crossval": "Say what F1 to expect, and which annotations look wrong.",
    "tune": "Search for a better configuration.",
    "compare": "Say whether one model or file of predictions is better than another.",
    "suggest": "Choose the sentences that are most worth annotating next.",
    "info": "Show what a model is and how it was trained.",
    "explain": "Show what contributes to the scores of a text, or one training step.",
    "pretrain": "Learn word vectors from text without labels.",
    "gradcheck": "Compare the gradients of a configuration's network with centered differences.",
}


class _Group(click.Group):
    """Loads a command when it is needed, and turns the package's errors into one line and a status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"wincls.cli.{name}").command
        return verbosity_options(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):  # without importing them all
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **kwargs: Any) -> Any:
        prepare_streams()
        if "_WINCLS_COMPLETE" in os.environ:  # a shell asks for completions
            import_module("wincls.cli.completion")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        if sys.stderr is None:  # it was closed when the program began; Python then has none
            sys.stderr = io.StringIO()
        if sys.stdout is None:
            _fail("standard output is closed; send it to a file instead", 1)
        try:
            with listening(show_phase):
                return super().invoke(ctx)
        except WinclsError as error:
            _fail(str(error), error.exit_status)
        except click.ClickException as error:  # of the command line, which may hold anything
            message = error.format_message()
            if visible(message) == message:
                raise
            _fail(message, error.exit_code)
        except BrokenPipeError:  # a program downstream, such as head, has seen enough
            sys.stderr.close()
            ctx.exit(0)
        except MemoryError as error:
            _fail(f"not enough memory ({error}); free memory, or use smaller files or models", 1)
        except OSError as error:
            _fail(f"input or output failed ({error}); is the disk full?", 1)


def _fail(message: str, status: int) -> NoReturn:
    warn(f"Error: {message}")
    raise click.exceptions.Exit(status)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="wincls")
def main() -> None:
    """Train, score and use word-window classifiers for named entity recognition.

    \b
    To start, use the corpus and the configuration that come with wincls:
      wincls train --config configs/quickstart.yaml
      wincls eval runs/quickstart/model.npz data/test.conll
      wincls predict runs/quickstart/model.npz data/sample.txt

    \b
    To complete commands, options, keys and choices with the tab key:
      eval "$(_WINCLS_COMPLETE=bash_source wincls)"     in ~/.bashrc
      eval "$(_WINCLS_COMPLETE=zsh_source wincls)"      in ~/.zshrc
      _WINCLS_COMPLETE=fish_source wincls | source      in ~/.config/fish/config.fish
    """
