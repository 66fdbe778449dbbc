"""Checkpoints: the state of a training, written after every epoch, from which it can continue.

A checkpoint is a folder of plain arrays, without pickled objects. Each member writes its own state. The
main process writes the best epoch if it is new, and the history of the development data. checkpoint.json is
replaced last and lists the files that belong together. So if the program is killed at any time, either the
old or the new set of files is complete.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from wincls import __version__
from wincls.arrays import Array
from wincls.config import Config
from wincls.corpus.paths import find_files
from wincls.errors import DataError, TrainingError, WinclsError
from wincls.files import digest, replacing

FORMAT = 1
_POINTER = "checkpoint.json"

Arrays = Mapping[str, Array]


class Checkpoint:
    """The checkpoint in an output folder.

    output: the output folder; the checkpoint is in its subfolder `folder`.
    """

    def __init__(self, output: Path):
        self.folder = output / "checkpoint"

    def exists(self) -> bool:
        """Whether there is a complete checkpoint."""
        return (self.folder / _POINTER).exists()

    def begin(self) -> None:
        """Create the folder, and remove files that do not belong to the complete checkpoint.

        Raises WinclsError if the folder cannot be created.
        """
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise WinclsError(f"{self.folder}: cannot be written ({error.strerror})") from None
        kept = set(self.read()["files"]) | {_POINTER} if self.exists() else set()
        self._keep_only(kept)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, part: str, epoch: int) -> Path:
        """The file of a part ("member0", "best", "development") at an epoch."""
        return self.folder / f"{part}.{epoch}.npz"

    def complete(self, files: list[Path], state: dict[str, Any]) -> None:
        """Make these files and this state the complete checkpoint, and delete all other files."""
        names = [path.name for path in files]
        record = {"format": FORMAT, "wincls": __version__, "files": names, **state}
        with replacing(self.folder / _POINTER) as file:
            file.write(json.dumps(record).encode())
        self._keep_only({*names, _POINTER})

    def read(self) -> dict[str, Any]:
        """The state of the complete checkpoint.

        Raises TrainingError if there is none, or if another version wrote it.
        """
        path = self.folder / _POINTER
        try:
            state = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise TrainingError(f"{self.folder.parent}: holds no checkpoint to go on from") from None
        except (OSError, ValueError, RecursionError) as error:
            raise TrainingError(f"{path}: damaged ({error}); start again without --resume") from None
        if not isinstance(state, dict) or state.get("format") != FORMAT or state.get("wincls") != __version__:
            raise TrainingError(
                f"{path}: the checkpoint is not of this version of wincls ({__version__}); continue it with "
                "the version that wrote it, or start again without --resume"
            )
        return state

    def _keep_only(self, names: set[str]) -> None:
        for path in self.folder.iterdir():
            if path.name not in names and path.is_file():
                with suppress(OSError):  # open in another program, on Windows; a later epoch deletes it
                    path.unlink(missing_ok=True)


def write_arrays(path: Path, arrays: Arrays, settings: Mapping[str, Any]) -> None:
    """Write arrays and plain settings. Raises WinclsError if they cannot be written."""
    text = np.frombuffer(json.dumps(settings).encode(), dtype=np.uint8)
    try:
        with path.open("wb") as file:
            np.savez(file, settings=text, **arrays)  # type: ignore[arg-type]
    except OSError as error:
        raise WinclsError(f"{path}: cannot be written ({error.strerror}); is the disk full?") from None


def read_arrays(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read a file that :func:`write_arrays` wrote. Raises DataError if it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return arrays, json.loads(arrays.pop("settings").tobytes())
    except (OSError, ValueError, LookupError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{path}: damaged checkpoint ({error}); start again without --resume") from None


def data_digests(config: Config) -> dict[str, str]:
    """A digest of each file that a training reads, by path. Raises DataError if one cannot be read."""
    data = config.data
    named = [each for each in (data.train, data.dev, data.test, config.features.word.vectors) if each]
    return {path: digest(path) for paths in named for path in find_files(paths)}


def check_same(
    checkpoint: Checkpoint, state: Mapping[str, Any], now: Mapping[str, Any], config: Config
) -> None:
    """Raise TrainingError if a checkpoint belongs to another configuration or other data.

    training.epochs may differ if the schedule does not depend on it.

    state: from Checkpoint.read.
    now: the current plain configuration and digests, with the same keys as in `state`.
    config: the current configuration.
    """
    old, new = (json.loads(json.dumps(each["config"])) for each in (state, now))
    if not config.schedule.needs_end:
        old["training"]["epochs"] = new["training"]["epochs"]
    place = checkpoint.folder.parent
    if found := first_difference(old, new):
        hint = ""
        if found.startswith("training.epochs"):
            hint = f" (schedule {new['schedule']['name']} depends on the last epoch)"
        raise TrainingError(
            f"{place}: the checkpoint is of another configuration: {found}{hint}; use the same, or start "
            "again without --resume"
        )
    if state["init"] != now["init"]:
        raise TrainingError(
            f"{place}: the checkpoint started from another model; give the same --init, or start again "
            "without --resume"
        )
    for path in {**state["data"], **now["data"]}:
        if state["data"].get(path) != now["data"].get(path):
            raise TrainingError(
                f"{place}: the checkpoint is of other data: {path} has changed; restore it, or start again "
                "without --resume"
            )


def first_difference(old: Mapping[str, Any], new: Mapping[str, Any], path: str = "") -> str | None:
    """The first key in which two plain configurations differ, with both values; None if they are equal."""
    for key in [*old, *(key for key in new if key not in old)]:
        one, other = old.get(key), new.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            if found := first_difference(one, other, f"{path}{key}."):
                return found
        elif one != other:
            return f"{path}{key} was {json.dumps(one)} and is now {json.dumps(other)}"
    return None
