"""Which windows of a panel there are."""

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import SeriesPanel

__all__ = ["Windows"]


class Windows:
    """Windows by series and cutoff, kept as ranges: a few numbers a series, however long it is.

    The cutoff of a window is the row of its series, counted from 0, at which the future begins.
    Windows are numbered series by series, by rising cutoff.

    Parameters
    ----------
    series, first, count : ndarray of shape (ranges,), int64
        Range ``i`` holds the windows of ``series[i]`` with the cutoffs ``first[i]``,
        ``first[i] + stride``, ..., ``count[i]`` of them.
    stride : int, default=1
        Rows between neighbouring cutoffs.

    See Also
    --------
    Windows.of_panel : All windows of a panel.
    Windows.at : Windows one by one.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from sklearn_rnn.training import Windows
    >>> windows = Windows(series=np.array([0, 2]), first=np.array([5, 1]), count=np.array([2, 1]))
    >>> len(windows)
    3
    >>> windows.locate(torch.tensor([1, 2]))
    (tensor([0, 2]), tensor([6, 1]))
    """

    def __init__(
        self, *, series: np.ndarray, first: np.ndarray, count: np.ndarray, stride: int = 1
    ):
        self.stride = stride
        kept = count > 0
        self._series, self._first, count = (
            torch.from_numpy(np.ascontiguousarray(part[kept], dtype=np.int64))
            for part in (series, first, count)
        )
        self._ends = count.cumsum(0)

    @classmethod
    def of_panel(
        cls,
        panel: SeriesPanel,
        *,
        horizon: int,
        first: int | np.ndarray = 1,
        last: np.ndarray | None = None,
        stride: int = 1,
        partial: bool = False,
    ) -> "Windows":
        """Give all windows whose future lies within the panel.

        Parameters
        ----------
        panel : SeriesPanel
        horizon : int
            Rows of the future.
        first : int or ndarray of shape (n_series,), default=1
            The least cutoff, which is the least number of past rows.
        last : ndarray of shape (n_series,), int, or None, default=None
            The row of each series that no future reaches; None means its length.
        stride : int, default=1
            Rows between cutoffs. The last window of a series is always among them.
        partial : bool, default=False
            Whether the first step of the future suffices.

        Returns
        -------
        Windows
        """
        lengths = np.diff(panel.offsets)
        last = lengths if last is None else np.minimum(last, lengths)
        greatest = last - (1 if partial else horizon)  # the last cutoff
        count = np.maximum(0, (greatest - first) // stride + 1)
        lowest = greatest - (count - 1) * stride
        return cls(series=np.arange(len(lengths)), first=lowest, count=count, stride=stride)

    @classmethod
    def at(cls, series: np.ndarray, cutoffs: np.ndarray) -> "Windows":
        """Give windows one by one, in this order, repeated ones too."""
        series, cutoffs = np.asarray(series), np.asarray(cutoffs)
        return cls(series=series, first=cutoffs, count=np.ones(len(series), dtype=np.int64))

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def locate(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Give the series and the cutoff of the windows of these numbers, on the CPU."""
        if len(self) == len(self._ends):  # one window a range
            return self._series[rows], self._first[rows]
        part = torch.searchsorted(self._ends, rows, right=True)
        before = torch.where(part > 0, self._ends[part - 1], 0)
        return self._series[part], self._first[part] + self.stride * (rows - before)
