"""What a configuration says of the annotated data: which files, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass

from wincls.corpus.columns import DELIMITERS, Columns
from wincls.corpus.decoding import encoding_problem
from wincls.corpus.formats import FORMATS
from wincls.corpus.paths import shared_file
from wincls.corpus.reading import Headers, Reading
from wincls.corpus.schemes import READ_SCHEMES
from wincls.errors import ConfigError, DataError
from wincls.options import option

_COLUMNS = 1000  # of a file, at most


@dataclass(frozen=True)
class Data:
    """The corpora, and how they are read."""

    train: str | tuple[str, ...] = option(
        ..., "annotated text to train on: a file, a folder, a pattern such as data/*.json, or a list of these"
    )
    dev: str | tuple[str, ...] | None = option(
        None,
        "annotated text for early stopping and calibration, also trained on (training.train_on_dev); null "
        "holds out a part of train",
    )
    test: str | tuple[str, ...] | None = option(None, "annotated text that is only scored, once, at the end")
    held_out: float = option(0.1, "share of train's tokens held out where dev is null", above=0, below=1)
    format: str = option("auto", "format of the files; auto recognizes that of each file", among=FORMATS)
    strict: bool = option(False, "whether anything that would be skipped or repaired in reading is an error")
    csv: Headers = option(Headers(), "the columns of csv files by their headers")
    word_column: int = option(
        1, "column of the words: 1 is the first, -1 the last", least=-_COLUMNS, most=_COLUMNS
    )
    tag_column: int = option(
        -1, "column of the tags: 1 is the first, -1 the last", least=-_COLUMNS, most=_COLUMNS
    )
    delimiter: str = option("whitespace", "what separates columns (whitespace: any run)", among=DELIMITERS)
    comment: str | tuple[str, ...] = option(
        "", "lines that start with this, or with one of these, are skipped; comments of CoNLL-U always are"
    )
    tag_key: str = option("", "key of the tag where its column holds several, as name in name=B-PER")
    word_prefix: str = option("", "a prefix of all words that is removed, such as nl: in nl:Deze")
    encoding: str = option("utf-8", "encoding of the files, any that Python knows")
    scheme: str = option("auto", "tag scheme of the files", among=("auto", *READ_SCHEMES))
    tag_names: tuple[str, ...] | None = option(
        None, "the tags that numbers stand for, that of 0 first, as [O, B-PER, I-PER]; null for none"
    )
    illegal_tags: str = option(
        "lenient",
        "a tag that the scheme forbids: lenient reads it as conlleval does and counts it",
        among=("lenient", "error"),
    )
    types: tuple[str, ...] | None = option(None, "entity types to learn; all others become O; null for all")

    @property
    def columns(self) -> Columns:
        return Columns(
            self.word_column, self.tag_column, self.delimiter, self.comment, self.encoding,
            self.tag_key, self.word_prefix,
        )  # fmt: skip

    @property
    def reading(self) -> Reading:
        lenient = self.illegal_tags == "lenient" and not self.strict
        return Reading(self.columns, self.csv, self.scheme, lenient, self.types, self.strict, self.tag_names)

    def trained_on(self, files: str) -> bool:
        """Whether one of the files is a file of train or dev, as far as these still exist."""
        try:
            return any(shared_file(each, files) is not None for each in (self.train, self.dev) if each)
        except DataError:
            return False


def check_data(data: Data) -> None:
    """Raise ConfigError for values that make no sense together."""
    for key in ("word_column", "tag_column"):
        if not getattr(data, key):
            raise ConfigError(f"data.{key}: found 0; columns are counted from 1, or from the right from -1")
    if problem := encoding_problem(data.encoding):
        raise ConfigError(f"data.encoding: {problem}")
    if data.word_column == data.tag_column:
        raise ConfigError(f"data.tag_column: {data.tag_column} is the column of the words too; change one")
    for key in ("train", "dev", "test"):
        if getattr(data, key) == ():
            raise ConfigError(f"data.{key}: an empty list; name at least one file")
    if data.types == ():
        raise ConfigError("data.types: an empty list; name at least one type, or null for all")
