"""Running text as torch sees it: cut into parallel streams, read stretch by stretch."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sklearn_rnn.data import UNKNOWN_ID, Sequences, gather_positions
from sklearn_rnn.modules import END_ID
from sklearn_rnn.nn import to_device

__all__ = ["StreamBatches", "StreamDataset"]

# Streams have at least so many tokens; of less text there are fewer streams.
_SHORTEST = 16
# How often a token that occurs once is taken for an unknown one.
_UNKNOWN_RATE = 0.5


class StreamDataset(Dataset):
    """Texts, which training joins to streams by an end-of-text token.

    Parameters
    ----------
    texts : Sequences
        Ids, from 1.
    bptt : int
        How many tokens are read at a time; gradients go back no further.
    rare : ndarray of shape (n_tokens,), bool, or None, default=None
        Tokens that training takes for unknown ones now and then, which is how the network learns
        what to make of these, and how often they come.
    device : torch.device or str, default="cpu"

    Attributes
    ----------
    epoch_size, n_targets : int
        How many tokens are foretold, ends of texts among them.
    """

    def __init__(
        self,
        texts: Sequences,
        *,
        bptt: int,
        rare: np.ndarray | None = None,
        device: torch.device | str = "cpu",
    ):
        self.bptt = bptt
        self.device = torch.device(device)
        self.lengths = texts.lengths
        self._starts = texts.offsets[:-1]
        self._ids = torch.from_numpy(texts.values.astype(np.int64)).to(self.device)
        self._rare = None
        if rare is not None and rare.any():
            self._rare = torch.from_numpy(rare).to(self.device)
        self.epoch_size = self.n_targets = len(self._ids) + len(self.lengths)

    def __len__(self) -> int:
        return self.n_targets

    def join(self, generator: torch.Generator | None) -> Tensor:
        """Lay the texts end to end, an end-of-text token before and after each.

        ``generator`` is what their order is drawn from, and which rare tokens are unknown; None
        leaves the texts as they are.
        """
        order = np.arange(len(self.lengths))
        if generator is not None and len(order) > 1:
            order = torch.randperm(len(order), generator=generator).numpy()
        lengths, ids = self.lengths[order], self._ids
        if len(order) > 1:
            positions = gather_positions(self._starts[order], lengths)
            ids = ids[to_device(torch.from_numpy(positions), self.device)]
        joined = torch.full((self.n_targets + 1,), END_ID, device=self.device)
        starts = np.cumsum(lengths + 1) - lengths  # the token before the first one ends a text
        positions = to_device(torch.from_numpy(gather_positions(starts, lengths)), self.device)
        joined[positions] = ids
        if generator is not None and self._rare is not None:
            rare = torch.nonzero(self._rare[joined]).squeeze(1)
            chance = torch.rand(len(rare), dtype=torch.float32, generator=generator)
            joined[rare[(chance < _UNKNOWN_RATE).to(self.device)]] = UNKNOWN_ID
        return joined


class StreamBatches:
    """The stretches of parallel streams, one after the other.

    The joined text is cut into streams of equal length; a few tokens at its very end may be left
    over. Training cuts its first stretch at another place in every epoch. A stream begins anew, in
    a state of zeros, where the text was cut, and where a text begins right at a stretch: so the
    network knows the beginning of a text that it is given alone.

    Parameters
    ----------
    dataset : StreamDataset
    n_streams : int
        How many streams at most.
    generator : torch.Generator or None
        What all that is random is drawn from; None means validation, where nothing is.
    """

    def __init__(
        self, dataset: StreamDataset, n_streams: int, generator: torch.Generator | None = None
    ):
        self.dataset = dataset
        self.n_streams = max(1, min(n_streams, dataset.n_targets // _SHORTEST))
        self.generator = generator

    def __iter__(self) -> Iterator[tuple[dict[str, Tensor | int | None], None]]:
        text = self.dataset.join(self.generator)
        n, length = self.n_streams, self.dataset.n_targets // self.n_streams
        values, following = (text[shift:][: n * length].view(n, length) for shift in (0, 1))
        start = 0
        while start < length:
            stop = min(start + self._stretch(start), length)
            part = values[:, start:stop]
            fresh = part[:, 0] == END_ID if start else None  # at the beginning, all of them
            yield self._batch(part, following[:, start:stop], fresh)
            start = stop

    def _stretch(self, start):
        if start or self.generator is None:
            return self.dataset.bptt
        return int(torch.randint(1, self.dataset.bptt + 1, (), generator=self.generator))

    @staticmethod
    def _batch(values, following, fresh):
        """Give a batch as skorch takes it; its size is that in tokens."""
        return {
            "values": values,
            "lengths": None,
            "fresh": fresh,
            "teacher": following,
            "weight": None,
            "n_rows": values.numel(),
        }, None
