"""Files in a store of fsspec, here in memory."""

import pytest

pytest.importorskip("fsspec")

from fsspec.implementations.memory import MemoryFileSystem

from wincls.distributed import storage
from wincls.errors import ConfigError, DataError


@pytest.fixture
def store():
    yield "memory://bucket"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def test_files_of_a_folder_in_a_store_are_found_sorted_without_hidden_ones_and_the_output(store):
    for name in ("b.txt", "a/c.txt", ".hidden", ".git/x", "out/part-000000.txt"):
        storage.write_file(f"{store}/{name}", b"text")
    found = list(storage.url_sources(store, f"{store}/out"))
    assert [each.path for each in found] == ["memory:///bucket/a/c.txt", "memory:///bucket/b.txt"]
    assert [each.size for each in found] == [4, 4]
    assert all(each.version for each in found)


def test_a_pattern_in_a_store_matches_files(store):
    storage.write_file(f"{store}/a.txt", b"text")
    storage.write_file(f"{store}/a.pdf", b"text")
    (found,) = storage.url_sources(f"{store}/*.txt", "memory://out")
    assert storage.read_range(found.path, 1, 3) == b"ex"


def test_a_missing_file_in_a_store_is_named(store):
    with pytest.raises(DataError, match="memory://bucket/none: no file matches"):
        list(storage.url_sources(f"{store}/none", "memory://out"))


def test_a_store_without_its_package_names_the_package():
    with pytest.raises(ConfigError, match=r"the package for gs:// is missing .*gcsfs"):
        storage.open_store("gs://bucket/file")


def test_an_unknown_store_is_an_error():
    with pytest.raises(ConfigError, match="nothing://x: Protocol not known: nothing"):
        storage.open_store("nothing://x")


@pytest.mark.parametrize("puts", [{"memory"}, set()], ids=["put", "rename"])
def test_a_file_in_a_store_appears_as_a_whole(store, monkeypatch, puts):
    monkeypatch.setattr(storage, "_PUTS", puts)
    storage.make_folder(f"{store}/out")
    storage.write_file(f"{store}/out/part", b"one")
    storage.write_file(f"{store}/out/part", b"three")
    assert storage.file_sizes(f"{store}/out") == {"part": 5}


def test_unfinished_files_are_removed_and_others_kept(tmp_path):
    for name in (".part-000001.txt.unfinished-x", "part-000001.txt", ".hidden"):
        (tmp_path / name).write_text("x")
    storage.remove_unfinished(str(tmp_path))
    assert sorted(each.name for each in tmp_path.iterdir()) == [".hidden", "part-000001.txt"]
