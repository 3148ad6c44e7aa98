"""How long do saving and loading take, beside safetensors' own time for the same weights?

Both sides write to one folder and read what the system has in its cache. What ours does besides is
a checksum over every byte, a check of every field and weight, and a flush to the disk before the
file takes the place of an old one, which waits for the disk but costs no processor time.

    python benchmarks/bench_saving.py [--parameters 10000000] [--repeats 20]
"""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from _common import Table, print_header, timed
from safetensors.torch import load_model, save_model

from sklearn_rnn import RNNClassifier, load

DIM = 256
IN_LAYERS = 1_300_000  # weights that are not of the table of vectors


def model_of(n_parameters):
    """A fitted classifier of ids with about so many weights, most of them of its table."""
    n_tokens = max(2, (n_parameters - IN_LAYERS) // DIM)
    rng = np.random.default_rng(0)
    X = [rng.integers(2, n_tokens, size=20) for _ in range(64)]
    classifier = RNNClassifier(
        hidden_size=DIM, embedding_dim=DIM, n_tokens=n_tokens, max_epochs=1, random_state=0
    )
    return classifier.fit(X, ["a", "b"] * 32)


def like(module):
    """A new module of the same layers, in new memory, whose weights nobody has drawn."""
    with torch.device("meta"):
        copied = torch.nn.Module()
        for name, weight in module.state_dict().items():
            copied.register_parameter(name.replace(".", "_"), torch.nn.Parameter(weight.to("meta")))
    return copied.to_empty(device="cpu")


def best(function, repeats, clock):
    """The milliseconds of the fastest call."""
    function()
    return 1000 * min(timed(function, clock=clock)[1] for _ in range(repeats))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parameters", type=int, default=10_000_000, help="weights of the model")
    parser.add_argument("--repeats", type=int, default=20, help="calls, of which the best counts")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print_header("Saving and loading, in milliseconds", threads=1)
    classifier = model_of(options.parameters)
    plain = like(classifier.module_)
    table = Table("what", "clock", "sklearn_rnn", "safetensors", "times")
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (Path(folder) / name for name in ("ours.model", "theirs.safetensors"))
        rows = {
            "save": (lambda: classifier.save(ours), lambda: save_model(plain, theirs)),
            "load": (lambda: load(ours), lambda: load_model(like(plain), theirs)),
        }
        for name, sides in rows.items():
            for clock in ("cpu", "wall"):
                own, their = (best(side, options.repeats, clock) for side in sides)
                table.row(name, clock, f"{own:.1f}", f"{their:.1f}", f"{own / their:.1f}")


if __name__ == "__main__":
    main()
