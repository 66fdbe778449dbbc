"""Whether text to be tagged looks like what a model knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wincls.corpus.characters import SENTENCE_TERMINALS, is_closing
from wincls.corpus.text import Piece
from wincls.features.profile import TextCounts
from wincls.tagger.tagger import Tagger

_ENOUGH = 50_000  # words that are looked at
_LEAST_LINES = 10
_MANY = 0.3  # share of the lines


class TextCheck:
    """Looks at the first 50,000 words or so that a tagger is given.

    wrapped: whether lines are joined to paragraphs anyway.
    """

    def __init__(self, tagger: Tagger, wrapped: bool = False):
        self._tagger = tagger
        self._wrapped = wrapped
        self._counts = TextCounts(tagger.tables.known)
        self._lines = self._broken = 0
        self._last = ""

    def add_pieces(self, pieces: Iterable[Piece]) -> None:
        """Look at plain text."""
        if self._tagger.familiar is None or self._counts.words >= _ENOUGH:
            return
        texts = [piece.text for piece in pieces]
        self.add_sentences([self._tagger.tokenizer.tokenize(text)[1::2] for text in texts])
        for text in texts:
            line = text.strip()
            if line and self._last:
                self._lines += 1
                ended = self._last[-1] in SENTENCE_TERMINALS or is_closing(self._last[-1])
                self._broken += not ended and line[0].islower()
            self._last = line

    def add_sentences(self, sentences: Sequence[Sequence[str]]) -> None:
        """Look at tokenized sentences."""
        if self._tagger.familiar is not None and self._counts.words < _ENOUGH:
            self._counts.add(sentences)

    def warnings(self) -> Iterator[str]:
        """A sentence for each thing that looks wrong."""
        if self._tagger.familiar is None:
            return
        yield from self._counts.warnings(self._tagger.familiar)
        if not self._wrapped and self._lines >= _LEAST_LINES and self._broken > _MANY * self._lines:
            yield f"{self._broken / self._lines:.0%} of the lines end in mid-sentence; try --wrapped."
