"""Sequences as torch sees them: flat, gathered a batch at a time."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sklearn_rnn.data import Sequences, SubwordTable
from sklearn_rnn.nn import Subwords
from sklearn_rnn.training._scaling import StepScaler

__all__ = ["SequenceDataset"]


class Batch(NamedTuple):
    """A padded batch: ``values`` (batch, time[, features]), ``lengths`` (batch,) or None.

    ``subwords`` are the character n-grams of its tokens, where the network reads them.
    """

    values: Tensor
    lengths: Tensor | None
    subwords: Subwords | None = None


class SequenceDataset(Dataset):
    """Sequences, their targets and weights, of which any rows can be gathered into a batch.

    Parameters
    ----------
    sequences : Sequences
        Ids, or numeric steps ``(steps, features)``.
    target : ndarray of shape (n,) or (n, targets), or None
        Class indices or numbers.
    weight : ndarray of shape (n,) or None
        Weights of a mean of 1.
    rows : ndarray of shape (n,), int, or None
        Which of the sequences the dataset holds; target and weight are those of these rows. None
        means all of them.
    scaler : StepScaler or None
        What numeric steps are standardised with; None leaves them as they are.
    subwords : SubwordTable or None
        The character n-grams of the categories of the first column of ``sequences.codes``.
    device : torch.device or str, default="cpu"
        Where batches go. Steps in memory are moved there once; memory-mapped steps stay where
        they are, and only the batch moves.
    """

    def __init__(
        self,
        sequences: Sequences,
        target: np.ndarray | None = None,
        weight: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        *,
        scaler: StepScaler | None = None,
        subwords: SubwordTable | None = None,
        device: torch.device | str = "cpu",
    ):
        self.device = torch.device(device)
        self._mapped = _is_memory_mapped(sequences.values)
        if rows is not None and not self._mapped:
            sequences, rows = sequences[rows], None  # what is not needed does not go to the device
        rows = slice(None) if rows is None else rows
        self.lengths = torch.from_numpy(sequences.lengths[rows])
        self._starts = torch.from_numpy(sequences.offsets[:-1][rows].copy())
        self.target = None if target is None else torch.from_numpy(target).to(self.device)
        self.weight = None if weight is None else torch.from_numpy(weight).to(self.device)
        self.longest = int(self.lengths.max())
        self.equal_lengths = bool((self.lengths == self.longest).all())
        self._scaler = scaler
        self._values = sequences.values if self._mapped else self._to_device(sequences.values)
        if not self._mapped:
            self._starts = self._starts.to(self.device)
            self.lengths_on_device = self.lengths.to(self.device)
        self._codes = self._table = None
        if subwords is not None:
            codes = sequences.codes[:, 0]
            self._codes = codes if self._mapped else self._ids_to_device(codes)
            self._table = [torch.from_numpy(part).to(self.device) for part in subwords]

    def __len__(self) -> int:
        return len(self.lengths)

    def gather(self, rows: Tensor) -> Batch:
        """Gather the sequences at ``rows`` (on the CPU) into one right-padded batch."""
        if self._mapped:
            return self._gather_mapped(rows)
        rows_here = rows.to(self.device)
        if self.equal_lengths:
            steps = self._values.view(len(self), self.longest, *self._values.shape[1:])
            codes = None if self._codes is None else self._codes.view(len(self), -1)[rows_here]
            return Batch(steps.index_select(0, rows_here), None, self._subwords(codes))
        time = int(self.lengths[rows].max())
        lengths = self.lengths_on_device[rows_here]
        index, real = _gather_index(self._starts[rows_here], lengths, time)
        flat = self._values.index_select(0, index.view(-1))
        values = flat.view(*index.shape, *self._values.shape[1:])
        codes = None if self._codes is None else self._codes[index]
        return Batch(_blank(values, real), lengths, self._subwords(codes))

    def _subwords(self, codes):
        """Look the n-grams of the distinct tokens of a batch up, given codes (batch, time)."""
        if codes is None:
            return None
        buckets, offsets = self._table
        distinct, bag_of_step = codes.unique(return_inverse=True)
        sizes = offsets[distinct + 1] - offsets[distinct]
        ends = sizes.cumsum(0)
        shift = torch.repeat_interleave(offsets[distinct] - (ends - sizes), sizes)
        positions = torch.arange(len(shift), device=shift.device) + shift
        return Subwords(buckets[positions], ends - sizes, bag_of_step)

    def _gather_mapped(self, rows):
        lengths = self.lengths[rows]
        index, real = _gather_index(self._starts[rows], lengths, int(lengths.max()))
        values = torch.from_numpy(self._prepare(np.take(self._values, index.numpy(), axis=0)))
        equal = bool((lengths == lengths[0]).all())
        codes = None
        if self._codes is not None:
            codes = self._ids_to_device(np.take(self._codes, index.numpy()))
        return Batch(
            _blank(values, real).to(self.device),
            None if equal else lengths.to(self.device),
            self._subwords(codes),
        )

    def _to_device(self, values):
        return torch.from_numpy(self._prepare(values)).to(self.device)

    def _ids_to_device(self, ids):
        return torch.from_numpy(ids.astype(np.int64)).to(self.device)

    def _prepare(self, values):
        """Give numbers as float32, standardised; give ids as torch can look them up."""
        if self._scaler is not None:
            return self._scaler.transform(values)
        if values.dtype.kind == "f":
            return values.astype(np.float32)
        if values.dtype in (np.int32, np.int64) and values.flags.carray:
            return values
        return values.astype(np.int64)


def _is_memory_mapped(values):
    while values is not None:
        if isinstance(values, np.memmap):
            return True
        values = getattr(values, "base", None)
    return False


def _gather_index(starts, lengths, time):
    """Give the flat position of each step ``(batch, time)`` and which of them are real."""
    step = torch.arange(time, device=starts.device)
    real = step < lengths[:, None]
    return torch.where(real, starts[:, None] + step, 0), real


def _blank(values, real):
    """Fill padding with zeros: the padding id, or the mean of standardised numbers."""
    mask = ~real if values.ndim == 2 else ~real[..., None]
    return values.masked_fill_(mask, 0)
