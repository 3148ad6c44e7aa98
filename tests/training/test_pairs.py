"""Sources and targets, gathered into batches."""

import numpy as np
import pytest
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.training import PairBatches, PairDataset

N = 50


def make(seed=0):
    rng = np.random.default_rng(seed)
    sources = [rng.integers(2, 9, size=n) for n in rng.integers(1, 9, size=N)]
    targets = [rng.integers(2, 9, size=n) for n in rng.integers(1, 12, size=N)]
    dataset = PairDataset(Sequences.from_list(sources), Sequences.from_list(targets))
    return sources, targets, dataset


def rows_of(batches):
    """Sources and targets of all batches, as lists without their padding."""
    found = []
    for inputs, _ in batches:
        time = inputs["values"].shape[1]
        lengths = inputs["lengths"]
        lengths = [time] * len(inputs["values"]) if lengths is None else lengths.tolist()
        for i, length in enumerate(lengths):
            n = int(inputs["target_lengths"][i])
            teacher = inputs["teacher"][i].tolist()
            assert teacher[n - 1 :] == [0] * (len(teacher) - n + 1)  # the end, then padding
            found.append((inputs["values"][i, :length].tolist(), teacher[: n - 1]))
    return found


@pytest.mark.parametrize("generator", [None, torch.Generator().manual_seed(0)])
def test_batches_hold_every_pair_once(generator):
    sources, targets, dataset = make()
    batches = list(PairBatches(dataset, 8, generator))
    expected = [(x.tolist(), y.tolist()) for x, y in zip(sources, targets, strict=True)]
    assert sorted(rows_of(batches)) == sorted(expected)
    assert sum(inputs["n_rows"] for inputs, _ in batches) == dataset.n_targets
    assert dataset.n_targets == dataset.epoch_size == sum(len(y) + 1 for y in targets)


def test_pairs_of_a_batch_are_of_like_length():
    dataset = make()[2]
    for batches in (PairBatches(dataset, 8), PairBatches(dataset, 8, torch.Generator())):
        padded = sum(inputs["teacher"].numel() + inputs["values"].numel() for inputs, _ in batches)
        assert padded < 1.6 * int(dataset.pair_lengths.sum())


def test_order_comes_from_the_generator():
    dataset = make()[2]
    first, second, again = (
        rows_of(PairBatches(dataset, 8, torch.Generator().manual_seed(seed))) for seed in (0, 1, 0)
    )
    assert first == again != second
