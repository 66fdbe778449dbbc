"""What the commands do, once their options are parsed: run, print, write files."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click
import numpy as np
from tqdm import tqdm

from wincls.config import Config, Data, dump_config, load_config, make_config, with_settings
from wincls.corpus.conll import Columns, Corpus, lines_of, read_corpus, read_sentences
from wincls.corpus.schemes import convert, entities
from wincls.corpus.text import read_pieces, split_sentences
from wincls.errors import ConfigError, DataError, ModelError, WinclsError
from wincls.features.cooccurrence import LEAST_COUNT, cooccurrence_vectors
from wincls.features.lookup import word_key
from wincls.features.vectors import write_vectors
from wincls.files import open_binary, output_folder, replacing
from wincls.options import build, plain
from wincls.output.report import (
    confusion_text,
    counted,
    evaluation_record,
    evaluation_text,
    gradcheck_text,
    mistakes_record,
    mistakes_text,
    percent,
)
from wincls.prediction import Block, Output, column_blocks, tag_blocks, text_blocks
from wincls.tagger.archive import load_tagger, save_tagger
from wincls.tagger.evaluation import Evaluation, evaluate
from wincls.tagger.tagger import Tagger
from wincls.training.gradcheck import LIMIT, check_config
from wincls.training.loop import EpochReport, Training
from wincls.training.preparation import Prepared, prepare

_LONG_SENTENCE = 500  # tokens; real sentences are not so long
_FEW_ENTITIES = 20


def run_training(config: Config, folder: Path) -> None:
    """Train, print how it goes, and write model.npz, config.yaml and history.jsonl to `folder`."""
    with output_folder(folder):
        try:
            training, tagger = _train(config, folder)
        except BrokenPipeError:
            raise WinclsError("nobody reads the output any longer; stopped, and no model written") from None
    prepared = training.prepared
    click.echo(
        f"\nDevelopment data, {prepared.dev.path} ({_how_judged(prepared)}, see README):\n"
        f"{evaluation_text(training.evaluate_development())}"
    )
    if prepared.test is not None:
        _, evaluation = _evaluate(tagger, prepared.test)
        click.echo(f"Test data, {prepared.test.path}:\n{evaluation_text(evaluation)}")
    model = shlex.quote(str(folder / "model.npz"))
    click.echo(f"Wrote {folder}/model.npz, config.yaml and history.jsonl. Now try:")
    click.echo(f"  wincls predict {model} {_text_to_try(config.data.train)}")


def _train(config: Config, folder: Path) -> tuple[Training, Tagger]:
    """Train and write the files."""
    rng = np.random.default_rng(config.training.seed)
    prepared = prepare(config, rng)
    click.echo(_summary(prepared))
    for one, other in (("dev", "train"), ("test", "train"), ("test", "dev")):
        first, second = getattr(config.data, one), getattr(config.data, other)
        if first and second and _is_same_file(first, second):
            click.echo(f"Note: data.{one} is the file of data.{other}; its figures will say nothing.\n")
    for note in _doubts(prepared):
        click.echo(f"Note: {note}\n")
    if (folder / "model.npz").exists():
        click.echo(f"Note: {folder}/model.npz will be replaced when training is over.\n")
    training = Training(config, prepared, rng)
    # Renamed in this order, so that a new history never stands beside an older model.
    with replacing(folder / "history.jsonl") as history:
        began = time.perf_counter()
        _run_epochs(training, history)
        seconds = time.perf_counter() - began
        tagger = training.tagger()
        assert training.best is not None
        click.echo(f"\nBest epoch {training.best.epoch}, after {seconds:.1f} s of training.")
        if not training.best.f1 and prepared.dev.types:
            click.echo(
                "No epoch found any entity of the development data as it is; try more epochs or a higher "
                "schedule.rate."
            )
        save_tagger(tagger, folder / "model.npz", plain(config))
        with replacing(folder / "config.yaml") as file:
            file.write(dump_config(config).encode())
    return training, tagger


def run_evaluation(
    model: str, file: str, columns: Mapping[str, Any], lenient: bool, errors: bool, as_json: bool
) -> str:
    """Score a model on a column file, read as in training but for the columns given."""
    tagger, config = load_tagger(model)
    data = _data_settings(model, config)
    corpus = read_corpus(
        file,
        _columns(data.columns, columns),
        "auto",  # a file may be in another scheme than the training data
        lenient or data.illegal_tags == "lenient",
        data.types,
    )
    predicted, evaluation = _evaluate(tagger, corpus)
    if as_json:
        record = {"model": model, "file": file, **evaluation_record(evaluation)}
        if errors:
            record["mistakes"] = mistakes_record(corpus, predicted)
        return json.dumps(record, indent=2) + "\n"
    note = ""
    if any(_is_same_file(file, each) for each in (data.train, data.dev) if each):
        note = "\nThe model was trained, stopped or calibrated on this file; on new text it will do worse.\n"
    unknown = sorted(corpus.types.keys() - set(tagger.decoder.types))
    if unknown:
        note += f"\nThe model does not know the type{'s' * (len(unknown) > 1)} {', '.join(unknown)}.\n"
    text = f"{evaluation_text(evaluation)}{note}\n{confusion_text(evaluation)}"
    return f"{text}\n{mistakes_text(corpus, predicted)}" if errors else text


def run_prediction(
    model: str,
    files: Sequence[str],
    output_format: str,
    input_format: str,
    wrapped: bool,
    min_score: float,
    jobs: int,
    output_path: str | None,
    columns: Mapping[str, Any],
) -> None:
    """Tag files one after the other and write the result to a file or standard output."""
    _check_input(input_format, columns, (model, *files), output_path)
    tagger, config = load_tagger(model)
    on_terminal = output_path is None and sys.stdout.isatty()
    output = Output(output_format, on_terminal, min_score, name_files=len(files) > 1)
    used = _columns(replace(_data_settings(model, config).columns, tag=0), columns)

    def blocks() -> Iterator[Block]:
        for path in files:
            name = os.fsencode(path).decode("utf-8", errors="replace")
            with _source(path) as file:
                if input_format == "conll":
                    yield from column_blocks(file, name, output, used, tagger.calibrator.passage)
                else:
                    yield from text_blocks(file, name, output, wrapped)

    with _destination(output_path) as destination:
        for part in tag_blocks(blocks(), tagger, jobs):
            destination.write(part.encode("utf-8"))
            if on_terminal:
                destination.flush()


def run_pretraining(
    files: Sequence[str],
    output_path: str,
    dimension: int,
    input_format: str,
    wrapped: bool,
    columns: Mapping[str, Any],
) -> None:
    """Learn word vectors from files and write them in word2vec's text format."""
    _check_input(input_format, columns, files, output_path)
    used = _columns(Columns(tag=0), columns)
    tokens = 0

    def sentences() -> Iterator[list[str]]:
        nonlocal tokens
        for path in files:
            with _source(path) as file:
                for words in _sentences(file, path, used if input_format == "conll" else None, wrapped):
                    tokens += len(words)
                    yield [word_key(word) for word in words]

    with replacing(output_path) as file:
        vectors = cooccurrence_vectors(sentences(), dimension, np.random.default_rng(0))
        written = write_vectors(vectors, file)
        if not written:
            raise DataError(
                f"{', '.join(files)}: too little text: no word stands there {LEAST_COUNT} times beside "
                "another that does; vectors need much more"
            )
    click.echo(
        f"{tokens:,} tokens; wrote vectors of {dimension} numbers for {written:,} words, all that stand\n"
        f"there {LEAST_COUNT} times or more beside others, to {output_path}. Now try:\n"
        f"  wincls train --config YOUR.yaml --set features.word.vectors={shlex.quote(output_path)}"
    )


def _sentences(file: BinaryIO, path: str, columns: Columns | None, wrapped: bool) -> Iterator[list[str]]:
    """The words of each sentence of a column file, or without columns of plain text."""
    if columns is not None:
        for sentence in read_sentences(lines_of(file, path, columns), path, columns):
            yield sentence.words
        return
    for piece in read_pieces(file, path, wrapped):
        for each in split_sentences(piece.text):
            yield each.tokens


def _check_input(
    input_format: str, columns: Mapping[str, Any], read: Sequence[str], written: str | None
) -> None:
    given = [name for name, value in columns.items() if value is not None]
    if input_format == "text" and given:
        raise ConfigError(f"--{given[0].replace('word', 'word-column')}: only with --input conll")
    for path in read:
        if written is not None and _is_same_file(written, path):
            raise ConfigError(f"--output: {written} is read as well; choose another file")


def run_gradcheck(config_path: str | None, settings: Sequence[str], points: int) -> bool:
    """Print the gradient check of a configuration; whether every gradient is right."""
    if config_path is None:
        config = make_config(with_settings({"data": {"train": "none"}}, settings))
    else:
        config = load_config(config_path, settings)
    checks = check_config(config, points)
    click.echo(gradcheck_text(checks, LIMIT))
    wrong = [check.name for check in checks if not check.worst <= LIMIT]
    unchecked = [check.name for check in checks if not check.checked]
    if unchecked:
        click.echo(f"Not checked, since all points lie at kinks: {', '.join(unchecked)}.")
    if wrong:
        click.echo(f"Wrong gradients: {', '.join(wrong)} (relative error above {LIMIT:g}).", err=True)
    else:
        click.echo(f"All gradients checked agree with centred differences to {LIMIT:g}.")
    return not wrong


def _how_judged(prepared: Prepared) -> str:
    if prepared.judges is None:
        return "each half scored with the epoch and the calibration\nthat the other half chose"
    return (
        "each sentence scored by a network that has not\n"
        "learnt from it, with the epoch and the calibration that the other half of the data chose"
    )


def _summary(prepared: Prepared) -> str:
    lines = []
    for name, corpus in (("train", prepared.train), ("dev", prepared.dev), ("test", prepared.test)):
        if corpus is not None:
            size = f"{counted(len(corpus.sentences), 'sentence')}, {counted(corpus.tokens, 'token')}"
            lines.append(f"{name:5}  {corpus.path}: {size}, {corpus.scheme.name}")
    kinds = _entity_counts(prepared.train)
    counts = ", ".join(f"{kind} {kinds[kind]:,}" for kind in prepared.decoder.types)
    lines.append(f"types  {counts} (entities of train); {prepared.decoder.scheme.name} labels")
    networks = len(prepared.scorers)
    parameters = sum(array.size for array in prepared.scorers[0].parameters.values())
    layers = " -> ".join(str(n) for n in _layers(prepared))
    lines.append(
        f"model  {networks} networks of {layers}, each with" if networks > 1 else f"model  {layers};"
    )
    lines[-1] += f" {parameters:,} parameters with the tables"
    if prepared.judges is not None:
        lines[-1] += "; each learns from dev too,\n       all but the part that it is judged on"
    if prepared.coverage:
        words, tokens = prepared.coverage
        lines.append(
            f"words  vectors for {tokens:.1%} of the training tokens, {words:.1%} of the distinct words"
        )
    return "\n".join(lines) + "\n"


def _doubts(prepared: Prepared) -> Iterator[str]:
    """What looks odd in the data, though they can be trained on."""
    for corpus in (prepared.train, prepared.dev, prepared.test):
        if corpus is None:
            continue
        longest = max(corpus.sentences, key=lambda sentence: len(sentence.words))
        if len(longest.words) > _LONG_SENTENCE:
            yield (
                f"{corpus.path}:{longest.lines[0]}: a sentence of {len(longest.words):,} tokens begins here; "
                "are empty lines missing between sentences?"
            )
    found = _entity_counts(prepared.dev).total()
    if found < _FEW_ENTITIES:
        yield (
            f"{prepared.dev.path} holds {counted(found, 'entity') if found else 'no entity'}; by so few, the "
            "choice of the epoch, the scores of entities\nand the figures of the development data are little "
            "more than chance."
        )


def _entity_counts(corpus: Corpus) -> Counter[str]:
    """How many entities there are of each type."""
    return Counter(each.type for sentence in corpus.sentences for each in entities(sentence.tags))


def _layers(prepared: Prepared) -> list[int]:
    scorer = prepared.scorers[0]
    parameters = scorer.parameters
    hidden = [len(parameters[f"b{k}"]) for k in range(1, scorer.hidden_layers + 1)]
    width = parameters["W1"].shape[1] if hidden else len(parameters["U"])
    return [width, *hidden, parameters["U"].shape[1]]


def _run_epochs(training: Training, history: BinaryIO) -> None:
    """Run the epochs under a bar, print a line for each, and record each."""
    total = training.config.training.epochs
    with tqdm(unit=" windows", unit_scale=True, leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(windows: int, loss: float) -> None:
            bar.update(windows)
            bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)

        bar.set_description(f"epoch 1/{total}")
        try:
            for report in training.epochs(progress):
                bar.write(_epoch_line(report, total), file=sys.stdout)
                sys.stdout.flush()
                history.write((json.dumps(_epoch_record(report)) + "\n").encode())
                bar.reset(total=report.windows)
                bar.set_description(f"epoch {report.epoch + 1}/{total}")
        except KeyboardInterrupt:
            if training.best is None:
                raise WinclsError("stopped in the first epoch; there is no model yet to keep") from None
            bar.write("Stopped; keeping the best epoch so far.", file=sys.stdout)


def _epoch_line(report: EpochReport, total: int) -> str:
    dev = report.development
    return (
        f"epoch {report.epoch:>{len(str(total))}}/{total}  loss {report.loss:.4f}  "
        f"violated {report.unsatisfied:6.2%}  dev P {percent(dev.precision):>5} R {percent(dev.recall):>5} "
        f"F1 {percent(dev.f1):>5}  {report.seconds + report.development_seconds:.1f} s  "
        f"{report.windows / report.seconds:,.0f} windows/s{'  best' * report.best}"
    )


def _epoch_record(report: EpochReport) -> dict[str, Any]:
    dev = report.development
    record = report._asdict() | {
        "development": {"precision": dev.precision, "recall": dev.recall, "f1": dev.f1}
    }
    return record | {"windows_per_second": report.windows / report.seconds}


def _evaluate(tagger: Tagger, corpus: Corpus) -> tuple[list[list[str]], Evaluation]:
    """The predicted tags, in the corpus's scheme, and their score."""
    words = [sentence.words for sentence in corpus.sentences]
    predicted = [convert(each.tags, corpus.scheme) for each in tagger.tag(words)]
    gold = [sentence.tags for sentence in corpus.sentences]
    known = [tagger.known_names] * len(words)
    return predicted, evaluate(gold, predicted, corpus.scheme, words, known)


def _columns(columns: Columns, given: Mapping[str, Any]) -> Columns:
    for name in ("word", "tag"):
        if given.get(name) == 0:
            raise ConfigError(
                f"--{name}-column: found 0; columns are counted from 1, or from the right from -1"
            )
    used = replace(columns, **{name: value for name, value in given.items() if value is not None})
    if used.word == used.tag:
        raise ConfigError(f"--tag-column: {used.tag} is the column of the words too")
    return used


def _text_to_try(train: str) -> str:
    sample = Path(train).parent / "sample.txt"  # as in the corpus that comes with wincls
    return shlex.quote(str(sample)) if sample.exists() else "YOUR_TEXT.txt"


def _data_settings(model: str, config: Mapping[str, Any]) -> Data:
    """How the training data of a model were read."""
    try:
        return build(Data, config["data"])
    except (WinclsError, LookupError, TypeError, AttributeError):
        raise ModelError(f"{model}: does not say how its data were read; train it anew") from None


def _is_same_file(one: str, other: str) -> bool:
    return Path(one).is_file() and Path(other).is_file() and Path(one).samefile(other)


@contextmanager
def _source(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed; give a file")
        yield sys.stdin.buffer
    else:
        with open_binary(path) as file:
            yield file


@contextmanager
def _destination(path: str | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if Path(path).is_dir():
        raise DataError(f"{path}: is a folder; give --output a file")
    with ExitStack() as stack:
        yield stack.enter_context(replacing(path))
