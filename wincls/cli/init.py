"""``wincls init``"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from wincls.analysis.init import propose, split_of, yaml_text
from wincls.cli.verbosity import inform
from wincls.config import make_config
from wincls.corpus.decoding import encoding_problem
from wincls.errors import ConfigError
from wincls.files import replacing, stream_of
from wincls.reports.findings import corpora_text
from wincls.visible import visible
from wincls.yaml_text import parse_yaml


@click.command("init")
@click.argument("data", nargs=-1, required=True, type=click.Path())
@click.option(
    "--output",
    "-o",
    type=click.Path(),
    help="File to write, or - for standard output; NAME.yaml for NAME.* if not given.",
)
@click.option("--encoding", help="Encoding of the files; it is guessed if it is not given.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(data: tuple[str, ...], output: str | None, encoding: str | None, force: bool) -> None:
    """Write a configuration for annotated files or folders. It can be used without changes.

    Recognizes the format, the columns, the tag scheme and the types, and which file is for training, for
    development and for the test, by their names (train, dev, valid, test) or else by their order.

    \b
    Examples:
      wincls init my/train.tsv my/dev.tsv my/test.tsv
      wincls init annotations.jsonl --output my.yaml
      wincls init brat-folder/
    """
    path = Path(output or f"{Path(data[0]).stem or 'wincls'}.yaml")
    if path.is_file() and stream_of(path) is None and not force:
        raise ConfigError(f"{path}: is there already; give another --output, or --force to replace it")
    if encoding is not None and (problem := encoding_problem(encoding)):
        raise ConfigError(f"--encoding: {problem}")
    proposal = propose(split_of(data), encoding)
    text = yaml_text(proposal)
    make_config(parse_yaml(text, str(path)))
    with replacing(path) as file:
        file.write(text.encode())
    inform(corpora_text(proposal.corpora), beside=path)
    for corpus in proposal.corpora.values():
        if corpus.notes is not None and len(corpus.notes):
            inform(f"Note: {visible(f'{corpus.path}: {corpus.notes.line()}')}\n", beside=path)
    if stream_of(path) is not None:
        return
    shown = visible(shlex.quote(str(path)))
    inform(f"Wrote {visible(str(path))}. Now try:\n  wincls check {shown}\n  wincls train --config {shown}")
