"""How much memory a fit over chunks takes, as the data grow.

    OMP_NUM_THREADS=1 python benchmarks/bench_chunks.py
    OMP_NUM_THREADS=1 python benchmarks/bench_chunks.py --chunks 10 100

Each row is a process of its own that makes its chunks as it goes. Memory is what belongs to the
process alone (RssAnon of Linux), beyond what it had before ``fit``: pages of the file, which the
system takes back when others need memory, do not count. What torch and its allocator keep for
batches of various lengths is part of it, and does not grow with the data.
"""

import argparse
import subprocess
import sys
import threading
import time

import numpy as np

from sklearn_rnn import Chunks, RNNClassifier, RNNRegressor, RNNTagger

ROWS = 500  # recordings in a chunk
SMALL = {"hidden_size": 8, "max_epochs": 1, "batch_size": 64, "bidirectional": False}
SMALL |= {"random_state": 0}


def recordings(seed):
    """A chunk of recordings of 200 to 300 steps and 10 channels: 10 MB."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(200, 300, size=ROWS)
    return np.split(rng.normal(size=(lengths.sum(), 10)), np.cumsum(lengths)[:-1])


def texts(seed):
    """A chunk of texts of 200 words: 3.4 MB as UTF-8."""
    words = np.random.default_rng(seed).integers(0, 3000, size=(6 * ROWS, 200))
    return [" ".join(map("w{}".format, row)) for row in words]


def classes(X, seed):
    return np.random.default_rng(seed).integers(0, 3, size=len(X))


def signs(X, seed):
    return [["+" if step > 0 else "-" for step in part[:, 0]] for part in X]


SUBJECTS = {
    "classifier": (RNNClassifier(convolution=None, **SMALL), recordings, classes),
    "regressor": (RNNRegressor(convolution=None, **SMALL), recordings, classes),
    "classifier of texts": (RNNClassifier(subwords=False, **SMALL), texts, classes),
    "tagger": (RNNTagger(**SMALL), recordings, signs),
}


def fit_and_measure(name, n_chunks):
    """Fit over chunks, and give the bytes of X and the memory it took, in MB."""
    model, make, label = SUBJECTS[name]
    sizes = []

    def read():
        for seed in range(n_chunks):
            X = make(seed)
            sizes.append(sum(part.nbytes if hasattr(part, "nbytes") else len(part) for part in X))
            yield X, label(X, seed)

    before, is_over = private_memory(), threading.Event()
    peaks = [before]

    def watch():
        while not is_over.is_set():
            peaks.append(max(peaks.pop(), private_memory()))
            time.sleep(0.005)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    model.fit(Chunks(read))
    is_over.set()
    watcher.join()
    return sum(sizes) / 1e6, peaks[0] - before


def private_memory():
    """Give the memory of this process alone, in MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if "RssAnon" in line) * 1024 / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, nargs="+", default=[4, 16])
    parser.add_argument("--only", nargs="+", choices=list(SUBJECTS), default=list(SUBJECTS))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print("{:.0f} {:.0f}".format(*fit_and_measure(options.one[0], int(options.one[1]))))
        return
    print("| fit | chunks | data, MB | memory taken, MB |\n|---|---|---|---|")
    for name in options.only:
        for n_chunks in options.chunks:
            command = [sys.executable, __file__, "--one", name, str(n_chunks)]
            found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            size, taken = found.split()
            print(f"| {name} | {n_chunks} | {size} | {taken} |", flush=True)


if __name__ == "__main__":
    main()
