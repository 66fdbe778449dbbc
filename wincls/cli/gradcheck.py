"""``wincls gradcheck``"""

from __future__ import annotations

import click

from wincls.cli.options import SET
from wincls.config import load_config, make_config
from wincls.reports.tables import gradcheck_text
from wincls.settings import with_settings
from wincls.training.gradcheck import LIMIT, check_config


@click.command("gradcheck")
@click.option(
    "--config", "-c", "config_path", type=click.Path(), help="YAML file; all defaults if not given."
)
@SET
@click.option(
    "--points",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Numbers checked in each parameter.",
)
def command(config_path: str | None, settings: tuple[str, ...], points: int) -> None:
    """Compare the gradients of a configuration's network with centered differences.

    The network, losses and penalties are the configuration's; tables and windows are small and random,
    so no corpus and no word vectors are read. Exit status 1 if a gradient is wrong.

    \b
    Examples:
      wincls gradcheck
      wincls gradcheck --config configs/lecture.yaml
      wincls gradcheck --set model.activation=softsign --set model.hidden=[20,10]
    """
    if config_path is None:
        config = make_config(with_settings({"data": {"train": "none"}}, settings))
    else:
        config = load_config(config_path, settings)
    checks = check_config(config, points)
    click.echo(gradcheck_text(checks, LIMIT))
    wrong = [check.name for check in checks if not check.worst <= LIMIT]
    unchecked = [check.name for check in checks if not check.checked]
    if unchecked:
        click.echo(f"Not checked, since all points are at kinks: {', '.join(unchecked)}.")
    if wrong:
        click.echo(f"Wrong gradients: {', '.join(wrong)} (relative error above {LIMIT:g}).", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"All gradients checked agree with centered differences to {LIMIT:g}.")
