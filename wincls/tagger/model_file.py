"""The model file: one .npz with everything that tagging needs, and without executable content.

It is a zip of plain arrays (archive.py). Strings (settings as JSON, vocabularies one key a line) are
arrays of UTF-8 bytes. What is read is checked (model_checks.py), so a damaged file, or one from a stranger,
makes a ModelError and nothing else.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from wincls.arrays import Array
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.corpus.tokenizer import Tokenizer
from wincls.errors import ModelError
from wincls.features.profile import Profile
from wincls.features.tables import TokenTables
from wincls.features.vocabulary import SortedWords, Vocabulary
from wincls.files import open_binary, replacing
from wincls.network.activations import ACTIVATIONS
from wincls.network.embedding import QuantizedRows
from wincls.network.scorer import Scorer
from wincls.options import build, name_of, plain
from wincls.progress import phase
from wincls.tagger.archive import Archive, write_archive
from wincls.tagger.model_checks import (
    check_keys,
    check_layouts,
    check_pretrained,
    check_settings,
    largest_score,
)
from wincls.tagger.model_decision import decision_from, decision_parts
from wincls.tagger.tagger import Tagger
from wincls.visible import visible

FORMAT = "wincls model"

# A later version stays able to read this one: it adds a reader to _READERS, beside that of 7, which goes
# on turning archives of version 7 into a Model. tests/tagger/stored has a model of every version.
VERSION = 7

_LONGEST_REASON = 110  # characters; with the rest of the message, and without the path, below 200
_MAGIC = b"PK"  # with which a zip starts


class Model(NamedTuple):
    """A tagger, and where it comes from.

    config: the plain configuration that it was trained with.
    provenance: what it was trained on and with, see training/provenance.py.
    digest: of the file that it was read from, in hexadecimal digits; empty if it was not read.
    """

    tagger: Tagger
    config: dict[str, Any]
    provenance: Mapping[str, Any] = {}
    digest: str = ""


def save_model(model: Model, path: str | Path) -> None:
    """Write a model file. The same model always gives the same bytes.

    Raises WinclsError if it cannot be written.
    """
    with replacing(path) as file:
        write_model(model, file)


def write_model(model: Model, file: BinaryIO) -> None:
    """Write a model to an open file."""
    tagger = model.tagger
    scorer = tagger.ensemble[0]
    decision, decision_arrays = decision_parts(tagger.decision)
    settings = {
        "format": FORMAT,
        "version": VERSION,
        "scheme": tagger.tag_set.scheme.name,
        "labels": list(tagger.labels),
        "window": tagger.window,
        "combine": scorer.combine,
        "activation": {"name": name_of(ACTIVATIONS, scorer.activation), **plain(scorer.activation)},
        "tables": list(tagger.tables.names),
        "ensemble": len(tagger.ensemble),
        "decision": decision,
        "tokenizer": tagger.tokenizer.settings(),
        "familiar": tagger.familiar and tagger.familiar.settings(),
        "config": model.config,
        "provenance": dict(model.provenance),
    }
    arrays = {"seen": _bytes("\n".join(sorted(tagger.seen)))}
    for table, vocabulary in tagger.tables.vocabularies.items():
        arrays[f"keys/{table}"] = _bytes("\n".join(vocabulary.keys))
    arrays["pretrained/words"] = tagger.tables.pretrained.words
    if len(tagger.tables.pretrained):
        arrays["pretrained/codes"], arrays["pretrained/scales"] = scorer.quantized["word"]
    for number, member in enumerate(tagger.ensemble):
        arrays |= {f"{number}/{name}": array for name, array in member.parameters.items()}
    arrays |= decision_arrays
    write_archive(file, settings, arrays)


def is_model(path: str | Path) -> bool:
    """Whether a file starts as a model file does. Nothing is read from a pipe or a folder.

    Raises DataError if there is no such file, or if it cannot be opened.
    """
    with suppress(OSError, ValueError):  # what is no path is an error of open_binary
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return False
    with open_binary(path) as file:
        return file.read(len(_MAGIC)) == _MAGIC


def load_model(path: str | Path) -> Model:
    """Read a model file.

    Raises ModelError if it is damaged, of another format or version, or if there is not enough memory;
    DataError if it cannot be opened.
    """
    with phase(f"loading {path}"), open_binary(path) as file:
        try:
            return _read(file, path)
        except ModelError:
            raise
        except MemoryError:
            raise ModelError(
                f"{path}: not enough memory to load this model ({file.seek(0, 2) / 1e6:,.0f} MB); free memory"
            ) from None
        except (zipfile.BadZipFile, OSError, EOFError) as error:
            raise ModelError(
                f"{path}: damaged model file ({_reason(error)}); copy it or train it again"
            ) from None
        except Exception as error:  # whatever else the content has made the readers stumble over
            raise ModelError(
                f"{path}: not a model that this program can read ({_reason(error)}); train it again"
            ) from None


def load_tagger(path: str | Path) -> Tagger:
    """Read the tagger of a model file. Raises the same errors as :func:`load_model`."""
    return load_model(path).tagger


def _reason(error: Exception) -> str:
    """In one line without control characters, cut to a length that can be read."""
    text = visible(str(error)) or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 3]}..."


def _read(file: BinaryIO, path: str | Path) -> Model:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ModelError(f"{path}: not a model file of wincls; give the model.npz that training wrote")
    try:
        archive = Archive(file)
    except LookupError:
        archive = None
    if archive is None or archive.settings.get("format") != FORMAT:
        raise ModelError(
            f"{path}: an archive, but not a model file of wincls; give the model.npz of a training"
        )
    version = archive.settings["version"]
    if type(version) is not int or version not in _READERS:
        shown = version if type(version) is int and 0 <= version < 1000 else "unknown"
        raise ModelError(
            f"{path}: model format {shown}; this program reads {', '.join(map(str, _READERS))}; "
            "train the model again"
        )
    return _READERS[version](archive)


def _read_7(archive: Archive) -> Model:
    settings = archive.settings
    check_settings(settings)
    activation = dict(settings["activation"])
    activation = build(ACTIVATIONS[activation.pop("name")], activation)
    layouts = check_layouts(settings, archive.layouts())
    arrays = archive.read(layouts)
    vocabularies = {
        table: Vocabulary(text.split("\n") if (text := _string(arrays[f"keys/{table}"])) else [])
        for table in settings["tables"]
    }
    words = SortedWords(arrays["pretrained/words"])
    check_pretrained(words)
    quantized = {}
    if len(words):
        quantized["word"] = QuantizedRows(arrays["pretrained/codes"], arrays["pretrained/scales"])
    ensemble = [
        Scorer(
            _parameters(arrays, number), tuple(vocabularies), activation, settings["combine"],
            quantized=quantized,
        )
        for number in range(settings["ensemble"])
    ]  # fmt: skip
    for scorer in ensemble:
        for table, vocabulary in vocabularies.items():
            check_keys(table, vocabulary.keys, len(scorer.parameters[f"L.{table}"]))
    largest = max(map(largest_score, ensemble))
    tag_set = TagSet(SCHEMES[settings["scheme"]], settings["labels"])
    decision = decision_from(settings["decision"], arrays, tag_set, largest)
    seen = frozenset(filter(None, _string(arrays["seen"]).split("\n")))
    familiar = settings["familiar"] and Profile.of(settings["familiar"])
    tokenizer = Tokenizer.of(settings["tokenizer"])
    tables = TokenTables(vocabularies, words)
    tagger = Tagger(tables, ensemble, tag_set, decision, settings["window"], seen, tokenizer, familiar)
    return Model(tagger, settings["config"], settings["provenance"], archive.digest)


_READERS = {7: _read_7}
"""From a version of the format to what makes a Model of an archive."""


def _parameters(arrays: Mapping[str, Array], number: int) -> dict[str, Array]:
    """The parameters of one ensemble member."""
    prefix = f"{number}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def _string(array: Array) -> str:
    return array.tobytes().decode("utf-8")
