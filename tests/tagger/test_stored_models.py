"""Models of all released versions of the format can be read, and tag as they did; see stored/make.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wincls.tagger.model_file import VERSION, load_model

STORED = sorted(Path(__file__).with_name("stored").glob("*.npz"))


def test_the_present_version_is_stored() -> None:
    assert f"model_{VERSION}.npz" in [path.name for path in STORED]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_a_stored_model_tags_as_recorded(path: Path) -> None:
    recorded = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    model = load_model(path)
    assert model.config == recorded["config"]
    assert model.provenance["wincls"]
    assert sum(map(len, recorded["entities"])) > 3
    found = model.tagger.tag(recorded["sentences"])
    for entities, expected in zip(found, recorded["entities"], strict=True):
        assert [list(each[:3]) for each in entities] == [each[:3] for each in expected]
        assert [each.score for each in entities] == pytest.approx([each[3] for each in expected], rel=1e-4)
