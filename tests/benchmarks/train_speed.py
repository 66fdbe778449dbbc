"""How fast a training step is compared with the plain matrix products and with PyTorch, in one run.

    python tests/benchmarks/train_speed.py [--corpus FILE --word-column N --tag-column N ...]

The network is 5 words x 175 dimensions -> 300 hard-tanh units -> 16 scores, with dropout on the input and
the hidden layer, max-margin loss (without the structured hinge) and AdaGrad, on batches of about 1,536
windows of running text. The corpus has at most four entity types. "products" are the three matrix products
(forward, dW, dX) that a step needs if windows do not share words. All systems use one thread and the same
windows, in turns. PyTorch is skipped if torch is not installed (``pip install '.[bench]'``).
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np

from wincls.arrays import renumber
from wincls.corpus.columns import Columns, read_corpus
from wincls.corpus.schemes import SCHEMES
from wincls.corpus.tag_set import TagSet
from wincls.features.windows import FormIndex
from wincls.network.activations import HardTanh
from wincls.network.initializers import Xavier
from wincls.network.losses import MaxMargin
from wincls.network.scorer import Scorer
from wincls.optim.optimizers import AdaGrad, Optimizer
from wincls.optim.regularizers import Penalty
from wincls.training.data import encode
from wincls.training.sampling import Sampler
from wincls.training.step import compute_step

WINDOWS, SIZE, UNITS, LABELS = 1536, 2, 300, 16
TABLES = {"word": 100, "caps": 5, "prefix": 35, "suffix": 35}  # 175 in all
DROP_INPUT, DROP_HIDDEN, RATE, K = 0.3, 0.5, 0.02, 50


class Setting:
    """The same batches for every side."""

    def __init__(self, path: str, columns: Columns):
        rng = np.random.default_rng(1)
        corpus = read_corpus(path, columns)
        index = FormIndex()
        labels = sorted(corpus.labels)
        if len(labels) > LABELS // 4:
            raise SystemExit(
                f"{path}: {len(labels)} entity types; the network has {LABELS} scores, so at most 4"
            )
        iobes = SCHEMES["IOBES"]
        encoded = encode(corpus, TagSet(iobes, labels), SIZE, index)
        stream = encoded.stream
        forms = len(index.forms) + 1
        self.rows = np.stack([np.arange(forms), *[rng.integers(0, n, forms) for n in (8, 500, 500)]], axis=1)
        sizes = {"word": forms, "caps": 8, "prefix": 500, "suffix": 500}
        self.tables = {
            name: 0.1 * rng.standard_normal((sizes[name], d), dtype=np.float32) for name, d in TABLES.items()
        }
        sampler = Sampler(encoded, MaxMargin(corrupted=K), True, WINDOWS)
        batches = [sampler.batch(part, rng) for part in sampler.epoch(rng)]
        self.batches = [batch for batch in batches if batch.target]
        self.windows = [stream.windows(batch.centers) for batch in self.batches]
        self.forms = forms


def wincls_side(setting: Setting) -> Callable[[int], int]:
    """A function that does step i and returns the number of windows."""
    rng = np.random.default_rng(1)
    width = (2 * SIZE + 1) * sum(TABLES.values())
    parameters = {f"L.{name}": table.copy() for name, table in setting.tables.items()}
    parameters |= {
        "W1": Xavier().draw(rng, UNITS, width).astype(np.float32),
        "b1": np.zeros(UNITS, dtype=np.float32),
        "U": Xavier().draw(rng, UNITS, LABELS).astype(np.float32),
    }
    scorer = Scorer(parameters, tuple(TABLES), HardTanh())
    optimizer = Optimizer(AdaGrad(), parameters)

    def run(i: int) -> int:
        i %= len(setting.batches)
        distinct, windows = renumber(setting.windows[i], setting.forms)
        dropout = scorer.draw_dropout(len(distinct), len(windows), DROP_INPUT, DROP_HIDDEN, rng)
        rows, target = setting.rows[distinct], setting.batches[i].target
        outcome = compute_step(scorer, [(MaxMargin(), target)], rows, windows, dropout, Penalty([]))
        optimizer.step(outcome.gradients, RATE)
        return len(windows)

    return run


def products_side(setting: Setting) -> Callable[[int], int]:
    """The three products of a step on unshared windows, and nothing else."""
    rng = np.random.default_rng(1)
    width = (2 * SIZE + 1) * sum(TABLES.values())
    X = rng.standard_normal((WINDOWS, width), dtype=np.float32)
    W = rng.standard_normal((UNITS, width), dtype=np.float32)
    dz = rng.standard_normal((WINDOWS, UNITS), dtype=np.float32)

    def run(i: int) -> int:
        X @ W.T, dz.T @ X, dz @ W
        return WINDOWS

    return run


def torch_side(setting: Setting, sparse: bool) -> Callable[[int], int]:
    """The same network, loss and optimizer, as one would write them in PyTorch."""
    import torch
    from torch import nn
    from torch.nn import functional

    warnings.filterwarnings("ignore", "Sparse invariant checks")
    torch.set_num_threads(1)
    torch.manual_seed(1)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            tables = (torch.tensor(table) for table in setting.tables.values())
            self.tables = nn.ModuleList(
                nn.Embedding.from_pretrained(table, freeze=False, sparse=sparse) for table in tables
            )
            self.hidden = nn.Linear((2 * SIZE + 1) * sum(TABLES.values()), UNITS)
            self.out = nn.Linear(UNITS, LABELS, bias=False)

        def forward(self, rows: torch.Tensor) -> torch.Tensor:  # (windows, places, tables)
            x = torch.cat([table(rows[:, :, i]) for i, table in enumerate(self.tables)], dim=2)
            x = functional.dropout(x.flatten(1), DROP_INPUT)
            return self.out(functional.dropout(functional.hardtanh(self.hidden(x)), DROP_HIDDEN))

    net = Net()
    optimizer = torch.optim.Adagrad(net.parameters(), lr=RATE)
    inputs = [torch.tensor(setting.rows[windows]) for windows in setting.windows]
    targets = [[torch.tensor(each).long() for each in batch.target] for batch in setting.batches]

    def run(i: int) -> int:
        i %= len(inputs)
        label, true, corrupted = targets[i]
        optimizer.zero_grad()
        scores = net(inputs[i])
        functional.relu(1 + scores[corrupted, label] - scores[true, label]).mean().backward()
        optimizer.step()
        return len(inputs[i])

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", default="data/train.conll")
    parser.add_argument("--word-column", type=int, default=1)
    parser.add_argument("--tag-column", type=int, default=-1)
    parser.add_argument("--delimiter", default="whitespace")
    parser.add_argument("--comment", default="")
    parser.add_argument("--rounds", type=int, default=7, help="turns that each side takes")
    parser.add_argument("--steps", type=int, default=12, help="steps in a turn")
    arguments = parser.parse_args()
    columns = Columns(arguments.word_column, arguments.tag_column, arguments.delimiter, arguments.comment)
    setting = Setting(arguments.corpus, columns)
    sides = {"wincls": wincls_side(setting), "products alone": products_side(setting)}
    try:
        sides["torch, dense"] = torch_side(setting, sparse=False)
        sides["torch, sparse"] = torch_side(setting, sparse=True)
    except ImportError:
        print("PyTorch is not installed; its side is left out.")

    speeds: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(arguments.rounds + 1):
        for name, run in sides.items():
            began = time.perf_counter()
            windows = sum(run(turn * arguments.steps + i) for i in range(arguments.steps))
            if turn:  # the first is a warm-up
                speeds[name].append(windows / (time.perf_counter() - began))
    mean_distinct = np.mean([len(np.unique(windows)) for windows in setting.windows])
    print(f"one thread; {WINDOWS} windows a step with {mean_distinct:.0f} distinct tokens on average")
    print(f"{'':16}{'windows/s':>10}{'wincls is':>12}")
    ours = statistics.median(speeds["wincls"])
    for name, measured in speeds.items():
        median = statistics.median(measured)
        print(f"{name:16}{median:>10,.0f}{ours / median:>11.2f}x")


if __name__ == "__main__":
    main()
