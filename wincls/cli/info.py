"""``wincls info``"""

from __future__ import annotations

import json
from pathlib import Path

import click

from wincls.cli.streams import say_report
from wincls.reports.model_card import model_card, model_record
from wincls.tagger.model_file import load_model


@click.command("info")
@click.argument("model", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the whole configuration.")
def command(model: str, as_json: bool) -> None:
    """Show what a model is and how it was trained.

    Prints its labels, layers and size, its training data and scores, and where its configuration
    differs from the defaults.

    \b
    Examples:
      wincls info runs/quickstart/model.npz
      wincls info runs/quickstart/model.npz --json
    """
    say_report(show_model(model, as_json), as_json)


def show_model(path: str, as_json: bool) -> str:
    """The model card of a file, or its record as JSON."""
    record = model_record(load_model(path), path, Path(path).stat().st_size)
    if as_json:
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    return model_card(record)
