"""Files on this machine or in a store such as s3://, through fsspec: find, read a range, write as a whole."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from wincls.errors import ConfigError, DataError
from wincls.files import replacing

_PUTS = {"abfs", "abfss", "adl", "az", "gcs", "gs", "oci", "oss", "s3", "s3a", "memory"}
"""Protocols of stores where a file appears as a whole when it is written."""


class Source(NamedTuple):
    """A file to read.

    path: absolute, or a URL.
    size: in bytes.
    version: changes with the content: the store's etag or digest, or the time of the last change.
    """

    path: str
    size: int
    version: str


def is_url(path: str) -> bool:
    """Whether a path names a store, as in s3://bucket/file."""
    return re.match(r"[a-z][a-z0-9+.-]*://", path) is not None


def absolute(path: str) -> str:
    """The path as any process can use it."""
    return path if is_url(path) else str(Path(path).absolute())


def local_source(path: str) -> Source:
    """A file on this machine. Raises DataError if it is gone."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path would double the time
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    return Source(absolute(path), found.st_size, str(found.st_mtime_ns))


def url_sources(url: str, skip: str) -> Iterator[Source]:
    """The files of a URL (a file, a folder with all files below it, or a pattern) but hidden ones, sorted.

    skip: a folder that is not searched.

    Raises ConfigError if the package for the store is missing, DataError if there are no such files.
    """
    store, path = open_store(url)
    try:
        if any(char in path for char in "*?["):
            found = store.glob(path, detail=True)
        else:
            found = store.find(path, detail=True)
    except Exception as error:  # of whatever package the store needs
        raise DataError(f"{url}: cannot be read ({_reason(error)})") from None
    base = path.rstrip("/")
    is_same_store = is_url(skip) and skip.split("://")[0] == url.split("://")[0]
    inside = open_store(skip)[1].rstrip("/") + "/" if is_same_store else None
    sources = [
        Source(store.unstrip_protocol(name), about["size"], _version(about))
        for name, about in sorted(found.items())
        if about["type"] == "file"
        and not any(part.startswith(".") for part in name.removeprefix(base).split("/"))
        and not (inside and name.startswith(inside))
    ]
    if not sources:
        raise DataError(f"{url}: no file matches; check the address")
    yield from sources


def read_range(path: str, begin: int, end: int) -> bytes:
    """The bytes of a file from `begin` to before `end`. Raises OSError if they cannot be read."""
    if begin == end:  # an empty range is an error in some stores
        return b""
    if not is_url(path):
        with open(path, "rb") as file:
            file.seek(begin)
            return file.read(end - begin)
    store, inner = open_store(path)
    try:
        return store.cat_file(inner, start=begin, end=end)
    except Exception as error:  # of whatever package the store needs
        raise OSError(0, _reason(error)) from error


def write_file(path: str, content: bytes) -> None:
    """Write a file so that it appears as a whole or not at all. Raises OSError or WinclsError."""
    if not is_url(path):
        with replacing(path, is_lasting=False) as file:
            file.write(content)
        return
    store, inner = open_store(path)
    protocols = store.protocol if isinstance(store.protocol, tuple) else (store.protocol,)
    try:
        if _PUTS.isdisjoint(protocols):
            name = f".{posixpath.basename(inner)}.unfinished-{uuid4().hex}"
            beside = posixpath.join(posixpath.dirname(inner), name)
            store.pipe_file(beside, content)
            store.mv(beside, inner)
        else:
            store.pipe_file(inner, content)
    except Exception as error:  # of whatever package the store needs
        raise OSError(0, _reason(error)) from error


def file_sizes(folder: str) -> dict[str, int]:
    """The size of each file of a folder by name; none if there is no such folder. Raises OSError."""
    if not is_url(folder):
        try:
            with os.scandir(folder) as found:
                return {each.name: each.stat().st_size for each in found if each.is_file()}
        except FileNotFoundError:
            return {}
    store, inner = open_store(folder)
    try:
        store.invalidate_cache()
        found = store.ls(inner, detail=True)
    except FileNotFoundError:
        return {}
    except Exception as error:  # of whatever package the store needs
        raise OSError(0, _reason(error)) from error
    return {posixpath.basename(each["name"]): each["size"] for each in found if each["type"] == "file"}


def remove_unfinished(folder: str) -> None:
    """Delete what killed processes have left in a folder, to which nobody may be writing."""
    with suppress(OSError):
        for name in file_sizes(folder):
            if name.startswith(".") and ".unfinished-" in name:
                _remove(f"{folder}/{name}")


def make_folder(path: str) -> None:
    """Create a folder with its parents. Raises OSError."""
    if not is_url(path):
        Path(path).mkdir(parents=True, exist_ok=True)
        return
    store, inner = open_store(path)
    try:
        store.makedirs(inner, exist_ok=True)
    except Exception as error:  # of whatever package the store needs
        raise OSError(0, _reason(error)) from error


@lru_cache
def open_store(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it. Raises ConfigError if its package is missing."""
    from fsspec.core import url_to_fs

    try:
        return url_to_fs(url)
    except ImportError as error:
        raise ConfigError(f"{url}: the package for {url.split('://')[0]}:// is missing ({error})") from None
    except ValueError as error:
        raise ConfigError(f"{url}: {error}; use a path, or s3://, gs:// or hdfs://") from None
    except Exception as error:  # of whatever package the store needs
        raise ConfigError(f"{url}: cannot be opened ({_reason(error)})") from None


def _remove(path: str) -> None:
    if not is_url(path):
        Path(path).unlink(missing_ok=True)
        return
    store, inner = open_store(path)
    store.rm_file(inner)


def _version(about: dict[str, Any]) -> str:
    keys = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "created")
    return next((str(about[key]) for key in keys if about.get(key) is not None), "")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
