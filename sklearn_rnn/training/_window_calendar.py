"""Features of the time of each row of a window."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.nn import to_device

__all__ = ["WindowCalendar"]

# One table of all times is kept if it has at most so many rows, or so many times those of the data.
_TABLE_ROWS = 1 << 20
_TABLE_SHARE = 4


class WindowCalendar:
    """Features of ticks, looked up in one table where they lie close enough together.

    Parameters
    ----------
    calendar : callable ``ticks (n,) -> (n, columns)`` or None
        None means no columns.
    first, last : int
        The range of the ticks, both included.
    n_rows : int
        How many rows the data have.
    device : torch.device

    Attributes
    ----------
    n_columns : int
    """

    def __init__(
        self,
        calendar: Callable[[np.ndarray], np.ndarray] | None,
        *,
        first: int,
        last: int,
        n_rows: int,
        device: torch.device,
    ):
        self._calendar, self._first, self._device, self._table = calendar, first, device, None
        self.n_columns = 0
        if calendar is None:
            return
        is_narrow = last - first < max(_TABLE_ROWS, _TABLE_SHARE * n_rows)
        table = self._features(np.arange(first if is_narrow else last, last + 1))
        self.n_columns = table.shape[1]
        self._table = table if is_narrow else None

    def gather(self, first: Tensor, n: int) -> Tensor:
        """Give ``(batch, n, columns)`` for ``n`` ticks from ``first`` (batch,) on, on the CPU."""
        if not self.n_columns:
            return torch.zeros(len(first), n, 0, dtype=torch.float32, device=self._device)
        start = first - self._first
        # Of series with fewer rows ahead than others, blocks of further steps lie beyond the table.
        if self._table is not None and int(start.max()) + n <= len(self._table):
            start = to_device(start, self._device)
            return self._table.unfold(0, n, 1).index_select(0, start).transpose(1, 2)
        distinct, place = (first[:, None] + torch.arange(n)).unique(return_inverse=True)
        return self._features(distinct.numpy())[to_device(place, self._device)]

    def _features(self, ticks):
        return to_device(torch.from_numpy(self._calendar(ticks).astype(np.float32)), self._device)
