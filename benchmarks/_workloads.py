"""Synthetic sequences to time on, and the plain LSTM that every program trains on them."""

from dataclasses import dataclass

import numpy as np

EMBEDDING_SIZE = 64
HIDDEN_SIZE = 128
BATCH_SIZE = 64
LEARNING_RATE = 1e-3
CLIP = 1.0


@dataclass(frozen=True)
class Workload:
    """Sequences with classes, and how long to train on them."""

    title: str
    sequences: list  # of (time,) ids or (time, channels) numbers
    classes: np.ndarray
    n_tokens: int | None  # None: the steps are numbers
    epochs: int

    @property
    def n_classes(self):
        return int(self.classes.max()) + 1

    @property
    def n_channels(self):
        return None if self.n_tokens else self.sequences[0].shape[1]

    @property
    def input_size(self):
        return EMBEDDING_SIZE if self.n_tokens else self.n_channels

    @property
    def n_steps(self):
        return sum(len(sequence) for sequence in self.sequences)


def draw_ids(lengths, classes, n_tokens, rng):
    """Ids from 2 on; a third of them come from the range of their sequence's class."""
    span = (n_tokens - 2) // (classes.max() + 1)
    of_class = np.repeat(classes * span + 2, lengths) + rng.integers(0, span, lengths.sum())
    of_all = rng.integers(2, n_tokens, lengths.sum())
    ids = np.where(rng.random(lengths.sum()) < 1 / 3, of_class, of_all)
    return np.split(ids.astype(np.int64), lengths.cumsum()[:-1])


def draw_text_lengths(n, rng):
    """Lengths of texts in words: mean 21, mostly short, a few long, at most 120."""
    spread = 0.6
    lengths = rng.lognormal(np.log(21) - spread**2 / 2, spread, n)
    return lengths.round().clip(1, 120).astype(int)


def draw_waves(lengths, classes, rng, noise=0.5):
    """Noisy waves of six channels; the class sets the period, ``noise`` is a variance."""
    recordings = []
    for of_class, length in zip(classes, lengths, strict=True):
        phases = rng.random(6) + np.arange(length)[:, None] / (10 + 5 * of_class)
        added = rng.normal(0, np.sqrt(noise), (length, 6))
        recordings.append((np.sin(2 * np.pi * phases) + added).astype(np.float32))
    return recordings


def our_parameters(workload, **changes):
    """Parameters of `RNNClassifier` that make it one plain LSTM, trained plainly."""
    parameters = {
        "cell": "lstm",
        "hidden_size": HIDDEN_SIZE,
        "num_layers": 1,
        "bidirectional": True,
        "dropout": 0.0,
        "pooling": "last",
        "max_epochs": workload.epochs,
        "batch_size": BATCH_SIZE,
        "lr": LEARNING_RATE,
        "optimizer": "adamw",
        "weight_decay": 0.0,
        "gradient_clip": CLIP,
        "lr_schedule": None,
        "early_stopping": False,
        "device": "cpu",
        "random_state": 0,
        "verbose": 0,
    }
    if workload.n_tokens:
        parameters |= {"embedding_dim": EMBEDDING_SIZE, "n_tokens": workload.n_tokens}
    parameters |= changes
    return known_parameters(parameters)


def known_parameters(parameters):
    """Also switch off what a plain LSTM does not have, if this version has it."""
    from sklearn_rnn import RNNClassifier

    switched_off = {"token_dropout": 0.0, "subwords": False, "convolution": None}
    known = RNNClassifier().get_params()
    return {name: value for name, value in switched_off.items() if name in known} | parameters
