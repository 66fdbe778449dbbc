"""Loads mutated model files: each is refused in one line, quickly and in little memory, or does no harm.

    python -m tests.reliability.mutate_models [--files N] [--seed N]

A mutant does no harm if it tags as the model does. Where the mutation makes a sound file of other
content (other weights, with the digest that belongs to them), it has to tag without a warning. The process
has 500 MB of address space more than it has taken before the first mutant is loaded.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import io
import json
import math
import re
import resource
import struct
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import random_tagger
from wincls.errors import ModelError
from wincls.tagger.model_file import Model, load_model, save_model
from wincls.visible import visible

SENTENCES = [["Paris", "sleeps", ".", "The", "USA", "1998"], ["the"], ["TEXAS", "of", "été", "n't"]]
SECONDS = 1.0  # for a mutant
MEMORY = 500 << 20  # bytes of address space
LONGEST = 200  # characters of a message, without the path
_HEADER = 128

Members = dict[str, bytes]
Mutate = Callable[[list[bytes], np.random.Generator], bytes]

ABSURD: list[Any] = [
    None, True, "", "x" * 10_000, "\x1b[2J", -1, 0, 2**31, 2**63, 10**30, 10**4000, 1e308, 0.5,
    [], {}, [[]], [None], ["a", "a"], ["\x00"], {"name": "relu"}, {"name": []}, [0] * 1000,
]  # fmt: skip
RAW = ["NaN", "Infinity", "-Infinity", "1e999", "[" * 50_000, '{"a":' * 50_000, "9" * 5000, '"\\ud800"', ""]


def originals() -> list[bytes]:
    """Model files of several kinds."""
    kinds: list[dict[str, Any]] = [
        {},
        {"ensemble": 2, "pretrained": ["usa", "sleeps", "été", "0000"]},
        {"classifies": True, "scheme": "BIO", "hidden": (5, 4)},
    ]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            config = {"data": {"train": "a.conll"}, "training": {"epochs": 3}}
            save_model(Model(random_tagger(**kind), config, {"wincls": "0"}), f"{folder}/m")
            found.append(Path(folder, "m").read_bytes())
    return found


def unpack(content: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members: Members, digest: bool = True, compress: tuple[str, ...] = (), twice: str = "") -> bytes:
    """A zip of members; digest: whether to make it right, as somebody can who knows how."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content in members.items():
            if name == "digest.npy" and digest:
                lines = [
                    f"{each.filename.removesuffix('.npy')} {each.file_size} {each.CRC:08x}\n"
                    for each in archive.infolist()
                ]
                content = content[:_HEADER] + blake2b("".join(lines).encode(), digest_size=16).digest()
            kind = zipfile.ZIP_DEFLATED if name in compress else zipfile.ZIP_STORED
            for _ in range(2 if name == twice else 1):
                archive.writestr(zipfile.ZipInfo(name), content, kind, 1)
    return file.getvalue()


def npy(dtype: str, shape: Any, content: bytes) -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00\x76\x00" + text.ljust(_HEADER - 11) + b"\n" + content


def settings_of(members: Members) -> Any:
    return json.loads(members["settings.npy"][_HEADER:])


def with_text(members: Members, text: bytes) -> Members:
    return members | {"settings.npy": npy("|u1", (len(text),), text)}


def choose(rng: np.random.Generator, items: Any) -> Any:
    return list(items)[int(rng.integers(len(items)))]


def bits(files: list[bytes], rng: np.random.Generator) -> bytes:
    content = bytearray(choose(rng, files))
    for place in rng.integers(len(content), size=int(rng.integers(1, 9))):
        content[place] ^= 1 << int(rng.integers(8))
    return bytes(content)


def directory_bits(files: list[bytes], rng: np.random.Generator) -> bytes:
    content = bytearray(choose(rng, files))
    start = content.index(b"PK\x01\x02")
    for place in rng.integers(start, len(content), size=int(rng.integers(1, 4))):
        content[place] = int(choose(rng, [0, 255, int(rng.integers(256))]))
    return bytes(content)


def cut(files: list[bytes], rng: np.random.Generator) -> bytes:
    content = choose(rng, files)
    start, end = sorted(rng.integers(len(content), size=2).tolist())
    return choose(rng, [content[:start], content[start:], content[:start] + content[end:]])


def overwritten(files: list[bytes], rng: np.random.Generator) -> bytes:
    content = bytearray(choose(rng, files))
    start = int(rng.integers(len(content)))
    stop = min(len(content), start + int(rng.integers(1, 300)))
    content[start:stop] = choose(rng, [bytes(stop - start), rng.bytes(stop - start)])
    return bytes(content)


def swapped(files: list[bytes], rng: np.random.Generator) -> bytes:
    """Members of another model, or of another place in the same one."""
    members, others = unpack(choose(rng, files)), unpack(choose(rng, files))
    for _ in range(int(rng.integers(1, 4))):
        members[choose(rng, members)] = choose(rng, [others[choose(rng, others)]])
    return pack(members, digest=bool(rng.integers(2)))


def headers(files: list[bytes], rng: np.random.Generator) -> bytes:
    """Other headers of arrays, with the right digest."""
    members = unpack(choose(rng, files))
    name = choose(rng, members)
    header, content = members[name][:_HEADER], members[name][_HEADER:]
    dtype = choose(rng, ["<f4", "<f8", "|O", ">f4", "|S64", "<U4", "|V8", "<c16", "|b1", "f4,(2,", "x" * 50])
    shape = choose(rng, ["()", "(-1,)", f"({2**62},)", "(1, 1, 1)", "((((", "(1e3,)", "'" * 30, "(0,)"])
    random = bytearray(header)
    random[int(rng.integers(_HEADER))] = int(rng.integers(256))
    made = choose(rng, [npy(dtype, shape, content), bytes(random) + content, content, header, b""])
    return pack(members | {name: made})


def declared(files: list[bytes], rng: np.random.Generator) -> bytes:
    """Other data types and shapes, declared so and with the right header, size and digest."""
    members = unpack(choose(rng, files))
    settings = settings_of(members)
    name = choose(rng, settings["arrays"])
    dtype = choose(rng, ["<f4", "<f8", "|u1", "|i1", "|S3", "|S64", "|O", "<i8", "", None])
    shape = rng.integers(0, 12, size=int(rng.integers(0, 4))).tolist()
    if rng.random() < 0.5:  # of the right type, or nearly of the right shape
        dtype, old = settings["arrays"][name]
        shape = [max(0, size + int(rng.integers(-1, 2))) for size in old]
    odd = [[2**40], [2**70], [-1], [1.5], None, "7", [2**39, 2**39]]
    settings["arrays"][name] = [dtype, shape if rng.random() < 0.7 else choose(rng, odd)]
    try:
        size = math.prod(shape) * np.dtype(dtype).itemsize
    except TypeError:
        size = 8
    members[f"{name}.npy"] = npy(str(dtype), tuple(shape), rng.bytes(size))
    return pack(with_text(members, json.dumps(settings).encode()))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(*path, key) for key in keys] + [
        each for key in keys for each in _leaves(value[key], (*path, key))
    ]


def settings(files: list[bytes], rng: np.random.Generator) -> bytes:
    """Absurd settings, with the right digest."""
    members = unpack(choose(rng, files))
    changed = settings_of(members)
    part = choose(rng, changed)
    *path, last = choose(rng, [(part, *rest) for rest in [(), *_leaves(changed[part])]])
    at = changed
    for key in path:
        at = at[key]
    if rng.random() < 0.15 and isinstance(at, dict):
        del at[last]
        return pack(with_text(members, json.dumps(changed).encode()))
    at[last] = "HERE"
    text = json.dumps(changed)
    raw = rng.random() < 0.3
    value = choose(rng, RAW) if raw else json.dumps(choose(rng, ABSURD))
    return pack(with_text(members, text.replace('"HERE"', value).encode("utf-8", "surrogatepass")))


def values(files: list[bytes], rng: np.random.Generator) -> bytes:
    """Other contents of arrays, with the right digest: NaN, infinities, very large and random numbers."""
    members = unpack(choose(rng, files))
    name = choose(rng, [each for each in members if each not in ("settings.npy", "digest.npy")])
    content = bytearray(members[name][_HEADER:])
    size = 8 if name.startswith(("platt", "type")) else 4
    kind = "<d" if size == 8 else "<f"
    number = choose(rng, [math.nan, math.inf, -math.inf, 3e38, -3e38, 1e12, 1e6, -1e6, 0.0, 1e-40, None])
    for _ in range(int(rng.integers(1, 10))):
        place = int(rng.integers(max(1, len(content) // size))) * size
        part = rng.bytes(size) if number is None else struct.pack(kind, number)
        content[place : place + size] = part[: max(0, len(content) - place)]
    return pack(members | {name: members[name][:_HEADER] + bytes(content)})


def packed_again(files: list[bytes], rng: np.random.Generator) -> bytes:
    """Compressed members, members that are there twice or are too many, bombs."""
    members = unpack(choose(rng, files))
    name = choose(rng, members)
    what = int(rng.integers(5))
    if what == 0:
        return pack(members, compress=tuple(members))
    if what == 1:
        return pack(members, twice=name)
    if what == 2:  # several MB of zeros in some KB
        zeros = bytes(int(rng.integers(1, 8)) << 20)
        return pack(members | {choose(rng, ["extra.npy", name]): zeros}, compress=(name, "extra.npy"))
    if what == 3:
        return pack({f"{number}.npy": b"" for number in range(int(rng.integers(1, 500)))} | members)
    content = bytearray(pack(members))  # sizes that are not there
    at = [match.start() for match in re.finditer(b"PK\x01\x02", content)]
    entry = choose(rng, at)
    size = int(choose(rng, [2**31 - 1, 2**32 - 2, 500_000_000, 2**32 - 1]))
    struct.pack_into("<LL", content, entry + 20, size, choose(rng, [size, 100]))
    return bytes(content)


MUTATIONS: dict[str, Mutate] = {
    each.__name__: each
    for each in (
        bits, directory_bits, cut, overwritten, swapped, headers, declared, settings, values, packed_again,
    )
}  # fmt: skip
OTHER_CONTENT = {"swapped", "declared", "settings", "values"}
"""Mutations that can make a sound file of other content."""


def check(path: Path, content: bytes, kind: str, expected: list[Any]) -> tuple[str, float]:
    """Load a mutant and tag with it: what came of it, and the seconds that loading took.

    Raises AssertionError if it is neither refused as it should be nor harmless; what loading or prediction
    raise besides ModelError is passed on.
    """
    path.write_bytes(content)
    began = time.process_time()
    try:
        tagger = load_model(path).tagger
    except ModelError as error:
        seconds = time.process_time() - began
        message = str(error).removeprefix(f"{path}: ")
        assert len(message) <= LONGEST and visible(message) == message, message
        assert "not enough memory" not in message, message
        return "refused", seconds
    seconds = time.process_time() - began
    found = tagger.tag(SENTENCES)
    if found in expected:
        return "same output", seconds
    assert kind in OTHER_CONTENT, "other output"
    assert all(math.isfinite(entity.score) for sentence in found for entity in sentence)
    return "other content, sound", seconds


def run(files: int, seed: int, folder: Path) -> tuple[Counter[tuple[str, str]], float]:
    """Load so many mutants: how often each outcome came of each mutation, and the longest time."""
    rng = np.random.default_rng(seed)
    models = originals()
    path = folder / "mutant"
    expected = []
    for model in models:
        path.write_bytes(model)
        expected.append(load_model(path).tagger.tag(SENTENCES))
    outcomes: Counter[tuple[str, str]] = Counter()
    slowest = 0.0
    for number in range(files):
        kind = choose(rng, MUTATIONS)
        content = MUTATIONS[kind](models, rng)
        try:
            outcome, seconds = check(path, content, kind, expected)
        except BaseException as error:
            kept = Path(tempfile.gettempdir(), f"mutant-{seed}-{number}")
            kept.write_bytes(content)
            error.add_note(f"mutant {number} of seed {seed}, {kind}; kept as {kept}")
            raise
        outcomes[kind, outcome] += 1
        slowest = max(slowest, seconds)
    return outcomes, slowest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("error")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with tempfile.TemporaryDirectory() as folder:
        outcomes, slowest = run(options.files, options.seed, Path(folder))
    names = sorted({outcome for _, outcome in outcomes})
    print(f"{'':16}" + "".join(f"{name:>22}" for name in names))
    for kind in MUTATIONS:
        print(f"{kind:16}" + "".join(f"{outcomes[kind, name]:>22,}" for name in names))
    print(f"slowest {slowest:.3f} s, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if slowest > SECONDS:
        raise SystemExit(f"slower than {SECONDS:g} s")


if __name__ == "__main__":
    main()
