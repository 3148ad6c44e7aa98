"""How long does it take to tell what each step of a long recording has added to a prediction?

``SaliencyDisplay`` on one recording of three features, smooth ones and noise, by LSTMs of 64 units
that were trained on 24 such recordings. The gap is what the attributions lack of the difference of
scores that they should add up to, beside that difference and beside the sum of their absolute
values; the display warns where the latter is larger than ``tol``.

    python benchmarks/bench_saliency.py [--steps 2000]
"""

import argparse
import os
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import torch
from _common import Table, print_header, timed

from sklearn_rnn import RNNClassifier
from sklearn_rnn.inspection import SaliencyDisplay

NETWORKS = {
    "default": {},
    'pooling="last"': {"pooling": "last", "convolution": None, "bidirectional": False},
    'cell="layer_norm_lstm"': {"cell": "layer_norm_lstm"},
}


def recordings(kind, n_steps):
    """Recordings ``(n_steps, 3)``; a stretch of one feature in the middle decides the class."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n_steps, 3)) for _ in range(24)]
    if kind == "smooth":
        X = [noise.cumsum(0) / 30 for noise in X]
    middle = slice(n_steps // 2, n_steps // 2 + 50)
    means = np.array([recording[middle, 1].mean() for recording in X])
    return X, (means > np.median(means)).astype(int)


def explained(model, recording, tol):
    """The display of a recording, and whether it warned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        display = SaliencyDisplay.from_estimator(model, recording, tol=tol)
    return display, bool(caught)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000, help="steps of a recording")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print_header(f"Attributions of a recording of {options.steps} steps", threads=1)
    table = Table("network", "recording", "tol", "cpu s", "gap / difference", "gap / size", "warns")
    for kind in ("smooth", "noise"):
        X, y = recordings(kind, options.steps)
        for name, settings in NETWORKS.items():
            model = RNNClassifier(hidden_size=64, max_epochs=10, random_state=0, **settings)
            model.fit(X, y)
            for tol in (1e-3, 1e-2):
                (display, warned), seconds = timed(explained, model, X[0], tol, clock="cpu")
                gap, size = abs(display.gap), np.abs(display.attributions).sum()
                difference = abs(display.output - display.baseline_output)
                shares = f"{gap / difference:.2%}", f"{gap / size:.3%}"
                table.row(name, kind, tol, f"{seconds:.1f}", *shares, "yes" if warned else "no")


if __name__ == "__main__":
    main()
