"""Long sequences as pieces, each with some steps before it that are only read."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import Sequences, gather_positions, is_memory_mapped
from sklearn_rnn.nn import Subwords, to_device
from sklearn_rnn.training._dataset import SequenceDataset
from sklearn_rnn.training._scaling import StepScaler

__all__ = ["PieceDataset", "Pieces"]


class Pieces(NamedTuple):
    """Stretches of sequences: what is learned of each, and what is read before that.

    Attributes
    ----------
    rows : ndarray of shape (n,), int64
        Which sequence each piece is of.
    begins, stops : ndarray of shape (n,), int64
        The steps of that sequence which a piece holds, ``stops`` excluded.
    unscored : ndarray of shape (n,), int64
        How many of these are only read, at the beginning.
    """

    rows: np.ndarray
    begins: np.ndarray
    stops: np.ndarray
    unscored: np.ndarray

    @classmethod
    def cut(cls, lengths: np.ndarray, size: int, first=None, last=None) -> "Pieces":
        """Cut sequences into pieces of at most ``size`` scored steps of about equal number.

        Parameters
        ----------
        lengths : ndarray of shape (n,), int64
        size : int
            Half as many steps are read before a piece that is not the beginning of its sequence.
        first, last : ndarray of shape (n,), int64, or None
            The steps of each sequence that are scored, ``last`` excluded; none where both are
            equal. None means all.
        """
        first = np.zeros_like(lengths) if first is None else first
        last = lengths if last is None else last
        counts = -(-(last - first) // size)
        rows = np.repeat(np.arange(len(lengths)), counts)
        place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        span, n = (last - first)[rows], counts[rows]
        scored, stops = (first[rows] + span * (place + shift) // n for shift in (0, 1))
        begins = np.maximum(0, scored - max(1, size // 2))
        return cls(rows, begins, stops, scored - begins)


class PieceBatch(NamedTuple):
    """A padded batch of pieces, as ``Batch``, with what is scored of each and where it stands.

    ``unscored`` is ``(batch,)``, int64; ``fresh`` and ``ends``, ``(batch,)``, bool, say whether
    the sequence begins and ends with the piece.
    """

    values: Tensor
    lengths: Tensor | None
    subwords: Subwords | None
    codes: Tensor | None
    static: Tensor | None
    static_codes: Tensor | None
    unscored: Tensor
    fresh: Tensor
    ends: Tensor


class PieceDataset(SequenceDataset):
    """Pieces of sequences, weighted by how many of their steps are scored.

    Parameters
    ----------
    sequences : Sequences
        Numeric steps ``(steps, features)``. Those in memory are copied, unless all pieces are
        whole sequences; memory-mapped ones are read piece by piece, from where they are.
    pieces : Pieces
    condition : ndarray of shape (n_sequences, n_conditions), float32, or None
        What each sequence is conditioned on.
    scaler : StepScaler
    device : torch.device or str, default="cpu"
    """

    def __init__(
        self,
        sequences: Sequences,
        pieces: Pieces,
        condition: np.ndarray | None,
        *,
        scaler: StepScaler,
        device: torch.device | str = "cpu",
    ):
        scored = (pieces.stops - pieces.begins - pieces.unscored).astype(np.float64)
        mapped = is_memory_mapped(sequences.values)
        rows = pieces.rows
        super().__init__(
            sequences if mapped else _as_sequences(sequences, pieces),
            weight=(scored / scored.mean()).astype(np.float32),
            rows=rows if mapped else None,
            static=condition if mapped or condition is None else condition[rows],
            scaler=scaler,
            device=device,
        )
        if mapped:
            self._narrow(pieces)
        self._unscored = self._on_device(pieces.unscored)
        self._fresh = self._on_device(pieces.begins == 0)
        self._ends = self._on_device(pieces.stops == sequences.lengths[pieces.rows])

    def gather(self, rows: Tensor) -> PieceBatch:
        """Gather the pieces at ``rows`` (on the CPU) into one right-padded batch."""
        batch, rows = super().gather(rows), to_device(rows, self.device)
        where = (part[rows] for part in (self._unscored, self._fresh, self._ends))
        return PieceBatch(*batch, *where)

    def _narrow(self, pieces):
        """Read the pieces of sequences from the file, where each row is a whole sequence so far."""
        self._starts += torch.from_numpy(pieces.begins)
        self.lengths = torch.from_numpy(pieces.stops - pieces.begins)
        self.longest = int(self.lengths.max())
        self.equal_lengths = bool((self.lengths == self.longest).all())


def _as_sequences(sequences, pieces):
    """Give pieces as sequences of their own; whole sequences, all of them, stay as they are."""
    lengths = pieces.stops - pieces.begins
    if np.array_equal(pieces.rows, np.arange(len(sequences))) and np.array_equal(
        lengths, sequences.lengths
    ):
        return Sequences(values=sequences.values, offsets=sequences.offsets)
    positions = gather_positions(sequences.offsets[pieces.rows] + pieces.begins, lengths)
    return Sequences(values=sequences.values[positions], offsets=np.cumsum([0, *lengths]))
