"""Sequences with those that stand before and after them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import Sequences
from sklearn_rnn.nn import Subwords, to_device
from sklearn_rnn.training._dataset import Batch, SequenceDataset

__all__ = ["NeighbourDataset"]


class NeighbourBatch(NamedTuple):
    """A padded batch with its neighbours.

    The first fields are those of ``Batch``. ``neighbours`` are ids ``(batch, 2, time)`` or steps
    ``(batch, 2, time, features)`` of the sequences before and after, right-padded, and
    ``neighbour_lengths`` ``(batch, 2)`` is 0 where there is none.
    """

    values: Tensor
    lengths: Tensor | None
    subwords: Subwords | None
    codes: Tensor | None
    static: Tensor | None
    static_codes: Tensor | None
    neighbours: Tensor
    neighbour_lengths: Tensor


class NeighbourDataset(SequenceDataset):
    """Sequences in order, each with its neighbours.

    Parameters
    ----------
    sequences : Sequences
        All of them.
    neighbours : ndarray of shape (n, 2), int64
        The numbers, among ``sequences``, of those before and after each; -1 where there is none.
    weight : None
        Sequences count alike.
    rows : ndarray of shape (n,), int, or None
        Which of the sequences the dataset holds; ``neighbours`` are those of these.
    **options
        As ``SequenceDataset`` takes them.
    """

    def __init__(
        self,
        sequences: Sequences,
        neighbours: np.ndarray,
        weight: None = None,
        rows: np.ndarray | None = None,
        **options,
    ):
        super().__init__(sequences, None, weight, rows, **options)
        options["tokens"] = None  # only ids are foretold
        self._all = SequenceDataset(sequences, **options)
        self._neighbours = torch.from_numpy(neighbours)

    def gather(self, rows: Tensor) -> NeighbourBatch:
        """Gather the sequences at ``rows`` (on the CPU), and their neighbours."""
        batch: Batch = super().gather(rows)
        numbers = self._neighbours[rows]
        found = self._all.gather(numbers.clamp(min=0).flatten())
        lengths = self._all.lengths[numbers.clamp(min=0)].masked_fill(numbers < 0, 0)
        return NeighbourBatch(
            *batch,
            neighbours=found.values.unflatten(0, numbers.shape),
            neighbour_lengths=to_device(lengths, self.device),
        )
