"""Sequences as torch sees them: flat, gathered a batch at a time."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sklearn_rnn.data import CharacterTable, Sequences, SubwordTable, is_memory_mapped
from sklearn_rnn.nn import Subwords, lengths_to_mask, to_device
from sklearn_rnn.training._devices import fits_on_device, send
from sklearn_rnn.training._missing import MissingSteps
from sklearn_rnn.training._scaling import StepScaler

__all__ = ["SequenceDataset", "TokenTables"]


class TokenTables(NamedTuple):
    """What the distinct tokens are made of: one entry a category of the first column of codes.

    ``bags`` are n-grams or features, ``characters`` the ids of characters, ``shapes`` (tokens,)
    how each token is written; each None where the network does not read it.
    """

    bags: SubwordTable | None = None
    characters: CharacterTable | None = None
    shapes: np.ndarray | None = None


class Batch(NamedTuple):
    """A padded batch: ``values`` (batch, time[, features]), ``lengths`` (batch,) or None.

    ``subwords`` are what its tokens are made of, ``codes`` (batch, time, columns) the ids
    of its categories, ``static`` (batch, columns) and ``static_codes`` (batch, columns) what
    belongs to whole sequences, each where the network reads them.
    """

    values: Tensor
    lengths: Tensor | None
    subwords: Subwords | None = None
    codes: Tensor | None = None
    static: Tensor | None = None
    static_codes: Tensor | None = None


class SequenceDataset(Dataset):
    """Sequences, their targets and weights, of which any rows can be gathered into a batch.

    Parameters
    ----------
    sequences : Sequences
        Ids, or numeric steps ``(steps, features)``, with ids in the place of categorical codes.
    target : ndarray of shape (n,) or (n, targets), Sequences of class indices, or None
        Class indices or numbers; ``Sequences`` hold one for each step.
    weight : ndarray of shape (n,) or (n, targets), or None
        Weights of a mean of 1.
    rows : ndarray of shape (n,), int, or None
        Which of the sequences the dataset holds; target and weight are those of these rows. None
        means all of them.
    scaler : StepScaler or None
        What numeric steps are standardised with; None leaves them as they are.
    missing : MissingSteps or None
        How gaps in numeric steps are filled in; None means that there are none.
    tokens : TokenTables or None
        What the categories of the first column of ``sequences.codes`` are made of, which are its
        tokens then.
    static : ndarray of shape (n_sequences, columns), float32, or None
        The static columns of all ``sequences``, standardised.
    device : torch.device or str, default="cpu"
        Where batches go. Steps in memory are moved there once, if they take no more than half of
        what is free there; others, and memory-mapped ones, stay where they are, and only the batch
        moves.

    Attributes
    ----------
    loads_ahead : bool
        Whether batches should be gathered and copied while the one before is computed with.
    """

    def __init__(
        self,
        sequences: Sequences,
        target: np.ndarray | Sequences | None = None,
        weight: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        *,
        scaler: StepScaler | None = None,
        missing: MissingSteps | None = None,
        tokens: TokenTables | None = None,
        static: np.ndarray | None = None,
        device: torch.device | str = "cpu",
    ):
        self.device = torch.device(device)
        # An event log may have categories alone.
        mapped = is_memory_mapped(sequences.values) or is_memory_mapped(sequences.codes)
        static = static if rows is None or static is None else static[rows]
        if rows is not None and not mapped:
            sequences, rows = sequences[rows], None  # what is not needed does not go to the device
        rows = slice(None) if rows is None else rows
        self._stays = mapped or not fits_on_device(_size(sequences, missing), self.device)
        self.loads_ahead = self._stays and self.device.type == "cuda"
        self.lengths = torch.from_numpy(sequences.lengths[rows])
        self._starts = torch.from_numpy(sequences.offsets[:-1][rows].copy())
        self.target, self._target_starts = target, None
        if isinstance(target, Sequences):
            self._target_starts = to_device(torch.from_numpy(target.offsets[:-1]), self.device)
            self._target_steps = self._on_device(target.values)
        else:
            self.target = self._on_device(target)
        self.weight = self._on_device(weight)
        self.longest = int(self.lengths.max())
        self.equal_lengths = bool((self.lengths == self.longest).all())
        self._scaler, self._missing = scaler, missing
        self._static = self._on_device(static)
        static_codes = sequences.static_codes
        self._static_codes = self._on_device(None if static_codes is None else static_codes[rows])
        self._values, self._times = sequences.values, sequences.times
        of_tokens = tokens is not None or sequences.vocabulary is not None
        self._columns = None if of_tokens else sequences.codes
        self._tokens = None
        if tokens is not None:
            self._tokens = sequences.codes[:, 0]
            # Which tokens a batch has is found out on the CPU: a size that depends on the data
            # would have to be waited for.
            self._bags, self._characters = (
                part and (self._on_device(part[0]), torch.from_numpy(part[1]))
                for part in tokens[:2]
            )
            self._shapes = self._on_device(tokens.shapes)
        self._last_rows = (None, None)
        if not self._stays:
            self._starts_there = to_device(self._starts, self.device)
            self._lengths_there = to_device(self.lengths, self.device)
            prepared = self._prepare(sequences.values, sequences.lengths, sequences.times)
            self._values = self._on_device(prepared)
            self._columns = self._on_device(self._columns)
            self._tokens = _as_ids(self._tokens)

    def __len__(self) -> int:
        return len(self.lengths)

    def gather(self, rows: Tensor) -> Batch:
        """Gather the sequences at ``rows`` (on the CPU) into one right-padded batch."""
        if self._stays:
            return self._gather_from_host(rows)
        there, of_rows = self._there(rows), self.lengths[rows]
        longest = int(of_rows.max())
        if self.equal_lengths:
            lengths = None
            values, columns = (
                _rows_of(steps, there, self.longest) for steps in (self._values, self._columns)
            )
            tokens = _rows_of(self._tokens, rows, self.longest)
        elif self._target_starts is None and int(of_rows.min()) == longest:
            # Short sequences often agree in length. (A loss of steps is summed in another order
            # where lengths are known, which would give another last bit from batch to batch.)
            lengths = None
            index = self._starts_there[there, None] + torch.arange(longest, device=self.device)
            values, columns = (_taken(steps, index) for steps in (self._values, self._columns))
            tokens = _taken(self._tokens, self._starts[rows, None] + torch.arange(longest))
        else:
            lengths = self._lengths_there[there]
            if self._tokens is None:
                tokens = None
                index, real = _gather_index(self._starts_there[there], lengths, longest)
            else:
                index, real = _gather_index(self._starts[rows], of_rows, longest)
                tokens = _padded(self._tokens, index, real)
                index, real = (to_device(part, self.device) for part in (index, real))
            values, columns = (
                _padded(steps, index, real) for steps in (self._values, self._columns)
            )
        return self._batch(there, values, lengths, columns, tokens)

    def gather_target(self, rows: Tensor) -> Tensor | None:
        """Gather the targets of the sequences at ``rows``; those of steps are padded with 0."""
        there = self._there(rows)
        if self._target_starts is None:
            return None if self.target is None else self.target[there]
        lengths = self.lengths[rows]
        index, real = _gather_index(
            self._target_starts[there], to_device(lengths, self.device), int(lengths.max())
        )
        return _padded(self._target_steps, index, real)

    def gather_weight(self, rows: Tensor) -> Tensor | None:
        """Gather the weights of the sequences at ``rows``, ``(batch,)`` or ``(batch, targets)``."""
        return None if self.weight is None else self.weight[self._there(rows)]

    @property
    def epoch_size(self) -> int:
        """How many sequences an epoch of training has: all of them."""
        return len(self)

    @property
    def n_targets(self) -> int:
        """How many targets there are: one a sequence, or one a step."""
        return len(self) if self._target_starts is None else int(self.lengths.sum())

    def _there(self, rows):
        """Give the rows on the device; the same ones are asked for several times in turn."""
        if self._last_rows[0] is not rows:
            self._last_rows = rows, to_device(rows, self.device)
        return self._last_rows[1]

    def _batch(self, rows, values, lengths, columns, tokens):
        static, static_codes = (
            None if part is None else part[rows] for part in (self._static, self._static_codes)
        )
        found = self._read_tokens(tokens, lengths)
        return Batch(values, lengths, found, columns, static, static_codes)

    def _read_tokens(self, codes, lengths):
        """Look up what the distinct tokens of a batch are made of.

        ``codes`` (batch, time) are on the CPU, ``lengths`` and all that is given on the device.
        """
        if codes is None:
            return None
        distinct, token_of_step = codes.unique(return_inverse=True)
        buckets = starts = characters = shapes = real = None
        if self._bags is not None:
            bags, offsets = self._bags
            positions, starts = _bag_positions(offsets, distinct)
            buckets, starts = (
                bags[to_device(positions, self.device)],
                to_device(starts, self.device),
            )
        if self._characters is not None:
            ids, offsets = self._characters
            sizes = offsets[distinct + 1] - offsets[distinct]
            places = _gather_index(offsets[distinct], sizes, int(sizes.max()))
            characters = _padded(ids, *(to_device(part, self.device) for part in places))
        if self._shapes is not None:
            shapes = self._shapes[to_device(distinct, self.device)]
        if lengths is not None:
            real = lengths_to_mask(lengths, codes.shape[1])
        step = to_device(token_of_step, self.device)
        return Subwords(buckets, starts, step, characters, shapes, real)

    def _gather_from_host(self, rows):
        """Read the steps of the batch, laid end to end, send them to the device, and pad them."""
        lengths = self.lengths[rows]
        ends = lengths.cumsum(0)
        shift = torch.repeat_interleave(self._starts[rows] - (ends - lengths), lengths)
        steps = (torch.arange(len(shift)) + shift).numpy()

        def read(column):
            return None if column is None else np.take(column, steps, axis=0)

        flat = self._prepare(read(self._values), lengths.numpy(), read(self._times))
        place = ends - lengths, lengths
        longest = int(lengths.max())
        there = tuple(to_device(part, self.device) for part in place)
        index, real = _gather_index(*there, longest)
        values, columns = (
            _padded(self._send(part), index, real) for part in (flat, read(self._columns))
        )
        tokens = _as_ids(read(self._tokens))
        if tokens is not None:
            tokens = _padded(tokens, *_gather_index(*place, longest))
        # A loss of steps is summed in another order where lengths are known: as in memory, then.
        equal = bool((lengths == lengths[0]).all())
        equal = self.equal_lengths if self._target_starts is not None else equal
        return self._batch(self._there(rows), values, None if equal else there[1], columns, tokens)

    def _send(self, array):
        """Copy a part of a batch to the device, through memory from which it reads by itself."""
        return None if array is None else send(torch.from_numpy(array), self.device)

    def _on_device(self, array):
        return None if array is None else to_device(torch.from_numpy(array), self.device)

    def _prepare(self, values, lengths, times):
        """Give numbers as float32, standardised; give ids as torch can look them up."""
        if self._scaler is not None:
            scaled = self._scaler.transform(values)
            return scaled if self._missing is None else self._missing.fill(scaled, lengths, times)
        if values.dtype.kind == "f":
            return values.astype(np.float32)
        if values.dtype in (np.int32, np.int64) and values.flags.carray:
            return values
        return values.astype(np.int64)


def _size(sequences, missing):
    """Give how many bytes the steps take on the device."""
    values, codes = sequences.values, sequences.codes
    n_marks = 0 if missing is None else 2 * len(missing.columns)
    item = 4 if values.dtype.kind == "f" else 8
    n_codes = 0 if codes is None else codes.size
    return item * (values.size + n_marks * len(values)) + 8 * n_codes


def _as_ids(ids):
    """Give ids, on the CPU, as torch can look them up."""
    return None if ids is None else torch.from_numpy(ids.astype(np.int64))


def _bag_positions(offsets, bags):
    """Give the flat positions of the members of some bags, and where each bag begins."""
    sizes = offsets[bags + 1] - offsets[bags]
    ends = sizes.cumsum(0)
    shift = torch.repeat_interleave(offsets[bags] - (ends - sizes), sizes)
    return torch.arange(len(shift), device=shift.device) + shift, ends - sizes


def _gather_index(starts, lengths, time):
    """Give the flat position of each step ``(batch, time)`` and which of them are real."""
    step = torch.arange(time, device=starts.device)
    real = step < lengths[:, None]
    return torch.where(real, starts[:, None] + step, 0), real


def _rows_of(steps, rows, time):
    """Give the sequences at ``rows`` of flat steps, all ``time`` steps long."""
    if steps is None:
        return None
    return steps.view(len(steps) // time, time, *steps.shape[1:]).index_select(0, rows)


def _taken(steps, index):
    """Give the flat steps at ``index`` ``(batch, time)``, in its shape."""
    if steps is None:
        return None
    return steps.index_select(0, index.view(-1)).view(*index.shape, *steps.shape[1:])


def _padded(steps, index, real):
    """Lay flat steps out as a batch, with zeros for padding: no token, or the mean of numbers."""
    if steps is None:
        return None
    return _taken(steps, index).masked_fill_(~real if steps.ndim == 1 else ~real[..., None], 0)
