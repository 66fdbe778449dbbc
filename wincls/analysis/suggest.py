"""Which sentences of raw text are most worth annotating next: those whose tags a model is least sure of.

The score of a sentence is the sum of the entropies of its words' tags (total token entropy, Settles and
Craven 2008), where a word that is repeated counts once. Text of any size is ranked with a bounded pool.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import BinaryIO, NamedTuple, Protocol

from wincls.corpus.columns import Columns, lines_of, read_rows
from wincls.corpus.data_options import Data
from wincls.corpus.formats import read_files
from wincls.corpus.notes import Notes
from wincls.corpus.paths import show_paths
from wincls.corpus.text import Piece, cut_pieces, read_text
from wincls.corpus.tokenizer import Tokenizer
from wincls.errors import DataError
from wincls.tagger.batches import batches
from wincls.tagger.documents import BLOCK, TaggedSentence, group, split_pieces, tokens_in
from wincls.tagger.parallel import map_ordered
from wincls.tagger.tagger import Tagger

LONGEST = 100  # tokens; a longer sentence is most often a list or a table
_POOL = 2  # times as many sentences are held as are asked for, since a better one can displace several
_SHINGLE = 3  # tokens
_SAME = 0.5  # share of common shingles from which two sentences count as near duplicates
_DIGITS = 4  # of a score
_DIGIT = re.compile(r"\d")


class Block(Protocol):
    """Text of a file, tagged as a document of its own."""

    @property
    def path(self) -> str:
        """The file."""
        ...

    @property
    def size(self) -> int:
        """About how many tokens it has."""
        ...

    def sentences(self, tokenizer: Tokenizer) -> list[TaggedSentence]:
        """Its sentences, without entities yet."""
        ...


class TextBlock(NamedTuple):
    """Consecutive pieces of a plain text file."""

    path: str
    pieces: list[Piece]

    @property
    def size(self) -> int:
        return sum(map(tokens_in, self.pieces))

    def sentences(self, tokenizer: Tokenizer) -> list[TaggedSentence]:
        return split_pieces(self.pieces, tokenizer)


class ColumnBlock(NamedTuple):
    """Consecutive sentences of a column file; start: the number of a sentence's first line."""

    path: str
    split: list[TaggedSentence]

    @property
    def size(self) -> int:
        return sum(len(sentence.tokens) for sentence in self.split)

    def sentences(self, tokenizer: Tokenizer) -> list[TaggedSentence]:
        return self.split


class Candidate(NamedTuple):
    """A tagged sentence that may be suggested.

    path: its file.
    sentence: with the entities that were found; its start as in its block.
    score: see uncertainty.
    """

    path: str
    sentence: TaggedSentence
    score: float


class SentenceCounts(NamedTuple):
    """What became of the sentences that were read.

    read: all of them.
    annotated: those that are annotated already.
    long: those of more than LONGEST tokens.
    repeated: those that are near duplicates of a sentence with a larger score.
    """

    read: int = 0
    annotated: int = 0
    long: int = 0
    repeated: int = 0


class Suggestions(NamedTuple):
    """The suggested sentences, the most worthwhile first; counts: see SentenceCounts."""

    candidates: list[Candidate]
    counts: SentenceCounts


def text_blocks(file: BinaryIO, name: str, wrapped: bool) -> Iterator[TextBlock]:
    """Cut a plain text file into blocks; wrapped: see text.cut_pieces."""
    for batch in batches(cut_pieces(read_text(file, name), wrapped), tokens_in, BLOCK, 1, 1):
        if batch:
            yield TextBlock(name, batch[1])


def column_blocks(file: BinaryIO, name: str, columns: Columns, notes: Notes) -> Iterator[ColumnBlock]:
    """Cut a column file into blocks; notes: what is skipped or repaired is added here."""
    rows = read_rows(lines_of(file, name, columns, notes), columns, name, notes)
    for batch in batches(rows, lambda each: len(each.words), BLOCK, 1, 1):
        split = []
        for each in batch[1] if batch else ():
            joined = set(each.no_space_after)
            parts = [""] * (2 * len(each.words) - 1)
            parts[::2] = each.words
            parts[1::2] = ["" if i in joined else " " for i in range(len(each.words) - 1)]
            split.append(TaggedSentence(each.lines[0], parts, []))
        yield ColumnBlock(name, split)


def suggest(
    blocks: Iterable[Block], tagger: Tagger, count: int, annotated: Collection[bytes] = (), jobs: int = 1
) -> Suggestions:
    """The sentences that are most worth annotating.

    Their number is smaller than `count` if there are not as many different sentences.

    blocks: each is read, tagged and dropped.
    annotated: keys of sentences to leave out, see sentence_key.
    jobs: processes.

    Raises ValueError if the tagger's decision has no probabilities.
    """
    read = known = long = 0
    pool = Pool(_POOL * count)
    for candidates in map_ordered(_tagged, group(blocks, lambda block: block.size, BLOCK), tagger, jobs):
        read += len(candidates)
        for each in candidates:
            tokens = each.sentence.tokens
            if len(tokens) > LONGEST:
                long += 1
            elif sentence_key(tokens) in annotated:
                known += 1
            else:
                pool.add(each)
    return Suggestions(pool.best(count), SentenceCounts(read, known, long, pool.repeated))


def sentence_key(tokens: Sequence[str]) -> bytes:
    """The same for sentences that differ only in case and in where tokens end."""
    return blake2b("".join(tokens).casefold().encode("utf-8", "replace"), digest_size=8).digest()


def annotated_keys(data: Data) -> tuple[set[bytes], list[str]]:
    """Keys of the sentences in the data that a model was trained and tested on, as far as they still exist.

    Returns the keys, and for each of train, dev and test that cannot be read a line that says why.
    """
    keys: set[bytes] = set()
    problems = []
    for paths in filter(None, (data.train, data.dev, data.test)):
        try:
            corpus = read_files(paths, data.reading, data.format)
        except DataError as error:
            problems.append(
                f"sentences of {show_paths(paths)} may be suggested again; it cannot be read ({error})"
            )
        else:
            keys.update(sentence_key(sentence.words) for sentence in corpus.sentences)
    return keys, problems


class Pool:
    """The candidates with the largest scores so far, no two of them near duplicates.

    Two sentences are near duplicates if half of their shingles are common to both. A shingle is three
    tokens in a row, without case, and with 0 for each digit.

    size: the largest number of candidates.
    repeated: near duplicates that were left out.
    """

    def __init__(self, size: int):
        self.repeated = 0
        self._size = size
        self._held: dict[int, tuple[Candidate, frozenset[str]]] = {}  # by number, in the order of arrival
        self._with_shingle: dict[str, set[int]] = {}
        self._by_score: list[
            tuple[float, int]
        ] = []  # heap of (score, -number), also of some not held any more
        self._number = 0

    def add(self, candidate: Candidate) -> None:
        """Take a candidate if its score is among the largest. Of near duplicates, the best is kept."""
        score = candidate.score
        if len(self._held) >= self._size and score <= self._smallest():
            return
        shingles = shingles_of(candidate.sentence.tokens)
        near = self._near_duplicates(shingles)
        self.repeated += max(1, len(near)) if near else 0
        if any(self._held[each][0].score >= score for each in near):
            return
        for each in near:
            self._drop(each)
        self._number += 1
        self._held[self._number] = candidate, shingles
        for shingle in shingles:
            self._with_shingle.setdefault(shingle, set()).add(self._number)
        heapq.heappush(self._by_score, (score, -self._number))
        if len(self._held) > self._size:
            self._smallest()
            self._drop(-self._by_score[0][1])

    def best(self, count: int) -> list[Candidate]:
        """The candidates with the largest scores, the largest first; of equal ones, the first that came."""
        held = [candidate for candidate, _ in self._held.values()]
        return sorted(held, key=lambda each: -each.score)[:count]

    def _smallest(self) -> float:
        """The smallest score of those held, whose entry is then at the top of the heap."""
        while -self._by_score[0][1] not in self._held:
            heapq.heappop(self._by_score)
        return self._by_score[0][0]

    def _near_duplicates(self, shingles: frozenset[str]) -> list[int]:
        common: dict[int, int] = {}
        for shingle in shingles:
            for number in self._with_shingle.get(shingle, ()):
                common[number] = common.get(number, 0) + 1
        return [
            number
            for number, shared in common.items()
            if shared >= _SAME * (len(shingles) + len(self._held[number][1]) - shared)
        ]

    def _drop(self, number: int) -> None:
        _, shingles = self._held.pop(number)
        for shingle in shingles:
            holders = self._with_shingle[shingle]
            holders.remove(number)
            if not holders:
                del self._with_shingle[shingle]


def shingles_of(tokens: Sequence[str]) -> frozenset[str]:
    """All runs of three tokens; padding stands before the first."""
    words = [""] * (_SHINGLE - 1) + [_DIGIT.sub("0", token.casefold()) for token in tokens]
    return frozenset("\0".join(words[i : i + _SHINGLE]) for i in range(len(tokens)))


def uncertainty(tokens: Sequence[str], entropies: Sequence[float]) -> float:
    """The sum over the different words of the largest entropy of each, in nats.

    It is rounded, so that copies of a sentence in other batches have the same.
    """
    largest: dict[str, float] = {}
    for token, entropy in zip(tokens, entropies, strict=True):
        word = token.casefold()
        largest[word] = max(entropy, largest.get(word, 0.0))
    return round(sum(largest.values()), _DIGITS)


def _tagged(tagger: Tagger, blocks: Sequence[Block]) -> list[Candidate]:
    split = [(block.path, block.sentences(tagger.tokenizer)) for block in blocks]
    split = [(path, sentences) for path, sentences in split if sentences]
    words = [sentence.tokens for _, sentences in split for sentence in sentences]
    found, entropies = tagger.tag_with_entropies(words, [len(sentences) for _, sentences in split])
    tagged = zip(found, entropies, strict=True)
    candidates = []
    for path, sentences in split:
        for sentence in sentences:
            entities, its_entropies = next(tagged)
            score = uncertainty(sentence.tokens, its_entropies.tolist())
            candidates.append(Candidate(path, sentence._replace(entities=entities), score))
    return candidates
