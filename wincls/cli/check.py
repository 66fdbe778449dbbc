"""``wincls check``"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click

from wincls.analysis.check import check, read_splits
from wincls.analysis.init import propose
from wincls.cli.options import SET
from wincls.cli.streams import say
from wincls.config import Config, load_config, make_config
from wincls.corpus.documents import Corpus
from wincls.errors import ConfigError, WinclsError
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
    finding says what to do. Exit status 1 if something is wrong. The columns of files are found as
    wincls init finds them, unless a setting of data is given.

    \b
    Examples:
      wincls check configs/quickstart.yaml
      wincls check train.tsv dev.tsv -s data.delimiter=tab
    """
    config, corpora, keys = _read(paths, settings)
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
        record = {"splits": splits, "reading": keys, "findings": [each._asdict() for each in findings]}
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        shown = " ".join(f"-s data.{key}={value}" for key, value in keys.items())
        read_with = f"Read with {shown}, as wincls init proposes.\n\n" * bool(keys)
        say(f"{corpora_text(corpora)}\n{read_with}{findings_text(findings, examples)}", end="")
    if wrong:
        raise click.exceptions.Exit(1)


def _read(
    paths: tuple[str, ...], settings: tuple[str, ...]
) -> tuple[Config, Mapping[str, Corpus], dict[str, Any]]:
    """The configuration, the corpora, and the keys with which files are read that have no configuration."""
    if paths[0].lower().endswith((".yaml", ".yml")):
        if len(paths) > 1:
            raise ConfigError(f"{paths[1]}: a configuration names its files itself; give nothing after it")
        config = load_config(paths[0], settings)
        return config, read_splits(config.data), {}
    if len(paths) > 3:
        raise ConfigError(f"{paths[3]}: at most three files, train, dev and test; give data.train a list")
    files: dict[str, Any] = dict(zip(("train", "dev", "test"), paths, strict=False))
    if not any(setting.startswith("data.") for setting in settings):
        with suppress(WinclsError):  # it is raised by reading the files as they are
            data, corpora = propose(files)
            config = make_config(with_settings({"data": data}, settings))
            keys = {key: value for key, value in data.items() if key not in files}
            return config, corpora, keys if keys != {"delimiter": "tab"} else {}
    config = make_config(with_settings({"data": files}, settings))
    return config, read_splits(config.data), {}
