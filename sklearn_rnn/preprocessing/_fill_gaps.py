"""Rows for the times that are missing within series."""

from typing import Any

import numpy as np
import pandas as pd

from sklearn_rnn.preprocessing._series_rows import read_series_rows

__all__ = ["fill_gaps"]


def fill_gaps(
    X, *, id_col=None, time_col=None, freq=None, static=(), start="per_series", end="per_series"
) -> pd.DataFrame | Any:
    """Insert rows of missing values for the times that are missing within series.

    Parameters
    ----------
    X : DataFrame of pandas or polars, or Series
        One series or several, the rows in any order.
    id_col : hashable, list of them or None, default=None
        The columns that say which series a row belongs to. By default it is all levels of a
        MultiIndex but the last; columns named "unique_id" and "ds" are understood by themselves.
    time_col : hashable or None, default=None
        The column of times; by default they are in the index, in its last level.
    freq : str, offset, int or None, default=None
        The frequency, as pandas writes it; by default that of the times. A finer one puts times
        between all of them.
    static : list, default=()
        Columns that are constant within each series, and have their value in new rows as well.
    start, end : {"per_series", "global"}, default="per_series"
        Whether each series begins and ends with its own first and last time, or with those of all.

    Returns
    -------
    DataFrame of pandas or polars, or Series
        In the layout of X: one series after the other, in the order of their first rows, each
        sorted by time and without gaps. Columns of whole numbers become floats where rows are new,
        and booleans nullable ones, as missing values need it.

    Raises
    ------
    ValueError or TypeError
        If times are missing, repeated or off the frequency, if a column is not there, or a static
        one varies; the message names the series and the time.

    See Also
    --------
    make_future_frame : Make the rows that follow.

    Notes
    -----
    A forecaster masks missing values of its target. What is to be known beforehand must not be
    missing: fill such columns, or leave them out.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.preprocessing import fill_gaps
    >>> times = pd.to_datetime(["2025-03-01 10:00", "2025-03-01 11:00", "2025-03-01 13:00"])
    >>> fill_gaps(pd.Series([4.0, 5.0, 6.0], index=times, name="load"))
    2025-03-01 10:00:00    4.0
    2025-03-01 11:00:00    5.0
    2025-03-01 12:00:00    NaN
    2025-03-01 13:00:00    6.0
    Name: load, dtype: float64
    """
    for parameter, choice in {"start": start, "end": end}.items():
        if choice not in ("per_series", "global"):
            raise ValueError(f'{parameter} must be "per_series" or "global", but it is {choice!r}.')
    if isinstance(X, pd.Series):
        filled = fill_gaps(
            X.to_frame(), id_col=id_col, time_col=time_col, freq=freq, start=start, end=end
        )
        return filled.iloc[:, 0].rename(X.name)
    read = read_series_rows(
        X, id_col=id_col, time_col=time_col, freq=freq, static=static, may_be_finer=True
    )
    starts, stops = read.ticks[read.offsets[:-1]], read.last_ticks + 1
    if start == "global":
        starts = np.full_like(starts, starts.min())
    if end == "global":
        stops = np.full_like(stops, stops.max())
    lengths = stops - starts
    series = np.repeat(np.arange(read.n_series), lengths)
    begins = np.cumsum(lengths) - lengths
    ticks = np.arange(lengths.sum()) + np.repeat(starts - begins, lengths)
    rows = np.full(len(ticks), -1, dtype=np.int64)
    there = np.repeat(begins - starts, np.diff(read.offsets)) + read.ticks
    rows[there] = read.order
    return read.build(rows, ticks, series, constant=list(static))
