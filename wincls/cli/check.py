"""``wincls check``"""

from __future__ import annotations

import json

import click

from wincls.analysis.check import check, read_splits
from wincls.cli.options import SET
from wincls.cli.streams import say
from wincls.config import Config, load_config, make_config
from wincls.errors import ConfigError
from wincls.reports.findings import corpora_text, findings_text
from wincls.settings import with_settings


@click.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@SET
@click.option(
    "--examples", type=click.IntRange(0), default=3, show_default=True, help="Shown for each finding."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with everything.")
def command(paths: tuple[str, ...], settings: tuple[str, ...], examples: int, as_json: bool) -> None:
    """Look for what is wrong with annotated data: a configuration, or the files train [dev [test]].

    Counts what each split holds, and reports what was repaired in reading; sentences that are repeated, in
    two splits, or annotated in two ways; forms that are annotated here and forgotten there, or have several
    types; types that are rare, missing or differ only in case; articles and punctuation at the boundaries
    of entities; strange characters; how many tokens have word vectors, and how raw text will be cut. Each
    finding says what to do. Exit status 1 if something is wrong.

    \b
    Examples:
      wincls check configs/quickstart.yaml
      wincls check train.tsv dev.tsv -s data.delimiter=tab
    """
    config = config_of(paths, settings)
    corpora = read_splits(config.data)
    findings = check(corpora, config.features.word.vectors)
    wrong = any(each.level == "problem" for each in findings)
    if as_json:
        splits = {
            split: {
                "file": corpus.path, "format": corpus.format, "scheme": corpus.scheme.name,
                "sentences": len(corpus.sentences), "tokens": corpus.tokens, "entities": dict(corpus.labels),
            }
            for split, corpus in corpora.items()
        }  # fmt: skip
        record = {"splits": splits, "findings": [each._asdict() for each in findings]}
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        say(f"{corpora_text(corpora)}\n{findings_text(findings, examples)}", end="")
    if wrong:
        raise click.exceptions.Exit(1)


def config_of(paths: tuple[str, ...], settings: tuple[str, ...]) -> Config:
    """The configuration in a YAML file, or one that names the files given."""
    if paths[0].lower().endswith((".yaml", ".yml")):
        if len(paths) > 1:
            raise ConfigError(f"{paths[1]}: a configuration names its files itself; give nothing after it")
        return load_config(paths[0], settings)
    if len(paths) > 3:
        raise ConfigError(f"{paths[3]}: at most three files, train, dev and test; give data.train a list")
    return make_config(
        with_settings({"data": dict(zip(("train", "dev", "test"), paths, strict=False))}, settings)
    )
