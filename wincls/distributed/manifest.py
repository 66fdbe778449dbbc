"""The manifest of a job: what is tagged how, and which parts are done. A killed job goes on from it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from wincls.distributed.storage import Source, file_sizes, make_folder, read_range, write_file
from wincls.distributed.worker import Record
from wincls.errors import ConfigError, DataError

FOLDER = "manifest"
_JOB, _INPUTS, _SUMMARY = "job.json", "inputs.jsonl", "summary.json"
_OFTEN = 10.0  # seconds between two files of records


class Manifest:
    """The folder `manifest` in the output folder.

    job.json: the model, versions and options. inputs.jsonl: a line for each input. parts-N.jsonl: a line for
    each part; of two lines with the same number, the later one counts. summary.json: totals; it is there if
    the job is complete.

    folder: where it is.
    done: records of finished parts of earlier runs, by number.
    """

    def __init__(self, folder: str):
        self.folder = f"{folder}/{FOLDER}"
        self.done: dict[int, Record] = {}
        self._waiting: list[Record] = []
        self._files = 0
        self._latest = time.monotonic()

    def open(self, job: dict[str, Any], inputs: Sequence[Source], resume: bool) -> None:
        """Start the manifest of a job, or go on with it.

        Raises ConfigError if there is one and `resume` is not wanted, or one of another job; DataError if it
        is damaged; OSError.
        """
        there = file_sizes(self.folder)
        if _JOB in there:
            if not resume:
                raise ConfigError(
                    f"--output-dir: {self.folder} is the manifest of a job; go on with it by --resume, or "
                    "choose another folder"
                )
            try:
                old = json.loads(self._read(_JOB, there[_JOB]))
                old_inputs = [Source(*line.values()) for line in self._lines(_INPUTS, there[_INPUTS])]
                _check_same(old, job, old_inputs, inputs)
                names = sorted(name for name in there if name.startswith("parts-"))
                records = [Record.of_line(line) for name in names for line in self._lines(name, there[name])]
                self._files = 1 + max((int(name[6:-6]) for name in names), default=-1)
            except (ValueError, LookupError, TypeError, AttributeError):
                raise DataError(f"{self.folder}: damaged; delete the output folder and start again") from None
            self.done = {record.number: record for record in records}
            return
        make_folder(self.folder)
        self._write(_INPUTS, "".join(json.dumps(each._asdict()) + "\n" for each in inputs))
        self._write(_JOB, json.dumps(job, indent=1) + "\n")

    def add(self, record: Record) -> None:
        """Add the record of a finished part; it is written within ten seconds, if others follow."""
        self._waiting.append(record)
        if time.monotonic() - self._latest > _OFTEN:
            self.flush()

    def flush(self) -> None:
        """Write what is not written yet."""
        if self._waiting:
            lines = "".join(json.dumps(record.line()) + "\n" for record in self._waiting)
            self._write(f"parts-{self._files:06}.jsonl", lines)
            self._files += 1
            self._waiting = []
        self._latest = time.monotonic()

    def close(self, summary: dict[str, Any]) -> None:
        """Write the totals of a job that came to its end."""
        self.flush()
        self._write(_SUMMARY, json.dumps(summary, indent=1) + "\n")

    def _write(self, name: str, text: str) -> None:
        write_file(f"{self.folder}/{name}", text.encode())

    def _read(self, name: str, size: int) -> str:
        return read_range(f"{self.folder}/{name}", 0, size).decode()

    def _lines(self, name: str, size: int) -> Iterator[dict[str, Any]]:
        return map(json.loads, self._read(name, size).splitlines())


def _check_same(
    old: dict[str, Any], new: dict[str, Any], old_inputs: Sequence[Source], inputs: Sequence[Source]
) -> None:
    """Raise ConfigError that names the first difference between two jobs."""
    for key in ("wincls", "model", "options"):
        if old[key] != new[key]:
            names = [key]
            if key == "options":
                names = [name for name in new[key] if old[key].get(name) != new[key][name]]
            was, now = (
                ", ".join(
                    str(
                        job[key].get(name)
                        if key == "options"
                        else job[key]["digest"]
                        if key == "model"
                        else job[key]
                    )
                    for name in names
                )
                for job in (old, new)
            )
            raise ConfigError(
                f"--resume: {', '.join(names)} was {was} and is {now}; repeat the command as it was, or "
                "choose another --output-dir"
            )
    if list(old_inputs) == list(inputs):
        return
    before = {each.path: each for each in old_inputs}
    after = {each.path: each for each in inputs}
    for path in [*after, *before]:
        if before.get(path) != after.get(path):
            what = "is new" if path not in before else "is gone" if path not in after else "has changed"
            raise ConfigError(f"--resume: the input {path} {what}; choose another --output-dir")
    raise ConfigError("--resume: the inputs are in another order; choose another --output-dir")
