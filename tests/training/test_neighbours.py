"""Batches of sequences with those before and after them."""

import numpy as np
import pytest
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.training import NeighbourDataset, StepScaler

NEIGHBOURS = np.array([[-1, 1], [0, 2], [1, -1], [-1, 4], [3, -1]])


def rows(kind, lengths):
    if kind == "ids":
        return [np.arange(2, 2 + n) + 10 * i for i, n in enumerate(lengths)]
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, 2)) for n in lengths]


@pytest.mark.parametrize("lengths", [(3, 1, 4, 2, 5), (3, 3, 3, 3, 3)], ids=["unequal", "equal"])
@pytest.mark.parametrize("kind", ["ids", "numbers"])
@pytest.mark.parametrize("mapped", [False, True])
def test_neighbours_stand_beside_each_sequence(kind, lengths, mapped, tmp_path):
    X = rows(kind, lengths)
    sequences, scaler = Sequences.from_list(X), None
    if kind == "numbers":
        scaler = StepScaler.fit(sequences.values)
        X = [scaler.transform(x) for x in X]
    if mapped:
        np.save(tmp_path / "a.npy", sequences.values)
        values = np.load(tmp_path / "a.npy", mmap_mode="r")
        sequences = Sequences(values=values, offsets=sequences.offsets)
    dataset = NeighbourDataset(sequences, NEIGHBOURS, scaler=scaler)
    chosen = [3, 0, 2]
    batch = dataset.gather(torch.tensor(chosen))
    for place, row in enumerate(chosen):
        np.testing.assert_array_equal(batch.values[place][: len(X[row])], X[row])
        for side, other in enumerate(NEIGHBOURS[row]):
            n = int(batch.neighbour_lengths[place, side])
            assert n == (len(X[other]) if other >= 0 else 0)
            if n:
                np.testing.assert_array_equal(batch.neighbours[place, side][:n], X[other])


def test_rows_are_a_part_and_neighbours_are_numbered_among_all():
    X = rows("ids", (3, 1, 4, 2, 5))
    part = np.array([2, 4])
    dataset = NeighbourDataset(Sequences.from_list(X), NEIGHBOURS[part], None, part)
    assert len(dataset) == 2
    batch = dataset.gather(torch.tensor([1]))
    np.testing.assert_array_equal(batch.values[0], X[4])
    np.testing.assert_array_equal(batch.neighbours[0, 0][:2], X[3])
