"""What a worker does with a task: it reads, tags and writes its blocks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from wincls import __version__
from wincls.distributed.blocks import Range, Task, read_block
from wincls.distributed.storage import read_range, write_file
from wincls.prediction import Block, Output, TextBlock, tag_files, text_blocks
from wincls.reports.formats import FORMATS, join_files
from wincls.tagger.documents import TaggedSentence
from wincls.tagger.tagger import Tagger
from wincls.tagger.text_check import TextCheck

Read = Callable[[str, int, int], bytes]


class Work(NamedTuple):
    """What is the same for all tasks of a job.

    folder: where the parts are written.
    wrapped: see text.cut_pieces.
    """

    tagger: Tagger
    output: Output
    folder: str
    wrapped: bool

    def part(self, number: int) -> str:
        """The name of the file that the output of a task is written to."""
        return f"part-{number:06}{FORMATS[self.output.format].extension}"


@dataclass
class BlockRecord:
    """What the manifest says of a block.

    file: the index of the input.
    begin, end: its bytes in the input.
    digest: of these bytes.
    output_begin, output_end: the bytes of its output in the part.
    problem: why it has no output; empty if it has.
    """

    file: int
    begin: int
    end: int
    digest: str = ""
    output_begin: int = 0
    output_end: int = 0
    sentences: int = 0
    tokens: int = 0
    entities: int = 0
    problem: str = ""


@dataclass
class Record:
    """What the manifest says of a part.

    number: of its task.
    size, digest: of the file that was written.
    notes: what the text looks like, if it does not look like the training data; of the first part.
    failure: why there is no part, and the task has to be run again; empty if there is one.
    kept: whether the part was there already.
    """

    number: int
    size: int = 0
    digest: str = ""
    blocks: list[BlockRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: str = ""
    kept: bool = False

    def line(self) -> dict[str, Any]:
        """As JSON; `failure` and `kept` are of this run only."""
        return {name: value for name, value in asdict(self).items() if name not in ("failure", "kept")}

    @classmethod
    def of_line(cls, line: dict[str, Any]) -> Record:
        """The record of :meth:`line`."""
        return cls(**line | {"blocks": [BlockRecord(**each) for each in line["blocks"]]})


def tag_task(task: Task, work: Work, read: Read = read_range) -> Record:
    """Tag the blocks of a task as one new process tags them, and write the part.

    The last digits of scores depend on the contents of the projection cache, since a matrix product rounds
    differently with its number of rows. So each task begins with an empty cache, which is filled quickly, and
    the part does not depend on earlier tasks.

    A block whose bytes are not UTF-8 has no output.

    Raises OSError if a file cannot be read, OSError or WinclsError if the part cannot be written.
    """
    record = Record(
        task.number, blocks=[BlockRecord(each.file, each.begin, each.end) for each in task.ranges]
    )
    check = TextCheck(work.tagger, work.wrapped) if task.number == 0 else None
    tagger = copy(work.tagger)  # without the cache
    sources = [
        _blocks_of(each, work, block, read, check)
        for each, block in zip(task.ranges, record.blocks, strict=True)
    ]
    failures: list[str] = []

    def outputs() -> Iterator[tuple[int, str]]:
        for part in tag_files(sources, tagger):
            if part.error:
                failures.append(f"{task.ranges[part.file].path}: {part.error}")
            yield part.file, part.text

    form, names = FORMATS[work.output.format], [each.path for each in task.ranges]
    content = bytearray()
    begun = -1
    for number, text in join_files(outputs(), names, form, work.tagger.labels):
        if failures:
            raise OSError(0, failures[0])
        if number != begun:
            record.blocks[number].output_begin = len(content)
            begun = number
        content += text.encode()
        record.blocks[number].output_end = len(content)
    write_file(f"{work.folder}/{work.part(task.number)}", bytes(content))
    record.size, record.digest = len(content), digest_of(content)
    record.notes = list(check.warnings()) if check else []
    return record


class _Counted(NamedTuple):
    """A block that adds to the counts of its record when it is written."""

    block: TextBlock
    record: BlockRecord

    @property
    def size(self) -> int:
        return self.block.size

    def sentences(self, tagger: Tagger) -> list[TaggedSentence]:
        return self.block.sentences(tagger)

    def write(self, sentences: Sequence[TaggedSentence], tagger: Tagger) -> str:
        sentences = self.block.output.keep(sentences)
        self.record.sentences += len(sentences)
        self.record.tokens += sum(len(each.tokens) for each in sentences)
        self.record.entities += sum(len(each.entities) for each in sentences)
        return self.block.write(sentences, tagger)


def _blocks_of(
    each: Range, work: Work, record: BlockRecord, read: Read, check: TextCheck | None
) -> Callable[[], Iterator[Block]]:
    def blocks() -> Iterator[Block]:
        record.begin, raw = read_block(each, read, work.wrapped)
        record.end, record.digest = record.begin + len(raw), digest_of(raw)
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            at = record.begin + error.start
            record.problem = f"byte {at:,} of the file is 0x{raw[error.start]:02x}, which is not UTF-8"
            return
        for block in text_blocks(io.BytesIO(raw), each.path, work.output, work.wrapped):
            assert block is not None  # no pauses
            if check:
                check.add_pieces(block.pieces)
            yield _Counted(block._replace(byte=record.begin), record)

    return blocks


def is_there(work: Work, record: Record) -> bool:
    """Whether the part of a record is as the record says."""
    try:
        content = read_range(f"{work.folder}/{work.part(record.number)}", 0, record.size + 1)
    except OSError:
        return False
    return len(content) == record.size and digest_of(content) == record.digest


def digest_of(content: bytes | bytearray) -> str:
    """As files.digest."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def versions() -> tuple[str, str]:
    """Of wincls and numpy."""
    return __version__, np.__version__
