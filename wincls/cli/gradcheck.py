"""``wincls gradcheck``"""

from __future__ import annotations

import click

from wincls.cli.options import SET, finite
from wincls.config import load_config, make_config
from wincls.network.gradcheck import EPSILON
from wincls.reports.tables import differences_text, gradcheck_text
from wincls.settings import with_settings
from wincls.training.gradcheck import ELEMENTWISE_LIMIT, LIMIT, check_config


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
@click.option(
    "--epsilon",
    type=click.FloatRange(0, 0.1, min_open=True),
    callback=finite,
    default=EPSILON,
    show_default=True,
    help="Step of the differences.",
)
@click.option("--show", is_flag=True, help="Show single gradients: computed in two ways, and differences.")
def command(
    config_path: str | None, settings: tuple[str, ...], points: int, epsilon: float, show: bool
) -> None:
    """Compare the gradients of a configuration's network with centered differences.

    The network, losses and penalties are the configuration's; tables and windows are small and random,
    so no corpus and no word vectors are read. Backpropagation is done twice, vectorized and element by
    element. Exit status 1 if a gradient is wrong or if the two disagree.

    \b
    Examples:
      wincls gradcheck
      wincls gradcheck --config configs/lecture.yaml --show
      wincls gradcheck --config configs/lecture.yaml --show --epsilon 0.001
      wincls gradcheck --set model.activation=softsign --set model.hidden=[20,10]
    """
    if config_path is None:
        config = make_config(with_settings({"data": {"train": "none"}}, settings))
    else:
        config = load_config(config_path, settings)
    checks = check_config(config, points, epsilon)
    click.echo(gradcheck_text(checks, LIMIT))
    if show:
        click.echo(differences_text(checks, epsilon, LIMIT))
    wrong = [check.name for check in checks if not check.worst <= LIMIT]
    unchecked = [check.name for check in checks if not check.checked]
    if unchecked:
        click.echo(f"Not checked, since all points are at kinks: {', '.join(unchecked)}.")
    apart = [check.name for check in checks if not check.elementwise <= ELEMENTWISE_LIMIT]
    if apart:
        click.echo(
            f"Element-wise and vectorized gradients differ: {', '.join(apart)} "
            f"(relative error above {ELEMENTWISE_LIMIT:g}).",
            err=True,
        )
    if wrong:
        click.echo(
            f"Wrong gradients: {', '.join(wrong)} (relative error above {LIMIT:g}){_doubt(epsilon)}.",
            err=True,
        )
    if apart or wrong:
        raise click.exceptions.Exit(1)
    click.echo(f"All gradients checked agree with centered differences to {LIMIT:g}.")
    click.echo(
        f"Element-wise backpropagation agrees to {ELEMENTWISE_LIMIT:g}: element-wise = vectorized = numeric."
    )


def _doubt(epsilon: float) -> str:
    """What to say of a verdict that another step than the default may have caused."""
    if epsilon == EPSILON:
        return ""
    than = "larger" if epsilon > EPSILON else "smaller"
    return f"; the step of {epsilon:g} is {than} than {EPSILON:g}, which may be the reason"
