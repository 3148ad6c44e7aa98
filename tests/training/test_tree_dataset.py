"""Trees in batches: what is gathered is what belongs to the nodes of each tree."""

import numpy as np
import pytest
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.modules import UNLABELLED
from sklearn_rnn.training import TreeDataset
from tests.forests import random_trees, to_numbers

SIZES = [4, 1, 9, 2, 6]


@pytest.fixture
def trees(rng):
    return random_trees(rng, SIZES)


def nodes_of(trees, i):
    return np.arange(trees.offsets[i], trees.offsets[i + 1])


def test_a_batch_holds_ids_and_targets_in_the_order_of_the_nodes(trees, rng):
    numbered = to_numbers(trees)
    target = Sequences(values=rng.integers(-1, 3, size=sum(SIZES)), offsets=trees.offsets)
    dataset = TreeDataset(numbered, target, np.arange(5, dtype=np.float32))
    rows = torch.tensor([2, 0, 2, 1])
    values, lengths, _ = dataset.gather(rows)
    found = dataset.gather_target(rows)
    assert lengths.tolist() == [9, 4, 9, 1]
    assert values.shape == found.shape == (4, 9)
    for row, i in enumerate(rows.tolist()):
        nodes, n = nodes_of(trees, i), SIZES[i]
        assert values[row, :n].tolist() == numbered.ids[nodes].tolist()
        assert found[row, :n].tolist() == target.values[nodes].tolist()
        assert set(values[row, n:].tolist()) <= {0}
        assert set(found[row, n:].tolist()) <= {UNLABELLED}
    assert dataset.gather_weight(rows).tolist() == [2, 0, 2, 1]
    assert dataset.n_targets == (target.values != UNLABELLED).sum()


def test_every_node_hangs_where_it_does_in_its_tree(trees):
    rows = torch.tensor([4, 2, 0])
    values, _, forest = TreeDataset(to_numbers(trees)).gather(rows)
    starts = np.cumsum([0, *forest.sizes])
    tree, node = (forest.place // values.shape[1]).tolist(), forest.place % values.shape[1]
    found = {}
    for level, size in enumerate(forest.sizes):
        for i in range(starts[level], starts[level] + size):
            above = starts[level - 1] + int(forest.parent[i]) if level else None
            found[tree[i], int(node[i])] = -1 if above is None else int(node[above])
            begin = starts[level + 1] + int(forest.begin[i])
            below = range(begin, begin + int(forest.n_children[i]))
            assert all(forest.parent[j] == i - starts[level] for j in below)
    expected = {
        (row, place): parent
        for row, i in enumerate(rows.tolist())
        for place, parent in enumerate(trees.parents[nodes_of(trees, i)].tolist())
    }
    assert found == expected


def test_rows_are_those_that_were_asked_for(trees):
    rows = np.array([3, 1])
    dataset = TreeDataset(to_numbers(trees), np.array([7, 8]), rows=rows)
    assert (len(dataset), dataset.epoch_size, dataset.n_targets) == (2, 2, 2)
    assert dataset.lengths.tolist() == [2, 1]
    batch = dataset.gather(torch.tensor([1]))
    assert batch.values.tolist() == [to_numbers(trees).ids[nodes_of(trees, 1)].tolist()]
    assert dataset.gather_target(torch.tensor([1, 0])).tolist() == [8, 7]
    assert dataset.gather_weight(torch.tensor([0])) is None
    assert TreeDataset(to_numbers(trees)).gather_target(torch.tensor([0])) is None
