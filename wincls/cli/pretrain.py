"""``wincls pretrain``"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import click
import numpy as np

from wincls.cli.options import INPUT, WRAPPED, check_input, column_options, override
from wincls.cli.verbosity import inform
from wincls.corpus.columns import Columns, lines_of, read_rows
from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import cut_pieces, read_text
from wincls.errors import DataError
from wincls.features.cooccurrence import LEAST_COUNT, cooccurrence_vectors
from wincls.features.tables import word_key
from wincls.features.vectors import write_vectors
from wincls.files import replacing, source
from wincls.progress import following
from wincls.visible import visible


@click.command("pretrain")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option(
    "--output", "-o", required=True, type=click.Path(), help="File for the vectors; - for standard output."
)
@click.option(
    "--dimension",
    "-d",
    type=click.IntRange(2, 1000),
    default=100,
    show_default=True,
    help="Length of the vectors.",
)
@INPUT
@WRAPPED
@column_options
def command(
    files: tuple[str, ...],
    output: str,
    dimension: int,
    input_format: str,
    wrapped: bool,
    word_column: int | None,
    delimiter: str | None,
    comment: str | None,
    encoding: str | None,
) -> None:
    """Learn word vectors from text without labels.

    Use this if there are no vectors to download for a language or domain. The vectors describe words that
    are not in the annotated sentences. More text gives better vectors; it should be similar to the text to
    be tagged. To train with the vectors, set features.word.vectors to the file that is written.

    \b
    Examples:
      wincls pretrain --output vectors.txt reports/*.txt
      wincls pretrain -o vectors.txt --input conll --delimiter tab --word-column 2 train.tsv
    """
    columns = {"word": word_column, "delimiter": delimiter, "comment": comment, "encoding": encoding}
    pretrain_files(files, output, dimension, input_format, wrapped, columns)


def pretrain_files(
    files: Sequence[str],
    output_path: str,
    dimension: int,
    input_format: str,
    wrapped: bool,
    columns: Mapping[str, Any],
) -> None:
    """Learn word vectors from files and write them in word2vec's text format."""
    check_input(input_format, columns, files, output_path)
    used = override(Columns(tag=0), columns)
    tokens = 0

    def sentences() -> Iterator[list[str]]:
        nonlocal tokens
        for path in files:
            with source(path) as file:
                read = _sentences(file, path, used if input_format == "conll" else None, wrapped)
                for words in following(read, file, f"reading {path}"):
                    tokens += len(words)
                    yield [word_key(word) for word in words]

    with replacing(output_path) as file:
        vectors = cooccurrence_vectors(sentences(), dimension, np.random.default_rng(0))
        written = write_vectors(vectors, file)
        if not written:
            raise DataError(
                f"{', '.join(files)}: too little text: no word occurs {LEAST_COUNT} times beside another "
                "that does; vectors need much more"
            )
    inform(
        f"{tokens:,} tokens; wrote vectors of {dimension} numbers for {written:,} words, all that occur\n"
        f"{LEAST_COUNT} times or more beside others, to {visible(output_path)}. Now try:\n"
        f"  wincls train --config YOUR.yaml --set features.word.vectors={visible(shlex.quote(output_path))}",
        beside=output_path,
    )


def _sentences(file: BinaryIO, path: str, columns: Columns | None, wrapped: bool) -> Iterator[list[str]]:
    """The words of each sentence of a column file or, without columns, of plain text."""
    if columns is not None:
        for rows in read_rows(lines_of(file, path, columns), columns):
            yield rows.words
        return
    for piece in cut_pieces(read_text(file, path), wrapped):
        for each in split_sentences(piece.text):
            yield each.tokens
