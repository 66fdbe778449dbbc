"""A training run from a configuration to files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from wincls.config import Config, dump_config, load_config, make_config
from wincls.files import output_folder, replacing
from wincls.options import plain
from wincls.reports.records import evaluation_record
from wincls.settings import with_settings
from wincls.tagger.corpus import evaluate_tagger
from wincls.tagger.model_file import Model, save_model
from wincls.training.development import Scoring, nothing
from wincls.training.loop import EpochReport, Training
from wincls.training.member import Progress
from wincls.training.prepare import prepare


class Run:
    """A training and its output folder, which is created when it is entered: ``with Run(...) as run``.

    config: the configuration.
    folder: gets model.npz, config.yaml, history.jsonl and scores.json when :meth:`save` is called;
        None to write nothing.

    After :meth:`finish`: tagger, and the evaluations of dev and test.
    """

    def __init__(self, config: Config, folder: Path | None):
        self.config = config
        self.folder = folder
        self.seconds = 0.0
        self._stack = ExitStack()
        self._history: BinaryIO | None = None

    def __enter__(self) -> Run:
        if self.folder is not None:
            self._stack.enter_context(output_folder(self.folder))
        try:
            rng = np.random.default_rng(self.config.training.seed)
            self.prepared = prepare(self.config, rng)
            self.training = Training(self.config, self.prepared, rng)
            if self.folder is not None:
                self._history = self._stack.enter_context(replacing(self.folder / "history.jsonl"))
        except BaseException as error:
            if not self._stack.__exit__(type(error), error, error.__traceback__):
                raise
        return self

    def __exit__(self, *error: Any) -> bool | None:
        return self._stack.__exit__(*error)

    def epochs(
        self, progress: Progress = lambda windows, loss: None, scoring: Scoring = nothing
    ) -> Iterator[EpochReport]:
        """Train, and record each epoch. Raises as Training.epochs does."""
        began = time.perf_counter()
        for report in self.training.epochs(progress, scoring):
            if self._history is not None:
                self._history.write((json.dumps(report.record()) + "\n").encode())
            self.seconds = time.perf_counter() - began
            yield report

    def finish(self) -> None:
        """Fit the decision of the best epoch, score it, and write the files.

        Raises TrainingError if no epoch is over yet, WinclsError if the files cannot be written.
        """
        self.tagger = self.training.tagger()
        self.dev = self.training.evaluate_development()
        test = self.prepared.corpora.test
        self.test = None if test is None else evaluate_tagger(self.tagger, test)
        if self.folder is None:
            return
        save_model(Model(self.tagger, plain(self.config)), self.folder / "model.npz")
        with replacing(self.folder / "config.yaml") as file:
            file.write(dump_config(self.config).encode())
        with replacing(self.folder / "scores.json") as file:
            file.write((json.dumps(self.scores(), indent=2) + "\n").encode())

    def scores(self) -> dict[str, Any]:
        """The final figures as a plain mapping."""
        best = self.training.best
        assert best is not None
        return {
            "best_epoch": best.epoch,
            "epochs": len(self.training.development.epochs),
            "dev": evaluation_record(self.dev),
            "test": self.test and evaluation_record(self.test),
        }


def train(
    config: str | Path | Mapping[str, Any] | Config,
    output: str | Path | None = None,
    settings: Iterable[str] = (),
) -> Iterator[EpochReport]:
    """Train, yielding a report after each epoch; then write the files of ``wincls train``.

    config: a YAML file, a mapping of its keys, or a Config.
    output: folder for model.npz, config.yaml, history.jsonl and scores.json; None to write nothing.
    settings: overrides such as "training.epochs=5".

    If the caller leaves the loop early, training ends and the best epoch so far is written.

    Raises ConfigError for a configuration that cannot be used, DataError for files that cannot, and
    TrainingError if training cannot continue.
    """
    if isinstance(config, (str, Path)):
        config = load_config(config, settings)
    else:
        given = plain(config) if isinstance(config, Config) else dict(config)
        config = make_config(with_settings(given, settings))
    with Run(config, None if output is None else Path(output)) as run:
        with suppress(GeneratorExit):
            yield from run.epochs()
        run.finish()
