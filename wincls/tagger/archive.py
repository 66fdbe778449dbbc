"""A zip of plain arrays, in which nothing is believed before it is checked.

An archive is an .npz file of numpy that holds, in this order:

    settings  JSON; its key "arrays" has the data type and the shape of every array
    ...       the arrays
    digest    see _digest

The directory of the zip is compared with the settings before any array is read. Members are stored
without compression, so what is read is never larger than the file. The header of a member follows from
its type and shape, so it is compared and never parsed. Pickles have no such header.
"""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from wincls.arrays import Array

_HEADER = 128  # bytes of the header of every member
_MOST_SETTINGS = 1 << 22  # bytes
_MOST_DIRECTORY = 1 << 20  # bytes; some 10,000 members
_MOST_BESIDE = 1 << 20  # bytes of a file that are neither settings nor arrays nor directory
_TYPES = re.compile(r"\|u1|\|i1|<f4|<f8|\|S(?:[1-9]|[1-5]\d|6[0-4])")


class Layout(NamedTuple):
    """The data type of an array, as numpy writes it ("<f4"), and its shape."""

    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def of(cls, array: Array) -> Layout:
        return cls(array.dtype.newbyteorder("<").str, array.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    @property
    def header(self) -> bytes:
        """The header of an .npy file, format 1.0, at a fixed length."""
        text = f"{{'descr': '{self.dtype}', 'fortran_order': False, 'shape': {self.shape}, }}"
        magic = b"\x93NUMPY\x01\x00" + (_HEADER - 10).to_bytes(2, "little")
        return magic + text.encode().ljust(_HEADER - len(magic) - 1) + b"\n"

    def __str__(self) -> str:
        return f"{np.dtype(self.dtype).name} {self.shape}"


def write_archive(file: BinaryIO, settings: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write settings and arrays; the same content gives the same bytes."""
    layouts = {name: Layout.of(array) for name, array in arrays.items()}
    text = json.dumps({**settings, "arrays": layouts}, ensure_ascii=False).encode()
    with zipfile.ZipFile(file, "w") as archive:
        _write(archive, "settings", np.frombuffer(text, dtype=np.uint8))
        for name, array in arrays.items():
            _write(archive, name, array)
        digest = _digest(archive.infolist())
        _write(archive, "digest", np.frombuffer(digest, dtype=np.uint8))


class Archive:
    """An archive that is open for reading.

    settings: as they were written, without the arrays.
    digest: of the whole content, in hexadecimal digits.

    Raises LookupError if there are no settings, ValueError or what zipfile raises for anything else that
    is not as :func:`write_archive` writes it.
    """

    def __init__(self, file: BinaryIO):
        self._size = file.seek(0, 2)
        bounded = _Bounded(file, _MOST_DIRECTORY)
        self._zip = zipfile.ZipFile(bounded)
        bounded.most = self._size
        members = self._zip.infolist()
        self._members = {member.filename: member for member in members}
        size = self._members["settings.npy"].file_size - _HEADER
        for member in members:
            if member.flag_bits & 1 or member.compress_type != zipfile.ZIP_STORED:
                raise ValueError("it was packed again, with compression or encryption")
            if member.file_size != member.compress_size:
                raise ValueError(f"{_name(member)} has two sizes")
        if len(self._members) != len(members):
            raise ValueError("a member is there twice")
        if sum(member.file_size for member in members) > self._size:
            raise ValueError("its members are larger than the file")
        if not 0 <= size <= _MOST_SETTINGS:
            raise ValueError(f"settings of {size:,} bytes")
        self.settings = parse_settings(self._read("settings", Layout("|u1", (size,))).tobytes())
        *content, last = members
        expected = _digest(content)
        self.digest = expected.hex()
        layout = Layout("|u1", (len(expected),))
        if _name(last) != "digest" or self._read("digest", layout).tobytes() != expected:
            raise ValueError("the digest is not that of the content; parts of several models?")

    def layouts(self) -> dict[str, Layout]:
        """The layout of every array, by name; they are what the file has room for.

        Raises ValueError if the settings and the directory of the zip differ.
        """
        layouts = {name: _layout(each) for name, each in dict(self.settings.pop("arrays")).items()}
        found = set(self._members) - {"settings.npy", "digest.npy"}
        if odd := sorted(found ^ {f"{name}.npy" for name in layouts}):
            raise ValueError(f"{odd[0].removesuffix('.npy')} is not both declared and there")
        for name, layout in layouts.items():
            if self._members[f"{name}.npy"].file_size != _HEADER + layout.size:
                raise ValueError(f"{name} is not as large as declared")
        if self._size > sum(member.file_size for member in self._members.values()) + _MOST_BESIDE:
            raise ValueError("the file is larger than its content")
        return layouts

    def read(self, layouts: Mapping[str, Layout]) -> dict[str, Array]:
        """The arrays, which cannot be written to.

        Raises BadZipFile if the checksum of one is wrong, ValueError if its header is.
        """
        return {name: self._read(name, layout) for name, layout in layouts.items()}

    def _read(self, name: str, layout: Layout) -> Array:
        content = self._zip.read(self._members[f"{name}.npy"])
        if len(content) != _HEADER + layout.size or content[:_HEADER] != layout.header:
            raise ValueError(f"{name} has another header than {layout}")
        return np.frombuffer(content, dtype=layout.dtype, offset=_HEADER).reshape(layout.shape)


class _Bounded:
    """A file for zipfile, which would read and parse a directory of any size.

    most: bytes that may be read at a time.
    """

    def __init__(self, file: BinaryIO, most: int):
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.most = most
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > self.most:
            raise ValueError("its directory is too large")
        return self._file.read(size)


def parse_settings(text: bytes) -> dict[str, Any]:
    """Strict JSON of a mapping: no NaN, no infinity, no key twice, no text that cannot be printed as UTF-8.

    Raises ValueError.
    """
    try:
        settings = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_without_repeats
        )
        json.dumps(settings, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("settings are nested too deeply") from None
    except UnicodeError:
        raise ValueError("settings are not UTF-8") from None
    except json.JSONDecodeError:
        raise ValueError("settings are not JSON") from None
    if not isinstance(settings, dict):
        raise ValueError("settings are not a mapping")
    return settings


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} in the settings")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("infinity in the settings")
    return number


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key of the settings is there twice")
    return mapping


def _layout(given: Any) -> Layout:
    dtype, shape = given if isinstance(given, list) and len(given) == 2 else (None, None)
    if not isinstance(dtype, str) or not _TYPES.fullmatch(dtype):
        raise ValueError("unknown data type of an array")
    if not isinstance(shape, list) or len(shape) > 4:
        raise ValueError("shape of an array out of range")
    if not all(type(size) is int and 0 <= size < 1 << 40 for size in shape):
        raise ValueError("shape of an array out of range")
    return Layout(dtype, tuple(shape))


def _write(archive: zipfile.ZipFile, name: str, array: Array) -> None:
    layout = Layout.of(array)
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
        member.write(layout.header)
        member.write(np.ascontiguousarray(array, dtype=layout.dtype).data.cast("B") if array.size else b"")


def _digest(members: list[zipfile.ZipInfo]) -> bytes:
    """Of the names, sizes and checksums of all members.

    The zip's checksums find damage in a member. The digest finds members that belong to another
    archive, or to another place in this one: an accident of tools that pack files again. It takes no time,
    since the checksums are computed in reading anyway. It does not stop anybody who wants to
    deceive and can compute it too.
    """
    lines = [f"{_name(each)} {each.file_size} {each.CRC:08x}\n" for each in members]
    return blake2b("".join(lines).encode(), digest_size=16).digest()


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(".npy")
