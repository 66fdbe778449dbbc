"""Explanations: the contribution of each word and feature of a window to the scores, and the decision.

A contribution is the difference of two forward passes: the score of a label, minus its score with one part of
the window replaced. It is exact, but contributions do not add up to the score, because f is not linear. All
computations use the tagger's own scorers in float64.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from wincls.arrays import Array, offsets_of, segments_of
from wincls.features.tables import TokenTables
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.features.windows import PADDING_FORM, FormIndex, lay_out
from wincls.network.losses import log_softmax
from wincls.network.scorer import Scorer
from wincls.tagger.calibration import first_stage, second_stage
from wincls.tagger.context import context_blocks, words_in_blocks
from wincls.tagger.decoding import ScoredEntity
from wincls.tagger.plain import Plain
from wincls.tagger.tagger import Tagger, mean_scores

_BLOCK = 64  # number of windows that are processed at once


class WindowWord(NamedTuple):
    """A position of a window.

    token: the word, or None for padding.
    unknown: whether the word has no row of its own in the word table.
    """

    token: str | None
    unknown: bool


class Text(NamedTuple):
    """A tokenized text with the window of each of its tokens.

    tokens: the tokens of all sentences.
    lengths: (sentences,) in tokens.
    rows: (forms + 1, tables) table rows of the padding token and of the distinct forms.
    windows: (tokens, 2C + 1) indices of rows.
    words: (tokens,) word numbers, see FormIndex.word_numbers.
    """

    tokens: list[str]
    lengths: Array
    rows: Array
    windows: Array
    words: Array

    @classmethod
    def of(cls, tagger: Tagger, sentences: Sequence[Sequence[str]]) -> Text:
        """The windows of tokenized sentences, each of which needs at least one token."""
        index = FormIndex()
        stream = lay_out(sentences, tagger.window, index)
        rows = np.concatenate([tagger.tables.padding_row(), tagger.tables.rows(index.forms)])
        words = index.word_numbers[stream.tokens[stream.centers]]
        windows = stream.windows(stream.centers)
        return cls(list(chain.from_iterable(sentences)), stream.lengths, rows, windows, words)

    def window_words(self, token: int, tables: TokenTables) -> list[WindowWord]:
        """The words of the window around a token."""
        unknown = self.rows[:, tables.names.index("word")] == UNKNOWN
        positions = range(token - self.windows.shape[1] // 2, len(self.tokens) + self.windows.shape[1])
        return [
            WindowWord(None if form == PADDING_FORM else self.tokens[i], bool(unknown[form]))
            for i, form in zip(positions, self.windows[token].tolist(), strict=False)
        ]


class Explanation(NamedTuple):
    """The explanation of a token.

    token: its index in the text, from 0.
    sentence: the index of its sentence.
    window: the words of its window, (2C + 1,).
    scores: (labels,) mean scores over the ensemble.
    positions: (2C + 1, labels) the scores, minus the scores with the token at this position replaced by
        padding.
    tables: (tables, labels) the scores, minus the scores with the rows of this table replaced by its unknown
        row at all positions.
    probabilities: (tags,) or None, see tag_probabilities.
    entity: the entity that contains the token, with token offsets in its sentence, or None.
    """

    token: int
    sentence: int
    window: list[WindowWord]
    scores: Array
    positions: Array
    tables: Array
    probabilities: Array | None
    entity: ScoredEntity | None


def score_labels(tagger: Tagger) -> list[str]:
    """The tag of each score: all tags, or all except O."""
    tags = tagger.tag_set.tags
    return list(tags[len(tags) - tagger.ensemble[0].n_scores :])


def in_float64(scorer: Scorer) -> Scorer:
    """A copy of a scorer with float64 parameters."""
    return replace(
        scorer, parameters={name: array.astype(np.float64) for name, array in scorer.parameters.items()}
    )


def explain(
    tagger: Tagger, sentences: Sequence[Sequence[str]], tokens: Sequence[int] | None = None
) -> Iterator[Explanation]:
    """Explain tokens of a text.

    sentences: tokenized sentences, each of which needs at least one token.
    tokens: indices in the text, from 0; None for all tokens.
    """
    text = Text.of(tagger, sentences)
    starts = offsets_of(text.lengths)
    ensemble = [in_float64(scorer) for scorer in tagger.ensemble]
    probabilities = tag_probabilities(tagger, text, ensemble)
    entities = tagger.tag(sentences)
    chosen = list(range(len(text.tokens)) if tokens is None else tokens)
    for i in range(0, len(chosen), _BLOCK):
        block = chosen[i : i + _BLOCK]
        scores, positions, tables = contributions(ensemble, text.rows, text.windows[block])
        for j, token in enumerate(block):
            sentence = int(segments_of(np.array(token), starts))
            at = token - int(starts[sentence])
            yield Explanation(
                token,
                sentence,
                text.window_words(token, tagger.tables),
                scores[j],
                positions[j],
                tables[j],
                None if probabilities is None else probabilities[token],
                next((each for each in entities[sentence] if each.start <= at < each.end), None),
            )


def contributions(ensemble: Sequence[Scorer], rows: Array, windows: Array) -> tuple[Array, Array, Array]:
    """The mean scores of windows and the contributions of their parts.

    rows: (forms + 1, tables), the padding token first.
    windows: (windows, 2C + 1) indices of rows.

    Returns `scores`, `positions` and `tables` of Explanation, with windows as the first axis.
    """
    n, size = windows.shape
    n_tables = rows.shape[1]
    kept, index = np.unique(np.append(PADDING_FORM, windows), return_inverse=True)
    rows, windows = rows[kept], index[1:].reshape(n, size)  # the padding token remains the first
    replaced = [rows]  # rows as they are, then with the unknown row in each table
    for table in range(n_tables):
        unknown = rows.copy()
        unknown[:, table] = UNKNOWN
        replaced.append(unknown)
    variants = np.repeat(windows[None], 1 + size + n_tables, axis=0)  # (variants, windows, 2C + 1)
    for position in range(size):
        variants[1 + position, :, position] = PADDING_FORM
    variants[1 + size :] += len(rows) * np.arange(1, n_tables + 1)[:, None, None]
    flat = variants.reshape(-1, size)
    scores = mean_scores([scorer.forward(np.concatenate(replaced), flat).scores for scorer in ensemble])
    scores = scores.reshape(len(variants), n, -1).transpose(1, 0, 2)  # (windows, variants, labels)
    whole, differences = scores[:, 0], scores[:, :1] - scores[:, 1:]
    return whole, differences[:, :size], differences[:, size:]


def tag_probabilities(tagger: Tagger, text: Text, ensemble: Sequence[Scorer]) -> Array | None:
    """(tokens, tags) the probability of each tag, without the restriction to legal sequences.

    Without a calibration, this is the softmax of the scores (eq. 4), or None if O has no score.
    """
    scores = [window_scores(scorer, text.rows, text.windows) for scorer in ensemble]
    mean, decision = mean_scores(scores), tagger.decision
    if isinstance(decision, Plain):
        return np.exp(log_softmax(mean)) if mean.shape[1] == len(tagger.tag_set) else None
    blocks = context_blocks(text.lengths, decision.context_tokens)
    first = first_stage(decision.first, scores[0], words_in_blocks(text.words, blocks))
    return np.exp(second_stage(decision, first, mean[first.candidates], blocks, tagger.tag_set.type_ids))


def window_scores(scorer: Scorer, rows: Array, windows: Array) -> Array:
    """(windows, labels) scores, in blocks of windows; rows, windows: see :func:`contributions`."""
    parts = []
    for i in range(0, len(windows), _BLOCK):
        block = windows[i : i + _BLOCK]
        kept, index = np.unique(block, return_inverse=True)
        parts.append(scorer.forward(rows[kept], index.reshape(block.shape)).scores)
    return np.concatenate(parts)


def row_name(tables: TokenTables, table: str, row: int) -> str:
    """The name of a table row: "padding", "unknown", or its key."""
    if row in (PADDING, UNKNOWN):
        return "padding" if row == PADDING else "unknown"
    vocabulary = tables.vocabularies[table]
    if row < len(vocabulary):
        return vocabulary.keys[row - 2]
    word: bytes = tables.pretrained.words[row - len(vocabulary)]
    return word.decode()
