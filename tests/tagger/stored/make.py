"""Writes a small model of the present version of the format, and what it finds, beside this file.

    python -m tests.tagger.stored.make

For a new version of the format, run it once before its release and keep the files of earlier versions.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import random_tagger
from wincls.tagger.model_file import VERSION, Model, save_model

FOLDER = Path(__file__).parent
SENTENCES = [
    ["Paris", "sleeps", ".", "The", "USA", "1998"],
    ["the"],
    ["TEXAS", "of", "été", "McDonald", "42", "n't"],
]


def main() -> None:
    tagger = random_tagger(ensemble=2, pretrained=["usa", "sleeps", "été"], seen=frozenset(["Paris"]))
    config = {"data": {"train": "train.conll"}}
    save_model(Model(tagger, config, {"wincls": "0.2.0"}), FOLDER / f"model_{VERSION}.npz")
    found = {"sentences": SENTENCES, "entities": tagger.tag(SENTENCES), "config": config}
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (FOLDER / f"model_{VERSION}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
