"""Long sequences: what is remembered over ten thousand steps, and what memory that takes.

Three parts, each of which prints a table::

    python benchmarks/bench_long.py --only adding
    python benchmarks/bench_long.py --only digits
    python benchmarks/bench_long.py --only memory

"adding" is the adding problem of ``make_adding_problem``: of thousands of numbers two are marked,
and their sum is asked for at the end. A constant has a mean squared error of 0.167; below 0.01 the
problem counts as solved. "digits" are the 8 x 8 pictures of scikit-learn, read pixel by pixel, row
after row or in one random order, by every cell of the registry with the same size, epochs and
learning rate, beside logistic regression on the 64 pixels. "memory" counts by how much the resident
set grows at its highest; each row is a process of its own, under Linux. Nothing is downloaded.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from _common import CLOCKS, Table, parse_setting, print_header, timed
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import RNNClassifier, RNNRegressor
from sklearn_rnn.datasets import make_adding_problem
from sklearn_rnn.modules import _body, _body_stream
from sklearn_rnn.nn import CELLS, _recurrent

ONE_WAY = {"bidirectional": False, "convolution": None, "segment": 1, "pooling": "last"}
ADDING = {
    "hidden_size": 32,
    "initialization": "chrono",
    "dropout": 0.0,
    "lr": 0.01,
    "batch_size": 8,
    "max_epochs": 30,
    "early_stopping": False,
    "random_state": 0,
    **ONE_WAY,
}
DIGITS = {
    "hidden_size": 64,
    "num_layers": 2,
    "dropout": 0.0,
    "lr": 0.005,
    "batch_size": 32,
    "max_epochs": 40,
    "early_stopping": False,
    "random_state": 0,
    **ONE_WAY,
}
SOLVED = 0.01


# --- the adding problem -------------------------------------------------------------------------


def adding(args):
    """Fit each cell to the adding problem, and test it on other sequences."""
    print(f"## The adding problem at {args.steps} steps\n")
    X, y = make_adding_problem(args.sequences, args.steps, random_state=0)
    X_test, y_test = make_adding_problem(200, args.steps, random_state=1)
    constant = np.mean((y_test - y.mean()) ** 2)
    table = Table("cell", "mean squared error (test)", "constant", "aim", "solved", "CPU s of fit")
    for cell in args.cells or ["mingru", "minlstm", "lru"]:
        model = RNNRegressor(cell=cell, **ADDING | dict(args.settings))
        _, seconds = timed(model.fit, X, y, clock="cpu")
        error = np.mean((model.predict(X_test) - y_test) ** 2)
        solved = "yes" if error <= SOLVED else "no"
        table.row(cell, f"{error:.5f}", f"{constant:.3f}", f"<= {SOLVED}", solved, f"{seconds:.0f}")


# --- digits, pixel by pixel ---------------------------------------------------------------------


def digits(args):
    """Fit each cell to pictures read as 64 steps of one pixel."""
    print("\n## Digits, pixel by pixel\n")
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=0
    )
    order = np.random.default_rng(0).permutation(X.shape[1])
    table = Table("cell", "rows %", "permuted %", "weights", "CPU s of a fit")
    plain = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X_train, y_train)
    floor = f"{100 * plain.score(X_test, y_test):.1f}"
    table.row("logistic regression (the floor)", floor, floor, 65 * 10, "-")
    for cell in args.cells or CELLS:
        scores, seconds = [], []
        for read in (slice(None), order):
            model = RNNClassifier(cell=cell, **DIGITS | dict(args.settings))
            steps = [part[:, read, None] for part in (X_train, X_test)]
            seconds.append(timed(model.fit, steps[0], y_train, clock="cpu")[1])
            scores.append(f"{100 * model.score(steps[1], y_test):.1f}")
        n_weights = sum(weight.numel() for weight in model.module_.parameters())
        table.row(cell, *scores, n_weights, f"{np.mean(seconds):.0f}")


# --- memory -------------------------------------------------------------------------------------

TRAINED = {
    "last": {"num_layers": 2, **ONE_WAY},
    "mean, both ways": ONE_WAY | {"bidirectional": True, "pooling": "mean"},
}
WAYS = {
    "plain": {},
    "tbptt=100": {"tbptt": 100},
    "recompute": {"recompute": True},
    "tbptt=100, recompute": {"tbptt": 100, "recompute": True},
}
PREDICTED = {
    "last": ONE_WAY,
    "last, both ways": ONE_WAY | {"bidirectional": True},
    "attention": ONE_WAY | {"pooling": "attention"},
}


def memory(args):
    """Measure fits and predictions, each in a process of its own."""
    print("\n## Memory and time of a fit\n")
    print("An LSTM of 64 units, one epoch of 32 sequences in batches of 16.\n")
    table = Table("pooling", "steps", "how", "MB beside the data", "CPU s", "times plain")
    for name, network in TRAINED.items():
        for steps in (1000, 10_000):
            plain = None
            for way, options in WAYS.items():
                task = {"steps": steps, "options": network | options | {"hidden_size": 64}}
                megabytes, seconds = in_process(task)
                plain = plain or seconds
                ratio = f"{seconds / plain:.2f}"
                table.row(name, steps, way, f"{megabytes:.0f}", f"{seconds:.1f}", ratio)
    print(f"\n## Memory of predict at {args.long} steps\n")
    print("One sequence, an LSTM of 32 units; all at once and in parts, as the library reads it.\n")
    table = Table("pooling", "MB at once", "MB in parts", "CPU s at once", "CPU s in parts")
    for name, network in PREDICTED.items():
        task = {"predicted": args.long, "options": network | {"hidden_size": 32}}
        whole, parts = in_process(task | {"at_once": True}), in_process(task)
        table.row(
            name, *(f"{found:.0f}" for pair in zip(whole, parts, strict=True) for found in pair)
        )


def in_process(task):
    """Megabytes and processor seconds of a task, measured in a fresh process."""
    command = [sys.executable, __file__, "--task", json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run_task(task):
    """Do what ``in_process`` asks for and print what it took."""
    options = {"max_epochs": 1, "batch_size": 16, "early_stopping": False, "random_state": 0}
    model = RNNRegressor(**options | task["options"])
    rng = np.random.default_rng(0)
    small = [rng.normal(size=(8, 2)).astype(np.float32) for _ in range(16)]
    model.fit(small, [x.mean() for x in small])  # loads what is loaded once
    if "predicted" in task:
        if task.get("at_once"):
            for module in (_recurrent, _body, _body_stream):
                module.LONG_READ = 1 << 60
        X = [rng.normal(size=(task["predicted"], 2)).astype(np.float32)]
        print(json.dumps(measured(model.predict, X)))
        return
    X = rng.normal(size=(32, task["steps"], 2)).astype(np.float32)
    print(json.dumps(measured(model.fit, X, X.mean(axis=(1, 2)))))


def measured(function, *arguments):
    """Megabytes by which the resident set grows at its highest, and processor seconds."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
    before, start = resident("VmRSS"), CLOCKS["cpu"]()
    function(*arguments)
    return resident("VmHWM") - before, CLOCKS["cpu"]() - start


def resident(name):
    """Megabytes of this process as the system counts them, now or at their highest."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024


PARTS = {"adding": adding, "digits": digits, "memory": memory}


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--cells", nargs="+", choices=list(CELLS))
    parser.add_argument("--steps", type=int, default=10_000, help="of the adding problem")
    parser.add_argument("--sequences", type=int, default=500, help="to learn adding from")
    parser.add_argument("--long", type=int, default=1_000_000, help="steps of one prediction")
    parser.add_argument("--set", dest="settings", type=parse_setting, action="append", default=[])
    parser.add_argument("--task", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.task is not None:
        run_task(args.task)
        return
    start = time.perf_counter()
    print_header("Long sequences", args.threads)
    for part in args.only or PARTS:
        PARTS[part](args)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
