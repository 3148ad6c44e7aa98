"""Which sequences go into which batch."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from sklearn_rnn.training._dataset import SequenceDataset
from sklearn_rnn.training._memory import naming_batch
from sklearn_rnn.training._prefetching import load_ahead

__all__ = ["PredictionBatches", "TrainingBatches", "load_batch"]

# A batch holds at most so many padded steps; a longer one is split.
_TRAINING_STEPS = 1 << 17
_PREDICTION_STEPS = 1 << 14
_PREDICTION_ROWS = 1024
# On a CPU a batch of so many steps keeps its states in the cache, and its sequences are of like
# length; one of 16 rows may be larger, since a step of fewer rows is no matrix product to speak of.
_CPU_STEPS = 1 << 12
_CPU_ROWS = 16
# Sequences are sorted by length within pools of so many batches.
_POOL = 64
_LENGTH_NOISE = 0.1
# Rows of a prediction batch: matrix products of a multiple of 8 rows give each row the same bits
# whatever the other rows are.
_ROWS = 8


class TrainingBatches:
    """Shuffled batches of sequences of like length.

    All sequences, or the ``epoch_size`` that an epoch draws of them, are shuffled, sorted by length
    within large pools, cut into batches, and the batches are shuffled. Iterating again gives
    another order, and another draw.

    Parameters
    ----------
    dataset : SequenceDataset
    batch_size : int
        Sequences in a batch.
    generator : torch.Generator
        What the order is drawn from.
    lengths : Tensor of shape (n,), int64, or None, default=None
        How many steps each takes of a batch; None means its length.
    """

    def __init__(
        self,
        dataset: SequenceDataset,
        batch_size: int,
        generator: torch.Generator,
        *,
        lengths: Tensor | None = None,
    ):
        self.dataset = dataset
        self.batch_size = batch_size
        self.generator = generator
        self.lengths = dataset.lengths if lengths is None else lengths
        self.equal_lengths = lengths is None and dataset.equal_lengths

    def __iter__(self) -> Iterator[tuple[dict[str, Tensor | None], Tensor]]:
        loads = (partial(self._load, rows) for rows in self.plan())
        yield from _make(self.dataset, loads)

    def _load(self, rows):
        return load_batch(self.dataset, rows, batch_size=self.batch_size)

    def plan(self) -> list[Tensor]:
        """Draw the rows of each batch of an epoch."""
        rows = _draw(len(self.dataset), self.dataset.epoch_size, self.generator)
        lengths = self.lengths
        if not self.equal_lengths:
            # Noise in the sorting key gives a sequence other batch mates in every epoch.
            noise = 1 + _LENGTH_NOISE * torch.rand(
                len(lengths), dtype=torch.float32, generator=self.generator
            )
            key = lengths * noise
            pools = rows.split(_POOL * self.batch_size)
            rows = torch.cat([pool[key[pool].argsort(stable=True)] for pool in pools])
        batches = [
            part
            for batch in rows.split(self.batch_size)
            for part in batch.split(max(1, _TRAINING_STEPS // int(lengths[batch].max())))
        ]
        order = torch.randperm(len(batches), generator=self.generator).tolist()
        return [batches[i] for i in order]


def _draw(n, size, generator):
    """Give ``size`` of ``n`` rows in a random order: all, or one out of each of as many parts.

    Of rows that belong together, as the windows of a series, that draws evenly.
    """
    if size >= n:
        return torch.randperm(n, generator=generator)
    place = torch.rand(size, dtype=torch.float64, generator=generator)
    rows = ((torch.arange(size) + place) * (n / size)).long().clamp(max=n - 1)
    return rows[torch.randperm(size, generator=generator)]


class PredictionBatches:
    """Batches of falling length, as large as a budget of steps allows.

    Every batch has a multiple of 8 rows: the last row is repeated where one is missing. A sequence
    of which 8 do not fit into the budget is run alone, whatever else there is.

    Parameters
    ----------
    dataset : SequenceDataset

    Attributes
    ----------
    order : Tensor of shape (n,), int64
        The rows of the dataset in the order of the batches.
    """

    def __init__(self, dataset: SequenceDataset):
        self.dataset = dataset
        if dataset.equal_lengths:
            self.order = torch.arange(len(dataset))
        else:
            self.order = dataset.lengths.argsort(descending=True, stable=True)

    def __iter__(self) -> Iterator[tuple[dict[str, Tensor | None], Tensor | None]]:
        loads = (partial(load_batch, self.dataset, rows, spare) for rows, spare in self._plan())
        yield from _make(self.dataset, loads)

    def _plan(self):
        """Give the rows of each batch, and how many of them are spare."""
        start = 0
        while start < len(self.order):
            longest = int(self.dataset.lengths[self.order[start]])
            size = min(_PREDICTION_STEPS // longest, _PREDICTION_ROWS) // _ROWS * _ROWS
            if self.dataset.device.type == "cpu":
                fitting = _CPU_STEPS // longest // _ROWS * _ROWS
                size = min(size, max(fitting, _CPU_ROWS))
            rows = self.order[start : start + max(size, 1)]
            start += len(rows)
            yield rows, -len(rows) % _ROWS if size else 0

    def restore(self, outputs: Tensor) -> Tensor:
        """Put rows that came in the order of the batches back into that of the dataset."""
        ordered = torch.empty_like(outputs)
        ordered[self.order] = outputs
        return ordered


def _make(dataset, loads):
    """Load batches one after the other, or, where that pays, each while the last is in use."""
    if getattr(dataset, "loads_ahead", False):
        yield from load_ahead(loads, dataset.device)
    else:
        for load in loads:
            yield load()


def load_batch(dataset, rows, spare=0, *, batch_size=None):
    """Gather a batch as skorch takes it: a dict of inputs, and the target.

    ``n_rows`` is the number of rows without the spare ones; ``batch_size`` is that of training.
    """
    gathered = torch.cat([rows, rows[-1:].expand(spare)]) if spare else rows
    longest = int(dataset.lengths[rows].max())
    with naming_batch(len(gathered), longest, dataset.device, batch_size=batch_size):
        batch = dataset.gather(gathered)
        inputs = {
            **batch._asdict(),
            "weight": dataset.gather_weight(rows),
            "n_rows": len(rows),
        }
        return inputs, dataset.gather_target(rows)
