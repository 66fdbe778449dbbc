"""Reads random bytes and mutated files: each is read or refused in one line, within a bounded time.

    python -m tests.reliability.fuzz_readers [--files N] [--seed N] [--reader NAME ...]

Each reader of annotated text gets so many files of random bytes and so many mutants of a valid file of its
format; so does the recognition of the format ("auto"). What is read must be sound: words are not empty,
entities are in order and within their sentence. What is refused must be a DataError with one printable line.
Seconds are those of the processor, so that a busy machine changes nothing.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.corpus.test_formats import VALID
from wincls.corpus.documents import Corpus
from wincls.corpus.formats import FORMATS, read_files
from wincls.corpus.reading import Reading
from wincls.errors import DataError
from wincls.visible import visible

SECONDS = 2.0  # for a file
ALONE = [name for name in VALID if name != "brat"]  # formats of one file
LARGEST = 100_000  # bytes of a mutant
SHOWN = 3  # failures of a kind that are printed and kept
LONGEST = 600  # characters of a message, without the path

CONTROL = [bytes([each]) for each in (*range(32), 127)] + [
    each.encode() for each in ("\x85", "\xa0", "\u2028", "\u202e", "\ufeff", "\u200b", "\U0001f600")
] + [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xff\xfe"]  # fmt: skip
PIECES = [
    b"\n", b"\n\n", b"\r\n", b"\t", b" ", b",", b";", b'"', b"{", b"}", b"[", b"]", b":", b"\\", b"\\ud800",
    b"O", b"B-PER", b"I-PER", b"E-PER", b"T1\tPER 0 3\tAnn\n", b"T2\tPER 0 3;5 7\tx\n", b"#1\tNote T1\tx",
    b"sent", b"word,tag\n", b'{"text": "Ann", "label": [[0, 3, "PER"]]}\n', b'"spans":', b"null", b"true",
    b"-1", b"1e999", b"NaN", b"9" * 5000, b"[" * 500, b'{"a":' * 500, b"[PER ", b"# id = 1", b"-DOCSTART-",
    b"1|t|", b"1|a|", b"2|t|Ann", b"1\t0\t3\tAnn\tPER\n", b"1\tCID\t", b"T1,T2",
    b'{"text": "Ann", "label": {"PER": {"Ann": [[0, 2]]}}}\n', b'"span": [0, 3]', b'"name": "Ann"',
]  # fmt: skip


def random_bytes(valid: bytes, rng: random.Random) -> bytes:
    """Bytes, or pieces of all formats, that depend on no valid file."""
    if rng.random() < 0.5:
        return rng.randbytes(rng.randrange(200))
    return b"".join(rng.choice([*PIECES, *CONTROL]) for _ in range(rng.randrange(40)))


def flipped(valid: bytes, rng: random.Random) -> bytes:
    content = bytearray(valid)
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def cut(valid: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.sample(range(len(valid) + 1), 2))
    return rng.choice([valid[:start], valid[start:], valid[:start] + valid[end:]])


def swapped(valid: bytes, rng: random.Random) -> bytes:
    """Two neighboring parts in the other order."""
    a, b, c = sorted(rng.sample(range(len(valid) + 1), 3))
    return valid[:a] + valid[b:c] + valid[a:b] + valid[c:]


def inserted(valid: bytes, rng: random.Random) -> bytes:
    """Control characters, or pieces of other formats, at random places."""
    content = bytearray(valid)
    for _ in range(rng.randint(1, 4)):
        place = rng.randint(0, len(content))
        content[place:place] = rng.choice(CONTROL if rng.random() < 0.7 else PIECES)
    return bytes(content)


def doubled(valid: bytes, rng: random.Random) -> bytes:
    """A line several times, or far too often, or with itself inside."""
    lines = valid.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    line = lines[place]
    if rng.random() < 0.2:
        lines[place] = line.rstrip(b"\n") * rng.randint(2, 50) + b"\n"
    else:
        lines[place:place] = [line] * rng.choice([1, 1, 2, 1000])
    return b"".join(lines)


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (flipped, cut, swapped, inserted, doubled)


def mutated(valid: bytes, rng: random.Random) -> bytes:
    """A valid file after one to three mutations."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        if len(valid) > 3:
            valid = rng.choice(MUTATIONS)(valid, rng)[:LARGEST]
    return valid


SOURCES = {"random": random_bytes, "mutated": mutated}


class TooSlow(BaseException):
    """Reading took longer than SECONDS; not an Exception, so that no reader can catch it."""


def _too_slow(*_: object) -> None:
    raise TooSlow(f"slower than {SECONDS:g} s")


def options(rng: random.Random) -> Reading:
    return Reading(
        scheme=rng.choice(["auto", "auto", "auto", "IO", "BIO", "IOBES"]),
        lenient=rng.random() < 0.5,
        strict=rng.random() < 0.1,
    )


def check_corpus(corpus: Corpus) -> None:
    for sentence in corpus.sentences:
        assert sentence.words and all(sentence.words), "an empty sentence or word"
        end = 0
        for entity in sentence.entities:
            assert end <= entity.start < entity.end <= len(sentence.words), f"{entity} is out of place"
            assert entity.label and visible(entity.label) == entity.label, f"label {entity.label!r}"
            end = entity.end


def check(path: Path, reading: Reading, name: str) -> tuple[str, float]:
    """Read a file: "read" or "refused", and the seconds.

    Raises AssertionError if what is read is not sound or the message is not one short line; what the reader
    raises besides DataError is passed on.
    """
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    began = time.process_time()
    try:
        corpus = read_files(str(path), reading, name)
    except DataError as error:
        seconds = time.process_time() - began
        message = str(error)
        assert str(path.parent) in message, f"no place: {message}"
        rest = message.replace(str(path.parent), "")
        assert len(rest) <= LONGEST and visible(message) == message, f"not one short line: {message!r}"
        return "refused", seconds
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = time.process_time() - began
    check_corpus(corpus)
    return "read", seconds


def write(folder: Path, name: str, content: bytes, kind: str, rng: random.Random) -> Path:
    """The file that is read; of brat, the text or the annotations are the mutant."""
    if name != "brat":
        path = folder / "file.data"
        path.write_bytes(content)
        return path
    text = b"Ann Lee left So"
    if kind == "mutated" and rng.random() < 0.3:
        text, content = mutated(text, rng), VALID["brat"].encode()
    (folder / "file.txt").write_bytes(text)
    path = folder / "file.ann"
    path.write_bytes(content)
    return path


def run(names: list[str], files: int, seed: int, folder: Path) -> tuple[Counter[Any], dict[str, float], int]:
    """Read so many files of each source with each reader.

    Returns how often each outcome came of each reader and source, the longest time of each reader, and the
    number of failures. The first failures of each kind are printed, and their files are kept.
    """
    signal.signal(signal.SIGPROF, _too_slow)
    outcomes: Counter[Any] = Counter()
    slowest = dict.fromkeys(names, 0.0)
    faults: Counter[str] = Counter()
    for name in names:
        for kind, make in SOURCES.items():
            for number in range(files):
                rng = random.Random(f"{seed} {name} {kind} {number}")
                valid = VALID[name if name in VALID else rng.choice(ALONE)]
                content = make(valid.encode(), rng)
                path = write(folder, name, content, kind, rng)
                try:
                    outcome, seconds = check(path, options(rng), name)
                except (Exception, TooSlow) as error:
                    outcome, seconds = "failed", 0.0
                    fault = f"{name}: {type(error).__name__}"
                    faults[fault] += 1
                    if faults[fault] <= SHOWN:
                        kept = Path(tempfile.gettempdir(), f"fuzz-{seed}-{name}-{kind}-{number}{path.suffix}")
                        kept.write_bytes(path.read_bytes())
                        if name == "brat":
                            kept.with_suffix(".txt").write_bytes(path.with_suffix(".txt").read_bytes())
                        print(f"{fault}: {str(error)[:200]}; kept as {kept}", file=sys.stderr)
                outcomes[name, kind, outcome] += 1
                slowest[name] = max(slowest[name], seconds)
    return outcomes, slowest, faults.total()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", action="append", choices=FORMATS)
    given = parser.parse_args()
    names = given.reader or list(FORMATS)
    with tempfile.TemporaryDirectory() as folder:
        outcomes, slowest, failed = run(names, given.files, given.seed, Path(folder))
    columns = [(kind, outcome) for kind in SOURCES for outcome in ("read", "refused")]
    print(f"{'':10}" + "".join(f"{' '.join(each):>17}" for each in columns) + f"{'failed':>8}{'slowest':>10}")
    for name in names:
        figures = "".join(f"{outcomes[name, *each]:>17,}" for each in columns)
        its_failed = sum(outcomes[name, kind, "failed"] for kind in SOURCES)
        print(f"{name:10}{figures}{its_failed:>8,}{slowest[name]:>8.3f} s")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
