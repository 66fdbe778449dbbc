from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wincls.corpus.columns import read_corpus
from wincls.corpus.tag_spelling import spell
from wincls.errors import DataError

Write = Callable[..., Path]


def entities(write: Write, tags: str, scheme: str = "auto") -> tuple[str, str, list[str]]:
    """The scheme, the entities as "start-end:label", and the notes with their counts."""
    path = write("".join(f"w\t{tag}\n" for tag in tags.split()))
    corpus = read_corpus(path, scheme=scheme)
    found = [f"{a}-{b}:{label}" for each in corpus.sentences for a, b, label in each.entities]
    notes = [f"{note.times} x {note.what}" for note in corpus.notes]
    return corpus.scheme.name, " ".join(found), notes


@pytest.mark.parametrize("separator", [*"_/.:|#+=~@", *"\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"])
def test_another_separator_is_read_as_a_hyphen(write: Write, separator: str) -> None:
    tags = f"O B{separator}PER I{separator}PER B{separator}PER"
    assert entities(write, tags) == (
        "BIO", "1-3:PER 3-4:PER", [f"3 x tag like 'B{separator}PER', read as 'B-PER'"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "scheme", "found", "notes"),
    [
        # the prefix after the label
        ("O PER-B PER-I LOC-B", "BIO", "1-3:PER 3-4:LOC", ["3 x tag like 'LOC-B', read as 'B-LOC'"]),
        ("O PER_B PER_E LOC_S", "IOBES", "1-3:PER 3-4:LOC", ["3 x tag like 'LOC_S', read as 'S-LOC'"]),
        # some tags only
        ("O B-PER I\u2011PER", "BIO", "1-3:PER", ["1 x tag like 'I\u2011PER', read as 'I-PER'"]),
        ("O B-PER i-PER", "BIO", "1-3:PER", ["1 x tag like 'i-PER', read as 'I-PER'"]),
        # no separator
        ("O BPER IPER BLOC", "BIO", "1-3:PER 3-4:LOC", ["3 x tag like 'BLOC', read as 'B-LOC'"]),
        # no label
        ("O B I B", "BIO", "1-3:ENTITY 3-4:ENTITY", ["3 x tag without a type, read as ENTITY"]),
        ("O B- I-", "BIO", "1-3:ENTITY", ["2 x tag without a type, read as ENTITY"]),
        ("o b i", "BIO", "1-3:ENTITY", ["1 x tag 'o' read as O", "2 x tag without a type, read as ENTITY"]),
        # other schemes
        ("B-ORG M-ORG E-ORG S-LOC O", "BMES", "0-3:ORG 3-4:LOC", []),
        ("B-ORG M-ORG E-ORG W-LOC O", "BMEWO", "0-3:ORG 3-4:LOC", []),
        ("B_ORG M_ORG E_ORG O", "BMES", "0-3:ORG", ["3 x tag like 'B_ORG', read as 'B-ORG'"]),
        ("I-A E-A I-A O I-B", "IOE1", "0-2:A 2-3:A 4-5:B", []),
        ("I-A E-A E-A O E-B", "IOE2", "0-2:A 2-3:A 4-5:B", []),
        # other ways to write O
        ("0 B-PER 0", "BIO", "1-2:PER", ["2 x tag '0' read as O"]),
        ("_ B-PER I-PER", "BIO", "1-3:PER", ["1 x tag '_' read as O"]),
        ("OTHER B-PER I-PER", "BIO", "1-3:PER", ["1 x tag 'OTHER' read as O"]),
        ("O PER 0 o", "IO", "1-2:PER", ["1 x tag '0' read as O", "1 x tag 'o' read as O"]),
        (
            "\u041e \u0412-PER O", "BIO", "1-2:PER",
            ["1 x tag with a letter that only looks like O, read as O",
             "1 x tag with a letter that only looks like B, read as B"],
        ),
        # several layers
        (
            "B-PER|O I-PER|B-LOC O|B-LOC O", "BIO", "0-2:PER",
            ["3 x tag with several layers (as B-PER|B-LOC), of which the first is read"],
        ),
        # labels
        (
            "person-artist/author O location-GPE", "IO", "0-1:person-artist/author 2-3:location-GPE",
            ["2 x label with a sign, such as 'location-GPE', read as a whole (data.scheme: IO)"],
        ),
        ("PER PER O LOC", "IO", "0-2:PER 3-4:LOC", []),
        ("B-a/b I-a/b O B-c.d B-e_f", "BIO", "0-2:a/b 3-4:c.d 4-5:e_f", []),
    ],
)  # fmt: skip
def test_spellings_by_example(write: Write, tags: str, scheme: str, found: str, notes: list[str]) -> None:
    name, entities_found, noted = entities(write, tags)
    assert (name, entities_found, sorted(noted)) == (scheme, found, sorted(notes))


def test_labels_are_read_as_a_whole_on_request(write: Write) -> None:
    assert entities(write, "person-artist/author O location-GPE", "IO") == (
        "IO", "0-1:person-artist/author 2-3:location-GPE", []
    )  # fmt: skip
    assert entities(write, "hepatitis-B O virus", "IO") == ("IO", "0-1:hepatitis-B 2-3:virus", [])
    assert entities(write, "B-x O virus", "IO") == (
        "IO", "0-1:B-x 2-3:virus",
        ["1 x label that looks like a prefix and a label, such as 'B-x', read as a whole"],
    )  # fmt: skip


def test_white_space_and_invisible_characters_around_tags_are_removed(write: Write) -> None:
    path = write("a\tO \nb\tB-PER\u00a0\nc\t\u200bI-PER\n")
    from wincls.corpus.columns import Columns

    corpus = read_corpus(path, Columns(delimiter="tab"))
    assert [tuple(each) for each in corpus.sentences[0].entities] == [(1, 3, "PER")]
    assert corpus.notes[0].times == 3


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        ("O B_PER PER", 3),  # some look prefixed, others do not
        ("O PER B", 2),
        ("O virus hepatitis-B", 2),
        ("O B-PER X-LOC", 3),
        ("0 1 2", 1),  # numbers of classes
    ],
)
def test_labels_are_never_taken_for_others_in_silence(write: Write, tags: str, line: int) -> None:
    path = write("".join(f"w\t{tag}\n" for tag in tags.split()))
    with pytest.raises(DataError, match=rf":{line}: unknown tag '"):
        read_corpus(path)


@pytest.mark.parametrize("tags", ["_ _", "_ PER", "NN VB", "SpaceAfter=No _"])
def test_a_column_without_outside_holds_no_tags(write: Write, tags: str) -> None:
    path = write("".join(f"w\t{tag}\n" for tag in tags.split()))
    with pytest.raises(DataError, match="no tag is O, so these cannot be entity tags"):
        read_corpus(path)


def test_many_tags_are_looked_at_in_linear_time() -> None:
    assert spell({"O", *(f"{'x_' * 50}{i}-B" for i in range(8_000))}).canonical["O"] == "O"
