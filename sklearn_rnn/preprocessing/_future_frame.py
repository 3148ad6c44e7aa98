"""The rows of the future, for what is known of it."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from sklearn_rnn.preprocessing._series_rows import read_series_rows

__all__ = ["make_future_frame"]


def make_future_frame(
    X, steps, *, id_col=None, time_col=None, freq=None, static=()
) -> pd.DataFrame | Any:
    """Make the rows of the next times of every series, to be filled with what is known of them.

    Parameters
    ----------
    X : DataFrame of pandas or polars, Series or Index
        The past of one series or several, its rows in any order.
    steps : int
        How many times of each series; each goes on from its own last one.
    id_col : hashable, list of them or None, default=None
        The columns that say which series a row belongs to. By default it is all levels of a
        MultiIndex but the last; columns named "unique_id" and "ds" are understood by themselves.
    time_col : hashable or None, default=None
        The column of times; by default they are in the index, in its last level.
    freq : str, offset, int or None, default=None
        The frequency, as pandas writes it; by default that of the times.
    static : list, default=()
        Columns of X that are constant within each series, to be repeated.

    Returns
    -------
    DataFrame of pandas or polars, n_series * steps rows
        The series in the order of their first rows. Ids and times are index or columns as in X,
        with their names, dtypes and time zones; other columns are left out, unless in ``static``.

    Raises
    ------
    ValueError or TypeError
        If times are missing, repeated or off the frequency, if a column is not there, or a static
        one varies; the message names the series and the time.

    See Also
    --------
    fill_gaps : Insert the rows that are missing within series.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.preprocessing import make_future_frame
    >>> sales = pd.DataFrame(
    ...     {
    ...         "shop": ["A", "A", "B", "B"],
    ...         "month": pd.to_datetime(["2024-11-30", "2024-12-31", "2024-09-30", "2024-10-31"]),
    ...         "sold": [12, 30, 7, 8],
    ...     }
    ... )
    >>> future = make_future_frame(sales, 2, id_col="shop", time_col="month")
    >>> future.assign(holiday=future["month"].dt.month == 12)
      shop      month  holiday
    0    A 2025-01-31    False
    1    A 2025-02-28    False
    2    B 2024-11-30    False
    3    B 2024-12-31     True
    """
    if not isinstance(steps, Integral) or isinstance(steps, bool) or steps < 1:
        raise ValueError(f"steps must be a whole number of at least 1, but it is {steps!r}.")
    if isinstance(X, pd.Index):
        X = pd.DataFrame(index=X)
    elif isinstance(X, pd.Series):
        X = X.to_frame()
    read = read_series_rows(X, id_col=id_col, time_col=time_col, freq=freq, static=static)
    series = np.repeat(np.arange(read.n_series), steps)
    ticks = (read.last_ticks[:, None] + np.arange(1, steps + 1)).ravel()
    return read.build(None, ticks, series, constant=list(static))
