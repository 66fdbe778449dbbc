"""wincls: word-window classifiers for named entity recognition, trained on a plain CPU.

    tagger = wincls.load("runs/quickstart/model.npz")
    doc = tagger("Ada Lovelace lived in London.")
    [(ent.text, ent.label, ent.start, ent.end, ent.score) for ent in doc.ents]

Nothing but the exceptions is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wincls.errors import ConfigError, DataError, ModelError, TrainingError, WinclsError

if TYPE_CHECKING:
    from wincls.config import Config as Config
    from wincls.corpus.schemes import Entity as Entity
    from wincls.tagger.decoding import ScoredEntity as ScoredEntity
    from wincls.tagger.documents import Doc as Doc
    from wincls.tagger.documents import Ent as Ent
    from wincls.tagger.model_file import load_tagger as load
    from wincls.tagger.tagger import Tagger as Tagger
    from wincls.training.loop import EpochReport as EpochReport
    from wincls.training.run import train as train

__version__ = "0.2.0"

_LAZY = {
    "Config": "wincls.config:Config",
    "Doc": "wincls.tagger.documents:Doc",
    "Ent": "wincls.tagger.documents:Ent",
    "Entity": "wincls.corpus.schemes:Entity",
    "EpochReport": "wincls.training.loop:EpochReport",
    "ScoredEntity": "wincls.tagger.decoding:ScoredEntity",
    "Tagger": "wincls.tagger.tagger:Tagger",
    "load": "wincls.tagger.model_file:load_tagger",
    "train": "wincls.training.run:train",
}

__all__ = [
    "Config",
    "ConfigError",
    "DataError",
    "Doc",
    "Ent",
    "Entity",
    "EpochReport",
    "ModelError",
    "ScoredEntity",
    "Tagger",
    "TrainingError",
    "WinclsError",
    "load",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'wincls' has no attribute '{name}'")
    module, _, attribute = _LAZY[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
