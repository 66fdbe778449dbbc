"""Which files a path names."""

import pytest

from wincls.corpus.paths import find_files, shared_file, show_paths
from wincls.errors import DataError


@pytest.fixture
def files(write, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("b.tsv", "a.tsv", "sub/c.tsv", ".hidden", ".git/config"):
        write("x", name)
    monkeypatch.chdir(tmp_path)


def test_folders_are_searched_in_sorted_order_without_hidden_files(files):
    assert find_files(".") == ["a.tsv", "b.tsv", "sub/c.tsv"]


def test_patterns_and_lists_of_paths_are_read_in_order(files):
    assert find_files("*.tsv") == ["a.tsv", "b.tsv"]
    assert find_files("**/*.tsv") == ["a.tsv", "b.tsv", "sub/c.tsv"]
    assert find_files(["b.tsv", "sub", "missing.tsv"]) == ["b.tsv", "sub/c.tsv", "missing.tsv"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(files, write):
    write("x", "[ab].tsv")
    assert find_files("[ab].tsv") == ["[ab].tsv"]


def test_a_brat_document_is_named_once(files, write):
    write("x", "b.txt")
    write("", "b.ann")
    assert find_files("b.*") == ["b.ann", "b.tsv"]


@pytest.mark.parametrize("path", ["*.csv", "empty"])
def test_nothing_is_an_error(files, tmp_path, path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=f"^{path.replace('*', '.')}: no file "):
        find_files(path)


def test_what_is_no_path_is_left_to_the_reader(files):
    assert find_files(["", "a\0"]) == ["", "a\0"]


def test_files_in_common_are_found_by_what_they_are(files, tmp_path):
    (tmp_path / "link.tsv").symlink_to("a.tsv")
    assert shared_file("sub", ["a.tsv"]) is None
    assert shared_file(".", "./sub/c.tsv") == "./sub/c.tsv"
    assert shared_file("a.tsv", "link.tsv") == "link.tsv"


def test_long_lists_are_shown_shortened():
    assert show_paths("a") == "a"
    assert show_paths(("a", "b")) == "a, b"
    assert show_paths(list("abcde")) == "a, b, c and 2 more"
