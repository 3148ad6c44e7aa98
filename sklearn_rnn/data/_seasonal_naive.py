"""The seasonal naive forecast: every value as it last was in its season."""

import numpy as np

__all__ = ["cutoff_rows", "last_observed", "seasonal_naive"]


def seasonal_naive(
    values: np.ndarray,
    offsets: np.ndarray,
    steps: int,
    season_length: int = 1,
    *,
    series: np.ndarray | None = None,
    cutoffs: np.ndarray | None = None,
) -> np.ndarray:
    """Repeat the last season of each series, with gaps filled from the seasons before it.

    Parameters
    ----------
    values : ndarray of shape (rows,)
        The series one after the other, NaN where missing.
    offsets : ndarray of shape (n_series + 1,)
        Where each series begins in ``values``, and where the last one ends.
    steps : int
        How many values of the future.
    season_length : int, default=1
        The length of the season in steps; 1 repeats the last value.
    series, cutoffs : ndarray of shape (n,) or None
        Forecast series ``series[i]`` from its first ``cutoffs[i]`` rows. None is every series from
        all of its rows.

    Returns
    -------
    forecasts : ndarray of shape (n, steps)
        A place in the season that was never observed gets the last value that was, and a series
        without any observed value NaN.
    """
    starts, ends = cutoff_rows(offsets, series, cutoffs)
    pattern = np.full((len(ends), season_length), np.nan)
    who, place = np.divmod(np.arange(pattern.size), season_length)
    rows = ends[who] - season_length + place
    while len(rows):
        inside = rows >= starts[who]
        who, place, rows = who[inside], place[inside], rows[inside]
        found = values[rows]
        pattern[who, place] = found
        missing = np.isnan(found)
        who, place, rows = who[missing], place[missing], rows[missing] - season_length
    never = np.isnan(pattern)
    if never.any():
        pattern = np.where(never, last_observed(values, starts, ends)[:, None], pattern)
    return pattern[:, np.arange(steps) % season_length]


def cutoff_rows(
    offsets: np.ndarray, series: np.ndarray | None = None, cutoffs: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Give the first row of each series, and the row after the last one before its cut-off."""
    offsets = np.asarray(offsets, dtype=np.int64)
    starts, ends = offsets[:-1], offsets[1:]
    if series is not None:
        starts, ends = starts[series], ends[series]
    return starts, ends if cutoffs is None else starts + np.asarray(cutoffs, dtype=np.int64)


def last_observed(values: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Give the last value that is not NaN in the rows [start, end), NaN where there is none."""
    if not len(values):
        return np.full(len(ends), np.nan)
    latest = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    rows = np.where(ends > 0, latest[np.maximum(ends, 1) - 1], -1)
    return np.where(rows >= starts, values[np.maximum(rows, 0)], np.nan)
