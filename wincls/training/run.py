"""A training run: from a configuration to the files of the output folder."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np

from wincls.config import Config, dump_config, load_config, make_config
from wincls.files import output_folder, remove_leftovers, replacing, replacing_together
from wincls.locks import locked
from wincls.options import plain
from wincls.progress import phase
from wincls.reports.records import evaluation_record
from wincls.settings import with_settings
from wincls.tagger.corpus import evaluate_tagged, tag_corpus
from wincls.tagger.model_file import Model, load_model, write_model
from wincls.training.checkpoint import Checkpoint, check_same, data_digests
from wincls.training.development import Scoring, nothing
from wincls.training.loop import EpochReport, Training
from wincls.training.member import Progress
from wincls.training.prepare import prepare
from wincls.training.provenance import date_of_training, describe_data, provenance
from wincls.training.warm_start import Taken, warm_start

FILES = ("model.npz", "config.yaml", "scores.json", "history.jsonl", "times.jsonl")
"""The files of an output folder."""

REPORT = "report.html"
"""A page about the model of the folder, see analysis/page.py. The caller of a run writes it."""


class Run:
    """A training and its output folder: ``with Run(...) as run``. Entering creates the folder.

    config: the configuration.
    folder: gets history.jsonl and times.jsonl, a line after each epoch, and model.npz, config.yaml and
        scores.json from :meth:`finish`; None to write nothing. As long as the training is not over, its
        folder "checkpoint" holds all that is needed to go on.
    resume: go on from the checkpoint of the folder, if there is one.
    keep_checkpoint: keep it when the training is over.
    init: a model file that training starts from, see warm_start.py.
    date: the date that the model is to bear, if it is to bear one.

    taken is what was taken of `init`. After :meth:`finish`: tagger, the evaluations of dev and test, and
    test_entities, those found in each sentence of test.

    Entering raises WinclsError if the folder cannot be written or another training is writing to it, and
    TrainingError if the checkpoint belongs to another configuration or other data.
    """

    def __init__(
        self,
        config: Config,
        folder: Path | None,
        resume: bool = False,
        keep_checkpoint: bool = False,
        init: str | Path | None = None,
        date: str | None = None,
    ):
        self.config = config
        self.init = init
        self.date = date_of_training(date)
        self.taken: Taken | None = None
        self.folder = folder
        self.seconds = 0.0
        self.records: list[dict[str, Any]] = []
        self.resume = resume
        self._keep_checkpoint = keep_checkpoint
        self._is_done = False
        self.resumed = 0  # number of epochs that were finished when this run began
        self._checkpoint = Checkpoint(folder) if folder is not None else None
        self._stack = ExitStack()

    def __enter__(self) -> Run:
        if self.folder is not None:
            self._stack.enter_context(output_folder(self.folder))
        try:
            if self.folder is not None:
                self._stack.enter_context(locked(self.folder))
                remove_leftovers(self.folder / name for name in (*FILES, REPORT))
            self._old = load_model(self.init) if self.init is not None else None
            rng = np.random.default_rng(self.config.training.seed)
            self.prepared = prepare(self.config, rng)
            self._data = describe_data(self.config.data, self.prepared.corpora)
            if self._old:
                self.taken = warm_start(self._old, self.prepared, self.config.window.size, str(self.init))
            self.training = Training(self.config, self.prepared, rng)
            if self._checkpoint is not None:
                init = self._old and self._old.digest
                self._state = {"config": plain(self.config), "data": data_digests(self.config), "init": init}
                self._open_checkpoint(self._checkpoint)
        except BaseException as error:
            if not self._stack.__exit__(type(error), error, error.__traceback__):
                raise
        return self

    def __exit__(self, *error: Any) -> bool | None:
        if self._checkpoint is not None and (self._is_done or not self._checkpoint.exists()):
            self._checkpoint.remove()  # it is not needed any more, or still empty
        return self._stack.__exit__(*error)

    def _open_checkpoint(self, checkpoint: Checkpoint) -> None:
        if self.resume and checkpoint.exists():
            state = checkpoint.read()
            check_same(checkpoint, state, self._state, self.config)
            checkpoint.begin()
            self.training.restore(checkpoint, state)
            self.records, self.resumed = state["records"], state["epoch"]
        else:
            checkpoint.remove()
            checkpoint.begin()

    def epochs(
        self, progress: Progress = lambda windows, loss: None, scoring: Scoring = nothing
    ) -> Iterator[EpochReport]:
        """Train, and record each epoch. Raises the same errors as Training.epochs."""
        began = time.perf_counter()
        for report in self.training.epochs(progress, scoring, self._checkpoint):
            self.records.append(report.record())
            if self.folder is not None and self._checkpoint is not None:
                self.training.save(self._checkpoint, self.records, self._state)
                with replacing(self.folder / "history.jsonl") as history:
                    history.write(_lines(self.records))
                with (self.folder / "times.jsonl").open("a" if report.epoch > 1 else "w") as file:
                    file.write(json.dumps(report.times()) + "\n")
            self.seconds = time.perf_counter() - began
            yield report

    def finish(self) -> None:
        """Fit the decision of the best epoch, score it, and write the files.

        If the training is over, the checkpoint is deleted at the end of the block, unless keep_checkpoint
        is set. So if the program is killed while the caller writes more files, the training can be resumed.

        Raises TrainingError if no epoch is finished, and WinclsError if the files cannot be written.
        """
        with phase("fitting the decision to the development data"):
            self.tagger = self.training.tagger()
        self.dev = self.training.evaluate_development()
        test = self.prepared.corpora.test
        self.test_entities = None if test is None else tag_corpus(self.tagger, test)
        self.test = None
        if test is not None and self.test_entities is not None:
            self.test = evaluate_tagged(self.tagger, test, self.test_entities)
        if self.folder is None or self._checkpoint is None:
            return
        with (
            phase(f"writing the files of {self.folder}"),
            replacing_together([self.folder / name for name in FILES[:-1]]) as files,
        ):
            model, config, scores, history = files
            write_model(Model(self.tagger, plain(self.config), self._provenance()), model)
            config.write(dump_config(self.config).encode())
            scores.write((json.dumps(self.scores(), indent=2) + "\n").encode())
            history.write(_lines(self.records))
        (self.folder / REPORT).unlink(missing_ok=True)  # it is about an earlier model
        self._is_done = self.training.is_over and not self._keep_checkpoint

    def _provenance(self) -> dict[str, Any]:
        best = self.training.best
        assert best is not None
        epochs = {"best_epoch": best.epoch, "epochs": len(self.training.development.epochs)}
        return provenance(self._data, epochs, self.dev, self.test, self._old, self.date)

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


def _lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def train(
    config: str | Path | Mapping[str, Any] | Config,
    output: str | Path | None = None,
    settings: Iterable[str] = (),
    resume: bool = False,
    init: str | Path | None = None,
) -> Iterator[EpochReport]:
    """Train, yielding a report after each epoch; then write the files of ``wincls train``.

    config: a YAML file, a mapping of its keys, or a Config.
    output: the output folder, see Run; None to write nothing.
    settings: overrides such as "training.epochs=5".
    resume: go on from the checkpoint in the output folder, if there is one.
    init: a model file that training starts from, as far as it fits the configuration.

    If the caller leaves the loop early, training ends, and the best epoch so far is written.

    Raises ConfigError for a configuration that cannot be used, DataError and ModelError for files that
    cannot, and TrainingError if training cannot continue.
    """
    if isinstance(config, (str, Path)):
        config = load_config(config, settings)
    else:
        given = plain(config) if isinstance(config, Config) else dict(config)
        config = make_config(with_settings(given, settings))
    with Run(config, None if output is None else Path(output), resume, init=init) as run:
        with suppress(GeneratorExit):
            yield from run.epochs()
        run.finish()
