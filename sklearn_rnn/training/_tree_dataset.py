"""Trees as torch sees them: flat, gathered into a forest a batch at a time."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sklearn_rnn.data import PADDING_ID, Sequences, gather_positions, level_order
from sklearn_rnn.modules import UNLABELLED
from sklearn_rnn.nn import Forest, to_device

__all__ = ["NumberedTrees", "TreeDataset"]


class NumberedTrees(NamedTuple):
    """Trees whose tokens are ids: ``ids`` and ``parents`` (nodes,), ``offsets`` (n + 1,).

    A parent is a place among all nodes, -1 for a root; a node without a token has the id 0.
    """

    ids: np.ndarray
    parents: np.ndarray
    offsets: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """The number of nodes of each tree."""
        return np.diff(self.offsets)


class TreeBatch(NamedTuple):
    """A batch: ids ``(trees, longest)``, padded, lengths ``(trees,)``, and how nodes hang."""

    values: Tensor
    lengths: Tensor
    forest: Forest


class TreeDataset(Dataset):
    """Trees, their targets and weights, of which any rows can be gathered into a batch.

    Parameters
    ----------
    trees : NumberedTrees
    target : ndarray of shape (n,), Sequences of class indices, or None
        The class of each tree, or that of each node; a node without a label has ``UNLABELLED``.
    weight : ndarray of shape (n,), float32, or None
        Weights of a mean of 1.
    rows : ndarray of shape (n,), int, or None
        Which of the trees the dataset holds; target and weight are those of these. None means all.
    device : torch.device or str, default="cpu"

    Attributes
    ----------
    lengths : Tensor of shape (n,), int64
        The number of nodes of each tree.
    """

    equal_lengths = False

    def __init__(
        self,
        trees: NumberedTrees,
        target: np.ndarray | Sequences | None = None,
        weight: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        *,
        device: torch.device | str = "cpu",
    ):
        self.device = torch.device(device)
        rows = np.arange(len(trees.offsets) - 1) if rows is None else rows
        self.target, self.weight = target, weight
        self._ids = trees.ids
        self._starts, self._lengths = trees.offsets[:-1][rows], trees.lengths[rows]
        self.lengths = torch.from_numpy(self._lengths)
        # The nodes of each tree level by level, and where each of them is in its tree.
        order, self._depth, self._n_children = level_order(trees.parents)
        tree_of_node = np.repeat(np.arange(len(trees.offsets) - 1), trees.lengths)
        self._nodes = order[np.argsort(tree_of_node[order], kind="stable")]
        self._place = self._nodes - trees.offsets[:-1][tree_of_node[self._nodes]]

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def epoch_size(self) -> int:
        """How many trees an epoch of training has: all of them."""
        return len(self)

    @property
    def n_targets(self) -> int:
        """How many labels there are."""
        if not isinstance(self.target, Sequences):
            return len(self)
        return int((self.target.values != UNLABELLED).sum())

    def gather(self, rows: Tensor) -> TreeBatch:
        """Gather the trees at ``rows`` (on the CPU) into one batch."""
        rows = rows.numpy()
        starts, lengths = self._starts[rows], self._lengths[rows]
        steps = gather_positions(starts, lengths)
        values = self._padded(self._ids[steps], lengths, PADDING_ID)
        return TreeBatch(values, self._tensor(lengths), self._forest(steps, lengths))

    def gather_target(self, rows: Tensor) -> Tensor | None:
        """Gather the targets of the trees at ``rows``; those of nodes are padded."""
        if self.target is None:
            return None
        rows = rows.numpy()
        if not isinstance(self.target, Sequences):
            return self._tensor(self.target[rows])
        lengths = self._lengths[rows]
        steps = gather_positions(self.target.offsets[:-1][rows], lengths)
        return self._padded(self.target.values[steps], lengths, UNLABELLED)

    def gather_weight(self, rows: Tensor) -> Tensor | None:
        """Gather the weights of the trees at ``rows``: ``(trees,)``."""
        return None if self.weight is None else self._tensor(self.weight[rows.numpy()])

    def _forest(self, steps, lengths):
        """Put the nodes of trees, which stand level by level in each, in levels of all."""
        nodes = self._nodes[steps]
        order = np.argsort(self._depth[nodes], kind="stable")
        nodes, sizes = nodes[order], np.bincount(self._depth[nodes])
        place = self._place[steps] + np.repeat(np.arange(len(lengths)) * lengths.max(), lengths)
        n_children = self._n_children[nodes]
        starts = np.cumsum(sizes) - sizes  # of the levels
        begin = np.cumsum(n_children) - n_children + len(lengths)  # among all nodes
        begin -= np.repeat(np.append(starts[1:], len(nodes)), sizes)
        parent = np.repeat(np.arange(len(nodes)), n_children)
        parent -= np.repeat(starts[:-1], sizes[1:])
        parent = np.concatenate([np.zeros(len(lengths), dtype=np.int64), parent])
        return Forest(
            self._tensor(place[order]),
            tuple(sizes.tolist()),
            *map(self._tensor, (n_children, begin, parent)),
        )

    def _padded(self, flat, lengths, value):
        """Lay what belongs to nodes out as ``(trees, longest)``."""
        padded = np.full((len(lengths), lengths.max()), value, dtype=np.int64)
        padded[np.arange(padded.shape[1]) < lengths[:, None]] = flat
        return self._tensor(padded)

    def _tensor(self, array):
        return to_device(torch.from_numpy(np.ascontiguousarray(array)), self.device)
