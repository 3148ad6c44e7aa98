"""Pairs of sequences as torch sees them: sources, and the targets that they are turned into."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import Sequences, gather_positions
from sklearn_rnn.modules import END_ID
from sklearn_rnn.nn import to_device
from sklearn_rnn.training._batches import TrainingBatches
from sklearn_rnn.training._dataset import SequenceDataset
from sklearn_rnn.training._memory import naming_batch
from sklearn_rnn.training._scaling import StepScaler

__all__ = ["PairBatches", "PairDataset"]


class PairDataset(SequenceDataset):
    """Sources and targets.

    Parameters
    ----------
    sources : Sequences
        Ids, or numeric steps.
    targets : Sequences
        Ids, from 1; as many as sources.
    scaler : StepScaler or None, default=None
        What numeric steps are standardised with.
    device : torch.device or str, default="cpu"

    Attributes
    ----------
    target_lengths : Tensor of shape (n,), int64
        The end of each target is counted.
    """

    def __init__(
        self,
        sources: Sequences,
        targets: Sequences,
        *,
        scaler: StepScaler | None = None,
        device: torch.device | str = "cpu",
    ):
        super().__init__(sources, targets, scaler=scaler, device=device)
        self._ends = to_device(torch.from_numpy(targets.offsets[1:].copy()), self.device)
        self.target_lengths = torch.from_numpy(targets.lengths + 1)
        if not len(self._target_steps):  # what was predicted may be nothing at all
            self._target_steps = torch.full((1,), END_ID, device=self.device)

    @property
    def pair_lengths(self) -> Tensor:
        """How many steps a pair takes, on both sides: those of a batch are alike."""
        return self.lengths + self.target_lengths

    @property
    def epoch_size(self) -> int:
        """How many tokens an epoch foretells."""
        return self.n_targets

    @property
    def n_targets(self) -> int:
        """How many tokens there are to foretell, ends among them."""
        return int(self.target_lengths.sum())

    def gather_target(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Gather targets with their ends ``(batch, time)``, and their lengths ``(batch,)``."""
        lengths = self.target_lengths[rows]
        step = torch.arange(int(lengths.max()), device=self.device)
        here = to_device(lengths, self.device)
        real = step < here[:, None] - 1
        first = self._ends[to_device(rows, self.device)] - here + 1
        index = torch.where(real, first[:, None] + step, 0)
        ids = self._target_steps[index].to(torch.int64)
        return ids.masked_fill_(~real, END_ID), here


class PairBatches:
    """Batches of pairs of like length; shuffled, if there is a generator.

    Parameters
    ----------
    dataset : PairDataset
    batch_size : int
        Pairs in a batch.
    generator : torch.Generator or None, default=None
        What the order is drawn from; None means validation, where pairs go by length.
    """

    def __init__(
        self, dataset: PairDataset, batch_size: int, generator: torch.Generator | None = None
    ):
        self.dataset = dataset
        self.batch_size = batch_size
        self._plan = self._by_length
        if generator is not None:
            self._plan = TrainingBatches(
                dataset, batch_size, generator, lengths=dataset.pair_lengths
            ).plan

    def __iter__(self) -> Iterator[tuple[dict[str, Tensor | int | None], None]]:
        for rows in self._plan():
            yield self._load(rows)

    def _by_length(self):
        return self.dataset.pair_lengths.argsort(stable=True).split(self.batch_size)

    def _load(self, rows):
        """Give a batch as skorch takes it; its size is that in tokens of targets."""
        dataset = self.dataset
        longest = int(dataset.pair_lengths[rows].max())
        with naming_batch(len(rows), longest, dataset.device, batch_size=self.batch_size):
            sources = dataset.gather(rows)
            teacher, lengths = dataset.gather_target(rows)
            n_each = dataset.target_lengths[rows].numpy()
            told = gather_positions(np.arange(len(rows)) * teacher.shape[1], n_each)
        return {
            "values": sources.values,
            "lengths": sources.lengths,
            "teacher": teacher,
            "target_lengths": lengths,
            "told": to_device(torch.from_numpy(told), dataset.device),
            "weight": None,
            "n_rows": len(told),
        }, None
