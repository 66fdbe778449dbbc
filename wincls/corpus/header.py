"""Header rows: the names of the columns, where the first sentence should be."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAMES = frozenset(
    """
    word words token tokens form forms text surface orth string sentence sentences sent sentenceid sentid
    tag tags label labels ner nertag nertags netag netags ne nes namedentity entity entities entitytype
    entitytag type iob iob1 iob2 iobtag bio biotag bilou bioes iobes bmes gold goldtag goldlabel
    id ids idx index no nr number tokenid tokid wordid position offset start end begin doc docid document
    documentid lemma lemmas pos postag postags upos xpos cpos cpostag feats feat features head deprel deps
    necoarselit necoarsemeto nefinelit nefinemeto nefinecomp nenested nellit nelmeto
    misc chunk chunks chunktag parse span annotation annotations pred prediction predicted
    """.split()  # noqa: SIM905 (a list of ninety strings is harder to read)
)


def is_header(fields: Sequence[str]) -> bool:
    """Whether a row, the first of its file, names the columns: "Word Tag", "TOKEN NE", "# id form ner"."""
    names = [re.sub(r"[\W_]+", "", field.casefold()) for field in fields]
    return len(fields) > 1 and sum(map(bool, names)) > 1 and all(name in _NAMES for name in names if name)
