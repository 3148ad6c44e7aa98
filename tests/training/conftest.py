"""Small nets and data sets for the tests of training."""

import numpy as np
import pytest
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.modules import ClassificationNetwork, RegressionNetwork
from sklearn_rnn.nn import set_dropout_generator
from sklearn_rnn.training import SequenceDataset, SequenceNet
from tests.architectures import small_architecture


@pytest.fixture
def make_sequences(rng):
    """Random sequences of given lengths: numbers of 3 features, or ids."""

    def make(lengths, n_tokens=None):
        if n_tokens is None:
            return Sequences.from_list([rng.normal(size=(length, 3)) for length in lengths])
        return Sequences.from_list([rng.integers(1, n_tokens, size=length) for length in lengths])

    return make


@pytest.fixture
def make_dataset(make_sequences, rng):
    """A data set of two classes, or, with ``numbers=True``, of one number a sequence."""

    def make(n=30, *, longest=9, numbers=False, weight=None):
        sequences = make_sequences(rng.integers(1, longest, n, endpoint=True))
        sums = np.array([sequence.sum() for sequence in sequences])
        target = sums.astype(np.float32)[:, None] if numbers else (sums > 0).astype(np.int64)
        return SequenceDataset(sequences, target, weight)

    return make


@pytest.fixture
def make_net():
    """A small net; changes go to its architecture, ``net_params`` to the net."""

    def make(n_classes=2, *, seed=0, callbacks=(), valid=None, network=None, **changes):
        net_params = {"optimizer": torch.optim.AdamW, "lr": 0.01, "max_epochs": 3, "batch_size": 8}
        net_params |= changes.pop("net_params", {})
        plan = small_architecture(**{"hidden_size": 16, "bidirectional": True} | changes)
        generator = torch.Generator().manual_seed(seed)
        if network is None:
            network = ClassificationNetwork(plan, n_classes, generator=generator)
        elif network is RegressionNetwork:
            network = RegressionNetwork(plan, 1, "squared_error", {}, generator=generator)
        set_dropout_generator(network, generator)
        return SequenceNet(
            network,
            shuffle_generator=generator,
            callbacks=list(callbacks),
            verbose=0,
            train_split=valid and (lambda train, y=None: (train, valid)),
            **net_params,
        ).initialize()

    return make
