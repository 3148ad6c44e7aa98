"""Train one classifier with several processes, and time it.

    torchrun --nproc-per-node 1 benchmarks/scaling/ddp_train.py
    torchrun --nproc-per-node 2 benchmarks/scaling/ddp_train.py

The losses agree to the digits shown whatever the number of processes; the seconds tell what they
save. On a machine with GPUs each process takes its own. Processes that share a core save nothing.
"""

import argparse
import os
import time

import numpy as np
import torch
import torch.distributed

from sklearn_rnn import RNNClassifier


def make_waves(n, seed=0):
    """Noisy waves of 40 to 80 steps and 4 channels; the class is their frequency."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, size=n)
    lengths = rng.integers(40, 80, size=n)
    X = []
    for label, length in zip(y, lengths, strict=True):
        wave = np.sin(np.arange(length) * (0.2 + 0.1 * label) + rng.uniform(0, 6))
        X.append(wave[:, None] + rng.normal(scale=0.7, size=(length, 4)))
    return X, y


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=4000)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.distributed.init_process_group()
    X, y = make_waves(options.sequences)
    model = RNNClassifier(
        hidden_size=options.hidden_size,
        batch_size=options.batch_size,
        max_epochs=options.epochs,
        dropout=0.0,
        random_state=0,
        net_params={"distributed": True},
    )
    torch.distributed.barrier()
    begin = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - begin
    if torch.distributed.get_rank() == 0:
        losses = ", ".join(f"{epoch['train_loss']:.4f}" for epoch in model.history_)
        print(f"{torch.distributed.get_world_size()} processes: {seconds:.1f} s, losses {losses}")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
