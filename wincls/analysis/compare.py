"""Is one system better than another? Systems are models and files of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wincls.corpus.aligned import read_aligned
from wincls.corpus.data_options import Data
from wincls.corpus.documents import Corpus
from wincls.corpus.reading import Reading
from wincls.corpus.schemes import Entity
from wincls.errors import ConfigError
from wincls.evaluation.comparison import Comparison, Side, compare
from wincls.evaluation.counts import Entities
from wincls.tagger.corpus import tag_corpus
from wincls.tagger.tagger import Tagger


class System(NamedTuple):
    """What is compared.

    name: the path of a model or of a file of predictions.
    tagger, data: of a model, and how its training data were read; None for a file of predictions.
    """

    name: str
    tagger: Tagger | None = None
    data: Data | None = None


def shared_data(systems: Sequence[System], file: str) -> Data:
    """How the first model read its training data; the defaults if no system is a model.

    file: the annotated file, which is train in the defaults.

    Raises ConfigError if two models use different types of the annotated data.
    """
    all_data = [each.data for each in systems if each.data is not None]
    if len({each.types for each in all_data}) > 1:
        names = " and ".join(each.name for each in systems)
        raise ConfigError(
            f"{names}: trained with different data.types, so they have different gold entities; give the "
            "predictions of one (wincls predict -i conll -f conll) in place of the model"
        )
    return next(iter(all_data), Data(train=file))


def compare_systems(
    a: System, b: System, gold: Corpus, reading: Reading, files: str
) -> tuple[Comparison, list[str]]:
    """The comparison, and notes for the reader.

    gold: the annotated sentences.
    reading: how they were read.
    files: from where.

    Raises DataError if a file of predictions is of another text.
    """
    notes = [f"{files}: {note}" for note in gold.notes or ()]
    sides = []
    for system in (a, b):
        entities, its_notes = _find_entities(system, gold, reading)
        sides.append(Side(system.name, entities))
        notes += its_notes
        if system.data is not None and system.data.trained_on(files):
            notes.append(f"{system.name} was trained or calibrated on {files}; on new text it will do worse")
    taggers = [each.tagger for each in (a, b) if each.tagger is not None]
    seen = frozenset[str]().union(*(each.seen for each in taggers)) if taggers else None
    return compare(gold, sides[0], sides[1], seen), list(dict.fromkeys(notes))


def _find_entities(system: System, gold: Corpus, reading: Reading) -> tuple[list[list[Entity]], list[str]]:
    """The entities of each sentence, as far as the corpus's tag scheme can express them, and notes."""
    if system.tagger is not None:
        unknown = sorted(gold.labels.keys() - set(system.tagger.labels))
        notes = [f"{system.name} does not know the types {', '.join(unknown)}"] if unknown else []
        return tag_corpus(system.tagger, gold), notes
    aligned = read_aligned(system.name, gold, reading)
    expressible = [
        _expressible(gold, entities, len(sentence.words))
        for entities, sentence in zip(aligned.entities, gold.sentences, strict=True)
    ]
    return expressible, [f"{system.name}: {note}" for note in aligned.notes]


def _expressible(gold: Corpus, entities: Entities, length: int) -> list[Entity]:
    """As Scheme.expressible; entities that go on after the sentence stay as they are."""
    inside = [each for each in entities if each.end <= length]
    return [*gold.scheme.expressible(inside, length), *(each for each in entities if each.end > length)]
