"""A ridge from the last values of a series to its next ones, one for all series."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sklearn_rnn.data._ragged import gather_positions
from sklearn_rnn.data._seasonal_naive import cutoff_rows

__all__ = ["LagRidge", "auto_ridge_window", "fit_lag_ridge", "forecast_lag_ridge", "series_scales"]

_BLOCK = 4096  # windows laid out at a time
_MOST_WINDOWS = 200_000


class LagRidge(NamedTuple):
    """A fitted ridge.

    ``coefficients`` (window + horizon * n_known + 1, horizon) belong to the lags, the oldest
    first, then to the known columns of each step of the horizon, then to the constant; ``scales``
    (n_series,) are those of the series it was fitted on, ``known_scales`` (n_known,) those of the
    known columns.
    """

    coefficients: np.ndarray
    window: int
    season_length: int
    scales: np.ndarray
    known_scales: np.ndarray

    @property
    def horizon(self) -> int:
        """The number of steps that it forecasts at once."""
        return self.coefficients.shape[1]


def auto_ridge_window(lengths: np.ndarray, horizon: int, season_length: int) -> int:
    """Choose the window from the number of rows of the series, the horizon and the season.

    It is two weeks for hourly series and in proportion for others, in whole seasons, but at least
    the horizon and at most a quarter of a middling series.
    """
    longest = max(1, int(np.median(lengths)) // 4) if len(lengths) else 1
    window = min(max(14 * season_length, horizon), longest)
    return window - window % season_length if window > season_length else window


def fit_lag_ridge(
    values: np.ndarray,
    offsets: np.ndarray,
    *,
    horizon: int,
    window: int,
    alpha: float = 1.0,
    season_length: int = 1,
    cutoffs: np.ndarray | None = None,
    known: np.ndarray | None = None,
) -> LagRidge:
    """Fit least squares with a penalty from windows to the values that follow them.

    Every window, and what follows, is taken as the difference from the last value observed in the
    window, divided by the scale of its series: its mean absolute seasonal difference.

    Parameters
    ----------
    values : ndarray of shape (rows,)
        The series one after the other, NaN where missing.
    offsets : ndarray of shape (n_series + 1,)
        Where each series begins in ``values``, and where the last one ends.
    horizon, window : int
        How many values are forecast, and from how many.
    alpha : float, default=1.0
        The penalty on the squared coefficients, for the sum over all windows.
    season_length : int, default=1
        The season of the scales.
    cutoffs : ndarray of shape (n_series,) or None
        Fit on that many rows of each series; None is all of them.
    known : ndarray of shape (rows, n_known) or None
        Columns whose values at the horizon's steps are known beforehand, not NaN.

    Returns
    -------
    LagRidge

    Raises
    ------
    ValueError
        No series is longer than the horizon, or none has an observed value.

    Notes
    -----
    Missing lags count as the value observed before them. Windows that are followed by a missing
    value are left out, unless too few would be left: then the gaps are filled there too. From very
    many windows evenly spaced ones are used.
    """
    starts, ends = cutoff_rows(offsets, None, cutoffs)
    scales = series_scales(values, starts, ends, season_length)
    known = np.empty((len(values), 0)) if known is None else np.asarray(known, dtype=np.float64)
    deviation = known[gather_positions(starts, ends - starts)].std(axis=0)
    ridge = LagRidge(
        coefficients=np.empty((window + horizon * known.shape[1] + 1, horizon)),
        window=window,
        season_length=season_length,
        scales=scales,
        known_scales=np.where(deviation > 0, deviation, 1.0),
    )
    filled, firsts = _fill(values, offsets)
    series, rows = _training_windows(values, starts, ends, firsts, ridge)
    gram = np.zeros((len(ridge.coefficients),) * 2)
    moments = np.zeros(ridge.coefficients.shape)
    for part in _blocks(len(rows)):
        lags = filled[_lag_rows(rows[part], starts[series[part]], window)]
        ahead = rows[part, None] + np.arange(-1, horizon)
        scale = scales[series[part], None]
        inputs = _inputs(lags, scale, known[ahead], ridge)
        gram += inputs.T @ inputs
        moments += inputs.T @ ((filled[ahead[:, 1:]] - lags[:, -1:]) / scale)
    gram[np.diag_indices(len(gram))] += alpha
    return ridge._replace(coefficients=np.linalg.solve(gram, moments))


def forecast_lag_ridge(
    ridge: LagRidge,
    values: np.ndarray,
    offsets: np.ndarray,
    steps: int | None = None,
    *,
    series: np.ndarray | None = None,
    cutoffs: np.ndarray | None = None,
    scales: np.ndarray | None = None,
    known: np.ndarray | None = None,
) -> np.ndarray:
    """Forecast series from their last values.

    Parameters
    ----------
    ridge : LagRidge
        As fitted.
    values, offsets : ndarray
        The series, as in :func:`fit_lag_ridge`; they may be others.
    steps : int or None
        How many values; None is the horizon. Beyond the horizon it goes on in blocks from its own
        forecasts.
    series, cutoffs : ndarray of shape (n,) or None
        Forecast series ``series[i]`` from its first ``cutoffs[i]`` rows. None is every series from
        all of its rows.
    scales : ndarray of shape (n_series,) or None
        The scales of the series; None takes those of the fit where there are as many series, else
        they are computed from the rows before the cut-offs.
    known : ndarray of shape (n, 1 + steps, n_known) or None
        The known columns in the last row before the cut-off and at the steps to forecast, if the
        ridge was fitted with any.

    Returns
    -------
    forecasts : ndarray of shape (n, steps)
        NaN where a series has no observed value before its cut-off.
    """
    starts, ends = cutoff_rows(offsets, series, cutoffs)
    steps = ridge.horizon if steps is None else steps
    if scales is None and len(offsets) - 1 == len(ridge.scales):
        scales = ridge.scales
    if scales is None:
        scales = series_scales(values, starts, ends, ridge.season_length)
    elif series is not None:
        scales = scales[series]
    filled, firsts = _fill(values, offsets)
    firsts = firsts if series is None else firsts[series]
    known = _known_by_block(known, len(ends), steps, ridge)
    forecasts = np.full((len(ends), len(known) * ridge.horizon), np.nan)
    able = np.flatnonzero(ends > firsts)
    for part in (able[block] for block in _blocks(len(able))):
        lags = filled[_lag_rows(ends[part], starts[part], ridge.window)]
        scale = scales[part, None]
        for i, block in enumerate(known):
            change = _inputs(lags, scale, block[part], ridge) @ ridge.coefficients
            ahead = lags[:, -1:] + change * scale
            forecasts[part, i * ridge.horizon : (i + 1) * ridge.horizon] = ahead
            lags = np.hstack([lags, ahead])[:, -ridge.window :]
    return forecasts[:, :steps]


def series_scales(
    values: np.ndarray, starts: np.ndarray, ends: np.ndarray, season_length: int
) -> np.ndarray:
    """Give the mean absolute seasonal difference of the rows [start, end) of each series.

    Where that is 0 or unknown it is the mean absolute value, and else 1.
    """
    lengths = np.maximum(ends - starts - season_length, 0)
    rows = gather_positions(starts, lengths)
    scales = _group_means(np.abs(values[rows + season_length] - values[rows]), lengths)
    lengths = ends - starts
    levels = _group_means(np.abs(values[gather_positions(starts, lengths)]), lengths)
    scales = np.where(scales > 0, scales, levels)
    return np.where(scales > 0, scales, 1.0)


def _group_means(values, lengths):
    """Give the mean of each run of ``lengths`` values but for NaN, NaN where none is left."""
    seen = ~np.isnan(values)
    groups = np.repeat(np.arange(len(lengths)), lengths)[seen]
    counts = np.bincount(groups, minlength=len(lengths))
    sums = np.bincount(groups, weights=values[seen], minlength=len(lengths))
    return np.divide(sums, counts, out=np.full(len(lengths), np.nan), where=counts > 0)


def _fill(values, offsets):
    """Fill gaps with the value before them, and the beginning of a series with its first one.

    Gives the filled values, and the row of the first observed value of each series; a series
    without any stays NaN, and that row is the one after its last.
    """
    lengths = np.diff(offsets)
    rows = np.arange(len(values))
    latest = np.maximum.accumulate(np.where(np.isnan(values), -1, rows)) if len(rows) else rows
    observed = np.append(np.flatnonzero(~np.isnan(values)), len(values))
    firsts = np.minimum(observed[np.searchsorted(observed, offsets[:-1])], offsets[1:])
    source = np.maximum(latest, np.repeat(firsts, lengths))
    empty = np.repeat(firsts == offsets[1:], lengths)
    return np.where(empty, np.nan, values[np.where(empty, 0, source)]), firsts


def _training_windows(values, starts, ends, firsts, ridge):
    """Give the series and the row after the window of all windows to fit on."""
    horizon = ridge.horizon
    lengths = ends - starts
    shortest = np.minimum(ridge.window, np.maximum(lengths - horizon, 1))
    begin = np.maximum(starts + shortest, firsts + 1)
    counts = np.maximum(ends - horizon + 1 - begin, 0)
    if not counts.sum():
        raise ValueError(
            f"a ridge for {horizon} steps needs a series of at least {horizon + 1} rows with an "
            f"observed value before the last {horizon}, but the longest of {len(lengths)} has "
            f"{lengths.max(initial=0)} rows; ask for fewer steps, or give longer series."
        )
    rows = gather_positions(begin, counts)
    series = np.repeat(np.arange(len(counts)), counts)
    missing = np.concatenate([[0], np.cumsum(np.isnan(values))])
    complete = missing[rows + horizon] == missing[rows]
    if complete.sum() >= min(len(rows), len(ridge.coefficients)):
        rows, series = rows[complete], series[complete]
    every = -(-len(rows) // _MOST_WINDOWS)
    return series[::every], rows[::every]


def _blocks(n) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, n, _BLOCK))


def _lag_rows(ends, starts, window):
    """Give the rows of windows (n, window); the first row stands in for those before it."""
    return np.maximum(ends[:, None] + np.arange(-window, 0), starts[:, None])


def _inputs(lags, scale, known, ridge):
    """Give the inputs (n, inputs) from lags and known columns (n, 1 + horizon, n_known)."""
    lags = (lags - lags[:, -1:]) / scale
    known = (known[:, 1:] - known[:, :1]) / ridge.known_scales
    return np.hstack([lags, known.reshape(len(lags), -1), np.ones((len(lags), 1))])


def _known_by_block(known, n, steps, ridge):
    """Cut known columns into blocks (n, 1 + horizon, n_known) that share their ends."""
    horizon = ridge.horizon
    blocks = -(-steps // horizon)
    if not len(ridge.known_scales):
        return [np.empty((n, 1 + horizon, 0))] * blocks
    known = np.pad(known, ((0, 0), (0, blocks * horizon - steps), (0, 0)), mode="edge")
    return [known[:, i * horizon : (i + 1) * horizon + 1] for i in range(blocks)]
