from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from wincls.tagger.archive import Archive, Layout, parse_settings, write_archive

ARRAYS = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b/c": np.array([b"x", b"yz"]),
    "empty": np.zeros(0, dtype=np.uint8),
    "scalar shape": np.float64([1.5]),
}


def written(settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> io.BytesIO:
    file = io.BytesIO()
    write_archive(file, settings, arrays)
    file.seek(0)
    return file


def test_what_is_written_is_read() -> None:
    archive = Archive(written({"é": [1, 2.5, None]}, ARRAYS))
    layouts = archive.layouts()
    assert archive.settings == {"é": [1, 2.5, None]}
    assert layouts == {name: Layout.of(array) for name, array in ARRAYS.items()}
    found = archive.read(layouts)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


def test_numpy_reads_an_archive() -> None:
    with np.load(written({}, ARRAYS)) as archive:
        for name, array in ARRAYS.items():
            assert archive[name].dtype == array.dtype
            assert np.array_equal(archive[name], array)


def test_the_digest_is_of_content_and_settings() -> None:
    first = Archive(written({"x": 1}, ARRAYS)).digest
    assert Archive(written({"x": 1}, ARRAYS)).digest == first
    assert Archive(written({"x": 2}, ARRAYS)).digest != first
    assert Archive(written({"x": 1}, ARRAYS | {"a": ARRAYS["a"] + 1})).digest != first


def test_arrays_in_another_order_of_memory_or_bytes_are_written_alike() -> None:
    matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
    same = [np.asfortranarray(matrix), matrix.astype(">f4"), np.repeat(matrix, 2, axis=1)[:, ::2]]
    for each in same:
        assert written({}, {"a": each}).getvalue() == written({}, {"a": matrix}).getvalue()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[]", "not a mapping"),
        ('{"a": NaN}', "NaN in the settings"),
        ('{"a": -Infinity}', "-Infinity in the settings"),
        ('{"a": 1e999}', "infinity in the settings"),
        ('{"a": 1, "a": 2}', "a key of the settings is there twice"),
        ('{"a": "\\ud800"}', "not UTF-8"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "Exceeds the limit"),
    ],
)
def test_settings_are_strict_json(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_settings(text.encode())
