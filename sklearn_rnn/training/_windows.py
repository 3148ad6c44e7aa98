"""Windows of a panel as torch sees them: cut from the flat series, a batch at a time."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.nn import (
    WindowMeasures,
    WindowWidths,
    measure_windows,
    to_device,
    window_statistics,
)
from sklearn_rnn.training._runs import cut_runs
from sklearn_rnn.training._window_covariates import WindowCovariates
from sklearn_rnn.training._window_index import Windows
from sklearn_rnn.training._window_scalers import WindowScalers
from sklearn_rnn.training._window_widths import learn_widths

__all__ = ["WindowDataset", "WindowStatistics"]

# Windows that are measured in one go, where all are.
_CHUNK = 1024
# A window counts at most so many times what one of its series' own scale does.
_LARGEST_WEIGHT = 20.0


class WindowBatch(NamedTuple):
    """A batch of windows, float32 but for codes (int32) and ``observed`` (bool).

    ``values`` and ``observed`` are ``(batch, window)``, ``calendar`` and ``known`` ``(batch, window
    + horizon, columns)``, ``past`` ``(batch, window, columns)``, ``scale`` ``(batch,)``,
    ``teacher`` ``(batch, horizon)``; codes are shaped as numbers are. None where there is no such
    part; a calendar of no columns still says how long the horizon is.
    """

    values: Tensor
    lengths: None
    observed: Tensor
    calendar: Tensor
    known: Tensor | None
    past: Tensor | None
    known_codes: Tensor | None
    past_codes: Tensor | None
    static: Tensor | None
    static_codes: Tensor | None
    scale: Tensor
    teacher: Tensor | None


class WindowStatistics(NamedTuple):
    """What turns scaled values into those of the panel: ``base + centre + scale * value``.

    All is float64. ``centre`` and ``scale`` are ``(n,)``, a scale of 0 that of a window which goes
    on as it is; ``base``, ``(n, horizon)``, is the seasonal naive forecast where the network
    corrects one, else None.
    """

    centre: Tensor
    scale: Tensor
    base: Tensor | None

    def to_units(self, scaled: Tensor) -> Tensor:
        """Turn scaled values ``(n, steps, ...)`` of all windows into those of the panel, float64.

        With a base there are at most as many steps as it has.
        """
        tail = [1] * (scaled.ndim - 2)
        found = self.centre.view(-1, 1, *tail) + self.scale.view(-1, 1, *tail) * scaled.double()
        if self.base is None:
            return found
        return found + self.base[:, : scaled.shape[1]].view(*scaled.shape[:2], *tail)


class WindowDataset(Dataset):
    """Windows of the series of a panel, of which any can be gathered into a batch.

    A window of the cutoff ``c`` holds the rows ``c - window`` to ``c - 1`` of its series, and its
    target the ``horizon`` rows from ``c``. Each is centred and scaled by itself. No window is
    copied before its batch is made: the memory is that of the panel, whose arrays are shared.
    Of the rows from ``c`` on, only known columns are read, and the calendar.

    Parameters
    ----------
    panel : SeriesPanel
    windows : Windows
        Which windows there are. To forecast, append rows with the known columns and a missing
        target to the panel, and let the cutoff be where these begin.
    window, horizon : int
        How many rows, back and ahead.
    scaling : {"mean", "last", "mean_abs"} or None, default="mean"
        How windows are scaled, see :func:`sklearn_rnn.nn.window_statistics`.
    widths : WindowWidths or None, default=None
        The scales of windows whose values do not tell one, see ``learn_widths``.
    scalers : WindowScalers
        What the covariates are standardised with.
    calendar : callable ``ticks (n,) -> (n, columns)`` or None, default=None
        Features of the time itself, known for every row ahead, in the panel or not.
    season : int or None, default=None
        The network corrects the seasonal naive forecast of this length: values, within the window
        and ahead, are differences from one season before.
    series_codes : ndarray of shape (n_series, columns), int, or None, default=None
        Further static categories of each series, from 1; 0 is unknown.
    counts : bool, default=False
        Whether targets are left in the user's units, which heads of counts want.
    weight : ndarray of shape (len(panel.target),) or None, default=None
        The weight of each target value, of a mean of about 1.
    series_scale : ndarray of shape (n_series,) or None, default=None
        Each window's weight is multiplied by its scale over that of its series, at most 20 times
        it, so that errors count in units of the series, not of the window.
    with_target : bool, default=True
        Whether there are targets.
    teacher : bool, default=False
        Whether the batch holds its target, for a recursive decoder in training.
    windows_per_epoch : int or None, default=None
        How many windows an epoch of training draws, anew each time; None means all of them.
    steps : int or None, default=None
        How many steps the network takes over a window, which limits the size of large batches;
        None means one a row.
    device : torch.device or str, default="cpu"

    Attributes
    ----------
    n_known, n_calendar, n_past, n_static : int
        How many numbers the network reads of a step, and of a series; those of ``past`` with the
        flags of missing values.
    epoch_size : int
        How many windows an epoch of training has.
    """

    equal_lengths = True

    def __init__(
        self,
        panel: SeriesPanel,
        windows: Windows,
        *,
        window: int,
        horizon: int,
        scalers: WindowScalers,
        scaling: str | None = "mean",
        widths: WindowWidths | None = None,
        calendar: Callable[[np.ndarray], np.ndarray] | None = None,
        season: int | None = None,
        series_codes: np.ndarray | None = None,
        counts: bool = False,
        weight: np.ndarray | None = None,
        series_scale: np.ndarray | None = None,
        with_target: bool = True,
        teacher: bool = False,
        windows_per_epoch: int | None = None,
        steps: int | None = None,
        device: torch.device | str = "cpu",
    ):
        _check_options(scaling, counts, season)
        self.device = torch.device(device)
        self.windows, self.window, self.horizon = windows, window, horizon
        self.scaling, self.season, self.counts = scaling, season, counts
        self.widths = widths
        self.with_target, self.teacher = with_target, teacher
        self.epoch_size = min(len(windows), windows_per_epoch or len(windows))
        self.longest = steps or window
        self.lengths = torch.tensor([self.longest]).expand(len(windows))
        self._offsets = torch.from_numpy(panel.offsets)
        self._values = torch.from_numpy(panel.target).to(self.device)
        self.weight = _as_floats(weight, self.device)
        self._series_scale = _as_floats(series_scale, self.device)
        self._covariates = WindowCovariates(
            panel,
            scalers,
            calendar=calendar,
            series_codes=series_codes,
            window=window,
            horizon=horizon,
            device=self.device,
        )
        self.n_known, self.n_calendar = self._covariates.n_known, self._covariates.n_calendar
        self.n_past, self.n_static = self._covariates.n_past, self._covariates.n_static
        self._last_cut = (None, None)

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def n_targets(self) -> int:
        """How many targets there are: one a window, of ``horizon`` steps."""
        return len(self)

    def gather(self, rows: Tensor) -> WindowBatch:
        """Cut the windows of these numbers (on the CPU) from the series."""
        places = self.windows.locate(rows)
        cut = self._cut(places)
        self._last_cut = (rows, cut)
        return WindowBatch(
            values=cut.values,
            lengths=None,
            observed=cut.observed,
            **self._covariates.gather(*places),
            scale=cut.scale.float(),
            teacher=self._target(places, cut) if self.teacher else None,
        )

    def gather_values(self, rows: Tensor) -> Tensor:
        """Give the scaled values of windows, as ``gather`` does, without their covariates."""
        cut = self._cut(self.windows.locate(rows))
        self._last_cut = (rows, cut)
        return cut.values

    def gather_target(self, rows: Tensor) -> Tensor | None:
        """Give the targets ``(batch, horizon)``, float32, scaled unless counts; NaN if missing.

        Of a window of which nothing was observed, or that goes on as it is, there is nothing to
        learn: its targets count as missing.
        """
        if not self.with_target:
            return None
        return self._target(self.windows.locate(rows), self._cut_of(rows))

    def gather_weight(self, rows: Tensor) -> Tensor | None:
        """Give the weight of each window ``(batch,)``, or of each target ``(batch, horizon)``.

        None means that all are alike; beyond the end of a series it is 0.
        """
        relative, weight = self.gather_relative(rows), self.gather_own_weight(rows)
        if relative is None or weight is None:
            return weight if relative is None else relative
        return relative[:, None] * weight

    def gather_relative(self, rows: Tensor) -> Tensor | None:
        """Give the scale of each window in units of its series (batch,), None if there is none."""
        if self._series_scale is None:
            return None
        series, _ = self.windows.locate(rows)
        scale = self._cut_of(rows).scale.float()
        relative = torch.where(
            scale == 0, 1, scale / self._series_scale[to_device(series, self.device)]
        )
        return relative.clamp(max=_LARGEST_WEIGHT)

    def gather_own_weight(self, rows: Tensor) -> Tensor | None:
        """Give the weight that each target was given (batch, horizon), None if all are alike."""
        if self.weight is None:
            return None
        return self._read(self.weight, self.windows.locate(rows), 0, self.horizon, 0.0)

    def statistics(self) -> WindowStatistics:
        """Give centre, scale and base of all windows, in their order, on the CPU."""
        parts = []
        for rows in torch.arange(len(self)).split(_CHUNK):
            places = self.windows.locate(rows)
            cut = self._cut(places)
            base = None if self.season is None else self._seasonal_naive(places).cpu()
            parts.append((cut.centre.cpu(), cut.scale.cpu(), base))
        columns = zip(*parts, strict=True)
        return WindowStatistics(*(None if p[0] is None else torch.cat(p) for p in columns))

    def observed_share(self, n_most: int = 4096) -> float:
        """Give the share of target values that are not missing, from at most so many windows."""
        rows = torch.linspace(0, len(self) - 1, min(n_most, len(self)), dtype=torch.float64).long()
        target = self._values_of(self.windows.locate(rows), 0, self.horizon)
        return float(target.isfinite().double().mean())

    def learn_widths(self, n_most: int = 4096) -> WindowWidths | None:
        """Learn from at most so many windows how wide those are whose values do not tell.

        None where all scales come from elsewhere, or nothing was observed.
        """
        if self.scaling not in ("mean", "last"):
            return None
        rows = torch.linspace(0, len(self) - 1, min(n_most, len(self)), dtype=torch.float64).long()
        found = []
        for part in rows.split(_CHUNK):
            places = self.windows.locate(part)
            values = self._behind(places)
            measures = measure_windows(values, ~values.isnan(), self.scaling)
            found.append((*measures, self._ahead(places)))
        *measures, ahead = (torch.cat(parts).cpu() for parts in zip(*found, strict=True))
        return learn_widths(WindowMeasures(*measures), ahead, self.window)

    def _read(self, flat, places, step, n, missing):
        """Give ``n`` flat values from ``step`` after the cutoff on, ``missing`` where is none."""
        series, cutoffs = places
        begin, end = self._offsets[series], self._offsets[series + 1]
        runs, real = cut_runs(flat, begin + cutoffs + step, n, begin, end)
        return runs if real is None else torch.where(real, runs, missing)

    def _values_of(self, places, step, n):
        return self._read(self._values, places, step, n, torch.nan)

    def _cut(self, places):
        """Cut windows and scale them."""
        values = self._behind(places)
        observed = values == values  # only NaN is not
        complete = not _may_hold(~observed)
        mask = None if complete else observed
        centre, scale = window_statistics(values, mask, self.scaling, self.widths)
        divisor = torch.where(scale == 0, 1, scale)
        values = values.sub_(centre[:, None]).div_(divisor[:, None])  # no copy of so large a tensor
        values = values if complete else torch.where(observed, values, 0)
        return _Cut(values.float(), observed, centre, scale)

    def _behind(self, places):
        """Give the values of windows, less those of a season before where there is one."""
        values = self._values_of(places, -self.window, self.window)
        if self.season is not None:
            values -= self._values_of(places, -self.window - self.season, self.window)
        return values

    def _cut_of(self, rows):
        """Cut the windows of these numbers, unless they were the last that were cut."""
        last, cut = self._last_cut
        if last is not None and torch.equal(last, rows):
            return cut
        return self._cut(self.windows.locate(rows))

    def _target(self, places, cut):
        target = self._ahead(places)
        if not self.counts:
            target = (target - cut.centre[:, None]) / cut.scale[:, None]
        teaches = cut.scale > 0
        if self.season is None:
            teaches &= cut.observed.any(1)
        return torch.where(teaches[:, None], target, torch.nan).float()

    def _ahead(self, places):
        """Give the values ahead, less the seasonal naive forecast where there is one."""
        target = self._values_of(places, 0, self.horizon)
        return target if self.season is None else target - self._seasonal_naive(places)

    def _seasonal_naive(self, places):
        """Give the last value of each step's phase, from as many seasons back as it takes.

        Where there is none within ``window``, it is the mean of what there is.
        """
        season = self.season
        found = self._values_of(places, -season, season)
        for step in range(-2 * season, -self.window - 1, -season):
            missing = found.isnan()
            if not _may_hold(missing):
                break
            found = torch.where(missing, self._values_of(places, step, season), found)
        if _may_hold(found.isnan()):
            past = self._values_of(places, -self.window, self.window)
            mean = past.nanmean(1, keepdim=True).nan_to_num(0.0)
            found = torch.where(found.isnan(), mean, found)
        return found[:, torch.arange(self.horizon, device=self.device) % season]


def _may_hold(mask):
    """Whether a mask holds anywhere; off the CPU, where to look means to wait, it may."""
    return mask.device.type != "cpu" or bool(mask.any())


class _Cut(NamedTuple):
    """Windows: scaled values and which were observed, where they stand and how they spread."""

    values: Tensor
    observed: Tensor
    centre: Tensor
    scale: Tensor


def _check_options(scaling, counts, season):
    if counts and (scaling not in ("mean_abs", None) or season):
        raise ValueError(
            "counts stay counts: they can have scaling='mean_abs' or None, and no season, but "
            f"scaling={scaling!r} and season={season!r}."
        )


def _as_floats(array, device):
    return None if array is None else torch.as_tensor(array, dtype=torch.float32).to(device)
