"""How fast wincls tags plain text compared with CRFsuite and spaCy, in one run.

    python tests/benchmarks/predict_speed.py MODEL TEXT TRAIN [--tokens N]

MODEL is a model.npz, TEXT a plain text file, and TRAIN a column file on which the other systems are trained
(for a short time, since their F1 does not matter here). wincls runs as `wincls predict --format jsonl` from
file to file, with the start of the program. The other systems tag the same tokens from Python:
sklearn-crfsuite with few features and with the features of CRFsuite's own NER example (without parts of
speech and chunks), and spaCy with a pipeline that has only an entity recognizer. All systems use one
thread. Systems that are not installed (``pip install '.[bench]'``) are skipped.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from wincls.corpus.columns import read_corpus
from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import cut_pieces, read_text

Sentences = list[list[str]]


def sentences_of(path: Path, tokens: int) -> Sentences:
    """The tokenised sentences at the head of a text file, up to so many tokens."""
    found: Sentences = []
    total = 0
    with path.open("rb") as file:
        for piece in cut_pieces(read_text(file, str(path))):
            for sentence in split_sentences(piece.text):
                found.append(sentence.tokens)
                total += len(found[-1])
            if total >= tokens:
                break
    return found


def wincls_seconds(model: str, text: Path, jobs: int = 1) -> float:
    """Seconds of a whole `wincls predict` from a text file to JSON lines on disk."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "wincls", "predict", model, str(text), "--format", "jsonl"]
        began = time.perf_counter()
        subprocess.run([*command, "--jobs", str(jobs), "--output", f"{folder}/out.jsonl"], check=True)
        return time.perf_counter() - began


Features = Callable[[Sequence[str]], list[list[str]]]
"""From the words of a sentence to the attributes of each."""


def few_features(words: Sequence[str]) -> list[list[str]]:
    """A word, its affixes and capitals, and its neighbors: about 20 attributes a token."""
    shown = [(word.lower(), word.istitle()) for word in words]
    found = []
    for i, word in enumerate(words):
        own = ["bias", f"lower={shown[i][0]}", f"title={shown[i][1]}", f"upper={word.isupper()}"]
        own.append(f"digit={word.isdigit()}")
        for n in range(1, 5):
            own += (f"prefix{n}={word[:n]}", f"suffix{n}={word[-n:]}")
        for offset in (-2, -1, 1, 2):
            if 0 <= i + offset < len(words):
                lower, title = shown[i + offset]
                own += (f"{offset}lower={lower}", f"{offset}title={title}")
        found.append(own)
    return found


def attributes(word: str) -> list[tuple[str, str]]:
    """What CRFsuite's example looks at in a word, besides parts of speech and chunks."""
    shape = "".join(
        "U" if char.isupper() else "L" if char.islower() else "D" if char.isdigit() else char for char in word
    )
    short = "".join(char for i, char in enumerate(shape) if i == 0 or char != shape[i - 1])
    kinds = set(shape)
    digits = "D" in kinds
    letters = bool(kinds & {"U", "L"})
    flags = {
        "2d": shape == "DD",
        "4d": shape == "DDDD",
        "da": digits and letters and kinds <= {"D", "U", "L"},
        **{f"d{sign}": digits and kinds == {"D", sign} for sign in "-/,."},
        "up": len(word) == 2 and shape[0] == "U" and shape[1] == ".",
        "iu": shape[0] == "U",
        "au": kinds == {"U"},
        "al": kinds == {"L"},
        "ad": kinds == {"D"},
        "ao": not kinds & {"U", "L", "D"},
        "cu": "U" in kinds,
        "cl": "L" in kinds,
        "ca": letters,
        "cd": digits,
        "cs": bool(kinds - {"U", "L", "D"}),
    }
    kind = next((name for name in ("au", "iu", "ad", "al", "ao") if flags[name]), "mixed")
    found = [("w", word), ("shape", shape), ("short", short), ("kind", kind)]
    for n in range(1, 5):
        found += [(f"p{n}", word[:n]), (f"s{n}", word[-n:])]
    return found + [(name, "yes") for name, value in flags.items() if value]


def usual_features(words: Sequence[str]) -> list[list[str]]:
    """Attributes of all words up to two places away, and pairs of neighbors: about 100 a token."""
    known = [attributes(word) for word in words]
    found = []
    for i in range(len(words)):
        own = ["bias"]
        for offset in range(-2, 3):
            if not 0 <= i + offset < len(words):
                continue
            here = known[i + offset]
            own += [f"{name}[{offset}]={value}" for name, value in here]
            if offset < 2 and i + offset + 1 < len(words):
                after = known[i + offset + 1]
                for n in (0, 2, 3):  # word, short shape and kind
                    name, value = here[n]
                    own.append(f"{name}[{offset}]|{name}[{offset + 1}]={value}|{after[n][1]}")
        found.append(own)
    return found


def crfsuite_side(train: str, features: Features) -> Callable[[Sentences], None]:
    import sklearn_crfsuite

    corpus = read_corpus(train)
    X = [features(sentence.words) for sentence in corpus.sentences]
    crf = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=20)
    crf.fit(
        X, [corpus.scheme.encode(sentence.entities, len(sentence.words)) for sentence in corpus.sentences]
    )

    def tag(sentences: Sentences) -> None:
        for words in sentences:
            crf.tagger_.tag(features(words))

    return tag


def spacy_side(train: str) -> Callable[[Sentences], None]:
    import spacy
    from spacy.tokens import Doc
    from spacy.training import Example, iob_to_biluo

    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    corpus = read_corpus(train)
    examples = [
        Example.from_dict(
            Doc(nlp.vocab, sentence.words),
            {"entities": iob_to_biluo(corpus.scheme.encode(sentence.entities, len(sentence.words)))},
        )
        for sentence in corpus.sentences
    ]
    nlp.initialize(lambda: examples)
    nlp.update(examples[:200])

    def tag(sentences: Sentences) -> None:
        for _ in nlp.pipe(Doc(nlp.vocab, words) for words in sentences):
            pass

    return tag


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("text", type=Path)
    parser.add_argument("train")
    parser.add_argument("--tokens", type=int, default=30_000, help="tokens that the peers tag in a turn")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    sample = sentences_of(arguments.text, arguments.tokens)
    sampled = sum(map(len, sample))
    everything = sum(map(len, sentences_of(arguments.text, sys.maxsize)))
    peers = {}
    sides: dict[str, Callable[[str], Callable[[Sentences], None]]] = {
        "CRFsuite, few": lambda train: crfsuite_side(train, few_features),
        "CRFsuite, usual": lambda train: crfsuite_side(train, usual_features),
        "spaCy": spacy_side,
    }
    for name, side in sides.items():
        try:
            peers[name] = side(arguments.train)
        except ImportError:
            print(f"{name} is not installed; its side is left out.")
    speeds: dict[str, list[float]] = {"wincls": [], "wincls, 2 jobs": [], **{name: [] for name in peers}}
    for _ in range(arguments.rounds):
        speeds["wincls"].append(everything / wincls_seconds(arguments.model, arguments.text))
        speeds["wincls, 2 jobs"].append(everything / wincls_seconds(arguments.model, arguments.text, 2))
        for name, tag in peers.items():
            began = time.perf_counter()
            tag(sample)
            speeds[name].append(sampled / (time.perf_counter() - began))
    medians = {name: statistics.median(each) for name, each in speeds.items()}
    print(f"{everything:,} tokens in {arguments.text.stat().st_size:,} bytes; medians of {arguments.rounds}")
    print(f"{'':16}{'tokens/s':>10}{'wincls is':>12}")
    for name, median in medians.items():
        print(f"{name:16}{median:>10,.0f}{medians['wincls'] / median:>11.1f}x")
    print(json.dumps({name: round(median) for name, median in medians.items()}))


if __name__ == "__main__":
    main()
