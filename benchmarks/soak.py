"""Thousands of fits in one process: does memory, do handles, objects or threads pile up?

Small estimators of every kind are fitted in turn; each is also trained further, pickled and used,
interrupted, and given bad input, as happens to a process that lives long. One row of the table
every ``--every`` fits; the last line says how much the second half of the run has grown.

    python benchmarks/soak.py --fits 10000
"""

import argparse
import gc
import os
import pickle
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from _common import Table, print_header, timed
from skorch.callbacks import Callback

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger

SMALL = {"hidden_size": 4, "batch_size": 16, "max_epochs": 2, "lr": 0.01}
SERIES = {"horizon": 4, "window": 14, "segment": 7, "n_networks": 1, "windows_per_epoch": 32}


def make_estimators():
    """Pickled estimators with their data: each fit reads its own copy, as from a file."""
    rng = np.random.default_rng(0)
    words = ["good", "great", "bad", "no", "film", "fun", "a", "the"]
    tokens = [rng.choice(words, size=2 + i % 5).tolist() for i in range(32)]
    texts = [" ".join(row) for row in tokens]
    steps = [rng.normal(size=(2 + i % 5, 3)) for i in range(32)]
    tags = [[word[0] for word in row] for row in tokens]
    days = pd.date_range("2024-01-01", periods=80)
    sales = pd.Series(5 + rng.normal(size=80), index=days, name="sales").abs()
    table = {
        "classifier": (RNNClassifier(**SMALL), texts, ["good" in text for text in texts]),
        "regressor": (RNNRegressor(**SMALL), steps, [float(x[0, 0]) for x in steps]),
        "tagger": (RNNTagger(**SMALL), tokens, tags),
        "forecaster": (RNNForecaster(**SMALL, **SERIES), sales.to_frame()[[]], sales),
    }
    return {kind: pickle.dumps(given) for kind, given in table.items()}


class Interrupt(Callback):
    """What Ctrl-C does in the second epoch."""

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise KeyboardInterrupt


def use(given, i):
    """Fit an estimator, and now and then do more with it; give how many fits that were."""
    model, X, y = pickle.loads(given)
    model.set_params(random_state=i, early_stopping=i % 2 == 0).fit(X, y)
    model.predict(X)
    if i % 10:
        return 1
    model = pickle.loads(pickle.dumps(model)).set_params(warm_start=True)
    model.fit(X, y)
    try:
        model.set_params(callbacks=[Interrupt()]).fit(X, y)
    except KeyboardInterrupt:
        model.predict(X)
    try:
        model.fit(X, y[:-3])
    except ValueError:
        return 4
    raise AssertionError("a target that is too short was taken")


def measure():
    """Memory in MiB, and the numbers of handles, threads and objects of the process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return (
        pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        len(os.listdir("/proc/self/fd")),
        threading.active_count(),
        len(os.listdir("/proc/self/task")),
        len(gc.get_objects()),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=10_000, help="how many fits")
    parser.add_argument("--every", type=int, default=None, help="fits from row to row")
    options = parser.parse_args()
    every = options.every or max(1, options.fits // 10)
    torch.set_num_threads(1)
    print_header(f"Soak: {options.fits:,} fits in one process", threads=1)
    estimators = list(make_estimators().values())
    table = Table("fits", "memory, MiB", "handles", "threads", "system's", "objects", "seconds")
    rows, done, round_number, due, seconds = [], 0, 0, every, 0.0
    while done < options.fits:
        given = estimators[round_number % len(estimators)]
        found, spent = timed(use, given, round_number // len(estimators))
        done, round_number, seconds = done + found, round_number + 1, seconds + spent
        if done >= due or done >= options.fits:
            rows.append(measure())
            memory, *counts = rows[-1]
            table.row(f"{done:,}", f"{memory:.1f}", *(f"{n:,}" for n in counts), f"{seconds:.0f}")
            due += every
    half, last = rows[len(rows) // 2 - 1], rows[-1]
    names = ("MiB", "handles", "threads", "threads of the system", "objects")
    grown = (f"{round(b - a, 1):+,} {n}" for n, a, b in zip(names, half, last, strict=True))
    print(f"\nThe second half: {', '.join(grown)}.")


if __name__ == "__main__":
    main()
