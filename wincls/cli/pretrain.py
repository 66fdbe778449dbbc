"""``wincls pretrain``"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import click
import numpy as np

from wincls.cli.options import INPUT, WRAPPED, check_input, column_options, override
from wincls.cli.verbosity import inform, note
from wincls.config import load_config
from wincls.corpus.columns import Columns, lines_of, read_rows
from wincls.corpus.data_options import Data
from wincls.corpus.formats import read_files
from wincls.corpus.learn_tokenizer import learn_tokenizer
from wincls.corpus.notes import Notes
from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import cut_pieces, read_text
from wincls.corpus.tokenizer import DEFAULT, Tokenizer
from wincls.errors import ConfigError, DataError
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
@click.option(
    "--config",
    "-c",
    "config_path",
    type=click.Path(),
    help="Tokenize text like data.train of this configuration; like English text if not given.",
)
@INPUT
@WRAPPED
@column_options
def command(
    files: tuple[str, ...],
    output: str,
    dimension: int,
    config_path: str | None,
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
    if config_path is not None and input_format == "conll":
        raise ConfigError("--config: not with --input conll, which is tokenized already; leave it out")
    tokenizer = DEFAULT if config_path is None else tokenizer_of(load_config(config_path).data)
    pretrain_files(files, output, dimension, input_format, wrapped, columns, tokenizer)


def tokenizer_of(data: Data) -> Tokenizer:
    """The tokenizer that training on these data learns from data.train."""
    train = read_files(data.train, data.reading, data.format)
    return learn_tokenizer(sentence.words for sentence in train.sentences)


def pretrain_files(
    files: Sequence[str],
    output_path: str,
    dimension: int,
    input_format: str,
    wrapped: bool,
    columns: Mapping[str, Any],
    tokenizer: Tokenizer = DEFAULT,
) -> None:
    """Learn word vectors from files and write them in word2vec's text format."""
    check_input(input_format, columns, files, output_path)
    used = override(Columns(tag=0), columns)
    tokens = 0
    noted = [Notes() for _ in files]

    def sentences() -> Iterator[list[str]]:
        nonlocal tokens
        for path, notes in zip(files, noted, strict=True):
            with source(path) as file:
                read: Iterator[list[str]]
                if input_format == "conll":
                    read = (rows.words for rows in read_rows(lines_of(file, path, used, notes), used))
                else:
                    read = _text_sentences(file, path, wrapped, tokenizer)
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
    for path, notes in zip(files, noted, strict=True):
        if notes:
            note(f"{path}: {notes.line()}.")
    inform(
        f"{tokens:,} tokens; wrote vectors of {dimension} numbers for {written:,} words, all that occur\n"
        f"{LEAST_COUNT} times or more beside others, to {visible(output_path)}. Now try:\n"
        f"  wincls train --config YOUR.yaml --set features.word.vectors={visible(shlex.quote(output_path))}",
        beside=output_path,
    )


def _text_sentences(file: BinaryIO, path: str, wrapped: bool, tokenizer: Tokenizer) -> Iterator[list[str]]:
    """The words of each sentence of plain text."""
    for piece in cut_pieces(read_text(file, path), wrapped):
        for each in split_sentences(piece.text, tokenizer):
            yield each.tokens
