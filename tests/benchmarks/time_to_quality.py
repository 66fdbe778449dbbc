"""The training time after which wincls reaches the final F1 of CRFsuite, in one run.

    python tests/benchmarks/time_to_quality.py CONFIG TRAIN DEV [--vectors FILE] [--set KEY=VALUE ...]

CONFIG is a configuration that says how the files are read. TRAIN and DEV replace the files in it. CRFsuite
has the usual features of predict_speed.py (with --few, the few features) and is trained by L-BFGS, with the
penalties of its tutorial. Both systems are scored on DEV. wincls is scored after each epoch, with a
calibration that is fitted to one half of the sentences and applied to the other half. The time is the
training time only: reading files, computing features and loading vectors are not measured. Calibration and
scoring after an epoch count as training.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import time

import numpy as np
from predict_speed import Features, few_features, usual_features

from wincls.config import load_config
from wincls.corpus.documents import Corpus
from wincls.corpus.schemes import decode
from wincls.evaluation.counts import count_entities, micro
from wincls.training.loop import Training
from wincls.training.prepare import Prepared, prepare


def tags_of(corpus: Corpus) -> list[list[str]]:
    return [corpus.scheme.encode(each.entities, len(each.words)) for each in corpus.sentences]


def crfsuite(prepared: Prepared, features: Features, iterations: int) -> tuple[float, float]:
    """Seconds of training, and F1 on the development data."""
    import sklearn_crfsuite

    def inputs(corpus):
        return [features(sentence.words) for sentence in corpus.sentences]

    X, y = inputs(prepared.corpora.train), tags_of(prepared.corpora.train)
    crf = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=iterations)
    began = time.perf_counter()
    crf.fit(X, y)
    seconds = time.perf_counter() - began
    predicted = crf.predict(inputs(prepared.corpora.dev))
    gold = [sentence.entities for sentence in prepared.corpora.dev.sentences]
    return seconds, micro(count_entities(gold, [decode(list(tags)) for tags in predicted])).f1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--vectors")
    parser.add_argument("--set", action="append", default=[], help="a setting of wincls, KEY=VALUE")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--few", action="store_true", help="CRFsuite with few features")
    options = parser.parse_args()
    settings = [f"data.train={json.dumps(options.train)}", f"data.dev={json.dumps(options.dev)}"]
    settings += ["data.test=null", f"features.word.vectors={json.dumps(options.vectors)}"]
    config = load_config(options.config, [*settings, *options.set])
    rng = np.random.default_rng(config.training.seed)
    prepared = prepare(config, rng)
    features = few_features if options.few else usual_features
    seconds, f1 = crfsuite(prepared, features, options.iterations)
    print(f"CRFsuite, {options.iterations} iterations: F1 {100 * f1:.2f} after {seconds:.1f} s of training")
    spent = 0.0
    for report in Training(config, prepared, rng).epochs():
        spent += report.seconds + report.development_seconds
        ahead = report.development.f1 >= f1
        print(
            f"wincls, epoch {report.epoch}: F1 {100 * report.development.f1:.2f} after {spent:.1f} s", end=""
        )
        print(f", {spent / seconds:.3f} of CRFsuite's time" if ahead else "")
        if ahead:
            return


if __name__ == "__main__":
    main()
