"""The lecture's configurations against plain loops over single numbers."""

from __future__ import annotations

from math import exp
from pathlib import Path

import numpy as np
import pytest

from wincls.config import Config, load_config
from wincls.decision import ArgmaxDecision, ThresholdDecision
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.training.member import Member
from wincls.training.prepare import prepare
from wincls.training.sampling import Sampler

ROOT = Path(__file__).parents[2]
BINARY = ("lecture", "lecture_several")
CLASSES = ("softmax", "mean_window")


def lecture_config(name: str, folder: Path, sentences_used: int = 70) -> Config:
    """The shipped configuration on the first sentences of the shipped corpus."""
    text = (ROOT / "data" / "train.conll").read_text(encoding="utf-8")
    sentences = [part for part in text.split("\n\n") if part.strip()]
    settings = ["data.test=null"]
    for split, chosen in (("train", sentences[:sentences_used]), ("dev", sentences[70:90])):
        path = folder / f"{split}.conll"
        path.write_text("\n\n".join(chosen) + "\n", encoding="utf-8")
        settings.append(f"data.{split}={path}")
    return load_config(ROOT / "configs" / f"{name}.yaml", settings)


class Trained:
    """One epoch of a configuration, with the batches that were drawn and the parameters before it."""

    def __init__(self, config: Config, monkeypatch: pytest.MonkeyPatch):
        self.batches = []
        draw = Sampler.batch

        def recorded(sampler, part, rng):
            self.batches.append(draw(sampler, part, rng))
            return self.batches[-1]

        monkeypatch.setattr(Sampler, "batch", recorded)
        rng = np.random.default_rng(config.training.seed)
        prepared = prepare(config, rng)
        member = Member(config, prepared, 0, rng)
        parameters = member.scorer.parameters
        self.before = {name: array.copy() for name, array in parameters.items()}
        member.train_epoch(1, lambda windows, loss: None)
        self.after = parameters
        # The tokens of the corpora in the order of their windows, and the table row of each word.
        corpora = prepared.corpora
        vocabulary = prepared.tables.vocabularies["word"]
        self.token_of = {center: i for i, center in enumerate(prepared.encoded.stream.centers.tolist())}
        self.windows = []
        C = config.window.size
        for sentence in [*corpora.train.sentences, *corpora.dev.sentences]:
            rows = [vocabulary.row(word.lower()) for word in sentence.words]
            padded = [PADDING] * C + rows + [PADDING] * C
            self.windows += [padded[i : i + 2 * C + 1] for i in range(len(rows))]

    def window(self, center: int) -> list[int]:
        """The table rows of a window."""
        return self.windows[self.token_of[center]]

    def theta(self) -> dict[str, list]:
        """The parameters before the epoch, as lists of numbers."""
        return {name: array.astype(float).tolist() for name, array in self.before.items()}

    def compare(self, theta: dict[str, list]) -> None:
        """Every parameter has moved, and is the same as in the plain loop."""
        assert self.after.keys() == theta.keys()
        for name, expected in theta.items():
            assert np.abs(self.after[name] - self.before[name]).max() > 1e-3, name
            np.testing.assert_allclose(self.after[name], expected, rtol=0, atol=5e-6, err_msg=name)


@pytest.mark.parametrize("name", BINARY)
def test_an_epoch_of_the_binary_classifier_is_that_of_a_plain_loop(name, tmp_path, monkeypatch):
    config = lecture_config(name, tmp_path)
    trained = Trained(config, monkeypatch)
    theta, alpha = trained.theta(), config.schedule.rate
    L, W, b, U = theta["L.word"], theta["W1"], theta["b1"], theta["U"]
    assert (len(W), len(W[0]), len(U), len(U[0])) == (8, 20, 8, 1)

    def forward(window):
        x = [number for row in window for number in L[row]]
        a = []
        for i in range(8):
            z = b[i]
            for j in range(20):
                z += W[i][j] * x[j]
            a.append(1 / (1 + exp(-z)))
        s = 0.0
        for i in range(8):
            s += U[i][0] * a[i]
        return x, a, s

    pairs = 0
    for batch in trained.batches:
        gradients = []  # (list, index, dJ/d number), added up before anything moves
        for true, corrupted in zip(batch.target.true, batch.target.corrupted, strict=True):
            pairs += 1
            window, window_c = (trained.window(int(batch.centers[row])) for row in (true, corrupted))
            (x, a, s), (x_c, a_c, s_c) = forward(window), forward(window_c)
            if 1 + s_c - s <= 0:  # eq. 44
                continue
            # dJ/ds = -1 and dJ/ds_c = 1 (eq. 46)
            for sign, rows, inputs, hidden in ((-1, window, x, a), (1, window_c, x_c, a_c)):
                for i in range(8):
                    gradients.append((U[i], 0, sign * hidden[i]))
                    delta = sign * U[i][0] * hidden[i] * (1 - hidden[i])
                    gradients.append((b, i, delta))
                    for j in range(20):
                        gradients.append((W[i], j, delta * inputs[j]))  # eq. 47
                        gradients.append((L[rows[j // 4]], j % 4, delta * W[i][j]))
        for numbers, index, gradient in gradients:
            numbers[index] -= alpha * gradient  # eq. 45
    assert len(trained.batches) > 40
    assert pairs == len(trained.batches) * config.loss.corrupted
    trained.compare(theta)


@pytest.mark.parametrize("name", CLASSES)
def test_an_epoch_of_the_softmax_classifier_is_that_of_a_plain_loop(name, tmp_path, monkeypatch):
    config = lecture_config(name, tmp_path, 15)
    trained = Trained(config, monkeypatch)
    theta, alpha = trained.theta(), config.schedule.rate
    L, U = theta["L.word"], theta["U"]  # U = W^T: (inputs, classes)
    assert theta.keys() == {"L.word", "U"}
    d, classes = len(L[0]), len(U[0])
    mean = config.window.combine == "mean"
    assert len(U) == (d if mean else 5 * d)
    for batch in trained.batches:
        n = len(batch.target.tags)
        gradients = []
        for row, tag in zip(batch.target.windows, batch.target.tags, strict=True):
            window = trained.window(int(batch.centers[row]))
            x = [number for word in window for number in L[word]]
            if mean:
                x = [sum(x[j::d]) / 5 for j in range(d)]
            f = [sum(U[j][c] * x[j] for j in range(len(x))) for c in range(classes)]  # eq. 9
            total = sum(exp(each) for each in f)
            for c in range(classes):
                df = (exp(f[c]) / total - (c == tag)) / n  # of -log p (eq. 5) and the mean (eq. 7)
                for j in range(len(x)):
                    gradients.append((U[j], c, df * x[j]))
                    if mean:
                        for word in window:
                            gradients.append((L[word], j, df * U[j][c] / 5))
                    else:
                        gradients.append((L[window[j // d]], j % d, df * U[j][c]))
        for numbers, index, gradient in gradients:
            numbers[index] -= alpha * gradient
    assert sum(len(batch.target.tags) for batch in trained.batches) > 250
    trained.compare(theta)


@pytest.mark.parametrize("name", [*BINARY, *CLASSES])
def test_nothing_but_the_lecture_is_switched_on(name):
    config = load_config(ROOT / "configs" / f"{name}.yaml")
    assert config.features.dimensions().keys() == {"word"}
    assert config.features.word.vectors is None
    assert config.features.word.train
    assert config.model.ensemble == 1
    assert config.structured_hinge.weight == 0
    assert config.optimizer == type(config.optimizer)()
    assert type(config.optimizer).__name__ == "SGD"
    assert type(config.schedule).__name__ == "Constant"
    regularization = config.regularization
    assert not regularization.l2 and not regularization.l1 and not regularization.unknown_rate
    assert not regularization.dropout_input and not regularization.dropout_hidden
    if name in BINARY:
        assert config.decision == ThresholdDecision()
        assert (config.loss.margin, config.loss.norm) == (1, 1)
        assert (config.loss.corrupted == 1) == (name == "lecture")
        assert config.training.batch_size == 1
    else:
        assert config.decision == ArgmaxDecision()
        assert not config.loss.bias


def test_words_that_training_does_not_have_are_the_unknown_word(tmp_path, monkeypatch):
    """So the plain loops above may look words up in one table."""
    trained = Trained(lecture_config("lecture", tmp_path), monkeypatch)
    assert any(UNKNOWN in window for window in trained.windows)
    assert not any(
        UNKNOWN in trained.window(int(center)) for batch in trained.batches for center in batch.centers
    )
