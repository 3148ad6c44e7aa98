"""The columns beside the target, cut as its windows are."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.nn import to_device
from sklearn_rnn.training._runs import cut_runs
from sklearn_rnn.training._window_calendar import WindowCalendar
from sklearn_rnn.training._window_scalers import WindowScalers

__all__ = ["WindowCovariates"]


class WindowCovariates:
    """Known, past and static columns of the windows of a panel, and their calendar.

    Past columns are read up to the cutoff, known ones up to the horizon. What lies outside a series
    is 0, of numbers and of codes, but for the calendar, which is that of its time. Missing numbers
    are 0, their mean.

    Parameters
    ----------
    panel : SeriesPanel
    scalers : WindowScalers
    calendar : callable or None
    series_codes : ndarray of shape (n_series, columns), int, or None
    window, horizon : int
    device : torch.device

    Attributes
    ----------
    n_known, n_calendar, n_past, n_static : int
    """

    def __init__(
        self,
        panel: SeriesPanel,
        scalers: WindowScalers,
        *,
        calendar: Callable[[np.ndarray], np.ndarray] | None,
        series_codes: np.ndarray | None,
        window: int,
        horizon: int,
        device: torch.device,
    ):
        self._device, self._n_targets = device, panel.n_targets
        self._window, self._horizon = window, horizon
        self._starts, self._offsets = map(torch.from_numpy, (panel.starts, panel.group_offsets))
        lengths = np.diff(panel.group_offsets)
        self._calendar = WindowCalendar(
            calendar,
            first=int(panel.starts.min()) - window,
            last=int((panel.starts + lengths).max()) + horizon,
            n_rows=len(panel.present),
            device=device,
        )
        self._known, self._past = (self._on_device(part) for part in (panel.known, panel.past))
        self._known_scaler, self._past_scaler = (
            scaler and [self._on_device(part) for part in scaler]
            for scaler in (scalers.known, scalers.past)
        )
        self._masked = list(scalers.masked_past)
        self._known_codes, self._past_codes = (
            self._on_device(codes) if codes.shape[1] else None
            for codes in (panel.known_codes, panel.past_codes)
        )
        self._static = _static_numbers(panel, scalers, device)
        self._static_codes = _static_codes(panel, series_codes, device)
        self.n_known, self.n_calendar = panel.known.shape[1], self._calendar.n_columns
        self.n_past = panel.past.shape[1] + len(self._masked)
        self.n_static = 0 if self._static is None else self._static.shape[1]

    def gather(self, series: Tensor, cutoffs: Tensor) -> dict[str, Tensor | None]:
        """Give the columns of windows of these series and cutoffs, on the CPU."""
        groups = series // self._n_targets
        begin, end = self._offsets[groups], self._offsets[groups + 1]
        first, whole = begin + cutoffs - self._window, self._window + self._horizon
        to_cutoff, to_horizon = (first, self._window, begin, end), (first, whole, begin, end)
        ticks = self._starts[groups] + cutoffs - self._window
        series, groups = (to_device(part, self._device) for part in (series, groups))
        return {
            "calendar": self._calendar.gather(ticks, whole),
            "known": _numbers(self._known, self._known_scaler, [], to_horizon),
            "past": _numbers(self._past, self._past_scaler, self._masked, to_cutoff),
            "known_codes": _codes(self._known_codes, to_horizon),
            "past_codes": _codes(self._past_codes, to_cutoff),
            "static": None if self._static is None else self._static[groups],
            "static_codes": None if self._static_codes is None else self._static_codes[series],
        }

    def _on_device(self, array):
        return torch.from_numpy(array).to(self._device)


def _numbers(columns, scaler, masked, run):
    """Cut and standardise numbers, and flag those missing of some columns."""
    if not columns.shape[1]:
        return None
    steps, real = cut_runs(columns, *run)  # (batch, steps, columns)
    there = ~steps.isnan() if real is None else real[..., None] & ~steps.isnan()
    if scaler is not None:
        steps = (steps - scaler[0]) / scaler[1]
    steps = torch.where(there, steps, 0).float()
    if not masked:
        return steps
    return torch.cat([steps, (~there[..., masked]).float()], dim=2)


def _codes(columns, run):
    """Cut codes and give the ids of embeddings: 0 outside a series, 1 unknown, then categories."""
    if columns is None:
        return None
    codes, real = cut_runs(columns, *run)
    return codes + 1 if real is None else torch.where(real[..., None], codes + 1, 0)


def _static_numbers(panel, scalers, device):
    """Give ``(n_groups, columns)``, standardised, or None where there are no such columns."""
    if not panel.static.shape[1]:
        return None
    static = panel.static if scalers.static is None else scalers.static.transform(panel.static)
    return torch.from_numpy(np.nan_to_num(static).astype(np.float32)).to(device)


def _static_codes(panel, series_codes, device):
    """Give the ids of embeddings of each series, ``(n_series, columns)``, or None."""
    codes = np.repeat(panel.static_codes, panel.n_targets, axis=0)
    if series_codes is not None:
        codes = np.hstack([codes, series_codes.reshape(len(codes), -1)])
    if not codes.shape[1]:
        return None
    return torch.from_numpy(codes.astype(np.int64) + 1).to(device)
