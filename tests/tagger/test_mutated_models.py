"""A sample of tests/reliability/mutate_models.py, and what is too large for it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.reliability.mutate_models import MUTATIONS, SECONDS, check, originals, pack, run, unpack
from wincls.errors import ModelError
from wincls.tagger import model_file
from wincls.tagger.model_file import load_model

FILES = 2000


def test_mutated_models_are_refused_in_one_line_or_do_no_harm(tmp_path: Path) -> None:
    outcomes, slowest = run(FILES, 0, tmp_path)
    assert slowest < SECONDS
    refused = {kind for kind, outcome in outcomes if outcome == "refused"}
    assert refused == set(MUTATIONS)


def test_mutations_start_from_sound_models(tmp_path: Path) -> None:
    for content in originals():
        for same in (content, pack(unpack(content)), pack(unpack(content), digest=False)):
            with pytest.raises(AssertionError, match="other output"):
                check(tmp_path / "m", same, "bits", expected=[])


@pytest.mark.parametrize("member", ["extra.npy", "0/W1.npy"])
def test_a_bomb_is_refused_unread(tmp_path: Path, member: str) -> None:
    bomb = pack(unpack(originals()[0]) | {member: bytes(64 << 20)}, compress=(member,))
    assert len(bomb) < 1 << 20
    (tmp_path / "m").write_bytes(bomb)
    with pytest.raises(ModelError, match="packed again, with compression"):
        load_model(tmp_path / "m")


def test_a_sparse_file_that_is_larger_than_its_content_is_refused_unread(tmp_path: Path) -> None:
    content = originals()[0]
    with (tmp_path / "m").open("wb") as file:
        file.write(b"PK")
        file.seek(5 << 30)
        file.write(content)
    with pytest.raises(ModelError, match="the file is larger than its content"):
        load_model(tmp_path / "m")


def test_a_directory_of_many_members_is_refused_unparsed(tmp_path: Path) -> None:
    content = pack({f"{number}.npy": b"" for number in range(30_000)})
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ModelError, match="its directory is too large"):
        load_model(tmp_path / "m")


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    content = bytearray(originals()[0])
    at = content.index(b"PK\x01\x02") + 8
    struct.pack_into("<H", content, at, 1)
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ModelError, match="packed again, with compression or encryption"):
        load_model(tmp_path / "m")


def test_too_little_memory_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m").write_bytes(originals()[0])

    def read(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(model_file, "_read", read)
    with pytest.raises(ModelError, match=r"m: not enough memory to load this model \(0 MB\); free memory$"):
        load_model(tmp_path / "m")


def refused(path: Path, content: bytes, reason: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ModelError, match=reason):
        load_model(path)


def test_members_in_another_place_are_refused(tmp_path: Path) -> None:
    """They have the right type, shape and checksum."""
    members = unpack(originals()[1])
    swapped = members | {"0/U.npy": members["1/U.npy"], "1/U.npy": members["0/U.npy"]}
    refused(tmp_path / "m", pack(swapped, digest=False), "the digest is not that of the content")
    (tmp_path / "m").write_bytes(pack(swapped))
    load_model(tmp_path / "m")


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "m", pack(unpack(originals()[0]), twice="0/U.npy"), "a member is there twice")


def test_a_header_that_differs_from_what_is_declared_is_refused(tmp_path: Path) -> None:
    members = unpack(originals()[0])
    other = members["0/U.npy"].replace(b"'<f4'", b"'<i4'")
    refused(tmp_path / "m", pack(members | {"0/U.npy": other}), "0/U has another header than float32")
